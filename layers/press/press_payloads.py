"""What the press page's scripts are answered, as types: mypy checks the server with them, tsc the browser."""

from __future__ import annotations

from typing import Annotated, TypedDict

from geo.model.code_lists import Status
from layers.map.measures.measure import Unit


class SeverityMark(TypedDict):
    """A severity in the page's language; `corners` of its mark at radius 1, x and y, none for the ring."""

    name: str
    title: str
    corners: list[list[float]]


class StatusWords(TypedDict):
    """A status of a unit: its title, and what it means."""

    title: str
    says: str


class UnitWords(TypedDict):
    """A unit that is drawn: `page` its own page, "" for none.

    `title`: whom its figures are of; where they are told with others', `members` says so and `first` is the
    position of the first of them, else its own.
    """

    name: str
    title: str
    first: int
    page: str
    members: str
    long_term: bool


class LevelWords(TypedDict):
    """The units of one level, in the order of its outlines and figures."""

    title: str
    units: list[UnitWords]


class MeasureWords(TypedDict):
    """A view that may be chosen; `why`: the reason it has nothing to show, "" if it has.

    `by_severity`: the least severity changes its figures.
    """

    name: str
    title: str
    says: str
    reads: str
    why: str
    unit: Unit
    by_severity: bool


class ChoiceWords(TypedDict):
    """A stage or a least severity; `n`: what it counts, by view; `why` as in `MeasureWords`."""

    title: str
    n: dict[str, str]
    why: str


class Overlay(TypedDict):
    """What may be drawn over the fills, switched by a check box; `on`: at first."""

    name: str
    title: str
    says: str
    on: bool


class PressValues(TypedDict):
    """Everything the map needs in one language, but for outlines and the figures of a choice."""

    version: str
    points: bool
    marks: list[SeverityMark]
    statuses: dict[str, StatusWords]
    levels: dict[str, LevelWords]
    measures: list[MeasureWords]
    stages: dict[str, ChoiceWords]
    severities: dict[str, ChoiceWords]
    overlays: list[Overlay]
    words: Annotated[dict[str, str | dict[str, str]], "PressWords"]


class LevelFigures(TypedDict):
    """A measure's figures of a level's units, a list each; `part`, `whole` -1 and the others None: not told.

    `token`: the appearance, a class of the measure or a status. `rank`: the number that `label` prints, by
    which lists are ordered. `marks`: stations named by severity.
    """

    status: list[Status]
    token: list[str]
    part: list[int]
    whole: list[int]
    value: list[float | None]
    low: list[float | None]
    high: list[float | None]
    rank: list[float | None]
    label: list[str]
    says: list[list[str]]
    marks: list[list[int]] | None


class CountryFigures(TypedDict):
    """A measure's figures of the country."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


class ClassKey(TypedDict):
    """One class of the legend: its appearance and its range."""

    token: str
    label: str


class MeasureFigures(TypedDict):
    """A measure under one choice, with every sentence of it. `alike`: said where one colour is all."""

    headline: str
    line: str
    caption: str
    legend: str
    list_title: str
    axis: str
    unit: Unit
    intervals: bool
    alike: str
    classes: list[ClassKey]
    country: CountryFigures
    levels: dict[str, LevelFigures]


class ClusterFigures(TypedDict):
    """A cluster: its parts by position, and its box: west, south, east, north, degrees."""

    name: str
    says: list[str]
    part: int
    whole: int
    expected: float
    parts: list[int]
    bounds: Annotated[list[float], "Bounds"]


class PressChoice(TypedDict):
    """The figures of one stage and least severity in one language."""

    choice: str
    measures: dict[str, MeasureFigures]
    clusters: list[ClusterFigures]
    clusters_why: list[str]


class UnitFinding(TypedDict):
    """A kind of finding in a unit, with numbers that may be named. `says`: k of n, "" if not counted."""

    title: str
    severity: int
    stations: int
    says: str
    numbers: list[str]
    completeness: str
    locators: list[str]


class UnitPresence(TypedDict):
    """Where the source says observers were, of any kind: long-term ones and those of election day."""

    written: str
    says: str
    locator: str


class UnitDetail(TypedDict):
    """What was reported in one unit."""

    categories: list[UnitFinding]
    presence: list[UnitPresence]


class PointCard(TypedDict):
    """What a station's card says."""

    title: str
    lines: list[str]


class Version(TypedDict):
    """Which release is served now; `error`: the mission's files cannot be read since."""

    version: str
    error: bool


ANSWERS = (PressValues, PressChoice, UnitDetail, PointCard, Version)
