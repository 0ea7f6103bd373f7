"""The share of all stations a random sample stands for: stratified, with finite population correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis.statistics import intervals
from geo.model.errors import StatisticError
from geo.publication.visit_facts import FactColumn, VisitFacts

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Z: Final = 1.959963984540054  # the normal quantile of a two-sided 95 % margin
FEWEST: Final = 2  # stations drawn in a stratum: of a single one no variance can be known


@dataclass(frozen=True, eq=False)
class Estimates:
    """The share of every unit's stations, its ± in 95 % and the ends of its interval; (U,), NaN for none."""

    estimate: FloatArray
    margin: FloatArray
    low: FloatArray
    high: FloatArray


def estimates(
    asked: BoolArray,
    found: BoolArray,
    facts: VisitFacts,
    unit_of_station: IntArray,
    wanted: IntArray,
    units: int,
    strata: IntArray,
) -> Estimates:
    """Return the estimate of the country (unit 0) and of regions from a random sample.

    The stratified share (`intervals.stratified`), its margin widened by what teams that saw several stations
    cost. `asked`, `found`: (S,) bool, stations drawn whose form asked, and those with a finding.
    `unit_of_station`: (S,) each station's region. `wanted`: the units that may have an estimate. `units`: how
    many there are. `strata`: (S,) of every station in the frame, -1 for one that could not be drawn.
    """
    made = Estimates(*(np.full(units, np.nan) for _ in range(4)))
    counts = _by_unit_and_stratum(asked, found, unit_of_station, wanted, units, strata)
    team, station = facts.team_stations
    inside = (strata[station] >= 0) & asked[station]
    team, station = team[inside], station[inside]
    for unit, rows in zip(wanted.tolist(), counts, strict=True):
        if not rows[:, 0].any():
            continue
        some, drawn, size = _collapsed(rows)
        one = intervals.stratified(some, drawn, size)
        deff = 1.0
        if facts.has_travelled:
            here = slice(None) if unit == 0 else unit_of_station[station] == unit
            deff = _design_effect(team[here], found[station[here]])
        made.estimate[unit] = one.estimate
        made.margin[unit] = Z * one.standard_error * np.sqrt(deff)
        if some.any() and (some < drawn).any():
            made.low[unit], made.high[unit] = _ends(one, deff)
        else:  # told by the counts: the sum of the strata's weights may be 1e-16 short of 1
            made.low[unit], made.high[unit] = _ends_of_none_or_all(one, drawn, size, deff)
    return made


def _by_unit_and_stratum(
    asked: BoolArray,
    found: BoolArray,
    unit_of_station: IntArray,
    wanted: IntArray,
    units: int,
    strata: IntArray,
) -> IntArray:
    """Return how many stations every wanted unit's strata have: drawn, with a finding, all; (W, H, 3)."""
    height = int(strata.max(initial=-1)) + 1
    row = np.full(units + 1, -1, dtype=np.int64)  # the last is for stations of no unit
    row[wanted] = np.arange(len(wanted))
    counts = np.zeros((len(wanted), height, 3), dtype=np.int64)
    in_frame = strata >= 0
    for column, stations in enumerate((in_frame & asked, in_frame & asked & found, in_frame)):
        marked = np.flatnonzero(stations)
        at = row[unit_of_station[marked]]
        code = (at * height + strata[marked])[at >= 0]
        shape = len(wanted), height
        counts[:, :, column] = np.bincount(code, minlength=shape[0] * height).reshape(shape)
        if row[0] >= 0:
            counts[row[0], :, column] = np.bincount(strata[marked], minlength=height)
    return counts


