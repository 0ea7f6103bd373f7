"""A plan as one JSON document: what the desk shows, what is kept, what is read back and checked anew."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any, Final

import numpy as np

from geo import grid
from geo.analysis import Analysis
from geo.columns import content_hash
from geo.errors import InputError, RouteError
from geo.planning import ask as asking
from geo.planning.bridge import Note, demand_of
from geo.planning.gain import Units, gain_of, km_of, line_of, sentence, visits_of
from geo.planning.made import BEFORE_THE_DAY, Made, begun_stops, local
from geo.reports import Teams
from geo.routes import travel
from geo.routes.checker import check_plan
from geo.routes.demand import NOT_OBSERVED, SERVICES, Plan, Stop, TeamPlan
from geo.routes.prepare import prepare
from geo.routes.replan import note_of
from geo.said import Said, plain
from geo.snapshot import Snapshot

FORMAT: Final = "baqylau-plan/1"
MOST_TEAMS, MOST_STOPS = 2_000, 200
_TIMES: Final = ("drive", "arrive", "begin", "leave", "gain")


def of(made: Made) -> dict[str, Any]:
    """Return the plan as plain values: teams with stops and times, the gain, notes, the ask.

    Clock times are "HH:MM" of the team's own day and ISO 8601 with its offset; `minutes` fields are exact.
    `version` is the hash of all that decides the plan, the same for the same plan on every machine.
    """
    demand, gain = made.demand, gain_of(made)
    body = {
        "format": FORMAT,
        "mission": made.asked.snapshot.mission.slug,
        "snapshot": made.asked.snapshot.version,
        "day": made.asked.day.isoformat(),
        "seed": made.seed,
        "now": None if made.now == BEFORE_THE_DAY else made.now,
        "closed": sorted(made.closed),
        "ask": asking.to_json(made.asked.ask),
        "travel": _travel(made),
        "value": round(made.plan.value, 6),
        "teams": [_team(made, index) for index in range(len(demand.teams))],
        "gain": {
            "says": sentence(gain),
            "gaps": gain.gaps,
            "closed": gain.closed,
            "stations": gain.stations,
            "cells_first_visited": gain.first_visits,
            "duncan_before": _number(gain.d_before),
            "duncan_after": _number(gain.d_after),
            "minutes": round(gain.minutes, 1),
            "minutes_low": round(gain.minutes_low, 1),
            "minutes_high": round(gain.minutes_high, 1),
            "km": round(gain.km, 1),
            "areas": _areas(made, gain.areas),
            "cells": _cells(made, gain.cells),
        },
        "notes": [_note(one.code, one.says) for one in made.notes]
        + [_note("dropped", one) for one in made.plan.notes],
    }
    return body | {"version": content_hash(json.dumps(body, sort_keys=True, ensure_ascii=False))}


def _note(code: str, what: Said) -> dict[str, Any]:
    """Return a note in English, with what it was made of, so that it can be said in another language."""
    values = {name: str(one) if isinstance(one, Said) else one for name, one in what.values}
    return {"code": code, "says": str(what), "template": what.template, "values": values}


def _dropped(value: Mapping[str, Any]) -> Said:
    """Return what a re-plan dropped, read again; one nobody knows stays as it was written."""
    template, given = value.get("template"), value.get("values")
    if isinstance(template, str) and isinstance(given, dict):
        values = {str(name): asking.text_of(one, "values") for name, one in given.items()}
        if known := note_of(template, values):
            return known
    return plain(asking.text_of(value.get("says"), "says"))


def text_of(made: Made) -> str:
    """Return the document as JSON text."""
    return json.dumps(of(made), ensure_ascii=False, indent=1) + "\n"


def moment(made: Made, index: int, minutes: float) -> datetime:
    """Return a minute of a team's day as a moment, UTC."""
    midnight = datetime.combine(made.asked.day, time(), tzinfo=UTC)
    return midnight + timedelta(minutes=round(minutes) - made.asked.offset[index])


def _iso(made: Made, index: int, minutes: float) -> str:
    zone = timezone(timedelta(minutes=made.asked.offset[index]))
    return moment(made, index, minutes).astimezone(zone).isoformat(timespec="minutes")


