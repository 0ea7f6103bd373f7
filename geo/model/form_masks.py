"""What each form asked about: one bit per kind of finding, in as many words of 64 bits as the kinds need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.columns import BoolArray, IndexArray, frozen
from geo.model.text_cells import coded, text_of

MaskArray = npt.NDArray[np.uint64]
BITS: Final = 64
_WORD: Final = (1 << BITS) - 1


def word_count(kinds: int) -> int:
    """Return how many words hold a bit for each of so many kinds of finding; one at least.

    >>> word_count(0), word_count(64), word_count(65)
    (1, 1, 2)
    """
    return max(1, -(-kinds // BITS))


def words_of(mask: int, count: int) -> list[int]:
    """Return a mask of any width as words, the lowest bits first.

    >>> words_of(5 | 1 << 64, 2)
    [5, 1]
    """
    return [mask >> BITS * place & _WORD for place in range(count)]


def mask_of_words(words: Iterable[int]) -> int:
    """Return words as one mask, as `words_of` took it apart."""
    return sum(word << BITS * place for place, word in enumerate(words))


def masks(answered: pd.Series, categories: Sequence[str]) -> MaskArray:
    """Return what each form asked about, (V, W) uint64; `*` sets every bit, an empty cell none."""
    bits = {slug: 1 << position for position, slug in enumerate(categories)}
    every, count = (1 << len(categories)) - 1, word_count(len(categories))
    forms, form_of_visit = coded(text_of(answered))  # few distinct forms, many visits
    by_form = [
        words_of(every if "*" in slugs else sum({bits.get(slug, 0) for slug in slugs}), count)
        for slugs in ([slug.strip() for slug in text.split(";")] for text in forms.to_pylist())
    ]
    return frozen(np.array(by_form, dtype=np.uint64).reshape(-1, count)[form_of_visit])


def asked_about_any(answered: MaskArray, categories: Iterable[int]) -> BoolArray:
    """Return which forms asked about at least one of these categories, (V,) bool."""
    count = answered.shape[1]
    wanted = words_of(sum(1 << int(category) for category in categories), count)
    asked = np.zeros(len(answered), dtype=np.bool_)
    for place, word in enumerate(wanted):  # a word at a time: a mask of one word costs what a column does
        if word:
            asked |= (answered[:, place] & np.uint64(word)) != 0
    return asked


def has_bit(words: MaskArray, place: int) -> BoolArray:
    """Return which rows of (V, W) words have this bit, (V,) bool."""
    word = words[:, place // BITS] >> np.uint64(place % BITS)
    return np.asarray((word & np.uint64(1)).astype(np.bool_))


def bits(places: Iterable[int], count: int) -> MaskArray:
    """Return one row of so many words with these bits set, (W,) uint64.

    >>> bits([0, 2, 64], 2).tolist()
    [5, 1]
    """
    return np.array(words_of(sum(1 << int(place) for place in set(places)), count), dtype=np.uint64)


def asked_about_own(answered: MaskArray, category: IndexArray) -> BoolArray:
    """Return of each form whether it asked about the category beside it, (V,) bool; none is -1."""
    word = answered[np.arange(len(answered)), category // BITS]
    return np.asarray((word >> (category % BITS).astype(np.uint64) & np.uint64(1)).astype(np.bool_))
