"""What a coordinator asks of a plan, by ids and clock times; read from JSON that anybody may have sent."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import shapely

from geo.model.errors import InputError
from geo.model.mission import YEARS, has_elections
from geo.routing.plan_values import RequestValues
from geo.routing.solver.demand import SERVICES
from geo.routing.solver.objective import EPSILON, Q

LARGEST_TEXT: Final = 4 << 20  # bytes; a plan of 30 teams has some 200,000
# Bounds of what is read of anybody: far above what a plan needs, low enough for a second of work.
MOST_IDS: Final = 100_000
MOST_POLYGONS: Final = 100
MOST_CORNERS: Final = 2_000
LONGEST_ID: Final = 300  # letters
DAY_MINUTES: Final = 24 * 60
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?: \(\+1\))?")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pin:
    """A stop the plan must hold, by ids."""

    team_id: str
    station_id: str
    service: str = "voting"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a coordinator wants.

    `teams`: ids, empty for every short-term team with a base. `hours`: when duty begins and ends, in
    minutes of each team's local day; None for each team's own shift. `day`: None for election day. `now`:
    plan the rest of the day from this minute of the mission's own clock, each team from where it was last.
    `needs`: openings and closings every team must staff, None for those its hours allow. `no_go`: polygons
    in degrees; `no_go_areas`: ids of areas. `excluded`: ids of stations that no team visits. `locked`:
    stops the plan must hold. `q`, `epsilon`: as in `objective`. `incident_bonus`: extra worth of a station
    with a reported finding, 0 unless somebody insists: chasing findings biases the sample. `revisits`: may
    stations visited already be visited again.
    """

    teams: tuple[str, ...] = ()
    hours: tuple[float, float] | None = None
    day: date | None = None
    now: float | None = None
    needs: tuple[str, ...] | None = None
    no_go: tuple[shapely.Geometry, ...] = ()
    no_go_areas: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    locked: tuple[Pin, ...] = ()
    q: float = Q
    epsilon: float = EPSILON
    incident_bonus: float = 0.0
    revisits: bool = False


def minutes_of(text: str) -> float:
    """Return HH:MM as minutes of the day; 24:00 and later are the next day's.

    >>> minutes_of("06:15"), minutes_of("28:00")
    (375.0, 1680.0)

    Raises InputError for anything else.
    """
    match = _CLOCK.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if match and text.strip().endswith("(+1)"):
        minutes += DAY_MINUTES
    if not 0 <= minutes <= 2 * DAY_MINUTES:
        raise InputError(f"{_short(text)} is not a time of day (HH:MM, up to 48:00)")
    return float(minutes)


def hours_of(text: str) -> tuple[float, float]:
    """Return "06:00-22:00" as two times of the day. Raises InputError."""
    begins, dash, ends = text.replace("–", "-").partition("-")
    if not dash:
        raise InputError(f"{_short(text)} are not hours; write them as 06:00-22:00")
    return minutes_of(begins), minutes_of(ends)


def of_json(value: object) -> PlanRequest:
    """Return the ask in an object as `to_json` makes it; keys left out have their defaults.

    Raises InputError naming the key that is not what it should be.
    """
    given = _mapping(value, "the ask")
    known = set(to_json(PlanRequest()))
    if unknown := sorted(set(given) - known):
        raise InputError(f"unknown key {_short(unknown[0])}; known are {', '.join(sorted(known))}")
    hours = _optional(given, "hours", _hours)
    return PlanRequest(
        teams=ids(given.get("teams", []), "teams"),
        hours=hours,
        day=_optional(given, "day", _day),
        now=_optional(given, "now", lambda text: minutes_of(text_of(text, "now"))),
        needs=_optional(given, "needs", _needs),
        no_go=polygons_of(given.get("no_go", [])),
        no_go_areas=ids(given.get("no_go_areas", []), "no_go_areas"),
        excluded=ids(given.get("excluded", []), "excluded"),
        locked=tuple(pin_of(pin) for pin in _rows(given.get("locked", []), "locked", MOST_IDS)),
        q=number_of(given.get("q", Q), "q", 0.01, 1.0),
        epsilon=number_of(given.get("epsilon", EPSILON), "epsilon", 0.0, 1000.0),
        incident_bonus=number_of(given.get("incident_bonus", 0.0), "incident_bonus", 0.0, 1e6),
        revisits=_flag(given.get("revisits", False), "revisits"),
    )


def to_json(ask: PlanRequest) -> RequestValues:
    """Return the ask as plain values that `of_json` reads back."""
    return {
        "teams": list(ask.teams),
        "hours": None if ask.hours is None else [_plain_clock(minutes) for minutes in ask.hours],
        "day": None if ask.day is None else ask.day.isoformat(),
        "now": None if ask.now is None else _plain_clock(ask.now),
        "needs": None if ask.needs is None else list(ask.needs),
        "no_go": [json.loads(shapely.to_geojson(shape)) for shape in ask.no_go],
        "no_go_areas": list(ask.no_go_areas),
        "excluded": list(ask.excluded),
        "locked": [
            {"team_id": pin.team_id, "station_id": pin.station_id, "service": pin.service}
            for pin in ask.locked
        ],
        "q": ask.q,
        "epsilon": ask.epsilon,
        "incident_bonus": ask.incident_bonus,
        "revisits": ask.revisits,
    }


