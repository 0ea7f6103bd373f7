"""Plan again after an event: what is done, under way or next stays, only the teams concerned change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from geo.model.columns import IntArray
from geo.model.errors import RouteError
from geo.model.messages import Message, Value, message
from geo.routing.solver import search
from geo.routing.solver.demand import NOT_OBSERVED, Demand, Duty, Plan, Stop, TeamPlan, clock, service_word
from geo.routing.solver.insertion import Route, route_of
from geo.routing.solver.solved_plan import checked, stops_of, team_plan
from geo.routing.solver.task import Task, Team
from geo.routing.solver.task_preparation import PreparedTask

ITERATIONS: Final = 300  # of ruin and recreate, the same on every machine
SECONDS: Final = 0.5  # at most: a coordinator waits for the answer
OVERRUN: Final = "team {team} is back at {time}, after its shift ends"
CLOSED: Final = "team {team}: no {service} at {station} (closed)"
LATE: Final = "team {team}: no {service} at {station} (late)"
LOCK_LOST: Final = "team {team}: a locked stop cannot be kept any more"
NEED_LOST: Final = "team {team}: no {service} can be staffed any more"
# All that a re-plan can say in `notes`; a plan that is read again may say nothing else.
DROPPED: Final = (OVERRUN, CLOSED, LATE, LOCK_LOST, NEED_LOST)


@dataclass(frozen=True, eq=False)
class DayEvent:
    """What is known at `now`, minutes of the day; by `clocks` for teams in another time zone.

    `closed`: every station that cannot be observed any more, those of earlier events too. `late`: by how
    many minutes teams are behind the plan that is changed. `touched`: teams to plan anew in any case.
    """

    now: float
    closed: frozenset[int] = frozenset()
    late: Mapping[str, float] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    clocks: Mapping[str, float] = field(default_factory=dict)

    def at(self, team_id: str) -> float:
        """Return the moment as minutes of one team's day."""
        return self.clocks.get(team_id, self.now)


def note_of(template: str, values: Mapping[str, str]) -> Message | None:
    """Return one of DROPPED with its values, read again from a plan; None for what no re-plan says."""
    names = set(re.findall(r"{(\w+)}", template))
    if template not in DROPPED or names != set(values):
        return None
    return Message(
        template,
        tuple((name, service_word(text) if name == "service" else text) for name, text in values.items()),
    )


def overrun_of(note: Message) -> Value:
    """Return the team that a note says is back late, "" for another note."""
    return dict(note.values)["team"] if note.template == OVERRUN else ""


@dataclass(frozen=True, eq=False)
class _Rest:
    """What is left of one team's day: after `fixed` stops it may be planned anew."""

    duty: Duty
    team: Team
    fixed: tuple[Stop, ...]
    planned: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Effort:
    """How long the search may go on, its seed, and who is told how far it is."""

    seconds: float
    seed: int
    iterations: int | None
    report: search.Report | None


