"""Search of the desk: areas, towns and stations by id, number or name, in any alphabet, old names and all.

What is typed is taken as it is first; only where nothing answers to it, typing errors are forgiven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.analysis import operations
from geo.model.columns import IndexArray
from geo.model.languages import LANGUAGES
from geo.model.registry import Areas, Registry
from geo.model.snapshot import Snapshot
from layers.desk.desk_payloads import FoundArea, FoundStation, FoundTown, SearchResults
from layers.desk.search_towns import Town
from layers.desk.spelling_index import BEGINNING, NO_MATCH, Ranks, SpellingIndex, spelling_index
from layers.desk.station_columns import day_states
from layers.map.lru import once
from layers.words.desk_wording import STATE
from layers.words.language import Language, mark

MOST_FOUND: Final = 50
MOST_TOWNS: Final = 5
MOST_SPELLED: Final = 200_000  # distinct names of stations that are searched by their words
_MERGED: Final = mark("merged into {station}")
_CANCELLED: Final = mark("cancelled, in no figure")


@dataclass(frozen=True, eq=False)
class _Names:
    """Distinct texts of the stations: `index` over them, `of_station`: (N,) position among them."""

    texts: pa.Array
    index: SpellingIndex
    of_station: IndexArray


@dataclass(frozen=True, eq=False)
class _Texts:
    """What stations are searched by, in small letters: ids one by one, and texts each once."""

    ids: pa.Array
    number: pa.Array
    number_of: IndexArray
    town: _Names
    name: _Names
    old: _Names


@once
def _texts(registry: Registry) -> _Texts:
    stations = registry.stations
    number = pc.utf8_lower(stations.number).dictionary_encode()
    return _Texts(
        ids=pc.utf8_lower(stations.station_id),
        number=number.dictionary,
        number_of=number.indices.to_numpy(),
        town=_names(stations.settlement),
        name=_names(stations.name),
        old=_names(stations.old_names),
    )


def _names(column: pa.Array) -> _Names:
    coded = pc.utf8_lower(column).dictionary_encode()
    texts = coded.dictionary
    spelled = texts.to_pylist() if len(texts) <= MOST_SPELLED else [""] * len(texts)
    return _Names(texts, spelling_index(spelled), coded.indices.to_numpy())


@once
def _team_ids(snapshot: Snapshot) -> pa.Array:
    return pc.utf8_lower(pa.array(snapshot.teams.team_id, pa.large_string()))


@once
def _area_names(areas: Areas) -> tuple[str, ...]:
    return tuple(";".join(_names_of(areas, i)).casefold() for i in range(len(areas)))


@once
def _area_index(areas: Areas) -> SpellingIndex:
    return spelling_index([";".join(_names_of(areas, i)) for i in range(len(areas))])


@lru_cache(maxsize=4)
def _town_index(names: tuple[str, ...]) -> SpellingIndex:
    return spelling_index(names)


def _names_of(areas: Areas, index: int) -> list[str]:
    return [*(areas.names[code][index] for code in areas.names), areas.old_names[index]]


def _names_of_town(town: Town) -> str:
    return ";".join(str(town.get(key) or "") for key in (*(f"name_{c}" for c in LANGUAGES), "old_names"))


def search(snapshot: Snapshot, asked: str, towns: Sequence[Town], language: Language) -> SearchResults:
    """Return areas, towns and at most 50 stations that match a text, best first, and how many matched.

    `towns`: their other names find stations of that settlement too.
    """
    text = asked.strip().casefold()[:80]
    if not text:
        return {"teams": [], "areas": [], "towns": [], "stations": [], "total": 0}
    results = _results(snapshot, text, towns, language, forgiving=False)
    if any(results[kind] for kind in ("teams", "areas", "towns", "stations")):
        return results
    best, total = _listed(_numbered_in_place(snapshot, text, towns))
    if total:
        stations = [_station(snapshot, station, language) for station in best]
        return {"teams": [], "areas": [], "towns": [], "stations": stations, "total": total}
    return _results(snapshot, text, towns, language, forgiving=True)


def _results(
    snapshot: Snapshot, text: str, towns: Sequence[Town], language: Language, *, forgiving: bool
) -> SearchResults:
    areas = _ranked_areas(snapshot.registry.areas, text, forgiving=forgiving)
    places = _meant(towns, text, forgiving=forgiving)
    best, total = _listed(_matching(snapshot, text, places, areas, forgiving=forgiving))
    closed = [] if forgiving else _closed(snapshot, text, language)
    return {
        "teams": [snapshot.teams.team_id[i] for i in _teams(snapshot, text)],
        "areas": _areas(snapshot.registry.areas, text, areas, language),
        "towns": [
            _town(snapshot.registry.areas, town, text, language, forgiving=forgiving)
            for town in places[:MOST_TOWNS]
        ],
        "stations": [*(_station(snapshot, station, language) for station in best), *closed][:MOST_FOUND],
        "total": total + len(closed),
    }


def _meant(towns: Sequence[Town], text: str, *, forgiving: bool) -> list[Town]:
    ranks = _town_index(tuple(map(_names_of_town, towns))).ranks(text, forgiving=forgiving)
    return [towns[i] for i in _best_first(ranks)]


def _teams(snapshot: Snapshot, text: str) -> list[int]:
    holds = pc.match_substring(_team_ids(snapshot), text).to_numpy(zero_copy_only=False)
    return [int(i) for i in np.flatnonzero(holds)[:10]]


def _best_first(ranks: Ranks) -> list[int]:
    order = np.argsort(ranks, kind="stable")
    return [int(i) for i in order if ranks[i] < NO_MATCH]


def _ranked_areas(areas: Areas, text: str, *, forgiving: bool) -> Ranks:
    """How every area answers to a text, (A,); a part of a name counts as the beginning of a word does."""
    ranks = _area_index(areas).ranks(text, forgiving=forgiving)
    holds = np.array([text in names for names in _area_names(areas)], dtype=bool)
    ranks[holds] = np.minimum(ranks[holds], BEGINNING)
    return ranks


def _areas(areas: Areas, text: str, ranks: Ranks, language: Language) -> list[FoundArea]:
    matches: list[FoundArea] = [
        {
            "id": areas.area_id[i],
            "name": areas.name(i, language.code),
            "level": int(areas.level[i]),
            "also": _old_name(text, [areas.names[code][i] for code in areas.names], areas.old_names[i]),
        }
        for i in _best_first(ranks)
        if areas.level[i] in (1, 2)
    ]
    return matches[:10]


def _town(areas: Areas, town: Town, text: str, language: Language, *, forgiving: bool) -> FoundTown:
    area = town.get("area", -1)
    names = [str(town.get(f"name_{code}") or "") for code in LANGUAGES]
    return {
        "name": names[LANGUAGES.index(language.code)] or town["name_en"],
        "lon": town["lon"],
        "lat": town["lat"],
        "area": areas.name(area, language.code) if area >= 0 else "",
        "also": _old_name(text, names, str(town.get("old_names") or ""), forgiving=forgiving),
    }


def _old_name(text: str, names: Sequence[str], old_names: str, *, forgiving: bool = True) -> str:
    """Return the old name that a text means, "" where it means one of today's."""
    old = [name.strip() for name in old_names.split(";") if name.strip()]
    if not old:
        return ""
    ranks = spelling_index([";".join(names), *old]).ranks(text, forgiving=forgiving)
    best = int(np.argmin(ranks))
    return old[best - 1] if best and ranks[best] < NO_MATCH else ""


