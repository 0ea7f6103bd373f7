"""What was reported at every station and in every bin, in the order of `layers.tiles.pyramid`'s tiles.

Sums are kept per bin and changed by one report in microseconds: `TileState.update`. A payload is read
with its tile's geometry; both list the same features in the same order. Format BQS2, little-endian:

    0   4 bytes  "BQS2"                    12  u32  core features
    4   u8       1 stations, 2 bins        16  u32  edge features
    5   u8       hours H                   20  u32  groups of bins G
    6   u8       hour shift s              24  u8[S]  state | severity << 3 | observed << 6 | planned << 7
    7   u8       bytes per hour count w        u8[S]  hours with a visit; E is their sum
    8   u32      sequence                      u8[E]  which hours, station by station, ascending
                                               u8[E]  state | severity << 3, of that hour's visits
                                               padding to 4 bytes; the rest for bins only
                                               u32[core]  observed, visits, exposure, findings: four columns
                                               uw[H × G]  exposure by hour; then findings by hour
S = core + edge for stations, edge for bins. A group is all bins of a square 2^s bins wide, in order: the
hours of a crowded tile are told by coarser squares, so that a tile stays small and every count exact.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.model.columns import BoolArray, ByteArray, IndexArray
from layers.tiles.pyramid import GRID_BITS, MortonArray, StationIndex, tile_of

HourArray = npt.NDArray[np.unsignedinteger[Any]]
CountArray = npt.NDArray[np.int64]

NO_HOUR: Final = 255
MAX_HOURS: Final = 96
MAX_SEVERITY: Final = 4
_MAX_STATE: Final = 7
_FEW_COUNTS: Final = 8_000
"""Most (group, hour) pairs in one payload: with their two counts each about 12 KB gzipped."""


class StationStates(IntEnum):
    """What is known of a station; the browser has a shape and a colour for each."""

    NOT_PLANNED = 0
    PLANNED = 1
    NOTHING_REPORTED = 2
    FINDING = 3
    DENIED = 4
    CLOSED = 5
    UNREACHABLE = 6
    FINDING_WITHOUT_VISIT = 7


# What a visit can make of a station, the weakest word first; a later one wins.
RANKED: Final = (
    StationStates.NOT_PLANNED, StationStates.UNREACHABLE, StationStates.CLOSED, StationStates.DENIED,
    StationStates.NOTHING_REPORTED, StationStates.FINDING,
)  # fmt: skip
_RANK_OF_OUTCOME: Final = np.array(
    [4, 3, 2, 1, 0], dtype=np.uint8
)  # observed, denied, closed, unreachable, none


@dataclass(frozen=True, eq=False)
class StationValues:
    """One value per station of the registry, each (N,): `state`, `severity` uint8, the rest bool.

    `state`: see `StationStates`. `severity`: 0 none, 1 low … 4 critical, the worst finding.
    """

    state: ByteArray
    severity: ByteArray
    is_observed: BoolArray
    is_planned: BoolArray


@dataclass(frozen=True, eq=False)
class VisitValues:
    """One value per visit, each (V,); quickest if sorted by the station's position, then hour.

    `station`: int registry index, -1 if unknown: such a visit is on no map. `hour`: uint8 bucket or
    `NO_HOUR`. `outcome`: int8 position in `tables.OUTCOMES`, 0 observed, -1 not known. `is_exposed`:
    bool, it could have met the findings shown. `severity`: uint8, 0 … 4, its worst finding.
    `has_finding`: bool, it counts as a visit with a finding, of those exposed.
    """

    station: IndexArray
    hour: ByteArray
    outcome: npt.NDArray[np.int8]
    is_exposed: BoolArray
    severity: ByteArray
    has_finding: BoolArray


class StationChange(NamedTuple):
    """What one report adds to its station's visits; minus for a report withdrawn."""

    hour: int
    visits: int
    exposure: int
    findings: int


