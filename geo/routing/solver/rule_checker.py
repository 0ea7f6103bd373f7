"""Is a plan allowed? Every rule anew, in plain steps: nothing here is shared with what made the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.model.messages import Message, counted_message, message
from geo.model.places import GEOD
from geo.routing.solver.demand import NOT_OBSERVED, Demand, Duty, Plan, Stop, TeamPlan, clock, service_word

SLACK: Final = 1e-6  # sums of decimal times are off by less; a minute's millionth hurts nobody

# The estimate again, on its own: straight kilometres × 1.3, at 2, 1 and 0.8 minutes per kilometre.
ROAD_PER_STRAIGHT: Final = 1.3
CLOSE_ENOUGH: Final = 0.002  # the search bends chords into arcs; this measures geodesics


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its name, which team and which stop (-1: none in particular), in words."""

    rule: str
    team: int
    stop: int
    says: Message

    def __str__(self) -> str:
        return str(self.says)


def _of_team(team: str, fault: Message) -> Message:
    return message("team {team}: {fault}", team=team, fault=fault)


def check_plan(
    demand: Demand, plan: Plan, frozen: Mapping[str, tuple[Stop, ...]] | None = None
) -> tuple[Violation, ...]:
    """Return every rule that a mission's plan breaks; empty if it can be driven as it is.

    `frozen`: per team the stops that had begun; they must stand first, unchanged, and are not judged anew.
    """
    if [team.team_id for team in plan.teams] != [duty.team_id for duty in demand.teams]:
        says = message("the plan's teams are not the demand's, in its order")
        return (Violation("routes", -1, -1, says),)
    violations: list[Violation] = []
    seen: dict[int, str] = {}
    for number, (duty, team) in enumerate(zip(demand.teams, plan.teams, strict=True)):
        begun = (frozen or {}).get(duty.team_id, ())
        if team.stops[: len(begun)] != begun:
            changed = message("what was done or under way was changed")
            violations.append(Violation("frozen", number, -1, _of_team(duty.team_id, changed)))
        for rule, stop, says in _faults(demand, number, duty, team, len(begun)):
            violations.append(Violation(rule, number, stop, _of_team(duty.team_id, says)))
        for visited in team.stops:
            if visited.station in seen:
                again = message(
                    "team {team} visits {place} already",
                    team=seen[visited.station],
                    place=_place(demand, visited),
                )
                violations.append(
                    Violation("repeated", number, visited.station, _of_team(duty.team_id, again))
                )
            seen.setdefault(visited.station, duty.team_id)
    violations.extend(_lock_faults(demand, plan))
    return tuple(violations)


def _place(demand: Demand, stop: Stop) -> Message:
    if 0 <= stop.station < len(demand.station_id):
        return message("station {station}", station=demand.station_id[stop.station])
    return message("row {row}", row=str(stop.station))


def _faults(
    demand: Demand, number: int, duty: Duty, team: TeamPlan, begun: int
) -> Iterator[tuple[str, int, Message]]:
    names = [stop.service for stop in team.stops]
    for need in duty.needs:
        if (many := names.count(need)) != 1:
            yield "needed", -1, counted_message(
                "has {n} stop for {service} and must have exactly one",
                "has {n} stops for {service} and must have exactly one",
                n=many, service=service_word(need),
            )  # fmt: skip
    now, here = duty.shift_start, duty.start if duty.start >= 0 else len(demand.lon) + number
    for i, stop in enumerate(team.stops):
        if not 0 <= stop.station < len(demand.lon):
            yield "place", stop.station, message("{place} is no station", place=_place(demand, stop))
            return
        name = demand.station_id[stop.station]
        if i >= begun:
            yield from ((rule, stop.station, says) for rule, says in _stop_faults(demand, duty, stop, name))
            waits = stop.arrive - now - stop.drive
            if waits < -SLACK or (waits > SLACK and i > 0):  # a team may set out late, never wait on its way
                yield "times", stop.station, message(
                    "arrives at station {station} at {time}, which is not when it left plus the drive",
                    station=name, time=clock(stop.arrive),
                )  # fmt: skip
            if fault := _leg_fault(demand, here, stop.station, stop.drive):
                yield "way", stop.station, message("{fault} to station {station}", fault=fault, station=name)
        now, here = stop.leave, stop.station
    is_new = begun < len(team.stops) or not begun
    if is_new and (fault := _leg_fault(demand, here, len(demand.lon) + number, team.drive_back)):
        yield "way", -1, message("{fault} back", fault=fault)
    waits = team.back - now - team.drive_back
    if waits < -SLACK or (waits > SLACK and team.stops):  # a team without stops has not set out, late or not
        yield "times", -1, message("is back at another time than it left plus the drive")
    if not team.back <= duty.shift_end + SLACK:
        back, ends = clock(team.back), clock(duty.shift_end)
        yield "shift", -1, message("is back at {time}, after its shift ends at {ends}", time=back, ends=ends)


