"""What geo says (a refusal, a note, a broken rule) in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geo.model.errors import Problem
from geo.model.messages import Message, render
from layers.words.language import Language


class ProblemText(NamedTuple):
    """A text for a page, and the language it is in."""

    text: str
    code: str


def problems_in_language(problems: Sequence[Problem], language: Language) -> list[ProblemText]:
    """Return why a mission's files cannot be read; what is about mission.toml is in English everywhere."""
    return [
        ProblemText(
            message_in_language(problem.said, language),
            "en" if isinstance(problem.what, str) else language.code,
        )
        for problem in problems
    ]


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
