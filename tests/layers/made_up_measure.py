"""A measure nobody has: what a stranger would write, in one file, for either page."""

from contextlib import contextmanager
from unittest import mock

import numpy as np

from geo.analysis.statistics.statistic import Result, Statistic, StatisticColumn, where_status
from geo.publication import visit_numbers
from geo.publication.visit_numbers import VisitNumber
from layers.map import measures
from layers.map.measures.desk_view import (
    CardFact,
    DeskFigure,
    DeskView,
    TableColumn,
    published_values,
    same_starts,
)
from layers.map.measures.measure import Measure, median_figures
from layers.words.headline import Words

NAME, TITLE = "made_up", "Made-up minutes"


def compute(material):
    visits = material.counts.visits
    assert len(material.row_of_visit) == len(material.unit_of_visit)
    values = np.where(visits > 0, visits * 7.0, np.nan)
    status = where_status("published", (visits == 0, "not_observed"), (visits < 7, "insufficient"))
    return Result({"made_up_minutes": values}, status)


def figures(view, level, choice):
    return median_figures(view.units(level), NAME, choice.partition("/")[0])


NUMBER = VisitNumber(NAME, lambda visits: np.where(visits.station < 24, 140, 60).astype(np.int64), 5)


MEASURE = Measure(
    name=NAME,
    title=TITLE,
    says="What nobody measures.",
    reads="The darker, the more of what nobody measures.",
    unit="minutes",
    ramp="gap",
    words=Words(
        sample="", with_top="", chosen="Nobody measured {value}", none="", untold="Nothing made up",
        line="Made up, {stage}: {ratio}.", legend="Made up", listed="Made up, by area",
        unit="{value} made up", is_estimate=False,
    ),
    figures=figures,
    exists=lambda view: view.visits_known,
    why_not=lambda _: "",
    file="made_up_minutes",
    formula="Made-up minutes: whatever nobody measured.",
    statistic=Statistic(
        name=NAME,
        says="Made-up minutes.",
        source="nobody",
        columns=(StatisticColumn("made_up_minutes", "minutes", "seven for every visit"),),
        compute=compute,
    ),
    desk=DeskView(
        name=NAME,
        title=TITLE,
        says="Minutes nobody measured",
        figure=DeskFigure(
            title="made-up minutes",
            line="value",
            ramp="gap",
            value="made_up_minutes",
            status=NAME,
            absence=NAME,
            unit="minutes",
            otherwise=same_starts((0, 10, 20)),
            values=lambda areas: published_values(areas, NAME, "made_up_minutes"),
            bar=120,
            table=(TableColumn(TITLE, "value"),),
            facts=(CardFact("made-up minutes"),),
        ),
    ),
)  # fmt: skip


@contextmanager
def plugged():
    """Have the made-up measure among the others, and its number in releases."""
    with (
        mock.patch.object(measures, "MEASURES", (*measures.MEASURES, MEASURE)),
        mock.patch.object(visit_numbers, "NUMBERS", (*visit_numbers.NUMBERS, NUMBER)),
    ):
        yield MEASURE
