"""What the desk's scripts are answered, as types: mypy checks the server with them, tsc the browser."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from layers.desk.route_payloads import NextStationList, PlanStateValues, RoutesStart

Numbers = list[float | None]
"""A column, one entry per unit; None where there is no figure."""


class NamedArea(TypedDict):
    """An area by id and by name."""

    id: str
    name: str


class Titled(TypedDict):
    """A code and its words."""

    name: str
    title: str


class DeskCategory(TypedDict):
    """A kind of finding that is counted, and its severity, 0 to 3."""

    name: str
    title: str
    severity: int


class Freshness(TypedDict):
    """Age of the last visit in minutes over visited stations; None without a visit. It ends with the day."""

    age_median: float | None
    age_p90: float | None
    is_over: bool


class KnownSums(TypedDict):
    """What a mission without a list of visits knows of them; None where not even the sum is known."""

    visited: int | None
    stations: int | None


class DeskHours(TypedDict):
    """The counters of a range of hours that a figure is made of; `whole` "": the day's own."""

    part: Literal["observed", "k", "negative"]
    whole: Literal["", "m", "assessed"]
    hasMinimum: bool


class DeskTableColumn(TypedDict):
    """A column of the table of units."""

    title: str
    form: Literal["ratio", "interval", "shown", "value"]


class DeskFact(TypedDict):
    """A line of a unit's card: two columns of the day, or the figure itself where they are ""."""

    title: str
    part: str
    whole: str


class DeskFigureData(TypedDict):
    """A figure of every unit: see `measures.desk_view.DeskFigure`; `starts` and `keys` by kind of unit."""

    title: str
    line: Literal["counted", "ratio", "value", "chance"]
    unit: Literal["share", "stations", "minutes"]
    says: str
    value: str
    part: str
    whole: str
    low: str
    high: str
    code: str
    status: str
    absence: str
    ramp: str
    starts: dict[str, list[float]]
    keys: dict[str, list[str]]
    hours: DeskHours | None
    bar: float
    ofFindings: bool
    table: list[DeskTableColumn]
    facts: list[DeskFact]
    inCard: bool


class DeskGridSide(TypedDict):
    """One side of a map of two figures: where its middle and its upper third start."""

    figure: str
    more: str
    steps: str
    starts: list[float]


class DeskGrid(TypedDict):
    """Two figures at once, in thirds."""

    ramp: str
    up: DeskGridSide
    across: DeskGridSide
    says: str


class DeskViewData(TypedDict):
    """A view: the figure it is coloured and ranked by, the one plotted, those told, what else is drawn."""

    name: str
    title: str
    says: str
    opens: bool
    figure: str
    plot: str
    lines: list[str]
    grid: DeskGrid | None
    scanSays: str


class DeskStart(TypedDict):
    """What every script of the desk reads first; `codes`: names of a station's states by their number."""

    version: str
    registry: str
    nature: str
    asOf: str
    stations: int
    offMap: int
    overdue: int
    doubts: int
    isTiled: bool
    binVisits: int
    figures: dict[str, DeskFigureData]
    views: list[DeskViewData]
    presence: str
    squares: str
    short: str
    sums: KnownSums | None
    selection: str
    interval: str
    areas: list[NamedArea]
    categories: list[DeskCategory]
    states: list[Titled]
    codes: list[str]
    severities: list[str]
    stages: dict[str, str]
    precision: dict[str, str]
    chance: dict[str, str]
    absence: dict[str, str]
    freshness: Freshness
    words: Annotated[dict[str, str | dict[str, str]], "DeskWords"]


class Minimum(TypedDict):
    """How many visits and teams a rate needs."""

    visits: int
    teams: int


class UnitFigures(TypedDict):
    """The day's figures of every unit, `codes` those in words; `status` and `absence` by statistic."""

    unit: Literal["area", "district", "cell"]
    columns: dict[str, Numbers]
    codes: dict[str, list[str]]
    status: dict[str, list[str]]
    absence: dict[str, str]
    minimum: Minimum
    hasFrame: bool
    planned: int | None


