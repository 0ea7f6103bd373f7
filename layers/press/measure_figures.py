"""The figures of one choice as the press page draws them: every measure, level and unit, in one language."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from geo.model.errors import NotFound
from geo.model.tables import SEVERITIES
from layers.map import measure_sentences
from layers.map.area_sentences import FEW_TEAMS, status_says
from layers.map.measure_labels import alike, choices, classes, label, levels, ranks
from layers.map.measures import findings_share, shown
from layers.map.measures.measure import IN_WORDS, Figures, Measure, limits_of, tokens_of
from layers.map.measures.problem_clusters import clusters_of, patches_of, why_none
from layers.map.measures.stations_named import named_by_worst
from layers.map.press_view import HEADLINE, Level, View
from layers.press.press_payloads import (
    ClusterFigures,
    CountryFigures,
    LevelFigures,
    MeasureFigures,
    PressChoice,
)
from layers.words import headline
from layers.words.language import Language, mark

DIGITS: Final = 4  # of a share: finer than any label


def choice(view: View, choice_name: str, language: Language, *, with_parts: bool = False) -> PressChoice:
    """Return the figures of one choice, of regions, or of their parts too.

    A first view does without the parts: they are as many as a large register fills. Raises NotFound for a
    choice that this release does not have.
    """
    if choice_name not in choices(view) or (with_parts and not view.has_parts):
        raise NotFound(f"no choice {choice_name[:32]!r}")
    drawn = levels(view) if with_parts else levels(view)[:1]
    clusters = [cluster(view, one, language) for one in clusters_of(view, choice_name)]
    why = why_none(view, choice_name)
    return {
        "choice": choice_name,
        "measures": {
            measure.name: _measure(view, measure, choice_name, language, drawn) for measure in shown(view)
        },
        "clusters": clusters,
        "clusters_why": [language.say(why)] if why else [],
    }


def _measure(
    view: View, measure: Measure, choice_name: str, language: Language, drawn: tuple[Level, ...]
) -> MeasureFigures:
    limits = limits_of(measure, view)
    regions = measure.figures(view, "region", choice_name)
    sentences = measure_sentences.sentences(view, measure, choice_name, language)
    has_intervals = bool(np.isfinite(regions.low).any())
    return {
        **sentences,
        "unit": measure.unit,
        "intervals": has_intervals,
        "axis": _axis(view, measure, choice_name, has_intervals, language),
        "alike": alike(measure, limits, regions, language),
        "classes": [
            {"token": key.swatch, "label": key.label}
            for key in classes(measure, limits, language)
            if np.isfinite(regions.value).any()  # a colour that no area has explains nothing
        ],
        "country": _country(measure.figures(view, "country", choice_name)),
        "levels": {level: _level(view, measure, level, choice_name, language) for level in drawn},
    }


def _axis(view: View, measure: Measure, choice_name: str, intervals: bool, language: Language) -> str:
    if measure.unit not in ("share", *IN_WORDS):
        return ""
    value = label(measure, measure.figures(view, "country", choice_name), 0, language)
    if not intervals:
        return language.say(mark("country: {share}"), share=value) if value else ""
    return language.say(mark("bar: 95 % margin · dashed: country {share}"), share=value)


def _country(figures: Figures) -> CountryFigures:
    return {
        "part": int(figures.part[0]),
        "whole": int(figures.whole[0]),
        "value": _rounded(figures.value)[0],
        "low": _rounded(figures.low)[0],
        "high": _rounded(figures.high)[0],
    }


def _rounded(values: Any) -> list[float | None]:
    return [round(float(value), DIGITS) if np.isfinite(value) else None for value in values]


def _level(view: View, measure: Measure, level: Level, choice_name: str, language: Language) -> LevelFigures:
    figures = measure.figures(view, level, choice_name)
    has_marks = measure.has_marks and level == "region" and view.named > 0
    is_whole_day = choice_name.startswith("all/")  # whom a source names it names for the day
    return {
        "status": list(figures.status),
        "token": list(tokens_of(measure, figures, limits_of(measure, view))),
        "part": figures.part.tolist(),
        "whole": figures.whole.tolist(),
        "value": _rounded(figures.value),
        "low": _rounded(figures.low),
        "high": _rounded(figures.high),
        "rank": ranks(measure, figures),
        "label": [label(measure, figures, position, language) for position in range(len(figures.status))],
        "says": [
            _says(view, measure, level, figures, position, language)
            for position in range(len(figures.status))
        ],
        "marks": named_by_worst(view, choice_name)[:-1].tolist() if has_marks and is_whole_day else None,
    }


def _says(
    view: View, measure: Measure, level: Level, figures: Figures, position: int, language: Language
) -> list[str]:
    """One unit in a few plain lines: k of n, its share and margin, or why there is none."""
    part, whole, status = int(figures.part[position]), int(figures.whole[position]), figures.status[position]
    lines = []
    if measure.unit in IN_WORDS:
        value = label(measure, figures, position, language)
        lines += [language.say(measure.words.unit, value=value)] if value else []
    elif measure.unit == "count" and part > 0:
        lines.append(language.count("{n} station named", "{n} stations named", part))
    elif measure.words.unit and part >= 0 and whole > 0:
        lines += _share_says(measure, figures, position, language)
    elif measure.words.unit and not measure.words.is_estimate and part > 0:
        words = mark("Stations visited: {n}; how many there are is not known.")
        lines.append(language.say(words, n=language.number(part)))
    if status != "published" and (not lines or measure.unit == "count"):
        lines.append(language.say(status_says(view, level, position, status)))
    if figures.few_teams[position] and lines and measure.ramp:
        lines.append(language.say(FEW_TEAMS))
    return lines


def _share_says(measure: Measure, figures: Figures, position: int, language: Language) -> list[str]:
    """k of n and the share; of a random sample the share of all stations and its margin in a line below."""
    part, whole = int(figures.part[position]), int(figures.whole[position])
    share = label(measure, figures, position, language)
    counted = language.say(measure.words.unit, k=language.number(part), n=language.number(whole))
    low, high = float(figures.low[position]), float(figures.high[position])
    if not (share and np.isfinite(low) and np.isfinite(high)):
        return [f"{counted} ({share})" if share else counted]
    if part == 0:
        ends = {"high": language.percent(high)}
        return [counted, language.say(mark("Of all stations up to {high}"), **ends)]
    ends = {"low": headline.printed(low, whole, language), "high": headline.printed(high, whole, language)}
    return [
        counted,
        language.say(mark("Of all stations {share}, 95 % margin {low} to {high}"), share=share, **ends),
    ]


def cluster(view: View, found: Any, language: Language) -> ClusterFigures:
    """Return a cluster with its sentences, its parts by position and the box around them."""
    parts = patches_of(view, found.units)
    shapes = view.release.outline[view.release.patches[parts]]
    k, n = language.number(found.k), language.number(found.n)
    says = [
        language.say(
            mark("{k} of {n} stations, {expected} expected"),
            k=k, n=n, expected=language.number(round(found.expected)),
        ),
        language.say(
            mark("elsewhere {k} of {n}"),
            k=language.number(found.rest_k), n=language.number(found.rest_n),
        )
        + f" ({language.whole_percent(found.rest_k / max(found.rest_n, 1))})",
    ]  # fmt: skip
    return {
        "name": measure_sentences.around(view, found, language),
        "says": says,
        "part": found.k,
        "whole": found.n,
        "expected": found.expected,
        "parts": parts,
        "bounds": [round(float(end), 3) for end in shapely.total_bounds(shapes)],
    }


def stage_counts(view: View, stage: str, language: Language) -> dict[str, str]:
    """Return what each measure counts at a stage, in words, by its name; "" where that is not told."""
    return {measure.name: _whole(view, measure, f"{stage}/medium", language) for measure in shown(view)}


def _counted(measure: Measure) -> Measure:
    """The measure whose stations stand behind a measure's figures: clusters are made of findings."""
    return findings_share.MEASURE if measure.unit == "clusters" else measure


def _whole(view: View, measure: Measure, choice_name: str, language: Language) -> str:
    counted = _counted(measure)
    figures = counted.figures(view, "country", choice_name)
    number = int(
        figures.part[0] if counted.unit == "count" or not counted.words.is_estimate else figures.whole[0]
    )
    return language.number(number) if number >= 0 else ""


def severity_counts(view: View, severity: str, language: Language) -> dict[str, str]:
    """Return in how many stations there is a finding from a severity up, by measure; "" where not told."""
    counts = {}
    for measure in shown(view):
        counted = _counted(measure)
        part = int(counted.figures(view, "country", f"all/{severity}").part[0]) if counted.by_severity else -1
        counts[measure.name] = language.number(part) if part >= 0 else ""
    return counts


def stage_why(view: View, stage: str) -> str:
    """Return why a stage has nothing to show, an English key; "" if it has."""
    covered = view.release.nation.coverage.get(stage)
    if covered is None or int(covered.observed[0]) > 0:
        return ""
    return mark("No figures of this stage.")


def first_choice() -> tuple[str, str]:
    """Return the stage and severity a page opens with."""
    stage, _, severity = HEADLINE.partition("/")
    assert severity in SEVERITIES
    return stage, severity