def _station(snapshot: Snapshot, station: int, language: Language) -> FoundStation:
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
        "opens": stations.station_id[station].as_py(),
    }


def _closed(snapshot: Snapshot, text: str, language: Language) -> list[FoundStation]:
    """Return the stations that are not open and whose id or number begins with the text, in their order."""
    registry, areas = snapshot.registry, snapshot.registry.areas
    closed = registry.closed.stations
    begins = [pc.starts_with(pc.utf8_lower(column), text) for column in (closed.station_id, closed.number)]
    matches: list[FoundStation] = []
    for row in np.flatnonzero(pc.or_(*begins).to_numpy(zero_copy_only=False)).tolist():
        into, area = int(registry.closed.merged_into[row]), int(closed.area[row])
        target = registry.stations.station_id[into].as_py() if into >= 0 else ""
        matches.append(
            {
                "id": closed.station_id[row].as_py(),
                "name": closed.name[row].as_py(),
                "settlement": closed.settlement[row].as_py(),
                "area": areas.name(area, language.code) if area >= 0 else "",
                "state": "not_planned",
                "stateTitle": language.say(_MERGED if target else _CANCELLED, station=target),
                "opens": target,
            }
        )
    return matches


def _matching(
    snapshot: Snapshot, text: str, towns: Sequence[Town], areas: Ranks, *, forgiving: bool
) -> Ranks:
    """How stations match, (N,).

    Places: 0 the text is an id or a number, 1 begins one, 2 stands in a number; 3 names the town, 4 the
    station, 5 the area; 6 and 7 are spelt like the town and the station; 9 does not match.
    """
    known = _texts(snapshot.registry)
    other = {name.strip().casefold() for town in towns for name in _names_of_town(town).split(";")} - {""}
    # the stations of an area whose name is meant, not of all that are spelt a little like it
    rank = np.where(np.append(areas, NO_MATCH) <= BEGINNING, 5, 9).astype(np.int8)[
        snapshot.registry.stations.area
    ]
    is_other = pc.is_in(known.town.texts, value_set=pa.array(sorted(other), type=known.town.texts.type))
    of_town = _best(len(known.town.texts), (3, is_other))
    np.minimum(rank, of_town[known.town.of_station], out=rank)
    for names, place, similar in ((known.town, 3, 6), (known.old, 3, 6), (known.name, 4, 7)):
        ranks = names.index.ranks(text, forgiving=forgiving)
        of_name = _best(len(ranks), (similar, ranks < NO_MATCH), (place, ranks <= BEGINNING))
        np.minimum(rank, of_name[names.of_station], out=rank)
    return np.asarray(rank if forgiving else np.minimum(rank, _by_number(known, text)))


