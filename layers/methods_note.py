"""How the figures of one snapshot were made, in its own numbers: the note beside every map and export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.analysis import Analysis, page_choices
from geo.counts import Counts
from geo.representation import Panel
from geo.snapshot import Snapshot
from geo.statistics.every import STATISTICS
from geo.statistics.intervals import clustered
from layers.language import Language, mark
from layers.wording import STAGE


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the note and its sentences."""

    title: str
    lines: tuple[str, ...]


SELECTION_SAYS: Final = {
    "purposive": mark(
        "Observers visited {n} of {N} stations, chosen by the mission, not at random. Figures describe these "
        "stations and are not an estimate for the country."
    ),
    "mixed": mark(
        "Observers visited {n} of {N} stations, only some of them drawn at random. Figures describe these "
        "stations and are not an estimate for the country."
    ),
    "census": mark("Observers were to visit every station and visited {n} of {N}."),
    "probability": mark("Observers visited {n} of {N} stations, a random sample."),
}
_NO_FRAME: Final = mark(
    "Observers visited {n} stations; how many there are in all is not known. Figures describe the stations "
    "visited and are not an estimate for the country."
)
_MARGIN: Final = mark(
    "Margin of error of the share over all areas: ±{x} points (95 %), team clustering included."
)


def sections(
    snapshot: Snapshot, areas: Analysis, cells: Analysis, panel: Panel, language: Language
) -> tuple[Section, ...]:
    """Return the note of one choice; every number in it is one of the analyses'."""
    return (
        Section(language.say(mark("What was observed")), observed(snapshot, areas, language)),
        Section(language.say(mark("What was not observed")), _not_observed(snapshot, areas, language)),
        Section(
            language.say(mark("Do the visited stations look like all?")), _alike(snapshot, panel, language)
        ),
        Section(language.say(mark("From when a figure is shown")), _thresholds(snapshot, language)),
        Section(language.say(mark("Tests")), _tests(snapshot, cells, language)),
        Section(language.say(mark("Formulas")), _formulas(language)),
        Section(language.say(mark("Version")), _version(snapshot, areas, language)),
    )


