"""What the desk's page of routes needs: teams, hours, words; and a plan as it is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from geo.model.mission import text_in
from geo.model.places import GEOD
from geo.model.registry import Areas
from geo.model.snapshot import Snapshot
from geo.routing.next_station import NextStation
from geo.routing.planner import PlanState
from geo.routing.solver.demand import clock
from geo.routing.solver.travel_estimate import km_of_minutes
from layers.desk.route_payloads import NextStationValues, RoutesStart
from layers.words.language import Language, mark
from layers.words.message_text import message_in_language

SERVICE: Final[Mapping[str, str]] = {
    "opening": mark("opening"),
    "voting": mark("voting"),
    "closing": mark("closing and counting"),
    "closed": mark("found closed"),
    "late": mark("too late"),
}
WORDS: Final[Mapping[str, str]] = {
    "says": mark(
        "The plan sends teams where most visits are missing. It never follows findings, and teams, bases "
        "and routes are never shown to the press."
    ),
    "none": mark("This mission has no short-term team with a base on the map: nobody can be routed."),
    "teams": mark("Teams"),
    "allTeams": mark("All teams"),
    "wholeDay": mark("The whole day"),
    "fromNow": mark("From now on ({time})"),
    "when": mark("When"),
    "seconds": mark("Time to think"),
    "secondsOf": mark("{n} s"),
    "noGoArea": mark("Nobody goes to"),
    "noArea": mark("none"),
    "noGoHere": mark("Nobody goes into the part of the map shown"),
    "noGoClear": mark("Clear all no-go areas"),
    "noGoCount": mark("No-go areas in force: {n}"),
    "incidents": mark("Let reported findings draw teams (biases the sample)"),
    "plan": mark("Plan the routes"),
    "again": mark("Plan anew"),
    "othersStay": mark("The plans of all other teams stay as they are."),
    "stop": mark("Stop"),
    "waiting": mark("Waiting for another calculation …"),
    "running": mark("Planning: {share}"),
    "done": mark("The plan is ready: {says}"),
    "cancelled": mark("Called off. The plan there was stays."),
    "failed": mark("No plan can be made as asked. What stands in the way: {why}"),
    "closes": mark("closes {closed} of {gaps} gaps"),
    "visits": mark("visits {n} stations, {first} cells for the first time"),
    "before": mark("Before"),
    "after": mark("After"),
    "compare": mark("What the plan changes"),
    "gapVisits": mark("Visits short of the plan"),
    "duncan": mark("Uneven spread (Duncan’s D)"),
    "stations": mark("Stations visited"),
    "cells": mark("Cells visited for the first time"),
    "underway": mark("Under way, all teams"),
    "distance": mark("{km} km"),
    "estimate": mark("{hours} ({low} to {high}), {km} km"),
    "estimateSays": mark(
        "Travel is an estimate: straight line × 1.3 at 30, 60 and 75 km/h; −25 to +50 %. Shown: middle."
    ),
    "serverSays": mark("Travel times are those of the travel server."),
    "byArea": mark("By area"),
    "fair": mark("Fair share"),
    "day": mark("{first}–{last}, {minutes} under way"),
    "noStop": mark("no stop"),
    "shift": mark("Shift {from}–{to}"),
    "base": mark("Base"),
    "back": mark("back {time}"),
    "drive": mark("{minutes} drive"),
    "gain": mark("adds {n}"),
    "gainSays": mark("What a stop adds to coverage: 0 for a place seen often, more where nobody was."),
    "locked": mark("locked"),
    "begun": mark("under way or done"),
    "lock": mark("Lock"),
    "unlock": mark("Unlock"),
    "exclude": mark("Exclude"),
    "closed": mark("Station is closed"),
    "incident": mark("A finding was reported here"),
    "security": mark("It is about safety: keep everybody away"),
    "earlier": mark("Earlier"),
    "later": mark("Later"),
    "late": mark("Team is late by"),
    "minutes": mark("minutes"),
    "replan": mark("Re-plan"),
    "more": mark("More"),
    "less": mark("Less"),
    "sheet": mark("Print sheet"),
    "sheets": mark("Print sheets of all teams"),
    "offline": mark("Page for offline use"),
    "next": mark("Next best station now"),
    "nextNone": mark("Nothing can be reached before the shift ends."),
    "nextFrom": mark("from its last station or its base"),
    "nextRow": mark("{km} km, {drive} drive, begin {begin}, {visits}"),
    "firstVisit": mark("first visit in its cell"),
    "visitsBefore": mark("visits so far in its cell: {n}"),
    "take": mark("Give it to this team"),
    "show": mark("Routes on the map"),
    "excluded": mark("Excluded stations"),
    "include": mark("Allow again"),
    "closedList": mark("Found closed"),
    "changed": mark("Re-planned: {says}"),
    "undo": mark("Undo the last change"),
    "busy": mark("Too much is being calculated already. Try again in a minute."),
}


def start(snapshot: Snapshot, language: Language, now: float | None) -> RoutesStart:
    """Return what the panel needs before a plan: the teams that can be routed, areas, words.

    `now`: minutes of election day the snapshot speaks for, None on another day.
    """
    teams, areas = snapshot.teams, snapshot.registry.areas
    based = np.isfinite(teams.base_lon) & np.isfinite(teams.base_lat)
    rows = [i for i, kind in enumerate(teams.kind) if kind == "short_term" and based[i]]
    level = np.flatnonzero(areas.level == 1).tolist()
    return {
        "teams": [
            {"id": teams.team_id[i], "areas": _named(areas, teams.area_ids[i], language)} for i in rows
        ],
        "areas": [{"id": areas.area_id[i], "name": areas.name(i, language.code)} for i in level],
        "now": None if now is None else clock(round(now)),
        "services": {name: language.say(text) for name, text in SERVICE.items()},
        "words": browser_words(language),
    }


def browser_words(language: Language) -> dict[str, str | dict[str, str]]:
    """Return every sentence the panel puts together; {names} are filled in the browser."""
    words: dict[str, str | dict[str, str]] = {name: language.say(text) for name, text in WORDS.items()}
    return words | {"stops": language.forms("{n} stop", "{n} stops")}


def notes(made: PlanState, language: Language, is_saved: bool = True) -> list[str]:
    """Return what a plan could not take into account, what a change of it dropped, and if it is not saved."""
    said = (*(note.says for note in made.notes), *made.plan.notes)
    unsaved = mark("This plan could not be saved: it is lost when the server stops. Take its files with you.")
    return [
        *([] if is_saved else [language.say(unsaved)]),
        *(message_in_language(one, language, alone=True) for one in said),
    ]


def _named(areas: Areas, listed: str, language: Language) -> list[str]:
    place = {area_id: i for i, area_id in enumerate(areas.area_id)}
    ids = [one.strip() for one in listed.split(";")]
    return [areas.name(place[one], language.code) for one in ids if one in place]


def nearest(snapshot: Snapshot, found: Sequence[NextStation], language: Language) -> list[NextStationValues]:
    """Return the next best stations for one team, best first; times "HH:MM" of its own day."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    return [
        {
            "id": stations.station_id[one.station].as_py(),
            "name": stations.name[one.station].as_py() or "",
            "settlement": stations.settlement[one.station].as_py() or "",
            "area": areas.name(int(stations.area[one.station]), language.code),
            "lon": float(stations.lon[one.station]),
            "lat": float(stations.lat[one.station]),
            "service": one.service,
            "drive": round(one.drive),
            "km": round(float(km_of_minutes(one.drive)), 1),
            "begin": clock(round(one.begin)),
            "gain": round(one.gain, 2),
            "visits": one.visits,
        }
        for one in found
    ]


