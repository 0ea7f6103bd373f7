"""Make a plan of what is asked, and change it: a lock, a closed station, a late team, another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from geo.errors import RouteError
from geo.places import GEOD
from geo.planning.ask import Ask, Pin
from geo.planning.bridge import Asked, Note, no_go_areas, was_visited
from geo.planning.changes import Change
from geo.routes import travel
from geo.routes.checker import check_plan
from geo.routes.demand import Demand, Lock, Plan, Stop, TeamPlan, service_word
from geo.routes.plan import plan
from geo.routes.prepare import Prepared, prepare, prepare_again
from geo.routes.problem import FloatArray
from geo.routes.reorder import reorder
from geo.routes.replan import ITERATIONS, SECONDS, Event, overrun_of, replan
from geo.routes.table import fetch
from geo.said import Said, said

BEFORE_THE_DAY: Final = -1.0  # nothing has begun: everything may change
NEAREST_TEAMS: Final = 3  # how many are planned anew for an incident, when a bonus was asked for
JUDGED: Final = frozenset({"excluded", "no_go", "way", "responsibility"})
Report = Callable[[str, float, float], None]


@dataclass(frozen=True, eq=False)
class Made:
    """A plan with all that is needed to change it; nothing in it changes itself.

    `now`: minutes of the day, by the mission's own clock, at which it was last changed; BEFORE_THE_DAY
    if never during it. `closed`:
    stations (ids) told to be closed. `table`: minutes from a travel server, None for the estimate.
    """

    asked: Asked
    prepared: Prepared
    plan: Plan
    seed: int
    now: float = BEFORE_THE_DAY
    closed: frozenset[str] = frozenset()
    table: FloatArray | None = None
    notes: tuple[Note, ...] = ()

    @property
    def demand(self) -> Demand:
        return self.prepared.demand

    def begun(self, index: int, now: float) -> tuple[Stop, ...]:
        """Return a team's stops that are done or under way at a minute of the mission's own clock."""
        return begun_stops(self.plan.teams[index], local(self.asked, index, now))


def make(
    asked: Asked,
    seconds: float = 20.0,
    seed: int = 0,
    *,
    iterations: int | None = None,
    report: Report | None = None,
) -> Made:
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
    found = plan(
        prepared, seconds, seed, iterations=iterations,
        report=lambda share, value: tell("routing", share, value),
    )  # fmt: skip
    tell("routing", 1.0, found.value)
    return Made(asked, prepared, found, seed, table=minutes, notes=asked.notes)


def local(asked: Asked, index: int, now: float) -> float:
    """Return a minute of the mission's own clock as a team's clock has it."""
    return now if now == BEFORE_THE_DAY else now + asked.ahead[index]


def begun_stops(team: TeamPlan, now: float) -> tuple[Stop, ...]:
    """Return a team's stops that are done or under way at a minute of its day."""
    return tuple(stop for stop in team.stops if stop.arrive - stop.drive <= now)


def _with_table(asked: Asked, prepared: Prepared, tell: Report) -> tuple[Asked, FloatArray]:
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
    kept = replace(
        demand,
        station_id=tuple(demand.station_id[row] for row in rows.tolist()),
        lon=demand.lon[rows], lat=demand.lat[rows], cell=demand.cell[rows], area=demand.area[rows],
        teams=teams,
        locked=tuple(replace(lock, station=int(place[lock.station])) for lock in demand.locked),
        excluded=frozenset(place[list(demand.excluded)].tolist()) - {-1},
        bonus={int(place[row]): extra for row, extra in demand.bonus.items() if place[row] >= 0},
    )  # fmt: skip
    kept = replace(kept, travel=_around(kept, minutes))
    return replace(asked, demand=kept, station=asked.station[rows]), minutes


def _around(demand: Demand, minutes: FloatArray) -> FloatArray:
    """Return the server's minutes, inf where the straight line crosses a no-go area it knows nothing of."""
    lon = np.concatenate([demand.lon, [duty.lon for duty in demand.teams]])
    lat = np.concatenate([demand.lat, [duty.lat for duty in demand.teams]])
    found = minutes.copy()
    for shape in demand.no_go:
        rows, columns = travel.crossing(lon, lat, shape)
        found[rows, columns] = found[columns, rows] = np.inf
    return found


@dataclass
class _Edit:
    """What a list of changes comes to, while it is read."""

    ask: Ask
    closed: set[str]
    touched: set[str] = field(default_factory=set)
    late: dict[str, float] = field(default_factory=dict)
    new_pins: list[Pin] = field(default_factory=list)
    orders: list[Change] = field(default_factory=list)
    attracts: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


