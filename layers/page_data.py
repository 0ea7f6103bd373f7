"""A view as plain dictionaries: what the page's template and the map's script are given."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from geo.errors import NotFound
from geo.exports import FORMATS
from geo.mission import text_in
from geo.tables import SEVERITIES
from layers import figures, reading, story
from layers.every import LAYERS
from layers.language import Language, mark
from layers.language import language as language_of
from layers.method_line import method as method
from layers.method_line import source_line, stamp
from layers.tally import ABOVE_LOW
from layers.view import HEADLINE, View
from layers.wording import (
    COMPLETENESS,
    NO_VISIT_SAYS,
    SEVERITY,
    STAGE,
    STATUS,
    STATUS_SAYS,
    STATUS_SHORT,
)


def strip(view: View, language: Language) -> list[dict[str, Any]]:
    """Return the way from all stations to those named, only the steps that are known.

    `share`: of the step before, 0–1; None for the first. Only visits are given as a percentage: named of
    visited would read as a rate of findings, and nobody knows what was seen at the others.
    """
    steps = [
        ("stations", view.total("stations"), mark("polling stations in all")),
        ("visited", view.total("visited"), mark("visited by observers")),
        (
            "named",
            view.named,
            mark("named with a reported finding"),
        ),
        ("above_low", view.named_above_low, mark("of them with more than low severity")),
    ]
    if view.visits_known:
        steps = steps[:2] + _asked(view)
    known = [(name, n, label) for name, n, label in steps if n]
    found: list[dict[str, Any]] = []
    for position, (name, n, label) in enumerate(known):
        before = known[position - 1][1] if position else None
        if name == "asked":
            before = None  # visits, no share of the stations
        of = language.say(mark("of {n}"), n=language.number(before)) if before else ""
        found.append(
            {
                "name": name,
                "n": language.number(n),
                "label": language.say(label),
                "share": n / before if before else None,
                "of": f"{of} · {language.percent(n / before)}"
                if before and name in ("visited", "found")
                else of,
            }
        )
    return found


def _asked(view: View) -> list[tuple[str, int | None, str]]:
    """The two steps of a mission whose visits are counted: visits that asked, and those with a finding."""
    found = view.release.nation.findings[HEADLINE]
    m, k = int(found.visits[0]), int(found.with_finding[0])
    if m <= 0 or k < 0:
        return []
    return [
        ("asked", m, mark("visits whose form asked")),
        ("found", k, mark("visits with a finding of medium severity or higher")),
    ]


def unnamed(view: View, language: Language) -> str:
    """Return the sentence about stations visited but not named; "" where visits are known one by one."""
    visited = view.total("visited")
    # A number without a place may be one of the stations named, or another one: at most that many fewer.
    rest = (visited or 0) - view.named - view.unresolved
    if view.visits_known or rest <= 0:
        return ""
    return language.count(
        "About {n} visited station is not named; that does not mean nothing was found there.",
        "About {n} visited stations are not named; that does not mean nothing was found there.",
        rest,
    )


def values(view: View, language: Language) -> dict[str, Any]:
    """Return what the map needs in one language: areas, categories, layers, words. Bounded by areas."""
    say = language.say
    says = {**STATUS_SAYS, **({"not_observed": NO_VISIT_SAYS} if view.visits_known else {})}
    long_term = set(view.presence.loc[view.presence["kind"] == "long_term", "area"].tolist())
    return {
        "version": view.version,
        "language": language.code,
        "points": view.has_points,
        "method": method(view, language),
        "source": source_line(view, language),
        "severities": [{"name": name, "title": say(SEVERITY[name])} for name in SEVERITIES],
        "statuses": {
            name: {"title": say(STATUS[name]), "short": say(STATUS_SHORT[name]), "says": say(says[name])}
            for name in STATUS
        },
        "categories": _category_values(view, language),
        "areas": [
            {
                "name": view.area_name(index, language.code),
                "status": view.status[index],
                "stations": int(view.stations[index]),
                "visited": int(view.visited[index]),
                "masks": view.tally.by_mask[index].tolist(),
                "categories": view.tally.by_category[index].tolist(),
                "longTerm": index in long_term,
            }
            for index in range(len(view.area))
        ],
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "title": say(layer.title),
                "says": say(layer.says),
                "on": layer.is_on,
                "legend": [
                    {"swatch": key.swatch, "label": key.label} for key in layer.legend(view, language)
                ],
                "fills": list(layer.fills(view)) if layer.fills else None,
                "byChoice": view.visits_known and layer.by_choice is not None,
            }
            for layer in LAYERS
            if layer.exists(view)
        ],
        "small": view.mission.small_count,
        "choices": _choice_words(view, language),
        "words": _browser_words(language),
    }


def choice_values(view: View, choice: str) -> dict[str, Any]:
    """Return one choice's figures and appearances. Raises NotFound for a choice that does not exist."""
    if not view.visits_known or choice not in figures.choices():
        raise NotFound(f"no choice {choice[:32]!r}")
    fills = {
        layer.name: layer.by_choice(view, choice)
        for layer in LAYERS
        if layer.by_choice is not None and layer.exists(view)
    }
    return figures.choice_values(view, choice, fills)


