"""The layers of the map, in drawing order. A new layer is a new file and one line here."""

from __future__ import annotations

from typing import Final

from layers import (
    base,
    coverage_by_area,
    coverage_by_cell,
    findings_by_area,
    findings_rate_by_area,
    hot_spots_by_cell,
    long_term_presence,
    named_stations,
    negative_by_area,
    station_points,
)
from layers.map_layer import MapLayer

LAYERS: Final[tuple[MapLayer, ...]] = (
    base.LAYER,
    findings_by_area.LAYER,
    coverage_by_area.LAYER,
    findings_rate_by_area.LAYER,
    negative_by_area.LAYER,
    coverage_by_cell.LAYER,
    hot_spots_by_cell.LAYER,
    long_term_presence.LAYER,
    station_points.LAYER,
    named_stations.LAYER,
)