def json_of(text: str | bytes) -> Any:
    """Return what a JSON text says. Raises InputError for one too large, too deep, or not JSON."""
    if len(text) > LARGEST_TEXT:
        raise InputError(f"the text is larger than {LARGEST_TEXT:,} bytes")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the text is not JSON ({_short(str(error))})") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def ids(value: object, key: str) -> tuple[str, ...]:
    """Return a list of ids without repeats, in order. Raises InputError."""
    rows = _rows(value, key, MOST_IDS)
    return tuple(dict.fromkeys(text_of(item, key) for item in rows))


def pin_of(value: object) -> Pin:
    """Return a pinned stop. Raises InputError."""
    given = _mapping(value, "a locked stop")
    service = text_of(given.get("service", "voting"), "service")
    if service not in {known.name for known in SERVICES}:
        names = ", ".join(known.name for known in SERVICES)
        raise InputError(f"service {_short(service)} is unknown; known are {names}")
    return Pin(
        text_of(given.get("team_id"), "team_id"), text_of(given.get("station_id"), "station_id"), service
    )


def polygons_of(value: object) -> tuple[shapely.Geometry, ...]:
    """Return polygons from GeoJSON geometries in degrees, lon before lat. Raises InputError."""
    polygons = []
    for row in _rows(value, "no_go", MOST_POLYGONS):
        given = _mapping(row, "a no-go area")
        if given.get("type") not in ("Polygon", "MultiPolygon"):
            raise InputError("a no-go area must be a GeoJSON Polygon or MultiPolygon")
        if _corners(given.get("coordinates")) > MOST_CORNERS:
            raise InputError(f"a no-go area has more than {MOST_CORNERS:,} corners")
        try:
            drawn = shapely.from_geojson(json.dumps(given))
            # "structure" takes the time of a sort; the older "linework" takes that of all crossings of all
            # edges with each other, a minute for a star of 200 corners
            shape = shapely.make_valid(drawn, method="structure", keep_collapsed=False)
        except (shapely.errors.ShapelyError, ValueError, TypeError, RecursionError):
            raise InputError("a no-go area is not a GeoJSON polygon") from None
        west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90 and shape.area > 0):
            raise InputError("a no-go area must cover some ground, in degrees, lon before lat")
        if shapely.get_num_coordinates(shape) > MOST_CORNERS:
            raise InputError(f"a no-go area has more than {MOST_CORNERS:,} corners")
        polygons.append(shape)
    return tuple(polygons)


def _corners(coordinates: object) -> int:
    """Return how many corners nested lists of positions hold, counted no further than is allowed."""
    waiting, corners = [coordinates], 0
    while waiting and corners <= MOST_CORNERS:
        value = waiting.pop()
        if not isinstance(value, (list, tuple)):
            continue
        if value and not isinstance(value[0], (list, tuple)):
            corners += 1
        else:
            waiting.extend(value[: MOST_CORNERS + 1])
    return corners


def text_of(value: object, key: str) -> str:
    """Return an id or word of reasonable length that can be written to a file. Raises InputError."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID or not _is_plain(value):
        raise InputError(f"{key} must be a text of 1 to {LONGEST_ID} letters, not {_short(ascii(value))}")
    return value.strip()


def _is_plain(text: str) -> bool:
    """Return whether a text has no control characters and no halves of characters (surrogates)."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)


def number_of(value: object, key: str, low: float, high: float) -> float:
    """Return a number within bounds. Raises InputError."""
    # compared before it is made a float: a whole number of 400 digits cannot be one; NaN is in no range
    if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise InputError(f"{key} must be a number from {low:g} to {high:g}, not {_short(repr(value))}")


def _needs(value: object) -> tuple[str, ...]:
    names = ids(value, "needs")
    if set(names) - {"opening", "closing"}:
        raise InputError("needs must list some of opening, closing")
    return names


def _hours(value: object) -> tuple[float, float]:
    rows = _rows(value, "hours", 2)
    if len(rows) != 2:
        raise InputError("hours must be two times of day, such as 06:00 and 22:00")
    return minutes_of(text_of(rows[0], "hours")), minutes_of(text_of(rows[1], "hours"))


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(text_of(value, "day"))
    except ValueError:
        raise InputError(f"day {_short(repr(value))} is not a date such as 2005-12-04") from None
    if not has_elections(day):  # hours are added to it, and no time zone knows the year 9999
        raise InputError(f"day must lie in the years {YEARS[0]} to {YEARS[1]}, not {day.isoformat()}")
    return day


def _flag(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{key} must be true or false")
    return value


def _optional(given: Mapping[str, Any], key: str, read: Callable[[object], _T]) -> _T | None:
    return None if given.get(key) is None else read(given[key])


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{what} must be an object, not {_short(repr(value))}")
    return value


def _rows(value: object, key: str, most: int) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)) or len(value) > most:
        raise InputError(f"{key} must be a list of at most {most:,}")
    return value


def _plain_clock(minutes: float) -> str:
    """Return minutes as HH:MM past midnight without wrapping, so that 28:00 is read back as it was."""
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def _short(text: str) -> str:
    """Return the beginning of a text as it may be shown: halves of characters are written out."""
    shown = text[:61].encode("utf-8", "backslashreplace").decode()
    return f'"{shown}"' if len(shown) <= 60 else f'"{shown[:57]}…"'