def replan(
    prepared: PreparedTask,
    plan: Plan,
    event: DayEvent,
    *,
    seconds: float = SECONDS,
    seed: int = 0,
    iterations: int | None = ITERATIONS,
    report: search.Report | None = None,
) -> Plan:
    """Return the plan after an event; teams it does not concern keep theirs to the minute.

    Done stops and the leg under way stay; so does the next stop, if it is open and can be kept. A needed
    service that can no longer be staffed, or a shift that cannot be kept, is dropped and said in `notes`.
    Raises RouteError as `plan.plan` does.
    """
    demand = prepared.demand
    concerned = [i for i, team in enumerate(plan.teams) if _is_concerned(team, event)]
    if not concerned:
        return plan
    notes: list[Message] = []
    rests = [_rest(prepared, i, plan.teams[i], event, notes) for i in concerned]
    spent = [stop for i, team in enumerate(plan.teams) if i not in concerned for stop in team.stops]
    spent += [stop for rest in rests for stop in rest.fixed]
    task = _task(prepared, rests, spent, event)
    effort = _Effort(seconds, seed, iterations, report)
    routes, task = _routes(task, rests, effort, notes, demand)
    stops = stops_of(demand, prepared.rows, task, routes)
    teams, held = list(plan.teams), {(stop.station, stop.service) for stop in spent}
    for i, rest, new_stops, route, team in zip(concerned, rests, stops, routes, task.teams, strict=True):
        teams[i] = team_plan(rest.duty.team_id, (*rest.fixed, *new_stops), route)
        held |= {
            (int(prepared.rows[node // len(demand.services)]), demand.services[int(task.kind[node])].name)
            for node in team.locked
        }
    frozen = {team.team_id: team.stops for i, team in enumerate(plan.teams) if i not in concerned}
    frozen |= {rest.duty.team_id: rest.fixed for rest in rests}
    return checked(_as_it_is(demand, teams, event, held), teams, notes, frozen)


def _as_it_is(demand: Demand, teams: list[TeamPlan], event: DayEvent, held: set[tuple[int, str]]) -> Demand:
    """Return the demand less what `notes` said cannot be kept: needs, the end of shifts, locks."""
    duties = []
    for duty, team in zip(demand.teams, teams, strict=True):
        staffed = {stop.service for stop in team.stops}
        needs = tuple(need for need in duty.needs if need in staffed)
        duties.append(replace(duty, needs=needs, shift_end=max(duty.shift_end, team.back)))
    return replace(
        demand, teams=tuple(duties), excluded=demand.excluded | event.closed,
        locked=tuple(
            lock for lock in demand.locked
            if any((lock.station, name) in held for name in (lock.service, *NOT_OBSERVED))
        ),
    )  # fmt: skip


def _is_concerned(team: TeamPlan, event: DayEvent) -> bool:
    now = event.at(team.team_id)
    ahead = [stop for stop in team.stops if stop.leave > now and stop.service not in NOT_OBSERVED]
    if team.team_id in event.touched:
        return True
    return event.late.get(team.team_id, 0.0) > 0 or any(stop.station in event.closed for stop in ahead)


def _rest(
    prepared: PreparedTask, index: int, planned: TeamPlan, event: DayEvent, notes: list[Message]
) -> _Rest:
    demand, task = prepared.demand, prepared.field.task
    duty, team = demand.teams[index], task.teams[index]
    now = event.at(duty.team_id)
    begun = planned.begun(now)
    late = event.late.get(planned.team_id, 0.0)
    fixed = tuple(_shifted(demand, duty, stop, event, late, notes) for stop in begun)
    ahead = planned.stops[len(begun) :]
    if fixed:
        start, leaves = _node(prepared, fixed[-1]) // len(demand.services), fixed[-1].leave
        leaves = max(leaves, now)
        fixed = (*fixed[:-1], replace(fixed[-1], leave=leaves))
    else:
        sets_out = planned.stops[0].arrive - planned.stops[0].drive if planned.stops else duty.shift_start
        start, leaves = team.start, max(duty.shift_start, now, sets_out) + late
    if ahead and begun and ahead[0].station not in event.closed:
        next_stop = _kept(demand, ahead[0], leaves, task, start, prepared, duty)
        if next_stop is not None:
            fixed, ahead = (*fixed, next_stop), ahead[1:]
            start, leaves = _node(prepared, next_stop) // len(demand.services), next_stop.leave
    home = leaves + float(task.travel[start, team.end])
    if not np.isfinite(home):
        raise RouteError(
            "team {team}: no-go areas and barriers cut it off from its base where it is now",
            team=duty.team_id,
        )
    if home > duty.shift_end:
        notes.append(message(OVERRUN, team=duty.team_id, time=clock(home)))
        duty = replace(duty, shift_end=home)
    done = {stop.service for stop in fixed}
    needs = tuple(need for need in team.needs if demand.services[need].name not in done)
    gone = {stop.station for stop in fixed} | event.closed
    locked = tuple(
        node for node in team.locked if int(prepared.rows[node // len(demand.services)]) not in gone
    )
    # One opening and one closing in all: what is done leaves its kind to nobody.
    kinds = [k for k, service in enumerate(demand.services) if service.name not in duty.needs or k in needs]
    nodes = team.nodes[np.isin(task.kind[team.nodes], kinds)]
    rest = replace(
        team,
        start=start,
        shift_start=leaves,
        shift_end=duty.shift_end,
        nodes=nodes,
        needs=needs,
        locked=locked,
    )
    open_ahead = tuple(_node(prepared, stop) for stop in ahead if stop.station not in event.closed)
    return _Rest(duty, rest, fixed, open_ahead)


def _node(prepared: PreparedTask, stop: Stop) -> int:
    names = [service.name for service in prepared.demand.services]
    kind = names.index(stop.service) if stop.service in names else 0
    return int(np.searchsorted(prepared.rows, stop.station)) * len(names) + kind


def _shifted(
    demand: Demand, duty: Duty, stop: Stop, event: DayEvent, late: float, notes: list[Message]
) -> Stop:
    """Return a begun stop as it will be: later, or without an observation if it cannot be any more."""
    now = event.at(duty.team_id)
    service = next((known for known in demand.services if known.name == stop.service), None)
    if stop.leave <= now or service is None:  # done, or driven to in vain before
        return stop
    delay = late if stop.arrive > now else 0.0  # under way: the leg takes longer
    arrive, drive = stop.arrive + delay, stop.drive + delay
    begin = max(arrive, service.opens, stop.begin)
    is_closed = stop.station in event.closed
    if not is_closed and begin <= service.closes:
        leave = stop.leave + late if stop.arrive <= now else begin + service.minutes
        return replace(stop, drive=drive, arrive=arrive, begin=begin, leave=leave)
    word, station_id = service_word(stop.service), demand.station_id[stop.station]
    if is_closed:
        notes.append(message(CLOSED, team=duty.team_id, service=word, station=station_id))
    else:
        notes.append(message(LATE, team=duty.team_id, service=word, station=station_id))
    return replace(
        stop, service="closed" if is_closed else "late", drive=drive, arrive=arrive, begin=arrive,
        leave=max(arrive, now), gain=0.0,
    )  # fmt: skip


def _kept(
    demand: Demand, stop: Stop, leaves: float, task: Task, start: int, prepared: PreparedTask, duty: Duty
) -> Stop | None:
    """Return the next stop at its new time, or None if its window or the shift cannot be kept."""
    service = next(known for known in demand.services if known.name == stop.service)
    place = _node(prepared, stop) // len(demand.services)
    drive = float(task.travel[start, place])
    if abs(leaves + drive - stop.arrive) < 1e-6:
        return stop
    begin = max(leaves + drive, service.opens)
    back = float(task.travel[place, task.teams[demand.teams.index(duty)].end])
    if begin > service.closes or begin + service.minutes + back > duty.shift_end:
        return None
    return replace(stop, drive=drive, arrive=leaves + drive, begin=begin, leave=begin + service.minutes)


def _task(prepared: PreparedTask, rests: list[_Rest], spent: list[Stop], event: DayEvent) -> Task:
    task, count = prepared.field.task, len(prepared.demand.services)
    seen = task.seen.copy()
    for stop in spent:
        if stop.service not in NOT_OBSERVED:
            seen[task.cell[_node(prepared, stop)]] += 1
    out = {stop.station for stop in spent} | event.closed
    gone = np.flatnonzero(np.isin(prepared.rows, list(out)))

    def left(nodes: IntArray) -> IntArray:
        return nodes[~np.isin(nodes // count, gone)]

    teams = tuple(replace(rest.team, nodes=left(rest.team.nodes)) for rest in rests)
    return replace(task, seen=seen, teams=teams)


def _routes(
    task: Task,
    rests: list[_Rest],
    effort: _Effort,
    notes: list[Message],
    demand: Demand,
) -> tuple[list[Route], Task]:
    """Return the rests' routes, and the task with the needs that could be kept.

    What must be gets room first: a team in whose way planned stops stand loses those before its must.
    """
    room = dict.fromkeys(range(len(rests)), 0)
    while True:
        field_now = search.field_of(task)
        draft = search.empty(field_now)
        for i, rest in enumerate(rests):
            _put_planned(field_now, draft, i, rest, room[i])
        everyone = range(len(rests))
        stuck = search.refill(field_now, draft, everyone, np.ones(len(task.place)), 2.0)
        if stuck < 0:
            best = search.improve(
                field_now, draft, seconds=effort.seconds, seed=effort.seed,
                iterations=effort.iterations, report=effort.report,
            )  # fmt: skip
            return best.routes, task
        if room[stuck] < 2:
            room[stuck] += 1
            continue
        team, served = task.teams[stuck], draft.routes[stuck].stops
        lost = [node for node in team.locked if node not in served]
        if lost:
            notes.append(message(LOCK_LOST, team=team.name))
            less = replace(team, locked=tuple(node for node in team.locked if node != lost[0]))
        else:
            kinds = {int(task.kind[node]) for node in served}
            need = next(kind for kind in team.needs if kind not in kinds)
            word = service_word(demand.services[need].name)
            notes.append(message(NEED_LOST, team=team.name, service=word))
            less = replace(
                team, needs=tuple(kind for kind in team.needs if kind != need),
                nodes=team.nodes[task.kind[team.nodes] != need],
            )  # fmt: skip
        room[stuck] = 0
        task = replace(task, teams=(*task.teams[:stuck], less, *task.teams[stuck + 1 :]))


def _put_planned(now: search.Field, draft: search.Draft, index: int, rest: _Rest, room: int) -> None:
    """Put in what was planned, less what no longer fits: the least worth first, never what must be.

    `room`: 1 to put in only what must be, 2 for nothing.
    """
    task, team = now.task, now.task.teams[index]
    allowed = set(team.nodes.tolist()) | set(team.locked)
    owned = {int(task.group[node]) for node in team.locked}
    stops = [
        node
        for node in rest.planned
        if node in allowed and (node in team.locked or int(task.group[node]) not in owned) and room < 2
    ]
    if room:
        stops = [node for node in stops if node in team.locked or int(task.kind[node]) in team.needs]
    while (route := route_of(task, team, tuple(stops))) is None:
        must = [node for node in stops if node in team.locked or int(task.kind[node]) in team.needs]
        free = [node for node in stops if node not in must]
        stops.remove(min(free or must, key=lambda node: float(draft.worth[node])))
    search.put_route(now, draft, index, route)
