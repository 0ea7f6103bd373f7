"""What a coordinator demands of a plan: stations, teams, hours, locks, what is out of bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import shapely

from geo.model.columns import FloatArray, IntArray
from geo.model.messages import Message, message
from geo.routing.solver.objective import EPSILON, Q
from geo.routing.solver.travel_estimate import Barrier


@dataclass(frozen=True, slots=True)
class Service:
    """One way to observe a station: begun within [opens, closes], lasting `minutes`; all of the local day."""

    name: str
    opens: float
    closes: float
    minutes: float


def services_between(opens: float, closes: float) -> tuple[Service, ...]:
    """Return what is observed at a station whose polls are open between these minutes of the local day.

    Voting from a quarter of an hour after they open until an hour before they close; for the opening and for
    the count a team comes 45 to 15 minutes before they open or close.
    """
    return (
        Service("voting", opens + 15, closes - 60, 35),
        Service("opening", opens - 45, opens - 15, 60),
        Service("closing", closes - 45, closes - 15, 180),
    )


SERVICES: Final = services_between(7 * 60, 20 * 60)  # as in Kazakhstan
WORDS: Final = MappingProxyType(
    {"voting": message("voting"), "opening": message("opening"), "closing": message("closing")}
)
# What becomes of a stop that a team drove to in vain; nothing is gained there.
NOT_OBSERVED: Final = ("closed", "late")


@dataclass(frozen=True, slots=True)
class Duty:
    """One team's day: base, shift in minutes of the local day, area of responsibility.

    `areas`: indexes of areas, empty for anywhere. `needs`: services of which it has exactly one each;
    others but voting are closed to it. `start`: the station (row) it sets out from, -1 for its base; it
    ends at its base in any case.
    """

    team_id: str
    lon: float
    lat: float
    shift_start: float
    shift_end: float
    areas: frozenset[int] = frozenset()
    needs: tuple[str, ...] = ("opening", "closing")
    start: int = -1


@dataclass(frozen=True, slots=True)
class Lock:
    """A stop the plan must hold: this team at this station (row) for this service."""

    team_id: str
    station: int
    service: str = "voting"


@dataclass(frozen=True, eq=False)
class Demand:
    """Stations and what is asked of the teams.

    `station_id`: N names. `lon`, `lat`: (N,) degrees, NaN: not on the map, never a stop. `cell`: (N,)
    into the cells, -1 none. `area`: (N,) the area that responsibility is given by, -1 none. `weight`:
    (C,) per cell (objective.cell_weights), `seen`: (C,) visits it had. `excluded`: rows. `no_go`:
    polygons in degrees; no stop within, no leg across. `bonus`: row → extra worth, empty by default: chasing
    findings biases the sample. `travel`: minutes between rows and bases (N + teams, N + teams), the
    last rows the teams' bases, or None for the estimate.
    """

    station_id: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    cell: IntArray
    area: IntArray
    weight: FloatArray
    seen: FloatArray
    teams: tuple[Duty, ...]
    services: tuple[Service, ...] = SERVICES
    locked: tuple[Lock, ...] = ()
    excluded: frozenset[int] = frozenset()
    no_go: tuple[shapely.Geometry, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    bonus: Mapping[int, float] = field(default_factory=dict)
    travel: FloatArray | None = None
    q: float = Q
    epsilon: float = EPSILON


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop; times in minutes of the local day, `drive`: minutes of the leg to it, `gain`: its worth."""

    station: int
    service: str
    drive: float
    arrive: float
    begin: float
    leave: float
    gain: float
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """One team's stops in order; `back` when it is at its end, `drive_back` minutes of that leg."""

    team_id: str
    stops: tuple[Stop, ...]
    drive_back: float
    back: float

    @property
    def drive(self) -> float:
        """Minutes under way, the way back included."""
        return sum(stop.drive for stop in self.stops) + self.drive_back

    def begun(self, now: float) -> tuple[Stop, ...]:
        """Return the stops that are done or driven to at a minute of the team's day."""
        return tuple(stop for stop in self.stops if stop.arrive - stop.drive <= now)


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes of all teams, in the demand's order.

    `value`: what the plan is worth (`objective`): coverage added less epsilon times minutes under way.
    `notes`: what a re-plan could not keep.
    """

    teams: tuple[TeamPlan, ...]
    value: float
    notes: tuple[Message, ...] = ()


def clock(minutes: float) -> str:
    """Return minutes of the day as HH:MM, the next day's marked.

    >>> clock(375), clock(1450)
    ('06:15', '00:10 (+1)')
    """
    whole = int(minutes + 1e-6)
    return f"{whole // 60 % 24:02d}:{whole % 60:02d}" + (f" (+{whole // 1440})" if whole >= 1440 else "")


def service_word(name: str) -> Message | str:
    """Return what a service is called, translatable; the name itself for one that is none of ours."""
    return WORDS.get(name, name)
