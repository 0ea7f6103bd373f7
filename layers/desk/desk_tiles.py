"""The desk's tiles: where stations are, what is known of them under one choice, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import IndexArray
from geo.model.counts import Choice
from geo.model.registry import Registry
from geo.model.snapshot import Snapshot
from layers.desk.choice_visits import planned_stations
from layers.desk.desk_payloads import PickedStation
from layers.desk.visit_times import chosen, day_of, index_of
from layers.map.lru import Recent
from layers.tiles.pyramid import BINS, EDGE, STATIONS, pick
from layers.tiles.tile_state import StationStates, TileState, by_hour, station_values, strongest

MOST_SENT: Final = 20_000
MOST_VISITS: Final = 60_000
"""Up to so many stations and visits travel as columns, counted in the browser; see docs/decisions.md."""
STATES_KEPT: Final = 8
STATES_BYTES: Final = 220_000_000
"""Eight choices of a mission like Kazakhstan's are 16 MB; of a million stations four fit."""
# The desk's states, in its order (geo.analysis.operations.STATES), as the tiles write them.
OF_STATE: Final = (
    StationStates.NOT_PLANNED, StationStates.PLANNED, StationStates.UNREACHABLE, StationStates.CLOSED,
    StationStates.DENIED,
    StationStates.NOTHING_REPORTED, StationStates.FINDING,
)  # fmt: skip

_STATES: Final[Recent[TileState]] = Recent(STATES_KEPT, STATES_BYTES, lambda state: state.nbytes)


def is_tiled(snapshot: Snapshot) -> bool:
    """Return whether a mission is too large to be sent row by row."""
    return len(snapshot.registry.stations) > MOST_SENT or len(snapshot.visits) > MOST_VISITS


def state_of(snapshot: Snapshot, choice: Choice) -> TileState:
    """Return the counts behind the tiles of one choice; the last few are kept."""
    return _STATES.get(_key(snapshot, choice), lambda: made_state(snapshot, choice))


def has_room() -> bool:
    """Return whether one more choice's states are kept without letting go of others."""
    kept = _STATES.values()
    one = max((state.nbytes for state in kept), default=0)
    return len(kept) < STATES_KEPT and _STATES.nbytes + one <= STATES_BYTES


def kept_state(snapshot: Snapshot, version: str, choice: Choice) -> TileState | None:
    """Return `state_of` for the version served, or an older one's as long as it is kept, else None.

    A page shows the figures it has until it asks for newer ones, and may need one more of their tiles.
    """
    if version == snapshot.version:
        return state_of(snapshot, choice)
    return _STATES.find((snapshot.mission.slug, version, choice))


def is_kept(snapshot: Snapshot, choice: Choice) -> bool:
    """Return whether somebody looked at these tiles lately."""
    return _STATES.find(_key(snapshot, choice)) is not None


def adopt(snapshot: Snapshot, choice: Choice, state: TileState) -> None:
    """Let a state that live reports keep up to date stand for a snapshot's tiles."""
    _STATES.put(_key(snapshot, choice), state)


def _key(snapshot: Snapshot, choice: Choice) -> tuple[str, str, Choice]:
    return snapshot.mission.slug, snapshot.version, choice


def made_state(snapshot: Snapshot, choice: Choice) -> TileState:
    """Return the counts behind the tiles of one choice, made anew."""
    visits = chosen(snapshot, choice).visits
    planned = planned_stations(snapshot, choice)
    values = station_values(len(planned), visits, is_planned=planned)
    day = day_of(snapshot)
    return TileState.build(index_of(snapshot.registry), values, visits, hours=day.hours)


def states_now(
    snapshot: Snapshot, choice: Choice, hours: tuple[int, int] | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return state (position in `operations.STATES`) and severity (0 none … 4) of all stations, (N,).

    `hours`: of visits in buckets first … last alone; None is the whole day. On and off the map.
    """
    visits = chosen(snapshot, choice).visits
    planned = planned_stations(snapshot, choice)
    if hours is None:
        values = station_values(len(planned), visits, is_planned=planned)
        return _desk_state(values.state), values.severity
    station = visits.station.astype(np.int64)
    place, hour, word = by_hour(station, visits)
    inside = (hour >= hours[0]) & (hour <= hours[1])
    state, severity = strongest(len(planned), place[inside], word[inside], planned.astype(np.uint8))
    return _desk_state(state), severity


def _desk_state(state: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    place = np.zeros(len(StationStates), dtype=np.uint8)
    place[list(OF_STATE)] = np.arange(len(OF_STATE))
    return place[state]


def tile_json(registry: Registry, title: str, urls: Sequence[str]) -> dict[str, Any]:
    """Return the TileJSON 3.0.0 document of the station tiles; `urls` with {z}, {x} and {y}."""
    index = index_of(registry)
    stations = registry.stations
    lon, lat = stations.lon[index.station], stations.lat[index.station]
    bounds = [lon.min(), lat.min(), lon.max(), lat.max()] if len(lon) else [-180.0, -85.0, 180.0, 85.0]
    return {
        "tilejson": "3.0.0",
        "tiles": list(urls),
        "vector_layers": [
            {"id": STATIONS, "description": "single stations of a tile that holds few", "fields": {}},
            {"id": BINS, "description": "squares of a crowded tile", "fields": {"n": "stations in it"}},
            {
                "id": EDGE,
                "description": "neighbouring tiles' stations within 1/16; not to be counted",
                "fields": {},
            },
        ],
        "name": title,
        "scheme": "xyz",
        "version": "1.0.0",
        "minzoom": 0,
        "maxzoom": index.max_zoom,
        "bounds": [round(float(value), 5) for value in bounds],
    }


def feature(snapshot: Snapshot, z: int, x: int, y: int, ordinal: int) -> PickedStation:
    """Return the station a feature stands for, or how many stations. Raises NotFound for no such feature."""
    found: IndexArray = pick(index_of(snapshot.registry), z, x, y, ordinal)
    single = snapshot.registry.stations.station_id[int(found[0])].as_py() if len(found) == 1 else ""
    return {"id": single, "stations": len(found)}