def _numbered_in_place(snapshot: Snapshot, text: str, towns: Sequence[Town]) -> Ranks:
    """How stations match a place and a number in it, "kyzylorda 378", (N,): every oblast may have a 378."""
    areas, words = snapshot.registry.areas, text.split()
    numbers = [i for i, word in enumerate(words) if any(map(str.isdigit, word))]
    if not numbers or len(words) == 1:
        return np.full(len(snapshot.registry.stations), 9, dtype=np.int8)
    number = words.pop(numbers[-1])
    place = " ".join(words)
    ranks = _ranked_areas(areas, place, forgiving=False)
    for _ in range(int(areas.level.max(initial=0))):  # what lies in an area that is meant is meant, too
        ranks = np.minimum(ranks, np.append(ranks, NO_MATCH)[areas.parent])
    lies = _matching(snapshot, place, _meant(towns, place, forgiving=False), ranks, forgiving=False) < 9
    return np.where(lies, _by_number(_texts(snapshot.registry), number), np.int8(9))


def _listed(rank: Ranks) -> tuple[list[int], int]:
    """Positions of the stations that match, best first, and how many do."""
    total = int(np.count_nonzero(rank < 9))
    best: list[int] = []
    for place in range(8):
        room = MOST_FOUND - len(best)
        best += np.flatnonzero(rank == place)[:room].tolist() if room else []
    return best, total


def _by_number(known: _Texts, text: str) -> Ranks:
    """The place of every station whose id or number is the text, begins with it, or holds it, (N,)."""
    of_number = _best(
        len(known.number),
        (2, pc.match_substring(known.number, text)),
        (1, pc.starts_with(known.number, text)),
        (0, pc.equal(known.number, text)),
    )
    rank = of_number[known.number_of]
    by_id = np.flatnonzero(pc.starts_with(known.ids, text).to_numpy(zero_copy_only=False))
    whole = pc.equal(known.ids.take(pa.array(by_id)), text).to_numpy(zero_copy_only=False)
    rank[by_id] = np.minimum(rank[by_id], np.where(whole, 0, 1))
    return np.asarray(rank)


def _best(count: int, *rules: tuple[int, Any]) -> npt.NDArray[np.int8]:
    """The place of every text by the best of the rules it meets, 9 for none; later rules are better."""
    places = np.full(count, 9, dtype=np.int8)
    for place, holds in rules:
        places[np.asarray(holds, dtype=bool)] = place
    return places
