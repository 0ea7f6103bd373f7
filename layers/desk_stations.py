"""The stations of the desk: a compact column per fact, the whole history of one, and search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo import operations
from geo.columns import NO_TIME
from geo.counts import Choice
from geo.errors import NotFound
from geo.snapshot import Snapshot
from geo.tables import OUTCOMES, OVERALL, PRECISIONS, SEVERITIES, STAGES, VERIFICATIONS
from layers import desk_lists
from layers.desk_choice import planned_stations
from layers.desk_time import as_of_us, clock, zone_of_station
from layers.desk_words import OUTCOME, OVERALL_WORD, STATE, VERIFICATION
from layers.language import Language, mark
from layers.wording import SEVERITY, STAGE

MOST_DRAWN: Final = 20_000
SCALE: Final = 100_000  # whole hundred-thousandths of a degree, 1.1 m
MOST_FOUND: Final = 50
Aliases = Mapping[str, tuple[str, ...]]


def kept_stations(snapshot: Snapshot, most: int = MOST_DRAWN) -> npt.NDArray[np.int64]:
    """Return which stations travel to the browser, (K,) ascending positions.

    All of them up to `most`; above it those planned or visited first, then every n-th of the rest.
    """
    count = len(snapshot.registry.stations)
    if count <= most:
        return np.arange(count, dtype=np.int64)
    needed = planned_stations(snapshot, Choice(verified_only=False)).copy()
    named = np.concatenate([snapshot.visits.station, snapshot.incidents.station])
    needed[named[named >= 0]] = True
    rest = np.flatnonzero(~needed)
    room = max(most - int(needed.sum()), 0)
    spread = rest[np.linspace(0, len(rest) - 1, room).astype(np.int64)] if room and len(rest) else rest[:0]
    return np.sort(np.concatenate([np.flatnonzero(needed), spread])).astype(np.int64)


def columns(snapshot: Snapshot) -> dict[str, Any]:
    """Return id, place (null if it is not on the map) and area of every station kept; whole 1e-5 degrees."""
    stations, registry = snapshot.registry.stations, snapshot.registry
    kept = kept_stations(snapshot)
    on_map = stations.is_on_map[kept]
    place = np.full(len(registry.areas) + 1, -1, dtype=np.int64)
    drawn = np.flatnonzero(registry.areas.level == 1)
    place[drawn] = np.arange(len(drawn))
    lon, lat = (
        [
            round(value * SCALE) if there else None
            for value, there in zip(column.tolist(), on_map.tolist(), strict=True)
        ]
        for column in (stations.lon[kept], stations.lat[kept])
    )
    is_all = len(kept) == len(stations)
    return {
        "id": stations.station_id.take(pa.array(kept)).to_pylist(),
        "area": place[snapshot.unit_of_station("area", 1)[kept]].tolist(),
        "cell": snapshot.unit_of_station("cell")[kept].tolist(),
        "lon": lon,
        "lat": lat,
        "total": len(stations),
        "position": None if is_all else kept.tolist(),
    }


def history(snapshot: Snapshot, station_id: str, language: Language) -> dict[str, Any]:
    """Return everything known of one station. Raises NotFound. Free text is for `textContent` only."""
    station = snapshot.registry.station(station_id)
    if station < 0:
        raise NotFound("no such station")
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    states = operations.station_states(snapshot)
    on_map = bool(stations.is_on_map[station])
    voters = float(stations.voters[station])
    area = int(stations.area[station])
    return {
        "id": station_id,
        **{
            name: getattr(stations, name)[station].as_py()
            for name in ("number", "stream", "name", "address", "settlement", "stratum")
        },
        "area": areas.name(area, language.code) if area >= 0 else "",
        "areaId": areas.area_id[area] if area >= 0 else "",
        "lon": round(float(stations.lon[station]), 5) if on_map else None,
        "lat": round(float(stations.lat[station]), 5) if on_map else None,
        "precision": PRECISIONS[int(stations.precision[station])],
        "voters": None if np.isnan(voters) else int(voters),
        "state": operations.STATES[int(states[station])],
        "plan": _plan(snapshot, station, language),
        "visits": _visits(snapshot, station, language),
        "apart": _findings(
            snapshot,
            np.flatnonzero((snapshot.incidents.station == station) & (snapshot.incidents.visit < 0)),
            station,
            language,
        ),
    }


def _plan(snapshot: Snapshot, station: int, language: Language) -> list[dict[str, Any]]:
    plan, zone = snapshot.assignments, zone_of_station(snapshot, station)
    rows = np.flatnonzero(plan.station == station)
    visits = snapshot.visits
    done = {
        (int(t), int(s))
        for t, s in zip(
            *(
                column[visits.is_current & (visits.station == station)].tolist()
                for column in (visits.team, visits.stage)
            ),
            strict=True,
        )
    }
    grace = snapshot.mission.thresholds.overdue_minutes * operations.MINUTE
    found = []
    for row in rows[np.argsort(plan.due[rows], kind="stable")].tolist():
        due = int(plan.due[row])
        met = (int(plan.team[row]), int(plan.stage[row])) in done
        late = not met and due != NO_TIME and due + grace < as_of_us(snapshot)
        found.append(
            {
                "team": _team(snapshot, int(plan.team[row])),
                "stage": _stage(int(plan.stage[row]), language),
                "due": clock(snapshot, due, zone, language),
                "state": language.say(mark("done"))
                if met
                else language.say(mark("overdue"))
                if late
                else language.say(mark("to come")),
                "late": late,
            }
        )
    return found


def _visits(snapshot: Snapshot, station: int, language: Language) -> list[dict[str, Any]]:
    visits, zone = snapshot.visits, zone_of_station(snapshot, station)
    rows = np.flatnonzero(visits.station == station)
    doubts = desk_lists.doubts_by_visit(snapshot, language)
    found = []
    for row in rows[np.argsort(visits.arrived[rows], kind="stable")].tolist():
        overall = int(visits.overall[row])
        findings = np.flatnonzero(snapshot.incidents.visit == row)
        found.append(
            {
                "id": visits.visit_id[row].as_py(),
                "team": _team(snapshot, int(visits.team[row])),
                "stage": _stage(int(visits.stage[row]), language),
                "outcome": language.say(OUTCOME[OUTCOMES[int(visits.outcome[row])]])
                if visits.outcome[row] >= 0
                else "",
                "isObserved": bool(visits.outcome[row] == OUTCOMES.index("observed")),
                "isCurrent": bool(visits.is_current[row]),
                "verification": language.say(VERIFICATION[VERIFICATIONS[int(visits.verification[row])]])
                if visits.verification[row] >= 0
                else "",
                "overall": language.say(OVERALL_WORD[OVERALL[overall]]) if overall >= 0 else "",
                **{
                    name: clock(snapshot, int(getattr(visits, name)[row]), zone, language)
                    for name in ("arrived", "left", "received")
                },
                "asked": int(visits.answered[row]).bit_count(),
                "answers": visits.answers[row].as_py(),
                "findings": _findings(snapshot, findings, station, language),
                "doubts": doubts.get(row, []),
            }
        )
    return found


def _findings(
    snapshot: Snapshot, rows: npt.NDArray[np.int64], station: int, language: Language
) -> list[dict[str, Any]]:
    incidents, zone = snapshot.incidents, zone_of_station(snapshot, station)
    found = []
    for row in rows.tolist():
        category, severity = int(incidents.category[row]), int(incidents.severity[row])
        found.append(
            {
                "title": snapshot.categories.title(category, language.code) if category >= 0 else "",
                "severity": severity,
                "severityTitle": language.say(SEVERITY[SEVERITIES[severity]]) if severity >= 0 else "",
                "stage": _stage(int(incidents.stage[row]), language),
                "occurred": clock(snapshot, int(incidents.occurred[row]), zone, language),
                "verification": language.say(VERIFICATION[VERIFICATIONS[int(incidents.verification[row])]])
                if incidents.verification[row] >= 0
                else "",
                "isCurrent": bool(incidents.is_current[row]),
                "text": incidents.text[row].as_py(),
            }
        )
    return sorted(found, key=lambda one: -one["severity"])


def _team(snapshot: Snapshot, team: int) -> str:
    return snapshot.teams.team_id[team] if team >= 0 else ""


def _stage(stage: int, language: Language) -> str:
    return language.say(STAGE[STAGES[stage]]) if stage >= 0 else ""


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
        for i in range(len(areas))
        if any(text in areas.names[code][i].casefold() for code in areas.names) and areas.level[i] in (1, 2)
    ]
    places = [
        one
        for one in towns
        if any(str(one.get(f"name_{c}") or "").casefold().startswith(text) for c in ("en", "ru", "kk"))
    ]
    found, total = _matching(snapshot, text, places)
    stations, states = snapshot.registry.stations, operations.station_states(snapshot)
    return {
        "areas": named[:10],
        "towns": [
            {"name": one.get(f"name_{language.code}") or one["name_en"], "lon": one["lon"], "lat": one["lat"]}
            for one in places[:5]
        ],
        "stations": [
            {
                "id": stations.station_id[i].as_py(),
                "name": stations.name[i].as_py(),
                "settlement": stations.settlement[i].as_py(),
                "area": areas.name(int(stations.area[i]), language.code) if stations.area[i] >= 0 else "",
                "state": operations.STATES[int(states[i])],
                "stateTitle": language.say(STATE[operations.STATES[int(states[i])]]),
            }
            for i in found
        ],
        "total": total,
    }


def _matching(snapshot: Snapshot, text: str, towns: list[dict[str, Any]]) -> tuple[list[int], int]:
    """Positions of the stations that match, best first: id or number as a whole, prefix, town, the rest."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    ids, numbers = pc.utf8_lower(stations.station_id), pc.utf8_lower(stations.number)
    town = pc.utf8_lower(stations.settlement)
    rank = np.full(len(stations), 9, dtype=np.int8)
    other = {
        str(one[key]).casefold() for one in towns for key in ("name_en", "name_ru", "name_kk") if one.get(key)
    }
    in_area = np.array(
        [*(any(text in areas.names[c][i].casefold() for c in areas.names) for i in range(len(areas))), False],
        dtype=bool,
    )
    rules = (
        (4, in_area[stations.area]),
        (3, pc.is_in(town, value_set=pa.array(sorted(other), type=pa.large_string()))),
        (3, pc.starts_with(town, text)),
        (2, pc.match_substring(numbers, text)),
        (1, pc.starts_with(ids, text)),
        (1, pc.starts_with(numbers, text)),
        (0, pc.equal(ids, text)),
        (0, pc.equal(numbers, text)),
    )
    for value, holds in rules:
        rank[np.asarray(holds, dtype=bool)] = value
    matched = np.flatnonzero(rank < 9)
    best = matched[np.argsort(rank[matched], kind="stable")][:MOST_FOUND]
    return best.tolist(), len(matched)