class UnitNames(TypedDict):
    """Ids and names of the units; `rings`: of cells, their corners as lon, lat."""

    id: list[str]
    name: list[str]
    rings: NotRequired[list[list[list[float]]]]


class Hours(TypedDict):
    """Observed visits, and those with a finding, by hour from `first` on; `untimed`: in no hour."""

    first: int
    visits: list[int]
    findings: list[int]
    untimed: int


class VisitColumns(TypedDict):
    """Every counted visit, a column per fact: positions are -1 where there is none."""

    station: list[int]
    area: list[int]
    district: list[int]
    cell: list[int]
    minute: list[int]
    outcome: list[int]
    severity: list[int]
    flags: list[int]
    team: list[int]


class DeskVisits(TypedDict):
    """The visits of a small mission; `base`: a digit per station, 1 planned."""

    base: str
    visits: VisitColumns
    hours: Hours
    states: list[int]


class Distinct(TypedDict):
    """Stations or teams seen by unit and hour, flat, and `again`: unit, hour before, hour, count."""

    seen: list[int]
    again: list[list[int]]


class PlanDone(TypedDict):
    """Stations of the plan, and how many of them were observed."""

    planned: int
    done: int


class WholeDay(TypedDict):
    """The day of a large mission: by hour, in all, and stations by state."""

    hours: Hours
    total: dict[str, int]
    states: list[int]
    stations: int
    plan: PlanDone
    levels: dict[str, Distinct]


class HoursByUnit(TypedDict):
    """Visits by unit and hour, flat, one more unit for all; `counters` by what is counted."""

    first: int
    hours: int
    units: int
    counters: dict[str, list[int]]
    stations: Distinct
    teams: Distinct


class StationColumns(TypedDict):
    """Every station, a column per fact; places in 1e-5 degrees, None off the map."""

    id: list[str]
    area: list[int]
    cell: list[int]
    lon: list[int | None]
    lat: list[int | None]


class StationFinding(TypedDict):
    """A finding at one station; `text` as somebody wrote it."""

    title: str
    severity: int
    severityTitle: str
    stage: str
    occurred: str
    verification: str
    isCurrent: bool
    text: str


class StationVisit(TypedDict):
    """A visit of one station, times on its own clock; `asked`: how many kinds of finding."""

    id: str
    team: str
    stage: str
    outcome: str
    isObserved: bool
    isCurrent: bool
    verification: str
    overall: str
    arrived: str
    left: str
    received: str
    asked: int
    answers: str
    findings: list[StationFinding]
    doubts: list[str]


class StationPlan(TypedDict):
    """An assignment of one station and what became of it."""

    team: str
    stage: str
    due: str
    state: str
    late: bool


class StationHistory(TypedDict):
    """Everything known of one station; `apart`: findings without a visit."""

    id: str
    number: str
    name: str
    address: str
    settlement: str
    area: str
    lon: float | None
    lat: float | None
    precision: str
    voters: int | None
    state: str
    plan: list[StationPlan]
    visits: list[StationVisit]
    apart: list[StationFinding]


class UnseenCluster(TypedDict):
    """A cell whose stations nobody observed, named after its largest station."""

    cell: str
    place: str
    station: str
    stations: int
    voters: int
    lon: float
    lat: float


class NearestTeam(TypedDict):
    """The team nearest to a gap; `fromVisit`: from its last station, else from its base."""

    team: str
    minutes: int
    km: int
    fromVisit: bool


class Gap(TypedDict):
    """An area short of its share of the plan."""

    id: str
    name: str
    gap: float
    visits: int
    observed: int
    fair: float
    minutesAtStations: int
    clusters: list[UnseenCluster]
    team: NearestTeam | None


class Gaps(TypedDict):
    """The areas short of the plan, largest first; `absence`: why there are none."""

    absence: str
    basis: str
    planned: int | None
    minutesPerVisit: int
    rows: list[Gap]


class ActionTotals(TypedDict):
    """How many assignments are overdue and how many visits are doubted."""

    overdue: int
    doubts: int


