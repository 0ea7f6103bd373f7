"""The inbox: reports by where they stand, what may be decided about each, and its history in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.missed_calls import call_notes
from geo.intake.report_decisions import life_of_row
from geo.journal.report_ledger import VERSION_OF_OURS, ReportLedger
from geo.journal.report_life import DECISIONS, Change, Life, refusal
from geo.model.columns import whole
from geo.model.reports import Incidents, Visits
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, PUBLICATIONS, STAGES, VERIFICATIONS
from layers.desk.local_clock import clock, zone_of_station
from layers.desk.work_payloads import CallNotes, Inbox, InboxRow, ReportChange, ReportHistory
from layers.words.desk_wording import OUTCOME
from layers.words.language import Language
from layers.words.wording import STAGE
from layers.words.work_wording import CLEARANCE, DECIDE, FILTER, REFUSAL, SENT, TRUTH

MOST_ROWS: Final = 100  # at a time; how many there are is said
LONGEST_TEXT: Final = 1_000  # letters of a finding's text in the list
FILTERS: Final = tuple(FILTER)
BoolArray = npt.NDArray[np.bool_]


def inbox(
    shown: Snapshot,
    everything: Snapshot,
    ledger: ReportLedger,
    about: str,
    chosen: str,
    by: str,
    may: Collection[str],
    first: int,
    language: Language,
    has_texts: bool = True,
) -> Inbox:
    """Return reports of a filter from the `first`-th on, the newest first.

    `by`: who asks; `may`: the decisions that their role allows somewhere. `has_texts`: whether what people
    wrote is among it. `shown`: what they may see of the whole, whose ids the ledger knows. Costs one look at
    the columns of all reports.
    """
    table = shown.visits if about == "visit" else shown.incidents
    decided = ledger.decided(about)
    rows = _rows(everything, about, chosen, by, decided)
    rows = rows[np.argsort(-table.received[rows], kind="stable")]
    asked, page = [name for name in DECISIONS if name in may], rows[first : first + MOST_ROWS].tolist()
    ledger.foresee({ledger.key_of(about, _id(everything, about, row)) for row in page})
    return {
        "total": len(rows),
        "rows": [
            _row(shown, about, row, _life(everything, ledger, about, row), by, asked, language, has_texts)
            for row in page
        ],
        "persons": sorted({shown_name(life.assigned_to) for life in decided.values() if life.assigned_to}),
    }


def history(
    snapshot: Snapshot,
    ledger: ReportLedger,
    about: str,
    report_id: str,
    language: Language,
    has_texts: bool = True,
) -> ReportHistory:
    """Return what happened to a report, the newest first, on the mission's clock.

    `has_texts`: whether the reasons that people gave are among it.
    """
    changes = ledger.history(ledger.key_of(about, report_id))
    return {"rows": [_change(snapshot, change, about, language, has_texts) for change in reversed(changes)]}


def calls(shown: Snapshot, whole: Snapshot, ledger: ReportLedger, language: Language) -> CallNotes:
    """Return what was done about silent teams, on the mission's clock.

    `shown`: what whoever asks may see of the `whole`; of a team without a name there not what was noted.
    """
    zone, names = zone_of_station(whole, -1), dict(zip(whole.teams.team_id, shown.teams.team_id, strict=True))
    return {
        "rows": [
            {
                "team": names[note.team],
                "who": shown_name(note.who),
                "time": clock(whole, _us(note.at), zone, language),
                "note": note.note if names[note.team] == note.team else "",
                "until": clock(whole, _us(note.until), zone, language) if note.until else "",
            }
            for note in call_notes(ledger, whole)
        ]
    }


def _us(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1_000_000)


def shown_name(person: str) -> str:
    """Return a person as people call them: the name given at the desk's shared key without the mark of it.

    >>> shown_name("key:Aigul.S."), shown_name("aigul")
    ('Aigul S.', 'aigul')
    """
    return re.sub(r"[.](?=[^.])", " ", person.removeprefix("key:"))


def state_in_words(life: Life, about: str, language: Language) -> str:
    """Return where a report stands, in words; a visit is not cleared by itself."""
    if life.withdrawals:
        return language.say(CLEARANCE["withdrawn"])
    truth = language.say(TRUTH[life.verification])
    return truth if about == "visit" else f"{truth} · {language.say(CLEARANCE[life.clearance])}"


def _rows(
    snapshot: Snapshot, about: str, chosen: str, by: str, decided: Mapping[str, Life]
) -> npt.NDArray[np.int64]:
    """Return the rows of a filter: by their columns, and of what was decided by where it stands."""
    table = snapshot.visits if about == "visit" else snapshot.incidents
    rows_decided = _newest_rows(table, decided)
    is_ours = np.zeros(len(table), dtype=bool)
    is_ours[list(rows_decided.values())] = True
    others = table.is_current & ~is_ours & _fits_columns(snapshot, about, chosen)
    ours = [row for name, row in rows_decided.items() if _fits(decided[name], chosen, by)]
    return np.concatenate([np.flatnonzero(others), np.array(ours, dtype=np.int64)])


def _newest_rows(table: Visits | Incidents, decided: Mapping[str, Life]) -> dict[str, int]:
    """Return the last row of every report decided about: later versions of the journal's stand behind."""
    if not decided:
        return {}
    ids = whole(table.visit_id if isinstance(table, Visits) else table.incident_id)
    stems = pc.replace_substring_regex(ids, VERSION_OF_OURS.pattern, "")
    rows = np.flatnonzero(
        pc.is_in(stems, value_set=pa.array(list(decided), stems.type)).to_numpy(zero_copy_only=False)
    )
    return dict(zip(stems.take(pa.array(rows)).to_pylist(), rows.tolist(), strict=True))


