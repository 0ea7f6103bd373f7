"""Reduces a demand to a task: which stations come into question for which team; refuses what leaves none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.model.errors import RouteError
from geo.model.messages import Message, message
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import Demand, Duty, clock, service_word
from geo.routing.solver.search import Field, field_of
from geo.routing.solver.task import Task, Team

# Candidates of a base, and more for each of its teams: those worth most for their time. A team makes about
# fifteen stops, so it has four times as many to choose from.
PER_BASE, PER_TEAM = 60, 60
NEAREST_PER_BASE, NEAREST_PER_TEAM = 6, 3  # besides, the nearest for opening and for closing
STOPS_OF_A_DAY: Final = 12  # among which the way from the base and back is shared when worth is ranked
MINUTES_PER_STOP: Final = 45.0  # at a station (35) and to the next one, when worth is ranked


@dataclass(frozen=True, eq=False)
class PreparedTask:
    """A demand reduced to a task, kept for planning again. `rows`: (P,) the station row of each place.

    Node i is service i mod S of place i div S; the places after the stations are the teams' bases.
    `pools`: the rows that come into question, per team.
    """

    demand: Demand
    field: Field
    rows: IntArray
    pools: tuple[IntArray, ...]


def prepare(demand: Demand, planned: Sequence[Sequence[int]] = ()) -> PreparedTask:
    """Return the task of a demand: per base the stations worth most for their time, and the nearest.

    `planned`: per team rows that must stay in question, of a plan made before. About 1 s for 10,000
    stations and 30 teams. Raises RouteError naming the first constraint that leaves a team nothing to do.
    """
    _refuse_misfits(demand)
    blocked = out_of_bounds(demand)
    ways = _ways(demand)
    prize = _prizes(demand, ~blocked & np.isfinite(demand.lon))
    pools = [_pool(demand, index, *ways[index], blocked, prize) for index in range(len(demand.teams))]
    pools = _with_planned(pools, planned, blocked)
    rows = np.unique(np.concatenate([*pools, _fixed(demand, planned)]))
    minutes = _table(demand, rows)
    return PreparedTask(demand, field_of(_task(demand, rows, minutes, pools)), rows, tuple(pools))


def prepare_again(prepared: PreparedTask, demand: Demand, planned: Sequence[Sequence[int]]) -> PreparedTask:
    """Return `prepare` of a demand changed in its locks, exclusions or bonuses, in milliseconds if it can.

    The candidates and their table are kept where no way changed and nothing new is wanted.
    """
    before, fixed = prepared.demand, _fixed(demand, planned)
    same_ways = (
        before.no_go == demand.no_go
        and before.barriers is demand.barriers
        and before.travel is demand.travel
        and before.teams == demand.teams
        and before.station_id == demand.station_id
    )
    wanted = np.union1d(fixed, np.array(sorted(set(demand.bonus) - set(before.bonus)), dtype=np.int64))
    if not same_ways or not np.isin(wanted, prepared.rows).all() or before.excluded - demand.excluded:
        return prepare(demand, planned)
    _refuse_misfits(demand)
    blocked = out_of_bounds(demand)
    pools = _with_planned([pool[~blocked[pool]] for pool in prepared.pools], planned, blocked)
    for duty, pool in zip(demand.teams, pools, strict=True):
        if not len(pool):
            raise _nothing_left(duty)
    task = _task(demand, prepared.rows, prepared.field.task.travel, pools)
    return PreparedTask(demand, field_of(task), prepared.rows, tuple(pools))


def _fixed(demand: Demand, planned: Sequence[Sequence[int]]) -> IntArray:
    """Return the rows that must be among the places whatever they are worth."""
    fixed = [lock.station for lock in demand.locked] + [
        duty.start for duty in demand.teams if duty.start >= 0
    ]
    return np.array(sorted({*fixed, *(row for rows in planned for row in rows)}), dtype=np.int64)


def _with_planned(
    pools: list[IntArray], planned: Sequence[Sequence[int]], blocked: BoolArray
) -> list[IntArray]:
    if not planned:
        return pools
    return [
        np.union1d(pool, np.array([row for row in rows if not blocked[row]], dtype=np.int64))
        for pool, rows in zip(pools, planned, strict=True)
    ]


def out_of_bounds(demand: Demand) -> BoolArray:
    """Return which stations are excluded or lie in a no-go area, (N,)."""
    blocked = np.zeros(len(demand.lon), dtype=bool)
    blocked[list(demand.excluded)] = True
    for shape in demand.no_go:
        blocked |= shapely.intersects_xy(shape, demand.lon, demand.lat)
    return blocked


def _refuse_misfits(demand: Demand) -> None:
    if not demand.teams:
        raise RouteError("there is no team")
    names = [duty.team_id for duty in demand.teams]
    if len(set(names)) < len(names):
        raise RouteError("two teams have the same id")
    known, services = set(names), {service.name for service in demand.services}
    for duty in demand.teams:
        if not np.isfinite([duty.lon, duty.lat]).all():
            raise RouteError("team {team} has no base on the map", team=duty.team_id)
        if not duty.shift_end > duty.shift_start:
            raise RouteError(
                "team {team} has no time: its shift is {begins} to {ends}",
                team=duty.team_id, begins=clock(duty.shift_start), ends=clock(duty.shift_end),
            )  # fmt: skip
        if any(shapely.intersects_xy(shape, duty.lon, duty.lat) for shape in demand.no_go):
            raise RouteError("team {team}: its base lies in a no-go area", team=duty.team_id)
        if missing := set(duty.needs) - services:
            unknown = tuple(sorted(missing))
            raise RouteError(
                "team {team} needs unknown services: {services}", team=duty.team_id, services=unknown
            )
    _refuse_locks(demand, known, services)


def _refuse_locks(demand: Demand, known: set[str], services: set[str]) -> None:
    blocked, taken = out_of_bounds(demand), set[int]()
    for lock in demand.locked:
        if lock.team_id not in known or lock.service not in services:
            raise RouteError(
                "a locked stop names team {team} and service {service}; one is unknown",
                team=lock.team_id, service=service_word(lock.service),
            )  # fmt: skip
        name = demand.station_id[lock.station]
        if blocked[lock.station]:
            raise RouteError(
                "station {station} is locked for team {team} but excluded or in a no-go area",
                station=name, team=lock.team_id,
            )  # fmt: skip
        if not np.isfinite(demand.lon[lock.station]):
            raise RouteError(
                "station {station} is locked for team {team} but has no point on the map",
                station=name, team=lock.team_id,
            )  # fmt: skip
        if lock.station in taken:
            raise RouteError("station {station} is locked twice", station=name)
        taken.add(lock.station)


def _ways(demand: Demand) -> list[tuple[FloatArray, FloatArray]]:
    """Return per team the minutes from where it sets out to every station, and from there to its base.

    (N,) each, barriers apart; NaN without a point.
    """
    n = len(demand.lon)
    if demand.travel is not None:
        table = np.asarray(demand.travel, dtype=np.float64)
        return [
            (table[duty.start if duty.start >= 0 else n + i, :n], table[:n, n + i])
            for i, duty in enumerate(demand.teams)
        ]
    starts = [_start(demand, duty) for duty in demand.teams]
    points = {*starts, *((duty.lon, duty.lat) for duty in demand.teams)}
    known = {point: travel_estimate.between(*point, demand.lon, demand.lat) for point in points}
    return [
        (known[start], known[duty.lon, duty.lat]) for start, duty in zip(starts, demand.teams, strict=True)
    ]


def _start(demand: Demand, duty: Duty) -> tuple[float, float]:
    if duty.start < 0:
        return duty.lon, duty.lat
    return float(demand.lon[duty.start]), float(demand.lat[duty.start])


def _prizes(demand: Demand, usable: BoolArray) -> FloatArray:
    """Return what each station adds if its cell's stations are visited from the middle outward, (N,)."""
    prize = np.zeros(len(demand.lon))
    rows = np.flatnonzero(usable & (demand.cell >= 0))
    if len(rows):
        cell, count = demand.cell[rows], np.bincount(demand.cell[rows], minlength=len(demand.weight))
        x, y = demand.lon[rows], demand.lat[rows]
        mean_x = (np.bincount(cell, x, len(count)) / np.maximum(count, 1))[cell]
        mean_y = (np.bincount(cell, y, len(count)) / np.maximum(count, 1))[cell]
        off = np.hypot((x - mean_x) * np.cos(np.radians(y)), y - mean_y)
        order = np.lexsort((off, cell))
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        rank = np.empty(len(rows))
        rank[order] = np.arange(len(rows)) - first[cell[order]]
        prize[rows] = demand.weight[cell] * demand.q * (1 - demand.q) ** (demand.seen[cell] + rank)
    for row, extra in demand.bonus.items():
        prize[row] += extra if usable[row] else 0.0
    return prize


