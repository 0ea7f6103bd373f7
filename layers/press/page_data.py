"""A view as plain dictionaries: what the page's template and the map's script are given."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from geo.analysis.exports import FORMATS
from geo.model.errors import NotFound
from geo.model.mission import text_in
from geo.model.tables import SEVERITIES
from layers.map import category_table, choice_figures, measure_labels, measure_sentences, ramps
from layers.map.caption import method as method
from layers.map.caption import provenance
from layers.map.measures import offered as offered_measures
from layers.map.measures import shown as shown_measures
from layers.map.overlays import OVERLAYS
from layers.map.press_view import View
from layers.map.share_words import figure_of_share, share_in_words
from layers.map.turnout_words import turnout_line
from layers.pictures import category_picture
from layers.press import citation, measure_figures, story
from layers.press.press_payloads import (
    ChoiceWords,
    LevelWords,
    MeasureWords,
    PressValues,
    UnitDetail,
    UnitFinding,
    UnitWords,
)
from layers.words import headline
from layers.words.language import Language, mark
from layers.words.language import language as language_of
from layers.words.wording import COMPLETENESS, NO_VISIT_SAYS, SEVERITY, STATIONS_OF_DAY, STATUS, STATUS_SAYS

TABLE: Final = category_picture.NAME  # the download of the kinds of finding is called as the picture
PLAIN_FORMATS: Final = ("csv", "zip", "parquet")


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


def values(view: View, language: Language) -> PressValues:
    """Return what the map needs in one language: units, measures, choices, words. Bounded by the units."""
    say = language.say
    says = {**STATUS_SAYS, **({"not_observed": NO_VISIT_SAYS} if view.visits_known else {})}
    return {
        "version": view.version,
        "points": view.has_points,
        "marks": [
            {
                "name": name,
                "title": say(SEVERITY[name]),
                "corners": [[round(x, 4), round(y, 4)] for x, y in ramps.severity_corners(rank)],
            }
            for rank, name in enumerate(SEVERITIES)
        ],
        "statuses": {name: {"title": say(STATUS[name]), "says": say(says[name])} for name in STATUS},
        "levels": {level: _level_words(view, level, language) for level in measure_labels.levels(view)},
        "measures": measure_words(view, language),
        "stages": stage_words(view, language),
        "severities": severity_words(view, language),
        "overlays": [
            {"name": layer.name, "title": say(layer.title), "says": say(layer.says), "on": layer.is_on(view)}
            for layer in OVERLAYS
            if layer.exists(view)
        ],
        "words": browser_words(language),
    }


LEVEL_TITLES: Final = {"region": mark("Regions"), "part": mark("In detail")}


def _level_words(view: View, level: str, language: Language) -> LevelWords:
    units = (
        region_words(view, language) if level == "region" else []
    )  # parts bring theirs with their outlines
    return {"title": language.say(LEVEL_TITLES[level]), "units": units}


def region_words(view: View, language: Language) -> list[UnitWords]:
    """Return the words of the drawn areas, in the order of their outlines."""
    long_term = set(view.presence.loc[view.presence["kind"] == "long_term", "area"].tolist())
    found: list[UnitWords] = []
    for index in range(len(view.area)):
        title, name = measure_sentences.together(view, index, language), view.area_name(index, language.code)
        members = language.say(mark("Told together: {names}."), names=title) if title != name else ""
        found.append(
            {
                "name": name,
                "title": title,
                "first": int(view.together[index]),
                "page": citation.area_address(view.areas.area_id[int(view.area[index])]),
                "members": members,
                "long_term": index in long_term,
            }
        )
    return found


def part_words(view: View, language: Language) -> list[UnitWords]:
    """Return the words of the patches, in the order of their outlines."""
    units = view.release.by_patch
    found: list[UnitWords] = []
    for index in range(len(units)):
        names = [view.areas.name(area, language.code) for area in units.members[index]]
        area, town = ", ".join(names), view.town(units.town[index], language.code)
        title = ", ".join(filter(None, (town, area))) if units.is_part[index] else area
        words: UnitWords = {
            "name": title, "title": title, "first": index, "page": "", "members": "", "long_term": False
        }  # fmt: skip
        found.append(words)
    return found


def measure_words(view: View, language: Language) -> list[MeasureWords]:
    """Return the views a reader sees; what has nothing to show says why."""
    return [
        {
            "name": measure.name,
            "title": language.say(measure.title),
            "says": language.say(measure.says),
            "reads": language.say(measure.reads),
            "why": language.say(measure.why_not(view)) if measure.why_not(view) else "",
            "unit": measure.unit,
            "by_severity": measure.by_severity,
        }
        for measure in offered_measures(view)
    ]


def stage_words(view: View, language: Language) -> dict[str, ChoiceWords]:
    """Return the stages a reader can choose, the whole day first."""
    names = choice_figures.STAGES if view.visits_known else ("all",)
    found: dict[str, ChoiceWords] = {}
    for name in names:
        why = measure_figures.stage_why(view, name)
        found[name] = {
            "title": headline.of_stage(name, language),
            "n": measure_figures.stage_counts(view, name, language),
            "why": language.say(why) if why else "",
        }
    return found


def severity_words(view: View, language: Language) -> dict[str, ChoiceWords]:
    """Return the least severities a reader can choose."""
    return {
        name: {
            "title": language.say(headline.FROM_LEVEL[name]),
            "n": measure_figures.severity_counts(view, name, language),
            "why": "",
        }
        for name in choice_figures.SEVERITIES
    }


def first_view(view: View) -> str:
    """Return the measure a page opens with: the first that has something to show."""
    return shown_measures(view)[0].name


def browser_words(language: Language) -> dict[str, str | dict[str, str]]:
    """Return the sentences the page's scripts put together."""
    say, forms = language.say, language.forms
    return {
        "marks": forms("one mark = {n} station named", "one mark = {n} stations named"),
        "units": forms("{n} area", "{n} areas"),
        "clusterKey": say(mark("more findings than expected")),
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
        "stationsOfDay": say(STATIONS_OF_DAY),
        "kindsOfDay": say(mark("Kinds of finding, whole day, of any severity:")),
        "markPlace": say(mark("Marks stand at the area, not at the station.")),
        "updated": say(mark("There are newer figures.")),
        "reload": say(mark("Show them")),
        "offline": say(mark("No connection. Trying again.")),
        "offlineSince": say(mark("No connection. The figures on screen are of {time}.")),
        "failed": say(mark("These figures could not be loaded.")),
        "retry": say(mark("Retry")),
    }