def _travel(made: Made) -> dict[str, Any]:
    if made.table is None:
        return {"source": "estimate", "says": travel.ESTIMATE, "band": list(travel.BAND)}
    source = made.asked.snapshot.mission.routes.travel
    return {"source": source, "says": f"asked of a {source} server", "band": [1.0, 1.0]}


def _team(made: Made, index: int) -> dict[str, Any]:
    duty, team = made.demand.teams[index], made.plan.teams[index]
    start = made.demand.station_id[duty.start] if duty.start >= 0 else ""
    seen = _visits_before(made)
    return {
        "team_id": team.team_id,
        "base": [duty.lon, duty.lat],
        "start_station": start,
        "offset_minutes": made.asked.offset[index],
        "shift": [_clock(duty.shift_start), _clock(duty.shift_end)],
        "needs": list(duty.needs),
        "visits": visits_of(team),
        "drive_minutes": round(team.drive, 1),
        "km": round(km_of(made, index), 1),
        "gain": round(sum(stop.gain for stop in team.stops), 3),
        "back": _clock(team.back),
        "back_at": _iso(made, index, team.back),
        "minutes": {"drive_back": team.drive_back, "back": team.back},
        "line": [[round(x, 6), round(y, 6)] for x, y in line_of(made, index)],
        "stops": [_stop(made, index, stop, seen) for stop in team.stops],
    }


def _visits_before(made: Made) -> dict[int, int]:
    """Return per planned row how many visits its cell has had when its turn comes, over all teams."""
    visits = made.demand.seen.copy()
    found = {}
    stops = sorted(
        (stop.arrive, stop.station)
        for team in made.plan.teams
        for stop in team.stops
        if stop.service not in NOT_OBSERVED
    )
    for _, row in stops:
        cell = int(made.demand.cell[row])
        found[row] = int(visits[cell]) if cell >= 0 else 0
        if cell >= 0:
            visits[cell] += 1
    return found


def _stop(made: Made, index: int, stop: Stop, seen: Mapping[int, int]) -> dict[str, Any]:
    stations, row = made.asked.snapshot.registry.stations, int(made.asked.station[stop.station])
    voters = float(stations.voters[row])
    return {
        "station_id": made.demand.station_id[stop.station],
        "name": stations.name[row].as_py() or "",
        "settlement": stations.settlement[row].as_py() or "",
        "lon": float(made.demand.lon[stop.station]),
        "lat": float(made.demand.lat[stop.station]),
        "voters": None if math.isnan(voters) else int(voters),
        "service": stop.service,
        "arrive": _clock(stop.arrive),
        "begin": _clock(stop.begin),
        "leave": _clock(stop.leave),
        "begin_at": _iso(made, index, stop.begin),
        "leave_at": _iso(made, index, stop.leave),
        "gain": round(stop.gain, 3),
        "visits_before": seen.get(stop.station, 0),
        "is_locked": stop.is_locked,
        "is_begun": stop.arrive - stop.drive <= local(made.asked, index, made.now),
        "minutes": {name: getattr(stop, name) for name in _TIMES},
    }


def _clock(minutes: float) -> str:
    return asking.clock(round(minutes))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _areas(made: Made, units: Units) -> list[dict[str, Any]]:
    areas = made.asked.snapshot.registry.areas
    return [
        {"area_id": areas.area_id[int(units.unit[i])], **_before_after(units, i)}
        for i in range(len(units.unit))
    ]


def _cells(made: Made, units: Units) -> list[dict[str, Any]]:
    """Return the cells that the plan changes, by their H3 names."""
    changed = np.flatnonzero(units.planned > 0)
    names = grid.to_text(made.asked.snapshot.cells[changed])
    return [{"cell": name, **_before_after(units, int(i))} for name, i in zip(names, changed, strict=True)]


def _before_after(units: Units, index: int) -> dict[str, Any]:
    return {
        "fair_share": _number(float(units.fair[index])),
        "visited": int(units.visited[index]),
        "planned": int(units.planned[index]),
        "gap_before": _number(float(units.gap_before[index])),
        "gap_after": _number(float(units.gap_after[index])),
    }


