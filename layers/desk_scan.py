"""A scan for clusters as the desk tells it: how far it is, what it found, or why there is none, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from geo import scanning
from geo.jobs import State
from geo.scanning import Circle, Scan
from geo.snapshot import Snapshot
from layers.desk_words import HOT_SPOT
from layers.language import Language, mark

DIGITS: Final = 4  # of a degree: 11 m

WHY: Final[Mapping[str, str]] = {
    "no_visits": mark("No visit has asked about these findings yet, so there is nothing to search."),
    "few_visits": mark("{visits} visits that asked are placed on the map; a search needs {least_visits}."),
    "few_cases": mark("{cases} visits have a finding; a search needs {least_cases}."),
    "few_teams": mark("{teams} teams made these visits; a cluster needs {least_teams} to be told from them."),
    "all_cases": mark("Every visit has a finding, so none stands out."),
}
_SCANNED: Final = mark("{visits} visits that asked, by {teams} teams; {cases} with a finding.")
_UNPLACED: Final = mark("Left out: {n}, at stations whose place is not known.")
_TOGETHER: Final = mark("There are so many stations that neighbours were put together.")
_HOW: Final = mark(
    "Circles of up to {km} km and half the visits, compared with {n} random maps. Always of the whole day."
)
_NONE: Final = mark("No circle holds more findings than chance would give.")
_NEAREST: Final = mark("The least likely one has p = {p}.")
_WITHHELD: Final = mark(
    "Not shown: {n} with fewer than {least_teams} teams. A strict team and a bad place cannot be told apart."
)
_OBSERVED: Final = mark("{observed} of {visits} visits with a finding; {expected} expected.")
_RATIO: Final = mark("{ratio} times the share elsewhere")
_ONLY_HERE: Final = mark("No finding anywhere else")
_FACTS: Final = mark("p = {p} · {teams} teams · {stations} stations within {km} km")
_LEANS: Final = mark("Without one certain team’s visits it would not stand out: it may be a strict team.")
_ROBUST: Final = mark("It stands out whichever team is left out.")
BROKEN: Final = mark("The search broke off. Try it again.")


def told(state: State[Scan] | None, snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return a search's state: `status`, `share` (0–1), `says` (sentences), and the circles found.

    `status`: none, waiting, running, done, failed or cancelled. A state of older data is none.
    """
    if state is None or state.version != snapshot.version:
        return {"status": "none", "share": 0.0, "says": [], "clusters": []}
    made = state.made
    says = [language.say(BROKEN)] if state.status == "failed" else _says(made, language) if made else []
    circles = made.circles if made else ()
    return {
        "status": state.status,
        "share": state.share,
        "says": says,
        "clusters": [_cluster(one, snapshot, language) for one in circles],
    }


def _says(made: Scan, language: Language) -> list[str]:
    about = {
        "visits": language.number(made.visits),
        "cases": language.number(made.cases),
        "teams": language.number(made.teams),
        "least_visits": scanning.LEAST_VISITS,
        "least_cases": scanning.LEAST_CASES,
        "least_teams": scanning.LEAST_TEAMS,
    }
    if made.why:
        says = [language.say(WHY[made.why], **about)]
    else:
        says = [language.say(_SCANNED, **about)]
        how = {"km": language.number(scanning.LARGEST_RADIUS_M / 1000), "n": scanning.REPLICATES}
        says.append(language.say(_HOW, **how))
    if made.unplaced:
        says.append(language.say(_UNPLACED, n=language.number(made.unplaced)))
    if made.resolution >= 0:
        says.append(language.say(_TOGETHER))
    if made.withheld:
        says.append(language.say(_WITHHELD, n=language.number(made.withheld), **about))
    if not (made.why or made.circles or made.withheld):
        says.append(language.say(_NONE))
        if np.isfinite(made.least_p):
            says.append(language.say(_NEAREST, p=_p(made.least_p, language)))
    return says


def _p(p: float, language: Language) -> str:
    return language.number(round(p, 3))


def _cluster(one: Circle, snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """One circle in words and as a ring of lon, lat; figures beside the words for whoever checks them."""
    verdict = HOT_SPOT["hot_spot" if one.is_robust else "possible"]
    expected = language.number(round(one.expected, 1))
    ratio = (
        language.say(_RATIO, ratio=language.number(round(one.ratio, 1)))
        if np.isfinite(one.ratio)
        else language.say(_ONLY_HERE)
    )
    facts = language.say(
        _FACTS, p=_p(one.p, language), teams=language.number(one.teams),
        stations=language.number(len(one.stations)), km=language.number(round(one.radius_m / 1000, 1)),
    )  # fmt: skip
    return {
        "place": _place(one, snapshot, language),
        "title": language.say(verdict),
        "robust": one.is_robust,
        "says": [
            language.say(
                _OBSERVED, observed=language.number(one.observed), visits=language.number(one.visits),
                expected=expected,
            ),
            f"{ratio} · {facts}",
            language.say(_ROBUST if one.is_robust else _LEANS),
        ],
        "ring": [[round(lon, DIGITS), round(lat, DIGITS)] for lon, lat in one.ring],
        "lon": round(one.lon, DIGITS),
        "lat": round(one.lat, DIGITS),
        "radius": round(one.radius_m),
        "visits": one.visits,
        "observed": one.observed,
        "expected": one.expected,
        "ratio": one.ratio if np.isfinite(one.ratio) else None,
        "teams": one.teams,
        "p": one.p,
    }  # fmt: skip


def _place(one: Circle, snapshot: Snapshot, language: Language) -> str:
    """The town and area of the circle's largest station: a circle has no name of its own."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    rows = [snapshot.registry.station(name) for name in one.stations]
    largest = max(rows, key=lambda row: float(np.nan_to_num(stations.voters[row])))
    area = areas.name(int(stations.area[largest]), language.code) if stations.area[largest] >= 0 else ""
    return ", ".join(filter(None, (stations.settlement[largest].as_py(), area)))
