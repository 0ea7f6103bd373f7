"""One team's stops in the order a coordinator wants, if that order can be driven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from geo.model.errors import RouteError
from geo.model.messages import counted_message
from geo.routing.solver.demand import Plan, Stop, TeamPlan, clock, service_word
from geo.routing.solver.rule_checker import check_plan
from geo.routing.solver.task_preparation import PreparedTask


def reorder(prepared: PreparedTask, plan: Plan, team: int, stations: Sequence[int], now: float) -> Plan:
    """Return the plan with the rest of one team's day in this order of stations (rows).

    What has begun at `now` stays first. Every stop keeps its service, and its gain: the same visits are
    made. Raises RouteError naming the stop that cannot be begun in time, or what is missing.
    """
    demand, before = prepared.demand, plan.teams[team]
    begun = before.begun(now)
    ahead = {stop.station: stop for stop in before.stops[len(begun) :]}
    if sorted(ahead) != sorted(stations):
        raise RouteError(
            counted_message(
                "team {team}: the new order must hold its {n} stop still to come, once",
                "team {team}: the new order must hold its {n} stops still to come, each once",
                n=len(ahead), team=before.team_id,
            )
        )  # fmt: skip
    changed = _timed(prepared, team, begun, [ahead[row] for row in stations])
    teams = (*plan.teams[:team], changed, *plan.teams[team + 1 :])
    value = plan.value - demand.epsilon * (changed.drive - before.drive)
    reordered = replace(plan, teams=teams, value=value)
    broken = [fault for fault in check_plan(demand, reordered, {before.team_id: begun}) if fault.team == team]
    # What was broken before (a shift overrun after a delay) is no fault of the new order.
    known = {fault.rule for fault in check_plan(demand, plan, {before.team_id: begun}) if fault.team == team}
    if new := [fault for fault in broken if fault.rule not in known]:
        raise RouteError(new[0].says)
    return reordered


def _timed(prepared: PreparedTask, index: int, begun: tuple[Stop, ...], stops: Sequence[Stop]) -> TeamPlan:
    demand, task = prepared.demand, prepared.field.task
    duty, team = demand.teams[index], task.teams[index]
    place = {int(row): i for i, row in enumerate(prepared.rows)}
    now = begun[-1].leave if begun else duty.shift_start
    places = [
        place[begun[-1].station] if begun else team.start,
        *(place[stop_ahead.station] for stop_ahead in stops),
    ]
    timed = list(begun)
    for (here, onto), stop in zip(pairwise(places), stops, strict=True):
        drive = float(task.travel[here, onto])
        service = next(known for known in demand.services if known.name == stop.service)
        arrive = now + drive
        begin = max(arrive, service.opens)
        if begin > service.closes:
            raise RouteError(
                "team {team}: in this order it is at station {station} at {begins}, "
                "but {service} must begin by {closes}",
                team=duty.team_id, station=demand.station_id[stop.station], begins=clock(begin),
                service=service_word(stop.service), closes=clock(service.closes),
            )  # fmt: skip
        now = begin + service.minutes
        timed.append(replace(stop, drive=drive, arrive=arrive, begin=begin, leave=now))
    back = float(task.travel[places[-1], team.end])
    return TeamPlan(duty.team_id, tuple(timed), back, now + back)
