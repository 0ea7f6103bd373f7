"""The one that changes while a mission runs: takes reports one by one, publishes snapshots now and then."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np

from geo.analysis.live.growing_columns import GrowingColumns, Rows
from geo.analysis.live.incoming_report import (
    Cells,
    IncidentReport,
    Report,
    ReportError,
    ReportReferences,
    ReportState,
    VisitReport,
    incident_cells,
    spelled,
    visit_cells,
)
from geo.analysis.live.report_versions import Versions
from geo.analysis.live.station_contribution import (
    Contribution,
    CountingRule,
    Effect,
    ReportsByStation,
    contribution,
    forms_at,
    is_chosen,
    is_counted_finding,
)
from geo.analysis.live.unit_counters import of_every_kind
from geo.model.counts import Choice, Counts
from geo.model.snapshot import Snapshot, UnitKind
from geo.model.tables import PUBLICATIONS, VERIFICATIONS

LOG: Final = logging.getLogger("baqylau")
EVERY: Final = timedelta(seconds=1)  # snapshots are published at most this often
_WITHDRAWN: Final = VERIFICATIONS.index("withdrawn")
Subscriber = Callable[[Effect], None]


class LiveCounts:
    """Owns a mission's reports while they come in, and every counter made of them.

    `apply` takes about 50 µs whatever the size of the mission; making one takes seconds for millions of
    visits. A report is used as a whole or refused as a whole. Thread-safe: one lock, held for one report.
    """

    def __init__(
        self, snapshot: Snapshot, choices: Iterable[Choice] = (), reached: Snapshot | None = None
    ) -> None:
        """Begin where a snapshot stands. `choices`: counted beside the default one; a handful.

        `reached`: what counts that began with the very same snapshot published later: these go on from there.
        """
        now = reached or snapshot
        self._base, self._version = snapshot, now.version
        self._published = snapshot
        self._published_at: datetime | None = None
        self._latest = max(snapshot.as_of, now.as_of)  # of what was received, where the reports' clock counts
        self._known = ReportReferences.from_snapshot_parts(
            snapshot.registry, snapshot.teams, snapshot.categories
        )
        visits, incidents = GrowingColumns(now.visits), GrowingColumns(now.incidents)
        stations = len(snapshot.registry.stations)
        self._place = ReportsByStation(
            visits=visits,
            incidents=incidents,
            visits_at=Rows(now.visits.station, stations),
            incidents_at=Rows(now.incidents.station, stations),
            incidents_of=Rows(now.incidents.visit, len(now.visits)),
        )
        self._visits = Versions(visits, now.visits, "visit_id", len(snapshot.visits))
        self._incidents = Versions(incidents, now.incidents, "incident_id", len(snapshot.incidents))
        self._awaiting = _awaiting(now)
        every = tuple(dict.fromkeys((Choice(), *choices)))
        self._rules = [CountingRule.for_choice(choice, snapshot.categories) for choice in every]
        self._units = of_every_kind(now, every)
        self._voters = np.nan_to_num(snapshot.registry.stations.voters).astype(np.int64).data
        self._subscribers: dict[Choice, list[Subscriber]] = {}
        self._lock = threading.Lock()

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(rule.choice for rule in self._rules)

    @property
    def is_timed_by_reports(self) -> bool:
        """Whether the moment goes on with what is received, and not with the server's clock."""
        return self._base.mission.clock == "reports"

    @property
    def version(self) -> str:
        """The version of the snapshot that `publish` would give."""
        return self._version

    def last_id(self, about: str, report_id: str) -> str:
        """Return the id of the newest version of a report ("visit" or "incident") that was applied.

        "" where none of this id was, whether or not the files have one.
        """
        is_visit = about == "visit"
        versions = self._visits if is_visit else self._incidents
        table = self._place.visits if is_visit else self._place.incidents
        from_files = len(self._base.visits) if is_visit else len(self._base.incidents)
        with self._lock:
            row = versions.find(report_id)
            if row < from_files:
                return ""
            return str(table.of[f"{about}_id"].item(max(versions.group(row))))

    def subscribe(self, subscriber: Subscriber, choice: Choice | None = None) -> None:
        """Have every change of a station under a choice told, after it was counted, in the order it came.

        A subscriber that raises is logged and told no more. Raises ValueError for a choice not counted.
        """
        asked = choice or Choice()
        if asked not in self._units:
            raise ValueError(f"this choice is not counted: {asked}")
        with self._lock:
            self._subscribers.setdefault(asked, []).append(subscriber)

    def unsubscribe(self, subscriber: Subscriber, choice: Choice | None = None) -> None:
        """Tell a subscriber no more; nothing happens if it was not told."""
        with self._lock:
            listed = self._subscribers.get(choice or Choice(), [])
            if subscriber in listed:
                listed.remove(subscriber)

    def apply(self, report: Report | ReportState) -> None:
        """Count one report: new, a correction, or a withdrawal. Raises ReportError, and changes nothing.

        A correction is a report of its own that `supersedes` an earlier one; a withdrawal is a correction
        whose verification is `withdrawn`. A state changes the report that is there.
        """
        with self._lock:
            if isinstance(report, ReportState):
                effects = self._state(report)
            else:
                effects = self._visit(report) if isinstance(report, VisitReport) else self._incident(report)
                self._latest = max(self._latest, report.received or self._latest)
            self._version = _next_version(self._version, report)
            for effect in effects:
                self._tell(effect)

    def counts(self, kind: UnitKind = "area", level: int = 1, choice: Choice | None = None) -> Counts:
        """Return the counters now, as `Snapshot.counts` would. Raises KeyError for what is not counted."""
        with self._lock:
            return self._tallied()[kind, level if kind == "area" else 0, choice or Choice()]

    def publish(self, now: datetime) -> Snapshot:
        """Return the newest snapshot: a new one if a report came and a second passed since the last.

        Columns that did not change share their memory with the last one's; nobody's snapshot changes.
        """
        with self._lock:
            is_due = self._published_at is None or now - self._published_at >= EVERY
            if self._published.version == self._version or not is_due:
                return self._published
            self._published_at = now
            self._published = replace(
                self._base,
                visits=self._place.visits.view(),
                incidents=self._place.incidents.view(),
                as_of=self._moment(now),
                version=self._version,
                tallied=MappingProxyType(self._tallied()),
            )
            return self._published

    def _moment(self, now: datetime) -> datetime:
        if self.is_timed_by_reports:
            return self._latest
        return self._base.as_of if self._base.mission.as_of else now

    def _tallied(self) -> dict[tuple[str, int, Choice], Counts]:
        return {units.key: units.counts() for every in self._units.values() for units in every}

    def _visit(self, report: VisitReport) -> list[Effect]:
        """Take one version of a form: which version holds now, and where that leaves its findings."""
        cells = visit_cells(report, self._known)
        _check_ids(report.visit_id, report.supersedes, "visit", self._visits)
        place, versions = self._place, self._visits
        members = versions.joined_by(report.visit_id, report.supersedes)
        attached = [row for member in members for row in place.incidents_of.at(member)]
        attached += self._awaiting.get(report.visit_id, [])
        stations = {cells["station"], *(place.visits.of["station"].item(row) for row in members)}
        if not attached:
            before = self._stand(stations)
            self._add_visit(cells)
            return self._count(before, stations, (), ())
        return self._visit_with_findings(cells, attached, stations)

    def _visit_with_findings(self, cells: Cells, attached: list[int], stations: set[int]) -> list[Effect]:
        """As `_visit`, when findings follow the form; where they go is only known once it is there.

        Everything that could be touched is counted out before and counted in after.
        """
        at, named = self._place.incidents.of["station"].item, self._place.incidents.of["station_as_written"]
        before_at = {at(row) for row in attached}
        own = {self._known.registry.station(named.item(row)) for row in attached if named.item(row)}
        touched = stations | before_at | own
        before = self._stand(touched)
        loose = self._loose(attached)
        self._awaiting.pop(cells["visit_id"], None)
        self._add_visit(cells)
        for row in attached:
            self._move(row)
        return self._count(before, touched, attached, loose)

    def _add_visit(self, cells: Cells) -> None:
        visits, versions = self._place.visits, self._visits
        row = visits.append({**cells, "is_current": False})
        versions.add(row, cells["visit_id"], cells["supersedes"])
        self._place.visits_at.add(cells["station"], row)
        held, withdrawn = versions.holder(row), visits.of["verification"].item
        for member in versions.group(row):
            visits.of["is_current"].put(member, member == held and withdrawn(member) != _WITHDRAWN)

    def _incident(self, report: IncidentReport) -> list[Effect]:
        """Take one version of a finding."""
        cells = incident_cells(report, self._known)
        _check_ids(report.incident_id, report.supersedes, "incident", self._incidents)
        if report.visit_id and self._visits.find(report.visit_id) < 0:
            raise ReportError(
                f"incident {report.incident_id[:80]!r}: no visit called {report.visit_id[:80]!r}"
            )
        place, versions = self._place, self._incidents
        members = versions.joined_by(report.incident_id, report.supersedes)
        of = place.incidents.of
        stations = {of["station"].item(row) for row in members} | self._visited(members)
        moved = self._follows(cells)
        stations |= {moved["station"]}
        if moved["visit"] >= 0:
            stations.add(place.visits.of["station"].item(moved["visit"]))
        before, loose = self._stand(stations), self._loose(members)
        row = place.incidents.append({**cells, **moved, "is_current": False})
        versions.add(row, cells["incident_id"], cells["supersedes"])
        place.incidents_at.add(moved["station"], row)
        place.incidents_of.add(moved["visit"], row)
        for member in versions.group(row):
            self._hold(member)
        return self._count(before, stations, [*members, row], loose)

    def _state(self, state: ReportState) -> list[Effect]:
        """Change what was decided about a report; what its source took back stays so."""
        is_visit = state.about == "visit"
        versions = self._visits if is_visit else self._incidents
        row = versions.find(state.report_id)
        if row < 0:
            raise ReportError(f"{state.about} {state.report_id[:80]!r}: there is none to decide about")
        place, row = self._place, versions.holder(row)
        of = place.visits.of if is_visit else place.incidents.of
        findings = place.incidents_of.at(row) if is_visit else [row]
        stations = {of["station"].item(row), *self._visited(findings)}
        stations |= {place.incidents.of["station"].item(finding) for finding in findings}
        before, loose = self._stand(stations), self._loose(findings)
        origin = self._base.visits if is_visit else self._base.incidents
        if row >= len(origin) or origin.verification[row] != _WITHDRAWN:
            of["verification"].put(row, VERIFICATIONS.index(state.verification))
        if is_visit:
            of["is_current"].put(row, of["verification"].item(row) != _WITHDRAWN)
        else:
            of["publication"].put(row, PUBLICATIONS.index(state.publication))
        for finding in findings:
            self._hold(finding)
        return self._count(before, stations, findings, loose)

    def _follows(self, cells: Cells) -> Cells:
        """Return visit, station, area and stage of a finding as its form that holds now has them.

        As `reports.incidents` has it: a finding told of no station, or of the one its form named, goes
        where the correction of the form goes.
        """
        visits, known = self._place.visits.of, self._known
        form = self._visits.find(cells["visit_as_told"]) if cells["visit_as_told"] else -1
        visit = self._visits.holder(form) if form >= 0 else -1
        written = cells["station_as_written"]
        station = known.registry.station(written) if written else -1
        names = bool(written or cells["number"])
        is_there = visit != form and written and written == visits["station_as_written"].item(form)
        if visit >= 0 and (is_there or (station < 0 and not names)):
            station = visits["station"].item(visit)
        area, stage = cells["own_area"], cells["own_stage"]
        if station >= 0:
            area = known.registry.stations.area.item(station)
        elif area < 0 and not names and visit >= 0:
            area = visits["area"].item(visit)
        if stage < 0 and visit >= 0:
            stage = visits["stage"].item(visit)
        unresolved = names and station < 0
        return {"visit": visit, "station": station, "area": area, "stage": stage, "is_unresolved": unresolved}

    def _move(self, row: int) -> None:
        """Let a finding follow its form."""
        place, of = self._place, self._place.incidents.of
        as_told = ("visit_as_told", "station_as_written", "number", "own_area", "own_stage")
        moved = self._follows({name: of[name].item(row) for name in as_told})
        place.incidents_at.move(of["station"].item(row), moved["station"], row)
        place.incidents_of.move(of["visit"].item(row), moved["visit"], row)
        for name, value in moved.items():
            of[name].put(row, value)
        self._hold(row)

    def _hold(self, row: int) -> None:
        """Say of a finding whether it is current: the version that holds, of a form that is."""
        of, visits = self._place.incidents.of, self._place.visits.of
        visit = of["visit"].item(row)
        holds = self._incidents.holder(row) == row and (visit < 0 or visits["is_current"].item(visit))
        of["is_current"].put(row, holds and of["verification"].item(row) != _WITHDRAWN)

    def _visited(self, incidents: Iterable[int]) -> set[int]:
        visits = (self._place.incidents.of["visit"].item(row) for row in incidents)
        return {self._place.visits.of["station"].item(visit) for visit in visits if visit >= 0}

    def _stand(self, stations: set[int]) -> dict[tuple[int, int], Contribution]:
        """Return what stations add to every choice as things stand, by station and rule."""
        stations.discard(-1)
        contributions = {}
        for station in stations:
            forms, voters = forms_at(self._place, station), self._voters[station]
            for place, rule in enumerate(self._rules):
                contributions[station, place] = contribution(rule, self._place, station, forms, voters)
        return contributions

    def _loose(self, incidents: Iterable[int]) -> list[tuple[int, int]]:
        """Return rule and area of every finding known to an area only that a rule shows outside of rates."""
        of = self._place.incidents.of
        return [
            (place, of["area"].item(row))
            for row in incidents
            if of["station"].item(row) < 0
            for place, rule in enumerate(self._rules)
            if is_chosen(rule, self._place.incidents, row) and not is_counted_finding(rule, self._place, row)
        ]

    def _count(
        self,
        before: dict[tuple[int, int], Contribution],
        stations: set[int],
        incidents: Iterable[int],
        loose: Iterable[tuple[int, int]],
    ) -> list[Effect]:
        """Count the difference into every unit; return it by station and choice, for subscribers."""
        effects = []
        for key, after in self._stand(stations).items():
            station, place = key
            old, choice = before[key], self._rules[place].choice
            if after == old:
                continue
            added = [
                (column, now - was)
                for column, (now, was) in enumerate(zip(after.sums, old.sums, strict=True))
                if now != was
            ]
            gone, come = _differing(old.teams, after.teams)
            for units in self._units[choice]:
                units.change(station, added, gone, come)
            if old.seen != after.seen:
                effects.append(Effect(station, choice, old.seen, after.seen))
        for sign, loose_findings in ((-1, loose), (1, self._loose(incidents))):
            for place, area in loose_findings:
                for units in self._units[self._rules[place].choice]:
                    units.change_apart(area, sign)
        return effects

    def _tell(self, effect: Effect) -> None:
        for subscriber in tuple(self._subscribers.get(effect.choice, ())):
            try:
                subscriber(effect)
            except Exception:
                LOG.exception("a subscriber to live reports failed and is told no more")
                self._subscribers[effect.choice].remove(subscriber)


