"""What the desk needs of a measure, as data: its scripts draw any view from that and know none by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from geo.analysis.choice_analysis import Analysis
from geo.model.columns import FloatArray
from layers.words.language import Language

Starts = Mapping[str, Sequence[float]]
UNIT_KINDS: Final = ("area", "district", "cell")


@dataclass(frozen=True, slots=True)
class HourCounters:
    """Which of the browser's counters of visits a figure is made of in a range of hours.

    `whole`: "" takes the day's own column. `has_minimum`: too few visits or teams make the figure
    insufficient.
    """

    part: Literal["observed", "k", "negative"]
    whole: Literal["", "m", "assessed"] = ""
    has_minimum: bool = True


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the desk's table. Its form `shown` is the figure of whatever view is on the map."""

    title: str
    form: Literal["ratio", "interval", "shown", "value"]


@dataclass(frozen=True, slots=True)
class CardFact:
    """A line of a unit's card. It says `part` of `whole`, columns of the day, or without them the figure."""

    title: str
    part: str = ""
    whole: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class DeskFigure:
    """One figure of every unit: which columns it is made of, how it is said and how it is coloured.

    | field | what |
    |---|---|
    | value, part, whole, low, high, code | columns of the day, "" for none |
    | status | the statistic whose status it has; "" where a value is all there is to know |
    | absence | the statistic that says why there is no figure at all |
    | line | what is said of it: stations visited `counted`, a `ratio` of visits, its `value`, or where it lies beside `chance` |
    | says | how a `value` is said: {value}, {k}, {n} |
    | values | the values of areas that classes are made of; None: they are always those of `otherwise` |
    | otherwise | where classes start if there are no values, by kind of unit |
    | keys | how classes are named where they are no shares |
    | hours | how it is counted in a range of hours; None: it is always of the whole day |
    | bar | the value that fills a bar in the list of units; 0: the list has a dot with its interval |
    | of_findings | whether the severity and the kind of finding change it |
    | table, facts | its columns in the table and its file; its lines in a unit's card |
    | in_card | whether a unit's card holds the sentence that is said of it |
    """  # noqa: E501

    title: str
    line: Literal["counted", "ratio", "value", "chance"]
    ramp: str
    value: str
    absence: str
    otherwise: Starts
    values: Callable[[Analysis], FloatArray] | None = None
    part: str = ""
    whole: str = ""
    low: str = ""
    high: str = ""
    code: str = ""
    status: str = ""
    unit: Literal["share", "stations", "minutes"] = "share"
    says: Callable[[Language], str] = lambda _: "{value}"
    keys: Callable[[Sequence[float], Language], list[str]] | None = None
    hours: HourCounters | None = None
    bar: float = 0
    of_findings: bool = False
    table: tuple[TableColumn, ...] = ()
    facts: tuple[CardFact, ...] = ()
    in_card: bool = False


@dataclass(frozen=True, slots=True)
class GridSide:
    """One side of a map of two figures in thirds.

    `more` says what grows along it, `steps` where its thirds begin: at {a} and at {b}. `otherwise`: these two
    limits for a mission whose values hardly differ, or that has none.
    """

    figure: str
    more: str
    steps: str
    otherwise: tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Two figures at once, in three classes of either: a unit has the colour `<ramp>-<up><across>`."""

    ramp: str
    up: GridSide
    across: GridSide
    says: str


@dataclass(frozen=True, eq=False, slots=True)
class DeskView:
    """A measure as a view of the desk. Its words are English keys.

    | field | what |
    |---|---|
    | name | of the view in addresses, and of its figure |
    | title, says | its button; the words above its legend |
    | figure | what it draws; None where it shows the figure of another view, named `shows` |
    | beside | figures that are told after its own; the list of units plots the last |
    | grid | two figures at once, instead of one |
    | place | among the desk's views |
    | opens | whether a desk opens with it |
    | is_presence | whether its figure says where observers were |
    | is_of_squares | whether the squares of a large mission have its classes |
    | is_short | whether the list of gaps leads to it |
    | scan_says | what the clusters mean that are drawn over it; "" if none are |
    """

    name: str
    title: str
    says: str
    figure: DeskFigure | None = None
    shows: str = ""
    beside: tuple[str, ...] = ()
    grid: Grid | None = None
    place: int = 99  # last
    opens: bool = False
    is_presence: bool = False
    is_of_squares: bool = False
    is_short: bool = False
    scan_says: str = ""


def same_starts(starts: Sequence[float]) -> Starts:
    """Return the same classes for every kind of unit."""
    return dict.fromkeys(UNIT_KINDS, starts)


def published_values(areas: Analysis, statistic: str, column: str) -> FloatArray:
    """Return a statistic's column where its status is `published`, NaN elsewhere, (U,)."""
    result = areas.results[statistic]
    is_told = np.array([status == "published" for status in result.status], dtype=bool)
    return np.where(is_told, result.columns[column], np.nan)
