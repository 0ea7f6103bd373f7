"""Polling stations that have a point of their own, drawn from vector tiles."""

from __future__ import annotations

from layers.map.elements import StationTiles
from layers.map.map_layer import MapLayer, always
from layers.words.language import mark

LAYER = MapLayer(
    name="stations",
    title=mark("Polling stations"),
    says=mark("Every polling station whose place is known."),
    is_on=always,
    exists=lambda view: view.has_points,
    element=lambda urls: StationTiles(
        {
            "tiles": urls.tiles,
            "states": urls.states,
            "pick": urls.pick,
            "bounds": urls.bounds,
            "breaks": urls.square_limits,
            "minExposure": urls.square_visits,
        }
    ),
)