def _choice_words(view: View, language: Language) -> dict[str, Any]:
    """The words of every stage and severity a reader can choose, by their code."""
    stages = {name: language.say(STAGE[name]) for name in figures.STAGES if name != "all"}
    if not view.visits_known:
        return {"stages": {}, "from": {}}
    return {
        "stages": {"all": language.say(mark("all stages")), **stages},
        "from": {name: language.say(SEVERITY[name]) for name in figures.SEVERITIES},
    }


def _views(view: View, language: Language) -> list[dict[str, str]]:
    """What the areas can show, in the order of the layers."""
    return [
        {"name": layer.name, "title": language.say(layer.title), "says": language.say(layer.says)}
        for layer in LAYERS
        if layer.kind in ("fill", "cells") and layer.exists(view)
    ]


def first_view(view: View) -> tuple[str, str]:
    """Return what a page opens with: a layer and a stage.

    A rate only where visits are a sample and at least half of the areas have one at some stage; then at
    the stage where most have. Otherwise where observers were, and the table of findings.
    """
    if not view.visits_known or view.mission.selection == "purposive":
        return "findings", "all"
    least = HEADLINE.partition("/")[2]
    known = {
        stage: int(np.isfinite(view.findings(f"{stage}/{least}").rate).sum())
        for stage in figures.STAGES
        if stage != "all"
    }
    stage = max(known, key=lambda one: known[one])
    return ("rate", stage) if 2 * known[stage] >= len(view.area) else ("findings", "all")


def _category_values(view: View, language: Language) -> list[dict[str, Any]]:
    """All categories, in the registry's order, because the areas' counts go by position."""
    totals = view.tally.by_category.sum(axis=0)
    return [
        {
            "title": view.categories.title(index, language.code),
            "severity": int(view.categories.severity[index]),
            "stations": int(totals[index]),
        }
        for index in range(len(view.categories))
    ]


def _browser_words(language: Language) -> dict[str, Any]:
    say, forms = language.say, language.forms
    return {
        "named": forms("{n} station named", "{n} stations named"),
        "marks": forms("one mark = {n} station named", "one mark = {n} stations named"),
        "unitFindings": say(mark("stations named")),
        "unitCoverage": say(mark("stations visited")),
        "coverageView": say(mark("Share of polling stations visited, where it is known.")),
        "noneNamed": say(mark("no station named")),
        "lowOut": say(mark("Low severity left out.")),
        "lowIn": say(mark("Low severity included.")),
        "only": say(mark("Only: {title}.")),
        "severitiesOnly": say(mark("Only severity: {list}.")),
        "countsOnly": say(mark("Marks count stations named, never a rate.")),
        "coverageOf": say(mark("{visited} of {stations} polling stations visited ({percent})")),
        "longTerm": say(mark("Long-term observers worked here before election day.")),
        "close": say(mark("Close")),
        "zoomIn": say(mark("Zoom in")),
        "zoomOut": say(mark("Zoom out")),
        "whole": say(mark("Show everything")),
        "copied": say(mark("Link copied")),
        "copiedText": say(mark("Copied")),
        "copyYourself": say(mark("Press Ctrl+C to copy.")),
        "zoomForStations": say(mark("Zoom in to see single stations.")),
        "areaPage": say(mark("This area’s own page")),
        "copyFailed": say(mark("The address bar holds the link.")),
        "dark": say(mark("Dark")),
        "light": say(mark("Light")),
        "scroll": say(mark("Hold Ctrl and scroll to zoom")),
        "numbers": say(mark("Station numbers: {list}")),
        "byAreaOnly": say(mark("Numbers not shown: this category is given by area only.")),
        "markPlace": say(mark("Marks stand at the area, not at the station.")),
        "updated": say(mark("New data: the page is being reloaded.")),
        "rate": say(mark("{k} of {m} visits with a reported finding")),
        "interval": say(mark("95 % interval {low} to {high}")),
        "seen": say(mark("{n} of {stations} polling stations visited")),
        "unitRate": say(mark("visits with a finding")),
        "rateView": say(
            mark("Visits with a reported finding of severity {severity} or higher, {stage}: {k} of {m}.")
        ),
        "negative": say(mark("{k} of {m} visits assessed bad or very bad")),
        "unitNegative": say(mark("assessments bad or very bad")),
        "negativeView": say(mark("Visits assessed bad or very bad as a whole, {stage}: {k} of {m}.")),
        "negativeHidden": say(mark("Visits assessed bad or very bad as a whole, {stage}.")),
        "rateHidden": say(mark("Visits with a reported finding of severity {severity} or higher, {stage}.")),
        "coverageStage": say(mark("Share of polling stations visited, {stage}: {n} of {stations}.")),
        "hotView": say(
            mark(
                "Cells with more findings than expected of severity {severity} or higher, {stage}. It says "
                "where to look, not who is to blame."
            )
        ),
        "hotNone": say(mark("Under this choice no cell has more findings than expected.")),
        "noShare": say(mark("no share shown")),
    }


