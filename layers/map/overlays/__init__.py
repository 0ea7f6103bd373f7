"""What is drawn under and over the measures, in drawing order. A new overlay is a new file and one line."""

from __future__ import annotations

from typing import Final

from layers.map.map_layer import MapLayer
from layers.map.overlays import basemap, long_term_presence, named_stations, station_points

OVERLAYS: Final[tuple[MapLayer, ...]] = (
    basemap.LAYER,
    long_term_presence.LAYER,
    station_points.LAYER,
    named_stations.LAYER,
)
