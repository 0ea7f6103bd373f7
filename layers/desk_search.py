"""Search of the desk: areas, towns and stations by id, number, settlement or area, in any language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo import operations
from geo.columns import IndexArray
from geo.registry import Registry
from geo.snapshot import Snapshot
from layers.desk_stations import day_states
from layers.desk_words import STATE
from layers.language import Language
from layers.recent import once

MOST_FOUND: Final = 50
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Texts:
    """What stations are searched by, in small letters: ids one by one; distinct numbers and settlements.

    `number`, `town`: distinct texts; `number_of`, `town_of`: (N,) position of each station's among them.
    """

    ids: pa.Array
    number: pa.Array
    number_of: IndexArray
    town: pa.Array
    town_of: IndexArray


@once
def _texts(registry: Registry) -> _Texts:
    stations = registry.stations
    number, town = (
        pc.utf8_lower(column).dictionary_encode() for column in (stations.number, stations.settlement)
    )
    return _Texts(
        ids=pc.utf8_lower(stations.station_id),
        number=number.dictionary,
        number_of=number.indices.to_numpy(),
        town=town.dictionary,
        town_of=town.indices.to_numpy(),
    )


def search(snapshot: Snapshot, asked: str, towns: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    """Return areas, towns and at most 50 stations that match a text, best first, and how many matched.

    `towns`: name_en, name_ru, name_kk, lon, lat: their other names find stations of that settlement too.
    """
    text = asked.strip().casefold()[:80]
    if not text:
        return {"areas": [], "towns": [], "stations": [], "total": 0}
    areas = snapshot.registry.areas
    named = [
        {"id": areas.area_id[i], "name": areas.name(i, language.code), "level": int(areas.level[i])}
        for i in np.flatnonzero(_named(snapshot, text)).tolist()
        if areas.level[i] in (1, 2)
    ]
    places = [
        one
        for one in towns
        if any(str(one.get(f"name_{c}") or "").casefold().startswith(text) for c in ("en", "ru", "kk"))
    ]
    found, total = _matching(snapshot, text, places)
    return {
        "areas": named[:10],
        "towns": [
            {"name": one.get(f"name_{language.code}") or one["name_en"], "lon": one["lon"], "lat": one["lat"]}
            for one in places[:5]
        ],
        "stations": [_station(snapshot, station, language) for station in found],
        "total": total,
    }


def _station(snapshot: Snapshot, station: int, language: Language) -> dict[str, Any]:
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    state = operations.STATES[int(day_states(snapshot)[station])]
    area = int(stations.area[station])
    return {
        "id": stations.station_id[station].as_py(),
        "name": stations.name[station].as_py(),
        "settlement": stations.settlement[station].as_py(),
        "area": areas.name(area, language.code) if area >= 0 else "",
        "state": state,
        "stateTitle": language.say(STATE[state]),
    }


def _named(snapshot: Snapshot, text: str) -> BoolArray:
    """Which areas have the text in their name in any language, (A,)."""
    areas = snapshot.registry.areas
    found = [any(text in areas.names[code][i].casefold() for code in areas.names) for i in range(len(areas))]
    return np.array(found, dtype=bool)


def _matching(snapshot: Snapshot, text: str, towns: list[dict[str, Any]]) -> tuple[list[int], int]:
    """Positions of the stations that match, best first: id or number as a whole, prefix, town, the rest."""
    known = _texts(snapshot.registry)
    other = {
        str(one[key]).casefold() for one in towns for key in ("name_en", "name_ru", "name_kk") if one.get(key)
    }
    of_area = np.where(np.append(_named(snapshot, text), False), 4, 9).astype(np.int8)
    rank = of_area[snapshot.registry.stations.area]
    of_number = _best(
        len(known.number),
        (2, pc.match_substring(known.number, text)),
        (1, pc.starts_with(known.number, text)),
        (0, pc.equal(known.number, text)),
    )
    of_town = _best(
        len(known.town),
        (3, pc.is_in(known.town, value_set=pa.array(sorted(other), type=known.town.type))),
        (3, pc.starts_with(known.town, text)),
    )
    np.minimum(rank, of_number[known.number_of], out=rank)
    np.minimum(rank, of_town[known.town_of], out=rank)
    by_id = np.flatnonzero(pc.starts_with(known.ids, text).to_numpy(zero_copy_only=False))
    whole = pc.equal(known.ids.take(pa.array(by_id)), text).to_numpy(zero_copy_only=False)
    rank[by_id] = np.minimum(rank[by_id], np.where(whole, 0, 1))
    total = int(np.count_nonzero(rank < 9))
    best: list[int] = []
    for place in range(5):
        room = MOST_FOUND - len(best)
        best += np.flatnonzero(rank == place)[:room].tolist() if room else []
    return best, total


def _best(count: int, *rules: tuple[int, Any]) -> npt.NDArray[np.int8]:
    """The place of every text by the best of the rules it meets, 9 for none; later rules are better."""
    found = np.full(count, 9, dtype=np.int8)
    for place, holds in rules:
        found[np.asarray(holds, dtype=bool)] = place
    return found
