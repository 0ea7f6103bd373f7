"""What is said of a measure under one choice: a headline made from its figures, and the line below that."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from geo.publication.published_clusters import PublishedCluster
from layers.map.caption import method, stamp
from layers.map.measure_labels import label
from layers.map.measures.measure import IN_WORDS, Figures, Measure
from layers.map.measures.problem_clusters import NONE, clusters_of, why_none
from layers.map.press_view import View
from layers.words import headline
from layers.words.headline import Figure
from layers.words.language import Language, mark


class Sentences(TypedDict):
    """The sentences of one measure and choice, in one language."""

    headline: str
    line: str
    caption: str
    legend: str
    list_title: str


def sentences(view: View, measure: Measure, choice: str, language: Language) -> Sentences:
    """Return a measure's sentences under a choice such as "all/medium"."""
    country = measure.figures(view, "country", choice)
    title = _headline(view, measure, country, choice, language)
    line = _line(view, measure, country, choice, language)
    return {
        "headline": title,
        "line": line,
        "caption": f"{title}. {line}",
        "legend": language.say(measure.words.legend),
        "list_title": language.say(measure.words.listed),
    }


def around(view: View, cluster: PublishedCluster, language: Language) -> str:
    """Return what a cluster is called: "around" its largest town, or else its area."""
    area = view.areas.name(cluster.area, language.code) if cluster.area >= 0 else ""
    if cluster.name:
        return language.say(mark("Around {town}"), town=view.town(cluster.name, language.code))
    return area or language.say(mark("One place"))


def figure_of(figures: Figures, position: int) -> Figure | None:
    """Return a unit's figure for words; None where it is not told."""
    part, whole = int(figures.part[position]), int(figures.whole[position])
    if part < 0 or whole <= 0:
        return None
    low, high = float(figures.low[position]), float(figures.high[position])
    if not (np.isfinite(low) and np.isfinite(high)):
        return Figure(part, whole)
    return Figure(part, whole, low, high, float(figures.value[position]))


def value_sentence(measure: Measure, figures: Figures, position: int, language: Language) -> str:
    """Return what a value that is no part of a whole says of a unit; "" where none is told."""
    value = label(measure, figures, position, language)
    return language.say(measure.words.chosen, value=value) if value else ""


def _headline(view: View, measure: Measure, country: Figures, choice: str, language: Language) -> str:
    if measure.unit == "clusters":
        return _of_clusters(view, measure, choice, language)
    if measure.unit == "count":
        return _of_counts(view, measure, country, choice, language)
    if measure.unit in IN_WORDS:
        return value_sentence(measure, country, 0, language) or language.say(measure.words.untold)
    figure, words, say = figure_of(country, 0), measure.words, language.say
    if figure is None:
        is_coverage_of_unknown = not words.is_estimate and bool(view.total("visited"))
        return method(view, language).rstrip(".") if is_coverage_of_unknown else say(words.untold)
    k, n = language.number(figure.part), language.number(figure.whole)
    if figure.part == 0:
        return say(words.none, n=n)
    selection = view.mission.selection
    if words.is_estimate and selection in headline.NOT_DRAWN:
        return f"{say(words.chosen, k=k, n=n)}; {say(headline.NOT_DRAWN[selection])}"
    if figure.estimate is None:
        return say(words.chosen, k=k, n=n)
    ratio = headline.in_words(figure, language)
    place = _standing_out(view, measure, country, choice) if words.with_top else -1
    if place < 0:
        return say(words.sample, ratio=ratio, k=k, n=n)
    regions = measure.figures(view, "region", choice)
    top = figure_of(regions, place)
    return say(
        words.with_top,
        ratio=ratio,
        place=together(view, place, language),
        top=headline.in_short(top, language) if top else "",
    )


def _standing_out(view: View, measure: Measure, country: Figures, choice: str) -> int:
    """The region with the highest share whose interval lies above the country's; -1 for none or a tie.

    It is never one of which only one or two teams tell: a strict team looks like a bad place there.
    """
    regions = measure.figures(view, "region", choice)
    is_above = np.isfinite(regions.low) & (regions.low > country.value[0]) & ~regions.few_teams
    if not is_above.any():
        return -1
    return int(np.argmax(np.where(is_above, regions.value, -1.0)))


def together(view: View, position: int, language: Language) -> str:
    """Return of which regions a region's figures are: its own name, or those of all told together."""
    first = view.together[position]
    names = [view.area_name(int(i), language.code) for i in np.flatnonzero(view.together == first)]
    return joined_names(names, language)


def joined_names(names: list[str], language: Language) -> str:
    """Return "A", or "A, B and C"."""
    if len(names) == 1:
        return names[0]
    return language.say(mark("{names} and {last}"), names=", ".join(names[:-1]), last=names[-1])


def _of_clusters(view: View, measure: Measure, choice: str, language: Language) -> str:
    clusters, words = clusters_of(view, choice), measure.words
    if not clusters:
        why = why_none(view, choice)
        return language.say(words.none if why == NONE else why).rstrip(".")
    first = clusters[0]
    place = view.town(first.name, language.code) or (
        view.areas.name(first.area, language.code) if first.area >= 0 else "–"
    )
    if len(clusters) > 1:
        return language.say(words.sample, count=language.number(len(clusters)), place=place)
    return language.say(
        words.with_top,
        place=place,
        k=language.number(first.k),
        n=language.number(first.n),
        expected=language.number(round(first.expected)),
    )


def _of_counts(view: View, measure: Measure, country: Figures, choice: str, language: Language) -> str:
    words, say = measure.words, language.say
    problem = say(headline.PROBLEM[choice.partition("/")[2]])
    k, n = int(country.part[0]), int(country.whole[0])
    if k <= 0:
        return say(words.none, problem=problem)
    if n <= 0:
        return say(words.chosen, k=language.number(k), problem=problem)
    counts = measure.figures(view, "region", choice).part
    first = int(np.argmax(counts)) if len(counts) else -1
    parts = {"k": language.number(k), "n": language.number(n), "problem": problem}
    if first < 0 or 4 * int(counts[first]) < k:  # a quarter of all in one place is news; less is a list
        return say(words.sample, **parts)
    place = view.area_name(first, language.code)
    return say(words.with_top, **parts, top=language.number(int(counts[first])), place=place)


def _line(view: View, measure: Measure, country: Figures, choice: str, language: Language) -> str:
    """k of n, its share and margin, then n of N, how chosen, and up to which day."""
    stage, _, severity = choice.partition("/")
    parts = {
        "stage": headline.of_stage(stage, language),
        "severity": headline.of_severity(severity, language),
    }
    figure = figure_of(country, 0)
    said = ""
    if measure.unit == "clusters":
        said = language.say(measure.words.line, **parts)
    elif measure.unit in IN_WORDS:
        value = label(measure, country, 0, language)
        said = language.say(measure.words.line, **parts, ratio=value) if value else ""
    elif measure.unit == "count" and figure:
        whole = {"k": language.number(figure.part), "n": language.number(figure.whole)}
        said = language.say(measure.words.line, **parts, ratio=language.say(mark("{k} of {n}"), **whole))
    elif figure:
        said = language.say(measure.words.line, **parts, ratio=headline.ratio(figure, language))
    return " ".join(filter(None, (said, stamp(view, language))))
