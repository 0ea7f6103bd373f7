"""The drawn-here basemap: Natural Earth land, water, borders, towns. No tile server learns who reads."""

from __future__ import annotations

from layers.map.elements import Basemap
from layers.map.map_layer import MapLayer, always
from layers.words.language import mark

LAYER = MapLayer(
    name="towns",
    title=mark("Towns"),
    says=mark("Towns for orientation; nothing is placed at a town."),
    is_on=always,
    exists=always,
    element=lambda urls: Basemap({"files": dict(urls.basemap), "areas": urls.regions, "ground": urls.ground}),
)
