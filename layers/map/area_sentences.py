"""What is said of one area under one choice: a headline, and a line with share, margin and country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.model.code_lists import Status
from layers.map.caption import stamp
from layers.map.measure_labels import label
from layers.map.measure_sentences import figure_of, together, value_sentence
from layers.map.measures.measure import IN_WORDS, Figures, Measure
from layers.map.press_view import Level, View
from layers.words import headline
from layers.words.language import Language, mark
from layers.words.wording import NO_VISIT_AT_STAGE, NO_VISIT_SAYS, STATUS_SAYS

FEW_TEAMS: Final = mark("One or two teams: a strict team and a bad place cannot be told apart.")


@dataclass(frozen=True, slots=True)
class AreaSentences:
    """An area's sentences. `notes` say what a reader must know besides; most areas have none."""

    headline: str
    line: str
    notes: tuple[str, ...]


def area_sentences(view: View, measure: Measure, choice: str, area: int, language: Language) -> AreaSentences:
    """Return what page, frame and picture say of a drawn area: the same words everywhere."""
    regions, country = (measure.figures(view, level, choice) for level in ("region", "country"))
    name, title = view.area_name(area, language.code), together(view, area, language)
    said = _said(view, measure, regions, area, choice, language)
    notes = [language.say(mark("Told together: {names}."), names=title)] if title != name else []
    if regions.few_teams[area] and figure_of(regions, area):
        notes.append(language.say(FEW_TEAMS))
    parts = (
        _line(measure, regions, area, choice, language),
        _whole_country(measure, country, language),
        stamp(view, language),
    )
    return AreaSentences(
        language.say(mark("{name}: {sentence}"), name=title, sentence=said),
        " ".join(filter(None, parts)),
        tuple(notes),
    )


def _said(view: View, measure: Measure, regions: Figures, area: int, choice: str, language: Language) -> str:
    """The area's sentence, as the country's headline would put it; the status where no figure is told."""
    words, say = measure.words, language.say
    k = int(regions.part[area])
    if measure.unit == "count" and k > 0:
        problem = say(headline.PROBLEM[choice.partition("/")[2]])
        return _lower(say(words.chosen, k=language.number(k), problem=problem))
    if value := measure.unit in IN_WORDS and value_sentence(measure, regions, area, language):
        return _lower(value)
    figure = figure_of(regions, area)
    if measure.unit == "count" or figure is None:
        return _lower(say(status_says(view, "region", area, regions.status[area])))
    n = language.number(figure.whole)
    if k == 0:
        return _lower(say(words.none, n=n))
    if figure.estimate is not None:
        return _lower(say(words.sample, ratio=headline.in_words(figure, language), k=language.number(k), n=n))
    return _lower(say(words.chosen, k=language.number(k), n=n))


def status_says(view: View, level: Level, position: int, status: Status) -> str:
    """Return why a unit has no figure, an English key.

    `status`: of the figure, at any stage. Where nobody was there at one stage, somebody may have been all the
    same that day, and the words differ.
    """
    if status != "not_observed" or not view.visits_known:
        return STATUS_SAYS[status]
    of_day = view.units(level).coverage["all"].status[position]
    return NO_VISIT_SAYS if of_day == "not_observed" else NO_VISIT_AT_STAGE


def _lower(sentence: str) -> str:
    """A sentence after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _line(measure: Measure, regions: Figures, area: int, choice: str, language: Language) -> str:
    """k of n of the area, its share and margin; "" where that is not told."""
    stage, _, severity = choice.partition("/")
    parts = {
        "stage": headline.of_stage(stage, language),
        "severity": headline.of_severity(severity, language),
    }
    if measure.unit == "count":
        k = max(0, int(regions.part[area]))
        return language.say(measure.words.line, **parts, ratio=language.number(k)) if k else ""
    if measure.unit in IN_WORDS:
        value = label(measure, regions, area, language)
        return language.say(measure.words.line, **parts, ratio=value) if value else ""
    figure = figure_of(regions, area)
    return language.say(measure.words.line, **parts, ratio=headline.ratio(figure, language)) if figure else ""


def _whole_country(measure: Measure, country: Figures, language: Language) -> str:
    figure = figure_of(country, 0)
    if figure is None:
        told = label(measure, country, 0, language) if measure.unit in IN_WORDS else ""
        return language.say(mark("Whole country: {ratio}."), ratio=told) if told else ""
    told = headline.ratio(figure, language)
    if measure.unit == "count":
        k, n = language.number(figure.part), language.number(figure.whole)
        told = language.say(mark("{k} of {n}"), k=k, n=n)
    return language.say(mark("Whole country: {ratio}."), ratio=told)