def sheets(
    snapshot: Snapshot, plan: Mapping[str, Any], team_id: str, language: Language
) -> list[dict[str, Any]]:
    """Return what is printed for one team, or for every team with a stop if `team_id` is ""."""
    wanted = [team for team in plan["teams"] if team["team_id"] == team_id or (not team_id and team["stops"])]
    return [_sheet(snapshot, plan, team, language) for team in wanted]


def _sheet(
    snapshot: Snapshot, plan: Mapping[str, Any], team: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    registry = snapshot.registry
    stops = []
    for number, stop in enumerate(team["stops"], start=1):
        at = registry.station(stop["station_id"])
        area = registry.areas.name(int(registry.stations.area[at]), language.code) if at >= 0 else ""
        place = ", ".join(one for one in (stop["settlement"], area) if one)
        word = SERVICE[stop["service"]]
        stops.append({**stop, "number": number, "place": place, "says": language.say(word)})
    return {
        "team": team["team_id"],
        "shift": team["shift"],
        "back": team["back"],
        "minutes": language.number(round(team["drive_minutes"])),
        "low": language.number(round(team["drive_minutes"] * plan["travel"]["band"][0])),
        "high": language.number(round(team["drive_minutes"] * plan["travel"]["band"][1])),
        "km": language.number(round(team["km"])),
        "is_estimate": plan["travel"]["source"] == "estimate",
        "stops": stops,
        "sketch": sketch(team["line"]),
    }


SKETCH_WIDTH, SKETCH_HEIGHT, SKETCH_EDGE = 640.0, 300.0, 36.0  # in units of the drawing; the edge stays empty


def sketch(line: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return a route as a drawing: `points` of the path, `stops` with their numbers, a scale bar.

    North is up; degrees of longitude are shortened as they are at the middle latitude, which is true enough
    for a day's drive. `line`: (lon, lat) of the start, every stop, the base.
    """
    lonlat = np.asarray(line, dtype=np.float64)
    middle = lonlat.mean(axis=0)
    x = (lonlat[:, 0] - middle[0]) * np.cos(np.radians(middle[1]))
    y = middle[1] - lonlat[:, 1]
    wide, high = float(np.ptp(x)), float(np.ptp(y))
    room = SKETCH_WIDTH - 2 * SKETCH_EDGE, SKETCH_HEIGHT - 2 * SKETCH_EDGE
    scale = min(room[0] / max(wide, 1e-3), room[1] / max(high, 1e-3))
    px = (x - (x.min() + x.max()) / 2) * scale + SKETCH_WIDTH / 2
    py = (y - (y.min() + y.max()) / 2) * scale + SKETCH_HEIGHT / 2
    bar_km = _round_km(GEOD.inv(0.0, 0.0, 0.0, 100.0 / scale)[2] / 1000)
    bar = bar_km / (GEOD.inv(0.0, 0.0, 0.0, 1.0)[2] / 1000) * scale
    return {
        "width": SKETCH_WIDTH,
        "height": SKETCH_HEIGHT,
        "points": " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(px, py, strict=True)),
        "base": [round(float(px[-1]), 1), round(float(py[-1]), 1)],
        "stops": [
            {"number": i, "x": round(float(px[i]), 1), "y": round(float(py[i]), 1)}
            for i in range(1, len(line) - 1)
        ],
        "bar": round(float(bar), 1),
        "bar_km": bar_km,
    }


def _round_km(km: float) -> float:
    """Return the largest of 1, 2, 5 × 10ⁿ that is not above a length."""
    power = 10.0 ** np.floor(np.log10(max(km, 1e-6)))
    found = max(step * power for step in (1.0, 2.0, 5.0) if step * power <= km)
    return float(found) if found < 1 else int(found)


def page_title(snapshot: Snapshot, language: Language) -> str:
    """Return the mission's title, which stands over every sheet."""
    return text_in(snapshot.mission.title, language.code)
