"""The one shape of a measure: the figures it gives of any units, their colours, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from geo.analysis.statistics.statistic import Statistic
from geo.model.code_lists import Status
from geo.model.columns import FloatArray, IntArray
from geo.publication import Shares, Units
from layers.map.classes import class_limits, class_of, with_finer
from layers.map.lru import Recent, once
from layers.map.measures.desk_view import DeskView
from layers.map.press_view import HEADLINE, Level, View
from layers.words.headline import Words
from layers.words.language import mark

Unit = Literal["share", "count", "clusters", "minutes"]
IN_WORDS: Final[Mapping[Unit, str]] = MappingProxyType({"minutes": mark("{m} min")})
"""Units whose values are no part of a whole: a press measure in one of them says {value}."""
MIDDLE: Final = 2  # the one of five colours that all units get where they hardly differ
MOST_MEASURES: Final = 128  # whose limits a view keeps: far more than there are


@dataclass(frozen=True, eq=False)
class Figures:
    """A measure's figures of (U,) units.

    `part` and `whole` are int64, -1 where they are not told. `value` is in the measure's unit, NaN where
    there is none; `low` and `high` are the ends of its 95 % interval, NaN where none is due. `few_teams` says
    that one or two teams stand behind a figure.
    """

    status: tuple[Status, ...]
    part: IntArray
    whole: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    few_teams: np.typing.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StageColumn:
    """A measure's column in the table by stage of an area's page.

    `title`: an English key. `place`: columns stand in this order. `beside_country`: the country's figure
    stands beside it.
    """

    title: str
    place: int
    beside_country: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure that pages, pictures and files can show. Its words are English keys.

    | field | what |
    |---|---|
    | name | of its view, its pictures and its addresses |
    | title, says | its button; what it counts, under the button |
    | reads | how its map is to be read |
    | unit | what its values are in; everything that draws it asks for this, never for its name |
    | ramp | its five colours are `--<ramp>-0` to `-4` in tokens.css; "" where the status alone colours |
    | words | its sentences on the press page and in pictures |
    | figures | of a level's units under a choice such as "voting/medium" |
    | exists | whether a mission is offered it at all |
    | is_known | whether a mission that is offered it has said anything of it, told or not |
    | why_not | why it has nothing to show, an English key; "" if it has something |
    | audience | "coordinator": the desk alone has it |
    | by_severity | the least severity that a reader chooses changes its figures |
    | has_marks | the stations named in findings are drawn over it |
    | desk | its view of the desk; None if it has none |
    | statistic | what that view is made of, beside what `geo.analysis` computes; None if that is enough |
    | file | the column of downloads that holds its value; "" if none does |
    | by_stage | it is known of every stage; if not, of the whole day alone |
    | formula | what is divided by what: its sentence in the methods note; "" for none |
    | stages | its column in the table by stage of an area's page; None for one like any other's |
    | place | among the views of the press page, which opens with the first that has something to show |
    """

    name: str
    title: str
    says: str
    reads: str
    unit: Unit
    ramp: str
    words: Words
    figures: Callable[[View, Level, str], Figures]
    exists: Callable[[View], bool]
    why_not: Callable[[View], str]
    audience: Literal["press", "coordinator"] = "press"
    by_stage: bool = True
    by_severity: bool = False
    has_marks: bool = False
    desk: DeskView | None = None
    statistic: Statistic | None = None
    file: str = ""
    is_known: Callable[[View], bool] = lambda _: True
    formula: str = ""
    stages: StageColumn | None = None
    place: int = 99  # last, by name among others that say nothing


_NOTHING: Final = Words(*("",) * 9)


def of_the_desk(desk: DeskView) -> Measure:
    """Return a measure that coordinators alone see."""
    return Measure(
        name=desk.name, title=desk.title, says=desk.says, reads="", unit="share", ramp="", words=_NOTHING,
        figures=lambda view, level, _: untold(view.units(level)), exists=lambda _: False,
        why_not=lambda _: "", audience="coordinator", desk=desk,
    )  # fmt: skip


def share_figures(units: Units, shares: Shares | None) -> Figures:
    """Return shares of stations as figures; nothing but the status where there are none.

    The value of a random sample is the estimate for all stations, with which its interval goes.
    """
    if shares is None:
        return untold(units)
    value = np.where(np.isfinite(shares.low), shares.estimate, shares.rate)
    return Figures(
        status=shares.status, part=shares.found, whole=shares.asked, value=value,
        low=shares.low, high=shares.high, few_teams=units.few_teams,
    )  # fmt: skip


def median_figures(units: Units, name: str, stage: str) -> Figures:
    """Return the medians that a release tells of a number as figures, at a stage or "all" of them.

    `name`: in `geo.publication.visit_numbers`. Nothing but the status is told of a number that is not listed
    there, and in releases from before it was.
    """
    told = units.medians.get(name, {}).get(stage)
    plain = untold(units)
    return replace(plain, status=told.status, value=told.value, few_teams=units.few_teams) if told else plain


def untold(units: Units) -> Figures:
    """Return figures of which nothing is told but the status."""
    hidden, missing = np.full(len(units), -1, dtype=np.int64), np.full(len(units), np.nan)
    return Figures(units.status, hidden, hidden, missing, missing, missing, np.zeros(len(units), dtype=bool))


@once
def _limits(_: View) -> Recent[tuple[float, ...]]:
    """The limits by measure. They go with their view, whose figures a cache that outlived it would hold."""
    return Recent(MOST_MEASURES)


def limits_of(measure: Measure, view: View) -> tuple[float, ...]:
    """Return where the classes of a measure start: the same at every level, stage and severity of a release.

    They are made of the whole day at the severity a page opens with, so that one colour means one thing on
    every map of a mission. Regions decide, as the page opens with them; patches as `with_finer` says.
    """
    return _limits(view).get(measure, lambda: _made_limits(measure, view))


def _made_limits(measure: Measure, view: View) -> tuple[float, ...]:
    values = measure.figures(view, "region", HEADLINE).value
    if view.has_parts:
        values = with_finer(values, lambda: measure.figures(view, "part", HEADLINE).value)
    return class_limits(values, is_share=measure.unit == "share")


def tokens_of(measure: Measure, figures: Figures, limits: tuple[float, ...]) -> tuple[str, ...]:
    """Return the appearance of every unit: `<ramp>-0` to `<ramp>-4`, or `status-<status>`."""
    colours = colours_of(len(limits) + 1)
    classes = class_of(figures.value, limits).tolist() if measure.ramp else [-1] * len(figures.status)
    return tuple(
        f"{measure.ramp}-{colours[position]}" if position >= 0 else f"status-{status}"
        for position, status in zip(classes, figures.status, strict=True)
    )


def colours_of(classes: int) -> tuple[int, ...]:
    """Return which of a ramp's five colours each class has: spread out, the middle one where it is alone.

    >>> colours_of(1), colours_of(3), colours_of(5)
    ((2,), (0, 2, 4), (0, 1, 2, 3, 4))
    """
    return (MIDDLE,) if classes == 1 else tuple(round(i * 4 / (classes - 1)) for i in range(classes))
