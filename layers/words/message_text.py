"""What geo says (a refusal, a note, a broken rule) in the language of the page."""

from __future__ import annotations

from geo.model.messages import Message, render
from layers.words.language import Language


def message_in_language(what: Message, language: Language, *, alone: bool = False) -> str:
    """Return a sentence with all its parts and numbers in a language; values from outside as they are.

    `alone`: with a capital, unless it begins with a value: "t1" is no "T1".
    """

    def sentence(part: Message) -> str:
        text = (
            str(language.translations.ngettext(part.template, part.many, part.n))
            if part.many
            else language.say(part.template)
        )
        return text[:1].upper() + text[1:] if alone and part is what else text

    return render(what, sentence, language.number)
