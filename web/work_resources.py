"""Work on reports as the desk asks for it: begun, listed, decided. Each answer is of this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from geo.intake import report_file
from geo.intake.missed_calls import areas_of_team, call_event
from geo.intake.phoned_visit import rows_of_form
from geo.intake.registry_fixes import StationFix, fix_event, fixes
from geo.intake.report_decisions import (
    Refused,
    ReportDecision,
    SeenReport,
    area_chain,
    areas_above,
    decision_events,
    decision_of,
    own_ids,
)
from geo.intake.report_rows import Sender, events_from_rows
from geo.journal.report_ledger import ReportLedger
from geo.journal.report_life import DECISIONS
from geo.model.errors import InputError
from geo.model.snapshot import Snapshot
from geo.serving.journal_door import JournalDoor
from geo.serving.redaction import team_meant
from layers.desk import inbox, registry_doctor, work_start
from layers.desk.work_payloads import CallNotes, Inbox, RegistryDoctor, ReportHistory, WorkAnswer, WorkStart
from layers.words.language import language
from layers.words.work_wording import REFUSAL
from web import acting

ABOUT: Final = ("incident", "visit")
DESK: Final = "@desk"  # the source of what is entered on the desk


def start(snapshot: Snapshot, slug: str, code: str) -> WorkStart:
    """Return what the tabs of work begin with."""
    return work_start.start(
        snapshot,
        language(code),
        asks_name=acting.asks_name(),
        me=me(""),
        may=[*_decisions(slug), *_works(slug)],
        files=(report_file.SUFFIXES, report_file.LARGEST, report_file.MOST_ROWS),
    )


def me(given: str) -> str:
    """Return the person who asks, "" while nobody has said who they are."""
    try:
        return acting.actor_name(given)
    except InputError:
        return ""


def listed(
    shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str, asked: Mapping[str, str]
) -> Inbox:
    """Return the inbox of a request. Raises InputError for a filter that is none."""
    about, chosen = asked.get("about", "incident"), asked.get("show", "reported")
    first = asked.get("from", "0")
    if about not in ABOUT or chosen not in inbox.FILTERS or not (first.isascii() and first.isdecimal()):
        raise InputError("about, show and from: a table, a filter, a number")
    ledger = door.ledger(slug)
    ledger.renew()
    return inbox.inbox(
        shown, whole, ledger, about, chosen, me(asked.get("me", "")), _decisions(slug),
        int(first[:9]), language(code), acting.allows("texts.see", slug),
    )  # fmt: skip


def history(
    shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str, about: str, report_id: str
) -> ReportHistory:
    """Return what happened to one report. Raises InputError for a table that is none."""
    if about not in ABOUT:
        raise InputError("about is incident or visit")
    ledger = door.ledger(slug)
    ledger.renew()
    report_id = own_ids(shown, whole, about, [report_id])[report_id]
    areas = area_chain(whole, about, report_id) or acting.NO_AREA
    has_texts = acting.allows("texts.see", slug, areas)
    return inbox.history(whole, ledger, about, report_id, language(code), has_texts)


def decide(
    shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str, given: Mapping[str, Any]
) -> tuple[WorkAnswer, int]:
    """Write a decision down, about all of its reports or none; return the answer and its status.

    409 where a report stands elsewhere than who decides saw, 422 where the decision is none.
    """
    asked, by = decision_of(given), acting.actor_name(given.get("by"))
    request = replace(asked, to=acting.person_named(asked.to), reports=_own_reports(asked, shown, whole))
    if why := _forbidden(request, whole, slug):
        return _refusal(code, why, []), 403
    ledger = door.ledger(slug)
    with ledger.turn:
        ledger.renew()
        events, refused = decision_events(request, by, slug, ledger, whole, datetime.now(UTC))
        if refused:
            as_shown = dict(zip(request.reports, asked.reports, strict=True))
            stale = [as_shown[each.report].report_id for each in refused]
            return _refusal(code, refused[0].why, stale), _status(refused)
        if events:
            door.append(events)
    return {"done": len(request.reports), "message": "", "stale": []}, 200


def enter(
    shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str, given: Mapping[str, Any]
) -> tuple[WorkAnswer, int]:
    """Write down a visit that was phoned in, with its findings, as one; the same id again is no harm.

    409 where another visit has this id, 422 with the first thing that is wrong.
    """
    given = {**given, "team_id": _team(given.get("team_id", ""), shown, whole)}
    by, (visit, findings, areas) = acting.actor_name(given.get("by")), rows_of_form(given, whole)
    sender = Sender(slug, DESK, by)
    events, problems = events_from_rows([visit], "visit", sender, whole)
    if findings and not problems:
        others, problems = events_from_rows(findings, "incident", sender, whole)
        events += others
    if problems:
        return {"done": 0, "message": problems[0].message, "stale": [problems[0].column]}, 422
    if not acting.allows("visit.enter", slug, areas or acting.NO_AREA):
        return _refusal(code, "area", []), 403
    receipts = door.append(events)
    if any(receipt.status == "conflict" for receipt in receipts):
        return _refusal(code, "taken", [visit["id"]]), 409
    return {"done": 1, "message": "", "stale": []}, 200


def calls(shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str) -> CallNotes:
    """Return what was done about silent teams."""
    ledger = door.ledger(slug)
    ledger.renew()
    return inbox.calls(shown, whole, ledger, language(code))


def note_call(
    shown: Snapshot, whole: Snapshot, door: JournalDoor, slug: str, code: str, given: Mapping[str, Any]
) -> tuple[WorkAnswer, int]:
    """Write down that somebody took note of a team's silence, one that works in an area of theirs."""
    by, ledger = acting.actor_name(given.get("by")), door.ledger(slug)
    given = {**given, "team": _team(given.get("team", ""), shown, whole)}
    if not acting.allows("call.acknowledge", slug, areas_of_team(whole, given["team"]) or acting.NO_AREA):
        return _refusal(code, "area", []), 403
    with ledger.turn:
        ledger.renew()
        event = call_event(given, by, slug, ledger, whole, datetime.now(UTC))
        if event is not None:
            door.append([event])
    return {"done": 1, "message": "", "stale": []}, 200


