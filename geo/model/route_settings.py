"""What mission.toml says about travel: where minutes come from, and what no road crosses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

import shapely

TravelSource = Literal["estimate", "osrm", "valhalla"]
SOURCES: Final = get_args(TravelSource)
MOST_BARRIERS: Final = 200  # of a country's rivers and ranges; every leg of a route is tested against each
MOST_POINTS: Final = 5_000  # of one barrier; a line drawn finer crosses the same roads
KEYS: Final = ("travel", "url", "profile", "places_per_request", "timeout_s", "security_categories")
BARRIER_KEYS: Final = ("name", "line", "polygon", "passages")

Tell = Callable[[str, str], None]


@dataclass(frozen=True, eq=False)
class BarrierSetting:
    """A river, range or closed border: a line or polygon in degrees, with the (lon, lat) of its passages."""

    name: str
    shape: shapely.Geometry
    passages: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class RouteSettings:
    """Where minutes of travel come from, and the barriers that no leg of a route crosses.

    `travel`: the estimate from straight lines, or a table of minutes asked of a server at `url`. `profile`:
    the server's word for driving, "" for its usual one. `places_per_request`: as many as it allows at once.
    `security_categories`: those about the safety of people, which draw no team; () for what their words say.
    """

    travel: TravelSource = "estimate"
    url: str = ""
    profile: str = ""
    places_per_request: int = 100
    timeout_s: float = 20.0
    security_categories: tuple[str, ...] = ()
    barriers: tuple[BarrierSetting, ...] = ()


def parse_route_settings(section: Mapping[str, Any], barriers: object, tell: Tell) -> RouteSettings:
    """Return the settings of `[routes]` and `[[barriers]]`; `tell` is called with every key and problem."""
    for key in section:
        if key not in KEYS:
            tell(f"routes.{key}", f"routes.{key} is not a setting; known here: {', '.join(KEYS)}")
    source = section.get("travel", "estimate")
    if source not in SOURCES:
        tell("routes.travel", f"routes.travel must be one of {', '.join(SOURCES)}")
        source = "estimate"
    url = section.get("url", "")
    if (source != "estimate" or url != "") and not is_web(url):
        tell("routes.url", 'routes.url must be an address such as "http://127.0.0.1:5000"')
    if source == "estimate" and url:
        tell("routes.url", 'routes.url is of no use without travel = "osrm" or "valhalla"')
    profile = section.get("profile", "")
    if not isinstance(profile, str) or not all(c.isalnum() or c in "_-" for c in profile):
        tell("routes.profile", "routes.profile must be a word such as driving")
    count = section.get("places_per_request", 100)
    if type(count) is not int or not 2 <= count <= 10_000:
        tell("routes.places_per_request", "routes.places_per_request must lie between 2 and 10,000")
    timeout = section.get("timeout_s", 20.0)
    if type(timeout) not in (int, float) or not 0.1 <= timeout <= 600:
        tell("routes.timeout_s", "routes.timeout_s must lie between 0.1 and 600")
    security = section.get("security_categories", [])
    if not isinstance(security, list) or not all(isinstance(name, str) and name for name in security):
        tell("routes.security_categories", 'routes.security_categories must be written as ["category", …]')
        security = []
    return RouteSettings(source, url, profile, count, timeout, tuple(security), _barriers(barriers, tell))


def is_web(url: object) -> bool:
    """Return whether a text is an http or https address of a host, without a name or password in it."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        return bool(
            parts and parts.scheme in ("http", "https") and parts.hostname and parts.username is None
            and not parts.query and not parts.fragment and parts.port != 0
        )  # fmt: skip
    except ValueError:
        return False


def _barriers(rows: object, tell: Tell) -> tuple[BarrierSetting, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        tell("barriers", "barriers must be written as [[barriers]] blocks")
        return ()
    if len(rows) > MOST_BARRIERS:
        tell("barriers", f"there are more than {MOST_BARRIERS} barriers")
        return ()
    barriers = (_barrier(row, number, tell) for number, row in enumerate(rows, start=1))
    return tuple(barrier for barrier in barriers if barrier)


def _barrier(row: Mapping[str, Any], number: int, tell: Tell) -> BarrierSetting | None:
    name = row.get("name", "")
    called = f'barrier "{name}"' if isinstance(name, str) and name else f"barrier {number}"
    for key in row:
        if key not in BARRIER_KEYS:
            tell("barriers", f"{called}: {key} is not a setting; known here: {', '.join(BARRIER_KEYS)}")
    line, ring = row.get("line"), row.get("polygon")
    corners = _points(line if ring is None else ring)
    least = 2 if ring is None else 3
    passages = _points(row.get("passages", []))
    if (line is None) == (ring is None) or corners is None or len(corners) < least:
        tell("barriers", f"{called} needs either line = [[lon, lat], …] or polygon = [[lon, lat], …]")
        return None
    if passages is None:
        tell("barriers", f"{called}: passages must be written as [[lon, lat], …]")
        return None
    if not isinstance(name, str):
        tell("barriers", f"{called}: name must be a text in quotes")
        return None
    shape = shapely.LineString(corners) if ring is None else shapely.make_valid(shapely.Polygon(corners))
    if not (shape.length if ring is None else shape.area) > 0:
        tell("barriers", f"{called} needs corners that do not all lie on one point, or line of a polygon")
        return None
    return BarrierSetting(name, shape, tuple(passages))


def _points(value: object) -> list[tuple[float, float]] | None:
    """Return pairs of degrees, or None if one of them is not."""
    if not isinstance(value, list) or len(value) > MOST_POINTS:
        return None
    points = []
    for pair in value:
        is_pair = isinstance(pair, list) and len(pair) == 2 and all(type(c) in (int, float) for c in pair)
        if not is_pair or not (abs(pair[0]) <= 180 and abs(pair[1]) <= 90):  # nan is neither
            return None
        points.append((float(pair[0]), float(pair[1])))
    return points