def observed(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    counts = areas.counts
    words = _visited(snapshot, counts, language)
    k, m = int(counts.with_finding.sum()), int(counts.exposure.sum())
    lines = [words]
    if m:
        lines.append(
            language.say(
                mark("{k} of the {m} visits whose form asked reported at least one of the findings chosen."),
                k=language.number(k),
                m=language.number(m),
            )
        )
    if m and snapshot.mission.selection == "probability":
        lines.append(_margin(areas, language))
    apart = int(counts.findings_apart.sum())
    if apart:
        lines.append(
            language.say(
                mark(
                    "{n} findings came without a visit that asked for them; they are shown and enter no rate."
                ),
                n=language.number(apart),
            )
        )
    return tuple(line for line in lines if line)


def _visited(snapshot: Snapshot, counts: Counts, language: Language) -> str:
    """The sentence of n and N; a list known to be incomplete gives no N, and no list of visits no n."""
    visited, stations = snapshot.total("visited"), snapshot.total("stations")
    if visited is None and len(snapshot.visits):
        visited = int(counts.stations_observed.sum())
    if stations is None and snapshot.mission.frame == "complete":
        stations = len(snapshot.registry.stations)
    if visited is None:
        return language.say(mark("How many stations observers visited is not known."))
    if stations is None:
        return language.say(_NO_FRAME, n=language.number(visited))
    words = SELECTION_SAYS[snapshot.mission.selection]
    return language.say(words, n=language.number(visited), N=language.number(stations))


def _margin(areas: Analysis, language: Language) -> str:
    """The half-width over all visits, clustered by team; only for a random sample."""
    material = areas.material
    seen = material.is_exposed & (material.unit_of_visit >= 0)
    low, high = clustered(
        material.has_finding[seen].astype(float), np.ones(int(seen.sum())), material.team_of_visit[seen],
        icc=material.thresholds.intraclass_correlation,
    )  # fmt: skip
    half = float(high - low) / 2
    return language.say(_MARGIN, x=language.number(round(100 * half, 1))) if np.isfinite(half) else ""


def _not_observed(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    status = areas.results["coverage"].status
    names = [snapshot.registry.areas.name(int(i), language.code) for i in areas.unit]
    lines = []
    empty = [name for name, one in zip(names, status, strict=True) if one == "not_observed"]
    if empty:
        voters = int(sum(areas.counts.voters[i] for i, one in enumerate(status) if one == "not_observed"))
        lines.append(
            language.say(
                mark("No observer was present in {d} of {all} areas: {names}."),
                d=language.number(len(empty)),
                all=language.number(len(status)),
                names=", ".join(empty),
            )
        )
        if voters:
            lines.append(language.say(mark("{v} voters are registered there."), v=language.number(voters)))
        lines.append(language.say(mark("Absence of reports there is not absence of violations.")))
    silent = [name for name, one in zip(names, status, strict=True) if one == "not_reported"]
    if silent:
        lines.append(
            language.say(
                mark("Observers were in {names}; how many stations they visited there is not reported."),
                names=", ".join(silent),
            )
        )
    unresolved = int((snapshot.visits.station < 0).sum() + snapshot.incidents.is_unresolved.sum())
    if unresolved:
        lines.append(
            language.say(
                mark("{n} reports name a station that cannot be told; they are listed and placed nowhere."),
                n=language.number(unresolved),
            )
        )
    return tuple(lines)


_COMPARED: Final = {
    "area": mark("By area"), "setting": mark("By town and country"), "size": mark("By size")
}  # fmt: skip


def _alike(snapshot: Snapshot, panel: Panel, language: Language) -> tuple[str, ...]:
    if panel.visits and snapshot.mission.frame != "complete":
        return (language.say(mark("The list of stations is not complete, so this cannot be said.")),)
    if not panel.visits:
        return (language.say(mark("Visits are not known one by one, so this cannot be said.")),)
    lines = [
        language.say(
            mark("{what}: {percent} of the visits would have to move to give the shares of the registry."),
            what=language.say(_COMPARED[name]),
            percent=language.percent(one.verdict.duncan),
        )
        + (
            " " + language.say(mark("That is more than 10 %: read totals with care."))
            if one.verdict.is_unbalanced
            else ""
        )
        for name, one in panel.comparisons.items()
        if np.isfinite(one.verdict.duncan)
    ]
    if np.isfinite(panel.effective_visits):
        lines.append(
            language.say(
                mark("Because teams differ, the {n} visits tell as much as {e} independent ones."),
                n=language.number(panel.visits),
                e=language.number(round(panel.effective_visits)),
            )
        )
    return tuple(lines)


def _thresholds(snapshot: Snapshot, language: Language) -> tuple[str, ...]:
    asked = snapshot.mission.thresholds
    return (
        language.say(
            mark("A rate of an area is shown from {v} visits by {t} teams on, of a cell from {c} visits on."),
            v=asked.area_visits,
            t=asked.area_teams,
            c=asked.cell_visits,
        ),
        language.say(
            mark(
                "Hot spots are looked for from {u} cells with enough visits on; a cell needs {n} visits and "
                "{m} observed neighbours around it."
            ),
            u=asked.observed_areas,
            n=asked.neighbourhood_visits,
            m=asked.observed_neighbours,
        ),
    )


_ABSENT: Final = {
    "no_visits": mark("No hot spots are shown: no visit asked about these findings."),
    "too_few_units": mark("No hot spots are shown: too few cells have enough visits."),
    "too_few_teams": mark("No hot spots are shown: too few teams to tell a strict team from a bad area."),
}


def _tests(snapshot: Snapshot, cells: Analysis, language: Language) -> tuple[str, ...]:
    result = cells.results["hot_spot"]
    if result.absence:
        return (language.say(_ABSENT.get(result.absence, _ABSENT["no_visits"])),)
    tested = int(np.isfinite(result.columns["hot_p"]).sum())
    family = len(page_choices(snapshot, cells.choice))
    verdicts = result.columns["hot_spot"]
    return (
        language.say(
            mark(
                "{cells} cells were tested, together with {others} further choices of category of the same "
                "page; false discoveries are held to {q}."
            ),
            cells=language.number(tested),
            others=language.number(family - 1),
            q=language.percent(snapshot.mission.thresholds.false_discovery_rate),
        ),
        language.say(
            mark(
                "{hot} have more findings than expected, whichever team is left out; {possible} only with "
                "one team."
            ),
            hot=language.number(int((verdicts == "hot_spot").sum())),
            possible=language.number(int((verdicts == "possible").sum())),
        ),
    )


def _formulas(language: Language) -> tuple[str, ...]:
    return tuple(f"{language.say(one.says)} {one.source}." for one in STATISTICS)


def _version(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    return (
        language.say(
            mark("Data to {moment}, version {version}."),
            moment=language.moment(snapshot.as_of, snapshot.mission.zone_of("")),
            version=snapshot.version,
        ),
        language.say(
            mark("Counted: {verified} Findings from severity “{severity}” on."),
            verified=language.say(mark("verified visits only."))
            if areas.choice.verified_only
            else language.say(mark("unverified visits too.")),
            severity=language.say(areas.choice.severity),
        ),
        *_of_choice(snapshot, areas, language),
    )


def _of_choice(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    """Which stage and which kinds of finding alone are counted; nothing where all are."""
    chosen, known = areas.choice, snapshot.categories
    titles = {slug: known.title(i, language.code) or slug for i, slug in enumerate(known.category)}
    said = (
        [language.say(mark("Stage: {stage}."), stage=language.say(STAGE[chosen.stage]))]
        if chosen.stage
        else []
    )
    if chosen.categories:
        names = ", ".join(titles.get(slug, slug) for slug in chosen.categories)
        said.append(language.say(mark("Counted: “{category}” only."), category=names))
    return (" ".join(said),) if said else ()
