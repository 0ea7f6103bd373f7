"""A report's life: its states, who may decide what about it in which of them, and what its events make of it.

Two things are decided apart. Whether it is so: reported → verified | refuted | unverifiable. Whether it may
be told: withheld → cleared → published → corrected | withdrawn. Nobody verifies what they sent themselves,
and who verified a report does not clear it. A decision names the version of the report that it was made on:
one made on what had been edited meanwhile decides nothing. What its source took back stays so, whatever is
decided, until a later version of the source supersedes the withdrawal; then it is reported anew.

The events of a report are taken in the order of `in_turn`, whatever the order in which they came; so the
same events make the same life.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from geo.analysis.live.incoming_report import WITHDRAWN
from geo.journal.event import FIRST_VERSION, OWN, Event

FILES: Final = "@files"  # the source of reports that are in the mission's files, and have no event
Refusal = Literal["", "unknown", "state", "own", "twice", "reason", "person", "stale"]
Moves = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one decision does: from which states to which. A state that is not there does not allow it.

    `action`: what whoever decides must be allowed to. `needs`: a reason, a person, or nothing.
    """

    action: str
    verification: Moves
    clearance: Moves
    needs: Literal["", "reason", "person"] = ""


_TOLD_TO_NOBODY: Final = {"withheld": "withheld", "cleared": "withheld", "withdrawn": "withdrawn"}
_ANY_TRUTH: Final = {name: name for name in ("reported", "verified", "refuted", "unverifiable")}
_ANY_CLEARANCE: Final = {
    name: name for name in ("withheld", "cleared", "published", "corrected", "withdrawn")
}
VERIFICATIONS: Final = tuple(_ANY_TRUTH)
DECISIONS: Final[Mapping[str, Decision]] = {
    "verify": Decision("report.verify", {"reported": "verified", "unverifiable": "verified"}, _ANY_CLEARANCE),
    "refute": Decision(
        "report.reject",
        dict.fromkeys(("reported", "verified", "unverifiable"), "refuted"),
        _TOLD_TO_NOBODY,
        "reason",
    ),
    "set_aside": Decision(
        "report.reject",
        dict.fromkeys(("reported", "verified"), "unverifiable"),
        _TOLD_TO_NOBODY,
        "reason",
    ),
    "reopen": Decision(
        "report.verify",
        dict.fromkeys(("verified", "refuted", "unverifiable"), "reported"),
        _TOLD_TO_NOBODY,
        "reason",
    ),
    "clear": Decision("report.clear", {"verified": "verified"}, {"withheld": "cleared"}),
    "withhold": Decision("report.clear", _ANY_TRUTH, {"cleared": "withheld"}, "reason"),
    "publish": Decision("report.clear", {"verified": "verified"}, {"cleared": "published"}),
    "correct": Decision(
        "report.clear", _ANY_TRUTH, dict.fromkeys(("published", "corrected"), "corrected"), "reason"
    ),
    "withdraw": Decision(
        "report.clear", _ANY_TRUTH, dict.fromkeys(("published", "corrected"), "withdrawn"), "reason"
    ),
    "assign": Decision("report.assign", _ANY_TRUTH, _ANY_CLEARANCE, "person"),
}
# A visit is counted once it is verified, and never told by itself.
ONLY_FINDINGS: Final = frozenset({"clear", "withhold", "publish", "correct", "withdraw"})
# Where the states stand in a snapshot: the columns that a mission's files have.
VERIFICATION_COLUMN: Final = {
    "reported": "unverified", "verified": "verified", "refuted": "withdrawn", "unverifiable": "unverified",
}  # fmt: skip
PUBLICATION_COLUMN: Final = {
    "withheld": "private", "cleared": "cleared", "published": "public", "corrected": "public",
    "withdrawn": "withdrawn",
}  # fmt: skip
_VERIFICATION_OF: Final = {"verified": "verified", "withdrawn": "refuted"}
_CLEARANCE_OF: Final = {"cleared": "cleared", "public": "published", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Step:
    """What an event of a report has to do with its life.

    `decision`: "" for a version of the report itself, by whom it was sent. `content`: which version of the
    report a decision was made on. `to`: the person of `assign`. `starts_at`: verification and publication of
    a first version, or of a file's row when it was decided about. `takes_back`: a version that withdraws it.
    """

    version: str
    supersedes: str
    made_at: str
    by: str
    decision: str = ""
    content: str = ""
    reason: str = ""
    to: str = ""
    starts_at: tuple[str, str] = ("", "")
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """Where a report stands. `head`: its last event's version; `content`: the last that changed the report.

    `assigned_to`: the person who is to look at it, "" for nobody. `verified_by`: who verified it, "" where it
    is not verified or came verified from a file. `senders`: persons who sent versions of it. `decided`: some
    decision about it took effect. `withdrawals`: versions by which its source took it back and which none of
    its later versions superseded.
    """

    verification: str = "reported"
    clearance: str = "withheld"
    assigned_to: str = ""
    verified_by: str = ""
    senders: frozenset[str] = frozenset()
    content: str = ""
    head: str = FIRST_VERSION
    decided: bool = False
    withdrawals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a report's history: what was decided or sent, and where it stood before and after."""

    step: Step
    before: Life
    after: Life
    refusal: Refusal = ""


def refusal(life: Life, decision: str, about: str, by: str) -> Refusal:
    """Return why a person (`by`) may not decide this now, "" if they may; their role is not asked about.

    It is asked of every decision whenever the journal is read. So it looks at no sealed field: a decision
    holds when the words of whoever decided are erased.

    >>> refusal(Life(senders=frozenset({"a"})), "verify", "incident", "a")
    'own'
    >>> refusal(Life(verification="verified", verified_by="b"), "clear", "incident", "b")
    'twice'
    """
    rule = DECISIONS.get(decision)
    if rule is None or (about == "visit" and decision in ONLY_FINDINGS):
        return "unknown"
    if life.withdrawals and decision != "assign":
        return "state"
    if life.verification not in rule.verification or life.clearance not in rule.clearance:
        return "state"
    if decision == "verify" and by in life.senders:
        return "own"
    if decision == "clear" and by == life.verified_by:
        return "twice"
    return ""


def lacking(decision: str, reason: str, to: str) -> Refusal:
    """Return what a decision still needs, "" for nothing; asked once, before it is written down.

    >>> lacking("refute", " ", ""), lacking("verify", "", "")
    ('reason', '')
    """
    needs = DECISIONS[decision].needs
    return needs if (needs == "reason" and not reason.strip()) or (needs == "person" and not to) else ""


def life_of(about: str, steps: Iterable[Step]) -> tuple[Life, tuple[Change, ...]]:
    """Return where a report stands after these steps, given in any order, and its history.

    A step whose parent is missing waits and is in neither. A report of the mission's files begins where it
    stood when somebody first decided about it.
    """
    ordered, history = in_turn(steps), list[Change]()
    life = life_in_file(*ordered[0].starts_at) if ordered and ordered[0].decision else Life()
    sent: dict[str, str] = {}  # version → the last version of the report itself up to it
    for step in ordered:
        before = life
        why: Refusal = ""
        parent = sent.get(step.supersedes, "")
        sent[step.version] = parent if step.decision else step.version
        if not step.decision:
            life = _sent(life, step, parent)
        else:
            why = refusal(life, step.decision, about, step.by)
            if not why and step.content != life.content:
                why = "stale"
            life = replace(life, head=step.version) if why else _decided(life, step)
        history.append(Change(step, before, life, why))
    return life, tuple(history)


def in_turn(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that can be taken, each after the one it supersedes, by `made_at`, then by version."""
    known = {step.version: step for step in steps}
    waiting: dict[str, list[Step]] = {}
    for step in known.values():
        waiting.setdefault(step.supersedes, []).append(step)
    free = [(step.made_at, step.version) for step in waiting.pop("", ())]
    heapq.heapify(free)
    taken = []
    while free:
        _, version = heapq.heappop(free)
        taken.append(known[version])
        for step in waiting.pop(version, ()):
            heapq.heappush(free, (step.made_at, step.version))
    return taken


def step_of(event: Event) -> Step:
    """Return what an event does to its report's life; whether it may is judged by `life_of`.

    A device may give a version any id, `FIRST_VERSION` too. Only the desk's own sources mean by superseding
    it that nothing stands before.
    """
    body, private, supersedes = event.body, event.private, event.supersedes
    if event.source.startswith(OWN) and supersedes == FIRST_VERSION:
        supersedes = ""
    starts_at = _text(body, "verification"), _text(body, "publication")
    if event.kind == "decision":
        return Step(
            event.version, supersedes, event.made_at, event.person, _text(body, "decision") or "?",
            _text(body, "content"), _text(private, "reason"), _text(body, "to"), starts_at,
        )  # fmt: skip
    takes_back = event.kind == "withdrawal" or starts_at[0] == WITHDRAWN
    return Step(
        event.version, supersedes, event.made_at, event.person, starts_at=starts_at, takes_back=takes_back
    )


def life_in_file(verification: str, publication: str) -> Life:
    """Return where a report stands whose file has these two columns, before anybody decided about it."""
    return Life(_VERIFICATION_OF.get(verification, "reported"), _CLEARANCE_OF.get(publication, "withheld"))


def columns_of(life: Life) -> tuple[str, str]:
    """Return verification and publication as a snapshot's columns have them."""
    verification = WITHDRAWN if life.withdrawals else VERIFICATION_COLUMN[life.verification]
    return verification, PUBLICATION_COLUMN[life.clearance]


_TOLD_NO_MORE: Final = {"cleared": "withheld", "published": "withdrawn", "corrected": "withdrawn"}


def _sent(life: Life, step: Step, parent: str) -> Life:
    """Take a version of the report itself: what was verified or cleared before it was not this.

    `parent`: the version of the report that it supersedes; a withdrawal holds until it is one's parent.
    """
    senders = life.senders | {step.by}
    withdrawals = life.withdrawals - {parent} | ({step.version} if step.takes_back else set())
    if not life.senders:
        start = life_in_file("" if step.takes_back else step.starts_at[0], step.starts_at[1])
        return replace(
            start, senders=senders, content=step.version, head=step.version, withdrawals=withdrawals
        )
    verification = "reported" if life.verification == "verified" else life.verification
    clearance = "withheld" if life.clearance == "cleared" else life.clearance
    if step.takes_back:
        clearance = _TOLD_NO_MORE.get(life.clearance, life.clearance)
    return replace(
        life, verification=verification, clearance=clearance, verified_by="", senders=senders,
        content=step.version, head=step.version, withdrawals=withdrawals,
    )  # fmt: skip


def _decided(life: Life, step: Step) -> Life:
    rule = DECISIONS[step.decision]
    verification, clearance = rule.verification[life.verification], rule.clearance[life.clearance]
    verified_by = life.verified_by if verification == "verified" else ""
    if step.decision == "verify":
        verified_by = step.by
    assigned_to = step.to if step.decision == "assign" else life.assigned_to
    return replace(
        life, verification=verification, clearance=clearance, verified_by=verified_by,
        assigned_to=assigned_to, head=step.version, decided=True,
    )  # fmt: skip


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""
