"""How the figures of a release were made, in its own numbers: the page beside every map and download."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np

from geo.disclosure.cut import COUNTED
from geo.representation import SIZES
from geo.statistics.every import STATISTICS
from layers import figures
from layers.language import Language, mark
from layers.methods_note import SELECTION_SAYS, Section
from layers.view import View
from layers.wording import SEVERITY, STAGE

WITHHELD: Final = mark(
    "In {names} observers were present; the figures are withheld because they could point at a team or a "
    "station."
)


def sections(view: View, language: Language) -> tuple[Section, ...]:
    """Return the note; every number in it is one that the map or a download shows too."""
    made = (
        (mark("What was observed"), _observed(view, language)),
        (mark("What was not observed"), _not_observed(view, language)),
        (mark("From when a figure is shown"), _thresholds(view, language)),
        (mark("Tests"), _tests(view, language)),
        (mark("Formulas"), _formulas(view, language) if view.visits_known else ()),
        (mark("Version"), _version(view, language)),
    )
    return tuple(Section(language.say(title), lines) for title, lines in made if lines)


def _observed(view: View, language: Language) -> tuple[str, ...]:
    visited, stations = view.total("visited"), view.total("stations")
    if visited is None or stations is None:
        return (language.say(mark("How many polling stations were visited is not known.")),)
    words = SELECTION_SAYS[view.mission.selection]
    return (language.say(words, n=language.number(visited), N=language.number(stations)),)


def _names(view: View, language: Language, status: str) -> str:
    found = [view.area_name(i, language.code) for i, one in enumerate(view.status) if one == status]
    return ", ".join(sorted(found, key=language.sort_key))


def _not_observed(view: View, language: Language) -> tuple[str, ...]:
    lines = []
    empty = _names(view, language, "not_observed")
    if empty:
        words = (
            mark("No observer was present in {d} of {all} areas: {names}.")
            if view.visits_known
            else mark("In {d} of {all} areas the source names no observers: {names}.")
        )
        count = sum(one == "not_observed" for one in view.status)
        lines.append(
            language.say(words, d=language.number(count), all=language.number(len(view.status)), names=empty)
        )
        lines.append(language.say(mark("Absence of reports there is not absence of violations.")))
    withheld = _names(view, language, "suppressed")
    if withheld:
        lines.append(language.say(WITHHELD, names=withheld))
    silent = _names(view, language, "not_reported")
    if silent:
        lines.append(
            language.say(
                mark("Observers were in {names}; how many stations they visited there is not reported."),
                names=silent,
            )
        )
    return tuple(lines)


def _thresholds(view: View, language: Language) -> tuple[str, ...]:
    asked = view.mission
    if not view.visits_known:
        return ()
    lines = [
        language.say(
            mark(
                "A count is shown where at least {s} stations were visited by at least {t} teams; counts "
                "below {small} are printed as “<{small}”."
            ),
            s=asked.minimum_stations,
            t=asked.minimum_teams,
            small=asked.small_count,
        ),
        language.say(
            mark("A share of an area is shown from {v} visits on, of a cell from {c} visits on."),
            v=asked.area_visits,
            c=asked.cell_visits,
        ),
        language.say(
            mark("More is withheld where a hidden figure could be worked out from those that are shown.")
        ),
    ]
    if view.release.held_back:
        lines.append(
            language.count(
                "{n} further figure is withheld because too little has changed since an earlier release.",
                "{n} further figures are withheld because too little has changed since an earlier release.",
                view.release.held_back,
            )
        )
    if asked.delay_hours:
        lines.append(
            language.say(
                mark("Reports count once they are {h} hours old."), h=language.number(asked.delay_hours)
            )
        )
    return tuple(lines)


def _tests(view: View, language: Language) -> tuple[str, ...]:
    if not view.visits_known:
        return ()
    cells, asked = view.release.by_cell.findings, view.mission
    family = 1 + sum(public in COUNTED for public in view.categories.public)
    lines = [
        language.say(
            mark(
                "Cells are tested for more findings than expected from {u} cells with enough visits on; up "
                "to {f} choices of category are tested together, and false discoveries are held to {q}."
            ),
            u=asked.observed_areas,
            f=family,
            q=language.percent(asked.false_discovery_rate),
        )
    ]
    hot = np.array([one.is_hot_spot for one in cells.values()]).reshape(len(cells), -1).any(axis=0)
    lines.append(
        language.count(
            "{n} cell has more findings than expected under some choice, whichever team is left out.",
            "{n} cells have more findings than expected under some choice, whichever team is left out.",
            int(hot.sum()),
        )
    )
    return tuple(lines)


# the statistics of which the press sees figures
SHOWN: Final = ("coverage", "rate", "assessment", "hot_spot")


def _formulas(view: View, language: Language) -> tuple[str, ...]:
    hidden = () if view.assessments_known else ("assessment",)
    shown = [one for one in STATISTICS if one.name in SHOWN and one.name not in hidden]
    return tuple(f"{language.say(one.says)} {one.source}." for one in shown)


def _version(view: View, language: Language) -> tuple[str, ...]:
    lines = []
    if view.as_of is not None:
        lines.append(language.say(mark("Data to {moment}."), moment=language.date(view.as_of)))
    lines.append(language.say(mark("Data version {version}"), version=view.version) + ".")
    if view.visits_known:
        lines.append(
            language.say(mark("Only visits and findings that a second person has verified are counted."))
        )
    return tuple(lines)


def choice_rows(view: View, language: Language) -> list[dict[str, str]]:
    """Return the national figures of every choice, as the map's caption and the downloads give them."""
    if not view.visits_known:
        return []
    return [_choice_row(view, choice, language) for choice in figures.choices()]


