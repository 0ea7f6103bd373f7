"""The languages the product speaks. A further one is its PO file in `templates/locale`, and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """A language: its code in addresses, columns and PO files, what it is called in English and by itself."""

    code: str
    english: str
    name: str
    short: str  # beside the title of a map, where there is little room


# English first: it is what is shown where a translation is missing.
SPOKEN: Final = (
    SpokenLanguage("en", "English", "English", "EN"),
    SpokenLanguage("ru", "Russian", "Русский", "РУ"),
    SpokenLanguage("kk", "Kazakh", "Қазақша", "ҚЗ"),
)
LANGUAGES: Final[tuple[str, ...]] = tuple(spoken.code for spoken in SPOKEN)
