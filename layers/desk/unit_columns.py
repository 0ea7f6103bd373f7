"""Every figure of every area, district or cell of the desk under one choice, in columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from geo.analysis.choice_analysis import Analysis
from geo.analysis.statistics.coverage_formulas import freshness, planned_completion
from geo.model import grid
from geo.model.columns import MINUTE, NO_TIME
from geo.model.counts import Choice, counted_visits
from geo.model.snapshot import Snapshot, UnitKind
from geo.model.tables import OUTCOMES
from geo.serving.disk_cache import KeepsBytes
from layers.desk.choice_visits import DISTRICT, area_positions, planned_stations
from layers.desk.desk_payloads import Freshness, Numbers, UnitFigures, UnitNames
from layers.desk.local_clock import as_of_us, waiting_us
from layers.map import area_outlines, outline_cache
from layers.map.measures import analysed, desk_figures
from layers.words.language import Language

Unit = Literal["area", "district", "cell"]
_KIND: Final[dict[Unit, tuple[UnitKind, int]]] = {
    "area": ("area", 1), "district": ("area", DISTRICT), "cell": ("cell", 1),
}  # fmt: skip
_COUNTS: Final = (
    "stations", "voters", "visits", "denied", "closed", "unreachable", "stations_observed", "voters_observed",
    "findings_apart", "teams",
)  # fmt: skip
DIGITS: Final = 4  # of a degree: 11 m
FIGURE_DIGITS: Final = 6


def figures(snapshot: Snapshot, unit: Unit, choice: Choice) -> UnitFigures:
    """Return the columns of every unit, NaN as null; `status` and `absence` by statistic.

    Beside the statistics: planned stations and how many of them were visited, and the age of the last
    visit in minutes (median over visited stations, p90, newest) at the snapshot's own moment.
    """
    kind, level = _KIND[unit]
    made = analysed(snapshot, kind, choice, level)
    shown = [(one, made.results[one.absence].columns) for one in desk_figures().values()]
    of_figures = {
        name: _listed(columns[name])
        for one, columns in shown
        for name in (one.value, one.part, one.whole, one.low, one.high)
        if name in columns
    }
    counts = {name: _listed(getattr(made.counts, name)) for name in _COUNTS}
    return {
        "unit": unit,
        "columns": {**of_figures, **counts, **_plan(snapshot, made, choice), **_ages(snapshot, made, choice)},
        "codes": {one.code: _listed(columns[one.code]) for one, columns in shown if one.code},
        "status": {name: list(result.status) for name, result in made.results.items()},
        "absence": {name: result.absence for name, result in made.results.items() if result.absence},
        "minimum": {"visits": made.material.minimum_visits, "teams": made.material.minimum_teams},
        "hasFrame": made.material.has_frame,
        "planned": made.material.planned,
    }


def _listed(values: npt.NDArray[Any]) -> list[Any]:
    if values.dtype.kind == "f":
        return [None if x != x else round(x, FIGURE_DIGITS) for x in values.tolist()]
    found: list[Any] = values.tolist()
    return found


def _place(snapshot: Snapshot, made: Analysis) -> npt.NDArray[np.int64]:
    """Position of every station's unit in the analysis, (N,), -1 for none."""
    if made.kind == "cell":
        return snapshot.unit_of_station("cell").astype(np.int64)
    return area_positions(snapshot, made.level)


