"""Is there a circle of visited stations with more findings than expected? A mission's points, scanned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyproj

from geo import counts as counting
from geo import grid, places
from geo.counts import BoolArray, Choice
from geo.snapshot import Snapshot
from geo.statistics import scan
from geo.statistics.arguments import FloatArray, IntArray

# METHODS §3, row "point".
LEAST_VISITS: Final = 50
LEAST_CASES: Final = 10
LEAST_TEAMS: Final = 3  # in a cluster: with fewer a strict team and a bad place cannot be told apart
LARGEST_SHARE: Final = 0.5
LARGEST_RADIUS_M: Final = 100_000.0
REPLICATES: Final = 999
SIGNIFICANT_P: Final = 0.05
MOST_POINTS: Final = (
    2_000  # beyond it stations are put together by H3 cell: 999 replicates stay below a minute
)
FINEST: Final = 9  # H3 resolution, about 200 m
RING_POINTS: Final = 64

Why = Literal["", "no_visits", "few_visits", "few_cases", "few_teams", "all_cases"]


@dataclass(frozen=True, eq=False)
class Points:
    """Visits whose form asked, summed over the stations they were made at: (P,) arrays in metres and counts.

    Of the visits themselves, (V',): `visit` their positions, `point` theirs, `is_case` whether they have a
    chosen finding, `team`. `unplaced`: visits that asked at stations without a point of their own.
    `resolution`: H3 resolution stations were put together by, -1 for single stations.
    """

    x: FloatArray
    y: FloatArray
    cases: IntArray
    visits: IntArray
    visit: IntArray
    point: IntArray
    is_case: BoolArray
    team: IntArray
    unplaced: int
    resolution: int


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle with more findings than chance would give. `ring`: (64, 2) lon, lat degrees.

    `expected`: findings if the rate were the same everywhere. `ratio`: rate inside ÷ outside, inf if no
    visit outside has any. `worst_p`: the largest p after leaving out any one team; a cluster is `robust`
    if that stays at or below .05, else it may be one strict team.
    """

    lon: float
    lat: float
    radius_m: float
    ring: tuple[tuple[float, float], ...]
    stations: tuple[str, ...]
    visits: int
    observed: int
    expected: float
    ratio: float
    teams: int
    p: float
    worst_p: float

    @property
    def is_robust(self) -> bool:
        return self.worst_p <= SIGNIFICANT_P


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan of one choice found. `why`: why none could be made, "" if it was.

    `withheld`: significant circles not shown because fewer than three teams were there. `least_p`: of
    the least likely circle of all, NaN without any.
    """

    choice: Choice
    version: str
    why: Why
    visits: int
    cases: int
    teams: int
    unplaced: int
    resolution: int
    circles: tuple[Circle, ...] = ()
    withheld: int = 0
    least_p: float = float("nan")


def points_of(snapshot: Snapshot, choice: Choice, most: int = MOST_POINTS) -> Points:
    """Return the scan's input: visits whose form asked (exposure), by the station's place.

    A case is such a visit with a chosen finding, a control one without. x, y: the mission's equal-area
    CRS. More than `most` stations are put together by the finest H3 cells that are few enough, each at
    the middle of its visits.
    """
    visits, stations = snapshot.visits, snapshot.registry.stations
    asked = counting.exposed_visits(visits, snapshot.categories, choice)
    has_finding, _ = counting.visits_with_finding(visits, snapshot.incidents, snapshot.categories, choice)
    on_map = np.append(stations.is_on_map, False)[visits.station]
    visit = np.flatnonzero(asked & on_map).astype(np.int64)
    at = visits.station[visit]
    lon, lat = stations.lon[at], stations.lat[at]
    _, point = np.unique(at, return_inverse=True)
    resolution = -1
    if len(point) and point.max() >= most:
        point, resolution = _together(lon, lat, most)
    to_plane = _plane(snapshot)
    x, y = (np.asarray(one, dtype=np.float64) for one in to_plane.transform(lon, lat))
    n = int(point.max()) + 1 if len(point) else 0
    made = np.bincount(point, minlength=n)
    return Points(
        x=np.bincount(point, x, minlength=n) / np.maximum(made, 1),
        y=np.bincount(point, y, minlength=n) / np.maximum(made, 1),
        cases=np.bincount(point, has_finding[visit], minlength=n).astype(np.int64),
        visits=made.astype(np.int64),
        visit=visit,
        point=point.astype(np.int64),
        is_case=has_finding[visit],
        team=visits.team[visit].astype(np.int64),
        unplaced=int((asked & ~on_map).sum()),
        resolution=resolution,
    )


def _together(lon: FloatArray, lat: FloatArray, most: int) -> tuple[IntArray, int]:
    for resolution in range(FINEST, 0, -1):
        cells, point = np.unique(grid.cell_of(lon, lat, resolution), return_inverse=True)
        if len(cells) <= most:
            return point.astype(np.int64), resolution
    return np.zeros(len(lon), dtype=np.int64), 0


def _plane(snapshot: Snapshot) -> pyproj.Transformer:
    crs = places.equal_area_crs(snapshot.registry.areas.polygon)
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def why_not(points: Points, teams: int) -> Why:
    """Return why these points cannot be scanned, "" if they can."""
    visits, cases = int(points.visits.sum()), int(points.cases.sum())
    if not visits:
        return "no_visits"
    if visits < LEAST_VISITS:
        return "few_visits"
    if cases < LEAST_CASES:
        return "few_cases"
    if teams < LEAST_TEAMS:
        return "few_teams"
    return "all_cases" if cases == visits else ""


def run(
    snapshot: Snapshot,
    choice: Choice,
    progress: Callable[[float], None] | None = None,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Scan:
    """Return the clusters of one choice; `progress` is told the share done. About 5 s for 1,000 stations."""
    points = points_of(snapshot, choice)
    teams = len(np.unique(points.team[points.team >= 0]))
    why = why_not(points, teams)
    about = (int(points.visits.sum()), int(points.cases.sum()), teams, points.unplaced, points.resolution)
    if why:
        return Scan(choice, snapshot.version, why, *about)
    tell = progress or (lambda _: None)
    found = scan.circular(
        points.x, points.y, points.cases, controls=points.visits - points.cases,
        max_share=LARGEST_SHARE, max_radius=LARGEST_RADIUS_M, replicates=replicates, seed=seed,
        progress=lambda done, of: tell(done / of),
    )  # fmt: skip
    circles, withheld = [], 0
    for cluster in (one for one in found if one.p <= SIGNIFICANT_P):
        made = _circle(snapshot, points, cluster)
        withheld += made.teams < LEAST_TEAMS
        if made.teams >= LEAST_TEAMS:
            circles.append(made)
    least = found[0].p if found else float("nan")
    return Scan(choice, snapshot.version, "", *about, tuple(circles), withheld, least)


def _circle(snapshot: Snapshot, points: Points, cluster: scan.Cluster) -> Circle:
    inside = np.isin(points.point, cluster.members)
    here = np.unique(points.team[inside & (points.team >= 0)])
    station = np.unique(snapshot.visits.station[points.visit[inside]])
    names = snapshot.registry.stations.station_id
    without = scan.p_without(cluster, points.point, points.is_case, points.team)
    plane = _plane(snapshot)
    x, y = float(points.x[cluster.centre]), float(points.y[cluster.centre])
    angle = np.linspace(0, 2 * np.pi, RING_POINTS, endpoint=False)
    edge = x + cluster.radius * np.cos(angle), y + cluster.radius * np.sin(angle)
    ring = plane.transform(*edge, direction="INVERSE")
    lon, lat = plane.transform(x, y, direction="INVERSE")
    return Circle(
        lon=float(lon),
        lat=float(lat),
        radius_m=cluster.radius,
        ring=tuple(zip(ring[0].tolist(), ring[1].tolist(), strict=True)),
        stations=tuple(names[int(one)].as_py() for one in station),
        visits=int(points.visits[cluster.members].sum()),
        observed=int(cluster.observed),
        expected=cluster.expected,
        ratio=cluster.relative_risk,
        teams=len(here),
        p=cluster.p,
        worst_p=float(without.max(initial=0.0)) if len(without) else 1.0,
    )
