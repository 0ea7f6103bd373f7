"""One area's own page: its figures by stage, what was reported there, and from where that is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.model.errors import NotFound
from geo.model.mission import text_in
from geo.model.tables import SEVERITIES
from layers.map import choice_figures
from layers.map.area_sentences import area_sentences, status_says
from layers.map.caption import method, provenance, source_line
from layers.map.measures import shown
from layers.map.press_view import HEADLINE, View
from layers.map.share_words import share_in_words
from layers.press import page_data
from layers.press.citation import PRESETS, area_address, table_picture
from layers.press.press_payloads import UnitFinding
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY, STAGE, STATUS

LEAST = "medium"  # the severity from which findings count in the table: low ones are out of the headline


def page(view: View, language: Language, area_id: str) -> dict[str, Any]:
    """Return what the page of an area shows. Raises NotFound for an id the map does not draw."""
    ids = [view.areas.area_id[int(one)] for one in view.area]
    if view.release.state != "released" or area_id not in ids:
        raise NotFound(f"no area {area_id[:48]!r}")
    index, about = ids.index(area_id), view.mission
    measure = shown(view)[0]
    said = area_sentences(view, measure, HEADLINE, index, language)
    status = view.status[index]
    told = page_data.detail(view, language, index)
    return {
        "name": view.area_name(index, language.code),
        "index": index,
        "headline": said.headline,
        "line": said.line,
        "notes": said.notes,
        "provenance": provenance(view, language),
        "locator": f"picture-{view.version}/locator-{index}.svg",
        "picture": f"picture-{view.version}/{measure.name}-area{index}-{HEADLINE.replace('/', '-')}",
        "pictures": [(suffix, language.say(title)) for suffix, title in PRESETS.items()],
        "address": area_address(area_id),
        "mission": text_in(about.title, language.code),
        "simulated": about.nature == "simulated",
        "status": status,
        "status_title": language.say(STATUS[status]),
        "status_says": language.say(status_says(view, "region", index, status)),
        "method": method(view, language),
        "source_line": source_line(view, language),
        "rows": _rows(view, language, index),
        "visits_known": view.visits_known,
        "assessments_known": view.assessments_known,
        "named": _named(view, language, index),
        "findings": [_finding(one, language) for one in told["categories"]],
        "by_area_only": _by_area_only(view, language, index),
        "category_picture": table_picture(view, index),
        "presence": told["presence"],
        "sources": [" · ".join(filter(None, (s.title, s.publisher, s.date))) for s in about.sources],
        "version": view.version,
        "contact": about.contact,
    }


def _rows(view: View, language: Language, index: int) -> list[dict[str, str]]:
    """One row per stage; one in all where visits are known only as sums."""
    if not view.visits_known:
        n, stations = int(view.visited[index]), int(view.stations[index])
        known = _seen(n, stations, language) or language.say(STATUS[view.status[index]])
        title = language.say(mark("all stages"))
        return [{"stage": title, "seen": known, "found": "", "country": "", "judged": ""}]
    units, rows = view.release.by_area, []
    for stage in choice_figures.STAGES:
        covered = units.coverage.get(stage, units.coverage["all"])
        title = language.say(mark("all stages")) if stage == "all" else language.say(STAGE[stage])
        seen = _seen(int(covered.observed[index]), int(units.stations[index]), language)
        found, judged = units.findings[f"{stage}/{LEAST}"], units.assessments.get(stage)
        rows.append(
            {
                "stage": title,
                "seen": seen or language.say(STATUS[covered.status[index]]),
                "found": share_in_words(found, index, language),
                "country": share_in_words(view.release.nation.findings[f"{stage}/{LEAST}"], 0, language),
                "judged": share_in_words(judged, index, language) if judged else "",
            }
        )
    return rows


def _seen(n: int, stations: int, language: Language) -> str:
    """n of N stations visited and their share; "" where that is not told, or nobody was: never 0 %."""
    if n <= 0:
        return ""
    if stations <= 0:
        return language.number(n)
    said = language.say(mark("{k} of {m}"), k=language.number(n), m=language.number(stations))
    return f"{said} · {language.percent(n / stations)}"


def _named(view: View, language: Language, index: int) -> list[dict[str, Any]]:
    """Stations named by their most severe finding, the most severe first; only severities that occur."""
    found = []
    for rank in reversed(range(len(SEVERITIES))):
        worst = (np.arange(view.tally.by_mask.shape[1]) >> rank) == 1
        n = int(view.tally.by_mask[index, worst].sum())
        if n:
            title = language.say(SEVERITY[SEVERITIES[rank]])
            found.append({"severity": SEVERITIES[rank], "title": title, "n": language.number(n)})
    return found


def _by_area_only(view: View, language: Language, index: int) -> list[dict[str, Any]]:
    """Findings told of the area without naming a station: one row per kind, the most severe first."""
    rows = view.mentions
    mine = rows[(rows["area"] == index) & (rows["station"] < 0) & ~rows["is_unresolved"]]
    found = []
    for category, group in mine.groupby("category", sort=True):
        rank = int(group["severity"].max())
        severity = SEVERITIES[rank] if rank >= 0 else ""
        found.append(
            {
                "title": view.categories.title(int(str(category)), language.code),
                "severity": severity,
                "severity_title": language.say(SEVERITY[severity]),
                "n": language.number(len(group)),
                "rank": rank,
            }
        )
    return sorted(found, key=lambda row: (-row["rank"], row["title"]))


def _finding(one: UnitFinding, language: Language) -> dict[str, Any]:
    severity = SEVERITIES[one["severity"]] if one["severity"] >= 0 else ""
    return {
        **one,
        "severity": severity,
        "severity_title": language.say(SEVERITY[severity]),
        "n": language.number(one["stations"]),
    }
