"""How the figures of a release were made, in its own numbers: the page beside every map and download."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np

from geo.analysis.cluster_finding import REFINED
from geo.analysis.representativeness import SIZES
from geo.analysis.statistics.cluster_scan import REPLICATES
from geo.publication import Shares
from layers.map import choice_figures, measure_sentences
from layers.map.caption import method
from layers.map.measures import offered
from layers.map.press_view import View
from layers.map.share_words import figure_of_share
from layers.map.turnout_words import turnout_line
from layers.words import headline
from layers.words.language import Language, mark
from layers.words.methods_note import SELECTION_SAYS, NoteSection, closed_stations
from layers.words.wording import SEVERITY, STAGE

MERGED: Final = mark(
    "Too few stations were visited in {names} for figures of their own: they are told together with a "
    "neighbour."
)

FEW_TEAMS: Final = mark(
    "One or two teams stand behind the figures of {names}: a strict team and a bad place cannot be told "
    "apart there."
)


def sections(view: View, language: Language) -> tuple[NoteSection, ...]:
    """Return the note; every number in it is one that the map or a download shows too."""
    made = (
        (mark("What was observed"), _observed(view, language)),
        (mark("What was not observed"), _not_observed(view, language)),
        (mark("From when a figure is shown"), _thresholds(view, language)),
        (mark("Tests"), _tests(view, language)),
        (mark("Formulas"), _formulas(view, language) if view.visits_known else ()),
        (mark("Version"), _version(view, language)),
    )
    return tuple(NoteSection(language.say(title), lines) for title, lines in made if lines)


def _observed(view: View, language: Language) -> tuple[str, ...]:
    visited, stations = view.total("visited"), view.total("stations")
    closed = closed_stations(view.closed_stations, language)
    others = tuple(filter(None, (turnout_line(view, language), closed)))
    if not visited or not stations:
        return (method(view, language), *others)
    words = SELECTION_SAYS[view.mission.selection]
    return (language.say(words, n=language.number(visited), N=language.number(stations)), *others)


def _names(view: View, language: Language, status: str) -> str:
    found = [view.area_name(i, language.code) for i, one in enumerate(view.status) if one == status]
    return ", ".join(sorted(found, key=language.sort_key))


def _few_teams(view: View, language: Language) -> str:
    """The areas whose figures one or two teams stand behind, by name."""
    behind = np.flatnonzero(view.release.by_area.few_teams).tolist()
    return ", ".join(sorted((view.area_name(i, language.code) for i in behind), key=language.sort_key))


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
    merged = _names(view, language, "merged")
    if merged:
        lines.append(language.say(MERGED, names=merged))
    few = _few_teams(view, language)
    if few:
        lines.append(language.say(FEW_TEAMS, names=few))
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
    if view.release.may_show_stations:
        open_ = mark(
            "Single stations are shown, so no area is told together with another; a share is given from {s} "
            "stations asked on."
        )
        return (language.say(open_, s=asked.minimum_stations), *_delay(view, language))
    least = (
        mark(
            "Figures are told of areas and patches where at least {s} stations were visited by at least "
            "{t} teams; an area with fewer is told together with a neighbour."
        )
        if asked.minimum_teams > 1
        else mark(
            "Figures are told of areas and patches where at least {s} stations were visited; an area with "
            "fewer is told together with a neighbour."
        )
    )
    lines = [
        language.say(least, s=asked.minimum_stations, t=asked.minimum_teams),
        language.say(
            mark(
                "An area nobody visited is always told, from {s} stations on.",
            ),
            s=asked.minimum_stations,
        ),
        language.say(
            mark(
                "Units nest and do not overlap, and each that is told passes this rule: no sum or difference "
                "of figures speaks of fewer stations or teams."
            )
        ),
    ]
    if asked.minimum_spare:
        lines.append(
            language.say(
                mark(
                    "Where all or nearly all stations of an area were visited, how many is not said: fewer "
                    "than {s} are left."
                ),
                s=asked.minimum_spare,
            )
        )
    if view.release.held_back:
        lines.append(
            language.count(
                "{n} unit still has the figures of an earlier release, because too little has changed.",
                "{n} units still have the figures of an earlier release, because too little has changed.",
                view.release.held_back,
            )
        )
    return (*lines, *_delay(view, language))


def _delay(view: View, language: Language) -> tuple[str, ...]:
    hours = view.mission.delay_hours
    said = language.say(mark("Reports count once they are {h} hours old."), h=language.number(hours))
    return (said,) if hours else ()


def _tests(view: View, language: Language) -> tuple[str, ...]:
    if not view.visits_known:
        return ()
    lines = [
        language.say(
            mark(
                "Clusters are searched by Kulldorff's scan with the polling station as the trial: circles of "
                "at most half of the stations and 100 km, {least} to {most} random maps; a cluster must hold "
                "whichever team is left out or, where no team stands for several stations, whichever piece "
                "of ground."
            ),
            least=language.number(REPLICATES),
            most=language.number(REFINED),
        )
    ]
    if view.mission.false_discovery_rate is not None:
        held = mark("False discoveries are held to {q} over all stages and severities.")
        lines.append(language.say(held, q=language.percent(view.mission.false_discovery_rate)))
    clusters = sum(len(table.clusters) for table in view.release.clusters.values())
    if not clusters:
        return (*lines, language.say(mark("No cluster is shown under any choice.")))
    lines.append(
        language.count(
            "{n} cluster is shown under some choice.",
            "{n} clusters are shown under some choice.",
            clusters,
        )
    )
    return tuple(lines)


def _formulas(view: View, language: Language) -> tuple[str, ...]:
    """What is divided by what, and where margins are from; of what this release shows."""
    is_drawn = view.mission.selection == "probability"
    turnout = view.release.turnout
    has_margin = turnout is not None and bool(np.isfinite(turnout.margin))
    of_measures = tuple(
        language.say(measure.formula)
        for measure in offered(view)
        if measure.formula and measure.is_known(view)
    )
    return of_measures + tuple(
        language.say(words)
        for words, is_shown in (
            (
                mark(
                    "Shares of all stations: stratified, with finite population correction (Cochran 1977, "
                    "5.52 and 5.57), with Wilson's interval at the size that counts; of none found, up to "
                    "1 − 0.05^(1/n) (Hanley and Lippman-Hand 1983)."
                ),
                view.has_estimates,
            ),
            (
                mark("Turnout: combined ratio estimator over the strata (Lohr, Sampling, 4.5)."),
                has_margin,
            ),
            (
                mark("No share has a margin: the stations were not all drawn at random."),
                not is_drawn,
            ),
            (
                mark(
                    "No share has a margin: the list of stations is not complete, or the figures are rounded "
                    "or rest on too few stations."
                ),
                is_drawn and not view.has_estimates,
            ),
        )
        if is_shown
    )


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
    return [_choice_row(view, choice, language) for choice in choice_figures.choices()]


def _choice_row(view: View, choice: str, language: Language) -> dict[str, str]:
    stage, _, severity = choice.partition("/")
    one = choice_figures.first_of(choice_figures.units(view.release.nation, choice))
    shares = view.release.nation.findings[choice]
    return {
        "choice": choice,
        "stage": language.say(mark("all stages") if stage == "all" else STAGE[stage]),
        "severity": language.say(SEVERITY[severity]),
        "observed": printed(one["observed"], language),
        "asked": printed(one["asked"], language),
        "found": printed(one["found"], language),
        "share": _share(shares, language),
    }


def assessment_rows(view: View, language: Language) -> list[dict[str, str]]:
    """Return the national overall assessments by stage; none where no visit carries one."""
    if not view.assessments_known:
        return []
    rows = []
    for stage in choice_figures.STAGES:
        found = choice_figures.first_of(choice_figures.assessed(view.release.nation, f"{stage}/low"))
        shares = view.release.nation.assessments.get(stage)
        rows.append(
            {
                "stage": language.say(mark("all stages") if stage == "all" else STAGE[stage]),
                "name": stage,
                "assessed": printed(found["assessed"], language),
                "negative": printed(found["negative"], language),
                "share": _share(shares, language) if shares else "–",
            }
        )
    return rows


def _share(shares: Shares, language: Language) -> str:
    """The country's share, of all stations and with its margin where a random sample was drawn."""
    figure = figure_of_share(shares, 0)
    return headline.share_alone(figure, language) if figure and np.isfinite(shares.rate[0]) else "–"


