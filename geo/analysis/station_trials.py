"""The stations that a scan tries, the leaves on which they lie, and who stands for what was seen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
from scipy import sparse

from geo.analysis.statistics import cluster_scan
from geo.analysis.statistics.argument_checks import BoolArray, FloatArray, IntArray
from geo.analysis.statistics.cluster_scan import Circles, Groups
from geo.model import grid
from geo.model.columns import distinct

LARGEST_RADIUS_M: Final = 100_000.0  # of a circle: beyond it a cluster is a part of the country, not a place
MOST_LEAVES: Final = 4_000
MOST_ENTRIES: Final = 150_000  # of all circles: 999 random maps then take a third of a second
FINEST: Final = 7  # H3 resolution of the smallest leaf, about 5 km²
COARSEST: Final = 3  # and of the largest, 12,000 km²
GROUND: Final = 6  # about 36 km²: what is left out as a whole where no team stands for its visits
_ECEF: Final = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@dataclass(frozen=True, eq=False)
class Observed:
    """What a scan is given: N stations, V visits.

    `lon, lat`: (N,) degrees, NaN for a station without a point of its own; `area`: (N,) declared, -1 for
    none. `station`, `team`: (V,) positions, -1 for unknown.
    """

    lon: FloatArray
    lat: FloatArray
    area: IntArray
    station: IntArray
    team: IntArray


@dataclass(frozen=True, eq=False)
class Answers:
    """One choice's answers: (V,) bool, which visits' forms asked, and which of those have a finding."""

    is_asked: BoolArray
    has_finding: BoolArray


@dataclass(frozen=True, eq=False)
class Ground:
    """The stations of a whole page: S of them on the map, on L leaves.

    `station`: (S,) their positions among all N, ascending; `leaf`: (S,). `points`: (L, 3) metres from the
    middle of the earth. Of every visit, (V,): `place`, its station among the S, -1 elsewhere; `group`, what
    is left out with it (its team, or the ground where no team stands for several stations); `observer`,
    its team, or the station where none is named. Numbers below `teams` are teams.
    """

    station: IntArray
    leaf: IntArray
    points: FloatArray
    circles: Circles
    place: IntArray
    group: IntArray
    observer: IntArray
    teams: int


@dataclass(frozen=True, eq=False)
class Trials:
    """One choice's trials on a ground: (S,) which stations were asked, and which of those have a finding.

    `visit`: positions of the visits that asked there, `has_finding` which of them have one.
    """

    ground: Ground
    visit: IntArray
    has_finding: BoolArray

    @cached_property
    def is_asked(self) -> BoolArray:
        """(S,) bool, a form asked there."""
        return self._stations(self.visit)

    @cached_property
    def is_case(self) -> BoolArray:
        """(S,) bool, a form that asked has a finding."""
        return self._stations(self.visit[self.has_finding])

    @cached_property
    def n(self) -> IntArray:
        """(L,) stations asked."""
        return self._by_leaf(self.is_asked)

    @cached_property
    def k(self) -> IntArray:
        """(L,) stations with a finding."""
        return self._by_leaf(self.is_case)

    @property
    def observers(self) -> int:
        """How many teams, and stations whose observer is not named, stand behind it all."""
        return number_of(self.ground.observer[self.visit])

    def _stations(self, visit: IntArray) -> BoolArray:
        flags = np.zeros(len(self.ground.station), dtype=np.bool_)
        flags[self.ground.place[visit]] = True
        return flags

    def _by_leaf(self, flags: BoolArray) -> IntArray:
        return np.bincount(self.ground.leaf[flags], minlength=len(self.ground.points)).astype(np.int64)

    def groups(self) -> Groups:
        """Return what the map loses without each group, and who was where.

        A station is lost to a group that alone asked there; its finding to one that alone had one.
        """
        ground, visit = self.ground, self.visit
        station, group, observer = ground.place[visit], ground.group[visit], ground.observer[visit]
        shape = (len(ground.points), int(group.max(initial=-1)) + 1)

        def lost(met: tuple[IntArray, IntArray]) -> sparse.csr_matrix:
            is_alone = np.bincount(met[0], minlength=len(ground.station))[met[0]] == 1
            return _counted(ground.leaf[met[0][is_alone]], met[1][is_alone], shape)

        there = _counted(ground.leaf[station], observer, (shape[0], int(observer.max(initial=-1)) + 1))
        asked, found = _met(station, group), _met(station[self.has_finding], group[self.has_finding])
        return Groups(lost_k=lost(found), lost_n=lost(asked), observers=there, teams=ground.teams)


def number_of(values: npt.NDArray[Any]) -> int:
    """Return how many distinct whole numbers ≥ 0 there are."""
    return int(np.count_nonzero(np.bincount(values))) if len(values) else 0


def ground_of(observed: Observed, answers: Sequence[Answers]) -> Ground:
    """Return the ground of all stations on the map that any of these choices asked at.

    A team that saw several stations is one group; visits of teams that saw one, and of nobody named, are
    grouped by the ground they lie on, one declared area's part of an H3 cell.
    """
    of_page = np.zeros(len(observed.station), dtype=np.bool_)
    for one in answers:
        of_page |= one.is_asked
    is_there = np.zeros(len(observed.lon) + 1, dtype=np.bool_)
    is_there[observed.station[of_page]] = True
    is_there[-1] = False
    station = np.flatnonzero(is_there[:-1] & np.isfinite(observed.lon) & np.isfinite(observed.lat))
    place_of_station = np.full(len(is_there), -1, dtype=np.int64)
    place_of_station[station] = np.arange(len(station))
    place = place_of_station[observed.station]
    area, cell = observed.area[station].astype(np.int64), _cells(observed, station)
    leaf, points = _leaves(area, cell, *_ecef(observed, station))
    team = np.where(of_page, observed.team, -1).astype(np.int64)
    teams = int(team.max(initial=-1)) + 1
    is_mobile = np.append(_stations_of_team(team, observed.station, teams) > 1, False)
    piece = np.append(_pairs(area, parents(cell, GROUND))[0], -1)[place]
    return Ground(
        station=station.astype(np.int64),
        leaf=leaf,
        points=points,
        circles=cluster_scan.circles_around(points, LARGEST_RADIUS_M),
        place=place,
        group=np.where(is_mobile[team], team, teams + piece),
        observer=np.where(team >= 0, team, teams + place),
        teams=teams if is_mobile.any() else 0,
    )


def trials_of(ground: Ground, answers: Answers) -> Trials:
    """Return the trials of one choice: visits that asked, at stations on the map."""
    visit = np.flatnonzero(answers.is_asked & (ground.place >= 0)).astype(np.int64)
    return Trials(ground, visit, answers.has_finding[visit])


def _cells(observed: Observed, station: IntArray) -> grid.CellArray:
    return grid.cell_of(observed.lon[station], observed.lat[station], FINEST)


def _ecef(observed: Observed, station: IntArray) -> tuple[FloatArray, ...]:
    lon, lat = observed.lon[station], observed.lat[station]
    return tuple(np.asarray(axis) for axis in _ECEF.transform(lon, lat, np.zeros(len(lon))))


def degrees(point: FloatArray) -> tuple[float, float]:
    """Return lon, lat of a point given in metres from the middle of the earth."""
    lon, lat, _ = _ECEF.transform(point[0], point[1], point[2], direction="INVERSE")
    return float(lon), float(lat)


def _stations_of_team(team: IntArray, station: IntArray, teams: int) -> IntArray:
    """Return at how many stations every team was, (T,)."""
    there = np.flatnonzero((team >= 0) & (station >= 0))
    shape = (teams, int(station.max(initial=-1)) + 1)
    return np.diff(_counted(team[there], station[there].astype(np.int64), shape).indptr).astype(np.int64)


def _leaves(area: IntArray, cell: grid.CellArray, *xyz: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the leaf of every station and where the leaves lie: the middle of their stations, (L, 3).

    As many leaves as keep the circles around them few enough to be tried a thousand times.
    """
    most = MOST_LEAVES
    while True:
        leaf = leaf_of_station(area, cell, most)
        number = np.maximum(np.bincount(leaf), 1)
        points = np.column_stack([np.bincount(leaf, axis) / number for axis in xyz]).reshape(-1, 3)
        from scipy.spatial import cKDTree  # a tenth of a second of imports, needed only here

        tree = cKDTree(points)
        if most < 10 or tree.count_neighbors(tree, LARGEST_RADIUS_M) <= MOST_ENTRIES:
            return leaf, points
        most = min(most, len(points)) * 3 // 4


