"""What was reported at every station and in every bin, in the order of `layers.pyramid`'s tiles.

Sums are kept per bin and changed by one report in microseconds: `TileState.update`. A payload is read
with its tile's geometry; both list the same features in the same order. Format BQS1, little-endian:

    0   4 bytes  "BQS1"                    12  u32  core features
    4   u8       1 stations, 2 bins        16  u32  edge features
    5   u8       hours H                   20  u32  groups of bins G
    6   u8       hour shift s              24  u8[S]  state | severity << 3 | observed << 6
    7   u8       bytes per hour count w        u8[S]  hour of the first visit, 255 not known
    8   u32      sequence                      padding to 4 bytes; the rest for bins only
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

from layers.pyramid import GRID_BITS, CodeArray, IndexArray, StationIndex, rows_of, tile_of

ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
HourArray = npt.NDArray[np.unsignedinteger[Any]]
CountArray = npt.NDArray[np.int64]

NO_HOUR: Final = 255
MAX_HOURS: Final = 48
MAX_SEVERITY: Final = 4
_FEW_COUNTS: Final = 8_000
"""Most (group, hour) pairs in one payload: with their two counts each about 12 KB gzipped."""
_OBSERVED_BIT: Final = 1 << 6


class State(IntEnum):
    """What is known of a station; the browser has a shape and a colour for each."""

    NOT_PLANNED = 0
    PLANNED = 1
    NOTHING_REPORTED = 2
    FINDING = 3
    DENIED = 4
    CLOSED = 5
    UNREACHABLE = 6
    FINDING_WITHOUT_VISIT = 7


@dataclass(frozen=True, eq=False)
class StationValues:
    """One value per station of the registry, each (N,) uint8; `is_observed` (N,) bool.

    `state`: see `State`. `severity`: 0 none, 1 low … 4 critical, the worst finding. `first_hour`: the
    bucket of the first visit, `NO_HOUR` if there is none or its time is not known.
    """

    state: ByteArray
    severity: ByteArray
    first_hour: ByteArray
    is_observed: BoolArray


@dataclass(frozen=True, eq=False)
class VisitValues:
    """One value per visit, each (V,).

    `station`: int registry index, -1 if unknown: such a visit is on no map. `hour`: uint8 bucket or
    `NO_HOUR`. `outcome`: int8 position in `geo.tables.OUTCOMES`, 0 observed. `is_exposed`: bool, it could
    have met the findings shown. `severity`: uint8, 0 … 4. `has_finding`: bool, at least one of those.
    """

    station: IndexArray
    hour: ByteArray
    outcome: npt.NDArray[np.int8]
    is_exposed: BoolArray
    severity: ByteArray
    has_finding: BoolArray


class Change(NamedTuple):
    """What one report adds to its station's visits; minus for a report withdrawn."""

    hour: int
    visits: int
    exposure: int
    findings: int


def station_values(
    n: int,
    visits: VisitValues,
    *,
    is_planned: BoolArray,
    told_severity: ByteArray | None = None,
    told: BoolArray | None = None,
) -> StationValues:
    """Return what the visits say about each of n stations. O(N + V), row order never matters.

    `is_planned`: (N,). `told`, `told_severity`: (N,) findings without a visit: a telephone call, a
    statement. The strongest word wins: finding, finding without visit, nothing reported, denied,
    closed, unreachable, planned, not planned.
    """
    on_map = visits.station >= 0
    station = visits.station[on_map]
    outcome, found = visits.outcome[on_map], visits.has_finding[on_map]
    state = np.where(is_planned, np.uint8(State.PLANNED), np.uint8(State.NOT_PLANNED))
    for code, word in ((3, State.UNREACHABLE), (2, State.CLOSED), (1, State.DENIED)):
        state[station[outcome == code]] = word
    is_observed = np.zeros(n, dtype=np.bool_)
    is_observed[station[outcome == 0]] = True
    state[is_observed] = State.NOTHING_REPORTED
    severity = np.zeros(n, dtype=np.uint8)
    if told is not None:
        state[told] = State.FINDING_WITHOUT_VISIT
        severity = severity if told_severity is None else np.where(told, told_severity, 0).astype(np.uint8)
    state[station[found]] = State.FINDING
    np.maximum.at(severity, station[found], visits.severity[on_map][found])
    first_hour = np.full(n, NO_HOUR, dtype=np.uint8)
    np.minimum.at(first_hour, station, visits.hour[on_map])
    return StationValues(state, severity, first_hour, is_observed)


