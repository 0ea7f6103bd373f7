"""How much there was to see and how much was seen, counted per unit: an area or a cell."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.model.columns import BoolArray, IndexArray, frozen
from geo.model.form_masks import asked_about_any, asked_about_own
from geo.model.registry import Stations
from geo.model.reports import Categories, Incidents, Visits
from geo.model.tables import OUTCOMES, OVERALL, SEVERITIES, STAGES, VERIFICATIONS

Counter = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which visits and findings are counted: one stage or all, some categories or all, how severe.

    `stage` "" and `categories` () stand for all; `severity` is the least that counts. The default leaves low
    severity out, as the headline does (METHODS rule 8), and counts only what a second person has verified.
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
    is_counted = visits.is_current & (visits.station >= 0)
    if choice.verified_only:
        is_counted = is_counted & (visits.verification == VERIFICATIONS.index("verified"))
    if choice.stage:
        is_counted = is_counted & (visits.stage == STAGES.index(choice.stage))
    else:
        is_counted = is_counted & (
            visits.stage != STAGES.index("tabulation")
        )  # another frame: never a station's
    return np.asarray(is_counted)


def chosen_categories(categories: Categories, choice: Choice) -> BoolArray:
    """Return which categories a choice asks about, (C,) bool, by slug and by default severity."""
    is_severe = np.asarray(categories.severity >= SEVERITIES.index(choice.severity))
    if not choice.categories:
        return is_severe
    return is_severe & np.isin(np.array(categories.category, dtype=object), choice.categories)


def chosen_incidents(incidents: Incidents, categories: Categories, choice: Choice) -> BoolArray:
    """Return which reported findings a choice counts, with or without a visit, (I,) bool."""
    is_chosen = incidents.is_current & (incidents.severity >= SEVERITIES.index(choice.severity))
    if choice.verified_only:
        is_chosen = is_chosen & (incidents.verification == VERIFICATIONS.index("verified"))
    if choice.categories:
        wanted = [i for i, slug in enumerate(categories.category) if slug in choice.categories]
        is_chosen = is_chosen & np.isin(incidents.category, wanted)
    if choice.stage:
        is_chosen = is_chosen & (incidents.stage == STAGES.index(choice.stage))
    return np.asarray(is_chosen)


def exposed_visits(visits: Visits, categories: Categories, choice: Choice) -> BoolArray:
    """Return the visits that could have seen what the choice asks about, (V,) bool."""
    chosen = np.flatnonzero(chosen_categories(categories, choice))
    observed = counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed"))
    return np.asarray(observed & asked_about_any(visits.answered, chosen.tolist()))


def visits_with_finding(
    visits: Visits, incidents: Incidents, categories: Categories, choice: Choice
) -> tuple[BoolArray, BoolArray]:
    """Return the exposed visits with ≥ 1 chosen finding, (V,), and the incidents that did it, (I,).

    A finding counts only if the form of its visit asked about its category, and it was not told of
    another station than the one visited.
    """
    return _with_finding(
        visits, incidents, chosen_incidents(incidents, categories, choice),
        exposed_visits(visits, categories, choice),
    )  # fmt: skip


def _with_finding(
    visits: Visits, incidents: Incidents, chosen: BoolArray, exposed: BoolArray
) -> tuple[BoolArray, BoolArray]:
    rows = np.flatnonzero(chosen & (incidents.visit >= 0) & (incidents.category >= 0))
    rows = rows[exposed[incidents.visit[rows]]]
    visit, station = incidents.visit[rows], incidents.station[rows]
    was_asked = asked_about_own(visits.answered[visit], incidents.category[rows])
    is_there = (station < 0) | (station == visits.station[visit])
    rows = rows[was_asked & is_there]
    has_finding = np.zeros(len(visits), dtype=bool)
    has_finding[incidents.visit[rows]] = True
    counted = np.zeros(len(incidents), dtype=bool)
    counted[rows] = True
    return has_finding, counted


@dataclass(frozen=True, eq=False)
class Considered:
    """What a choice counts, before it is known in which units: made once, tallied by area and by cell.

    `station`, `team`, `pattern`: (C,) of the counted visits, in their order, `team` -1 for one that saw
    nothing; `patterns`: (P, len(_OF_VISIT)) bool, what a visit of each pattern counts towards.
    `stations_seen`, `stations_named`: the stations with such a visit, with a chosen finding, each once.
    `station_told`: of the findings in a rate, where their visit was; `station_apart`, `area_apart`: of
    those in none.
    """

    voters: Counter
    station: IndexArray
    team: IndexArray
    pattern: npt.NDArray[np.uint8]
    patterns: BoolArray
    stations_seen: npt.NDArray[np.int64]
    stations_named: npt.NDArray[np.int64]
    station_told: IndexArray
    station_apart: IndexArray
    area_apart: IndexArray

    def claim(self, name: str) -> BoolArray:
        """Return which of the counted visits count towards one of _OF_VISIT, (C,)."""
        return np.asarray(self.patterns[:, _OF_VISIT.index(name)][self.pattern])


# The counters that one visit may count towards; a visit's pattern is the set of those it does, one bit each.
_OF_VISIT = ("visits", "denied", "closed", "unreachable", "exposure", "with_finding", "assessed", "negative")


def considered(
    *, stations: Stations, visits: Visits, incidents: Incidents, categories: Categories, choice: Choice
) -> Considered:
    """Return what a choice counts. O(N + V + I)."""
    is_kept, exposed = counted_visits(visits, choice), exposed_visits(visits, categories, choice)
    chosen = chosen_incidents(incidents, categories, choice)
    has_finding, counted = _with_finding(visits, incidents, chosen, exposed)
    outcome, overall = visits.outcome, visits.overall
    seen = is_kept & (outcome == OUTCOMES.index("observed"))
    claims = {
        "visits": seen,
        **{word: outcome == OUTCOMES.index(word) for word in ("denied", "closed", "unreachable")},
        "exposure": exposed,
        "with_finding": has_finding,
        "assessed": seen & (overall >= 0),
        "negative": seen & (overall >= OVERALL.index("bad")),
    }
    bits = np.zeros(len(visits), dtype=np.uint8)
    for bit, name in enumerate(_OF_VISIT):
        bits |= claims[name].view(np.uint8) << np.uint8(bit)
    rows = slice(None) if is_kept.all() else is_kept
    bits, station, seen = bits[rows], visits.station[rows], seen[rows]
    patterns = np.flatnonzero(np.bincount(bits, minlength=256)).astype(np.uint8)
    short = np.zeros(256, dtype=np.uint8)
    short[patterns] = np.arange(len(patterns), dtype=np.uint8)
    apart = np.flatnonzero(chosen & ~counted)
    return Considered(
        voters=np.nan_to_num(stations.voters).astype(np.int64),
        station=station,
        team=np.where(seen, visits.team[rows], np.int32(-1)),
        pattern=short[bits],
        patterns=np.unpackbits(patterns[:, None], axis=1, bitorder="little").astype(np.bool_),
        stations_seen=_each_once(station[seen], len(stations)),
        stations_named=_each_once(incidents.station[chosen & (incidents.station >= 0)], len(stations)),
        station_told=visits.station[incidents.visit[counted]],
        station_apart=incidents.station[apart],
        area_apart=incidents.area[apart],
    )


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
    """Return the counters of every unit; see `tally_considered`."""
    of = considered(
        stations=stations, visits=visits, incidents=incidents, categories=categories, choice=choice
    )
    return tally_considered(of, unit_of_station, unit_of_area, units)


def tally_considered(
    of: Considered, unit_of_station: IndexArray, unit_of_area: IndexArray, units: int
) -> Counts:
    """Return the counters of every unit.

    `unit_of_station`: (N,) int32, -1 for stations outside every unit; `unit_of_area`: (A + 1,) int32,
    -1 where findings known to the area only have no unit (always so for cells). O(N + V + I + U·patterns).
    """

    def per_unit(unit: IndexArray, weights: Counter | None = None) -> Counter:
        # One more bin in front for -1: cheaper than leaving those out.
        weight = None if weights is None else weights.astype(np.float64)
        return frozen(np.bincount(unit + 1, weights=weight, minlength=units + 1)[1:].astype(np.int64))

    unit = unit_of_station[of.station]
    n = len(of.patterns)
    key = (unit + np.int64(1)) * n + of.pattern
    by_pattern = np.bincount(key, minlength=(units + 1) * n).reshape(units + 1, n)[1:]
    of_visits = {
        name: frozen(by_pattern[:, of.patterns[:, bit]].sum(axis=1)) for bit, name in enumerate(_OF_VISIT)
    }
    unit_of_seen = unit_of_station[of.stations_seen]
    apart = np.append(unit_of_station, np.int32(-1))[of.station_apart]
    return Counts(
        stations=per_unit(unit_of_station),
        voters=per_unit(unit_of_station, of.voters),
        stations_observed=per_unit(unit_of_seen),
        voters_observed=per_unit(unit_of_seen, of.voters[of.stations_seen]),
        findings=per_unit(unit_of_station[of.station_told]),
        findings_apart=per_unit(np.where(of.station_apart >= 0, apart, unit_of_area[of.area_apart])),
        stations_named=per_unit(unit_of_station[of.stations_named]),
        teams=_distinct_teams(unit, of.team, units),
        **of_visits,
    )


def _each_once(positions: IndexArray, n: int) -> npt.NDArray[np.int64]:
    is_there = np.zeros(n, dtype=np.bool_)
    is_there[positions] = True
    return np.flatnonzero(is_there)


def _distinct_teams(unit: IndexArray, team: IndexArray, units: int) -> Counter:
    """Return how many teams made these visits in every unit, without sorting them."""
    inside = (unit >= 0) & (team >= 0)
    unit, team = unit[inside], team[inside]
    shape = (int(team.max(initial=-1)) + 1, units)
    seen = csr_matrix((np.ones(len(unit), dtype=np.int8), (team, unit)), shape=shape)
    return frozen(np.bincount(seen.indices, minlength=units).astype(np.int64))
