"""Areas where long-term observers worked before election day: a layer apart from election day."""

from __future__ import annotations

from layers.map.elements import PresenceLayer
from layers.map.map_layer import MapLayer
from layers.words.language import mark

LAYER = MapLayer(
    name="long-term",
    title=mark("Long-term observers"),
    says=mark("Areas where observers worked before election day."),
    is_on=lambda _: False,
    exists=lambda view: bool((view.presence["kind"] == "long_term").any()),
    element=lambda urls: PresenceLayer({"values": urls.values, "regions": urls.regions}),
)
