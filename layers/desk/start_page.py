"""What the desk's page and scripts need before any figure: words, names, the moment it speaks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from geo.analysis import operations
from geo.analysis.exports import FORMATS
from geo.model.counts import Choice
from geo.model.mission import text_in
from geo.model.snapshot import Snapshot
from geo.model.tables import SEVERITIES, STAGES
from layers.desk import action_lists, desk_tiles, unit_columns, view_data
from layers.desk.choice_visits import DISTRICT
from layers.desk.desk_payloads import DeskCategory, DeskStart, KnownSums, Titled
from layers.desk.local_clock import as_of_us, clock
from layers.map import measures
from layers.map.measures.desk_view import DeskView
from layers.words import desk_wording
from layers.words.language import Language, mark
from layers.words.wording import SELECTION, SELECTION_UNKNOWN_FRAME, SEVERITY, STAGE

STATION_STAGES = STAGES[:-1]  # tabulation happens at another place than a station


def page(snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return what the template writes: texts and choices, no row of data."""
    mission = snapshot.mission
    zone = ZoneInfo(mission.time_zone)
    return {
        "title": text_in(mission.title, language.code),
        "date": language.date(mission.election_date),
        "as_of": clock(snapshot, as_of_us(snapshot), zone, language),
        "simulated": mission.nature == "simulated",
        "credit": text_in(mission.credit, language.code),
        "views": [
            {"name": view.name, "title": language.say(view.title), "opens": view.opens}
            for view in measures.desk_views()
        ],
        "stages": [{"name": "", "title": language.say(mark("All day"))}]
        + [{"name": name, "title": language.say(STAGE[name]).capitalize()} for name in STATION_STAGES],
        "severities": [{"name": name, "title": language.say(SEVERITY[name])} for name in SEVERITIES],
        "has_districts": bool(np.any(snapshot.registry.areas.level == DISTRICT)),
        "formats": tuple(FORMATS),
        "version": snapshot.version,
        "online_host": mission.online_tiles.host if mission.online_tiles else "",
    }


def start(snapshot: Snapshot, language: Language) -> DeskStart:
    """Return what every script reads first: small, whatever the number of stations."""
    mission, asked = snapshot.mission, snapshot.mission.thresholds
    sums = _sums(snapshot)
    is_framed = mission.frame == "complete" or (sums is not None and sums["stations"] is not None)
    sentences = SELECTION if is_framed else SELECTION_UNKNOWN_FRAME
    zone = ZoneInfo(mission.time_zone)
    areas, basis = snapshot.registry.areas, view_data.ClassBasis(snapshot)
    level = np.flatnonzero(areas.level == 1).tolist()
    return {
        "version": snapshot.version,
        "registry": snapshot.registry.version,
        "nature": "SIMULATED" if mission.nature == "simulated" else mission.nature,
        "asOf": clock(snapshot, as_of_us(snapshot), zone, language),
        "stations": len(snapshot.registry.stations),
        "offMap": int((~snapshot.registry.stations.is_on_map).sum()),
        **action_lists.totals(snapshot),
        "isTiled": desk_tiles.is_tiled(snapshot),
        "binVisits": asked.cell_visits,
        "figures": view_data.figures(basis, language),
        "views": view_data.views(basis, language),
        "presence": _called(lambda view: view.is_presence),
        "squares": _called(lambda view: view.is_of_squares),
        "short": _called(lambda view: view.is_short),
        "sums": sums,
        "selection": language.say(sentences[mission.selection]),
        "interval": language.say(desk_wording.INTERVAL[mission.selection]),
        "areas": [{"id": areas.area_id[i], "name": areas.name(i, language.code)} for i in level],
        "categories": _categories(snapshot, language),
        "states": titled(desk_wording.STATE, language),
        "codes": list(operations.STATES),
        "severities": [language.say(SEVERITY[name]) for name in SEVERITIES],
        "stages": {name: language.say(STAGE[name]) for name in STAGES},
        "precision": {name: language.say(text) for name, text in desk_wording.PRECISION.items()},
        "chance": {name: language.say(text) for name, text in desk_wording.CHANCE.items()},
        "absence": {name: language.say(text) for name, text in desk_wording.ABSENCE.items()},
        "freshness": unit_columns.totals(snapshot, Choice(verified_only=False)),
        "words": {**desk_wording.browser_words(language), **_known_words(snapshot, language)},
    }


def _called(is_it: Callable[[DeskView], bool]) -> str:
    """The name of the view that has a part of the desk to itself: its squares, its list of gaps …"""
    return next(view.name for view in measures.desk_views() if is_it(view))


def _known_words(snapshot: Snapshot, language: Language) -> dict[str, str]:
    """What is said where no visit is listed: nothing of sums where the source has none."""
    if snapshot.says_where_observers_were:
        return {}
    return {"sumsSay": language.say(desk_wording.NO_VISIT_KNOWN)}


def _sums(snapshot: Snapshot) -> KnownSums | None:
    """Return the mission's own sums where it has no list of visits; None where visits are counted."""
    if len(snapshot.visits):
        return None
    known = snapshot.totals
    whole = known[(known["area_id"].fillna("") == "") & (known["status"] == "reported")]
    value = dict(zip(whole["measure"], whole["value"], strict=True))
    visited, stations = (value.get(name) for name in ("visited", "stations"))
    return {
        "visited": None if visited is None else int(visited),
        "stations": None if stations is None else int(stations),
    }


def _categories(snapshot: Snapshot, language: Language) -> list[DeskCategory]:
    """Every kind of finding with a severity of its own, by title; context without one is in no figure."""
    known = snapshot.categories
    found: list[DeskCategory] = [
        {"name": slug, "title": known.title(i, language.code) or slug, "severity": int(known.severity[i])}
        for i, slug in enumerate(known.category)
        if known.severity[i] >= 0
    ]
    return sorted(found, key=lambda one: language.sort_key(one["title"]))


def titled(words: Any, language: Language) -> list[Titled]:
    """Return codes with their words in a language, in the order of `words`: code → English key."""
    return [{"name": name, "title": language.say(text)} for name, text in words.items()]
