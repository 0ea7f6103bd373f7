"""Makes a demand on the teams of a snapshot and a request: which gap counts, which stations, whose hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from geo.analysis.choice_analysis import Analysis, analyse
from geo.model import places
from geo.model.columns import NO_TIME, FloatArray, IntArray
from geo.model.counts import Choice, chosen_incidents, counted_visits
from geo.model.errors import RouteError
from geo.model.messages import Message, Value, counted_message, message
from geo.model.mission import Mission, minutes_of_clock
from geo.model.reports import Teams
from geo.model.snapshot import Snapshot
from geo.routing.plan_request import DAY_MINUTES, PlanRequest
from geo.routing.solver.demand import Demand, Duty, Lock, Service, services_between
from geo.routing.solver.objective import cell_weights
from geo.routing.solver.travel_estimate import Barrier

# Minutes that a team whose shift nobody said works before polls open, for its way, and after they close, for
# the count.
BEFORE_POLLS, AFTER_POLLS = 120.0, 240.0
MICROSECONDS: Final = 60_000_000  # in a minute
EVERYTHING: Final = Choice(verified_only=False)  # who was there was there, verified or not
# Findings with these words, in a mission that does not say which, never attract a team.
SECURITY: Final = (
    "security", "violence", "attack",
    "безопасн", "насил", "нападен",
    "қауіпсізд", "зорлық", "шабуыл",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandNote:
    """Something the plan could not take into account, or that a change of it does not do."""

    code: str
    says: Message


@dataclass(frozen=True, eq=False)
class SnapshotDemand:
    """A demand with what it takes to read a plan of it. `ask`: what was asked for.

    `station`: (n,) the registry's position of every row of the demand. `day`: the date of every clock
    time. `offset`: minutes from UTC to the clock of every team of the demand, `own`: to the mission's.
    `area`: (U,) registry positions of the level-1 areas; `fair`, `visited`: (U,) visits that the plan owes
    and those made, to distinct stations; NaN where there is no plan. `cell_fair`, `cell_visited`: (C,) the
    same per cell.
    """

    snapshot: Snapshot
    ask: PlanRequest
    demand: Demand
    station: IntArray
    offset: tuple[int, ...]
    own: int
    day: date
    area: IntArray
    fair: FloatArray
    visited: FloatArray
    cell_fair: FloatArray
    cell_visited: FloatArray
    notes: tuple[DemandNote, ...]

    @property
    def ahead(self) -> tuple[int, ...]:
        """By how many minutes every team's clock is ahead of the mission's own."""
        return tuple(offset - self.own for offset in self.offset)


def demand_of(snapshot: Snapshot, ask: PlanRequest, *, teams: Teams | None = None) -> SnapshotDemand:
    """Return what the teams are to do, from the gap on the map and the visits made so far.

    Visits count whether or not anybody verified them: who was there was there. `teams`: teams from elsewhere,
    the mission's own if None. Raises RouteError naming what makes a plan impossible before any routing.
    """
    table = snapshot.teams if teams is None else teams
    day = ask.day or snapshot.mission.election_date
    notes: list[DemandNote] = []
    of_area, of_cell = analyse(snapshot, "area", EVERYTHING), analyse(snapshot, "cell", EVERYTHING)
    offset_of_area = _offsets(snapshot, day)
    chosen = _chosen(table, ask, notes)
    duties, offsets = _duties(snapshot, ask, table, chosen, day, offset_of_area)
    station = _stations(snapshot, ask, duties, notes)
    demand = _demand(snapshot, ask, duties, station, of_area, of_cell, notes)
    return SnapshotDemand(
        snapshot, ask, demand, station, offsets, int(offset_of_area[-1]), day, of_area.unit,
        *_shares(of_area), *_shares(of_cell), notes=tuple(notes),
    )  # fmt: skip


def _shares(analysis: Analysis) -> tuple[FloatArray, FloatArray]:
    fair = np.asarray(analysis.results["gap"].columns["fair_share"], dtype=np.float64)
    return fair, analysis.counts.stations_observed.astype(np.float64)


def _chosen(teams: Teams, ask: PlanRequest, notes: list[DemandNote]) -> list[int]:
    """Return the positions of the teams to plan for; those without a base are told."""
    known = {team_id: i for i, team_id in enumerate(teams.team_id)}
    if unknown := [asked_id for asked_id in ask.teams if asked_id not in known]:
        if not teams.team_id:
            raise RouteError("team {team} is unknown; this mission has none", team=unknown[0])
        raise RouteError(
            "team {team} is unknown; this mission has {teams}", team=unknown[0], teams=_listed(teams.team_id)
        )
    every = [i for i, kind in enumerate(teams.kind) if kind == "short_term"]
    wanted = [known[asked_id] for asked_id in ask.teams] if ask.teams else every
    has_base = np.isfinite(teams.base_lon) & np.isfinite(teams.base_lat)
    based = [i for i in wanted if has_base[i]]
    without = [teams.team_id[i] for i in wanted if not has_base[i]]
    if not based:
        if without:
            raise RouteError("no team has a base on the map; {teams} have none", teams=_listed(without))
        raise RouteError("this mission has no short-term teams; name teams, or give a table of them")
    if without:
        notes.append(
            DemandNote("no_base", message("left out, no base on the map: {teams}", teams=_listed(without)))
        )
    return based


def _listed(names: Sequence[str], most: int = 8) -> Value:
    shown = tuple(names[:most])
    return message("{names} and {n} more", names=shown, n=len(names) - most) if len(names) > most else shown


def _offsets(snapshot: Snapshot, day: date) -> IntArray:
    """Return the clock of every area on the day, (A + 1,) minutes from UTC; the last is the mission's own.

    An area without a zone of its own has that of the area it lies in.
    """
    mission, areas = snapshot.mission, snapshot.registry.areas
    noon = datetime.combine(day, time(12))

    def minutes(zone: str) -> int:
        ahead = noon.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        return round(ahead.total_seconds() / 60) if ahead else 0

    own = minutes(mission.time_zone)
    offsets = np.full(len(areas) + 1, own, dtype=np.int64)
    known = {zone: minutes(zone) for zone in set(mission.time_zones.values())}
    for index in range(len(areas)):
        here, steps = index, 0
        while here >= 0 and areas.area_id[here] not in mission.time_zones and steps <= len(areas):
            here, steps = int(areas.parent[here]), steps + 1
        if here >= 0 and areas.area_id[here] in mission.time_zones:
            offsets[index] = known[mission.time_zones[areas.area_id[here]]]
    return offsets


def _duties(
    snapshot: Snapshot, ask: PlanRequest, teams: Teams, chosen: list[int], day: date, offset_of_area: IntArray
) -> tuple[tuple[Duty, ...], tuple[int, ...]]:
    areas, registry = snapshot.registry.areas, snapshot.registry
    rows = np.array(chosen, dtype=np.int64)
    polygons = areas.polygon.copy()
    polygons[areas.level != 1] = None
    at_base = places.area_of(teams.base_lon[rows], teams.base_lat[rows], polygons)
    position = {area_id: i for i, area_id in enumerate(areas.area_id)}
    has_zones = len(set(offset_of_area[np.unique(registry.stations.area)].tolist())) > 1
    services = observed_services(snapshot.mission)
    duties, offsets = [], []
    for row, home in zip(chosen, at_base.tolist(), strict=True):
        named = [own_id.strip() for own_id in teams.area_ids[row].split(";") if own_id.strip()]
        if unknown := [own_id for own_id in named if own_id not in position]:
            raise RouteError(
                "team {team} is responsible for area {area}, which is unknown",
                team=teams.team_id[row], area=unknown[0],
            )  # fmt: skip
        own = frozenset[int]().union(*(_within(areas, position[own_id]) for own_id in named))
        offset = int(offset_of_area[home if home >= 0 else min(own, default=-1)])
        if has_zones:  # hours are local: a team works where the clock is its own
            same = frozenset(np.flatnonzero(offset_of_area[:-1] == offset).tolist())
            own = own & same if own else same
            if not own:
                raise RouteError(
                    "team {team}: its area of responsibility lies in another time zone",
                    team=teams.team_id[row],
                )
        begins, ends = ask.hours or _shift(snapshot.mission, teams, row, offset)
        if ask.now is not None:
            begins = max(begins, ask.now + offset - int(offset_of_area[-1]))
        duties.append(
            Duty(
                teams.team_id[row], float(teams.base_lon[row]), float(teams.base_lat[row]),
                begins, ends, own, _needs(ask, begins, ends, services),
            )
        )  # fmt: skip
        offsets.append(offset)
    if ask.now is not None:
        duties = _under_way(snapshot, duties, day, offsets)
    return tuple(duties), tuple(offsets)


def _within(areas: Any, top: int) -> frozenset[int]:
    """Return an area and all that lie in it."""
    inside = {top}
    for _ in range(3):  # country, oblast, district
        inside |= {i for i in range(len(areas)) if int(areas.parent[i]) in inside}
    return frozenset(inside)


def observed_services(mission: Mission) -> tuple[Service, ...]:
    """Return what is observed at a station while the polls of a mission are open."""
    return services_between(minutes_of_clock(mission.polls_open), minutes_of_clock(mission.polls_close))


def _shift(mission: Mission, teams: Teams, row: int, offset: int) -> tuple[float, float]:
    """Return when a team's hours begin and end, minutes of its local day, whatever the table's date."""
    begins, ends = int(teams.shift_starts[row]), int(teams.shift_ends[row])
    if begins == NO_TIME or ends == NO_TIME:
        opens, closes = minutes_of_clock(mission.polls_open), minutes_of_clock(mission.polls_close)
        return max(opens - BEFORE_POLLS, 0.0), closes + AFTER_POLLS
    local = (begins / MICROSECONDS + offset) % DAY_MINUTES
    return float(local), float(local + (ends - begins) / MICROSECONDS)


def _needs(ask: PlanRequest, begins: float, ends: float, observed: tuple[Service, ...]) -> tuple[str, ...]:
    """Return what a team must staff: what was asked, or what its hours allow in full."""
    if ask.needs is not None:
        return ask.needs
    services = {service.name: service for service in observed}
    opening, closing = services["opening"], services["closing"]
    needs = ("opening",) if begins <= opening.opens and ends >= opening.closes + opening.minutes else ()
    return needs + (
        ("closing",) if begins <= closing.opens and ends >= closing.closes + closing.minutes else ()
    )


def _under_way(snapshot: Snapshot, duties: list[Duty], day: date, offsets: list[int]) -> list[Duty]:
    """Let every team set out from the station of its last visit, once it has left there."""
    visits, moved = snapshot.visits, []
    on_map = np.append(snapshot.registry.stations.is_on_map, False)
    usable = visits.is_current & on_map[visits.station] & (visits.arrived != NO_TIME)
    midnight = round(datetime.combine(day, time(), tzinfo=UTC).timestamp() / 60)
    known = {team_id: i for i, team_id in enumerate(snapshot.teams.team_id)}
    for duty, offset in zip(duties, offsets, strict=True):
        mine = np.flatnonzero(usable & (visits.team == known.get(duty.team_id, -2)))
        arrived = visits.arrived[mine] / MICROSECONDS + offset - midnight
        mine, arrived = mine[arrived <= duty.shift_start], arrived[arrived <= duty.shift_start]
        today = arrived >= 0
        if not today.any():
            moved.append(duty)
            continue
        last = mine[today][np.argmax(arrived[today])]
        left = visits.left[last] / MICROSECONDS + offset - midnight if visits.left[last] != NO_TIME else 0.0
        moved.append(_moved(duty, int(visits.station[last]), max(duty.shift_start, float(left))))
    return moved


def _moved(duty: Duty, station: int, begins: float) -> Duty:
    return Duty(
        duty.team_id, duty.lon, duty.lat, begins, duty.shift_end, duty.areas, duty.needs, start=station
    )


def _stations(
    snapshot: Snapshot, ask: PlanRequest, duties: Sequence[Duty], notes: list[DemandNote]
) -> IntArray:
    """Return the registry positions of the stations that come into question."""
    stations = snapshot.registry.stations
    is_usable = stations.is_on_map.copy()
    if not is_usable.any():
        raise RouteError(
            counted_message(
                "no station has a point on the map; {n} is known to its area only",
                "no station has a point on the map; {n} are known to their area only",
                n=len(stations),
            )
        )
    off = int((~is_usable).sum())
    if off:
        says = counted_message(
            "{n} station has no point on the map and cannot be planned",
            "{n} stations have no point on the map and cannot be planned",
            n=off,
        )
        notes.append(DemandNote("no_point", says))
    if all(duty.areas for duty in duties):
        inside = np.isin(stations.area, list(frozenset[int]().union(*(duty.areas for duty in duties))))
        if (is_usable & inside).any():  # else let the planner name the team whose area holds nothing
            is_usable &= inside
    for station_id in (*ask.excluded, *(pin.station_id for pin in ask.locked)):
        row = snapshot.registry.station(station_id)
        if row < 0:
            raise RouteError("station {station} is unknown", station=station_id)
        is_usable[row] = True
    is_usable[[duty.start for duty in duties if duty.start >= 0]] = True
    return np.flatnonzero(is_usable).astype(np.int64)


def _demand(
    snapshot: Snapshot,
    ask: PlanRequest,
    duties: tuple[Duty, ...],
    station: IntArray,
    of_area: Analysis,
    of_cell: Analysis,
    notes: list[DemandNote],
) -> Demand:
    registry, mission = snapshot.registry, snapshot.mission
    row = np.full(len(registry.stations) + 1, -1, dtype=np.int64)
    row[station] = np.arange(len(station))
    on_map = registry.stations.is_on_map[station]
    placed = tuple(
        Duty(d.team_id, d.lon, d.lat, d.shift_start, d.shift_end, d.areas, d.needs, int(row[d.start]))
        if d.start >= 0 else d
        for d in duties
    )  # fmt: skip
    out = {int(row[registry.station(station_id)]) for station_id in ask.excluded}
    locked = tuple(
        Lock(pin.team_id, int(row[registry.station(pin.station_id)]), pin.service) for pin in ask.locked
    )
    if not ask.revisits:
        out |= set(np.flatnonzero(was_visited(snapshot)[station]).tolist()) - {
            lock.station for lock in locked
        }
    ids = registry.stations.station_id
    return Demand(
        station_id=tuple(ids.take(station).to_pylist()),
        lon=np.where(on_map, registry.stations.lon[station], np.nan),
        lat=np.where(on_map, registry.stations.lat[station], np.nan),
        cell=snapshot.unit_of_station("cell")[station].astype(np.int64),
        area=registry.stations.area[station].astype(np.int64),
        weight=_weights(snapshot, of_area, notes),
        seen=of_cell.counts.stations_observed.astype(np.float64),
        teams=placed, services=observed_services(mission), locked=locked, excluded=frozenset(out),
        no_go=(*ask.no_go, *no_go_areas(snapshot, ask)),
        barriers=tuple(Barrier(barrier.shape, barrier.passages) for barrier in mission.routes.barriers),
        bonus=_bonus(snapshot, ask, row, notes), q=ask.q, epsilon=ask.epsilon,
    )  # fmt: skip


def was_visited(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """Return which stations teams have been to, whatever came of it, (N,)."""
    visited = np.zeros(len(snapshot.registry.stations) + 1, dtype=bool)
    visited[snapshot.visits.station[counted_visits(snapshot.visits, EVERYTHING)]] = True
    return visited[:-1]


def _weights(snapshot: Snapshot, of_area: Analysis, notes: list[DemandNote]) -> FloatArray:
    if absence := of_area.results["gap"].absence:
        says = message("no gap is known: every area counts as if all its visits were missing")
        notes.append(DemandNote(absence, says))
    return weights_of(snapshot, of_area)


def weights_of(snapshot: Snapshot, of_area: Analysis) -> FloatArray:
    """Return every cell's weight from its voters and its area's gap, (C,); without a gap, from voters."""
    registry, cells = snapshot.registry, len(snapshot.cells)
    cell = snapshot.unit_of_station("cell")
    inside = cell >= 0
    voters = np.bincount(cell[inside], np.nan_to_num(registry.stations.voters[inside]), minlength=cells)
    unit = np.full(len(registry.areas) + 1, -1, dtype=np.int64)
    unit[of_area.unit] = np.arange(len(of_area.unit))
    of_station = unit[registry.area_at_level(1)][inside]
    # The area most of a cell's stations are in; a cell across a border has one weight all the same.
    pairs, many = np.unique(cell[inside] * (len(of_area.unit) + 1) + of_station + 1, return_counts=True)
    order = np.argsort(many, kind="stable")
    area = np.full(cells, -1, dtype=np.int64)
    area[pairs[order] // (len(of_area.unit) + 1)] = pairs[order] % (len(of_area.unit) + 1) - 1
    gap = of_area.results["gap"]
    if gap.absence:
        return cell_weights(voters, np.full(cells, -1), [], [])
    short, fair = gap.columns["gap"], gap.columns["fair_share"]
    # Where visits happened that nobody counted, the gap is unknown, not closed.
    return cell_weights(voters, area, np.where(np.isnan(short), fair, short), fair)


def no_go_areas(snapshot: Snapshot, ask: PlanRequest) -> tuple[Any, ...]:
    """Return the outlines of the areas no team may enter. Raises RouteError for one without an outline."""
    areas = snapshot.registry.areas
    position = {area_id: i for i, area_id in enumerate(areas.area_id)}
    outlines = []
    for area_id in ask.no_go_areas:
        index = position.get(area_id, -1)
        if index < 0:
            raise RouteError("area {area} is unknown", area=area_id)
        if areas.polygon[index] is None:
            raise RouteError("area {area} has no outline and cannot be a no-go area", area=area_id)
        outlines.append(areas.polygon[index])
    return tuple(outlines)


def _bonus(snapshot: Snapshot, ask: PlanRequest, row: IntArray, notes: list[DemandNote]) -> dict[int, float]:
    """Return the extra worth of stations with a finding; none by default, never for security's sake."""
    if not ask.incident_bonus:
        return {}
    declared, known = snapshot.mission.routes.security_categories, set(snapshot.categories.category)
    if unknown := tuple(name for name in declared if name not in known):
        says = message(
            "routes.security_categories names {categories}, which this mission does not have",
            categories=unknown,
        )
        notes.append(DemandNote("no_category", says))
    incidents = snapshot.incidents
    has_finding = chosen_incidents(incidents, snapshot.categories, EVERYTHING) & (incidents.station >= 0)
    danger = incidents.is_current & (incidents.station >= 0) & is_security(snapshot)[incidents.category]
    rows = (
        set(row[incidents.station[has_finding]].tolist())
        - set(row[incidents.station[danger]].tolist())
        - {-1}
    )
    return dict.fromkeys(sorted(rows), ask.incident_bonus)


def is_security(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """Return which categories are about the safety of people, (C + 1,) bool; the last is "no category".

    Those that mission.toml names, else those with a word of `SECURITY` in their key, theme or a title.
    """
    known, declared = snapshot.categories, snapshot.mission.routes.security_categories
    if declared:
        return np.array([*(slug in declared for slug in known.category), False], dtype=bool)
    texts = zip(known.category, known.theme, *known.titles.values(), strict=True)
    is_about_safety = [any(word in " ".join(text).lower() for word in SECURITY) for text in texts]
    return np.array([*is_about_safety, False], dtype=bool)
