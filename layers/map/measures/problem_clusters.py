"""Where problems cluster, whichever team is left out, drawn as patches; or why there is no such map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.publication.published_clusters import PublishedCluster
from layers.map import ramps
from layers.map.measures.desk_view import DeskFigure, DeskView, same_starts
from layers.map.measures.findings_share import rates
from layers.map.measures.measure import Figures, Measure, untold
from layers.map.press_view import Level, View
from layers.words.headline import Words
from layers.words.language import mark

WHY: Final[Mapping[str, str]] = {
    "no_visits": mark("No search for clusters: no visit is counted."),
    "no_place": mark("No search for clusters: no visited station has a place on the map."),
    "few_stations": mark("No search for clusters: too few stations were asked."),
    "few_findings": mark("No search for clusters: too few stations have a finding."),
    "few_teams": mark("No search for clusters: too few teams to tell a strict team from a bad place."),
    "all_findings": mark("No search for clusters: every station asked has a finding."),
    "not_told": mark("Some stations stand out, but no area or patch that may be told shows it."),
}
NONE: Final = mark("No place stands out: findings lie as chance would put them, or rest on one team alone.")


def clusters_of(view: View, choice: str) -> tuple[PublishedCluster, ...]:
    """Return the clusters of a choice, in the release's order."""
    table = view.release.clusters.get(choice)
    return table.clusters if table else ()


def why_none(view: View, choice: str) -> str:
    """Return why a choice has no cluster, an English key; "" if it has one."""
    table = view.release.clusters.get(choice)
    if table is None or table.clusters:
        return "" if table else WHY["no_visits"]
    return WHY[table.why] if table.why else NONE


def patches_of(view: View, units: tuple[int, ...]) -> list[int]:
    """Return the positions, among the patches, of those inside the units a cluster is drawn as."""
    parent, wanted = view.release.units.parent.tolist(), set(units)
    inside = []
    for position, patch in enumerate(view.release.patches.tolist()):
        unit = patch
        while unit >= 0 and unit not in wanted:
            unit = parent[unit]
        if unit >= 0:
            inside.append(position)
    return inside


def _figures(view: View, level: Level, _: str) -> Figures:
    return untold(view.units(level))


def _why_not(view: View) -> str:
    tables = view.release.clusters.values()
    if any(table.clusters for table in tables):
        return ""
    why = {table.why for table in tables}
    if "not_told" in why:  # under one choice at least, something stands out
        return WHY["not_told"]
    return NONE if "" in why or not why else WHY[min(why)]


DESK = DeskView(
    name="hot_spot",
    title=mark("Hot spots"),
    says=mark("Share with a finding, small numbers drawn to the mean"),
    figure=DeskFigure(
        title=mark("Share, small numbers drawn to the mean"),
        line="chance",
        ramp="rate",
        value="rate_shrunk",
        part="visits_with_finding",
        whole="visits_exposed",
        code="chance",
        status="rate",
        absence="rate",
        otherwise=same_starts(ramps.RATE),
        values=rates,
        of_findings=True,
    ),
    beside=("rate",),
    place=6,
    scan_says=mark("More findings than expected, whichever team is left out"),
)
MEASURE = Measure(
    name="clusters",
    title=mark("Where problems cluster"),
    says=mark(
        "Patches where more stations have a finding than chance explains, whichever team is left out. It "
        "says where to look, not who is to blame."
    ),
    reads=mark(
        "Patches stand out where more stations have a finding than chance explains, whichever team is left "
        "out: they say where to look, not who is to blame."
    ),
    unit="clusters",
    ramp="",
    words=Words(
        sample=mark("Problems cluster in {count} places, first of all around {place}"),
        with_top=mark("Problems cluster around {place}: at {k} of {n} stations, {expected} expected"),
        chosen="",
        none=mark("No place stands out"),
        untold=mark("No place stands out"),
        line=mark("More stations with a finding of {severity} than chance explains, {stage}."),
        legend=mark("Where problems cluster"),
        listed=mark("Places with more findings than expected"),
        unit="",
    ),
    figures=_figures,
    exists=lambda view: view.visits_known,
    why_not=_why_not,
    by_severity=True,
    desk=DESK,
    place=4,
)