def _stop_faults(demand: Demand, duty: Duty, stop: Stop, name: str) -> Iterator[tuple[str, Message]]:
    services, word = {known.name: known for known in demand.services}, service_word(stop.service)
    if stop.service not in services or (stop.service != "voting" and stop.service not in duty.needs):
        yield "service", message(
            "station {station} is visited for {service}, which this team does not do",
            station=name, service=word,
        )  # fmt: skip
        return
    service = services[stop.service]
    if stop.begin < max(stop.arrive, service.opens) - SLACK or stop.begin > service.closes + SLACK:
        yield "closes", message(
            "station {station} is begun at {time}, not in the window of {service}, {opens} to {closes}",
            station=name, time=clock(stop.begin), service=word,
            opens=clock(service.opens), closes=clock(service.closes),
        )  # fmt: skip
    if abs(stop.leave - stop.begin - service.minutes) > SLACK:
        yield "times", message(
            "station {station} is left at {time}, not {minutes} min after it is begun",
            station=name, time=clock(stop.leave), minutes=service.minutes,
        )  # fmt: skip
    if stop.station in demand.excluded:
        yield "excluded", message("station {station} is excluded", station=name)
    point = shapely.Point(demand.lon[stop.station], demand.lat[stop.station])
    if point.is_empty or any(shapely.intersects(shape, point) for shape in demand.no_go):
        yield "no_go", message("station {station} lies in a no-go area or has no point", station=name)
    is_locked = any(lock.station == stop.station and lock.team_id == duty.team_id for lock in demand.locked)
    if duty.areas and int(demand.area[stop.station]) not in duty.areas and not is_locked:
        yield (
            "responsibility",
            message("station {station} lies outside its area of responsibility", station=name),
        )


def _leg_fault(demand: Demand, start: int, end: int, minutes: float) -> Message | None:
    """Return what is wrong with a leg between two rows (bases follow the stations), or nothing."""
    if not np.isfinite(minutes):
        return message("there is no way")
    if demand.travel is not None:
        least = float(demand.travel[start, end])
        if minutes >= least - SLACK:
            return None
        return message(
            "{minutes} min are less than the table's {least}", minutes=f"{minutes:.0f}", least=f"{least:.0f}"
        )
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
        return message(
            "{minutes} min are less than the straight line needs, {least} min,",
            minutes=round(minutes), least=round(least),
        )  # fmt: skip
    line = shapely.LineString(points)
    if any(line.relate_pattern(shape, "T********") for shape in demand.no_go):
        return message("the way crosses a no-go area")
    for barrier in demand.barriers:
        polygonal = shapely.get_dimensions(barrier.shape) == 2
        hit = line.relate_pattern(barrier.shape, "T********") if polygonal else line.intersects(barrier.shape)
        if hit and not barrier.passages:
            return message("the way crosses a barrier without a passage")
    return None


def _lock_faults(demand: Demand, plan: Plan) -> Iterator[Violation]:
    for lock in demand.locked:
        number = next((i for i, team in enumerate(plan.teams) if team.team_id == lock.team_id), -1)
        stops = plan.teams[number].stops if number >= 0 else ()
        if not any(
            stop.station == lock.station and stop.service in (lock.service, *NOT_OBSERVED) for stop in stops
        ):
            missing = message(
                "the locked stop at station {station} ({service}) is missing",
                station=demand.station_id[lock.station], service=service_word(lock.service),
            )  # fmt: skip
            yield Violation("locked", number, lock.station, _of_team(lock.team_id, missing))
