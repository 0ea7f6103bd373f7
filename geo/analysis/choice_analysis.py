"""Computes every figure of one choice, once, for all who read it: the map, the exports, the methods note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.analysis.statistics import STATISTICS
from geo.analysis.statistics.statistic import Material, Result, Statistic
from geo.model import counts as counting
from geo.model import grid
from geo.model.columns import IntArray, frozen
from geo.model.counts import Choice, Counts
from geo.model.snapshot import Snapshot, UnitKind

LEVEL: Final = 1  # of areas, where none is asked for: oblasts, states
# Columns of `Analysis.frame` that are unknown where no station's voters are known.
_OF_VOTERS: Final = frozenset({"voters", "voters_observed", "voters_at_observed"})
# Columns that are counted from visits, and so are unknown where the number of visits is.
_OF_VISITS: Final = frozenset(
    {
        "visits",
        "denied",
        "closed",
        "unreachable",
        "stations_observed",
        "exposure",
        "with_finding",
        "findings",
        "teams",
        "assessed",
        "negative",
        "visits_exposed",
        "visits_with_finding",
        "visits_assessed",
        "visits_negative",
        "voters_observed",
        "voters_at_observed",
    }
)


@dataclass(frozen=True, eq=False)
class Analysis:
    """All statistics of one choice over one kind of unit.

    `unit`: (U,) int64, positions of the areas in the registry (of the level asked for), or 0…U-1 of the
    snapshot's cells. `unit_id`: area ids or H3 names. `results`: statistic name → Result, (U,) each.
    """

    kind: UnitKind
    level: int
    choice: Choice
    unit: IntArray
    unit_id: tuple[str, ...]
    material: Material
    statistics: tuple[Statistic, ...]
    results: Mapping[str, Result]
    version: str

    @property
    def counts(self) -> Counts:
        return self.material.counts

    def frame(self) -> pd.DataFrame:
        """Return one row per unit: its id, every counter, every column and every status.

        A counter that nobody counted is NaN, not 0: visits where their number is not reported, voters
        where no station's are known.
        """
        unsaid = ("not_reported", "not_known")
        silent = np.array([s in unsaid for s in self.results["coverage"].status], dtype=bool)
        nobody = self.counts.voters == 0  # registered at a station, as far as anybody said
        columns: dict[str, Any] = {"unit_id": np.array(self.unit_id, dtype=object)}
        columns |= {field.name: getattr(self.counts, field.name) for field in fields(Counts)}
        for name, result in self.results.items():
            columns |= dict(result.columns)
            columns[f"{name}_status"] = np.array(result.status, dtype=object)
        for name, column in columns.items():
            of_visits, of_voters = name in _OF_VISITS, name in _OF_VOTERS
            is_unknown = (silent & of_visits) | (nobody & of_voters)
            if is_unknown.any():
                columns[name] = np.where(is_unknown, np.nan, column)
        return pd.DataFrame(columns)


def analyse(
    snapshot: Snapshot,
    kind: UnitKind = "area",
    choice: Choice | None = None,
    level: int = LEVEL,
    *,
    statistics: Sequence[Statistic] = STATISTICS,
) -> Analysis:
    """Return every statistic of a snapshot's areas of a level, or of its cells, under a choice.

    It depends on nothing else, so that a cache may keep it by the snapshot's version.
    """
    chosen = choice or Choice()
    unit, unit_id = _units(snapshot, kind, level)
    unit = frozen(unit)
    material = _material(snapshot, kind, chosen, level, unit)
    return Analysis(
        kind=kind,
        level=level,
        choice=chosen,
        unit=unit,
        unit_id=unit_id,
        material=material,
        statistics=tuple(statistics),
        results=MappingProxyType({s.name: _kept(s.compute(material)) for s in statistics}),
        version=snapshot.version,
    )


def _kept(result: Result) -> Result:
    """Return a result that nobody can change: an analysis is kept and shared by many readers."""
    return replace(
        result, columns=MappingProxyType({name: frozen(column) for name, column in result.columns.items()})
    )


def _units(snapshot: Snapshot, kind: UnitKind, level: int) -> tuple[IntArray, tuple[str, ...]]:
    if kind == "cell":
        return np.arange(len(snapshot.cells), dtype=np.int64), tuple(grid.to_text(snapshot.cells))
    areas = snapshot.registry.areas
    unit = np.flatnonzero(areas.level == level).astype(np.int64)
    return unit, tuple(areas.area_id[i] for i in unit.tolist())


def _material(snapshot: Snapshot, kind: UnitKind, choice: Choice, level: int, unit: IntArray) -> Material:
    of = snapshot.considered(choice)
    every = snapshot.counts(kind, level, choice, of)
    counted = Counts(**{field.name: frozen(getattr(every, field.name)[unit]) for field in fields(Counts)})
    thresholds = snapshot.mission.thresholds
    place = np.full(len(every) + 1, -1, dtype=np.int64)
    place[unit] = np.arange(len(unit))
    of_station = place[snapshot.unit_of_station(kind, level)]
    weight, basis = _weight(counted)
    planned = planned_total(snapshot)
    if kind == "cell" and planned is not None:
        planned = round(planned * _share_on_map(snapshot, weight, basis))
    ids, unsaid = snapshot.registry.areas.area_id, _not_reported(snapshot) if kind == "area" else frozenset()
    silent = [ids[i] in unsaid for i in unit.tolist()] if unsaid else [False] * len(unit)
    return Material(
        counts=counted,
        unit_of_visit=frozen(of_station[of.station]),
        team_of_visit=frozen(of.team.astype(np.int64)),
        is_exposed=frozen(of.claim("exposure")),
        has_finding=frozen(of.claim("with_finding")),
        is_assessed=frozen(of.claim("assessed")),
        is_negative=frozen(of.claim("negative")),
        is_not_reported=frozen(np.array(silent, dtype=bool)),
        is_known=snapshot.says_where_observers_were,
        has_frame=snapshot.mission.frame == "complete",
        weight=frozen(weight),
        weight_basis=basis,
        planned=planned,
        minimum_visits=thresholds.area_visits if kind == "area" else thresholds.cell_visits,
        minimum_teams=minimum_teams(snapshot, kind),
        selection=snapshot.mission.selection,
        thresholds=thresholds,
        visits=snapshot.visits,
        choice=choice,
    )


def minimum_teams(snapshot: Snapshot, kind: UnitKind) -> int:
    """Return below how many teams a rate is insufficient; none are asked for where no visit names one.

    The press's rule does the same (`geo.publication.snapshot_facts.rule_of`).
    """
    visits = snapshot.visits
    if not (visits.team[visits.is_current] >= 0).any():
        return 0
    return snapshot.mission.thresholds.area_teams if kind == "area" else 1


def page_choices(snapshot: Snapshot, choice: Choice) -> tuple[Choice, ...]:
    """Return every choice of category a page offers beside one of stage and severity: a test's family.

    First all categories together, then each that is severe enough; a choice of several comes last.
    """
    together = replace(choice, categories=())
    asked = counting.chosen_categories(snapshot.categories, together)
    each = [
        replace(choice, categories=(slug,))
        for slug, is_asked in zip(snapshot.categories.category, asked.tolist(), strict=True)
        if is_asked
    ]
    page = (together, *each)
    return page if choice in page else (*page, choice)


def _not_reported(snapshot: Snapshot) -> frozenset[str]:
    """Return the areas of which the source is known to say no number of visits."""
    totals = snapshot.totals
    unsaid = (totals["measure"] == "visited") & (totals["status"] == "not_reported")
    return frozenset(totals.loc[unsaid, "area_id"])


def _weight(counted: Counts) -> tuple[npt.NDArray[np.float64], str]:
    """Return what the plan is shared out by, (U,), and its name: voters if all are known, else stations.

    With the voters of some units only, the plan would owe the others nothing.
    """
    if counted.voters.sum() > 0 and not ((counted.stations > 0) & (counted.voters == 0)).any():
        return counted.voters.astype(np.float64), "voters"
    return counted.stations.astype(np.float64), "stations"


def _share_on_map(snapshot: Snapshot, weight: npt.NDArray[np.float64], basis: str) -> float:
    """Return which part of the plan falls to cells: stations without a point of their own are in none."""
    stations = snapshot.registry.stations
    every = float(np.nansum(stations.voters)) if basis == "voters" else float(len(stations))
    return float(weight.sum()) / every if every else 0.0


def planned_total(snapshot: Snapshot) -> int | None:
    """Return how many stations the plan wants observed: mission.toml's figure, or distinct assigned ones."""
    if snapshot.mission.planned_visits is not None:
        return snapshot.mission.planned_visits
    assigned = snapshot.assignments.station
    distinct = len(np.unique(assigned[assigned >= 0]))
    return distinct or None
