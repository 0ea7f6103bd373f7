"""Areas by the share of their polling stations that were visited; both numbers always shown."""

from __future__ import annotations

from typing import Final

from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, always, status_keys
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


def _fills(view: View) -> tuple[str, ...]:
    found = []
    for status, stations, visited in zip(
        view.status, view.stations.tolist(), view.visited.tolist(), strict=True
    ):
        has_share = stations > 0 and visited > 0 and status in ("published", "insufficient")
        found.append(f"coverage-{class_of(visited, stations)}" if has_share else f"status-{status}")
    return tuple(found)


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    fills = _fills(view)
    is_known = any(fill.startswith("coverage-") for fill in fills)
    ramp = tuple(Key(f"coverage-{index}", _range(index, language)) for index in range(len(CLASSES)))
    return (ramp if is_known else ()) + status_keys(view, fills, language)


def _range(index: int, language: Language) -> str:
    low = language.number(100 * CLASSES[index])
    if index + 1 == len(CLASSES):
        return language.say(mark("{low} % and more"), low=low)
    return language.say(mark("{low}–{high} %"), low=low, high=language.number(100 * CLASSES[index + 1]))


LAYER = MapLayer(
    name="coverage",
    kind="fill",
    title=mark("Coverage"),
    says=mark("Polling stations visited, as a share of all polling stations of the area."),
    is_on=False,
    exists=always,
    legend=_legend,
    fills=_fills,
)
