"""The figures of every unit as the press has them: stations visited, shares of them, with a status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.model.code_lists import Status
from geo.model.columns import frozen
from geo.model.registry import Areas

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HIDDEN: Final = -1  # a count that is not told; the status says why


@dataclass(frozen=True, eq=False)
class Coverage:
    """Stations visited per unit at one stage, or at any. `observed`: (U,) int64, HIDDEN where not told."""

    status: tuple[Status, ...]
    observed: IntArray


@dataclass(frozen=True, eq=False)
class Shares:
    """In how many stations of a unit something was found; all (U,).

    | field | what |
    |---|---|
    | status | of these figures: `published`; `merged`: told only together with others (a larger unit, or the regions pooled); `insufficient`: too few stations for a share; … |
    | asked | n, stations whose visits asked (or gave an assessment); HIDDEN where not told |
    | found | k of them with at least one finding (or assessed bad or very bad); HIDDEN where not told |
    | visits, visits_found | the same counted by visits, m and those with a finding; HIDDEN where not told |
    | asks_all | every one of the n stations was asked about all chosen categories, not only some |
    | rate | k/n, NaN unless published |
    | estimate, margin, low, high | of a random sample: the share of all stations of the unit, ± in 95 %, and its interval; NaN where none is due |
    """  # noqa: E501

    status: tuple[Status, ...]
    asked: IntArray
    found: IntArray
    visits: IntArray
    visits_found: IntArray
    asks_all: BoolArray
    rate: FloatArray
    estimate: FloatArray
    margin: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Medians:
    """The median of a number of visits per unit. `value`: (U,) float64, NaN unless published."""

    status: tuple[Status, ...]
    value: FloatArray


@dataclass(frozen=True, eq=False)
class Units:
    """Units of a release, parts after what they are parts of; all (U,).

    | field | what |
    |---|---|
    | unit_id | stable text: area ids joined by "+", for a patch followed by "/" and its first cell |
    | parent | position of the unit it is part of, -1 for none |
    | level | 0 country, 1 region, 2 district, 3 patch |
    | members | positions (in `Release.areas`) of the declared areas it consists of, whole or in part |
    | is_part | it is not all of its members, but a piece of them |
    | town | of a patch: the settlement of most voters in it, "" where none is known |
    | status | `published`, `not_observed`, `insufficient` (the country only), `not_reported`, `not_known` |
    | stations | N of the register; HIDDEN where the list is not complete and no sum is stated |
    | few_teams | one or two teams stand behind it: a strict team and a bad place look the same |
    | nearly_all | not how many, but that all or nearly all of its stations were visited |
    | as_of | number of the earlier release these figures are still those of, 0 for this one |
    | coverage | by stage: "all", "opening", … |
    | findings | by choice: "all/medium", "voting/low", …; k of n stations |
    | assessments | by stage; empty where visits are not counted one by one |
    | categories | by slug: k of n stations, all stages, any severity; told of country and regions |
    | medians | by number of `visit_numbers`, then by stage; told of country and regions |
    """

    unit_id: tuple[str, ...]
    parent: IntArray
    level: IntArray
    members: tuple[tuple[int, ...], ...]
    is_part: BoolArray
    town: tuple[str, ...]
    status: tuple[Status, ...]
    stations: IntArray
    few_teams: BoolArray
    nearly_all: BoolArray
    as_of: IntArray
    coverage: Mapping[str, Coverage]
    findings: Mapping[str, Shares]
    assessments: Mapping[str, Shares]
    categories: Mapping[str, Shares]
    medians: Mapping[str, Mapping[str, Medians]] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.unit_id)

    def taken(self, rows: IntArray) -> Units:
        """Return these units only, in this order; `parent` still points into the whole list."""
        found: Units = _taken(self, np.asarray(rows, dtype=np.int64))
        return found


def _taken(part: Any, rows: IntArray) -> Any:
    """Return a part of a release with the rows asked for, in all its arrays and tuples per unit."""
    if isinstance(part, np.ndarray):
        return frozen(part[rows])
    if isinstance(part, tuple):
        return tuple(part[row] for row in rows.tolist())
    if isinstance(part, Mapping):
        return MappingProxyType({name: _taken(one, rows) for name, one in part.items()})
    return type(part)(**{one.name: _taken(getattr(part, one.name), rows) for one in fields(part)})


def no_shares(units: int, status: tuple[Status, ...]) -> Shares:
    """Return shares of which nothing is told but their status."""
    hidden = frozen(np.full(units, HIDDEN, dtype=np.int64))
    missing = frozen(np.full(units, np.nan))
    return Shares(
        status=status, asked=hidden, found=hidden, visits=hidden, visits_found=hidden,
        asks_all=frozen(np.ones(units, dtype=bool)), rate=missing, estimate=missing, margin=missing,
        low=missing, high=missing,
    )  # fmt: skip


def hidden_units(
    units: Units, hidden: BoolArray, status: tuple[Status, ...], areas: Areas, area: IntArray
) -> Units:
    """Return one unit per area (A',), told as that area alone: of the hidden ones nothing but the status.

    `hidden`: (A',) bool. `status`: (A',) that of the areas. `area`: (A',) their positions in `areas`.
    """
    one_each = tuple((int(position),) for position in area.tolist())
    words = np.array(status, dtype=object)

    def masked(part: Any) -> Any:
        if isinstance(part, Mapping):
            return MappingProxyType({name: masked(one) for name, one in part.items()})
        told = np.array(part.status, dtype=object)
        keeps: dict[str, Any] = {"status": tuple(np.where(hidden, words, told).tolist())}
        for one in fields(part):
            value = getattr(part, one.name)
            if one.name != "status" and value.dtype.kind in "if":
                keeps[one.name] = frozen(
                    np.where(hidden, np.nan if value.dtype.kind == "f" else HIDDEN, value)
                )
        return replace(part, **keeps)

    return replace(
        units,
        unit_id=tuple(areas.area_id[position] for position in area.tolist()),
        members=one_each,
        status=status,
        stations=frozen(np.where(hidden, HIDDEN, units.stations)),
        few_teams=frozen(units.few_teams & ~hidden),
        nearly_all=frozen(units.nearly_all & ~hidden),
        as_of=frozen(np.where(hidden, 0, units.as_of)),
        coverage=masked(units.coverage),
        findings=masked(units.findings),
        assessments=masked(units.assessments),
        categories=masked(units.categories),
        medians=masked(units.medians),
    )


def words_where(default: Status, *rules: tuple[BoolArray, Status]) -> tuple[Status, ...]:
    """Return per unit the word of the first rule that holds."""
    words: Any = np.select(
        [mask for mask, _ in rules], [np.array(word, dtype=object) for _, word in rules], default
    )
    return tuple(words.tolist())
