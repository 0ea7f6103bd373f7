"""The Folium map of the desk: the basemap and one element that carries addresses, never a row."""

from __future__ import annotations

from collections.abc import Mapping

from layers.elements import Basemap, Piece
from layers.local_map import SplitPage, local_map, split


class Desk(Piece):
    """Areas, cells, stations and everything beside the map, drawn by `static/js/desk/map.js`."""

    function = "desk"


def render(urls: Mapping[str, str], basemap: Mapping[str, str], library: str, *, is_tiled: bool) -> SplitPage:
    """Return the rendered map: as small for a million stations as for ten. `library`: URL of desk/map.js."""
    pieces = [
        Basemap({"files": dict(basemap), "areas": urls["outlines"], "ground": urls["ground"]}),
        Desk({**urls, "isTiled": is_tiled}),
    ]
    return split(local_map((0.0, 20.0), 3, pieces), library)