def detail(view: View, language: Language, index: int) -> UnitDetail:
    """Return one area's findings by category with station numbers, asked for when a reader opens it.

    Raises IndexError for an area that is not drawn.
    """
    if not 0 <= index < len(view.area):
        raise IndexError(f"area {index}; the map draws 0 to {len(view.area) - 1}")
    rows = view.placed[view.placed["area"] == index]
    by_category = dict(story.grouped(rows, "category"))
    found: list[UnitFinding] = []
    for position, slug in enumerate(view.categories.category):
        group = by_category.get(position)
        shares = view.regions.categories.get(slug)
        figure = figure_of_share(shares, index) if shares else None
        counted = figure.part if figure else 0
        if group is None and counted <= 0:
            continue
        gives_numbers = group is not None and view.categories.public[position] == "yes"
        numbers = sorted(set(group["number"]), key=story.numerically) if group is not None else []
        found.append(
            {
                "title": view.categories.title(position, language.code),
                "severity": int(view.categories.severity[position]),
                "stations": int(group["station"].nunique()) if group is not None else counted,
                "says": share_in_words(shares, index, language) if shares and figure else "",
                "numbers": numbers[: story.MOST_LISTED] if gives_numbers else [],
                "completeness": story.joined(COMPLETENESS, story.distinct(group["completeness"]), language)
                if group is not None
                else "",
                "locators": story.distinct(group["locator"])[: story.MOST_LOCATORS]
                if group is not None
                else [],
            }
        )
    found.sort(key=lambda item: (-item["severity"], -item["stations"]))
    presence = view.presence[(view.presence["area"] == index)]
    return {
        "categories": found,
        "presence": [
            {"written": row["place_as_written"], "says": row["ambiguity"], "locator": row["locator"]}
            for row in presence.to_dict("records")
        ],
    }