def _pool(
    demand: Demand, index: int, onward: FloatArray, back: FloatArray, blocked: BoolArray, prize: FloatArray
) -> IntArray:
    """Return the rows that come into question for a team, ascending; raise what leaves none."""
    duty = demand.teams[index]
    mapped = np.isfinite(demand.lon) & (demand.cell >= 0)
    if not mapped.any():
        raise RouteError("no station has a point on the map")
    if duty.areas:
        mapped &= np.isin(demand.area, list(duty.areas))
        if not mapped.any():
            raise RouteError(
                "team {team}: its area of responsibility holds no station with a point on the map",
                team=duty.team_id,
            )
    usable = mapped & ~blocked
    if not usable.any():
        raise _nothing_left(duty)
    in_time = {
        service.name: usable & _in_time(demand, duty, onward, back, service.name)
        for service in demand.services
    }
    for need in duty.needs:
        if not in_time[need].any():
            raise RouteError("team {team}: {why}", team=duty.team_id, why=_why_not(demand, duty, need))
    able = np.any([in_time[name] for name in ("voting", *duty.needs) if name in in_time], axis=0)
    if not able.any():
        raise RouteError(
            "team {team}: no station can be reached, observed and left within its shift {begins}-{ends}",
            team=duty.team_id, begins=clock(duty.shift_start), ends=clock(duty.shift_end),
        )  # fmt: skip
    mates = sum((other.lon, other.lat) == (duty.lon, duty.lat) for other in demand.teams)
    rows = np.flatnonzero(able)
    score = prize[rows] / (MINUTES_PER_STOP + (onward[rows] + back[rows]) / STOPS_OF_A_DAY)
    best = rows[np.argsort(-score, kind="stable")[: PER_BASE + PER_TEAM * mates]]
    pools = [best]
    for need in duty.needs:
        near = np.flatnonzero(in_time[need])
        order = np.argsort((onward + back)[near], kind="stable")
        pools.append(near[order[: NEAREST_PER_BASE + NEAREST_PER_TEAM * mates]])
    return np.unique(np.concatenate(pools)).astype(np.int64)


