"""How much was there to see and how much was seen, per unit (area or cell): the waist of the flow."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.columns import IndexArray, frozen
from geo.registry import Stations
from geo.reports import Categories, Incidents, Visits
from geo.tables import OUTCOMES, OVERALL, SEVERITIES, STAGES, VERIFICATIONS

Counter = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which visits and findings are counted: one stage or all, some categories or all, how severe.

    The default leaves low severity out, as the headline does (METHODS rule 8), and counts only what a
    second person has verified.
    """

    stage: str = ""
    categories: tuple[str, ...] = ()
    severity: str = "medium"
    verified_only: bool = True


@dataclass(frozen=True, eq=False)
class Counts:
    """Counters per unit, each (U,) int64. Zero `exposure` is "not observed", never a rate of zero.

    stations, voters: the registry's. visits: current ones with outcome observed. denied, closed,
    unreachable: current ones that saw nothing. stations_observed, voters_observed: distinct stations
    with ≥ 1 such visit. exposure: visits whose form asked about the chosen categories; with_finding:
    those of them with ≥ 1 such finding. findings: chosen findings of counted visits; findings_apart:
    those without an exposed visit, shown but in no rate. stations_named: distinct stations with a
    chosen finding of either sort. teams: distinct teams with a visit. assessed, negative: visits with
    an overall assessment, and those bad or very bad.
    """

    stations: Counter
    voters: Counter
    visits: Counter
    denied: Counter
    closed: Counter
    unreachable: Counter
    stations_observed: Counter
    voters_observed: Counter
    exposure: Counter
    with_finding: Counter
    findings: Counter
    findings_apart: Counter
    stations_named: Counter
    teams: Counter
    assessed: Counter
    negative: Counter

    def __len__(self) -> int:
        return len(self.stations)

    def total(self) -> dict[str, int]:
        """Return the sums over all units; `teams` is left out, a team may serve several units."""
        return {f.name: int(getattr(self, f.name).sum()) for f in fields(self) if f.name != "teams"}


def counted_visits(visits: Visits, choice: Choice) -> BoolArray:
    """Return which visits a choice counts, whatever their outcome, (V,) bool."""
    kept = visits.is_current & (visits.station >= 0)
    if choice.verified_only:
        kept = kept & (visits.verification == VERIFICATIONS.index("verified"))
    if choice.stage:
        kept = kept & (visits.stage == STAGES.index(choice.stage))
    else:
        kept = kept & (visits.stage != STAGES.index("tabulation"))  # another frame: never a station's
    return np.asarray(kept)


def chosen_categories(categories: Categories, choice: Choice) -> BoolArray:
    """Return which categories a choice asks about, (C,) bool, by slug and by default severity."""
    is_severe = np.asarray(categories.severity >= SEVERITIES.index(choice.severity))
    if not choice.categories:
        return is_severe
    return is_severe & np.isin(np.array(categories.category, dtype=object), choice.categories)


def chosen_incidents(incidents: Incidents, categories: Categories, choice: Choice) -> BoolArray:
    """Return which reported findings a choice counts, with or without a visit, (I,) bool."""
    kept = incidents.is_current & (incidents.severity >= SEVERITIES.index(choice.severity))
    if choice.verified_only:
        kept = kept & (incidents.verification == VERIFICATIONS.index("verified"))
    if choice.categories:
        wanted = [i for i, slug in enumerate(categories.category) if slug in choice.categories]
        kept = kept & np.isin(incidents.category, wanted)
    if choice.stage:
        kept = kept & (incidents.stage == STAGES.index(choice.stage))
    return np.asarray(kept)


def exposed_visits(visits: Visits, categories: Categories, choice: Choice) -> BoolArray:
    """Return the visits that could have seen what the choice asks about, (V,) bool."""
    chosen = np.flatnonzero(chosen_categories(categories, choice))
    mask = np.uint64(sum(1 << int(c) for c in chosen))
    observed = counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed"))
    return np.asarray(observed & ((visits.answered & mask) != 0))


