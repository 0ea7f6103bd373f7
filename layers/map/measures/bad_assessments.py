"""Judged badly: how many of the stations assessed as a whole observers called bad or very bad."""

from __future__ import annotations

import numpy as np

from layers.map import ramps
from layers.map.measures.desk_view import (
    CardFact,
    DeskFigure,
    DeskView,
    HourCounters,
    TableColumn,
    same_starts,
)
from layers.map.measures.findings_share import rates
from layers.map.measures.measure import Figures, Measure, StageColumn, share_figures
from layers.map.press_view import HEADLINE, Level, View
from layers.words.headline import Words
from layers.words.language import mark


def _figures(view: View, level: Level, choice: str) -> Figures:
    units = view.units(level)
    return share_figures(units, units.assessments.get(choice.partition("/")[0]))


def _why_not(view: View) -> str:
    if not view.assessments_known:
        return mark("No visit of this mission carries an overall assessment.")
    rates = [_figures(view, level, HEADLINE).value for level in ("country", "region")]
    return "" if np.isfinite(np.concatenate(rates)).any() else mark("Too few stations were visited.")


DESK = DeskView(
    name="assessment",
    title=mark("Assessments"),
    says=mark("Visits assessed bad or very bad"),
    figure=DeskFigure(
        title=mark("assessed bad or very bad"),
        line="ratio",
        ramp="negative",
        value="share_negative",
        part="visits_negative",
        whole="visits_assessed",
        low="negative_low",
        high="negative_high",
        status="assessment",
        absence="assessment",
        otherwise=same_starts(ramps.RATE),
        values=rates,
        hours=HourCounters("negative", "assessed"),
        table=(TableColumn(mark("Assessed bad"), "ratio"),),
        facts=(CardFact(mark("assessed bad or very bad")),),
    ),
    place=5,
)
MEASURE = Measure(
    name="assessment",
    title=mark("Judged badly"),
    says=mark("Polling stations that observers called bad or very bad as a whole, of those assessed."),
    reads=mark(
        "The darker an area, the larger the share of its assessed polling stations that observers called bad "
        "or very bad as a whole."
    ),
    unit="share",
    ramp="negative",
    words=Words(
        sample=mark("Observers judged {ratio} badly"),
        with_top=mark("Observers judged {ratio} badly – in {place} {top}"),
        chosen=mark("Observers judged {k} of {n} visited stations badly"),
        none=mark("Observers judged none of the {n} stations assessed badly"),
        untold=mark("Too few stations were assessed to say how many observers judged badly"),
        line=mark("Stations assessed bad or very bad as a whole, {stage}: {ratio}."),
        legend=mark("Share of stations judged badly"),
        listed=mark("Share of stations judged badly"),
        unit=mark("{k} of {n} stations assessed bad or very bad"),
    ),
    figures=_figures,
    exists=lambda view: view.visits_known,
    why_not=_why_not,
    desk=DESK,
    file="share_negative",
    formula=mark("Judged badly: polling stations assessed bad or very bad, of those assessed."),
    is_known=lambda view: view.assessments_known,
    stages=StageColumn(mark("Assessed negatively"), place=3),
    place=3,
)
