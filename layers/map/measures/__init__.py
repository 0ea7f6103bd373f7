"""The measures of the map, in the order of its views. A new measure is a new file and one line here."""

from __future__ import annotations

from typing import Final

from geo.model.errors import NotFound
from layers.map.measures import (
    bad_assessments,
    findings_share,
    problem_clusters,
    station_coverage,
    stations_named,
)
from layers.map.measures.measure import Measure
from layers.map.press_view import View

MEASURES: Final[tuple[Measure, ...]] = (
    findings_share.MEASURE,
    stations_named.MEASURE,
    bad_assessments.MEASURE,
    problem_clusters.MEASURE,
    station_coverage.MEASURE,
)


def offered(view: View) -> tuple[Measure, ...]:
    """Return the measures that a mission's page lists, those that have nothing to show too."""
    return tuple(measure for measure in MEASURES if measure.exists(view))


def shown(view: View) -> tuple[Measure, ...]:
    """Return the measures that have something to show, the one a page opens with first."""
    return tuple(measure for measure in offered(view) if not measure.why_not(view))


def measure_called(view: View, name: str) -> Measure:
    """Return the measure of a name. Raises NotFound for one this mission has nothing to show of."""
    for measure in shown(view):
        if measure.name == name:
            return measure
    raise NotFound(f"no measure {name[:48]!r}")
