"""What geo says (a refusal, a note, a broken rule) in the language of the page."""

from __future__ import annotations

from geo.said import Said, spoken
from layers.language import Language


def in_language(what: Said, language: Language, *, alone: bool = False) -> str:
    """Return a sentence with all its parts and numbers in a language; values from outside as they are.

    `alone`: with a capital, unless it begins with a value: "t1" is no "T1".
    """

    def sentence(one: Said) -> str:
        text = (
            str(language.translations.ngettext(one.template, one.many, one.n))
            if one.many
            else language.say(one.template)
        )
        return text[:1].upper() + text[1:] if alone and one is what else text

    return spoken(what, sentence, language.number)
