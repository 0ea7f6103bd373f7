"""Where observers were: polling stations visited, as a share of all there are; both numbers always shown."""

from __future__ import annotations

import numpy as np

from geo.analysis.choice_analysis import Analysis
from geo.model.columns import FloatArray
from layers.map import ramps
from layers.map.measures.desk_view import DeskFigure, DeskView, HourCounters, TableColumn, same_starts
from layers.map.measures.measure import Figures, Measure, StageColumn
from layers.map.press_view import Level, View
from layers.words.headline import Words
from layers.words.language import mark


def _figures(view: View, level: Level, choice: str) -> Figures:
    units = view.units(level)
    covered = units.coverage.get(choice.partition("/")[0], units.coverage["all"])
    observed, stations = covered.observed, units.stations
    if level == "country":  # a stated sum stands in where visits are not counted one by one
        stated = (view.total("visited") if not view.visits_known else None), view.total("stations")
        observed = np.array([stated[0] if stated[0] is not None else int(observed[0])], dtype=np.int64)
        stations = np.array([stated[1] if stated[1] is not None else int(stations[0])], dtype=np.int64)
    is_told = (observed > 0) & (stations > 0)
    missing = np.full(len(units), np.nan)
    return Figures(
        status=covered.status,
        part=np.where(observed > 0, observed, -1),  # unknown is never 0, and nobody there is a status
        whole=np.where(stations > 0, stations, -1),
        value=np.where(is_told, observed / np.maximum(stations, 1), np.nan),
        low=missing,
        high=missing,
        few_teams=np.zeros(len(units), dtype=bool),
    )


def _why_not(_: View) -> str:
    return ""


def visited_shares(areas: Analysis) -> FloatArray:
    """Return the shares of stations visited where any was, NaN elsewhere, (U,); empty without a whole."""
    counts = areas.counts
    seen = np.where(counts.stations_observed > 0, counts.stations_observed, np.nan)
    return seen / np.maximum(counts.stations, 1) if areas.material.has_frame else np.empty(0)


DESK = DeskView(
    name="coverage",
    title=mark("Coverage"),
    says=mark("Stations visited, of all stations"),
    figure=DeskFigure(
        title=mark("stations visited"),
        line="counted",
        ramp="coverage",
        value="share_observed",
        part="stations_observed",
        whole="stations",
        status="coverage",
        absence="coverage",
        otherwise=same_starts(ramps.COVERAGE),
        values=visited_shares,
        hours=HourCounters("observed", has_minimum=False),
        bar=0.2,
        table=(TableColumn(mark("Visited"), "ratio"),),
    ),
    place=2,
    opens=True,
    is_presence=True,
)
MEASURE = Measure(
    name="coverage",
    title=mark("Where observers were"),
    says=mark("Polling stations visited, as a share of all polling stations of the area."),
    reads=mark(
        "The darker an area, the larger the share of its polling stations that observers visited; it says "
        "nothing about what they saw."
    ),
    unit="share",
    ramp="coverage",
    words=Words(
        sample=mark("Observers were at {k} of {n} polling stations"),
        with_top="",
        chosen=mark("Observers were at {k} of {n} polling stations"),
        none=mark("How many polling stations observers visited is not known"),
        untold=mark("How many polling stations observers visited is not known"),
        line=mark("Polling stations visited, {stage}: {ratio}."),
        legend=mark("Share of stations visited"),
        listed=mark("Share of stations visited"),
        unit=mark("{k} of {n} stations visited"),
        is_estimate=False,
    ),
    figures=_figures,
    exists=lambda _: True,
    why_not=_why_not,
    desk=DESK,
    file="stations_observed",
    formula=mark("Coverage: polling stations with a counted visit, of all polling stations."),
    stages=StageColumn(mark("Polling stations visited"), place=1),
    place=5,
)
