"""Figures of a release to take away: the country, areas, cells, and stations where these may be shown."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import grid
from geo.disclosure import Units
from geo.errors import NotFound
from geo.exports import FORMATS, NOTE
from geo.tables import LANGUAGES
from layers import figures, note_text
from layers.language import Language
from layers.page_data import method, offered
from layers.view import View


def file(view: View, thing: str, suffix: str, choice: str, language: Language) -> tuple[bytes, str]:
    """Return a download and its media type, the methods note in it. Raises NotFound for what is not offered.

    `methods.txt` is the note alone, to go beside a CSV.
    """
    note = note_text.of_press(view, language)
    if (thing, suffix) == (NOTE, "txt"):
        return note.encode(), "text/plain; charset=utf-8"
    written = FORMATS.get(suffix)
    if written is None or thing not in offered(view) or choice not in figures.choices():
        raise NotFound(f"no download {thing[:16]}.{suffix[:16]}")
    made = _stations(view) if thing == "stations" else _units(view, thing, choice)
    frame = _labelled(made, view, "" if thing == "stations" else choice, language)
    return written.write(frame, thing, note), written.media_type


def _units(view: View, thing: str, choice: str) -> gpd.GeoDataFrame:
    release = view.release
    units = {"country": release.nation, "areas": release.by_area, "cells": release.by_cell}[thing]
    frame = table(units, choice, view.mission.small_count)
    if thing == "country":
        outlines = np.array([shapely.union_all(view.areas.polygon[view.area])])
        frame["unit_id"] = np.array(["country"], dtype=object)
    elif thing == "areas":
        for language in reversed(LANGUAGES):
            names = [view.area_name(i, language) for i in range(len(view.area))]
            frame.insert(1, f"name_{language}", np.array(names, dtype=object))
        outlines = view.areas.polygon[view.area]
    else:
        outlines = grid.polygons(np.array([int(one, 16) for one in units.unit_id], dtype=np.uint64))
    return gpd.GeoDataFrame(frame, geometry=list(outlines), crs="EPSG:4326")


def table(units: Units, choice: str, small: int) -> pd.DataFrame:
    """Return one row per unit: counts with empty cells where they are not told, and each with its status.

    `visits_with_finding_text` is what the map prints: "<3" where the number is small and not told.
    """
    made = figures.units(units, choice)
    rate = units.findings[choice].rate
    is_hot = np.zeros(len(units.unit_id), dtype=bool)
    is_hot[made["hot"]] = True
    return pd.DataFrame(
        {
            "unit_id": np.array(units.unit_id, dtype=object),
            "stations": _told(made["stations"]),
            "coverage_status": np.array(made["coverage"], dtype=object),
            "stations_observed": _told(made["observed"]),
            "status": np.array(made["status"], dtype=object),
            "visits_asked": _told(made["visits"]),
            "visits_with_finding": _told(made["found"]),
            "visits_with_finding_text": _printed(made["found"], small),
            "share": rate,
            "share_low": _ends(made["low"]),
            "share_high": _ends(made["high"]),
            "more_than_expected": is_hot,
            **_assessments(units, choice, small),
        }
    )


def _assessments(units: Units, choice: str, small: int) -> dict[str, Any]:
    """The columns of overall assessments at the choice's stage; none where visits are not counted."""
    made = figures.assessed(units, choice)
    if not made:
        return {}
    return {
        "assessment_status": np.array(made["assessment"], dtype=object),
        "visits_assessed": _told(made["assessed"]),
        "visits_negative": _told(made["negative"]),
        "visits_negative_text": _printed(made["negative"], small),
        "share_negative": units.assessments[choice.partition("/")[0]].rate,
        "negative_low": _ends(made["negativeLow"]),
        "negative_high": _ends(made["negativeHigh"]),
    }


def _printed(counts: list[int], small: int) -> list[str]:
    return [f"<{small}" if n == -2 else str(n) if n >= 0 else "" for n in counts]


def _ends(found: list[float | None]) -> Any:
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def _told(counts: list[int]) -> Any:
    return pd.array([None if n < 0 else n for n in counts], dtype="Int64")


def _stations(view: View) -> gpd.GeoDataFrame:
    rows = view.release.stations
    areas = [view.areas.area_id[int(view.area[i])] if i >= 0 else "" for i in rows["area"].tolist()]
    named = np.isin(np.arange(len(rows)), view.placed["station"].to_numpy())
    plain = rows.drop(columns=["area"]).assign(area_id=areas, has_reported_finding=named)
    points = gpd.points_from_xy(plain["lon"], plain["lat"])
    missing = plain["lon"].isna().to_numpy()
    shapes = [None if gone else point for gone, point in zip(missing, points, strict=True)]
    return gpd.GeoDataFrame(plain, geometry=shapes, crs="EPSG:4326")


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
