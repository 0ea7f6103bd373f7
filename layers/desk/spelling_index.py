"""Names found by what somebody typed: in any alphabet, by beginnings of words, with typing errors."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import IntArray
from layers.desk.transliteration import transliterated

EXACT, BEGINNING, SIMILAR, NO_MATCH = 0, 1, 2, 9
"""How a name matches, best first: as a whole, by the beginnings of its words, with typing errors, not."""
Ranks = npt.NDArray[np.int8]
_SPLIT: Final = re.compile(r"[\W_]+")
_MOST_COMPARED: Final = 150  # words compared letter by letter, those that share most pairs of letters


@dataclass(frozen=True, eq=False)
class SpellingIndex:
    """The words of N names. `words`: (W,) distinct, transliterated, ascending. Slots pair names and words:

    `word_of_slot`: (S,) positions of the words of all names, one name after another; `named`: the names that
    have a word, ascending, and `first_slot` of each. `pairs`: of two letters, ascending;
    `word_of_pair`: word positions of pair i are those from `starts[i]` to `starts[i + 1]`.
    """

    count: int
    words: tuple[str, ...]
    word_of_slot: IntArray
    named: IntArray
    first_slot: IntArray
    pairs: tuple[str, ...]
    starts: IntArray
    word_of_pair: IntArray

    def ranks(self, asked: str, *, forgiving: bool = False) -> Ranks:
        """Return how every name matches, (N,): all words asked for must match one of its words.

        A hyphen may be left out or be a space. `forgiving`: words may be misspelt, too. O(S) and quick.
        """
        best = np.full(self.count, NO_MATCH, dtype=np.int8)
        for words in _readings(asked):
            worst = np.zeros(self.count, dtype=np.int8)
            for word in words:
                np.maximum(worst, self._ranks_of_word(word, forgiving=forgiving), out=worst)
            if words:
                np.minimum(best, worst, out=best)
        return best

    def _ranks_of_word(self, word: str, *, forgiving: bool) -> Ranks:
        ranks = np.full(len(self.words), NO_MATCH, dtype=np.int8)
        first = bisect_left(self.words, word)
        if not word.isdigit():  # "12" is no beginning of 120
            ranks[first : bisect_left(self.words, word + chr(0x10FFFF))] = BEGINNING
        if first < len(self.words) and self.words[first] == word:
            ranks[first] = EXACT
        if forgiving:
            similar = self._similar(word)
            ranks[similar] = np.minimum(ranks[similar], SIMILAR)
        of_name = np.full(self.count, NO_MATCH, dtype=np.int8)
        if (ranks < NO_MATCH).any():
            of_name[self.named] = np.minimum.reduceat(ranks[self.word_of_slot], self.first_slot)
        return of_name

    def _similar(self, word: str) -> list[int]:
        """Return the words within so few typing errors as the length of what was typed allows."""
        errors = errors_allowed(word)
        if not errors:
            return []
        asked = _pairs_of(word)
        places = [bisect_left(self.pairs, pair) for pair in asked]
        postings = [
            self.word_of_pair[self.starts[place] : self.starts[place + 1]]
            for place, pair in zip(places, asked, strict=True)
            if place < len(self.pairs) and self.pairs[place] == pair
        ]
        if not postings:
            return []
        shared = np.bincount(np.concatenate(postings), minlength=len(self.words))
        near = np.flatnonzero(shared >= max(1, len(asked) - 2 * errors))  # an error spoils two pairs
        near = near[np.argsort(-shared[near], kind="stable")][:_MOST_COMPARED]
        return [
            position
            for position in near.tolist()
            if len(self.words[position]) >= len(word) - errors
            and typing_errors(word, self.words[position], errors) <= errors
        ]


def spelling_index(names: Sequence[str]) -> SpellingIndex:
    """Return the index of N names; a name may hold several, ";" between. O(letters)."""
    raw_words = [_raw_words(name) for name in names]
    spelled = {raw: transliterated(raw) for raw in set(chain.from_iterable(raw_words))}
    words = tuple(sorted({word for word in spelled.values() if word}))
    place = {word: position for position, word in enumerate(words)} | {"": -1}
    word_of_slot = np.array([place[spelled[raw]] for raw in chain.from_iterable(raw_words)], dtype=np.int64)
    name_of_slot = np.repeat(np.arange(len(names)), [len(raw) for raw in raw_words])[word_of_slot >= 0]
    named, first_slot = np.unique(name_of_slot, return_index=True)
    postings: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        for pair in _pairs_of(word) if word.isalpha() else ():  # a number is never misspelt
            postings.setdefault(pair, []).append(position)
    pairs = tuple(sorted(postings))
    return SpellingIndex(
        count=len(names),
        words=words,
        word_of_slot=word_of_slot[word_of_slot >= 0],
        named=named.astype(np.int64),
        first_slot=first_slot.astype(np.int64),
        pairs=pairs,
        starts=np.cumsum([0, *(len(postings[pair]) for pair in pairs)], dtype=np.int64),
        word_of_pair=np.array(list(chain.from_iterable(postings[pair] for pair in pairs)), dtype=np.int64),
    )


def _raw_words(name: str) -> list[str]:
    """The words of a name as written, and those with a hyphen once more in one piece."""
    text = name.casefold()
    pieces = text.replace(";", " ").split()
    return [word for word in _SPLIT.split(text) if word] + [piece for piece in pieces if "-" in piece]


def _readings(asked: str) -> list[tuple[str, ...]]:
    """What was typed, word by word, and in one piece: "alma ata" and "almaata" are one name."""
    pieces = [word for word in map(transliterated, _SPLIT.split(asked.casefold())) if word]
    whole = transliterated(asked)
    return [tuple(pieces), (whole,)] if len(pieces) > 1 else [tuple(pieces)]


def _pairs_of(word: str) -> list[str]:
    """The pairs of neighbouring letters of a word, its beginning and its end included, each once."""
    framed = f"^{word}$"
    return sorted({framed[i : i + 2] for i in range(len(framed) - 1)})


def errors_allowed(word: str) -> int:
    """Return how many typing errors a word of this length may hold; numbers and short words none.

    >>> [errors_allowed(word) for word in ("osh", "oral", "aktau", "shimkent", "petropavlovsk", "4821")]
    [0, 1, 1, 2, 3, 0]
    """
    if any(letter.isdigit() for letter in word):
        return 0
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def typing_errors(typed: str, word: str, most: int) -> int:
    """Return the fewest errors that make a word, or where five letters are typed its beginning, of it.

    An error: a letter too many, too few, another, or two neighbours the other way round (Damerau's, each
    letter once: Boytsov 2011, doi:10.1145/1963190.1963191). More than `most` is `most` + 1.

    >>> typing_errors("shimkent", "shimknet", 2), typing_errors("almaati", "almati", 2)
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        above, row = row, [i] + [0] * len(word)
        for j, other in enumerate(word, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row[j] = cost
        if min(row) > most:
            return most + 1
        before = above
    errors = min(row[max(0, len(typed) - most) :]) if len(typed) >= 5 else row[-1]
    return min(errors, most + 1)
