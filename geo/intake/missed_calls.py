"""Teams that should have reported: who has taken note of it, with which words, and until when they wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from geo.analysis import operations
from geo.intake.phoned_visit import clock_time
from geo.intake.report_decisions import LONGEST_REASON, areas_above
from geo.journal.event import FIRST_VERSION, HAS_NUL, ID, Event, JournalEntry, root_of
from geo.journal.report_ledger import ReportLedger
from geo.journal.report_life import in_turn, step_of
from geo.model.columns import NO_TIME
from geo.model.errors import InputError
from geo.model.snapshot import Snapshot

SOURCE: Final = "@desk"


@dataclass(frozen=True, slots=True)
class CallNote:
    """What somebody did about a team's silence.

    `until`: when they want to hear of it again, None for not before it is heard of. `head`: the last event.
    """

    team: str
    who: str
    at: datetime
    note: str
    until: datetime | None
    head: str


def call_notes(ledger: ReportLedger, snapshot: Snapshot) -> list[CallNote]:
    """Return the notes that hold: of its teams nobody heard of since, not snoozed until before `as_of`.

    The order in which the events came does not matter.
    """
    contact = dict(zip(snapshot.teams.team_id, operations.last_contact(snapshot).tolist(), strict=True))
    notes = (_newest(entries) for entries in ledger.entries("team").values())
    return [
        note
        for note, heard in filter(None, notes)
        if contact.get(note.team) == heard and (note.until is None or snapshot.as_of < note.until)
    ]


def areas_of_team(snapshot: Snapshot, team: object) -> tuple[str, ...]:
    """Return the areas where a team was or is sent, and all those lie in; none for a team nobody knows."""
    if team not in snapshot.teams.team_id:
        return ()
    number, plan = snapshot.teams.team_id.index(team), snapshot.assignments
    of_station = np.append(snapshot.registry.stations.area, np.int32(-1))
    rows = (
        snapshot.visits.area[snapshot.visits.team == number],
        snapshot.incidents.area[snapshot.incidents.team == number],
        of_station[plan.station[plan.team == number]],
    )
    areas = np.unique(np.concatenate(rows)).tolist()
    return tuple(dict.fromkeys(name for area in areas for name in areas_above(snapshot, area)))


def call_event(
    given: Mapping[str, Any], by: str, mission: str, ledger: ReportLedger, snapshot: Snapshot, now: datetime
) -> Event | None:
    """Return the event of a note about a team; None where it was sent before.

    `given`: `id`, `team`, `note`, and in `until` a time of the mission's clock after `as_of`, "" for none.
    Raises InputError for what cannot be understood, and where there is no note.
    """
    texts = {name: given.get(name, "") for name in ("id", "team", "note", "until")}
    if not all(isinstance(text, str) for text in texts.values()) or not ID.fullmatch(texts["id"]):
        raise InputError("id, team, note and until are texts")
    if not texts["note"].strip() or len(texts["note"]) > LONGEST_REASON:
        raise InputError("note: say what was done, in few words")
    if "\0" in texts["note"]:
        raise InputError(f"note {HAS_NUL}")
    if texts["team"] not in snapshot.teams.team_id:
        raise InputError(f"team {texts['team'][:40]!r} is not known")
    key = (mission, SOURCE, "team", root_of(texts["team"]))
    if ledger.has(key, texts["id"]):
        return None
    earlier = _newest(ledger.entries("team").get(key, ()))
    team = snapshot.teams.team_id.index(texts["team"])
    until = _until(texts["until"], snapshot) if texts["until"].strip() else None
    body = {"team": texts["team"], "heard": int(operations.last_contact(snapshot)[team])}
    return Event(
        mission=mission, kind="decision", about="team", source=SOURCE, root=key[3], version=texts["id"],
        supersedes=earlier[0].head if earlier else FIRST_VERSION, person=by,
        body=body | ({"until": until.isoformat()} if until else {}),
        private={"note": texts["note"]}, made_at=now.astimezone(UTC).isoformat(),
    )  # fmt: skip


def _until(text: str, snapshot: Snapshot) -> datetime:
    """Return the next time the mission's clock shows this, after the moment the snapshot speaks for."""
    here = snapshot.as_of.astimezone(snapshot.mission.zone_of(""))
    moment = datetime.combine(here.date(), clock_time(text), tzinfo=here.tzinfo)
    return (moment if moment > here else moment + timedelta(days=1)).astimezone(UTC)


def _newest(entries: Iterable[JournalEntry]) -> tuple[CallNote, int] | None:
    """Return the last note about one team, and when the team had been heard of last by then."""
    by_version = {entry.event.version: entry for entry in entries}
    ordered = in_turn(step_of(entry.event) for entry in by_version.values())
    if not ordered:
        return None
    event = by_version[ordered[-1].version].event
    heard, until = event.body.get("heard"), event.body.get("until")
    note = CallNote(
        str(event.body.get("team", "")), event.person, datetime.fromisoformat(event.made_at),
        str(event.private.get("note", "")), datetime.fromisoformat(until) if until else None, event.version,
    )  # fmt: skip
    return note, heard if isinstance(heard, int) else NO_TIME
