"""Phone numbers and e-mail addresses in texts: named by `check`, masked for the press.

A person who wrote down a place wrote down whom to ask, too. What looks like a date, a quantity, a coordinate
or a row of station numbers is none; a personal or business number of ten digits or more is treated as one.
"""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "•••"
_WORDS: Final = (
    "tel|telephone|phone|mob|mobile|cell|call|fax|whatsapp|viber|telegram|тел|телефон|моб|сот|факс"
)
# What a text must hold to be looked at closely: an @, seven digits of one run, or a word and a number.
MAY_HOLD: Final = rf"@|\d(?:[\s().–-]{{0,40}}\d){{6}}|(?i:{_WORDS})[\s.:№]{{0,4}}\+?[\d(]"
# RE2's own classes know ASCII alone.
MAY_HOLD_RE2: Final = MAY_HOLD.replace(r"\d", r"\p{Nd}").replace(r"\s", r"\s\p{Z}")
_MAY_HOLD: Final = re.compile(MAY_HOLD)
# All repeats are bounded: a text of any length costs no more than its length.
_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CALLED: Final = re.compile(
    rf"\b(?:{_WORDS})\b"
    r"\.?\s?[:№]?\s?(\+?[\d(][\d\s().–/-]{3,40}\d)",
    re.IGNORECASE,
)
_RUN: Final = re.compile(
    r"(?<!№ )(?<!# )(?<!No\. )(?<![\w/=.,№#-])(?:\+\s?)?\(?\d[\d\s().–-]{5,40}\d(?![\w/=])"
)
_NATIONAL: Final = re.compile(
    r"\d?[ -]?\(?\d{3}\)?[ -]\d{3}[ -]?\d{2}[ -]?\d{2}|\d{3}-\d{4}|\d{3}-\d{2}-\d{2}"
)
_DATE: Final = re.compile(
    r"\d{4}[-./–]\d{1,2}[-./–]\d{1,2}|\d{1,2}[-./–]\d{1,2}[-./–]\d{4}|(?:19|20)\d\d(?:[-–](?:19|20)\d\d)+$"
)
_QUANTITY: Final = re.compile(r"\d{1,3}(?:[\s.]\d{3})+")
_COORDINATE: Final = re.compile(r"\d{1,3}\.\d{3,}")
_LEAST: Final = 10  # digits of a number that is written without a sign that it is a phone's


def has_contact(text: str) -> bool:
    """Return whether a text holds a phone number or an e-mail address.

    >>> has_contact("ask jane.doe@example.org"), has_contact("Example St 555-0100-0199")
    (True, True)
    >>> has_contact("2005-12-04 06:45, polling stations 378 380 249"), has_contact("51.16672 71.43356")
    (False, False)
    """
    return masked(text) != text


def masked(text: str) -> str:
    """Return a text with every phone number and e-mail address replaced by `MASK`.

    >>> masked("Abai 5, tel. 23-45-67; or 8 701 123 45 67")
    'Abai 5, tel. •••; or •••'
    """
    return _masked_closely(text) if _MAY_HOLD.search(text) else text


def _masked_closely(text: str) -> str:
    text = _EMAIL.sub(MASK, text)
    text = _CALLED.sub(lambda call: call[0].replace(call[1], MASK), text)
    return _RUN.sub(lambda run: _masked_run(run[0]), text)


def _masked_run(run: str) -> str:
    """Return a run of digits and what may stand between them, or the mask if it is a phone's."""
    digits = re.sub(r"\D", "", run)
    is_phone = (
        (run.startswith("+") and len(digits) >= 7)
        or _NATIONAL.fullmatch(run) is not None
        or (len(digits) >= _LEAST and (run.isdigit() or re.search(r"[-–(]", run) is not None))
    )
    if not is_phone or _DATE.match(run) or _QUANTITY.fullmatch(run) or _COORDINATE.search(run):
        return run
    return MASK
