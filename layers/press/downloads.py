"""Figures of a release to take away: the country, areas, patches, and stations where these may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis.exports import FORMATS, NOTE
from geo.model.errors import NotFound
from geo.model.tables import LANGUAGES, SEVERITIES
from geo.publication import Units
from layers.map import choice_figures, measure_sentences
from layers.map.measures import shown
from layers.map.press_view import Level, View
from layers.press import methods_note_text
from layers.press.page_data import TABLE, formats_of, method, offered
from layers.words.language import Language, mark
from layers.words.language import language as language_of

REGION_LEVEL: Final = 1  # of units
LEVELS: Final[Mapping[str, Level]] = MappingProxyType(
    {"country": "country", "areas": "region", "patches": "part"}
)
TURNOUT_DIGITS: Final = 3


def file(view: View, thing: str, suffix: str, choice: str, language: Language) -> tuple[bytes, str]:
    """Return a download and its media type, the methods note in it. Raises NotFound for what is not offered.

    `methods.txt` is the note alone, to go beside a CSV.
    """
    note = methods_note_text.of_press(view, language)
    if (thing, suffix) == (NOTE, "txt"):
        return note.encode(), "text/plain; charset=utf-8"
    written = FORMATS.get(suffix)
    is_offered = thing in offered(view) and suffix in formats_of(thing)
    if written is None or not is_offered or choice not in choice_figures.choices():
        raise NotFound(f"no download {thing[:16]}.{suffix[:16]}")
    made = WITHOUT_CHOICE[thing](view) if thing in WITHOUT_CHOICE else _units(view, thing, choice)
    frame = _labelled(made, view, "" if thing in WITHOUT_CHOICE else choice, language)
    return written.write(frame, thing, note), written.media_type


def _units(view: View, thing: str, choice: str) -> gpd.GeoDataFrame:
    release = view.release
    units = view.units(LEVELS[thing])
    frame = table(units, choice)
    frame = frame.assign(**_of_measures(view, LEVELS[thing], choice, set(frame.columns)))
    if thing == "country":
        outlines = np.array([shapely.union_all(view.areas.polygon[view.area])])
        frame["unit_id"] = np.array(["country"], dtype=object)
        turnout = release.turnout
        # no finer than the page prints it: with all digits the voters of a few stations could be solved for
        frame["turnout"] = round(turnout.share, TURNOUT_DIGITS) if turnout else np.nan
        frame["turnout_margin"] = round(turnout.margin, TURNOUT_DIGITS) if turnout else np.nan
        frame["turnout_stations"] = _told([turnout.stations if turnout else -1])
    elif thing == "areas":
        frame, outlines = _regions(view, frame, choice)
    else:
        frame.insert(1, "town", np.array(units.town, dtype=object))
        outlines = release.outline[release.patches]
    return gpd.GeoDataFrame(frame, geometry=list(outlines), crs="EPSG:4326")


def _regions(view: View, frame: pd.DataFrame, choice: str) -> tuple[pd.DataFrame, Any]:
    """The rows of the drawn areas with their names, and outlines; areas told together are one row."""
    members = [np.flatnonzero(view.together == first) for first in np.unique(view.together)]
    made = frame.iloc[[one[0] for one in members]].reset_index(drop=True)
    ids = view.areas.area_id
    made["unit_id"] = np.array(["+".join(ids[i] for i in view.area[one]) for one in members], dtype=object)
    for code in reversed(LANGUAGES):
        names = [measure_sentences.together(view, int(one[0]), language_of(code)) for one in members]
        made.insert(1, f"name_{code}", np.array(names, dtype=object))
    if view.without_station().any():
        loose = _loose(view, choice)
        made["findings_without_station"] = [int(loose[one].sum()) for one in members]
    ground = view.areas.polygon[view.area]
    outlines = [ground[one[0]] if len(one) == 1 else shapely.union_all(ground[one]) for one in members]
    return made, np.array(outlines, dtype=object)


def _of_measures(view: View, level: Level, choice: str, known: set[str]) -> dict[str, Any]:
    """Values and statuses of the measures that have no column yet."""
    columns = dict[str, Any]()
    for measure in shown(view):
        if measure.file and measure.file not in known:
            figures = measure.figures(view, level, choice)
            columns[measure.file] = figures.value
            columns[f"{measure.file}_status"] = np.array(figures.status, dtype=object)
    return columns


def _loose(view: View, choice: str) -> Any:
    """Findings told of an area as a whole, under a choice: in no share, but in no other file either."""
    stage, _, severity = choice.partition("/")
    return view.without_station(stage, SEVERITIES.index(severity))


def table(units: Units, choice: str) -> pd.DataFrame:
    """Return one row per unit: stations counted, empty where they are not told, each with its status.

    `estimate`, `margin`, `share_low`, `share_high`: of a random sample, for all stations of the unit.
    """
    made = choice_figures.units(units, choice)
    shares = units.findings[choice]
    return pd.DataFrame(
        {
            "unit_id": np.array(units.unit_id, dtype=object),
            "stations": _told(made["stations"]),
            "coverage_status": np.array(made["coverage"], dtype=object),
            "stations_observed": _told(made["observed"]),
            "status": np.array(made["status"], dtype=object),
            "stations_asked": _told(made["asked"]),
            "stations_with_finding": _told(made["found"]),
            "share": shares.rate,
            "estimate": shares.estimate,
            "margin": shares.margin,
            "share_low": _ends(made["low"]),
            "share_high": _ends(made["high"]),
            "one_or_two_teams": units.few_teams,
            "visits_asked": _told(shares.visits.tolist()),
            "visits_with_finding": _told(shares.visits_found.tolist()),
            **_assessments(units, choice),
        }
    )


def _assessments(units: Units, choice: str) -> dict[str, Any]:
    """The columns of overall assessments at the choice's stage; none where visits are not counted."""
    made = choice_figures.assessed(units, choice)
    if not made:
        return {}
    return {
        "assessment_status": np.array(made["assessment"], dtype=object),
        "stations_assessed": _told(made["assessed"]),
        "stations_negative": _told(made["negative"]),
        "share_negative": units.assessments[choice.partition("/")[0]].rate,
        "negative_low": _ends(made["negativeLow"]),
        "negative_high": _ends(made["negativeHigh"]),
    }