def _fits_columns(snapshot: Snapshot, about: str, chosen: str) -> BoolArray:
    table = snapshot.visits if about == "visit" else snapshot.incidents
    if chosen == "all":
        return np.ones(len(table), dtype=bool)
    if chosen == "reported":
        return np.asarray(table.verification == VERIFICATIONS.index("unverified"))
    if about == "visit" or chosen not in ("to_clear", "cleared", "published"):
        return np.zeros(len(table), dtype=bool)
    column = {"to_clear": "private", "cleared": "cleared", "published": "public"}[chosen]
    fits = snapshot.incidents.publication == PUBLICATIONS.index(column)
    if chosen == "to_clear":
        fits = fits & (table.verification == VERIFICATIONS.index("verified"))
    return np.asarray(fits)


def _fits(life: Life, chosen: str, by: str) -> bool:
    if chosen == "mine":
        return life.assigned_to == by != ""
    if chosen == "to_clear":
        return (life.verification, life.clearance) == ("verified", "withheld")
    if chosen == "published":
        return life.clearance in ("published", "corrected", "withdrawn")
    return chosen in ("all", "" if life.withdrawals else life.verification, life.clearance)


def _id(snapshot: Snapshot, about: str, row: int) -> str:
    column = snapshot.visits.visit_id if about == "visit" else snapshot.incidents.incident_id
    return str(column[row].as_py())


def _life(snapshot: Snapshot, ledger: ReportLedger, about: str, row: int) -> Life:
    key = ledger.key_of(about, _id(snapshot, about, row))
    return ledger.life(key) or life_of_row(snapshot, about, row)


def _row(
    snapshot: Snapshot,
    about: str,
    row: int,
    life: Life,
    by: str,
    asked: Collection[str],
    language: Language,
    has_texts: bool,
) -> InboxRow:
    table = snapshot.visits if about == "visit" else snapshot.incidents
    station, team, area = int(table.station[row]), int(table.team[row]), int(table.area[row])
    areas = snapshot.registry.areas
    return {
        "about": about,
        "id": _id(snapshot, about, row),
        "head": life.head,
        "content": life.content,
        "title": _title(snapshot, about, row, language),
        "severity": -1 if about == "visit" else int(snapshot.incidents.severity[row]),
        "station": snapshot.registry.stations.station_id[station].as_py() if station >= 0 else "",
        "area": areas.name(area, language.code) if area >= 0 else "",
        "team": snapshot.teams.team_id[team] if team >= 0 else "",
        "received": clock(snapshot, int(table.received[row]), zone_of_station(snapshot, station), language),
        "text": _text(snapshot, about, row) if has_texts else "",
        "state": state_in_words(life, about, language),
        "assigned": shown_name(life.assigned_to),
        "can": [name for name in asked if not refusal(life, name, about, by)],
    }


def _title(snapshot: Snapshot, about: str, row: int, language: Language) -> str:
    if about == "incident":
        category = int(snapshot.incidents.category[row])
        return snapshot.categories.title(category, language.code) if category >= 0 else ""
    stage, outcome = int(snapshot.visits.stage[row]), int(snapshot.visits.outcome[row])
    words = [language.say(STAGE[STAGES[stage]])] if stage >= 0 else []
    return " · ".join(words + ([language.say(OUTCOME[OUTCOMES[outcome]])] if outcome >= 0 else []))


def _text(snapshot: Snapshot, about: str, row: int) -> str:
    column = snapshot.visits.answers if about == "visit" else snapshot.incidents.text
    return str(column[row].as_py())[:LONGEST_TEXT]


def _change(
    snapshot: Snapshot, change: Change, about: str, language: Language, has_texts: bool
) -> ReportChange:
    step = change.step
    moment = datetime.fromisoformat(step.made_at) if step.made_at else None
    what = language.say(DECIDE[step.decision][0]) if step.decision in DECIDE else language.say(SENT)
    if step.decision == "assign":
        what = f"{what}: {shown_name(step.to)}"
    return {
        "time": clock(snapshot, _us(moment), zone_of_station(snapshot, -1), language) if moment else "",
        "who": shown_name(step.by),
        "what": what,
        "old": state_in_words(change.before, about, language) if step.decision else "",
        "new": state_in_words(change.after, about, language),
        "reason": step.reason if has_texts else "",
        "refused": language.say(REFUSAL[change.refusal]) if change.refusal else "",
    }