def _choice_row(view: View, choice: str, language: Language) -> dict[str, str]:
    stage, _, severity = choice.partition("/")
    one = {key: value[0] for key, value in figures.units(view.release.nation, choice).items() if key != "hot"}
    told = one["status"] == "published" and one["found"] >= 0
    return {
        "choice": choice,
        "stage": language.say(mark("all stages") if stage == "all" else STAGE[stage]),
        "severity": language.say(SEVERITY[severity]),
        "observed": printed(view, one["observed"], language),
        "visits": printed(view, one["visits"], language),
        "found": printed(view, one["found"], language),
        "share": language.percent(one["found"] / one["visits"]) if told and one["visits"] else "–",
    }


def assessment_rows(view: View, language: Language) -> list[dict[str, str]]:
    """Return the national overall assessments by stage; none where no visit carries one."""
    if not view.assessments_known:
        return []
    rows = []
    for stage in figures.STAGES:
        found = {key: one[0] for key, one in figures.assessed(view.release.nation, f"{stage}/low").items()}
        told = found["assessment"] == "published" and found["negative"] >= 0 and found["assessed"] > 0
        rows.append(
            {
                "stage": language.say(mark("all stages") if stage == "all" else STAGE[stage]),
                "name": stage,
                "assessed": printed(view, found["assessed"], language),
                "negative": printed(view, found["negative"], language),
                "share": language.percent(found["negative"] / found["assessed"]) if told else "–",
            }
        )
    return rows


def printed(view: View, count: int, language: Language) -> str:
    """Return a count as it is printed: "<3" for a small one, a dash where it is not told."""
    if count == -2:
        return f"<{view.mission.small_count}"
    return language.number(count) if count >= 0 else "–"


def panel(view: View, language: Language) -> list[dict[str, Any]]:
    """Return the visited stations beside the register's: by area, and by size where stations are public.

    Each comparison: title, rows (name, visited, stations, their shares in percent and as text). Areas
    whose figure is withheld have None for visited; no other grouping is made of counts that are not shown.
    """
    if not view.visits_known or not (view.stations >= 0).all():
        return []
    names = [view.area_name(i, language.code) for i in range(len(view.area))]
    observed = view.visited.copy()
    visited_in_all = view.total("visited")
    found = [
        _compared(language.say(mark("By area")), names, observed, view.stations, visited_in_all, language)
    ]
    if view.registry is not None:
        found += _of_stations(view, language)
    return [one for one in found if one["rows"]]


SETTINGS: Final = (mark("countryside"), mark("town"))


def _of_stations(view: View, language: Language) -> list[dict[str, Any]]:
    """By town and country and by size: only where every visited station is shown on the map anyway."""
    if view.registry is None:
        return []
    stations = view.registry.stations
    ids = view.release.stations["station_id"].to_numpy()
    seen = view.release.stations["is_visited"].to_numpy(dtype=bool)
    is_visited = np.zeros(len(stations), dtype=bool)
    is_visited[[view.registry.station(str(one)) for one in ids[seen]]] = True
    size = np.where(np.isfinite(stations.voters), np.searchsorted(SIZES, stations.voters, side="right"), -1)
    edges = [language.number(one) for one in SIZES]
    sizes = [
        language.say(mark("under {n} voters"), n=edges[0]),
        *(f"{low}–{high}" for low, high in pairwise(edges)),
        language.say(mark("{n} voters and more"), n=edges[-1]),
    ]
    settings = [language.say(one) for one in SETTINGS]
    made = []
    for title, stratum, names in (
        (mark("By town and country"), stations.is_urban.astype(np.int64), settings),
        (mark("By size"), size, sizes),
    ):
        inside = stratum >= 0
        there = np.bincount(stratum[inside], minlength=len(names))
        visited = np.bincount(stratum[inside & is_visited], minlength=len(names))
        made.append(_compared(language.say(title), names, visited, there, int(visited.sum()), language))
    return made


def _compared(
    title: str, names: list[str], visited: Any, stations: Any, in_all: int | None, language: Language
) -> dict[str, Any]:
    rows, everything = [], int(stations.sum())
    for name, seen, there in zip(names, visited.tolist(), stations.tolist(), strict=True):
        if not there:
            continue
        share = seen / in_all if seen >= 0 and in_all else None
        rows.append(
            {
                "name": name,
                "visited": language.number(seen) if seen >= 0 else "–",
                "stations": language.number(there),
                "visited_share": language.percent(share) if share is not None else "–",
                "stations_share": language.percent(there / everything),
                "visited_length": round(100 * share, 2) if share is not None else 0,
                "stations_length": round(100 * there / everything, 2),
            }
        )
    longest = max([1.0, *(max(row["visited_length"], row["stations_length"]) for row in rows)])
    for row in rows:
        for side in ("visited", "stations"):
            row[f"{side}_length"] = round(100 * row[f"{side}_length"] / longest, 1)
    return {"title": title, "rows": rows}
