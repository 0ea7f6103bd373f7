"""What is said of clusters, the same on desk, press and note: where, how many, and why there may be none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from geo.analysis import cluster_finding
from geo.analysis.cluster_finding import ClusterSearch, HotSpot, Why
from geo.analysis.statistics.cluster_scan import LEAST_OBSERVERS
from geo.model.mission import town_in
from geo.model.snapshot import Snapshot
from layers.words.language import Language, mark

TITLE: Final = mark("More findings than expected")
NOT_TESTED: Final[Mapping[Why, str]] = {
    "no_visits": mark("Not tested: no visit has asked about these findings."),
    "no_place": mark("Not tested: of no station asked the place is known."),
    "few_stations": mark("Not tested: too few stations. {n} were asked; a test needs {least_stations}."),
    "few_findings": mark(
        "Not tested: too few stations with a finding. {k} have one; a test needs {least_findings}."
    ),
    "few_teams": mark(
        "Not tested: fewer than {least_teams} teams were there. A strict team and a bad place cannot be told "
        "apart."
    ),
    "all_findings": mark("Not tested: every station has a finding, so no place stands out."),
}
_NONE: Final = mark("No place has more findings than chance explains.")
_LEANING: Final = {
    True: mark(
        "Not shown: {n}, which would not stand out without one certain team. It may be a strict team."
    ),
    False: mark(
        "Not shown: {n}, which would not stand out without one small piece of ground. Who observed there is "
        "not known."
    ),
}
_K_OF_N: Final = mark("{k} of {n} stations with a finding; {expected} expected.")
_RATIO: Final = mark("{ratio} times the share elsewhere ({k} of {n})")
_ONLY_HERE: Final = mark("No finding anywhere else")
_STANDS: Final = {
    True: mark("It stands out whichever team is left out."),
    False: mark("It stands out whichever piece of ground is left out."),
}


def not_tested(search: ClusterSearch, language: Language) -> str:
    """Return why this choice was not tested, "" if it was."""
    if not search.why:
        return ""
    return language.say(
        NOT_TESTED[search.why],
        n=language.number(search.stations),
        k=language.number(search.with_finding),
        least_stations=cluster_finding.LEAST_STATIONS,
        least_findings=cluster_finding.LEAST_FINDINGS,
        least_teams=LEAST_OBSERVERS,
    )


def outcome(search: ClusterSearch, language: Language) -> tuple[str, ...]:
    """Return what the test came to beside its clusters: not tested, none, or how many are not shown."""
    if search.why:
        return (not_tested(search, language),)
    says = [] if search.clusters or search.leaning else [language.say(_NONE)]
    if search.leaning:
        says.append(language.say(_LEANING[search.by_team], n=language.number(search.leaning)))
    return tuple(says)


def place(spot: HotSpot, snapshot: Snapshot, language: Language) -> str:
    """Return what a cluster is called: its town and area, or the area alone."""
    areas, code = snapshot.registry.areas, language.code
    town = town_in(snapshot.mission.town_names, spot.town, code)
    return ", ".join(filter(None, (town, areas.name(spot.area, code) if spot.area >= 0 else "")))


def figures(spot: HotSpot, language: Language) -> tuple[str, str]:
    """Return a cluster's figures in two sentences: k of n beside what was expected, and the rest's share."""
    expected = language.number(round(spot.expected, 1))
    k_of_n = language.say(_K_OF_N, k=language.number(spot.k), n=language.number(spot.n), expected=expected)
    if not np.isfinite(spot.ratio):
        return k_of_n, language.say(_ONLY_HERE)
    rest = {"k": language.number(spot.rest_k), "n": language.number(spot.rest_n)}
    return k_of_n, language.say(_RATIO, ratio=language.number(round(spot.ratio, 1)), **rest)


def stands(search: ClusterSearch, language: Language) -> str:
    """Return what was left out to see that the clusters stand without it."""
    return language.say(_STANDS[search.by_team])
