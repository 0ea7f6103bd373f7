"""What the desk answers about work on reports: the inbox, histories, entry of visits, doubtful places."""

from __future__ import annotations

from typing import Annotated, TypedDict

from layers.desk.desk_payloads import DoubtKind, Titled


class InboxRow(TypedDict):
    """One report as the inbox lists it; `can`: what whoever asked may decide about it now."""

    about: str
    id: str
    head: str
    content: str
    title: str
    severity: int
    station: str
    area: str
    team: str
    received: str
    text: str
    state: str
    assigned: str
    can: list[str]


class Inbox(TypedDict):
    """Some of the reports of one filter, the newest first; `total`: how many there are."""

    total: int
    rows: list[InboxRow]
    persons: list[str]


class ReportChange(TypedDict):
    """One entry of a report's history; `refused`: why it changed nothing, in words, "" if it did."""

    time: str
    who: str
    what: str
    old: str
    new: str
    reason: str
    refused: str


class ReportHistory(TypedDict):
    """What happened to one report, the newest first."""

    rows: list[ReportChange]


class DecisionOffered(TypedDict):
    """A decision as a button; `needs`: "reason", "person" or ""; `key`: the letter that does it."""

    name: str
    title: str
    needs: str
    key: str


class CallNoted(TypedDict):
    """What was done about a team's silence: by whom, when, and until when it rests ("" for no time)."""

    team: str
    who: str
    time: str
    note: str
    until: str


class CallNotes(TypedDict):
    """The notes about silent teams that hold."""

    rows: list[CallNoted]


class DoubtfulStation(TypedDict):
    """A station with a doubtful point: as its file has it, and where it probably stands; lon, lat."""

    station: str
    area: str
    address: str
    title: str
    told: list[float] | None
    suggested: list[float] | None


class MovedStation(TypedDict):
    """A station that somebody moved; `isOutside`: the new point lies outside the declared area, too."""

    station: str
    who: str
    time: str
    point: list[float]
    isOutside: bool


class RegistryDoctor(TypedDict):
    """Doubtful stations, the first of `total`, and those that were moved."""

    total: int
    kinds: list[DoubtKind]
    rows: list[DoubtfulStation]
    moved: list[MovedStation]


class FileColumn(TypedDict):
    """A column of ours and where it stands in a file: the header's place, -1 for none; its first cell."""

    name: str
    title: str
    place: int
    example: str


class FileDefect(TypedDict):
    """What is wrong with a row of a file, in words; `detail` in English; `n`: of how many rows it is said."""

    row: int
    n: int
    column: str
    value: str
    says: str
    detail: str


class FileLook(TypedDict):
    """What a file of reports holds and what taking it would do; `fresh`: its new rows, as they are sent."""

    headers: list[str]
    columns: list[FileColumn]
    unused: list[str]
    source: str
    sources: list[str]
    n: int
    fresh: list[dict[str, object]]
    known: int
    wrong: int
    defects: list[FileDefect]
    odd: list[FileDefect]
    rejects: Annotated[dict[str, object], "FileRows"]


class WorkAnswer(TypedDict):
    """What became of a request: how many were done, or why nothing was, in words."""

    done: int
    message: str
    stale: list[str]


class WorkStart(TypedDict):
    """What the tabs of work begin with. `asksName`: whoever holds the desk's key says who they are.

    `teams`: the first of `allTeams`, to choose from.
    """

    words: Annotated[dict[str, str | dict[str, str]], "WorkWords"]
    me: str
    asksName: bool
    may: list[str]
    filters: list[Titled]
    decisions: list[DecisionOffered]
    stages: list[Titled]
    outcomes: list[Titled]
    overall: list[Titled]
    categories: list[Titled]
    teams: list[str]
    allTeams: int
    day: str
    endings: str
    largest: int
    mostRows: int


ANSWERS = (WorkStart, Inbox, ReportHistory, CallNotes, RegistryDoctor, FileLook, WorkAnswer)