def _next_version(version: str, report: Report | ReportState) -> str:
    """Registry hash, number of reports, and a hash over the last hash and this report."""
    registry, count, last = version.split("-", 2)
    digest = hashlib.sha256(f"{last}{spelled(report)}".encode()).hexdigest()
    return f"{registry}-{int(count) + 1}-{digest[:16]}"


def _differing(before: list[int], after: list[int]) -> tuple[list[int], list[int]]:
    """Return what is in one list and not in the other, each as often as it is there more often."""
    come, gone = list(after), []
    for row in before:
        if row in come:
            come.remove(row)
        else:
            gone.append(row)
    return gone, come


def _check_ids(own: str, supersedes: str, word: str, versions: Versions) -> None:
    name = f"{word} {own[:80]!r}"
    if versions.find(own) >= 0:
        raise ReportError(f"{name} is already known; a correction has an id of its own and names this one")
    if supersedes and versions.find(supersedes) < 0:
        raise ReportError(f"{name}: no {word} called {supersedes[:80]!r} to supersede")


def _awaiting(snapshot: Snapshot) -> dict[str, list[int]]:
    """Return the findings told of a visit that is not there, by its id."""
    visit_ids, waiting = snapshot.incidents.visit_as_told, dict[str, list[int]]()
    for row in np.flatnonzero(snapshot.incidents.visit < 0).tolist():
        if name := visit_ids[row].as_py():
            waiting.setdefault(name, []).append(row)
    return waiting
