"""Is a plan allowed? Every rule anew, in plain steps: nothing here is shared with what made the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.places import GEOD
from geo.routes.demand import NOT_OBSERVED, Demand, Duty, Plan, Stop, TeamPlan, clock
from geo.routes.problem import Problem, team_of

SLACK: Final = 1e-6  # sums of decimal times are off by less; a minute's millionth hurts nobody

# The estimate again, on its own: straight kilometres × 1.3, at 2, 1 and 0.8 minutes per kilometre.
ROAD_PER_STRAIGHT: Final = 1.3
CLOSE_ENOUGH: Final = 0.002  # the search bends chords into arcs; this measures geodesics

RULES: Final = (
    "routes", "place", "depot", "repeated", "way", "closes", "shift",
    "times", "service", "needed", "excluded", "locked", "no_go", "responsibility", "frozen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: which (of RULES), which team and which stop (-1: none in particular), in words."""

    rule: str
    team: int
    stop: int
    text: str

    def __str__(self) -> str:
        return self.text


def check(problem: Problem, routes: Sequence[Sequence[int]]) -> tuple[Violation, ...]:
    """Return every rule that the stop lists of a published problem break; empty if they are feasible.

    `routes`: one list of places per team, without its start and end.
    """
    opens, closes, service, travel = (
        np.asarray(column, dtype=float)
        for column in (problem.opens, problem.closes, problem.service, problem.travel)
    )
    teams = [team_of(one) for one in problem.teams]
    if len(routes) != len(teams):
        return (Violation("routes", -1, -1, f"{len(routes)} routes for {len(teams)} teams"),)
    ends = {team.start for team in teams} | {team.end for team in teams}
    found: list[Violation] = []
    seen: dict[int, int] = {}
    for number, (team, stops) in enumerate(zip(teams, routes, strict=True)):
        who = f"team {number + 1}"
        now, here = team.shift_start, team.start
        for stop in stops:
            if not 0 <= stop < len(opens):
                found.append(Violation("place", number, stop, f"{who}: {stop} is no place"))
                continue
            if stop in ends:
                found.append(Violation("depot", number, stop, f"{who}: {stop} is a start or end, not a stop"))
            if stop in seen:
                first = f"team {seen[stop] + 1}"
                found.append(Violation("repeated", number, stop, f"{who}: {first} serves {stop} already"))
            seen.setdefault(stop, number)
            if not np.isfinite(travel[here, stop]):
                found.append(Violation("way", number, stop, f"{who}: no way from {here} to {stop}"))
            now = max(now + float(travel[here, stop]), float(opens[stop]))
            if now > closes[stop] + SLACK:
                text = f"{who}: begins {stop} at {now:g}, after {closes[stop]:g}"
                found.append(Violation("closes", number, stop, text))
            now += float(service[stop])
            here = stop
        now += float(travel[here, team.end])
        if not now <= team.shift_end + SLACK:
            text = f"{who}: is back at {now:g}, after its shift ends at {team.shift_end:g}"
            found.append(Violation("shift", number, -1, text))
    return tuple(found)


def check_plan(
    demand: Demand, plan: Plan, frozen: Mapping[str, tuple[Stop, ...]] | None = None
) -> tuple[Violation, ...]:
    """Return every rule that a mission's plan breaks; empty if it can be driven as it is.

    `frozen`: per team the stops that had begun; they must stand first, unchanged, and are not judged anew.
    """
    if [team.team_id for team in plan.teams] != [duty.team_id for duty in demand.teams]:
        return (Violation("routes", -1, -1, "the plan's teams are not the demand's, in its order"),)
    found: list[Violation] = []
    seen: dict[int, str] = {}
    for number, (duty, team) in enumerate(zip(demand.teams, plan.teams, strict=True)):
        kept = (frozen or {}).get(duty.team_id, ())
        if team.stops[: len(kept)] != kept:
            text = f"team {duty.team_id}: what was done or under way was changed"
            found.append(Violation("frozen", number, -1, text))
        for rule, stop, text in _faults(demand, number, duty, team, len(kept)):
            found.append(Violation(rule, number, stop, f"team {duty.team_id}: {text}"))
        for one in team.stops:
            if one.station in seen:
                text = f"team {duty.team_id}: team {seen[one.station]} visits {_name(demand, one)} already"
                found.append(Violation("repeated", number, one.station, text))
            seen.setdefault(one.station, duty.team_id)
    found.extend(_lock_faults(demand, plan))
    return tuple(found)


def _name(demand: Demand, stop: Stop) -> str:
    known = 0 <= stop.station < len(demand.station_id)
    return f"station {demand.station_id[stop.station]}" if known else f"row {stop.station}"


