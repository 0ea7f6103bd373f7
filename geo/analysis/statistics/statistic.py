"""What every statistic is given (`Material`) and gives back (`Result`), so that all can be treated alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from geo.model.code_lists import Selection, Status
from geo.model.columns import BoolArray as BoolArray
from geo.model.columns import FloatArray as FloatArray
from geo.model.columns import IntArray as IntArray
from geo.model.counts import Choice, Counts, counted_visits
from geo.model.mission import Thresholds
from geo.model.reports import Visits

# Why a whole layer cannot be drawn; "" means it can. The page has one sentence for each.
Absence = Literal[
    "",
    "no_visits",
    "no_denominators",
    "no_plan",
    "no_assessments",
]
STATUSES: Final = get_args(Status)


@dataclass(frozen=True, eq=False)
class Material:
    """One kind of unit under one choice.

    `counts`: (U,) counters. `unit_of_visit`, `team_of_visit`: (R,) int64 over visits that count, -1 for
    none; `is_exposed`, `has_finding`, `is_negative`, `is_assessed`: (R,) bool. `is_not_reported`: (U,)
    units in which visits happened whose number nobody said. `is_known`: whether it is known where
    observers were, so that no visit means that nobody was there. `has_frame`: whether all stations of
    every unit are listed, so that shares have a denominator. `weight`: (U,) what a fair share is in
    proportion to, and `weight_basis` its name. `planned`: the plan's total of visits, None without a plan.
    `minimum_visits`, `minimum_teams`: below these a rate is insufficient. `visits`: all of them, `choice`
    what counts.
    """

    counts: Counts
    unit_of_visit: IntArray
    team_of_visit: IntArray
    is_exposed: BoolArray
    has_finding: BoolArray
    is_assessed: BoolArray
    is_negative: BoolArray
    is_not_reported: BoolArray
    is_known: bool
    has_frame: bool
    weight: FloatArray
    weight_basis: str
    planned: int | None
    minimum_visits: int
    minimum_teams: int
    selection: Selection
    thresholds: Thresholds
    visits: Visits
    choice: Choice

    @cached_property
    def row_of_visit(self) -> IntArray:
        """Return where the visits that count stand in `visits`, (R,) int64: whatever else a form says."""
        return np.flatnonzero(counted_visits(self.visits, self.choice))

    @property
    def exposed_by_team(self) -> TeamShares:
        """Return the exposed visits, and those with a finding, by unit and team."""
        return self._by_team[0]

    @property
    def assessed_by_team(self) -> TeamShares:
        """Return the assessed visits, and the negative ones, by unit and team."""
        return self._by_team[1]

    @cached_property
    def _by_team(self) -> tuple[TeamShares, TeamShares]:
        """Both at once: sorting the visits is most of the work. O(R log R)."""
        flags = (self.is_exposed, self.has_finding, self.is_assessed, self.is_negative)
        words = sum((flag.view(np.uint8) << np.uint8(bit) for bit, flag in enumerate(flags)), np.uint8(0))
        inside = (self.unit_of_visit >= 0) & (words > 0)
        teams, units = int(self.team_of_visit.max(initial=-1)) + 2, len(self.counts)
        key: npt.NDArray[Any] = (self.unit_of_visit * teams + self.team_of_visit + 1) << 4 | words
        if units * teams < 1 << 28:
            key = key.astype(np.uint32)  # numbers of half the width sort twice as fast
        ordered = np.sort(key[inside])
        pair = ordered >> 4
        starts = np.flatnonzero(np.append(True, pair[1:] != pair[:-1])[: len(pair)])
        ends = np.append(starts[1:], len(pair))[: len(starts)]
        home, team = np.divmod(pair[starts].astype(np.int64), teams)

        def count(bits: int) -> IntArray:
            said = np.append(0, np.cumsum((ordered & bits) == bits, dtype=np.int64))
            return np.asarray(said[ends] - said[starts])

        def shares(asked: int, is_true: int) -> TeamShares:
            m = count(asked)
            there = m > 0
            k = count(asked | is_true)
            return TeamShares(home[there], team[there] - 1, k[there], m[there], units)

        return shares(1, 2), shares(4, 8)


@dataclass(frozen=True, eq=False)
class TeamShares:
    """Visits summed over every unit and team that met, by unit and team; `units`: how many units there are.

    `unit`, `team`, `k`, `m`: (P,) int64; `team` -1: unknown. k of m visits say it, m ≥ 1.
    """

    unit: IntArray
    team: IntArray
    k: IntArray
    m: IntArray
    units: int

    def teams(self) -> IntArray:
        """Return how many known teams made these visits in every unit, (U,) int64.

        The teams behind a rate are those of its own visits: a second team that did not ask is no second.
        """
        return np.bincount(self.unit[self.team >= 0], minlength=self.units).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Result:
    """A statistic's columns (U,), the status of every unit, and why it cannot exist if it cannot."""

    columns: Mapping[str, npt.NDArray[Any]]
    status: tuple[Status, ...]
    absence: Absence = ""


@dataclass(frozen=True, slots=True)
class StatisticColumn:
    """One column of a statistic: pages and files use its name; `unit` and `says` tell readers of the code."""

    name: str
    unit: Literal[
        "share", "visits", "stations", "count", "minutes", "standard deviations", "probability", "code"
    ]
    says: str


@dataclass(frozen=True, slots=True)
class Statistic:
    """One question asked of every unit.

    The methods note prints `says`, a sentence, and after it `source`, which has no full stop. Both are
    English keys, which `templates/locale` translates.
    """

    name: str
    says: str
    source: str
    columns: tuple[StatisticColumn, ...]
    compute: Callable[[Material], Result]


def where_status(default: Status, *rules: tuple[BoolArray, Status]) -> tuple[Status, ...]:
    """Return one status per unit; the first rule that holds decides.

    >>> where_status("published", (np.array([True, False]), "not_observed"))
    ('not_observed', 'published')
    """
    length = len(rules[0][0])
    chosen = np.select(
        [mask for mask, _ in rules], [STATUSES.index(s) for _, s in rules], STATUSES.index(default)
    )
    return tuple(STATUSES[code] for code in np.broadcast_to(chosen, length).tolist())


def share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> FloatArray:
    """Return part/whole as float64, NaN where whole is 0.

    >>> share(np.array([1, 0]), np.array([4, 0]))
    array([0.25,  nan])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), dtype=np.float64)