class StationPlace(TypedDict):
    """A station by id, and the name of its area; both "" for none."""

    station: str
    area: str


class OverdueVisit(StationPlace):
    """A planned visit that was not reported in time."""

    stage: str
    due: str
    minutesLate: int


class OverdueTeam(TypedDict):
    """A team with overdue visits; `silentMinutes` None if it was never heard of."""

    team: str
    lastContact: str
    silentMinutes: int | None
    nextDue: str
    rows: list[OverdueVisit]


class TeamStop(StationPlace):
    """A station a team was at, or goes to, and when."""

    time: str


class TeamWhereabouts(TypedDict):
    """A team: its last and next stop, its last sign of life; its place is its base before its first visit."""

    team: str
    lon: float | None
    lat: float | None
    last: TeamStop | None
    next: TeamStop | None
    heard: str
    silentMinutes: int | None
    overdue: int


class TeamList(TypedDict):
    """The teams of a mission, the first of `total`."""

    total: int
    rows: list[TeamWhereabouts]


class Overdue(TypedDict):
    """Overdue visits by team, the first teams of all."""

    total: int
    all_teams: int
    graceMinutes: int
    teams: list[OverdueTeam]


class DoubtKind(TypedDict):
    """How often one kind of doubt occurs."""

    title: str
    n: int


class Doubt(StationPlace):
    """A visit that cannot have been as reported."""

    visit: str
    team: str
    arrived: str
    title: str
    says: str


class Doubts(TypedDict):
    """Visits for a person to look at, the first of `total`."""

    total: int
    kinds: list[DoubtKind]
    rows: list[Doubt]


class StationRow(TypedDict):
    """A station in a list; `severity` -1 for none, `minute` of its last visit; visits that `asked`."""

    id: str
    area: str
    state: str
    severity: int
    minute: int | None
    teams: str
    asked: int
    withFinding: int


class StationList(TypedDict):
    """The first stations of a window, or of those off the map, and how many there are by state."""

    total: int
    states: list[int]
    rows: list[StationRow]


class FoundArea(TypedDict):
    """An area a search found; `also`: the old name it was found by, "" if by one of today's."""

    id: str
    name: str
    level: int
    also: str


class FoundTown(TypedDict):
    """A town a search found; `area`: what it lies in, "" where that is none of ours; `also` as of an area."""

    name: str
    lon: float
    lat: float
    area: str
    also: str


class FoundStation(TypedDict):
    """A station a search found; `opens`: the id whose card shows it, "" where it is cancelled."""

    id: str
    name: str
    settlement: str
    area: str
    state: str
    stateTitle: str
    opens: str


class SearchResults(TypedDict):
    """What a search found; `total` stations match, of which the best are listed."""

    teams: list[str]
    areas: list[FoundArea]
    towns: list[FoundTown]
    stations: list[FoundStation]
    total: int


class ScanCluster(TypedDict):
    """A place with more findings than expected. `k` of `n` stations; `rings`: lon, lat; `radius`: metres."""

    place: str
    title: str
    says: list[str]
    rings: list[list[list[float]]]
    lon: float
    lat: float
    radius: int
    k: int
    n: int
    expected: float
    ratio: float | None
    teams: int
    p: float


class ScanProgress(TypedDict):
    """How far the search for clusters is, and what it found."""

    status: Literal["none", "waiting", "running", "done", "failed", "cancelled", "busy"]
    share: float
    says: list[str]
    clusters: list[ScanCluster]


class PickedStation(TypedDict):
    """The station at a point of a tile, "" where several stand there."""

    id: str
    stations: int


# What a script asks for: each is an interface of templates/static/js/types.d.ts.
ANSWERS = (
    DeskStart, UnitFigures, UnitNames, DeskVisits, WholeDay, HoursByUnit, StationColumns, StationHistory,
    Gaps, TeamList, Overdue, Doubts, StationList, SearchResults, ScanProgress, PickedStation, RoutesStart,
    PlanStateValues, NextStationList,
)  # fmt: skip