class StationNow(NamedTuple):
    """What is known of one station now, as `station_values` and `by_hour` would tell it.

    `hours`: (hour, state, severity) for every hour with a visit, ascending.
    """

    state: int
    severity: int = 0
    is_observed: bool = False
    is_planned: bool = False
    hours: tuple[tuple[int, int, int], ...] = ()


def station_values(
    n: int,
    visits: VisitValues,
    *,
    is_planned: BoolArray,
    told_severity: ByteArray | None = None,
    is_told: BoolArray | None = None,
) -> StationValues:
    """Return what the visits say about each of n stations. O(N + V), row order never matters.

    `is_planned`: (N,). `is_told`, `told_severity`: (N,) findings without a visit: a telephone call, a
    statement. The strongest word wins: finding, finding without visit, nothing reported, denied,
    closed, unreachable, planned, not planned.
    """
    known: Any = slice(None) if np.all(visits.station >= 0) else visits.station >= 0
    station, rank = visits.station[known], _rank(visits)[known]
    finding = rank == RANKED.index(StationStates.FINDING)
    best = np.zeros(n, dtype=np.uint8)  # one pass: the rank, and below it the worst finding
    word = rank << np.uint8(3) | np.where(finding, visits.severity[known], np.uint8(0))
    np.maximum.at(best, station.astype(np.int64), word)
    rank, severity = best >> np.uint8(3), best & np.uint8(7)
    is_observed = rank >= RANKED.index(StationStates.NOTHING_REPORTED)
    of_rank = np.array(RANKED, dtype=np.uint8)
    state = np.where(rank > 0, of_rank[rank], is_planned.astype(np.uint8) * np.uint8(StationStates.PLANNED))
    if is_told is not None:
        state[is_told & (rank < RANKED.index(StationStates.FINDING))] = StationStates.FINDING_WITHOUT_VISIT
        if told_severity is not None:
            severity = np.maximum(severity, np.where(is_told, told_severity, np.uint8(0)))
    return StationValues(state.astype(np.uint8), severity.astype(np.uint8), is_observed, is_planned)


def by_hour(
    position: npt.NDArray[np.int64], visits: VisitValues
) -> tuple[npt.NDArray[np.int64], ByteArray, ByteArray]:
    """Return one row per position and hour with a visit: position, hour, state | severity << 3.

    `position`: (V,) of every visit, sorted, hours ascending within one. Visits without a time have no row.
    """
    rank = _rank(visits)
    timed = (visits.hour != NO_HOUR) & (rank > 0)
    key = position[timed] << 8 | visits.hour[timed]
    if len(key) == 0:
        return key, np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.uint8)
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    strongest = np.maximum.reduceat(rank[timed] << np.uint8(3) | visits.severity[timed], starts)
    word = np.array(RANKED, dtype=np.uint8)[strongest >> 3] | (strongest & np.uint8(7)) << np.uint8(3)
    # the severity of a visit that counts as no finding says nothing
    word = np.where(strongest >> 3 == RANKED.index(StationStates.FINDING), word, word & np.uint8(7))
    return key[starts] >> 8, (key[starts] & 0xFF).astype(np.uint8), word.astype(np.uint8)


def _rank(visits: VisitValues) -> ByteArray:
    """Return the place in RANKED of what each visit makes of its station, (V,); 0 for nothing."""
    rank = _RANK_OF_OUTCOME[visits.outcome]
    return np.asarray(rank + ((visits.outcome == 0) & (visits.severity > 0)), dtype=np.uint8)