def change(
    made: Made,
    changes: Sequence[Change],
    *,
    now: float | None = None,
    seconds: float = SECONDS,
    iterations: int = ITERATIONS,
) -> Made:
    """Return the plan after these changes at a minute of the mission's own clock; None before the day.

    Done stops and legs under way are untouched, and teams that no change concerns keep theirs to the
    minute. Raises RouteError naming what cannot be: an unknown station, a lock that does not fit.
    """
    moment = made.now if now is None else max(made.now, now)
    edit = _Edit(made.asked.ask, set(made.closed))
    row = {station_id: i for i, station_id in enumerate(made.demand.station_id)}
    for one in changes:
        _read(made, edit, one, row)
    demand = _changed(made, edit, row)
    planned = [[stop.station for stop in team.stops] for team in made.plan.teams]
    prepared = prepare_again(made.prepared, demand, planned)
    begun = {team.team_id: made.begun(index, moment) for index, team in enumerate(made.plan.teams)}
    faults = check_plan(demand, made.plan, begun)
    edit.touched |= {demand.teams[one.team].team_id for one in faults if one.rule in JUDGED}
    edit.touched |= _attracted(made, edit, row, moment)
    closed = frozenset(row[one] for one in edit.closed if one in row)
    clocks = {team.team_id: local(made.asked, i, moment) for i, team in enumerate(made.plan.teams)}
    event = Event(moment, closed, edit.late, frozenset(edit.touched), clocks)
    found = replan(prepared, made.plan, event, seconds=seconds, seed=made.seed, iterations=iterations)
    _refuse_lost(found, edit, row)
    for one in edit.orders:
        found = _reordered(prepared, found, one, row, clocks[one.team_id])
    found = _marked(replace(found, notes=_notes_kept(made.plan, found)), demand)
    asked = replace(made.asked, ask=edit.ask, demand=demand)
    return replace(
        made, asked=asked, prepared=prepared, plan=found, now=moment,
        closed=frozenset(edit.closed), notes=(*asked.notes, *edit.notes),
    )  # fmt: skip


def _notes_kept(before: Plan, found: Plan) -> tuple[Said, ...]:
    """Return all that was dropped so far; when a team is back late is said of its latest plan only."""
    changed = {new.team_id for old, new in zip(before.teams, found.teams, strict=True) if old != new}
    earlier = [note for note in before.notes if overrun_of(note) not in changed]
    return tuple(dict.fromkeys((*earlier, *found.notes)))


def _read(made: Made, edit: _Edit, one: Change, row: Mapping[str, int]) -> None:
    """Note what one change asks for; raise for a team or station that the plan does not know."""
    teams = {team.team_id: team for team in made.plan.teams}
    if one.team_id and one.team_id not in teams:
        raise RouteError("team {team} is not in this plan", team=one.team_id)
    if one.station_id:
        _refuse_unknown(made, one, row)
    if one.kind in ("lock", "exclude"):
        stopping = {
            team.team_id
            for team in made.plan.teams
            if any(stop.station == row.get(one.station_id, -1) for stop in team.stops)
        }
        edit.touched |= stopping
    ask = edit.ask
    pins = tuple(pin for pin in ask.locked if pin.station_id != one.station_id)
    if one.kind == "lock":
        pin = Pin(one.team_id, one.station_id, one.service)
        edit.new_pins.append(pin)
        edit.touched.add(one.team_id)
        edit.ask = replace(ask, locked=(*pins, pin), excluded=_without(ask.excluded, one.station_id))
    elif one.kind == "unlock":
        edit.ask = replace(ask, locked=pins)
    elif one.kind == "exclude":
        edit.ask = replace(ask, locked=pins, excluded=(*ask.excluded, one.station_id))
    elif one.kind == "include":
        edit.ask = replace(ask, excluded=_without(ask.excluded, one.station_id))
    elif one.kind == "no_go" and one.polygon is not None:
        edit.ask = replace(ask, no_go=(*ask.no_go, one.polygon))
    elif one.kind == "no_go_area":
        edit.ask = replace(ask, no_go_areas=(*_without(ask.no_go_areas, one.area_id), one.area_id))
    elif one.kind == "clear_no_go":
        edit.ask = replace(ask, no_go=(), no_go_areas=())
    elif one.kind == "late":
        edit.late[one.team_id] = edit.late.get(one.team_id, 0.0) + one.minutes
    elif one.kind == "closed":
        edit.closed.add(one.station_id)
        edit.ask = replace(ask, locked=pins)
    elif one.kind == "reorder":
        edit.orders.append(one)
    elif one.kind == "incident":
        _note_incident(edit, one, row)


