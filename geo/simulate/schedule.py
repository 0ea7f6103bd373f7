"""The day of every team: where it goes, when it arrives, how long it stays, when the form comes in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.simulate.land import km_between
from geo.simulate.simulated_stations import SimulatedStations
from geo.simulate.simulated_teams import SimulatedTeams

OPENING, VOTING, CLOSING, COUNTING, TABULATION = range(5)  # as in geo.model.tables.STAGES
OBSERVED, DENIED, CLOSED, UNREACHABLE = range(4)  # as in geo.model.tables.OUTCOMES
DAY: Final = 24 * 60
LAST_VOTING: Final = 19 * 60 + 15  # a voting round ends by then: the team must reach its close
CLOSE: Final = 19 * 60 + 35
COUNT: Final = 20 * 60 + 20
DETOUR: Final = 1.3  # kilometres by road per kilometre of the straight line
SPEEDS: Final = ((10.0, 30.0), (100.0, 60.0), (np.inf, 75.0))  # up to km: km/h
SLACK: Final = 20  # minutes after the planned arrival by which the team should have arrived
OUTCOME_SHARES: Final = (0.972, 0.010, 0.008, 0.010)
STATIC_SHARES: Final = (0.988, 0.012, 0.0, 0.0)
NO_SHOW: Final = 0.015  # of static observers
SHORT_FORM: Final = 0.10  # of forms, which ask less
AD_HOC: Final = 0.06  # voting rounds of mobile teams that nobody had planned
# Static observers report voting in three parts: from, to, in minutes after midnight.
STATIC_VOTING: Final = ((440, 720), (720, 960), (960, 1_190))


@dataclass(frozen=True, eq=False)
class Schedule:
    """V visits as planned and made; all (V,).

    Times are minutes after midnight of election day, local to the station until `draw` moves them to
    the mission's zone. `due`: of the assignment. `is_made`: False for visits that were planned and never
    happened. `is_short`: a shortened form. `is_planned`: False for ad-hoc visits, without assignment.
    """

    station: IntArray
    team: IntArray
    stage: IntArray
    due: IntArray
    arrived: IntArray
    left: IntArray
    received: IntArray
    outcome: IntArray
    is_made: BoolArray
    is_short: BoolArray
    is_planned: BoolArray

    def take(self, rows: npt.NDArray[np.generic]) -> Schedule:
        """Return the visits at these positions, or where this is true."""
        return Schedule(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


Legs = list[tuple[IntArray, IntArray, int, FloatArray, FloatArray]]  # team, station, stage, arrival, stay


def travel_minutes(km: FloatArray) -> FloatArray:
    """Return an estimate of driving minutes, and three more to park and walk."""
    speed = np.select([km < limit for limit, _ in SPEEDS], [kmh for _, kmh in SPEEDS])
    return np.asarray(3 + km * DETOUR / speed * 60, dtype=np.float64)


def mobile(
    stations: SimulatedStations, teams: SimulatedTeams, days: int, rng: np.random.Generator
) -> Schedule:
    """Return the rounds of mobile teams: step by step, all teams at once."""
    legs: Legs = []
    used = teams.candidates < 0
    for day in range(days):
        used = _one_day(stations, teams, used, (day - days + 1) * DAY, legs, rng)
    return _visits(legs, rng)


def _one_day(
    stations: SimulatedStations,
    teams: SimulatedTeams,
    used: BoolArray,
    start: int,
    legs: Legs,
    rng: np.random.Generator,
) -> BoolArray:
    """Append one day's legs of all teams; return the candidates used up so far."""
    everyone = np.arange(len(teams.home))
    used = used.copy()
    choice, place, _ = _next(stations, teams, used, teams.home, everyone, rng)
    arrival = start + rng.uniform(375, 400, len(everyone))  # 06:15 to 06:40, before polls open at 07:00
    stay = start + rng.uniform(435, 448, len(everyone)) - arrival  # until 07:15 to 07:28
    legs.append((everyone, place, OPENING, arrival, stay))
    used[everyone, choice] = True
    here, clock = place, arrival + stay
    busy = everyone
    while len(busy):
        choice, place, minutes = _next(stations, teams, used, here, busy, rng)
        arrival = clock[busy] + minutes
        stay = np.clip(20 + rng.gamma(1.6, 3.4, len(busy)), 20, 60)
        goes_on = (arrival + stay <= start + LAST_VOTING) & ~used[busy, choice]
        busy, place, choice = busy[goes_on], place[goes_on], choice[goes_on]
        arrival, stay = arrival[goes_on], stay[goes_on]
        legs.append((busy, place, VOTING, arrival, stay))
        used[busy, choice] = True
        here = here.copy()
        here[busy], clock[busy] = place, arrival + stay
    choice, place, minutes = _next(stations, teams, used, here, everyone, rng)
    used[everyone, choice] = True
    _evening(legs, everyone, place, np.maximum(start + CLOSE, clock + minutes), start, rng)
    return used