def _observed(snapshot: Snapshot, choice: Choice) -> npt.NDArray[np.bool_]:
    visits = snapshot.visits
    return np.asarray(counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed")))


def _plan(snapshot: Snapshot, made: Analysis, choice: Choice) -> dict[str, Numbers]:
    seen = np.zeros(len(snapshot.registry.stations), dtype=bool)
    seen[snapshot.visits.station[_observed(snapshot, choice)]] = True
    done = planned_completion(
        planned_stations(snapshot, choice), seen, _place(snapshot, made), len(made.unit)
    )
    return {"planned": _listed(done.planned), "planned_done": _listed(done.done)}


def _ages(snapshot: Snapshot, made: Analysis, choice: Choice) -> dict[str, Numbers]:
    visits, now = snapshot.visits, waiting_us(snapshot)
    rows = _observed(snapshot, choice) & (visits.arrived != NO_TIME)
    minutes = visits.arrived[rows] / MINUTE
    place = _place(snapshot, made)
    known = freshness(minutes, visits.station[rows], place, len(made.unit), now / MINUTE, (0.5, 0.9))
    newest = np.full(len(made.unit) + 1, -np.inf)
    np.maximum.at(newest, place[visits.station[rows]], minutes)
    last = np.where(np.isfinite(newest[:-1]), now / MINUTE - newest[:-1], np.nan)
    return {
        "age_median": _listed(np.maximum(0, known[:, 0].round())),
        "age_p90": _listed(np.maximum(0, known[:, 1].round())),
        "age_newest": _listed(np.maximum(0, last.round())),
    }


def totals(snapshot: Snapshot, choice: Choice) -> Freshness:
    """Return the freshness of the whole mission: median and p90 age of the last visit, minutes."""
    visits, now = snapshot.visits, waiting_us(snapshot)
    rows = _observed(snapshot, choice) & (visits.arrived != NO_TIME)
    everywhere = np.zeros(len(snapshot.registry.stations), dtype=np.int64)
    ages = freshness(visits.arrived[rows] / MINUTE, visits.station[rows], everywhere, 1, now / MINUTE)
    median, p90 = _listed(np.maximum(0, ages[0].round()))
    return {"age_median": median, "age_p90": p90, "is_over": now < as_of_us(snapshot)}


def outlines(snapshot: Snapshot, unit: Literal["area", "district"], keep: KeepsBytes | None = None) -> Any:
    """Return the shapes of areas or districts, in the order of `units`, as `area_outlines.packed` packs them.

    The same in every language. `keep`: where simplified outlines are kept from one start to the next.
    """
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(areas.level == _KIND[unit][1]).astype(np.int64)
    return area_outlines.packed(outline_cache.outlines(areas, drawn, keep), area_outlines.SHALLOW)


def ground(
    snapshot: Snapshot,
    base: dict[str, Any],
    language: Language,
    keep: KeepsBytes | None,
    window: Callable[[area_outlines.Box, area_outlines.Box], dict[str, Any]],
) -> dict[str, Any]:
    """Return what a first view shows around the mission, as `area_outlines.surroundings` of a basemap."""
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(areas.level == _KIND["area"][1]).astype(np.int64)
    bounds = outline_cache.outlines(areas, drawn, keep)["bounds"]
    return area_outlines.surroundings(base, bounds, language.code, window)


def units(snapshot: Snapshot, unit: Unit, language: Language) -> UnitNames:
    """Return ids and names of the units; cells with their rings of lon, lat (EPSG:4326)."""
    areas = snapshot.registry.areas
    if unit == "cell":
        rings = [
            [[round(x, DIGITS), round(y, DIGITS)] for x, y in ring.exterior.coords[:-1]]
            for ring in grid.polygons(snapshot.cells).tolist()
        ]
        return {"id": grid.to_text(snapshot.cells), "name": _cell_names(snapshot, language), "rings": rings}
    drawn = np.flatnonzero(areas.level == _KIND[unit][1]).astype(np.int64)
    return {
        "id": [areas.area_id[i] for i in drawn.tolist()],
        "name": [areas.name(i, language.code) for i in drawn.tolist()],
    }


def _cell_names(snapshot: Snapshot, language: Language) -> list[str]:
    """The settlement of the largest station of every cell, and its area: a cell has no name of its own."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    cell = snapshot.unit_of_station("cell")
    order = np.argsort(np.nan_to_num(stations.voters), kind="stable")
    largest = np.full(len(snapshot.cells) + 1, -1, dtype=np.int64)
    largest[cell[order]] = order
    found = []
    for station in largest[:-1].tolist():
        town = stations.settlement[station].as_py()
        area = areas.name(int(stations.area[station]), language.code) if stations.area[station] >= 0 else ""
        found.append(", ".join(filter(None, (town, area))))
    return found
