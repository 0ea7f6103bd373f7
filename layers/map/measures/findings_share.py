"""Problems reported: at how many of the polling stations whose visits asked there was a finding."""

from __future__ import annotations

import numpy as np

from layers.map.measures.measure import Figures, Measure, share_figures
from layers.map.press_view import Level, View
from layers.words.headline import Words
from layers.words.language import mark


def _figures(view: View, level: Level, choice: str) -> Figures:
    units = view.units(level)
    return share_figures(units, units.findings.get(choice))


def _why_not(view: View) -> str:
    told = [view.units(level).findings["all/low"].rate for level in ("country", "region")]
    return "" if np.isfinite(np.concatenate(told)).any() else mark("Too few stations were visited.")


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
)
