"""One area's own page: its figures by stage, what was reported there, and from where that is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.disclosure import HIDDEN, SMALL
from geo.errors import NotFound
from geo.mission import text_in
from geo.tables import SEVERITIES
from layers import figures, page_data
from layers.language import Language, mark
from layers.method_line import method, source_line
from layers.reading import area_address
from layers.view import View
from layers.wording import NO_VISIT_SAYS, SEVERITY, STAGE, STATUS, STATUS_SAYS

LEAST = "medium"  # the severity from which findings count in the table: low ones are out of the headline


def page(view: View, language: Language, area_id: str) -> dict[str, Any]:
    """Return what the page of an area shows. Raises NotFound for an id the map does not draw."""
    ids = [view.areas.area_id[int(one)] for one in view.area]
    if view.release.state != "released" or area_id not in ids:
        raise NotFound(f"no area {area_id[:48]!r}")
    index, about = ids.index(area_id), view.mission
    status = view.status[index]
    is_known_empty = status == "not_observed" and view.visits_known
    told = page_data.detail(view, language, index)
    return {
        "name": view.area_name(index, language.code),
        "index": index,
        "address": area_address(area_id),
        "mission": text_in(about.title, language.code),
        "simulated": about.nature == "simulated",
        "status": status,
        "status_title": language.say(STATUS[status]),
        "status_says": language.say(NO_VISIT_SAYS if is_known_empty else STATUS_SAYS[status]),
        "method": method(view, language),
        "source_line": source_line(view, language),
        "rows": _rows(view, language, index),
        "visits_known": view.visits_known,
        "assessments_known": view.assessments_known,
        "named": _named(view, language, index),
        "findings": [_finding(one, language) for one in told["categories"]],
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
        return [{"stage": language.say(mark("all stages")), "seen": known, "found": "", "judged": ""}]
    units, rows = view.release.by_area, []
    for stage in figures.STAGES:
        covered = units.coverage.get(stage, units.coverage["all"])
        title = language.say(mark("all stages")) if stage == "all" else language.say(STAGE[stage])
        seen = _seen(int(covered.observed[index]), int(units.stations[index]), language)
        found, judged = units.findings[f"{stage}/{LEAST}"], units.assessments.get(stage)
        rows.append(
            {
                "stage": title,
                "seen": seen or language.say(STATUS[covered.status[index]]),
                "found": _part(
                    view, language, index, found.status, found.with_finding, found.visits, found.rate,
                    (found.rate_low, found.rate_high),
                ),
                "judged": _part(
                    view, language, index, judged.status, judged.negative, judged.visits, judged.rate,
                    (judged.rate_low, judged.rate_high),
                ) if judged else "",
            }
        )  # fmt: skip
    return rows


def _seen(n: int, stations: int, language: Language) -> str:
    """n of N stations visited and their share; "" where that is not told, or nobody was: never 0 %."""
    if n <= 0:
        return ""
    if stations <= 0:
        return language.number(n)
    said = language.say(mark("{k} of {m}"), k=language.number(n), m=language.number(stations))
    return f"{said} · {language.percent(n / stations)}"


def _part(
    view: View,
    language: Language,
    index: int,
    status: Any,
    part: Any,
    whole: Any,
    rate: Any,
    interval: tuple[Any, Any],
) -> str:
    """k of m visits, its share and interval by the map's rules, or the word of the status."""
    k, m = int(part[index]), int(whole[index])
    if m <= 0 or k == HIDDEN:
        return language.say(STATUS[status[index]])
    few = f"<{view.mission.small_count}" if k == SMALL else language.number(k)
    said = language.say(mark("{k} of {m}"), k=few, m=language.number(m))
    if not np.isfinite(rate[index]):
        return said
    said += f" · {language.percent(float(rate[index]))}"
    low, high = (float(one[index]) for one in interval)
    if np.isfinite(low) and np.isfinite(high):
        words = mark("95 % interval {low} to {high}")
        said += f" · {language.say(words, low=language.percent(low), high=language.percent(high))}"
    return said


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


def _finding(one: dict[str, Any], language: Language) -> dict[str, Any]:
    severity = SEVERITIES[one["severity"]] if one["severity"] >= 0 else ""
    return {
        **one,
        "severity": severity,
        "severity_title": language.say(SEVERITY[severity]),
        "n": language.number(one["stations"]),
    }