def _refuse_unknown(made: Made, one: Change, row: Mapping[str, int]) -> None:
    """Raise for a station that does not exist, or that a route would have to reach and cannot."""
    if made.asked.snapshot.registry.station(one.station_id) < 0:
        raise RouteError("station {station} is unknown", station=one.station_id)
    if one.kind == "lock" and one.station_id not in row:
        if made.table is not None:
            raise RouteError(
                "station {station} is not among the stations whose travel times were asked for; "
                "lock it and plan anew",
                station=one.station_id,
            )
        raise RouteError(
            "station {station} has no point on the map, or lies where no team of the plan works",
            station=one.station_id,
        )


def _note_incident(edit: _Edit, one: Change, row: Mapping[str, int]) -> None:
    """A finding draws nobody by itself; one about safety keeps everybody away."""
    if one.is_security:
        edit.closed.add(one.station_id)
        away = said(
            "station {station} is left out of all routes: a security incident", station=one.station_id
        )
        edit.notes.append(Note("kept_away", away))
    elif edit.ask.incident_bonus and one.station_id in row:
        edit.attracts.add(one.station_id)
    else:
        not_drawn = said(
            "the incident at station {station} changes no route: findings draw no team",
            station=one.station_id,
        )
        edit.notes.append(Note("not_drawn", not_drawn))


def _without(values: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(value for value in values if value != gone)


def _changed(made: Made, edit: _Edit, row: Mapping[str, int]) -> Demand:
    """Return the demand as the changed ask has it; ways and teams stay the very same where they can."""
    before, ask, snapshot = made.demand, edit.ask, made.asked.snapshot
    locked = tuple(
        Lock(pin.team_id, row[pin.station_id], pin.service) for pin in ask.locked if pin.station_id in row
    )
    out = {row[one] for one in ask.excluded if one in row}
    if not ask.revisits:
        out |= set(np.flatnonzero(was_visited(snapshot)[made.asked.station]).tolist())
    kept_away = {row[one] for one in edit.closed if one in row}
    bonus = {one: extra for one, extra in before.bonus.items() if one not in kept_away}
    bonus |= {row[one]: ask.incident_bonus for one in edit.attracts if row[one] not in kept_away}
    is_same = ask.no_go == made.asked.ask.no_go and ask.no_go_areas == made.asked.ask.no_go_areas
    no_go = before.no_go if is_same else (*ask.no_go, *no_go_areas(snapshot, ask))
    found = replace(
        before, locked=locked, excluded=frozenset(out - {lock.station for lock in locked}),
        bonus=bonus, no_go=no_go,
    )  # fmt: skip
    if made.table is not None and not is_same:
        found = replace(found, travel=_around(found, made.table))
    return found


def _attracted(made: Made, edit: _Edit, row: Mapping[str, int], now: float) -> set[str]:
    """Return the teams nearest to incidents that draw, planned anew so that one of them may go."""
    demand, found = made.demand, set[str]()
    for station_id in edit.attracts:
        at = row[station_id]
        ways = []
        for index, duty in enumerate(demand.teams):
            if duty.areas and int(demand.area[at]) not in duty.areas:
                continue
            begun = made.begun(index, now)
            last = begun[-1].station if begun else duty.start
            here = (float(demand.lon[last]), float(demand.lat[last])) if last >= 0 else (duty.lon, duty.lat)
            metres = float(GEOD.inv(*here, float(demand.lon[at]), float(demand.lat[at]))[2])
            ways.append((metres, duty.team_id))
        found |= {team_id for _, team_id in sorted(ways)[:NEAREST_TEAMS]}
    return found


def _refuse_lost(found: Plan, edit: _Edit, row: Mapping[str, int]) -> None:
    """Raise if a stop that was just locked is not in the plan: better said than left out."""
    teams = {team.team_id: team for team in found.teams}
    for pin in edit.new_pins:
        held = [(stop.station, stop.service) for stop in teams[pin.team_id].stops]
        if (row[pin.station_id], pin.service) not in held:
            raise RouteError(
                "team {team}: station {station} does not fit into its day for {service}",
                team=pin.team_id, station=pin.station_id, service=service_word(pin.service),
            )  # fmt: skip


def _reordered(prepared: Prepared, found: Plan, one: Change, row: Mapping[str, int], now: float) -> Plan:
    if unknown := [station_id for station_id in one.stations if station_id not in row]:
        raise RouteError("station {station} is unknown", station=unknown[0])
    index = [team.team_id for team in found.teams].index(one.team_id)
    return reorder(prepared, found, index, [row[station_id] for station_id in one.stations], now)


def _marked(found: Plan, demand: Demand) -> Plan:
    """Return the plan with its locked stops marked as the demand has them now."""
    held = {(lock.team_id, lock.station) for lock in demand.locked}
    teams = tuple(
        replace(
            team,
            stops=tuple(replace(stop, is_locked=(team.team_id, stop.station) in held) for stop in team.stops),
        )
        for team in found.teams
    )
    return replace(found, teams=teams)
