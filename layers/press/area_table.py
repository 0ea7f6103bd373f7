"""The table by stage of an area's page: a column per measure, in its own words, and one for the country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from layers.map import choice_figures
from layers.map.measure_labels import label
from layers.map.measure_sentences import figure_of
from layers.map.measures import offered
from layers.map.measures.measure import IN_WORDS, Figures, Measure
from layers.map.press_view import Level, View
from layers.map.share_words import figure_in_words
from layers.words import headline
from layers.words.language import Language, mark
from layers.words.wording import STAGE, STATUS

# The severity from which findings count in the table, as in the headline: low ones are left out.
LEAST: Final = "medium"
COUNTRY: Final = mark("Whole country")


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column: its title in the page's language, and whose figures of which measure stand in it."""

    title: str
    measure: Measure
    level: Level


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage and its cells, one per column."""

    stage: str
    cells: tuple[str, ...]


def columns(view: View, language: Language) -> tuple[FigureColumn, ...]:
    """Return the columns: the measures that say where they stand, then the others in the page's order.

    Clusters are no figure of an area, and what is known of the whole day alone is in no table by stage.
    """
    measures = [
        one for one in offered(view) if one.by_stage and one.unit != "clusters" and _has_column(one, view)
    ]
    found: list[FigureColumn] = []
    for measure in sorted(
        measures, key=lambda one: (one.stages is None, one.stages.place if one.stages else 0)
    ):
        found.append(FigureColumn(_title(measure, language), measure, "region"))
        if measure.stages and measure.stages.beside_country:
            found.append(FigureColumn(language.say(COUNTRY), measure, "country"))
    return tuple(found)


def _has_column(measure: Measure, view: View) -> bool:
    return measure.is_known(view) if measure.stages else not measure.why_not(view)


def _title(measure: Measure, language: Language) -> str:
    if measure.stages:
        return language.say(measure.stages.title)
    listed = language.say(measure.words.listed)
    return f"{listed}, {headline.of_severity(LEAST, language)}" if measure.by_severity else listed


def rows(view: View, index: int, shown: tuple[FigureColumn, ...], language: Language) -> tuple[StageRow, ...]:
    """Return one row per stage of a drawn area; one in all where visits are known only as sums."""
    stages = choice_figures.STAGES if view.visits_known else ("all",)
    return tuple(
        StageRow(
            language.say(mark("all stages")) if stage == "all" else language.say(STAGE[stage]),
            tuple(_cell(view, column, f"{stage}/{LEAST}", index, language) for column in shown),
        )
        for stage in stages
    )


def _cell(view: View, column: FigureColumn, choice: str, index: int, language: Language) -> str:
    """A figure as it is told, or the word of its status; of an area told with others only that it is."""
    position = index if column.level == "region" else 0
    own = view.release.by_area.status[index]
    if column.level == "region" and own == "merged":
        return language.say(STATUS[own])
    measure, figures = column.measure, column.measure.figures(view, column.level, choice)
    status = figures.status[position]
    if measure.unit == "count" or measure.unit in IN_WORDS:
        return label(measure, figures, position, language) or language.say(STATUS[status])
    if not measure.words.is_estimate:
        return _counted(figures, position, language) or language.say(STATUS[status])
    has_share = bool(np.isfinite(figures.value[position]))
    return figure_in_words(figure_of(figures, position), has_share, status, language)


def _counted(figures: Figures, position: int, language: Language) -> str:
    """k of n and the share; "" where that is not told, or is nothing: nobody there is never 0 %."""
    n, whole = int(figures.part[position]), int(figures.whole[position])
    if n <= 0:
        return ""
    if whole <= 0:
        return language.number(n)
    said = language.say(mark("{k} of {m}"), k=language.number(n), m=language.number(whole))
    return f"{said} · {language.percent(n / whole)}"
