"""What one station's reports add to its units under one choice: `geo.model.counts`, a station at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from geo.analysis.live.growing_columns import GrowingColumns, Rows
from geo.model.counts import Choice, chosen_categories
from geo.model.reports import Categories
from geo.model.tables import OUTCOMES, OVERALL, SEVERITIES, STAGES, VERIFICATIONS

# The counters that change with reports and are sums, in the order of a contribution's numbers.
SUMMED: Final = (
    "visits", "denied", "closed", "unreachable", "stations_observed", "voters_observed", "exposure",
    "with_finding", "findings", "findings_apart", "stations_named", "assessed", "negative",
)  # fmt: skip
_AT: Final = {name: place for place, name in enumerate(SUMMED)}
_VISITS, _EXPOSURE, _WITH_FINDING = _AT["visits"], _AT["exposure"], _AT["with_finding"]
_FINDINGS, APART, _NAMED = _AT["findings"], _AT["findings_apart"], _AT["stations_named"]
_ASSESSED, _NEGATIVE = _AT["assessed"], _AT["negative"]
_STATIONS_OBSERVED, _VOTERS_OBSERVED = _AT["stations_observed"], _AT["voters_observed"]
_OBSERVED: Final = OUTCOMES.index("observed")
_VERIFIED: Final = VERIFICATIONS.index("verified")
_TABULATION: Final = STAGES.index("tabulation")
_BAD: Final = OVERALL.index("bad")


class VisitSeen(NamedTuple):
    """A counted visit as a map shows it. `worst`: its most severe chosen finding, position in SEVERITIES,
    -1 for none or not observed; `has_finding`: it has one that its form asked about.
    """

    row: int
    arrived: int
    outcome: int
    is_exposed: bool
    has_finding: bool
    worst: int


class Seen(NamedTuple):
    """What is known of one station under a choice. `told`: the most severe chosen finding without an
    exposed visit told of it, position in SEVERITIES, -1 for none.
    """

    visits: tuple[VisitSeen, ...]
    told: int


class Effect(NamedTuple):
    """What one report changed at one station under one choice."""

    station: int
    choice: Choice
    before: Seen
    after: Seen


class Contribution(NamedTuple):
    """What one station adds: `sums` in the order of SUMMED, and the team of every observed visit."""

    sums: list[int]
    teams: list[int]
    seen: Seen


class Form(NamedTuple):
    """A current visit at a station: the cells that count, and the findings made during it."""

    row: int
    verification: int
    stage: int
    outcome: int
    answered: int
    overall: int
    team: int
    arrived: int
    findings: list[int]


@dataclass(frozen=True, slots=True)
class CountingRule:
    """A choice with its words looked up, once."""

    choice: Choice
    stage: int
    severity: int
    mask: int
    categories: frozenset[int] | None

    @classmethod
    def for_choice(cls, choice: Choice, known: Categories) -> CountingRule:
        chosen = np.flatnonzero(chosen_categories(known, choice)).tolist()
        named = [place for place, slug in enumerate(known.category) if slug in choice.categories]
        return cls(
            choice=choice,
            stage=STAGES.index(choice.stage) if choice.stage else -1,
            severity=SEVERITIES.index(choice.severity),
            mask=sum(1 << place for place in chosen),
            categories=frozenset(named) if choice.categories else None,
        )


@dataclass(frozen=True, eq=False)
class ReportsByStation:
    """The rows a contribution is read from: columns that grow, and which rows belong to what."""

    visits: GrowingColumns
    incidents: GrowingColumns
    visits_at: Rows
    incidents_at: Rows
    incidents_of: Rows


def is_chosen(rule: CountingRule, incidents: GrowingColumns, row: int) -> bool:
    """Return whether a finding is one the choice asks for (`counts.chosen_incidents`)."""
    of = incidents.of
    return (
        of["is_current"].item(row)
        and of["severity"].item(row) >= rule.severity
        and (not rule.choice.verified_only or of["verification"].item(row) == _VERIFIED)
        and (rule.categories is None or of["category"].item(row) in rule.categories)
        and (rule.stage < 0 or of["stage"].item(row) == rule.stage)
    )


def is_counted_visit(rule: CountingRule, visits: GrowingColumns, row: int) -> bool:
    """Return whether a visit is counted, whatever came of it (`counts.counted_visits`)."""
    of = visits.of
    is_there = of["is_current"].item(row) and of["station"].item(row) >= 0
    return bool(is_there and _counts(rule, of["verification"].item(row), of["stage"].item(row)))


def _counts(rule: CountingRule, verification: int, stage: int) -> bool:
    """Return whether a rule counts a form of such a verification and stage."""
    if rule.choice.verified_only and verification != _VERIFIED:
        return False
    return stage == rule.stage if rule.stage >= 0 else stage != _TABULATION


def is_counted_finding(rule: CountingRule, place: ReportsByStation, row: int) -> bool:
    """Return whether a chosen finding enters a rate (`counts.visits_with_finding`)."""
    of, visits = place.incidents.of, place.visits.of
    visit, category, station = of["visit"].item(row), of["category"].item(row), of["station"].item(row)
    if visit < 0 or category < 0 or (station >= 0 and station != visits["station"].item(visit)):
        return False
    asked = visits["answered"].item(visit)
    return bool(
        asked >> category & 1
        and asked & rule.mask
        and visits["outcome"].item(visit) == _OBSERVED
        and is_counted_visit(rule, place.visits, visit)
    )


def forms_at(place: ReportsByStation, station: int) -> list[Form]:
    """Return the current visits at a station, read once for all rules. O(its reports)."""
    of, forms = place.visits.of, list[Form]()
    for row in place.visits_at.at(station):
        if of["is_current"].item(row):
            form = Form(
                row=row,
                verification=of["verification"].item(row),
                stage=of["stage"].item(row),
                outcome=of["outcome"].item(row),
                answered=of["answered"].item(row),
                overall=of["overall"].item(row),
                team=of["team"].item(row),
                arrived=of["arrived"].item(row),
                findings=place.incidents_of.at(row),
            )
            forms.append(form)
    return forms


def contribution(
    rule: CountingRule, place: ReportsByStation, station: int, forms: list[Form], voters: int
) -> Contribution:
    """Return what a station's reports add to every unit it lies in; `forms`: as `forms_at` has them."""
    sums, teams, seen = [0] * len(SUMMED), list[int](), list[VisitSeen]()
    for row, verification, stage, outcome, answered, overall, team, arrived, findings in forms:
        if not _counts(rule, verification, stage):
            continue
        is_exposed, worst, counted = False, -1, 0
        if outcome >= 0:
            sums[_VISITS + outcome] += 1  # observed, denied, closed, unreachable: the order of OUTCOMES
        if outcome == _OBSERVED:
            is_exposed = bool(answered & rule.mask)
            sums[_EXPOSURE] += is_exposed
            sums[_ASSESSED] += overall >= 0
            sums[_NEGATIVE] += overall >= _BAD
            if team >= 0:
                teams.append(team)
            for finding in findings:
                if is_chosen(rule, place.incidents, finding):
                    worst = max(worst, place.incidents.of["severity"].item(finding))
                    counted += is_counted_finding(rule, place, finding)
            sums[_FINDINGS] += counted
            sums[_WITH_FINDING] += counted > 0
        seen.append(VisitSeen(row, arrived, outcome, is_exposed, counted > 0, worst))
    worst_told = -1
    for finding in place.incidents_at.at(station):
        if is_chosen(rule, place.incidents, finding):
            sums[_NAMED] = 1
            if not is_counted_finding(rule, place, finding):
                sums[APART] += 1
                worst_told = max(worst_told, place.incidents.of["severity"].item(finding))
    sums[_STATIONS_OBSERVED] = int(sums[_VISITS] > 0)
    sums[_VOTERS_OBSERVED] = voters * sums[_STATIONS_OBSERVED]
    return Contribution(sums, teams, Seen(tuple(seen), worst_told))
