"""Problems reported: at how many of the polling stations whose visits asked there was a finding."""

from __future__ import annotations

import numpy as np

from geo.analysis.choice_analysis import Analysis
from geo.model.columns import FloatArray
from layers.map import ramps
from layers.map.measures.desk_view import (
    DeskFigure,
    DeskView,
    HourCounters,
    TableColumn,
    published_values,
    same_starts,
)
from layers.map.measures.measure import Figures, Measure, StageColumn, share_figures
from layers.map.press_view import Level, View
from layers.words.headline import Words
from layers.words.language import mark


def _figures(view: View, level: Level, choice: str) -> Figures:
    units = view.units(level)
    return share_figures(units, units.findings.get(choice))


def _why_not(view: View) -> str:
    told = [view.units(level).findings["all/low"].rate for level in ("country", "region")]
    return "" if np.isfinite(np.concatenate(told)).any() else mark("Too few stations were visited.")


def rates(areas: Analysis) -> FloatArray:
    """Return the shares of visits with a finding where they are published, NaN elsewhere, (U,)."""
    return published_values(areas, "rate", "rate")


DESK = DeskView(
    name="rate",
    title=mark("Findings"),
    says=mark("Visits with a finding, of visits that asked"),
    figure=DeskFigure(
        title=mark("visits with a finding"),
        line="ratio",
        ramp="rate",
        value="rate",
        part="visits_with_finding",
        whole="visits_exposed",
        low="rate_low",
        high="rate_high",
        status="rate",
        absence="rate",
        otherwise=same_starts(ramps.RATE),
        values=rates,
        hours=HourCounters("k", "m"),
        of_findings=True,
        table=(
            TableColumn(mark("With a finding"), "ratio"),
            TableColumn(mark("95 % range"), "interval"),
            TableColumn(mark("Shown as"), "shown"),
        ),
        in_card=True,
    ),
    place=4,
    is_of_squares=True,
)
MEASURE = Measure(
    name="findings",
    title=mark("Problems reported"),
    says=mark("Polling stations with at least one reported finding, of those whose visits asked."),
    reads=mark(
        "The darker an area, the larger the share of polling stations with at least one reported finding, "
        "among those whose visits asked, at the stage and severity chosen."
    ),
    unit="share",
    ramp="rate",
    words=Words(
        sample=mark("Observers reported a problem at {ratio}"),
        with_top=mark("Observers reported a problem at {ratio} – in {place} at {top}"),
        chosen=mark("At {k} of {n} visited stations observers reported a problem"),
        none=mark("Observers reported no problem at the {n} stations asked"),
        untold=mark("Too few stations were visited to say how often observers reported a problem"),
        line=mark("Stations with a finding of {severity}, {stage}: {ratio}."),
        legend=mark("Share of stations with a finding"),
        listed=mark("Share of stations with a finding"),
        unit=mark("{k} of {n} stations with a finding"),
    ),
    figures=_figures,
    exists=lambda view: view.visits_known,
    why_not=_why_not,
    by_severity=True,
    has_marks=True,
    desk=DESK,
    file="share",
    formula=mark(
        "Share with a finding: polling stations with at least one chosen finding, of those whose visits "
        "asked; a station counts once, however many forms it has."
    ),
    stages=StageColumn(
        mark("Stations with a finding of medium severity or higher"), place=2, beside_country=True
    ),
    place=1,
)