def _evening(
    legs: Legs, team: IntArray, place: IntArray, arrival: FloatArray, start: int, rng: np.random.Generator
) -> None:
    """Append closing and counting, and for some the way of the protocol."""
    legs.append((team, place, CLOSING, arrival, start + COUNT - arrival))
    counting = np.full(len(team), float(start + COUNT))
    stay = rng.uniform(95, 190, len(team))
    legs.append((team, place, COUNTING, counting, stay))
    goes = rng.random(len(team)) < 0.6
    after = counting[goes] + stay[goes] + rng.uniform(25, 50, int(goes.sum()))
    legs.append((team[goes], place[goes], TABULATION, after, rng.uniform(60, 130, int(goes.sum()))))


def _next(
    stations: SimulatedStations,
    teams: SimulatedTeams,
    used: BoolArray,
    here: IntArray,
    team: IntArray,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the column chosen, the station and the minutes there, for some teams.

    Where every candidate is used up the choice is a used one; the caller decides what that means.
    """
    options = teams.candidates[team]
    at = here[team] if len(here) == len(teams.home) else here
    km = km_between(
        stations.lon[at][:, None], stations.lat[at][:, None], stations.lon[options], stations.lat[options]
    )
    minutes = travel_minutes(km)
    taste = minutes + rng.exponential(8.0, km.shape)  # people do not drive the shortest tour
    taste = np.where(options < 0, np.inf, np.where(used[team], taste + 1e6, taste))
    choice = np.argmin(taste, axis=1)
    rows = np.arange(len(team))
    return choice, options[rows, choice], minutes[rows, choice]


def static(teams: SimulatedTeams, days: int, rng: np.random.Generator) -> Schedule:
    """Return the reports of observers who stay at one station all day."""
    everyone = np.arange(len(teams.home))
    legs: Legs = []
    for day in range(days):
        start = (day - days + 1) * DAY
        begins = start + rng.uniform(365, 400, len(everyone))
        legs.append((everyone, teams.home, OPENING, begins, start + STATIC_VOTING[0][0] - begins))
        for first, last in STATIC_VOTING:
            begins = np.full(len(everyone), float(start + first))
            legs.append((everyone, teams.home, VOTING, begins, np.full(len(everyone), float(last - first))))
        begins = np.full(len(everyone), float(start + 1_190))
        legs.append((everyone, teams.home, CLOSING, begins, np.full(len(everyone), float(COUNT - 1_190))))
        begins = np.full(len(everyone), float(start + COUNT))
        legs.append((everyone, teams.home, COUNTING, begins, rng.uniform(70, 190, len(everyone))))
    visits = _visits(legs, rng, is_static=True)
    is_absent = rng.random(len(everyone)) < NO_SHOW
    return Schedule(
        **{
            **{field.name: getattr(visits, field.name) for field in fields(visits)},
            "is_made": visits.is_made & ~is_absent[visits.team],
        }
    )


def _visits(legs: Legs, rng: np.random.Generator, is_static: bool = False) -> Schedule:
    """Return visits made of planned legs: a little off, some denied, some slow."""
    team, station = (np.concatenate([leg[column] for leg in legs]) for column in (0, 1))
    stage = np.concatenate([np.full(len(leg[0]), leg[2]) for leg in legs])
    planned, stay = (np.concatenate([leg[column] for leg in legs]) for column in (3, 4))
    order = np.lexsort((planned, team))
    team, station, stage, planned, stay = (
        team[order],
        station[order],
        stage[order],
        planned[order],
        stay[order],
    )
    n = len(team)
    outcome = rng.choice(4, n, p=STATIC_SHARES if is_static else OUTCOME_SHARES)
    outcome[(stage == COUNTING) & (outcome == UNREACHABLE)] = OBSERVED
    arrived = np.round(planned + rng.uniform(-2, 1, n))
    short_stay = np.select([outcome == DENIED, outcome == CLOSED], [rng.uniform(5, 14, n), 4.0], 1.0)
    left = np.round(arrived + np.where(outcome == OBSERVED, np.maximum(stay - 3, 1), short_stay))
    is_slow = rng.random(n) < 0.05
    lag = np.where(is_slow, rng.uniform(20, 110, n), rng.lognormal(np.log(4), 0.5, n))
    due = 15 * np.ceil((planned + (stay if is_static else 0) + SLACK) / 15)
    return Schedule(
        station=station,
        team=team,
        stage=stage,
        due=due.astype(np.int64),
        arrived=arrived.astype(np.int64),
        left=left.astype(np.int64),
        received=np.ceil(left + lag).astype(np.int64),
        outcome=outcome,
        is_made=np.ones(n, dtype=np.bool_),
        is_short=rng.random(n) < SHORT_FORM,
        is_planned=(rng.random(n) >= AD_HOC) | (stage != VOTING) | is_static,
    )
