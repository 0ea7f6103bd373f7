"""Areas by the share of their polling stations that were visited; both numbers always shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, always, every_status, status_keys
from layers.tally import IntArray
from layers.view import View

# Shares at which the next darker class starts. Fixed, so that two missions can be compared by eye.
CLASSES: Final = (0.0, 0.01, 0.03, 0.05, 0.10)


def class_of(visited: int, stations: int) -> int:
    """Return the class of visited ÷ stations.

    >>> class_of(310, 9580)
    2
    """
    share = visited / stations
    return max(index for index, start in enumerate(CLASSES) if share >= start)


def tokens(status: Iterable[str], stations: IntArray, visited: IntArray) -> tuple[str, ...]:
    """Return the appearance of units with these statuses and counts, -1 where not known or not told."""
    found = []
    for word, there, seen in zip(status, stations.tolist(), visited.tolist(), strict=True):
        has_share = there > 0 and seen > 0 and word in ("published", "insufficient")
        found.append(f"coverage-{class_of(seen, there)}" if has_share else f"status-{word}")
    return tuple(found)


def _fills(view: View) -> tuple[str, ...]:
    return tokens(view.status, view.stations, view.visited)


def _by_choice(view: View, choice: str) -> tuple[str, ...]:
    covered = view.coverage(choice.partition("/")[0])
    return tokens(covered.status, view.stations, covered.observed)


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    ramp = tuple(Key(f"coverage-{i}", class_range(CLASSES, i, language)) for i in range(len(CLASSES)))
    if view.visits_known:
        return (*ramp, *every_status(language, {}))
    fills = _fills(view)
    is_known = any(fill.startswith("coverage-") for fill in fills)
    return (ramp if is_known else ()) + status_keys(view, fills, language)


def class_range(starts: Sequence[float], index: int, language: Language) -> str:
    """Return the words of a class of shares, by where it and the next one start."""
    low = language.number(round(100 * starts[index], 6))
    if index + 1 == len(starts):
        return language.say(mark("{low} % and more"), low=low)
    high = language.number(round(100 * starts[index + 1], 6))
    return language.say(mark("{low}–{high} %"), low=low, high=high)


LAYER = MapLayer(
    name="coverage",
    kind="fill",
    title=mark("Coverage"),
    says=mark("Polling stations visited, as a share of all polling stations of the area."),
    is_on=False,
    exists=always,
    legend=_legend,
    fills=_fills,
    by_choice=_by_choice,
)
