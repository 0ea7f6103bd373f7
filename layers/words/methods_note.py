"""How the figures of one snapshot were made, in its own numbers: the note beside every map and export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.analysis.choice_analysis import Analysis, minimum_teams, page_choices
from geo.analysis.cluster_finding import LEAST_FINDINGS, LEAST_STATIONS, REFINED
from geo.analysis.representativeness import DUNCAN_WARNING, RepresentativenessPanel
from geo.analysis.station_trials import LARGEST_RADIUS_M
from geo.analysis.statistics.cluster_scan import REPLICATES
from geo.analysis.statistics.intervals import clustered
from geo.analysis.statistics.visit_share import team_correlation
from geo.model.counts import Choice, Counts
from geo.model.snapshot import Snapshot
from layers.words.language import Language, mark
from layers.words.wording import STAGE


@dataclass(frozen=True, slots=True)
class NoteSection:
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
    snapshot: Snapshot, areas: Analysis, panel: RepresentativenessPanel, language: Language
) -> tuple[NoteSection, ...]:
    """Return the note of one choice; every number in it is one of the analyses'."""
    return (
        NoteSection(language.say(mark("What was observed")), observed(snapshot, areas, language)),
        NoteSection(language.say(mark("What was not observed")), _not_observed(snapshot, areas, language)),
        NoteSection(
            language.say(mark("Do the visited stations look like all?")), _alike(snapshot, panel, language)
        ),
        NoteSection(language.say(mark("From when a figure is shown")), _thresholds(snapshot, language)),
        NoteSection(language.say(mark("Tests")), _tests(snapshot, areas.choice, language)),
        NoteSection(language.say(mark("Formulas")), _formulas(areas, language)),
        NoteSection(language.say(mark("Version")), _version(snapshot, areas, language)),
    )


def observed(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    """Return what was observed under a choice, in sentences; `areas`: the analysis of areas under it."""
    counts = areas.counts
    words = _visited(snapshot, counts, language)
    k, m = int(counts.with_finding.sum()), int(counts.exposure.sum())
    lines = [words, closed_stations(len(snapshot.registry.closed), language)]
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


def closed_stations(count: int, language: Language) -> str:
    """Return what is said of stations of the register that are not open, "" where there are none."""
    if not count:
        return ""
    return language.count(
        "{n} polling station of the register was cancelled or merged; it is in no figure.",
        "{n} polling stations of the register were cancelled or merged; they are in no figure.",
        count,
    )


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
        icc=team_correlation(material, material.exposed_by_team),
    )  # fmt: skip
    half = float(high - low) / 2
    return language.say(_MARGIN, x=language.number(round(100 * half, 1))) if np.isfinite(half) else ""


def _not_observed(snapshot: Snapshot, areas: Analysis, language: Language) -> tuple[str, ...]:
    status = areas.results["coverage"].status
    names = [snapshot.registry.areas.name(int(i), language.code) for i in areas.unit]
    lines = []
    empty = [name for name, its_status in zip(names, status, strict=True) if its_status == "not_observed"]
    if empty:
        voters = int(
            sum(areas.counts.voters[i] for i, its_status in enumerate(status) if its_status == "not_observed")
        )
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
    silent = [name for name, its_status in zip(names, status, strict=True) if its_status == "not_reported"]
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


def _alike(snapshot: Snapshot, panel: RepresentativenessPanel, language: Language) -> tuple[str, ...]:
    if panel.visits and snapshot.mission.frame != "complete":
        return (language.say(mark("The list of stations is not complete, so this cannot be said.")),)
    if not panel.visits:
        return (language.say(mark("Visits are not known one by one, so this cannot be said.")),)
    lines = [
        language.say(
            mark("{what}: {percent} of the visits would have to move to give the shares of the registry."),
            what=language.say(_COMPARED[name]),
            percent=language.percent(comparison.duncan),
        )
        + (
            " " + language.say(mark("That is more than 10 %: read totals with care."))
            if comparison.duncan > DUNCAN_WARNING
            else ""
        )
        for name, comparison in panel.comparisons.items()
        if np.isfinite(comparison.duncan)
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
    asked, teams = snapshot.mission.thresholds, minimum_teams(snapshot, "area")
    by_teams = mark(
        "A rate of an area is shown from {v} visits by {t} teams on, of a cell from {c} visits on."
    )
    unnamed = mark(
        "A rate of an area is shown from {v} visits on, of a cell from {c} visits on; no team is named."
    )
    return (
        language.say(by_teams if teams else unnamed, v=asked.area_visits, t=teams, c=asked.cell_visits),
        language.say(
            mark("A place is tested from {n} stations on, {k} of them with a finding."),
            n=LEAST_STATIONS,
            k=LEAST_FINDINGS,
        ),
    )


def _tests(snapshot: Snapshot, choice: Choice, language: Language) -> tuple[str, ...]:
    """How places are tested; what came of it is told where they are shown, a search takes seconds."""
    asked = snapshot.mission.thresholds
    return (
        language.say(
            mark(
                "Places with more findings than expected: circles of up to {km} km and half the stations "
                "asked, compared with {least} to {most} random maps (Kulldorff 1997); a station counts once, "
                "however many forms it has. {choices} choices of category are tested together, and false "
                "discoveries are held to {q}."
            ),
            km=language.number(round(LARGEST_RADIUS_M / 1000)),
            least=language.number(REPLICATES),
            most=language.number(REFINED),
            choices=language.number(len(page_choices(snapshot, choice))),
            q=language.percent(asked.false_discovery_rate),
        ),
        language.say(
            mark(
                "A place is shown only if it stands out whichever team is left out; where no team stands for "
                "several stations, whichever piece of ground."
            )
        ),
    )


def _formulas(areas: Analysis, language: Language) -> tuple[str, ...]:
    return tuple(
        f"{language.say(statistic.says)} {language.say(statistic.source)}." for statistic in areas.statistics
    )


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
    sentences = (
        [language.say(mark("Stage: {stage}."), stage=language.say(STAGE[chosen.stage]))]
        if chosen.stage
        else []
    )
    if chosen.categories:
        names = ", ".join(titles.get(slug, slug) for slug in chosen.categories)
        sentences.append(language.say(mark("Counted: “{category}” only."), category=names))
    return (" ".join(sentences),) if sentences else ()


HEADING: Final = mark("How the figures were made")


def note_as_text(title: str, sections: Iterable[NoteSection], language: Language, is_simulated: bool) -> str:
    """Return a note: its title, then every heading underlined and its sentences, one a line."""
    parts = [_underlined(f"{title} · {language.say(HEADING)}", "=")]
    if is_simulated:
        parts.append(language.say(mark("SIMULATED")))
    parts += ["\n".join((_underlined(section.title, "-"), *section.lines)) for section in sections]
    return "\n\n".join(parts) + "\n"


def _underlined(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"
