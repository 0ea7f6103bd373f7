"""The search for clusters as the desk tells it: how far it is, what it came to, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely

from geo.analysis.cluster_finding import ClusterSearch, HotSpot
from geo.analysis.station_trials import LARGEST_RADIUS_M
from geo.model import grid
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.serving.background_jobs import JobState
from layers.desk.desk_payloads import ScanCluster, ScanProgress
from layers.words import cluster_wording
from layers.words.language import Language, mark

DIGITS: Final = 4  # of a degree: 11 m
_WIDE_M: Final = ((5_000.0, 7), (15_000.0, 6), (40_000.0, 5))
_WIDEST: Final = 4  # H3 resolution of what is drawn beyond; so a cluster is some ten to forty cells

Searches = Mapping[Choice, ClusterSearch]

_SCANNED: Final = mark("{n} stations were asked, by {teams} teams; {k} have a finding.")
_UNNAMED: Final = mark("{n} stations were asked, by nobody named; {k} have a finding.")
_UNPLACED: Final = mark("Left out: {n} stations whose place is not known.")
_HOW: Final = mark(
    "Circles of up to {km} km and half the stations, compared with {n} random maps. Always of the whole day."
)
_NEAREST: Final = mark("The least likely circle has p = {p}.")
_FACTS: Final = mark("p = {p} · {teams} teams · within {km} km")
_FACTS_UNNAMED: Final = mark("p = {p} · within {km} km")
BROKEN: Final = mark("The search broke off. Try it again.")


def told(
    state: JobState[Searches] | None, choice: Choice, snapshot: Snapshot, language: Language
) -> ScanProgress:
    """Return how far the search for a page's clusters is, and what it found for one choice of it.

    `status`: none, waiting, running, done, failed or cancelled. `says`: sentences.
    """
    if state is None:
        return {"status": "none", "share": 0.0, "says": [], "clusters": []}
    search = state.made.get(choice) if state.made else None
    says = [language.say(BROKEN)] if state.status == "failed" else []
    return {
        "status": state.status,
        "share": state.share,
        "says": _says(search, language) if search else says,
        "clusters": [_cluster(one, search, snapshot, language) for one in search.clusters] if search else [],
    }


def _says(search: ClusterSearch, language: Language) -> list[str]:
    says = []
    if not search.why:
        about = {"n": language.number(search.stations), "k": language.number(search.with_finding)}
        scanned = _SCANNED if search.teams else _UNNAMED
        says.append(language.say(scanned, **about, **_teams(search.teams, language)))
        km = language.number(round(LARGEST_RADIUS_M / 1000))
        says.append(language.say(_HOW, km=km, n=language.number(search.replicates)))
    if search.unplaced:
        says.append(language.say(_UNPLACED, n=language.number(search.unplaced)))
    says.extend(cluster_wording.outcome(search, language))
    if not (search.why or search.clusters or search.leaning) and np.isfinite(search.p):
        says.append(language.say(_NEAREST, p=_p(search.p, language)))
    return says


def _teams(teams: int, language: Language) -> dict[str, str]:
    return {"teams": language.number(teams)} if teams else {}


def _p(p: float, language: Language) -> str:
    return language.number(round(p, 3))


def _cluster(spot: HotSpot, search: ClusterSearch, snapshot: Snapshot, language: Language) -> ScanCluster:
    """One cluster in words and as outlines; figures beside the words for whoever checks them."""
    k_of_n, ratio = cluster_wording.figures(spot, language)
    facts = language.say(
        _FACTS if spot.teams else _FACTS_UNNAMED,
        p=_p(spot.p, language),
        km=language.number(round(spot.radius_m / 1000, 1)),
        **_teams(spot.teams, language),
    )
    return {
        "place": cluster_wording.place(spot, snapshot, language),
        "title": language.say(cluster_wording.TITLE),
        "says": [k_of_n, f"{ratio} · {facts}", cluster_wording.stands(search, language)],
        "rings": outline(spot, snapshot),
        "lon": round(spot.lon, DIGITS),
        "lat": round(spot.lat, DIGITS),
        "radius": round(spot.radius_m),
        "k": spot.k,
        "n": spot.n,
        "expected": spot.expected,
        "ratio": spot.ratio if np.isfinite(spot.ratio) else None,
        "teams": spot.teams,
        "p": spot.p,
    }


def outline(spot: HotSpot, snapshot: Snapshot) -> list[list[list[float]]]:
    """Return the edges of the H3 cells a cluster covers, joined: rings of lon, lat, EPSG:4326."""
    stations = snapshot.registry.stations
    resolution = next((cells for most, cells in _WIDE_M if spot.radius_m <= most), _WIDEST)
    cells = np.unique(grid.cell_of(stations.lon[spot.stations], stations.lat[spot.stations], resolution))
    joined = shapely.union_all(grid.polygons(cells))
    return [
        [[round(lon, DIGITS), round(lat, DIGITS)] for lon, lat in part.exterior.coords[:-1]]
        for part in shapely.get_parts(joined).tolist()
    ]
