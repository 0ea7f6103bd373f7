"""How the product speaks one language: translated sentences, plural forms, numbers, dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from geo.model.languages import LANGUAGES, SPOKEN

FOLDER: Final = Path(__file__).resolve().parents[2] / "templates" / "locale"
NAMES: Final[Mapping[str, str]] = {spoken.code: spoken.name for spoken in SPOKEN}
SHORT: Final[Mapping[str, str]] = {spoken.code: spoken.short for spoken in SPOKEN}
# Kazakh letters stand among the Russian ones they resemble; Russian words sort the same with or without them.
_ALPHABET: Final = {letter: i for i, letter in enumerate("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")}
# One number for each CLDR plural category that English, Russian or Kazakh has.
_SAMPLES: Final = (1, 2, 5, 0)


@dataclass(frozen=True, eq=False)
class Language:
    """One language of the pages. English sentences are the keys; a missing translation stays English."""

    code: str
    locale: Locale
    translations: NullTranslations

    def say(self, message: str, **values: object) -> str:
        """Return the sentence in this language, its {names} filled in."""
        text = str(self.translations.gettext(message)) if message else ""
        return text.format(**values) if values else text

    def knows(self, message: str) -> bool:
        """Return whether the sentence can be said in this language; English can be in English only."""
        return self.code == "en" or str(self.translations.gettext(message)) != message

    def count(self, singular: str, many: str, n: int, **values: object) -> str:
        """Return the plural form for n; {n} is n with digits grouped."""
        text = str(self.translations.ngettext(singular, many, n))
        return text.format(n=self.number(n), **values)

    def forms(self, singular: str, many: str) -> dict[str, str]:
        """Return the sentence per CLDR plural category, {n} left in, for the browser."""
        rule = self.locale.plural_form
        by_category = {rule(n): str(self.translations.ngettext(singular, many, n)) for n in _SAMPLES}
        return {
            **by_category,
            "other": by_category.get("other", str(self.translations.ngettext(singular, many, 5))),
        }

    def number(self, n: int | float) -> str:
        """Return a number with its digits grouped, three decimals at most."""
        return str(format_decimal(n, locale=self.locale))

    def percent(self, share: float) -> str:
        """Return a share in [0, 1] as a percentage with one decimal."""
        digits = "#,##0.0 %" if self.code == "en" else "#,##0.0\u00a0%"
        return str(format_percent(share, format=digits, locale=self.locale))

    def whole_percent(self, share: float) -> str:
        """Return a share in [0, 1] as a percentage without decimals."""
        digits = "#,##0 %" if self.code == "en" else "#,##0\u00a0%"
        return str(format_percent(share, format=digits, locale=self.locale))

    def sort_key(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return what names are sorted by, in the order of the alphabet, upper and lower case alike.

        >>> sorted(["Шығыс", "Қарағанды", "Ақтөбе", "Атырау"], key=language("kk").sort_key)
        ['Ақтөбе', 'Атырау', 'Қарағанды', 'Шығыс']
        """
        letters = text.casefold()
        return tuple(
            (1, _ALPHABET[letter]) if letter in _ALPHABET else (0, ord(letter)) for letter in letters
        )

    def date(self, day: date) -> str:
        """Return a day with the name of its month: 5 December 2005."""
        return str(format_date(day, format="long", locale=self.locale))

    def moment(self, when: datetime, zone: ZoneInfo) -> str:
        """Return a moment in the area's own zone, to the minute."""
        return str(format_datetime(when, format="d MMM y, HH:mm", tzinfo=zone, locale=self.locale))


@lru_cache(maxsize=len(LANGUAGES))
def language(code: str) -> Language:
    """Return one of the product's languages, its catalogue compiled in memory from the PO file."""
    path = FOLDER / code / "LC_MESSAGES" / "messages.po"
    translations: NullTranslations = NullTranslations()
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = Translations(compiled)
    # 5 December 2005, as the field writes it, not December 5, 2005
    return Language(code, Locale.parse("en_GB" if code == "en" else code), translations)


def mark(message: str) -> str:
    """Return the message unchanged: it is translated later, where it is shown."""
    return message