def _in_time(demand: Demand, duty: Duty, onward: FloatArray, back: FloatArray, name: str) -> BoolArray:
    service = next(known for known in demand.services if known.name == name)
    begin = np.maximum(duty.shift_start + onward, service.opens)
    return np.asarray((begin <= service.closes) & (begin + service.minutes + back <= duty.shift_end))


def _nothing_left(duty: Duty) -> RouteError:
    return RouteError(
        "team {team}: every station it could visit is excluded or in a no-go area", team=duty.team_id
    )


def _why_not(demand: Demand, duty: Duty, need: str) -> Message:
    service = next(known for known in demand.services if known.name == need)
    return message(
        "no station within reach for its {service} ({opens}-{closes}, {minutes} min) "
        "in its shift {begins}-{ends}",
        service=service_word(need), opens=clock(service.opens), closes=clock(service.closes),
        minutes=service.minutes, begins=clock(duty.shift_start), ends=clock(duty.shift_end),
    )  # fmt: skip


def _table(demand: Demand, rows: IntArray) -> FloatArray:
    n = len(demand.lon)
    if demand.travel is not None:
        places = np.concatenate([rows, n + np.arange(len(demand.teams))])
        return np.ascontiguousarray(demand.travel[np.ix_(places, places)], dtype=np.float64)
    lon = np.concatenate([demand.lon[rows], [duty.lon for duty in demand.teams]])
    lat = np.concatenate([demand.lat[rows], [duty.lat for duty in demand.teams]])
    walls = tuple(travel_estimate.Barrier(shape) for shape in demand.no_go)
    return travel_estimate.table(lon, lat, (*demand.barriers, *walls))


