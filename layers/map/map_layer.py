"""The one shape of what is drawn under and over the measures: its words, and its Folium element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from layers.map.elements import Piece
from layers.map.press_view import View


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the browser finds a layer's data, relative to the page.

    `square_visits`: from how many visits on a tile's square has a share, the mission's own threshold;
    `square_limits`: where its classes start, those of the release's rates.
    """

    values: str
    regions: str
    basemap: Mapping[str, str]
    tiles: str
    states: str
    pick: str
    detail: str
    version: str
    choice: str = ""
    parts: str = ""
    ground: str = ""
    bounds: tuple[float, float, float, float] | None = None  # west, south, east, north of the stations
    square_visits: int = 0
    square_limits: tuple[float, ...] = ()

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
    """One overlay. `title` and `says` are English keys; `element` carries URLs and options only."""

    name: str
    title: str
    says: str
    is_on: Callable[[View], bool]
    exists: Callable[[View], bool]
    element: Callable[[Urls], Piece]


def always(_: View) -> bool:
    return True
