"""What the desk needs of a measure, as data: its scripts draw any view from it and know none by name."""

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
    """What a figure is counted from in a range of hours: the browser's counters of visits.

    `whole` "": the day's own column. `has_minimum`: too few visits or teams make it insufficient.
    """

    part: Literal["observed", "k", "negative"]
    whole: Literal["", "m", "assessed"] = ""
    has_minimum: bool = True


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the desk's table; `shown`: the figure of whatever view is on the map."""

    title: str
    form: Literal["ratio", "interval", "shown", "value"]


@dataclass(frozen=True, slots=True)
class CardFact:
    """A line of a unit's card: `part` of `whole`, columns of the day; the figure itself without them."""

    title: str
    part: str = ""
    whole: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class DeskFigure:
    """One figure of every unit: which columns it is made of, how it is said, and how it is coloured.

    | field | what |
    |---|---|
    | value, part, whole, low, high, code | columns of the day, "" for none |
    | status | the statistic whose status it has; "" where a value is all there is to know |
    | absence | the statistic that says why there is no figure at all |
    | line | what is said of it: stations visited `counted`, a `ratio` of visits, its `value`, or where it lies beside `chance` |
    | says | how a `value` is said: {value}, {k}, {n} |
    | values | those of areas that classes come from; None: always the classes of `otherwise` |
    | otherwise | where classes start without values, by kind of unit |
    | keys | the names of classes that are no shares |
    | hours | how a range of hours is counted; None: it is always of the whole day |
    | bar | what fills a bar in the list of units; 0: a dot with its interval |
    | of_findings | severity and kind of finding change it |
    | table, facts | its columns in the table, and in the file; its lines in a unit's card |
    | in_card | what is said of it stands in a unit's card |
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
    """One side of a map of two figures in thirds. `more`: along it; `steps` names its limits {a} and {b}."""

    figure: str
    more: str
    steps: str
    otherwise: tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Two figures at once, three classes of either: colours `<ramp>-<up><across>`."""

    ramp: str
    up: GridSide
    across: GridSide
    says: str


@dataclass(frozen=True, eq=False, slots=True)
class DeskView:
    """A measure as a view of the desk.

    `name`: in addresses, and of its figure. `title`: of its button; `says`: above its legend. `figure`: None
    where it shows another's, named `shows`. `beside`: figures told after its own; the last is plotted in the
    list of units. `place`: among the views. `opens`: a desk opens with it. `is_presence`: its figure says
    where observers were; `is_of_squares`: a large mission's squares have its classes; `is_short`: the list
    of gaps leads to it. `scan_says`: what the clusters drawn over it mean, "" without them.
    """

    name: str
    title: str
    says: str
    figure: DeskFigure | None = None
    shows: str = ""
    beside: tuple[str, ...] = ()
    grid: Grid | None = None
    place: int = 99
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
