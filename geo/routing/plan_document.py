"""A plan as one JSON document: what the desk shows, what is kept, what is read back and checked anew."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any, Final

import numpy as np

from geo.model import grid
from geo.model.columns import content_hash
from geo.model.errors import InputError, RouteError
from geo.model.messages import Message, untranslated
from geo.model.snapshot import Snapshot
from geo.routing import plan_request as asking
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_gain import GainUnits, gain_of, km_of, line_of, sentence, visits_of
from geo.routing.plan_values import AreaGain, BeforeAfter, CellGain, StopValues, TeamValues, TravelValues
from geo.routing.planner import BEFORE_THE_DAY, PlanState, local
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import NOT_OBSERVED, SERVICES, Plan, Stop, TeamPlan, clock
from geo.routing.solver.replan import note_of
from geo.routing.solver.rule_checker import check_plan
from geo.routing.solver.task_preparation import prepare

FORMAT: Final = "baqylau-plan/1"
MOST_TEAMS, MOST_STOPS = 2_000, 200
_TIMES: Final = ("drive", "arrive", "begin", "leave", "gain")


def document_of_plan(state: PlanState) -> dict[str, Any]:
    """Return the plan as plain values: teams with stops and times, the gain, notes, the ask.

    Clock times are "HH:MM" of the team's own day and ISO 8601 with its offset; `minutes` fields are exact.
    `version` is the hash of all that decides the plan, the same for the same plan on every machine.
    """
    demand, gain = state.demand, gain_of(state)
    body = {
        "format": FORMAT,
        "mission": state.asked.snapshot.mission.slug,
        "snapshot": state.asked.snapshot.version,
        "day": state.asked.day.isoformat(),
        "seed": state.seed,
        "now": None if state.now == BEFORE_THE_DAY else state.now,
        "closed": sorted(state.closed),
        "ask": asking.to_json(state.asked.ask),
        "travel": _travel(state),
        "value": round(state.plan.value, 6),
        "teams": [_team(state, index) for index in range(len(demand.teams))],
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
            "areas": _areas(state, gain.areas),
            "cells": _cells(state, gain.cells),
        },
        "notes": [_note(note.code, note.says) for note in state.notes]
        + [_note("dropped", dropped) for dropped in state.plan.notes],
    }
    return body | {"version": content_hash(json.dumps(body, sort_keys=True, ensure_ascii=False))}


def _note(code: str, what: Message) -> dict[str, Any]:
    """Return a note in English, with what it was made of, so that it can be said in another language."""
    values = {name: str(part) if isinstance(part, Message) else part for name, part in what.values}
    return {"code": code, "says": str(what), "template": what.template, "values": values}


def _dropped(value: Mapping[str, Any]) -> Message:
    """Return what a re-plan dropped, read again; one nobody knows stays as it was written."""
    template, given = value.get("template"), value.get("values")
    if isinstance(template, str) and isinstance(given, dict):
        values = {str(name): asking.text_of(text, "values") for name, text in given.items()}
        if known := note_of(template, values):
            return known
    return untranslated(asking.text_of(value.get("says"), "says"))


def text_of(state: PlanState) -> str:
    """Return the document as JSON text."""
    return json.dumps(document_of_plan(state), ensure_ascii=False, indent=1) + "\n"


def moment(state: PlanState, index: int, minutes: float) -> datetime:
    """Return a minute of a team's day as a moment, UTC."""
    midnight = datetime.combine(state.asked.day, time(), tzinfo=UTC)
    return midnight + timedelta(minutes=round(minutes) - state.asked.offset[index])


def _iso(state: PlanState, index: int, minutes: float) -> str:
    zone = timezone(timedelta(minutes=state.asked.offset[index]))
    return moment(state, index, minutes).astimezone(zone).isoformat(timespec="minutes")


def _travel(state: PlanState) -> TravelValues:
    if state.table is None:
        return {"source": "estimate", "says": travel_estimate.ESTIMATE, "band": list(travel_estimate.BAND)}
    source = state.asked.snapshot.mission.routes.travel
    return {"source": source, "says": f"asked of a {source} server", "band": [1.0, 1.0]}


def _team(state: PlanState, index: int) -> TeamValues:
    duty, team = state.demand.teams[index], state.plan.teams[index]
    start = state.demand.station_id[duty.start] if duty.start >= 0 else ""
    seen = _visits_before(state)
    return {
        "team_id": team.team_id,
        "base": [duty.lon, duty.lat],
        "start_station": start,
        "offset_minutes": state.asked.offset[index],
        "shift": [_clock(duty.shift_start), _clock(duty.shift_end)],
        "needs": list(duty.needs),
        "visits": visits_of(team),
        "drive_minutes": round(team.drive, 1),
        "km": round(km_of(state, index), 1),
        "gain": round(sum(stop.gain for stop in team.stops), 3),
        "back": _clock(team.back),
        "back_at": _iso(state, index, team.back),
        "minutes": {"drive_back": team.drive_back, "back": team.back},
        "line": [[round(x, 6), round(y, 6)] for x, y in line_of(state, index)],
        "stops": [_stop(state, index, stop, seen) for stop in team.stops],
    }