def _collapsed(counts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return stations with a finding, drawn, and all, by stratum, after `joined_strata`.

    `counts`: (H, 3) as in `_by_unit_and_stratum`.
    """
    real = counts[counts[:, 2] > 0]
    group = joined_strata(real[:, 0], real[:, 2])
    merged = np.zeros((int(group.max(initial=-1)) + 1, 3), dtype=np.int64)
    np.add.at(merged, group, real)
    drawn, some, size = merged.T
    return some, drawn, size


def joined_strata(drawn: IntArray, size: IntArray) -> IntArray:
    """Return a number per stratum, (H,), the same for those that are taken together.

    One with fewer than two stations drawn joins the next, the last one the one before. Strata follow each
    other as the frame lists them; collapsing neighbours is the textbook's way with a single unit
    (Cochran 1977, 5A.12).
    """
    group = np.zeros(len(drawn), dtype=np.int64)
    current, held, there = -1, FEWEST, 0
    for position, (few, many) in enumerate(zip(drawn.tolist(), size.tolist(), strict=True)):
        if current < 0 or held >= min(FEWEST, there):
            current, held, there = current + 1, 0, 0
        group[position], held, there = current, held + few, there + many
    if current > 0 and held < min(FEWEST, there):
        group[group == current] = current - 1
    return group


def _design_effect(team: IntArray, found: BoolArray) -> float:
    """Return the design effect of teams, given (P,) team and finding at each station they saw; at least 1.

    1 where no team saw several stations, or none is named.
    """
    if len(team) == 0 or len(np.unique(team)) == len(team):
        return 1.0
    effect = intervals.team_clusters(found.astype(np.float64), np.ones(len(team)), team).design_effect
    return float(np.nan_to_num(effect[0], nan=1.0))


def _ends(one: intervals.Stratified, deff: float) -> tuple[float, float]:
    """Return the interval's ends: Wilson's at the effective size, less by the design effect of teams."""
    if deff <= 1 or not np.isfinite(one.standard_error) or one.standard_error == 0:
        return one.low, one.high
    size = one.estimate * (1 - one.estimate) / one.standard_error**2 / deff
    low, high = intervals.wilson(one.estimate * size, size)
    return float(low), float(high)


def _ends_of_none_or_all(
    one: intervals.Stratified, drawn: IntArray, size: IntArray, deff: float
) -> tuple[float, float]:
    """Return the interval where no station drawn has a finding, or every one has: one end is 0 or 1.

    The other is `intervals.upper_zero` of the size that a simple random sample would need for the variance
    that this one has where all strata have one share p: p(1 − p) · Σ W²(1 − f)/n; divided by the design
    effect of teams. After a census (f = 1) both ends are the share. NaN where a stratum has no variance.
    """
    if not np.isfinite(one.low):
        return one.low, one.high
    spread = float(np.sum((size / size.sum()) ** 2 * (1 - drawn / size) / drawn))
    rest = float(intervals.upper_zero(1 / (spread * deff))) if spread > 0 else 0.0
    return (0.0, rest) if one.estimate == 0 else (1 - rest, 1.0)


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """A ratio of two totals, such as turnout; the error, and the ± in 95 % (`margin`), NaN where unknown."""

    ratio: float
    standard_error: float

    @property
    def margin(self) -> float:
        return Z * self.standard_error


def combined_ratio(
    part: npt.ArrayLike, whole: npt.ArrayLike, stratum: npt.ArrayLike, size: npt.ArrayLike
) -> RatioEstimate:
    """Return Σ part ÷ Σ whole over all stations of a frame from a stratified random sample.

    `part`, `whole`, `stratum`: (n,) of the stations drawn: say those who voted, those on the list, and the
    stratum's position in `size`, (H,) stations of each. r = Σ W ȳ_h ÷ Σ W x̄_h, and its variance is that of
    the mean residual y − r x in each stratum with finite population correction (Lohr, Sampling, 4.5;
    Cochran 1977, 6.11). A stratum of which nothing was drawn makes all NaN; one with a single station
    drawn of several has no variance, so the error is NaN. Raises StatisticError if the rows do not fit.

    >>> both = combined_ratio([40, 60, 30, 50], [80, 90, 70, 80], [0, 0, 1, 1], [10, 20])
    >>> round(both.ratio, 4), round(both.standard_error, 4)
    (0.5532, 0.0646)
    """
    y, x = (np.asarray(value, dtype=np.float64) for value in (part, whole))
    at, stations = np.asarray(stratum, dtype=np.int64), np.asarray(size, dtype=np.float64)
    if not y.shape == x.shape == at.shape or y.ndim != 1 or ((at < 0) | (at >= len(stations))).any():
        raise StatisticError("part, whole and stratum must be (n,), and stratum a position in size")
    drawn = np.bincount(at, minlength=len(stations))
    real = stations > 0
    if (drawn > stations).any():
        raise StatisticError("more stations were drawn of a stratum than it has")
    if not (drawn[real] > 0).all() or not real.any():
        return RatioEstimate(np.nan, np.nan)
    weight = np.divide(stations, drawn, out=np.zeros(len(stations)), where=drawn > 0)
    all_y, all_x = float(weight[at] @ y), float(weight[at] @ x)
    if not all_x > 0:
        return RatioEstimate(np.nan, np.nan)
    ratio = all_y / all_x
    rest = y - ratio * x
    mean = np.bincount(at, rest, len(stations)) / np.maximum(drawn, 1)
    squares = np.bincount(at, (rest - mean[at]) ** 2, len(stations))
    is_single = real & (drawn == 1) & (stations > 1)
    if is_single.any():
        return RatioEstimate(ratio, np.nan)
    spread = squares / np.maximum(drawn - 1, 1) / np.maximum(drawn, 1)
    variance = float(np.sum(stations * (stations - drawn) * spread))
    return RatioEstimate(ratio, float(np.sqrt(variance)) / all_x)


@dataclass(frozen=True, slots=True)
class Turnout:
    """The turnout of a country. `stations`: behind it; `margin`: ± in 95 %, NaN where none is due.

    `share`: of all registered voters where stations were drawn at random, else of those at the stations.
    """

    stations: int
    share: float
    margin: float


def turnout_forms(facts: VisitFacts, counted: BoolArray) -> VisitFacts:
    """Return the forms a turnout is counted from, one of each station that gives one.

    `counted`: (S,) stations that count. Of several forms of a station the one with most voters counts: it
    was written last.
    """
    rows = np.flatnonzero(facts.has(FactColumn("turnout")) & counted[facts.station])
    rows = rows[np.lexsort((facts.registered[rows], facts.voted[rows], facts.station[rows]))]
    last = np.append(np.diff(facts.station[rows]) != 0, True)[: len(rows)]
    return facts.taken(rows[last])


def turnout_of(forms: VisitFacts, strata: IntArray | None) -> Turnout | None:
    """Return the turnout that forms at closing and counting give, one of each station; None of no forms.

    `strata`: (S,) of the frame, None where no sample was drawn.
    """
    station, voted, registered = forms.station, forms.voted, forms.registered
    if not len(station):
        return None
    if strata is None:
        return Turnout(len(station), float(voted.sum() / registered.sum()), float("nan"))
    inside = strata[station] >= 0
    station, voted, registered = station[inside], voted[inside], registered[inside]
    size = np.bincount(strata[strata >= 0])
    group = joined_strata(np.bincount(strata[station], minlength=len(size)), size)
    both = combined_ratio(voted, registered, group[strata[station]], np.bincount(group, size))
    return Turnout(len(station), both.ratio, both.margin)