def leaf_of_station(area: IntArray, cell: grid.CellArray, most: int) -> IntArray:
    """Return the leaf every station lies on, (S,), numbered from 0.

    `area`: (S,) declared area, `cell`: (S,) H3 cell of resolution 7. A leaf is one area's part of a cell,
    as large a cell (up to resolution 3) as holds no more stations than a limit: the smallest limit that
    makes at most so many leaves. So a city is cut finely and a steppe is not.
    """
    if not len(area):
        return np.zeros(0, dtype=np.int64)
    by_level = [_pairs(area, parents(cell, resolution)) for resolution in range(COARSEST, FINEST + 1)]
    held = np.stack([number[key] for key, number in by_level])
    limit = 1
    while True:
        fits = held <= limit
        level = np.where(fits.any(axis=0), fits.argmax(axis=0), len(held) - 1)
        size = np.take_along_axis(held, level[None], axis=0)[0]
        if round(float((1 / size).sum())) <= most or limit > len(area):
            break
        limit = max(limit + 1, limit * 5 // 4)
    chosen = np.take_along_axis(np.stack([key for key, _ in by_level]), level[None], axis=0)[0]
    return _pairs(level.astype(np.int64), chosen)[0]


def _pairs(one: IntArray, other: npt.NDArray[Any]) -> tuple[IntArray, IntArray]:
    """Return a number for every distinct pair, and how often each occurs; pairs ascend."""
    _, short = np.unique(other, return_inverse=True)
    key = (one - one.min(initial=0)) * (int(short.max(initial=0)) + 1) + short
    _, number, often = np.unique(key, return_inverse=True, return_counts=True)
    return number.astype(np.int64), often.astype(np.int64)


def parents(cell: grid.CellArray, resolution: int) -> grid.CellArray:
    """Return the H3 cells of a coarser resolution that hold these, (N,) uint64, by their bits.

    Four bits say the resolution, three each the way down; digits below the resolution are 7.
    """
    unused = np.uint64((1 << (3 * (15 - resolution))) - 1)
    bits = (cell & ~np.uint64(15 << 52)) | np.uint64(resolution << 52)
    return np.asarray(bits | unused)


def _met(station: IntArray, group: IntArray) -> tuple[IntArray, IntArray]:
    """Return every pair of station and group that met, once each."""
    width = int(group.max(initial=0)) + 1
    pair = distinct(station * width + group)
    return pair // width, pair % width


def _counted(row: IntArray, column: IntArray, shape: tuple[int, int]) -> sparse.csr_matrix:
    """Return how often each row met each column, CSR int64 without duplicates."""
    matrix = sparse.csr_matrix((np.ones(len(row), dtype=np.int64), (row, column)), shape=shape)
    matrix.sum_duplicates()
    return matrix