def _task(demand: Demand, rows: IntArray, minutes: FloatArray, pools: list[IntArray]) -> Task:
    count, services = len(rows), demand.services
    place = np.repeat(np.arange(count, dtype=np.int64), len(services))
    columns = [np.tile([getattr(service, name) for service in services], count).astype(np.float64)
               for name in ("minutes", "opens", "closes")]  # fmt: skip
    cell = demand.cell[rows].astype(np.int64)
    bonus = np.array([demand.bonus.get(int(row), 0.0) for row in rows])
    owner = {lock.station: lock.team_id for lock in demand.locked}
    teams = tuple(
        _team(demand, index, rows, minutes, pools[index], owner) for index in range(len(demand.teams))
    )
    # A locked station without a cell counts in a cell of its own that weighs nothing.
    return Task(
        place=place, kind=np.tile(np.arange(len(services), dtype=np.int64), count), group=place,
        cell=np.where(cell < 0, len(demand.weight), cell)[place],
        service=columns[0], opens=columns[1], closes=columns[2], bonus=bonus[place],
        weight=np.append(demand.weight, 0.0), seen=np.append(demand.seen, 0.0),
        q=demand.q, epsilon=demand.epsilon, travel=minutes, teams=teams,
    )  # fmt: skip


def _team(
    demand: Demand, index: int, rows: IntArray, minutes: FloatArray, pool: IntArray, owner: dict[int, str]
) -> Team:
    duty, base, names = demand.teams[index], len(rows) + index, [known.name for known in demand.services]
    mine = [row for row in pool.tolist() if owner.get(row, "") == ""]
    places = np.searchsorted(rows, np.array(mine, dtype=np.int64))
    start = int(np.searchsorted(rows, duty.start)) if duty.start >= 0 else base
    onward, back = minutes[start, places], minutes[places, base]
    if not np.isfinite(onward + back).any():
        raise RouteError(
            "team {team}: its base is an island; barriers and no-go areas cut it off from every station",
            team=duty.team_id,
        )
    needs = tuple(names.index(need) for need in duty.needs)
    nodes = []
    for kind, service in enumerate(demand.services):
        if service.name != "voting" and kind not in needs:
            continue
        begin = np.maximum(duty.shift_start + onward, service.opens)
        able = (begin <= service.closes) & (begin + service.minutes + back <= duty.shift_end)
        if kind in needs and not able.any() and not _has_lock(demand, duty, service.name):
            why = _why_not(demand, duty, service.name)
            if demand.barriers or demand.no_go:
                why = message("{why}, once barriers and no-go areas are gone around", why=why)
            raise RouteError("team {team}: {why}", team=duty.team_id, why=why)
        nodes.append(places[able] * len(names) + kind)
    locked = tuple(
        int(np.searchsorted(rows, lock.station)) * len(names) + names.index(lock.service)
        for lock in demand.locked
        if lock.team_id == duty.team_id
    )
    for need in needs:
        if sum(node % len(names) == need for node in locked) > 1:
            raise RouteError(
                "team {team} has more than one locked {service}; it can make one",
                team=duty.team_id, service=service_word(names[need]),
            )  # fmt: skip
    return Team(
        duty.team_id, start, base, duty.shift_start, duty.shift_end,
        np.sort(np.concatenate(nodes)).astype(np.int64), needs, locked,
    )  # fmt: skip


def _has_lock(demand: Demand, duty: Duty, service: str) -> bool:
    return any(lock.team_id == duty.team_id and lock.service == service for lock in demand.locked)