def visits_with_finding(
    visits: Visits, incidents: Incidents, categories: Categories, choice: Choice
) -> tuple[BoolArray, BoolArray]:
    """Return the exposed visits with ≥ 1 chosen finding, (V,), and the incidents that did it, (I,).

    A finding counts only if the form of its visit asked about its category, and it was not told of
    another station than the one visited.
    """
    exposed = np.append(exposed_visits(visits, categories, choice), False)
    asked = np.append(visits.answered, np.uint64(0))[incidents.visit]
    category = np.maximum(incidents.category, 0).astype(np.uint64)
    was_asked = ((asked >> category) & np.uint64(1)).astype(bool) & (incidents.category >= 0)
    visited = np.append(visits.station, np.int32(-1))[incidents.visit]
    is_there = (incidents.station < 0) | (incidents.station == visited)
    counted = (
        chosen_incidents(incidents, categories, choice) & exposed[incidents.visit] & was_asked & is_there
    )
    has_finding = np.zeros(len(visits) + 1, dtype=bool)
    has_finding[incidents.visit[counted]] = True
    return has_finding[:-1], counted


def tally(
    unit_of_station: IndexArray,
    unit_of_area: IndexArray,
    units: int,
    *,
    stations: Stations,
    visits: Visits,
    incidents: Incidents,
    categories: Categories,
    choice: Choice,
) -> Counts:
    """Return the counters of every unit.

    `unit_of_station`: (N,) int32, -1 for stations outside every unit; `unit_of_area`: (A + 1,) int32,
    -1 where findings known to the area only have no unit (always so for cells). O(N + V + I).
    """
    observed = OUTCOMES.index("observed")
    unit_of_visit = np.append(unit_of_station, np.int32(-1))[visits.station]
    kept = np.flatnonzero(counted_visits(visits, choice))
    unit, outcome = unit_of_visit[kept], visits.outcome[kept]
    seen = kept[outcome == observed]
    has_finding, counted = visits_with_finding(visits, incidents, categories, choice)
    voters = np.nan_to_num(stations.voters).astype(np.int64)
    unit_of_seen, overall = unit_of_visit[seen], visits.overall[seen]
    station_seen = _marked(visits.station[seen], len(stations))
    chosen = chosen_incidents(incidents, categories, choice)
    named = incidents.station[chosen & (incidents.station >= 0)]
    told = np.flatnonzero(counted)
    apart = np.flatnonzero(chosen & ~counted)
    unit_of_apart = np.where(
        incidents.station[apart] >= 0,
        np.append(unit_of_station, np.int32(-1))[incidents.station[apart]],
        unit_of_area[incidents.area[apart]],
    )

    def per_unit(of: IndexArray, weights: Counter | None = None) -> Counter:
        # One more bin in front for -1: cheaper than leaving those out.
        weight = None if weights is None else weights.astype(np.float64)
        return frozen(np.bincount(of + 1, weights=weight, minlength=units + 1)[1:].astype(np.int64))

    return Counts(
        stations=per_unit(unit_of_station),
        voters=per_unit(unit_of_station, voters),
        visits=per_unit(unit_of_seen),
        denied=per_unit(unit[outcome == OUTCOMES.index("denied")]),
        closed=per_unit(unit[outcome == OUTCOMES.index("closed")]),
        unreachable=per_unit(unit[outcome == OUTCOMES.index("unreachable")]),
        stations_observed=per_unit(unit_of_station[station_seen]),
        voters_observed=per_unit(unit_of_station[station_seen], voters[station_seen]),
        exposure=per_unit(unit_of_seen[exposed_visits(visits, categories, choice)[seen]]),
        with_finding=per_unit(unit_of_visit[has_finding]),
        findings=per_unit(unit_of_visit[incidents.visit[told]]),
        findings_apart=per_unit(unit_of_apart),
        stations_named=per_unit(unit_of_station[_marked(named, len(stations))]),
        teams=_distinct_teams(unit_of_seen, visits.team[seen], units),
        assessed=per_unit(unit_of_seen[overall >= 0]),
        negative=per_unit(unit_of_seen[overall >= OVERALL.index("bad")]),
    )


def _marked(positions: IndexArray, n: int) -> BoolArray:
    is_there = np.zeros(n, dtype=np.bool_)
    is_there[positions] = True
    return is_there


def _distinct_teams(unit: IndexArray, team: IndexArray, units: int) -> Counter:
    """Return how many teams made these visits in every unit, without sorting them."""
    inside = (unit >= 0) & (team >= 0)
    unit, team = unit[inside], team[inside]
    shape = (int(team.max(initial=-1)) + 1, units)
    seen = csr_matrix((np.ones(len(unit), dtype=np.int8), (team, unit)), shape=shape)
    return frozen(np.bincount(seen.indices, minlength=units).astype(np.int64))
