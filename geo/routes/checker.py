"""Is a plan allowed? Every rule anew, in plain steps: nothing here is shared with what made the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.places import GEOD
from geo.routes.demand import NOT_OBSERVED, Demand, Duty, Plan, Stop, TeamPlan, clock, service_word
from geo.routes.problem import Problem, team_of
from geo.said import Said, counted, said

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
    says: Said

    def __str__(self) -> str:
        return str(self.says)


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
        says = said("{routes} routes for {teams} teams", routes=len(routes), teams=len(teams))
        return (Violation("routes", -1, -1, says),)
    ends = {team.start for team in teams} | {team.end for team in teams}
    found: list[Violation] = []
    seen: dict[int, int] = {}
    for number, (team, stops) in enumerate(zip(teams, routes, strict=True)):
        now, here = team.shift_start, team.start
        for stop in stops:
            if not 0 <= stop < len(opens):
                found.append(_fault("place", number, stop, said("{place} is no place", place=str(stop))))
                continue
            if stop in ends:
                says = said("{place} is a start or end, not a stop", place=str(stop))
                found.append(_fault("depot", number, stop, says))
            if stop in seen:
                says = said("team {team} serves {place} already", team=str(seen[stop] + 1), place=str(stop))
                found.append(_fault("repeated", number, stop, says))
            seen.setdefault(stop, number)
            if not np.isfinite(travel[here, stop]):
                says = said("no way from {start} to {end}", start=str(here), end=str(stop))
                found.append(_fault("way", number, stop, says))
            now = max(now + float(travel[here, stop]), float(opens[stop]))
            if now > closes[stop] + SLACK:
                says = said(
                    "begins {place} at {time}, after {closes}",
                    place=str(stop), time=now, closes=float(closes[stop]),
                )  # fmt: skip
                found.append(_fault("closes", number, stop, says))
            now += float(service[stop])
            here = stop
        now += float(travel[here, team.end])
        if not now <= team.shift_end + SLACK:
            ends_at = float(team.shift_end)
            says = said("is back at {time}, after its shift ends at {ends}", time=now, ends=ends_at)
            found.append(_fault("shift", number, -1, says))
    return tuple(found)


def _fault(rule: str, number: int, stop: int, says: Said) -> Violation:
    return Violation(rule, number, stop, _of_team(str(number + 1), says))


def _of_team(team: str, fault: Said) -> Said:
    return said("team {team}: {fault}", team=team, fault=fault)


def check_plan(
    demand: Demand, plan: Plan, frozen: Mapping[str, tuple[Stop, ...]] | None = None
) -> tuple[Violation, ...]:
    """Return every rule that a mission's plan breaks; empty if it can be driven as it is.

    `frozen`: per team the stops that had begun; they must stand first, unchanged, and are not judged anew.
    """
    if [team.team_id for team in plan.teams] != [duty.team_id for duty in demand.teams]:
        says = said("the plan's teams are not the demand's, in its order")
        return (Violation("routes", -1, -1, says),)
    found: list[Violation] = []
    seen: dict[int, str] = {}
    for number, (duty, team) in enumerate(zip(demand.teams, plan.teams, strict=True)):
        kept = (frozen or {}).get(duty.team_id, ())
        if team.stops[: len(kept)] != kept:
            changed = said("what was done or under way was changed")
            found.append(Violation("frozen", number, -1, _of_team(duty.team_id, changed)))
        for rule, stop, says in _faults(demand, number, duty, team, len(kept)):
            found.append(Violation(rule, number, stop, _of_team(duty.team_id, says)))
        for one in team.stops:
            if one.station in seen:
                again = said(
                    "team {team} visits {place} already", team=seen[one.station], place=_place(demand, one)
                )
                found.append(Violation("repeated", number, one.station, _of_team(duty.team_id, again)))
            seen.setdefault(one.station, duty.team_id)
    found.extend(_lock_faults(demand, plan))
    return tuple(found)


def _place(demand: Demand, stop: Stop) -> Said:
    if 0 <= stop.station < len(demand.station_id):
        return said("station {station}", station=demand.station_id[stop.station])
    return said("row {row}", row=str(stop.station))


def _faults(
    demand: Demand, number: int, duty: Duty, team: TeamPlan, kept: int
) -> Iterator[tuple[str, int, Said]]:
    names = [stop.service for stop in team.stops]
    for need in duty.needs:
        if (many := names.count(need)) != 1:
            yield "needed", -1, counted(
                "has {n} stop for {service} and must have exactly one",
                "has {n} stops for {service} and must have exactly one",
                n=many, service=service_word(need),
            )  # fmt: skip
    now, here = duty.shift_start, duty.start if duty.start >= 0 else len(demand.lon) + number
    for i, stop in enumerate(team.stops):
        if not 0 <= stop.station < len(demand.lon):
            yield "place", stop.station, said("{place} is no station", place=_place(demand, stop))
            return
        name = demand.station_id[stop.station]
        if i >= kept:
            yield from ((rule, stop.station, says) for rule, says in _stop_faults(demand, duty, stop, name))
            waits = stop.arrive - now - stop.drive
            if waits < -SLACK or (waits > SLACK and i > 0):  # a team may set out late, never wait on its way
                yield "times", stop.station, said(
                    "arrives at station {station} at {time}, which is not when it left plus the drive",
                    station=name, time=clock(stop.arrive),
                )  # fmt: skip
            if fault := _leg_fault(demand, here, stop.station, stop.drive):
                yield "way", stop.station, said("{fault} to station {station}", fault=fault, station=name)
        now, here = stop.leave, stop.station
    is_new = kept < len(team.stops) or not kept
    if is_new and (fault := _leg_fault(demand, here, len(demand.lon) + number, team.drive_back)):
        yield "way", -1, said("{fault} back", fault=fault)
    if abs(team.back - now - team.drive_back) > SLACK:
        yield "times", -1, said("is back at another time than it left plus the drive")
    if not team.back <= duty.shift_end + SLACK:
        back, ends = clock(team.back), clock(duty.shift_end)
        yield "shift", -1, said("is back at {time}, after its shift ends at {ends}", time=back, ends=ends)


def _stop_faults(demand: Demand, duty: Duty, stop: Stop, name: str) -> Iterator[tuple[str, Said]]:
    services, word = {one.name: one for one in demand.services}, service_word(stop.service)
    if stop.service not in services or (stop.service != "voting" and stop.service not in duty.needs):
        yield "service", said(
            "station {station} is visited for {service}, which this team does not do",
            station=name, service=word,
        )  # fmt: skip
        return
    service = services[stop.service]
    if stop.begin < max(stop.arrive, service.opens) - SLACK or stop.begin > service.closes + SLACK:
        yield "closes", said(
            "station {station} is begun at {time}, not in the window of {service}, {opens} to {closes}",
            station=name, time=clock(stop.begin), service=word,
            opens=clock(service.opens), closes=clock(service.closes),
        )  # fmt: skip
    if abs(stop.leave - stop.begin - service.minutes) > SLACK:
        yield "times", said(
            "station {station} is left at {time}, not {minutes} min after it is begun",
            station=name, time=clock(stop.leave), minutes=service.minutes,
        )  # fmt: skip
    if stop.station in demand.excluded:
        yield "excluded", said("station {station} is excluded", station=name)
    point = shapely.Point(demand.lon[stop.station], demand.lat[stop.station])
    if point.is_empty or any(shapely.intersects(shape, point) for shape in demand.no_go):
        yield "no_go", said("station {station} lies in a no-go area or has no point", station=name)
    is_locked = any(lock.station == stop.station and lock.team_id == duty.team_id for lock in demand.locked)
    if duty.areas and int(demand.area[stop.station]) not in duty.areas and not is_locked:
        yield (
            "responsibility",
            said("station {station} lies outside its area of responsibility", station=name),
        )


def _leg_fault(demand: Demand, start: int, end: int, minutes: float) -> Said | None:
    """Return what is wrong with a leg between two rows (bases follow the stations), or nothing."""
    if not np.isfinite(minutes):
        return said("there is no way")
    if demand.travel is not None:
        least = float(demand.travel[start, end])
        if minutes >= least - SLACK:
            return None
        return said(
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
        return said(
            "{minutes} min are less than the straight line needs, {least} min,",
            minutes=round(minutes), least=round(least),
        )  # fmt: skip
    line = shapely.LineString(points)
    if any(line.relate_pattern(shape, "T********") for shape in demand.no_go):
        return said("the way crosses a no-go area")
    for barrier in demand.barriers:
        polygonal = shapely.get_dimensions(barrier.shape) == 2
        hit = line.relate_pattern(barrier.shape, "T********") if polygonal else line.intersects(barrier.shape)
        if hit and not barrier.passages:
            return said("the way crosses a barrier without a passage")
    return None


def _lock_faults(demand: Demand, plan: Plan) -> Iterator[Violation]:
    for lock in demand.locked:
        number = next((i for i, team in enumerate(plan.teams) if team.team_id == lock.team_id), -1)
        stops = plan.teams[number].stops if number >= 0 else ()
        if not any(
            stop.station == lock.station and stop.service in (lock.service, *NOT_OBSERVED) for stop in stops
        ):
            missing = said(
                "the locked stop at station {station} ({service}) is missing",
                station=demand.station_id[lock.station], service=service_word(lock.service),
            )  # fmt: skip
            yield Violation("locked", number, lock.station, _of_team(lock.team_id, missing))