class TileState:
    """The live counts behind the tiles: owns its arrays and the lock that keeps a tile whole.

    One writer calls `update`; any thread may ask for `payload`. `sequence` counts the updates.
    """

    def __init__(
        self, index: StationIndex, packed: ByteArray, runs: _Runs, sums: HourArray, hourly: HourArray
    ) -> None:
        """Own arrays made by `build`, in the index's order: (M,), (M,), (B, 4), (B, 2, H)."""
        self.index, self.sequence, self.hours = index, 0, hourly.shape[2]
        self._packed, self._runs = packed, runs
        self._sums, self._hourly = np.ascontiguousarray(sums), np.ascontiguousarray(hourly)
        # One report touches some dozens of numbers: a view of memory gives and takes one in 20 ns, an
        # array in 100.
        self._sum, self._by_hour = self._sums.reshape(-1).data, self._hourly.reshape(-1).data
        self._position, self._leaf = index.position.data, index.leaf.data
        self._parent, self._word = index.parent.data, self._packed.data
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls, index: StationIndex, stations: StationValues, visits: VisitValues, *, hours: int = 24
    ) -> TileState:
        """Return the state of all stations and bins; `hours`: hourly buckets, at most 96.

        Build one per filter: what is shown is what `visits` and `stations` hold. O(N + V + B·hours).
        Raises ValueError for a state, severity or hour without a meaning.
        """
        _check(stations, visits, hours)
        packed = _packed(stations)[index.station]
        position, placed = _placed(index, visits)
        columns = [stations.is_observed[index.station].astype(np.int64)]
        columns += [
            np.bincount(position[rows], minlength=len(index.station))
            for rows in (slice(None), placed.is_exposed, placed.has_finding)
        ]
        sums = np.stack([_over_bins(index, column).astype(np.uint32) for column in columns], axis=1)
        runs = _Runs.by_position(len(index.station), *by_hour(position, placed))
        return cls(index, packed, runs, sums, _hourly(index, position, placed, hours))

    @property
    def nbytes(self) -> int:
        """Return the bytes of all arrays."""
        return self._packed.nbytes + self._runs.nbytes + self._sums.nbytes + self._hourly.nbytes

    def update(self, station: int, now: StationNow, changes: Iterable[StationChange] = ()) -> None:
        """Set what is now known of one station and add its reports' changes to every bin around it.

        About 10 µs. `now` is what is left of the station's reports, so that a withdrawal leaves no
        trace. A station that is not on the map changes nothing.
        Raises ValueError, and changes nothing, for a value without a meaning or a count below zero.
        """
        changes = tuple(changes)
        _check_one(now, changes, self.hours)
        position = self._position[station]
        with self._lock:
            if position >= 0:
                self._apply(position, now, changes)
            self.sequence += 1

    def payload(self, z: int, x: int, y: int) -> bytes:
        """Return the state of tile z/x/y's features (module docstring). Raises NotFound if there is none.

        Taken at one moment: no report is half in it. Nothing there: `b""`, as for the geometry.
        """
        tile = tile_of(self.index, z, x, y)
        core = tile.bins if tile.is_binned else tile.core
        features = core.stop - core.start
        if features + len(tile.edge) == 0:
            return b""
        single = tile.edge
        if not tile.is_binned:
            single = np.concatenate([np.arange(core.start, core.stop, dtype=np.int32), tile.edge])
        with self._lock:
            sequence = self.sequence
            of_stations = self._packed[single].tobytes() + self._runs.told(single)
            sums, hourly = self._sums[tile.bins].copy(), self._hourly[tile.bins].copy()
        shift, width, groups, tail = _bin_counts(self.index.bin_key[tile.bins], sums, hourly)
        kind = 2 if tile.is_binned else 1
        sizes = (sequence & 0xFFFFFFFF, features, len(tile.edge), groups)
        head = struct.pack("<4s4B4I", b"BQS2", kind, self.hours, shift, width, *sizes)
        return head + of_stations + bytes(-len(of_stations) % 4) + tail

    def _apply(self, position: int, now: StationNow, changes: tuple[StationChange, ...]) -> None:
        """Check everything, then write: a refused report leaves nothing behind.

        A bin holds what those in it hold: none is below zero if the smallest is not, and the largest has
        the largest count.
        """
        bins = self._bins(position)
        word = now.state | now.severity << 3 | now.is_observed << 6 | now.is_planned << 7
        observed = (word >> 6 & 1) - (self._word[position] >> 6 & 1)
        visits = exposure = findings = 0
        by_hour: dict[int, int] = {}  # place in a bin's 2 × H counts → what is added
        for hour, count, exposed, finding in changes:
            visits, exposure, findings = visits + count, exposure + exposed, findings + finding
            if hour != NO_HOUR:
                by_hour[hour] = by_hour.get(hour, 0) + exposed
                by_hour[self.hours + hour] = by_hour.get(self.hours + hour, 0) + finding
        of_day = _not_zero(enumerate((observed, visits, exposure, findings)))
        of_hour = _not_zero(by_hour.items())
        if bins:
            self._check_counts(bins[0], of_day, of_hour)
            self._make_room(bins[-1], of_hour)
        self._word[position] = word
        self._runs.put(position, now.hours)
        _add(self._sum, bins, 4, of_day)
        _add(self._by_hour, bins, 2 * self.hours, of_hour)

    def _bins(self, position: int) -> list[int]:
        """Return the rows of the bins a position is in, the smallest first."""
        row, parent = self._leaf[position], self._parent
        bins = []
        while row >= 0:
            bins.append(row)
            row = parent[row]
        return bins

    def _check_counts(self, row: int, of_day: Additions, of_hour: Additions) -> None:
        for counts, width, added in ((self._sum, 4, of_day), (self._by_hour, 2 * self.hours, of_hour)):
            for place, count in added:
                if counts[width * row + place] + count < 0:
                    raise ValueError("a report was withdrawn that was never counted")

    def _make_room(self, row: int, of_hour: Additions) -> None:
        """Widen the counts by hour if one of a bin would no longer fit."""
        most, first = 0, 2 * self.hours * row
        for place, count in of_hour:
            most = max(most, self._by_hour[first + place] + count)
        if most >> 8 * self._hourly.itemsize:
            self._hourly = self._hourly.astype(np.min_scalar_type(most))
            self._by_hour = self._hourly.reshape(-1).data