def doctor(snapshot: Snapshot, door: JournalDoor, slug: str, code: str) -> RegistryDoctor:
    """Return stations with a doubtful point and those that were moved."""
    ledger = door.ledger(slug)
    ledger.renew()
    return registry_doctor.doctor(snapshot, _fixes(ledger), language(code))


def move_station(
    snapshot: Snapshot, door: JournalDoor, slug: str, code: str, given: Mapping[str, Any]
) -> tuple[WorkAnswer, int]:
    """Write down where a station stands, or take that back."""
    by, ledger = acting.actor_name(given.get("by")), door.ledger(slug)
    station = snapshot.registry.stations.by_id.find(str(given.get("station_id", "")))
    if station < 0:
        raise InputError("station_id: no open station is called so")
    areas = areas_above(snapshot, int(snapshot.registry.stations.area[station]))
    if not acting.allows("registry.fix", slug, areas or acting.NO_AREA):
        return _refusal(code, "area", []), 403
    with ledger.turn:
        ledger.renew()
        event = fix_event(given, by, slug, ledger, datetime.now(UTC))
        if event is not None:
            door.append([event])
    return {"done": 1, "message": "", "stale": []}, 200


def _own_reports(asked: ReportDecision, shown: Snapshot, whole: Snapshot) -> tuple[SeenReport, ...]:
    """Return the reports of a request under their own ids; who sees no names has others of them."""
    own = {
        about: own_ids(shown, whole, about, [seen.report_id for seen in asked.reports if seen.about == about])
        for about in ABOUT
    }
    return tuple(replace(seen, report_id=own[seen.about][seen.report_id]) for seen in asked.reports)


def _team(given: object, shown: Snapshot, whole: Snapshot) -> object:
    return team_meant(shown, whole, given) if isinstance(given, str) else given


def _fixes(ledger: ReportLedger) -> dict[str, StationFix]:
    return fixes(entry for entries in ledger.entries("station").values() for entry in entries)


def _status(refused: list[Refused]) -> int:
    return 409 if any(each.why in ("stale", "state", "gone") for each in refused) else 422


def _refusal(code: str, why: str, stale: list[str]) -> WorkAnswer:
    return {"done": 0, "message": language(code).say(REFUSAL[why]), "stale": stale}


def _forbidden(request: ReportDecision, snapshot: Snapshot, slug: str) -> str:
    """Return "role" or "area" where whoever asks may not decide this, "" where they may."""
    action = DECISIONS[request.decision].action
    if not acting.allows(action, slug):
        return "role"
    for seen in request.reports:
        if not acting.allows(
            action, slug, area_chain(snapshot, seen.about, seen.report_id) or acting.NO_AREA
        ):
            return "area"
    return ""


def _works(slug: str) -> list[str]:
    """Return what else of the tabs of work whoever asks may see or do; the rest is not asked for."""
    actions = ("journal.read", "call.acknowledge", "visit.enter", "registry.fix", "files.upload")
    return [action for action in actions if acting.allows(action, slug)]


def _decisions(slug: str) -> list[str]:
    return [name for name, rule in DECISIONS.items() if acting.allows(rule.action, slug)]
