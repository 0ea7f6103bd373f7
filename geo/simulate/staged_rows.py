"""Staged events in the rows themselves: a form sent twice, a wrong number, copies, a correction, calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.simulate.deployment import Deployment
from geo.simulate.form_catalog import ACCESS_DENIED
from geo.simulate.mission_tables import clock, incidents_frame, number_width, team_ids, visits_frame
from geo.simulate.options import stops

# From when on a form is looked for that comes in twice, has a wrong number and so on, and when calls come:
# minutes after midnight of election day in the mission's zone.
TWICE_FROM: Final = 9 * 60
WRONG_FROM: Final = 10 * 60 + 30
COPIED_FROM: Final = 9 * 60 + 20
CORRECTED_FROM: Final = 8 * 60 + 30
CALLS: Final = (9 * 60 + 20, 11 * 60 + 50, 13 * 60 + 5)


@dataclass(frozen=True, slots=True)
class RowEvent:
    """One staged event in rows: what, which ids, one sentence."""

    event: str
    says: str
    ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class StagedReports:
    """Visits and incidents as they will be written, and what was staged in them."""

    visits: pd.DataFrame
    incidents: pd.DataFrame
    events: tuple[RowEvent, ...]


def reports(day: Deployment) -> StagedReports:
    """Return the forms and findings that had come in, staged rows included."""
    visits = visits_frame(day)
    staged = StagedReports(visits, incidents_frame(day, visits), ())
    if day.ground.part is None or day.ground.part.silent < 0:
        return staged
    for stage in (_copied, _twice, _wrong_number, _corrected, _calls):
        staged = stage(day, staged)
    order = np.argsort(staged.visits["minute"].to_numpy(), kind="stable")
    return StagedReports(staged.visits.iloc[order].reset_index(drop=True), staged.incidents, staged.events)


def _pick(
    day: Deployment,
    written: StagedReports,
    since: int,
    *,
    has_findings: bool,
    used: set[str],
    ad_hoc: bool = False,
) -> int:
    """Return the first voting form since then by a team without a part, or −1.

    `ad_hoc`: only visits without an assignment. The first to come in, so that stopping the clock later
    changes nothing.
    """
    part = day.ground.part
    visits = written.visits
    if part is None:
        return -1
    playing = [*part.late, part.denied, part.silent, part.strict, part.copier, part.overrun]
    busy = set(team_ids(day.ground)[playing]) | used
    fits = (
        visits["stage"].eq("voting")
        & visits["outcome"].eq("observed")
        & visits["minute"].ge(since)
        & ~visits["team_id"].isin(busy)
        & visits["is_finding" if has_findings else "has_nothing"]
    )
    if ad_hoc:
        fits &= ~visits["is_planned"]
    rows = np.flatnonzero(fits.to_numpy())
    return int(rows[0]) if len(rows) else -1


def _copied(day: Deployment, written: StagedReports) -> StagedReports:
    part = day.ground.part
    team = team_ids(day.ground)[part.copier] if part else ""
    visits = written.visits
    own = visits["team_id"].eq(team) & visits["stage"].eq("voting") & visits["outcome"].eq("observed")
    rows = np.flatnonzero((own & visits["minute"].ge(COPIED_FROM)).to_numpy())[:4]
    if len(rows) < 2:
        return written
    visits = visits.copy()
    visits.loc[rows, "answers"] = visits.loc[rows[0], "answers"]
    event = RowEvent(
        "copied_forms",
        "The answers of the first form stand in the others.",
        tuple(visits.loc[rows, "visit_id"]),
    )
    return StagedReports(visits, written.incidents, (*written.events, event))


def _wrong_number(day: Deployment, written: StagedReports) -> StagedReports:
    twice = {event.ids[0] for event in written.events if event.event == "sent_twice"}
    used = set(written.visits.loc[written.visits["visit_id"].isin(twice), "team_id"])
    # An ad-hoc visit where teams make them: else its own assignment would look overdue.
    ad_hoc = not day.ground.options.is_static
    row = _pick(day, written, WRONG_FROM, has_findings=False, used=used, ad_hoc=ad_hoc)
    if row < 0:
        return written
    width = number_width(day.ground)
    nines = 10**width - 1
    wrong = nines if nines > int(day.ground.stations.number.max()) else 10 ** (width + 1) - 1
    visits = written.visits.copy()
    right = str(visits["number"].iloc[row])
    visits.loc[row, "number"] = f"SIM-{wrong}"
    visits.loc[row, "station"] = -1
    says = f"The form names station SIM-{wrong}, which does not exist; the team was at {right}."
    event = RowEvent("wrong_number", says, (str(visits.loc[row, "visit_id"]),))
    return StagedReports(visits, written.incidents, (*written.events, event))


def _again(day: Deployment, written: StagedReports, row: int, minutes: int, letter: str) -> pd.DataFrame:
    """Return a form once more, received later under an own id; empty if too late."""
    again = written.visits.iloc[[row]].copy()
    again["minute"] += minutes
    again = again[again["minute"].le(stops(day.ground.options))]
    again["visit_id"] += letter
    station = again["station"].to_numpy(dtype=np.int64)
    again["received"] = (
        clock(day.ground, again["minute"].to_numpy(dtype=np.int64), station) if len(again) else []
    )
    return again


def _twice(day: Deployment, written: StagedReports) -> StagedReports:
    row = _pick(day, written, TWICE_FROM, has_findings=False, used=set())
    again = _again(day, written, row, 3, "-B") if row >= 0 else written.visits.iloc[:0]
    if again.empty:
        return written
    both = (str(written.visits.loc[row, "visit_id"]), str(again["visit_id"].iloc[0]))
    event = RowEvent("sent_twice", "One form came in twice within three minutes.", both)
    visits = pd.concat([written.visits, again], ignore_index=True)
    return StagedReports(visits, written.incidents, (*written.events, event))


def _corrected(day: Deployment, written: StagedReports) -> StagedReports:
    row = _pick(day, written, CORRECTED_FROM, has_findings=True, used=set())
    again = _again(day, written, row, 48, "-C") if row >= 0 else written.visits.iloc[:0]
    if again.empty:
        return written
    old, new = str(written.visits.loc[row, "visit_id"]), str(again["visit_id"].iloc[0])
    again["supersedes"], again["overall"] = old, "good"
    mine = written.incidents["visit_id"].eq(old)
    repeated = written.incidents[mine].copy()
    repeated["supersedes"] = repeated["incident_id"]
    repeated["incident_id"] += "-C"
    repeated["visit_id"] = new
    repeated["minute"], repeated["received"] = again["minute"].iloc[0], again["received"].iloc[0]
    event = RowEvent(
        "correction", "A form was corrected 48 minutes later; the first is superseded.", (old, new)
    )
    return StagedReports(
        pd.concat([written.visits, again], ignore_index=True),
        pd.concat([written.incidents, repeated], ignore_index=True),
        (*written.events, event),
    )


def _calls(day: Deployment, written: StagedReports) -> StagedReports:
    """Add telephone calls from the area where nobody is: shown, never part of a rate."""
    ground = day.ground
    catalog = ground.catalog
    area = max(ground.teams.quiet_area, 0)
    minutes = np.array([minute for minute in CALLS if minute <= stops(day.ground.options)], dtype=np.int64)
    weight = catalog.weight * catalog.asked[1] * (np.array(catalog.slugs) != ACCESS_DENIED)
    stations = np.full(len(minutes), int(np.flatnonzero(ground.stations.area == area)[0]))
    when = clock(ground, minutes, stations)
    calls = pd.DataFrame(
        {
            "incident_id": [f"SIM-I-CALL-{index + 1}" for index in range(len(minutes))],
            "area_id": ground.land.area_ids[area],
            "category": [catalog.slugs[int(np.argmax(weight))]] * len(minutes),
            "stage": "voting",
            "occurred": when,
            "received": when,
            "verification": "unverified",
            "publication": "private",
            "completeness": "",
            "text": "SIMULATED telephone call",
            "minute": minutes,
        }
    )
    if calls.empty:
        return written
    incidents = pd.concat([written.incidents, calls], ignore_index=True)
    texts = incidents.columns.drop("minute")
    incidents[texts] = incidents[texts].fillna("")
    event = RowEvent("calls", "Calls from an area without observers.", tuple(calls["incident_id"]))
    return StagedReports(written.visits, incidents, (*written.events, event))