def detail(view: View, language: Language, index: int) -> dict[str, Any]:
    """Return one area's findings by category with station numbers, asked for when a reader opens it.

    Raises IndexError for an area that is not drawn.
    """
    if not 0 <= index < len(view.area):
        raise IndexError(f"area {index}; the map draws 0 to {len(view.area) - 1}")
    rows = view.placed[view.placed["area"] == index]
    found: list[dict[str, Any]] = []
    for position, group in story.grouped(rows, "category"):
        gives_numbers = view.categories.public[position] == "yes"
        numbers = sorted(set(group["number"]), key=story.numerically)
        found.append(
            {
                "title": view.categories.title(position, language.code),
                "severity": int(view.categories.severity[position]),
                "stations": int(group["station"].nunique()),
                "numbers": numbers[: story.MOST_LISTED] if gives_numbers else [],
                "completeness": story.joined(COMPLETENESS, story.distinct(group["completeness"]), language),
                "locators": story.distinct(group["locator"])[: story.MOST_LOCATORS],
            }
        )
    found.sort(key=lambda item: (-int(item["severity"]), -int(item["stations"])))
    presence = view.presence[(view.presence["area"] == index)]
    return {
        "area": index,
        "page": reading.area_address(view.areas.area_id[int(view.area[index])]),
        "categories": found,
        "presence": [
            {
                "kind": row["kind"],
                "written": row["place_as_written"],
                "says": row["ambiguity"],
                "locator": row["locator"],
            }
            for row in presence.to_dict("records")
        ],
    }


def page(view: View, language: Language) -> dict[str, Any]:
    """Return everything the page's template shows; figures all come from the view."""
    mission, code = view.mission, language.code
    return {
        "slug": mission.slug,
        "title": text_in(mission.title, code),
        "subtitle": text_in(mission.subtitle, code),
        "credit": text_in(mission.credit, code),
        "election_date": language.date(date.fromisoformat(mission.election_date)),
        "nature": mission.nature,
        "simulated": mission.nature == "simulated",
        "stamp": stamp(view, language),
        "released": view.release.state == "released",
        "notices": _notices(view, language),
        "method": method(view, language),
        "source_line": source_line(view, language),
        "strip": strip(view, language),
        **_offers(view, language),
        "unnamed": unnamed(view, language),
        **_readers(view, language),
        "findings": story.findings(view, language),
        "mentions": language.number(view.mentions_of_stations),
        "narrative": story.narrative(view, language),
        "queue": story.queue(view, language),
        "areas": story.areas(view, language),
        "off_map": story.off_map(view, language),
        "area_count": len(view.area),
        "unobserved": _unobserved(view, language),
        "named": language.number(view.named),
        "named_above_low": language.number(view.named_above_low),
        "leading": _leading(view, language),
        "positive": story.notes(view, language, "positive"),
        "limitation": story.notes(view, language, "limitation"),
        "method_notes": story.notes(view, language, "method"),
        "context": story.notes(view, language, "context"),
        "figures": story.figures(view, language),
        "sources": [
            {
                "title": source.title,
                "publisher": source.publisher,
                "date": source.date,
                "licence": source.licence,
                "url": source.url if source.url.startswith(("https://", "http://")) else "",
            }
            for source in mission.sources
        ],
        "version": view.version,
        "contact": mission.contact,
        "severities": [
            {
                "name": name,
                "title": language.say(SEVERITY[name]),
                "n": language.number(int(view.tally.by_mask[:, _worst(rank)].sum())),
                "rank": rank,
            }
            for rank, name in reversed(list(enumerate(SEVERITIES)))
        ],
    }


