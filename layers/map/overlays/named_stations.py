"""Marks at the area, one per station named, shaped and coloured by its most severe reported finding."""

from __future__ import annotations

from layers.map.elements import SymbolLayer
from layers.map.map_layer import MapLayer
from layers.words.language import mark

LAYER = MapLayer(
    name="named",
    title=mark("Stations named"),
    says=mark("Each mark is one polling station named; its place inside the area is not known."),
    is_on=lambda view: not view.visits_known,
    exists=lambda view: view.named > 0,
    element=lambda urls: SymbolLayer({"values": urls.values, "regions": urls.regions}),
)