def page(view: View, language: Language) -> dict[str, Any]:
    """Return everything the page's template shows; figures all come from the view."""
    mission, code = view.mission, language.code
    return {
        **opening(view, language),
        "subtitle": text_in(mission.subtitle, code),
        "credit": text_in(mission.credit, code),
        "released": view.release.state == "released",
        "notices": _notices(view, language),
        "method": method(view, language),
        **_offers(view, language),
        "reading": citation.sentences(view, language),
        "turnout": turnout_line(view, language),
        "unnamed": unnamed(view, language),
        "citation": citation.citation(view, language),
        **_categories(view, language),
        "findings": story.findings(view, language),
        "mentions": language.number(view.mentions_of_stations),
        "narrative": story.narrative(view, language),
        "queue": story.queue(view, language),
        "areas": story.areas(view, language),
        "any_without_station": bool(view.without_station().any()),
        "off_map": story.off_map(view, language),
        "area_count": len(view.area),
        "unobserved": _unobserved(view, language),
        "named": language.number(view.named),
        "named_above_low": language.number(view.named_above_low),
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
    }


def _categories(view: View, language: Language) -> dict[str, Any]:
    """The table of kinds of finding, what was asked in vain, and the pictures of the table."""
    rows = category_table.category_rows(view, view.release.nation, 0)
    return {
        "categories": category_table.category_table(view, language),
        "asked_in_vain": category_table.asked_in_vain(view, rows, language),
        "category_picture": citation.table_picture(view, -1),
    }


def opening(view: View, language: Language) -> dict[str, Any]:
    """Return what a page or a frame opens with: its choice, headline, line, provenance and picture."""
    measure = shown_measures(view)[0]
    stage, severity = measure_figures.first_choice()
    told = measure_sentences.sentences(view, measure, f"{stage}/{severity}", language)
    on = ",".join(layer.name for layer in OVERLAYS if layer.exists(view) and layer.is_on(view))
    return {
        "slug": view.mission.slug,
        "title": text_in(view.mission.title, language.code),
        "simulated": view.mission.nature == "simulated",
        "headline": told["headline"],
        "line": told["line"],
        "first": {"view": measure.name, "stage": stage, "severity": severity, "on": on},
        "provenance": provenance(view, language),
        "picture": citation.pictures(view, measure.name, stage, severity),
    }


def framed(view: View, language: Language) -> dict[str, Any]:
    """Return what the map in a frame says besides its figures. Raises NotFound before a release."""
    if view.release.state != "released":
        raise NotFound("nothing released yet")
    return opening(view, language)


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


def _offers(view: View, language: Language) -> dict[str, Any]:
    """What a reader can choose and take away, and why some of it is missing."""
    return {
        "views": measure_words(view, language),
        "stages": stage_words(view, language) if view.visits_known else {},
        "severities": severity_words(view, language),
        "has_parts": view.has_parts,
        "level_titles": {level: language.say(title) for level, title in LEVEL_TITLES.items()},
        "visits_known": view.visits_known,
        "assessments_known": view.assessments_known,
        "downloads": _downloads(view, language),
        "pictures": [(suffix, language.say(title)) for suffix, title in citation.PRESETS.items()],
    }


def _downloads(view: View, language: Language) -> list[tuple[str, str, tuple[str, ...]]]:
    """What there is to take away, and in which formats.

    Patches and kinds of finding where visits are counted, stations where they may be shown.
    """
    found = [("country", mark("Whole country")), ("areas", mark("Areas"))]
    if view.visits_known and len(view.release.patches):
        found.append(("patches", mark("Patches")))
    if view.registry is not None and len(view.release.stations):
        found.append(("stations", mark("Stations")))
    if view.release.nation.categories:
        found.append((TABLE, mark("Kinds of finding")))
    return [(thing, language.say(title), formats_of(thing)) for thing, title in found]


def formats_of(thing: str) -> tuple[str, ...]:
    """Return the formats of a download; what has no place has no format of maps."""
    return PLAIN_FORMATS if thing == TABLE else tuple(FORMATS)


def offered(view: View) -> tuple[str, ...]:
    """Return the names of what there is to take away."""
    return tuple(thing for thing, _, _ in _downloads(view, language_of("en")))