Additions = list[tuple[int, int]]  # place among a bin's counts, and what is added there


def _not_zero(added: Iterable[tuple[int, int]]) -> Additions:
    return [(place, int(count)) for place, count in added if count]


def _add(counts: memoryview[Any], bins: list[int], width: int, added: Additions) -> None:
    for place, count in added:
        for row in bins:
            counts[width * row + place] += count


class _Runs:
    """Which hours of every position had a visit and what it said: runs in one pool, which only grows.

    A run that changes is written anew at the end. `start`: (M,) int64, `count`: (M,) uint8.
    """

    def __init__(self, start: CountArray, count: ByteArray, hour: ByteArray, word: ByteArray) -> None:
        self.start, self.count, self.hour, self.word, self.used = start, count, hour, word, len(hour)
        self._views = self._viewed()

    def _viewed(self) -> tuple[memoryview[Any], ...]:
        return self.start.data, self.count.data, self.hour.data, self.word.data

    @classmethod
    def by_position(cls, n: int, position: CountArray, hour: ByteArray, word: ByteArray) -> _Runs:
        count = np.bincount(position, minlength=n)
        return cls(np.cumsum(count) - count, count.astype(np.uint8), hour, word)

    @property
    def nbytes(self) -> int:
        return self.start.nbytes + self.count.nbytes + self.hour.nbytes + self.word.nbytes

    def told(self, position: IndexArray) -> bytes:
        count = self.count[position].astype(np.int64)
        ahead = np.cumsum(count) - count
        rows: CountArray = np.repeat(self.start[position] - ahead, count) + np.arange(count.sum())
        return count.astype(np.uint8).tobytes() + self.hour[rows].tobytes() + self.word[rows].tobytes()

    def put(self, position: int, hours: tuple[tuple[int, int, int], ...]) -> None:
        first, self.used = self.used, self.used + len(hours)
        if self.used > len(self.hour):
            more = np.zeros(max(1024, len(self.hour) // 8), dtype=np.uint8)
            self.hour, self.word = np.concatenate([self.hour, more]), np.concatenate([self.word, more])
            self._views = self._viewed()
        starts, counts, hour_at, word_at = self._views
        for row, (hour, state, severity) in enumerate(hours, first):
            hour_at[row], word_at[row] = hour, state | severity << 3
        starts[position], counts[position] = first, len(hours)


def strongest(
    n: int, of: npt.NDArray[np.int64], word: ByteArray, is_planned: ByteArray
) -> tuple[ByteArray, ByteArray]:
    """Return state and severity of n stations by words (state | severity << 3) of the stations `of`."""
    place = np.zeros(len(StationStates), dtype=np.uint8)
    place[list(RANKED)] = np.arange(len(RANKED))
    best = np.zeros(n, dtype=np.uint8)
    np.maximum.at(best, of, place[word & 7] << np.uint8(3) | word >> np.uint8(3))
    state = np.where(best > 0, np.array(RANKED, dtype=np.uint8)[best >> 3], is_planned)
    return state.astype(np.uint8), best & np.uint8(7)


def _packed(stations: StationValues) -> ByteArray:
    packed: ByteArray = stations.state | stations.severity << np.uint8(3)
    packed |= stations.is_observed.astype(np.uint8) << np.uint8(6)
    return packed | stations.is_planned.astype(np.uint8) << np.uint8(7)


def _placed(index: StationIndex, visits: VisitValues) -> tuple[npt.NDArray[np.int64], VisitValues]:
    """Return the visits on the map by position and hour, and the position of each."""
    position = np.where(visits.station >= 0, index.position[visits.station], -1).astype(np.int64)
    key = position << 8 | visits.hour
    placed = int(np.count_nonzero(position >= 0))
    rows: Any = slice(placed)  # sorted already, those off the map last: no copy
    if np.any(key[:placed] < 0) or np.any(key[1:placed] < key[: max(placed - 1, 0)]):
        rows = np.flatnonzero(position >= 0)
        rows = rows[np.argsort(key[rows], kind="stable")]
    return position[rows], VisitValues(
        station=visits.station[rows],
        hour=visits.hour[rows],
        outcome=visits.outcome[rows],
        is_exposed=visits.is_exposed[rows],
        severity=visits.severity[rows],
        has_finding=visits.has_finding[rows],
    )


def _hourly(
    index: StationIndex, position: npt.NDArray[np.int64], visits: VisitValues, hours: int
) -> HourArray:
    """Return exposure and findings of every bin by hour, (B, 2, H): counted once, added up zoom by zoom."""
    bins, leaf = len(index.bin_key), index.leaf[position]
    counted = np.flatnonzero((leaf >= 0) & (visits.hour != NO_HOUR) & visits.is_exposed)
    most = _most_an_hour(index, position[counted], visits.hour[counted], hours)
    kind = np.promote_types(np.uint16, np.min_scalar_type(most))  # narrow from the start: half the memory
    flat = np.zeros((bins, 2 * hours), dtype=kind)
    key = leaf[counted] * np.int64(2 * hours) + visits.hour[counted]
    for of in (key, key[visits.has_finding[counted]] + hours):
        np.add.at(flat.reshape(-1), of, kind.type(1))
    for z in range(len(index.zoom_rows) - 1, 0, -1):
        rows = index.zoom_rows[z]
        above = index.parent[rows]
        starts = np.flatnonzero(np.append(True, above[1:] != above[:-1])[: len(above)])
        ends = np.append(starts, len(above))
        # a sparse product adds rows up five times quicker than reduceat
        ones = np.ones(len(above), dtype=kind)
        adds = csr_matrix((ones, np.arange(len(above)), ends), shape=(len(starts), len(above)))
        flat[above[starts]] += adds @ flat[rows]
    return flat.reshape(bins, 2, hours)


def _most_an_hour(index: StationIndex, position: npt.NDArray[np.int64], hour: ByteArray, hours: int) -> int:
    """Return the most of these visits, by ascending position, in one hour of one bin: one of zoom 0."""
    widest = index.zoom_rows[0]
    first = index.bin_first[widest]
    begins, ends = np.searchsorted(position, np.stack([first, first + index.bin_stations[widest]]))
    bin_of = np.repeat(np.arange(len(ends)), ends - begins)
    return int(np.bincount(bin_of * hours + hour).max(initial=0))


def _over_bins(index: StationIndex, counts: CountArray) -> CountArray:
    """Return the sum over every bin's stations of a column in the index's order, (B,)."""
    running = np.concatenate([[0], np.cumsum(counts)])
    return np.asarray(running[index.bin_first + index.bin_stations] - running[index.bin_first])


def _bin_counts(keys: MortonArray, sums: HourArray, hourly: HourArray) -> tuple[int, int, int, bytes]:
    """Return hour shift, bytes per hour count, groups, and the counts of bins as they travel.

    Bins stand in Morton order, so four to one are neighbours in it: merge until the hours are few.
    """
    if len(keys) == 0:
        return 0, 1, 0, b""
    shift = 0
    while np.count_nonzero(hourly[:, 0] | hourly[:, 1]) > _FEW_COUNTS and shift < GRID_BITS:
        shift += 1
        keys = keys >> np.uint64(2)
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        keys, hourly = keys[starts], np.add.reduceat(hourly, starts, axis=0, dtype=np.uint32)
    narrow = hourly.transpose(1, 2, 0).astype(_smallest(hourly).newbyteorder("<"))
    return shift, narrow.itemsize, len(keys), sums.T.astype("<u4").tobytes() + narrow.tobytes()


def _smallest(counts: npt.NDArray[Any]) -> np.dtype[Any]:
    """Return the narrowest unsigned type that holds all counts: uint8, uint16, uint32."""
    return np.dtype(np.min_scalar_type(int(counts.max()) if counts.size else 0))


def _check(stations: StationValues, visits: VisitValues, hours: int) -> None:
    if not 1 <= hours <= MAX_HOURS:
        raise ValueError(f"hours must be 1 … {MAX_HOURS}, not {hours}")
    if np.any((visits.hour >= hours) & (visits.hour != NO_HOUR)):
        raise ValueError(f"an hour must be 0 … {hours - 1}, or {NO_HOUR} for not known")
    worst = np.append(visits.severity, stations.severity)
    if np.any(stations.state > _MAX_STATE) or np.any(worst > MAX_SEVERITY):
        raise ValueError(f"state must be 0 … {_MAX_STATE} and severity 0 … {MAX_SEVERITY}")


def _check_one(now: StationNow, changes: tuple[StationChange, ...], hours: int) -> None:
    has_meaning = 0 <= now.state <= _MAX_STATE and 0 <= now.severity <= MAX_SEVERITY
    last, is_ascending = -1, True
    for hour, state, severity in now.hours:
        has_meaning &= 0 <= state <= _MAX_STATE and 0 <= severity <= MAX_SEVERITY
        is_ascending &= last < hour < hours
        last = hour
    if not has_meaning:
        raise ValueError(f"state must be 0 … {_MAX_STATE} and severity 0 … {MAX_SEVERITY}")
    if not is_ascending:
        raise ValueError(f"an hour must be 0 … {hours - 1}, each once, ascending")
    for change in changes:
        if not 0 <= change.hour < hours and change.hour != NO_HOUR:
            raise ValueError(f"an hour must be 0 … {hours - 1}, or {NO_HOUR} for not known")