def _ends(found: list[float | None]) -> Any:
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def _told(counts: list[int]) -> Any:
    return pd.array([None if n < 0 else n for n in counts], dtype="Int64")


def _stations(view: View) -> gpd.GeoDataFrame:
    rows = view.release.stations
    areas = [view.areas.area_id[int(view.area[i])] if i >= 0 else "" for i in rows["area"].tolist()]
    named = np.isin(np.arange(len(rows)), view.placed["station"].to_numpy())
    plain = rows.drop(columns=["area"]).assign(area_id=areas, has_reported_finding=named)
    if not view.visits_known:  # nobody said which stations were visited: that is not "no"
        plain["is_visited"] = pd.array([None] * len(plain), dtype="boolean")
    points = gpd.points_from_xy(plain["lon"], plain["lat"])
    missing = plain["lon"].isna().to_numpy()
    shapes = [None if gone else point for gone, point in zip(missing, points, strict=True)]
    return gpd.GeoDataFrame(plain, geometry=shapes, crs="EPSG:4326")


def _categories(view: View) -> gpd.GeoDataFrame:
    """One row per kind of finding of the country and of every region: k of the n stations asked about it."""
    units = view.release.units
    rows = np.flatnonzero(units.level <= REGION_LEVEL)
    parts = [_rows_of_category(view, units.taken(rows), slug) for slug in units.categories]
    frame = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs="EPSG:4326")


def _rows_of_category(view: View, units: Units, slug: str) -> pd.DataFrame:
    """Return one kind of finding in the country and its regions, a row each; empty where it is not told."""
    shares, known = units.categories[slug], view.categories
    position = known.category.index(slug)
    rank = int(known.severity[position])
    named = {f"name_{code}": [_named(view, members, language_of(code)) for members in units.members]
             for code in LANGUAGES}  # fmt: skip
    return pd.DataFrame(
        {
            "unit_id": [unit or "country" for unit in units.unit_id],
            "level": units.level,
            **named,
            "category": slug,
            **{f"title_{code}": known.title(position, code) for code in LANGUAGES},
            "severity": SEVERITIES[rank] if rank >= 0 else "",
            "phase": str(known.phase[position]),
            "status": np.array(shares.status, dtype=object),
            "stations_asked": _told(shares.asked.tolist()),
            "stations_with_finding": _told(shares.found.tolist()),
            "share": shares.rate,
            "estimate": shares.estimate,
            "margin": shares.margin,
            "share_low": shares.low,
            "share_high": shares.high,
            "one_or_two_teams": units.few_teams,
        }
    )


def _named(view: View, members: tuple[int, ...], language: Language) -> str:
    """The names of the areas that are told together; of the country, which has none, "Whole country"."""
    names = [view.areas.name(area, language.code) for area in members]
    return measure_sentences.joined_names(names, language) if names else language.say(mark("Whole country"))


WITHOUT_CHOICE: Final = MappingProxyType({"stations": _stations, TABLE: _categories})


def _labelled(frame: gpd.GeoDataFrame, view: View, choice: str, language: Language) -> gpd.GeoDataFrame:
    stage, _, severity = choice.partition("/")
    about = view.mission
    said = {
        "nature": "SIMULATED" if about.nature == "simulated" else about.nature,
        **({"stage": stage, "severity_from": severity} if choice else {}),
        "selection": about.selection,
        "as_of": about.as_of,
        "version": view.version,
        "method": method(view, language),
        "licence": "; ".join(dict.fromkeys(one.licence for one in about.sources if one.licence)),
        "source": "; ".join(one.title for one in about.sources),
    }
    return frame.assign(**said)
