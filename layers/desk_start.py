"""What the desk's page and scripts need before any figure: words, names, the moment it speaks for."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from geo import operations
from geo.counts import Choice
from geo.exports import FORMATS
from geo.mission import text_in
from geo.snapshot import Snapshot
from geo.tables import SEVERITIES, STAGES
from layers import desk_lists, desk_tiles, desk_units, desk_words
from layers.desk_choice import DISTRICT
from layers.desk_time import as_of_us, clock
from layers.language import Language, mark
from layers.wording import SELECTION, SELECTION_UNKNOWN_FRAME, SEVERITY, STAGE

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
        "views": _titled(desk_words.VIEW, language),
        "stages": [{"name": "", "title": language.say(mark("All day"))}]
        + [{"name": name, "title": language.say(STAGE[name]).capitalize()} for name in STATION_STAGES],
        "severities": [{"name": name, "title": language.say(SEVERITY[name])} for name in SEVERITIES],
        "has_districts": bool(np.any(snapshot.registry.areas.level == DISTRICT)),
        "formats": tuple(FORMATS),
        "version": snapshot.version,
    }


def start(snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return what every script reads first: small, whatever the number of stations."""
    mission, asked = snapshot.mission, snapshot.mission.thresholds
    sentences = SELECTION if mission.frame == "complete" else SELECTION_UNKNOWN_FRAME
    zone = ZoneInfo(mission.time_zone)
    areas = snapshot.registry.areas
    level = np.flatnonzero(areas.level == 1).tolist()
    return {
        "version": snapshot.version,
        "registry": snapshot.registry.version,
        "asOf": clock(snapshot, as_of_us(snapshot), zone, language),
        "stations": len(snapshot.registry.stations),
        "offMap": int((~snapshot.registry.stations.is_on_map).sum()),
        **desk_lists.totals(snapshot),
        "isTiled": desk_tiles.is_tiled(snapshot),
        "binVisits": asked.cell_visits,
        "selection": language.say(sentences[mission.selection]),
        "interval": language.say(desk_words.INTERVAL[mission.selection]),
        "areas": [{"id": areas.area_id[i], "name": areas.name(i, language.code)} for i in level],
        "categories": _categories(snapshot, language),
        "states": _titled(desk_words.STATE, language),
        "codes": list(operations.STATES),
        "severities": [language.say(SEVERITY[name]) for name in SEVERITIES],
        "stages": {name: language.say(STAGE[name]) for name in STAGES},
        "views": {name: language.say(text) for name, text in desk_words.VIEW_SAYS.items()},
        "precision": {name: language.say(text) for name, text in desk_words.PRECISION.items()},
        "hotSpot": {
            name: {"title": language.say(title), "says": language.say(desk_words.HOT_SPOT_SAYS[name])}
            for name, title in desk_words.HOT_SPOT.items()
        },
        "absence": {
            name: language.say(text, cells=asked.observed_areas, visits=asked.cell_visits)
            if name == "too_few_units"
            else language.say(text)
            for name, text in desk_words.ABSENCE.items()
        },
        "freshness": desk_units.totals(snapshot, Choice(verified_only=False)),
        "words": desk_words.browser_words(language),
    }


def _categories(snapshot: Snapshot, language: Language) -> list[dict[str, Any]]:
    """Every kind of finding with a severity of its own, by title; context without one is in no figure."""
    known = snapshot.categories
    found = [
        {"name": slug, "title": known.title(i, language.code) or slug, "severity": int(known.severity[i])}
        for i, slug in enumerate(known.category)
        if known.severity[i] >= 0
    ]
    return sorted(found, key=lambda one: language.sort_key(str(one["title"])))


def _titled(words: Any, language: Language) -> list[dict[str, str]]:
    return [{"name": name, "title": language.say(text)} for name, text in words.items()]