def printed(count: int, language: Language) -> str:
    """Return a count as it is printed, a dash where it is not told."""
    return language.number(count) if count >= 0 else "–"


def panel(view: View, language: Language) -> list[dict[str, Any]]:
    """Return the visited stations beside the register's: by area, and by size where stations are public.

    Each comparison: title, rows (name, visited, stations, their shares in percent and as text). Areas told
    together are one row, and those told with the whole country alone none; a count that is not told is "–".
    Nothing where the list of stations is not complete.
    """
    if not view.visits_known or view.mission.frame != "complete":
        return []
    regions = view.regions
    told = [i for i in np.unique(view.together).tolist() if regions.stations[i] >= 0]
    names = [measure_sentences.together(view, i, language) for i in told]
    visited, stations = regions.coverage["all"].observed[told], regions.stations[told]
    in_all, of_all = view.total("visited"), int(view.release.nation.stations[0])
    found = [_compared(language.say(mark("By area")), names, visited, stations, (in_all, of_all), language)]
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
        totals = (int(visited.sum()), int(there.sum()))
        made.append(_compared(language.say(title), names, visited, there, totals, language))
    return made


def _compared(
    title: str,
    names: list[str],
    visited: Any,
    stations: Any,
    totals: tuple[int | None, int],
    language: Language,
) -> dict[str, Any]:
    """One comparison. `totals`: visited stations and stations in all, which the shares are of."""
    rows, (in_all, everything) = [], totals
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