def _faults(
    demand: Demand, number: int, duty: Duty, team: TeamPlan, kept: int
) -> Iterator[tuple[str, int, str]]:
    names = [stop.service for stop in team.stops]
    for need in duty.needs:
        if names.count(need) != 1:
            yield "needed", -1, f"has {names.count(need)} stops for {need} and must have exactly one"
    now, here = duty.shift_start, duty.start if duty.start >= 0 else len(demand.lon) + number
    for i, stop in enumerate(team.stops):
        name = _name(demand, stop)
        if not 0 <= stop.station < len(demand.lon):
            yield "place", stop.station, f"{name} is no station"
            return
        if i >= kept:
            yield from (
                (rule, stop.station, f"{name} {text}") for rule, text in _stop_faults(demand, duty, stop)
            )
            waits = stop.arrive - now - stop.drive
            if waits < -SLACK or (waits > SLACK and i > 0):  # a team may set out late, never wait on its way
                text = f"arrives at {name} at {clock(stop.arrive)}, which is not when it left plus the drive"
                yield "times", stop.station, text
            if text := _leg_fault(demand, here, stop.station, stop.drive):
                yield "way", stop.station, f"{text} to {name}"
        now, here = stop.leave, stop.station
    is_new = kept < len(team.stops) or not kept
    if is_new and (text := _leg_fault(demand, here, len(demand.lon) + number, team.drive_back)):
        yield "way", -1, f"{text} back"
    if abs(team.back - now - team.drive_back) > SLACK:
        yield "times", -1, "is back at another time than it left plus the drive"
    if not team.back <= duty.shift_end + SLACK:
        yield "shift", -1, f"is back at {clock(team.back)}, after its shift ends at {clock(duty.shift_end)}"


def _stop_faults(demand: Demand, duty: Duty, stop: Stop) -> Iterator[tuple[str, str]]:
    services = {one.name: one for one in demand.services}
    if stop.service not in services or (stop.service != "voting" and stop.service not in duty.needs):
        yield "service", f"is visited for {stop.service}, which this team does not do"
        return
    service = services[stop.service]
    if stop.begin < max(stop.arrive, service.opens) - SLACK or stop.begin > service.closes + SLACK:
        window = f"{clock(service.opens)} to {clock(service.closes)}"
        yield "closes", f"is begun at {clock(stop.begin)}, not in the window of {stop.service}, {window}"
    if abs(stop.leave - stop.begin - service.minutes) > SLACK:
        yield "times", f"is left at {clock(stop.leave)}, not {service.minutes:g} min after it is begun"
    if stop.station in demand.excluded:
        yield "excluded", "is excluded"
    point = shapely.Point(demand.lon[stop.station], demand.lat[stop.station])
    if point.is_empty or any(shapely.intersects(shape, point) for shape in demand.no_go):
        yield "no_go", "lies in a no-go area or has no point"
    is_locked = any(lock.station == stop.station and lock.team_id == duty.team_id for lock in demand.locked)
    if duty.areas and int(demand.area[stop.station]) not in duty.areas and not is_locked:
        yield "responsibility", "lies outside its area of responsibility"


def _leg_fault(demand: Demand, start: int, end: int, minutes: float) -> str:
    """Return what is wrong with a leg between two rows (bases follow the stations), or nothing."""
    if not np.isfinite(minutes):
        return "there is no way"
    if demand.travel is not None:
        least = float(demand.travel[start, end])
        return f"{minutes:.0f} min are less than the table's {least:.0f}" if minutes < least - SLACK else ""
    points = []
    for row in (start, end):
        beyond = row - len(demand.lon)
        duty = demand.teams[max(beyond, 0)]
        points.append(
            (duty.lon, duty.lat) if beyond >= 0 else (float(demand.lon[row]), float(demand.lat[row]))
        )
    road = GEOD.inv(*points[0], *points[1])[2] / 1000 * ROAD_PER_STRAIGHT
    least = 2.0 * min(road, 10) + 1.0 * min(max(road - 10, 0), 90) + 0.8 * max(road - 100, 0)
    if minutes < least * (1 - CLOSE_ENOUGH) - SLACK:
        return f"{minutes:.0f} min are less than the straight line needs, {least:.0f} min,"
    line = shapely.LineString(points)
    if any(line.relate_pattern(shape, "T********") for shape in demand.no_go):
        return "the way crosses a no-go area"
    for barrier in demand.barriers:
        polygonal = shapely.get_dimensions(barrier.shape) == 2
        hit = line.relate_pattern(barrier.shape, "T********") if polygonal else line.intersects(barrier.shape)
        if hit and not barrier.passages:
            return "the way crosses a barrier without a passage"
    return ""


def _lock_faults(demand: Demand, plan: Plan) -> Iterator[Violation]:
    for lock in demand.locked:
        number = next((i for i, team in enumerate(plan.teams) if team.team_id == lock.team_id), -1)
        stops = plan.teams[number].stops if number >= 0 else ()
        if not any(
            stop.station == lock.station and stop.service in (lock.service, *NOT_OBSERVED) for stop in stops
        ):
            name = demand.station_id[lock.station]
            text = f"team {lock.team_id}: the locked stop at station {name} ({lock.service}) is missing"
            yield Violation("locked", number, lock.station, text)
