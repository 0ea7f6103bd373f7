"""The Folium map of the desk: the basemap and one element that carries addresses, never a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.model.online_tiles import OnlineTiles
from layers.map.elements import Basemap, Piece
from layers.map.local_map import SplitPage, local_map, split


class Desk(Piece):
    """Areas, cells, stations and everything beside the map, drawn by `static/js/desk/desk-map.js`."""

    function = "desk"


def render(
    urls: Mapping[str, str],
    basemap: Mapping[str, str],
    library: str,
    *,
    is_tiled: bool,
    streets: Mapping[str, Any] | None = None,
    online: OnlineTiles | None = None,
) -> SplitPage:
    """Return the rendered map: as small for a million stations as for ten.

    `library`: URL of desk-map.js. `streets`: the mission's own vector basemap: url, bounds, maxZoom, credit.
    `online`: tiles of another host, which the page asks for only once somebody wants them.
    """
    more: dict[str, Any] = {"streets": dict(streets)} if streets else {}
    if online:
        more["online"] = {"url": online.url, "credit": online.attribution}
    pieces = [
        Basemap({"files": dict(basemap), "areas": urls["outlines"], "ground": urls["ground"], **more}),
        Desk({**urls, "isTiled": is_tiled}),
    ]
    return split(local_map((0.0, 20.0), 3, pieces), library)