def _readers(view: View, language: Language) -> dict[str, Any]:
    """How to read the map, and how to cite it."""
    return {
        "reading": reading.sentences(view, language),
        "why_named": reading.named_yet_withheld(view, language),
        "citation": reading.citation(view, language),
        "picture": reading.pictures(view, *first_view(view)),
    }


def framed(view: View, language: Language) -> dict[str, Any]:
    """Return what the map in a frame says besides its figures. Raises NotFound before a release."""
    if view.release.state != "released":
        raise NotFound("nothing released yet")
    first, stage = first_view(view)
    return {
        "title": text_in(view.mission.title, language.code),
        "simulated": view.mission.nature == "simulated",
        "stamp": stamp(view, language),
        "method": method(view, language),
        "source_line": source_line(view, language),
        "first_view": first,
        "first_stage": stage,
        "picture": reading.pictures(view, first, stage)["svg"],
    }


def _notices(view: View, language: Language) -> list[str]:
    """What the public is told of releases that were withdrawn, the newest first."""
    words = mark("The release of {date}, version {version}, was withdrawn: {text}")
    return [
        language.say(
            words, date=language.date(date.fromisoformat(one.day)), version=one.version, text=one.text
        )
        for one in view.notices
    ]


def _unobserved(view: View, language: Language) -> str:
    """The sentence about areas without observers; "" where there is none."""
    empty = sum(status == "not_observed" for status in view.status)
    if not empty:
        return ""
    return language.say(
        mark("In {n} of {total} areas there was no observer.")
        if view.visits_known
        else mark("In {n} of {total} areas the source names no observers."),
        n=language.number(empty),
        total=language.number(len(view.area)),
    )


def _why_not(view: View) -> list[str]:
    found = [layer.why_not(view) for layer in LAYERS if layer.why_not is not None]
    return [one for one in found if one]


def _offers(view: View, language: Language) -> dict[str, Any]:
    """What a reader can choose and take away, and why some of it is missing."""
    return {
        "views": _views(view, language),
        "first_view": first_view(view)[0],
        "first_stage": first_view(view)[1],
        "choices": _choice_words(view, language),
        "why_not": [language.say(why) for why in _why_not(view)],
        "visits_known": view.visits_known,
        "assessments_known": view.assessments_known,
        "downloads": _downloads(view, language),
        "formats": tuple(FORMATS),
    }


def _downloads(view: View, language: Language) -> list[tuple[str, str]]:
    """What there is to take away: cells where visits are counted, stations where they may be shown."""
    found = [("country", mark("Whole country")), ("areas", mark("Areas"))]
    if view.visits_known and len(view.release.by_cell.unit_id):
        found.append(("cells", mark("Cells")))
    if view.registry is not None and len(view.release.stations):
        found.append(("stations", mark("Stations")))
    return [(thing, language.say(title)) for thing, title in found]


def offered(view: View) -> tuple[str, ...]:
    """Return the names of what there is to take away."""
    return tuple(thing for thing, _ in _downloads(view, language_of("en")))


def _worst(rank: int) -> Any:
    """Masks whose most severe finding has this rank."""
    return (np.arange(16) >= (1 << rank)) & (np.arange(16) < (2 << rank))


def _leading(view: View, language: Language) -> list[dict[str, str]]:
    """The areas with most stations named, for the sentence under the title."""
    named, above = view.tally.named()[:-1], view.tally.named(ABOVE_LOW)
    order = np.argsort(-named, kind="stable")[:3]
    return [
        {
            "name": view.area_name(int(i), language.code),
            "n": language.number(int(named[i])),
            "above_low": language.number(int(above[i])),
        }
        for i in order
        if named[i] > 0
    ]
