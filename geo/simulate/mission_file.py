"""mission.toml of a simulated mission: simulated in its title and by its nature."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from geo.model.tables import LANGUAGES
from geo.simulate.deployment import Deployment
from geo.simulate.options import SimulationOptions, stops
from geo.simulate.time_zones import election_midnight, zones_of

_WORDS: Final = ("SIMULATED", "СИМУЛЯЦИЯ", "СИМУЛЯЦИЯ")
_CREDIT: Final = ("SIMULATED data", "Симулированные данные", "Симуляция деректері")
# GeoNames asks to be named; the towns' names and places are the only real thing beside the boundaries.
_CREDIT_KAZAKHSTAN: Final = (
    "SIMULATED data. Boundaries: Natural Earth. Names and places of towns: GeoNames",
    "Симулированные данные. Границы: Natural Earth. Названия и места городов: GeoNames",
    "Симуляция деректері. Шекаралар: Natural Earth. Қалалардың атаулары мен орындары: GeoNames",
)
_SUBTITLE: Final = (
    "A day drawn by a computer; nothing here happened",
    "День, придуманный компьютером; ничего из этого не происходило",
    "Компьютер ойдан шығарған күн; мұның ешқайсысы болған жоқ",
)
_KINDS: Final = {
    "international": ("international mission", "международная миссия", "халықаралық миссия"),
    "citizen": ("citizen observers", "гражданские наблюдатели", "азаматтық байқаушылар"),
}
_SOURCE_KEYS: Final = ("id", "title", "publisher", "licence")
_SOURCES_KAZAKHSTAN: Final = [
    ("natural-earth", "Natural Earth, admin-1, 1:10 million: boundaries", "Natural Earth", "public domain"),
    ("geonames", "GeoNames: names, places and people of towns", "GeoNames", "CC BY 4.0"),
]


def mission_toml(day: Deployment) -> str:
    """Return mission.toml: `nature = "simulated"`, SIMULATED first in every title."""
    options, ground = day.ground.options, day.ground
    place = ("Kazakhstan, ", "Казахстан, ", "Қазақстан, ") if options.is_kazakhstan else ("", "", "")
    kinds = _KINDS[options.preset]
    planned = len(np.unique(ground.plan.station[ground.plan.is_planned]))
    title = [f"{word}: {where}{kind}" for word, where, kind in zip(_WORDS, place, kinds, strict=True)]
    lines = [
        "# SIMULATED. Written by `python server.py simulate`: docs/simulation.md says how.",
        "",
        "[mission]",
        f"title = {_texts(title)}",
        f"subtitle = {_texts(_SUBTITLE)}",
        f"election_date = {options.election_date.isoformat()}",
        f'time_zone = "{options.zone.key}"',
        f'selection = "{"probability" if options.is_static else "purposive"}"',
        'frame = "complete"',
        'nature = "simulated"',
        'languages = ["en", "ru", "kk"]',
        f"credit = {_texts(_CREDIT_KAZAKHSTAN if options.is_kazakhstan else _CREDIT)}",
        f"planned_visits = {planned}",
        f'as_of = "{_stopped_at(options).isoformat(timespec="minutes")}"',
    ]
    zones = zones_of(options, day.area_ids)
    if zones:
        lines += ["", "[mission.time_zones]", *(f'{area} = "{zone}"' for area, zone in zones.items())]
    names = sorted(ground.land.town_names.items())
    if names:
        lines += ["", "[mission.town_names]"]
        lines += [f"{_quoted(town)} = {_texts(texts.values(), texts)}" for town, texts in names]
    sources = [("simulation", f"SIMULATED: drawn by a computer, seed {options.seed}", "Baqylau", "MIT")]
    sources += _SOURCES_KAZAKHSTAN if options.is_kazakhstan else []
    for source in sources:
        lines += ["", "[[sources]]"]
        lines += [f'{key} = "{value}"' for key, value in zip(_SOURCE_KEYS, source, strict=True)]
    lines += ["", "[disclosure]", "stations = true", "delay_hours = 0.0", ""]
    return "\n".join(lines)


def _stopped_at(options: SimulationOptions) -> datetime:
    return election_midnight(options).astimezone(options.zone) + timedelta(minutes=stops(options))


def _texts(texts: Iterable[str], languages: Iterable[str] = LANGUAGES) -> str:
    pairs = zip(languages, texts, strict=False)  # titles are in the first three languages
    return "{ " + ", ".join(f"{language} = {_quoted(text)}" for language, text in pairs) + " }"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON text is a TOML string
