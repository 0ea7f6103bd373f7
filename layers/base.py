"""The drawn-here basemap: Natural Earth land, water, borders, towns. No tile server learns who reads."""

from __future__ import annotations

from layers.elements import Basemap
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, always
from layers.view import View


def _legend(_: View, __: Language) -> tuple[Key, ...]:
    return ()


LAYER = MapLayer(
    name="towns",
    kind="base",
    title=mark("Towns"),
    says=mark("Towns for orientation; nothing is placed at a town."),
    is_on=True,
    exists=always,
    legend=_legend,
    element=lambda urls: Basemap({"files": dict(urls.basemap), "areas": urls.areas, "ground": urls.ground}),
)