def _visits_before(state: PlanState) -> dict[int, int]:
    """Return per planned row how many visits its cell has had when its turn comes, over all teams."""
    visits = state.demand.seen.copy()
    before = {}
    stops = sorted(
        (stop.arrive, stop.station)
        for team in state.plan.teams
        for stop in team.stops
        if stop.service not in NOT_OBSERVED
    )
    for _, row in stops:
        cell = int(state.demand.cell[row])
        before[row] = int(visits[cell]) if cell >= 0 else 0
        if cell >= 0:
            visits[cell] += 1
    return before


def _stop(state: PlanState, index: int, stop: Stop, seen: Mapping[int, int]) -> StopValues:
    stations, row = state.asked.snapshot.registry.stations, int(state.asked.station[stop.station])
    voters = float(stations.voters[row])
    return {
        "station_id": state.demand.station_id[stop.station],
        "name": stations.name[row].as_py() or "",
        "settlement": stations.settlement[row].as_py() or "",
        "lon": float(state.demand.lon[stop.station]),
        "lat": float(state.demand.lat[stop.station]),
        "voters": None if math.isnan(voters) else int(voters),
        "service": stop.service,
        "arrive": _clock(stop.arrive),
        "begin": _clock(stop.begin),
        "leave": _clock(stop.leave),
        "begin_at": _iso(state, index, stop.begin),
        "leave_at": _iso(state, index, stop.leave),
        "gain": round(stop.gain, 3),
        "visits_before": seen.get(stop.station, 0),
        "is_locked": stop.is_locked,
        "is_begun": stop.arrive - stop.drive <= local(state.asked, index, state.now),
        "minutes": {
            "drive": stop.drive,
            "arrive": stop.arrive,
            "begin": stop.begin,
            "leave": stop.leave,
            "gain": stop.gain,
        },
    }


def _clock(minutes: float) -> str:
    return clock(round(minutes))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _areas(state: PlanState, units: GainUnits) -> list[AreaGain]:
    areas = state.asked.snapshot.registry.areas
    return [
        {"area_id": areas.area_id[int(units.unit[i])], **_before_after(units, i)}
        for i in range(len(units.unit))
    ]


def _cells(state: PlanState, units: GainUnits) -> list[CellGain]:
    """Return the cells that the plan changes, by their H3 names."""
    changed = np.flatnonzero(units.planned > 0)
    names = grid.to_text(state.asked.snapshot.cells[changed])
    return [{"cell": name, **_before_after(units, int(i))} for name, i in zip(names, changed, strict=True)]


def _before_after(units: GainUnits, index: int) -> BeforeAfter:
    return {
        "fair_share": _number(float(units.fair[index])),
        "visited": int(units.visited[index]),
        "planned": int(units.planned[index]),
        "gap_before": _number(float(units.gap_before[index])),
        "gap_after": _number(float(units.gap_after[index])),
    }


def read(snapshot: Snapshot, text: str | bytes) -> PlanState:
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
        asked = demand_of(snapshot, asking.of_json(given.get("ask")))
        row = {station_id: i for i, station_id in enumerate(asked.demand.station_id)}
        team_plans = tuple(_team_plan(item, row) for item in _list(given.get("teams"), "teams", MOST_TEAMS))
        stops = [[stop.station for stop in team.stops] for team in team_plans]
        planned = frozenset(row for rows in stops for row in rows)
        demand = replace(asked.demand, excluded=asked.demand.excluded - planned)
        prepared = prepare(demand, stops if len(stops) == len(demand.teams) else ())
    except RouteError as error:
        raise RouteError("this plan no longer fits the mission: {why}", why=error.said) from None
    now = BEFORE_THE_DAY if given.get("now") is None else asking.number_of(given["now"], "now", -1.0, 2880.0)
    begun = {
        team.team_id: team.begun(local(asked, index, now))
        for index, team in enumerate(team_plans[: len(asked.offset)])
    }
    notes = _list(given.get("notes"), "notes", 1_000)
    dropped = tuple(
        _dropped(note) for note in notes if isinstance(note, dict) and note.get("code") == "dropped"
    )
    value = asking.number_of(given.get("value"), "value", -1e12, 1e12)
    written = Plan(team_plans, value, dropped)
    if broken := [
        fault for fault in check_plan(demand, written, begun) if fault.rule not in _FORGIVEN or not dropped
    ]:
        raise RouteError("this plan cannot be driven: {fault}", fault=broken[0].says)
    closed = frozenset(asking.ids(given.get("closed", []), "closed"))
    return PlanState(
        replace(asked, demand=demand), prepared, written,
        int(asking.number_of(given.get("seed"), "seed", 0, 2**53)), now, closed,
        notes=asked.notes,
    )  # fmt: skip


_FORGIVEN: Final = frozenset({"needed", "shift", "locked"})  # what a note of a re-plan says was dropped


def _team_plan(value: object, row: Mapping[str, int]) -> TeamPlan:
    if not isinstance(value, dict) or not isinstance(value.get("minutes"), dict):
        raise InputError("a team of the plan is not as it should be")
    stops = tuple(_read_stop(item, row) for item in _list(value.get("stops"), "stops", MOST_STOPS))
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
    if service not in {*(known.name for known in SERVICES), *NOT_OBSERVED}:
        raise InputError(f"a stop's service is not {', '.join(known.name for known in SERVICES)}")
    times = {name: asking.number_of(value["minutes"].get(name), name, -1e5, 1e6) for name in _TIMES}
    return Stop(row[station_id], service, **times, is_locked=value.get("is_locked") is True)


def _list(value: object, key: str, most: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InputError(f"{key} must be a list of at most {most}")
    return value
