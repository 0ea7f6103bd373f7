"""Problems reported where only incidents are known: stations named, a count and never a rate."""

from __future__ import annotations

import numpy as np

from geo.model.columns import IntArray
from geo.model.tables import SEVERITIES
from layers.map.measures.measure import Figures, Measure
from layers.map.named_stations_count import MASKS
from layers.map.press_view import Level, View
from layers.words.headline import Words
from layers.words.language import mark


def named_by_worst(view: View, choice: str) -> IntArray:
    """Return stations named per drawn area by their most severe finding, (A + 1, 4) int64, low first.

    The last row counts those in no drawn area. Findings below the choice's severity are left out.
    """
    least = SEVERITIES.index(choice.partition("/")[2])
    stations = np.zeros((len(view.area) + 1, len(SEVERITIES)), dtype=np.int64)
    for mask in range(1, MASKS):
        chosen = mask >> least << least
        if chosen:
            stations[:, chosen.bit_length() - 1] += view.tally.by_mask[:, mask]
    return stations


def _figures(view: View, level: Level, choice: str) -> Figures:
    counts = named_by_worst(view, choice).sum(axis=1)
    part = counts.sum(keepdims=True) if level == "country" else counts[:-1]
    if level == "part":
        part = np.full(len(view.release.patches), -1, dtype=np.int64)
    status = view.release.nation.status if level == "country" else view.status
    visited = view.total("visited") if level == "country" else None
    missing = np.full(len(part), np.nan)
    return Figures(
        status=status,
        part=part,
        whole=np.full(len(part), visited if visited is not None else -1, dtype=np.int64),
        value=np.where(part > 0, part, np.nan).astype(np.float64),
        low=missing,
        high=missing,
        few_teams=np.zeros(len(part), dtype=bool),
    )


MEASURE = Measure(
    name="named",
    title=mark("Problems reported"),
    says=mark("Where observers were; each mark is a station named with a reported finding."),
    reads=mark(
        "Marks count the polling stations where observers reported a finding; the fill of an area only says "
        "whether observers were there."
    ),
    unit="count",
    ramp="",
    words=Words(
        sample=mark("{k} of {n} visited stations were named for {problem}"),
        with_top=mark("{k} of {n} visited stations were named for {problem}, {top} of them in {place}"),
        chosen=mark("{k} polling stations were named for {problem}"),
        none=mark("No polling station was named for {problem}"),
        untold=mark("No polling station was named for {problem}"),
        line=mark("Stations named with a finding of {severity}: {ratio}. A count, never a rate."),
        legend=mark("Stations named with a finding"),
        listed=mark("Stations named with a finding"),
        unit="",
        is_estimate=False,
    ),
    figures=_figures,
    exists=lambda view: not view.visits_known,
    why_not=lambda _: "",
    by_severity=True,
    by_stage=False,
    has_marks=True,
    place=2,
)