def read(
    snapshot: Snapshot,
    text: str | bytes,
    *,
    crews: Teams | None = None,
    by_area: Analysis | None = None,
    by_cell: Analysis | None = None,
) -> Made:
    """Return the plan in a document, judged anew against a snapshot by the checker.

    Anybody may have written the text. Visits that came in since do not unmake the plan; a station that
    is gone, or a time that cannot be, does. Raises InputError for what is no plan of this mission, and
    RouteError saying why it can no longer be driven.
    """
    given = asking.json_of(text)
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise InputError(f"this is no plan ({FORMAT})")
    if given.get("mission") != snapshot.mission.slug:
        raise InputError("this plan is of another mission")
    body = {key: value for key, value in given.items() if key != "version"}
    if given.get("version") != content_hash(json.dumps(body, sort_keys=True, ensure_ascii=False)):
        raise InputError("this plan was changed after it was made")
    if not isinstance(given.get("travel"), dict) or given["travel"].get("source") != "estimate":
        raise RouteError("only plans on estimated travel times can be opened again; plan anew")
    try:
        asked = demand_of(
            snapshot, asking.of_json(given.get("ask")), crews=crews, by_area=by_area, by_cell=by_cell
        )
        row = {station_id: i for i, station_id in enumerate(asked.demand.station_id)}
        teams = tuple(_team_plan(one, row) for one in _list(given.get("teams"), "teams", MOST_TEAMS))
        stops = [[stop.station for stop in team.stops] for team in teams]
        planned = frozenset(row for rows in stops for row in rows)
        demand = replace(asked.demand, excluded=asked.demand.excluded - planned)
        prepared = prepare(demand, stops if len(stops) == len(demand.teams) else ())
    except RouteError as error:
        raise RouteError("this plan no longer fits the mission: {why}", why=error.said) from None
    now = BEFORE_THE_DAY if given.get("now") is None else asking.number_of(given["now"], "now", -1.0, 2880.0)
    begun = {
        team.team_id: begun_stops(team, local(asked, index, now))
        for index, team in enumerate(teams[: len(asked.offset)])
    }
    notes = _list(given.get("notes"), "notes", 1_000)
    dropped = tuple(_dropped(one) for one in notes if isinstance(one, dict) and one.get("code") == "dropped")
    value = asking.number_of(given.get("value"), "value", -1e12, 1e12)
    found = Plan(teams, value, dropped)
    if broken := [
        one for one in check_plan(demand, found, begun) if one.rule not in _FORGIVEN or not dropped
    ]:
        raise RouteError("this plan cannot be driven: {fault}", fault=broken[0].says)
    closed = frozenset(asking.ids(given.get("closed", []), "closed"))
    return Made(
        replace(asked, demand=demand), prepared, found,
        int(asking.number_of(given.get("seed"), "seed", 0, 2**53)), now, closed,
        notes=asked.notes,
    )  # fmt: skip


_FORGIVEN: Final = frozenset({"needed", "shift", "locked"})  # what a note of a re-plan says was dropped


def _team_plan(value: object, row: Mapping[str, int]) -> TeamPlan:
    if not isinstance(value, dict) or not isinstance(value.get("minutes"), dict):
        raise InputError("a team of the plan is not as it should be")
    stops = tuple(_read_stop(one, row) for one in _list(value.get("stops"), "stops", MOST_STOPS))
    drive_back, back = (
        asking.number_of(value["minutes"].get(key), key, 0.0, 1e5) for key in ("drive_back", "back")
    )
    return TeamPlan(asking.text_of(value.get("team_id"), "team_id"), stops, drive_back, back)


def _read_stop(value: object, row: Mapping[str, int]) -> Stop:
    if not isinstance(value, dict) or not isinstance(value.get("minutes"), dict):
        raise InputError("a stop of the plan is not as it should be")
    station_id = asking.text_of(value.get("station_id"), "station_id")
    if station_id not in row:
        raise RouteError("station {station} is unknown, or no longer on the map", station=station_id)
    service = asking.text_of(value.get("service"), "service")
    if service not in {*(one.name for one in SERVICES), *NOT_OBSERVED}:
        raise InputError(f"a stop's service is not {', '.join(one.name for one in SERVICES)}")
    times = {name: asking.number_of(value["minutes"].get(name), name, -1e5, 1e6) for name in _TIMES}
    return Stop(row[station_id], service, **times, is_locked=value.get("is_locked") is True)


def _list(value: object, key: str, most: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InputError(f"{key} must be a list of at most {most}")
    return value


__all__ = ["FORMAT", "Note", "moment", "of", "read", "text_of"]
