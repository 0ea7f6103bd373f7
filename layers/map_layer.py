"""The one shape every map layer has: how it colours, its legend, its Folium element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args

from geo.words import Status
from layers.elements import Piece
from layers.language import Language, mark
from layers.view import View
from layers.wording import STATUS

Kind = Literal["fill", "cells", "marks", "outline", "points", "base"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a legend: the appearance (a token the style sheet knows) and its words."""

    swatch: str
    label: str


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the browser finds a layer's data, relative to the page."""

    values: str
    areas: str
    basemap: Mapping[str, str]
    tiles: str
    states: str
    pick: str
    detail: str
    version: str
    choice: str = ""
    cells: str = ""
    ground: str = ""
    bounds: tuple[float, float, float, float] | None = None  # west, south, east, north of the stations

    def from_below(self) -> Urls:
        """Return the same addresses as seen from a page one folder deeper."""
        plain: dict[str, Any] = {
            field.name: f"../{getattr(self, field.name)}"
            for field in fields(self)
            if isinstance(getattr(self, field.name), str)
        }
        return replace(self, **plain, basemap={name: f"../{url}" for name, url in self.basemap.items()})


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One layer. `title`, `says`: English keys.

    `fills`: for a fill layer, one appearance token per drawn area, such as `coverage-2` or
    `status-not_observed`: every area has one, because no area may look like another status.
    `element`: the Folium element carrying URLs and options only; None for a fill, which all share one.
    `by_choice`: the same as `fills` under a choice such as "voting/medium", where visits are counted; of
    kind "cells" one token per cell of the release. `why_not`: the sentence shown instead of the layer.
    """

    name: str
    kind: Kind
    title: str
    says: str
    is_on: bool
    exists: Callable[[View], bool]
    legend: Callable[[View, Language], tuple[Key, ...]]
    fills: Callable[[View], tuple[str, ...]] | None = None
    element: Callable[[Urls], Piece] | None = None
    by_choice: Callable[[View, str], tuple[str, ...]] | None = None
    why_not: Callable[[View], str] | None = None


def always(_: View) -> bool:
    return True


def status_keys(view: View, fills: tuple[str, ...], language: Language) -> tuple[Key, ...]:
    """Return one legend line per status that an area shows, in the fixed order of the statuses."""
    words = {status: language.say(STATUS[status]) for status in STATUSES}
    # a threshold is printed where it decides
    words["insufficient"] = language.say(
        mark("fewer than {n} stations visited"), n=view.mission.minimum_stations
    )
    tokens = [(f"status-{status}", words[status]) for status in STATUSES]
    return tuple(Key(token, word) for token, word in tokens if token in fills)


def every_status(language: Language, words: Mapping[str, str]) -> tuple[Key, ...]:
    """Return a legend line for each status; the browser leaves out those that do not occur.

    `words`: for some statuses, words of this layer's own.
    """
    return tuple(
        Key(f"status-{status}", words.get(status, language.say(STATUS[status]))) for status in STATUSES
    )