class TileState:
    """The live counts behind the tiles: owns its arrays and the lock that keeps a tile whole.

    One writer calls `update`; any thread may ask for `payload`. `sequence` counts the updates.
    """

    def __init__(
        self,
        index: StationIndex,
        packed: ByteArray,
        first_hour: ByteArray,
        sums: CountArray,
        hourly: HourArray,
    ) -> None:
        """Own arrays made by `build`, in the index's order: (M,), (M,), (B, 4), (B, 2, H)."""
        self.index, self.sequence, self.hours = index, 0, hourly.shape[2]
        self._packed, self._first_hour, self._sums, self._hourly = packed, first_hour, sums, hourly
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls, index: StationIndex, stations: StationValues, visits: VisitValues, *, hours: int = 24
    ) -> TileState:
        """Return the state of all stations and bins; `hours`: hourly buckets, at most 48.

        Build one per filter: what is shown is what `visits` and `stations` hold. O(N + V + B·hours).
        Raises ValueError for a state, severity or hour without a meaning.
        """
        _check(stations, visits, hours)
        packed = _packed(stations.state, stations.severity, stations.is_observed)[index.station]
        position = np.where(visits.station >= 0, index.position[visits.station], -1)
        there = position >= 0
        position = position[there]
        hour, exposed, found = visits.hour[there], visits.is_exposed[there], visits.has_finding[there]
        columns = [stations.is_observed[index.station].astype(np.int64)]
        columns += [
            np.bincount(position[kept], minlength=len(index.station))
            for kept in (np.ones(len(position), dtype=np.bool_), exposed, found)
        ]
        sums = np.stack([_over_bins(index, column) for column in columns], axis=1)
        hourly = np.zeros((len(index.bin_key), 2, hours), dtype=np.uint32)
        for bucket in np.unique(hour[hour != NO_HOUR]).tolist() if len(hourly) else []:
            for measure, kept in enumerate((exposed, found)):
                counts = np.bincount(position[kept & (hour == bucket)], minlength=len(index.station))
                hourly[:, measure, bucket] = _over_bins(index, counts)
        hourly = hourly.astype(np.promote_types(np.uint16, _smallest(hourly)))  # halves it for most missions
        return cls(index, packed, stations.first_hour[index.station], sums, hourly)

    def update(
        self,
        station: int,
        *,
        state: int,
        severity: int,
        first_hour: int,
        is_observed: bool,
        changes: Iterable[Change] = (),
    ) -> None:
        """Set what is now known of one station and add its reports' changes to every bin around it.

        About 40 µs. The values are those `station_values` gives for the station's remaining reports, so
        that a withdrawal leaves no trace. A station that is not on the map changes nothing.
        Raises ValueError, and changes nothing, for a value without a meaning or a count below zero.
        """
        changes = tuple(changes)
        _check_one(state, severity, [first_hour, *(change.hour for change in changes)], self.hours)
        position = int(self.index.position[station])
        with self._lock:
            if position >= 0:
                self._apply(position, state | severity << 3 | is_observed << 6, first_hour, changes)
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
        with self._lock:
            sequence = self.sequence
            shown, first = self._packed[tile.edge], self._first_hour[tile.edge]
            if not tile.is_binned:
                shown = np.concatenate([self._packed[core], shown])
                first = np.concatenate([self._first_hour[core], first])
            sums, hourly = self._sums[tile.bins].copy(), self._hourly[tile.bins].copy()
        shift, width, groups, tail = _bin_counts(self.index.bin_key[tile.bins], sums, hourly)
        kind = 2 if tile.is_binned else 1
        sizes = (sequence & 0xFFFFFFFF, features, len(tile.edge), groups)
        head = struct.pack("<4s4B4I", b"BQS1", kind, self.hours, shift, width, *sizes)
        of_stations = shown.tobytes() + first.tobytes()
        return head + of_stations + bytes(-len(of_stations) % 4) + tail

    def _apply(self, position: int, packed: int, first_hour: int, changes: tuple[Change, ...]) -> None:
        """Compute everything, then write: a refused report leaves nothing behind."""
        rows = rows_of(self.index.bin_key, self.index.max_zoom, self.index.code[position])
        gained = bool(packed & _OBSERVED_BIT) - bool(self._packed[position] & _OBSERVED_BIT)
        totals = np.array([change[1:] for change in changes], dtype=np.int64).reshape(-1, 3).sum(axis=0)
        sums = self._sums[rows] + np.array([gained, *totals])
        timed = [change for change in changes if change.hour != NO_HOUR]
        hourly = self._hourly[rows].astype(np.int64)
        for change in timed:
            hourly[:, :, change.hour] += change[2:]
        if (sums < 0).any() or (hourly < 0).any():
            raise ValueError("a report was withdrawn that was never counted")
        self._packed[position], self._first_hour[position] = packed, first_hour
        self._sums[rows] = sums
        if timed:
            self._hourly = self._hourly.astype(
                np.promote_types(self._hourly.dtype, _smallest(hourly)), copy=False
            )
            self._hourly[rows] = hourly


def state_tile(state: TileState, z: int, x: int, y: int) -> bytes:
    """Return `TileState.payload`, the counterpart of `layers.pyramid.geometry_tile`."""
    return state.payload(z, x, y)


def _packed(state: ByteArray, severity: ByteArray, is_observed: BoolArray) -> ByteArray:
    packed: ByteArray = state | severity << np.uint8(3) | is_observed.astype(np.uint8) << np.uint8(6)
    return packed


def _over_bins(index: StationIndex, counts: CountArray) -> CountArray:
    """Return the sum over every bin's stations of a column in the index's order, (B,)."""
    running = np.concatenate([[0], np.cumsum(counts)])
    return np.asarray(running[index.bin_first + index.bin_stations] - running[index.bin_first])


def _bin_counts(keys: CodeArray, sums: CountArray, hourly: HourArray) -> tuple[int, int, int, bytes]:
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
    for bucket in (stations.first_hour, visits.hour):
        if np.any((bucket >= hours) & (bucket != NO_HOUR)):
            raise ValueError(f"an hour must be 0 … {hours - 1}, or {NO_HOUR} for not known")
    if np.any(stations.state > max(State)) or np.any(stations.severity > MAX_SEVERITY):
        raise ValueError(f"state must be 0 … {max(State)} and severity 0 … {MAX_SEVERITY}")


def _check_one(state: int, severity: int, hours_used: Iterable[int], hours: int) -> None:
    if not 0 <= state <= max(State) or not 0 <= severity <= MAX_SEVERITY:
        raise ValueError(f"state must be 0 … {max(State)} and severity 0 … {MAX_SEVERITY}")
    if any(not 0 <= hour < hours and hour != NO_HOUR for hour in hours_used):
        raise ValueError(f"an hour must be 0 … {hours - 1}, or {NO_HOUR} for not known")
