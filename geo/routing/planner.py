"""Make a plan of what is asked, and change it: a lock, a closed station, a late team, another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from geo.model.columns import FloatArray
from geo.model.errors import InputError, RouteError
from geo.model.messages import Message, message
from geo.model.places import GEOD
from geo.routing.demand_from_snapshot import DemandNote, SnapshotDemand, demand_of, no_go_areas, was_visited
from geo.routing.plan_changes import PlanChange
from geo.routing.plan_request import Pin, PlanRequest, to_json
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import Demand, Lock, Plan, Stop, TeamPlan, service_word
from geo.routing.solver.reorder import reorder
from geo.routing.solver.replan import ITERATIONS, SECONDS, DayEvent, overrun_of, replan
from geo.routing.solver.rule_checker import check_plan
from geo.routing.solver.solved_plan import plan
from geo.routing.solver.task_preparation import PreparedTask, prepare, prepare_again
from geo.routing.solver.travel_table import fetch

BEFORE_THE_DAY: Final = -1.0  # nothing has begun: everything may change
NEAREST_TEAMS: Final = 3  # how many are planned anew for an incident, when a bonus was asked for
# Rules of the checker that a changed demand may have broken: the teams concerned are planned anew.
JUDGED: Final = frozenset({"excluded", "no_go", "way", "responsibility"})
Report = Callable[[str, float, float], None]  # told the step, the share of it done, the value so far


@dataclass(frozen=True, eq=False)
class PlanState:
    """A plan with all that is needed to change it; nothing in it changes itself.

    `now`: minutes of the day, by the mission's own clock, at which it was last changed; BEFORE_THE_DAY
    if never during it. `closed`:
    stations (ids) told to be closed. `table`: minutes from a travel server, None for the estimate.
    """

    asked: SnapshotDemand
    prepared: PreparedTask
    plan: Plan
    seed: int
    now: float = BEFORE_THE_DAY
    closed: frozenset[str] = frozenset()
    table: FloatArray | None = None
    notes: tuple[DemandNote, ...] = ()

    @property
    def demand(self) -> Demand:
        return self.prepared.demand

    def begun(self, index: int, now: float) -> tuple[Stop, ...]:
        """Return a team's stops that are done or under way at a minute of the mission's own clock."""
        return self.plan.teams[index].begun(local(self.asked, index, now))


def make(
    asked: SnapshotDemand,
    seconds: float = 20.0,
    seed: int = 0,
    *,
    iterations: int | None = None,
    report: Report | None = None,
) -> PlanState:
    """Return the plan of what is asked. `report` hears the step, the share done and the value so far.

    Asks the travel server that mission.toml names, if it names one. Raises RouteError naming what no
    plan can satisfy.
    """
    tell = report or (lambda _step, _share, _value: None)
    tell("choosing stations", 0.0, 0.0)
    prepared = prepare(asked.demand)
    tell("choosing stations", 1.0, 0.0)
    minutes = None
    if asked.snapshot.mission.routes.travel != "estimate":
        asked, minutes = _with_table(asked, prepared, tell)
        prepared = prepare(asked.demand)
    routes = plan(
        prepared, seconds, seed, iterations=iterations,
        report=lambda share, value: tell("routing", share, value),
    )  # fmt: skip
    tell("routing", 1.0, routes.value)
    return PlanState(asked, prepared, routes, seed, table=minutes, notes=asked.notes)


def local(asked: SnapshotDemand, index: int, now: float) -> float:
    """Return a minute of the mission's own clock as a team's clock has it."""
    return now if now == BEFORE_THE_DAY else now + asked.ahead[index]


def _with_table(
    asked: SnapshotDemand, prepared: PreparedTask, tell: Report
) -> tuple[SnapshotDemand, FloatArray]:
    """Return what is asked of the candidates only, with the server's minutes between them."""
    demand, rows = asked.demand, prepared.rows
    place = np.full(len(demand.lon) + 1, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    teams = tuple(
        replace(duty, start=int(place[duty.start])) if duty.start >= 0 else duty for duty in demand.teams
    )
    lon = np.concatenate([demand.lon[rows], [duty.lon for duty in teams]])
    lat = np.concatenate([demand.lat[rows], [duty.lat for duty in teams]])
    minutes = fetch(
        asked.snapshot.mission.routes, lon, lat, lambda share: tell("asking for travel times", share, 0.0)
    )
    candidates = replace(
        demand,
        station_id=tuple(demand.station_id[row] for row in rows.tolist()),
        lon=demand.lon[rows], lat=demand.lat[rows], cell=demand.cell[rows], area=demand.area[rows],
        teams=teams,
        locked=tuple(replace(lock, station=int(place[lock.station])) for lock in demand.locked),
        excluded=frozenset(place[list(demand.excluded)].tolist()) - {-1},
        bonus={int(place[row]): extra for row, extra in demand.bonus.items() if place[row] >= 0},
    )  # fmt: skip
    candidates = replace(candidates, travel=_around(candidates, minutes))
    return replace(asked, demand=candidates, station=asked.station[rows]), minutes


def _around(demand: Demand, minutes: FloatArray) -> FloatArray:
    """Return the server's minutes, inf where the straight line crosses a no-go area it knows nothing of."""
    lon = np.concatenate([demand.lon, [duty.lon for duty in demand.teams]])
    lat = np.concatenate([demand.lat, [duty.lat for duty in demand.teams]])
    ways = minutes.copy()
    for shape in demand.no_go:
        rows, columns = travel_estimate.crossing(lon, lat, shape)
        ways[rows, columns] = ways[columns, rows] = np.inf
    return ways


@dataclass
class _Edit:
    """What a list of changes comes to, filled in while it is read.

    `ask`, `closed`: those of the plan, changed. Teams by id: `touched` are planned anew, `late` by
    minutes. `new_pins`: locks that must be in the new plan. `orders`: changes of kind "reorder", made
    last. `attracts`: ids of stations whose incident draws teams.
    """

    ask: PlanRequest
    closed: set[str]
    touched: set[str] = field(default_factory=set)
    late: dict[str, float] = field(default_factory=dict)
    new_pins: list[Pin] = field(default_factory=list)
    orders: list[PlanChange] = field(default_factory=list)
    attracts: set[str] = field(default_factory=set)
    notes: list[DemandNote] = field(default_factory=list)


def change(
    state: PlanState,
    changes: Sequence[PlanChange],
    *,
    now: float | None = None,
    seconds: float = SECONDS,
    iterations: int = ITERATIONS,
) -> PlanState:
    """Return the plan after these changes at a minute of the mission's own clock; None before the day.

    Done stops and legs under way are untouched, and teams that no change concerns keep theirs to the
    minute. Raises RouteError naming what cannot be: an unknown station, a lock that does not fit.
    """
    moment = state.now if now is None else max(state.now, now)
    edit = _Edit(state.asked.ask, set(state.closed))
    row = {station_id: i for i, station_id in enumerate(state.demand.station_id)}
    for wish in changes:
        _read(state, edit, wish, row)
    demand = _changed(state, edit, row)
    planned = [[stop.station for stop in team.stops] for team in state.plan.teams]
    prepared = prepare_again(state.prepared, demand, planned)
    begun = {team.team_id: state.begun(index, moment) for index, team in enumerate(state.plan.teams)}
    faults = check_plan(demand, state.plan, begun)
    edit.touched |= {demand.teams[fault.team].team_id for fault in faults if fault.rule in JUDGED}
    edit.touched |= _attracted(state, edit, row, moment)
    closed = frozenset(row[closed_id] for closed_id in edit.closed if closed_id in row)
    clocks = {team.team_id: local(state.asked, i, moment) for i, team in enumerate(state.plan.teams)}
    event = DayEvent(moment, closed, edit.late, frozenset(edit.touched), clocks)
    changed = replan(prepared, state.plan, event, seconds=seconds, seed=state.seed, iterations=iterations)
    _refuse_lost(changed, edit, row)
    for order in edit.orders:
        changed = _reordered(prepared, changed, order, row, clocks[order.team_id])
    changed = _marked(replace(changed, notes=_notes_kept(state.plan, changed)), demand)
    asked = replace(state.asked, ask=edit.ask, demand=demand)
    return replace(
        state, asked=asked, prepared=prepared, plan=changed, now=moment,
        closed=frozenset(edit.closed), notes=(*asked.notes, *edit.notes),
    )  # fmt: skip


def plan_teams(
    state: PlanState,
    ask: PlanRequest,
    seconds: float = 20.0,
    *,
    iterations: int | None = None,
    report: Report | None = None,
) -> PlanState:
    """Return the plan with the teams named in `ask` planned anew; every other team's stays as it is.

    Teams the plan does not hold yet are added to it. From `ask.now` on what they have begun stays. All
    other terms are the plan's own, as they hold for everybody: raises InputError for an ask that has others.
    """
    _refuse_other_terms(state.asked.ask, ask)
    tell = report or (lambda _step, _share, _value: None)
    tell("choosing stations", 0.0, 0.0)
    state = _with_teams(state, ask.teams, tell)
    moment = state.now if ask.now is None else max(state.now, ask.now)
    edit = _Edit(state.asked.ask, set(state.closed))
    row = {station_id: i for i, station_id in enumerate(state.demand.station_id)}
    demand = _changed(state, edit, row)
    planned = [[stop.station for stop in team.stops] for team in state.plan.teams]
    prepared = prepare_again(state.prepared, demand, planned)
    tell("choosing stations", 1.0, 0.0)
    cleared = tuple(
        replace(team, stops=state.begun(index, moment)) if team.team_id in ask.teams else team
        for index, team in enumerate(state.plan.teams)
    )
    clocks = {team.team_id: local(state.asked, i, moment) for i, team in enumerate(cleared)}
    closed = frozenset(row[closed_id] for closed_id in state.closed if closed_id in row)
    event = DayEvent(moment, closed, {}, frozenset(ask.teams), clocks)
    anew = replan(
        prepared, replace(state.plan, teams=cleared), event,
        seconds=seconds, seed=state.seed, iterations=iterations,
        report=lambda share, value: tell("routing", share, value),
    )  # fmt: skip
    tell("routing", 1.0, anew.value)
    changed = _marked(replace(anew, notes=_notes_kept(state.plan, anew)), demand)
    asked = replace(state.asked, demand=demand)
    return replace(state, asked=asked, prepared=prepared, plan=changed, now=moment, notes=asked.notes)


def _refuse_other_terms(own: PlanRequest, ask: PlanRequest) -> None:
    """Raise for terms that are neither left out nor those of the plan there is."""
    wanted, known, default = (dict(to_json(each)) for each in (ask, own, PlanRequest()))
    for key in sorted(set(wanted) - {"teams", "now"}):
        if wanted[key] != default[key] and wanted[key] != known[key]:
            raise InputError(f"{key} holds for all teams of the plan there is; plan all of them anew")


def _with_teams(state: PlanState, team_ids: tuple[str, ...], tell: Report) -> PlanState:
    """Return the state with these teams in it, as yet without a stop; the same where it has them all."""
    before = [team.team_id for team in state.plan.teams]
    new = [team_id for team_id in team_ids if team_id not in before]
    if not new:
        return state
    ask = replace(state.asked.ask, teams=(*before, *new))
    asked = demand_of(state.asked.snapshot, ask)
    unplaced = set(new) - {duty.team_id for duty in asked.demand.teams}
    if unplaced:
        raise RouteError("no team has a base on the map; {teams} have none", teams=tuple(sorted(unplaced)))
    idle = tuple(
        TeamPlan(duty.team_id, (), 0.0, duty.shift_start) for duty in asked.demand.teams[len(before) :]
    )
    teams = (*_on_rows(state.plan.teams, state.demand, asked.demand), *idle)
    prepared, minutes = prepare(asked.demand, [[stop.station for stop in team.stops] for team in teams]), None
    if asked.snapshot.mission.routes.travel != "estimate":
        wider = asked.demand
        asked, minutes = _with_table(asked, prepared, tell)
        teams = _on_rows(teams, wider, asked.demand)
        prepared = prepare(asked.demand, [[stop.station for stop in team.stops] for team in teams])
    return replace(
        state, asked=asked, prepared=prepared, plan=replace(state.plan, teams=teams), table=minutes,
        notes=asked.notes,
    )  # fmt: skip


def _on_rows(teams: tuple[TeamPlan, ...], before: Demand, after: Demand) -> tuple[TeamPlan, ...]:
    """Return plans with the rows that their stations have in another demand."""
    row = {station_id: i for i, station_id in enumerate(after.station_id)}
    return tuple(
        replace(
            team,
            stops=tuple(replace(stop, station=row[before.station_id[stop.station]]) for stop in team.stops),
        )
        for team in teams
    )


def _notes_kept(before: Plan, after: Plan) -> tuple[Message, ...]:
    """Return all that was dropped so far; when a team is back late is said of its latest plan only."""
    changed = {new.team_id for old, new in zip(before.teams, after.teams, strict=True) if old != new}
    earlier = [note for note in before.notes if overrun_of(note) not in changed]
    return tuple(dict.fromkeys((*earlier, *after.notes)))


def _read(state: PlanState, edit: _Edit, wish: PlanChange, row: Mapping[str, int]) -> None:
    """Add what one change asks for to `edit`; raise for a team or station that the plan does not know."""
    teams = {team.team_id: team for team in state.plan.teams}
    if wish.team_id and wish.team_id not in teams:
        raise RouteError("team {team} is not in this plan", team=wish.team_id)
    if wish.station_id:
        _refuse_unknown(state, wish, row)
    if wish.kind in ("lock", "exclude"):
        stopping = {
            team.team_id
            for team in state.plan.teams
            if any(stop.station == row.get(wish.station_id, -1) for stop in team.stops)
        }
        edit.touched |= stopping
    ask = edit.ask
    pins = tuple(pin for pin in ask.locked if pin.station_id != wish.station_id)
    if wish.kind == "lock":
        pin = Pin(wish.team_id, wish.station_id, wish.service)
        edit.new_pins.append(pin)
        edit.touched.add(wish.team_id)
        edit.ask = replace(ask, locked=(*pins, pin), excluded=_without(ask.excluded, wish.station_id))
    elif wish.kind == "unlock":
        edit.ask = replace(ask, locked=pins)
    elif wish.kind == "exclude":
        edit.ask = replace(ask, locked=pins, excluded=(*ask.excluded, wish.station_id))
    elif wish.kind == "include":
        edit.ask = replace(ask, excluded=_without(ask.excluded, wish.station_id))
    elif wish.kind == "no_go" and wish.polygon is not None:
        edit.ask = replace(ask, no_go=(*ask.no_go, wish.polygon))
    elif wish.kind == "no_go_area":
        edit.ask = replace(ask, no_go_areas=(*_without(ask.no_go_areas, wish.area_id), wish.area_id))
    elif wish.kind == "clear_no_go":
        edit.ask = replace(ask, no_go=(), no_go_areas=())
    elif wish.kind == "late":
        edit.late[wish.team_id] = edit.late.get(wish.team_id, 0.0) + wish.minutes
    elif wish.kind == "closed":
        edit.closed.add(wish.station_id)
        edit.ask = replace(ask, locked=pins)
    elif wish.kind == "reorder":
        edit.orders.append(wish)
    elif wish.kind == "incident":
        _note_incident(edit, wish, row)
        if wish.is_security:
            edit.ask = replace(ask, locked=pins)


def _refuse_unknown(state: PlanState, wish: PlanChange, row: Mapping[str, int]) -> None:
    """Raise for a station that does not exist, or that a route would have to reach and cannot."""
    if state.asked.snapshot.registry.station(wish.station_id) < 0:
        raise RouteError("station {station} is unknown", station=wish.station_id)
    if wish.kind == "lock" and wish.station_id not in row:
        if state.table is not None:
            raise RouteError(
                "station {station} is not among the stations whose travel times were asked for; "
                "lock it and plan anew",
                station=wish.station_id,
            )
        raise RouteError(
            "station {station} has no point on the map, or lies where no team of the plan works",
            station=wish.station_id,
        )


def _note_incident(edit: _Edit, wish: PlanChange, row: Mapping[str, int]) -> None:
    """Add an incident to `edit`: a finding draws nobody by itself; one about safety keeps everybody away."""
    if wish.is_security:
        edit.closed.add(wish.station_id)
        away = message(
            "station {station} is left out of all routes: a security incident", station=wish.station_id
        )
        edit.notes.append(DemandNote("kept_away", away))
    elif edit.ask.incident_bonus and wish.station_id in row:
        edit.attracts.add(wish.station_id)
    else:
        not_drawn = message(
            "the incident at station {station} changes no route: findings draw no team",
            station=wish.station_id,
        )
        edit.notes.append(DemandNote("not_drawn", not_drawn))


def _without(values: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(value for value in values if value != gone)


def _changed(state: PlanState, edit: _Edit, row: Mapping[str, int]) -> Demand:
    """Return the demand as the changed ask has it; ways and teams stay the very same where they can."""
    before, ask, snapshot = state.demand, edit.ask, state.asked.snapshot
    locked = tuple(
        Lock(pin.team_id, row[pin.station_id], pin.service) for pin in ask.locked if pin.station_id in row
    )
    out = {row[station_id] for station_id in ask.excluded if station_id in row}
    if not ask.revisits:
        out |= set(np.flatnonzero(was_visited(snapshot)[state.asked.station]).tolist())
    kept_away = {row[station_id] for station_id in edit.closed if station_id in row}
    bonus = {station: extra for station, extra in before.bonus.items() if station not in kept_away}
    bonus |= {
        row[station_id]: ask.incident_bonus
        for station_id in edit.attracts
        if row[station_id] not in kept_away
    }
    is_same = ask.no_go == state.asked.ask.no_go and ask.no_go_areas == state.asked.ask.no_go_areas
    no_go = before.no_go if is_same else (*ask.no_go, *no_go_areas(snapshot, ask))
    changed = replace(
        before, locked=locked, excluded=frozenset(out - {lock.station for lock in locked}),
        bonus=bonus, no_go=no_go,
    )  # fmt: skip
    if state.table is not None and not is_same:
        changed = replace(changed, travel=_around(changed, state.table))
    return changed


def _attracted(state: PlanState, edit: _Edit, row: Mapping[str, int], now: float) -> set[str]:
    """Return the teams nearest to incidents that draw, planned anew so that one of them may go."""
    demand, near = state.demand, set[str]()
    for station_id in edit.attracts:
        at = row[station_id]
        ways = []
        for index, duty in enumerate(demand.teams):
            if duty.areas and int(demand.area[at]) not in duty.areas:
                continue
            begun = state.begun(index, now)
            last = begun[-1].station if begun else duty.start
            here = (float(demand.lon[last]), float(demand.lat[last])) if last >= 0 else (duty.lon, duty.lat)
            metres = float(GEOD.inv(*here, float(demand.lon[at]), float(demand.lat[at]))[2])
            ways.append((metres, duty.team_id))
        near |= {team_id for _, team_id in sorted(ways)[:NEAREST_TEAMS]}
    return near


def _refuse_lost(after: Plan, edit: _Edit, row: Mapping[str, int]) -> None:
    """Raise if a stop that was just locked is not in the plan: better said than left out."""
    teams = {team.team_id: team for team in after.teams}
    for pin in edit.new_pins:
        held = [(stop.station, stop.service) for stop in teams[pin.team_id].stops]
        if (row[pin.station_id], pin.service) not in held:
            raise RouteError(
                "team {team}: station {station} does not fit into its day for {service}",
                team=pin.team_id, station=pin.station_id, service=service_word(pin.service),
            )  # fmt: skip


def _reordered(
    prepared: PreparedTask, before: Plan, wish: PlanChange, row: Mapping[str, int], now: float
) -> Plan:
    if unknown := [station_id for station_id in wish.stations if station_id not in row]:
        raise RouteError("station {station} is unknown", station=unknown[0])
    index = [team.team_id for team in before.teams].index(wish.team_id)
    return reorder(prepared, before, index, [row[station_id] for station_id in wish.stations], now)


def _marked(unmarked: Plan, demand: Demand) -> Plan:
    """Return the plan with its locked stops marked as the demand has them now."""
    held = {(lock.team_id, lock.station) for lock in demand.locked}
    teams = tuple(
        replace(
            team,
            stops=tuple(replace(stop, is_locked=(team.team_id, stop.station) in held) for stop in team.stops),
        )
        for team in unmarked.teams
    )
    return replace(unmarked, teams=teams)
