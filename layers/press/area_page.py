"""One area's own page: its figures by stage, what was reported there, and from where that is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.model.errors import NotFound
from geo.model.mission import text_in
from geo.model.tables import SEVERITIES
from layers.map.area_sentences import area_sentences, status_says
from layers.map.caption import method, provenance, source_line
from layers.map.measures import shown
from layers.map.press_view import HEADLINE, View
from layers.press import area_table, page_data
from layers.press.citation import PRESETS, area_address, table_picture
from layers.press.press_payloads import UnitFinding
from layers.words.language import Language
from layers.words.wording import SEVERITY, STATUS


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
    columns = area_table.columns(view, language)
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
        "columns": [column.title for column in columns],
        "rows": area_table.rows(view, index, columns, language),
        "named": _named(view, language, index),
        "findings": [_finding(one, language) for one in told["categories"]],
        "by_area_only": _by_area_only(view, language, index),
        "category_picture": table_picture(view, index),
        "presence": told["presence"],
        "sources": [" · ".join(filter(None, (s.title, s.publisher, s.date))) for s in about.sources],
        "version": view.version,
        "contact": about.contact,
    }


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
