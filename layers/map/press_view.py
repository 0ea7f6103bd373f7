"""What the press may see, made of a release only: areas, mentions, totals, notes. No clock times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.code_lists import Status
from geo.model.columns import IntArray
from geo.model.mission import town_in
from geo.model.registry import Areas, Registry
from geo.model.reports import Categories
from geo.publication import Coverage, Release, Shares, Total, Units
from geo.publication.release import About
from geo.publication.released import Notice, Released
from geo.publication.unit_figures import hidden_units
from layers.map.named_stations_count import ABOVE_LOW, Tally, tally

Level = Literal["country", "region", "part"]  # the country, its drawn areas, patches as pieces of these
HEADLINE = "all/medium"  # the choice a page opens with: every stage, low severity left out


@dataclass(frozen=True, eq=False)
class View:
    """One mission as the press sees it; rows in a fixed order, so equal input gives equal bytes.

    `registry`: its stations, None where single stations may not be shown. `area`: (A,) positions of the
    drawn areas. `status`: of each area's coverage, all stages. `stations`, `visited`: (A,) int64, -1
    where not known or not told. `has_points`: has any station a point of its own that may be shown.
    `mentions`: one row per finding, columns as in `Release.mentions`. `totals`: national figures.
    """

    release: Release
    registry: Registry | None
    area: IntArray
    status: tuple[Status, ...]
    stations: IntArray
    visited: IntArray
    has_points: bool
    tally: Tally
    totals: Mapping[str, Total]
    notices: tuple[Notice, ...] = ()
    closed_stations: int = 0

    @property
    def mission(self) -> About:
        return self.release.about

    @property
    def version(self) -> str:
        return self.release.version

    @property
    def areas(self) -> Areas:
        return self.release.areas

    @property
    def visits_known(self) -> bool:
        return self.release.visits_known

    @property
    def assessments_known(self) -> bool:
        """Return whether any counted visit carries an overall assessment."""
        found = self.release.nation.assessments.get("all")
        return found is not None and int(found.asked[0]) != 0

    @cached_property
    def has_estimates(self) -> bool:
        """Return whether any share of the country is told as that of all stations, with its interval.

        A random sample of an incomplete list has none, nor have counts that are rounded.
        """
        every = [*self.release.nation.findings.values(), *self.release.nation.assessments.values()]
        return any(bool(np.isfinite(shares.low).any()) for shares in every)

    @property
    def categories(self) -> Categories:
        return self.release.categories

    @property
    def mentions(self) -> pd.DataFrame:
        return self.release.mentions

    @property
    def presence(self) -> pd.DataFrame:
        return self.release.presence

    @property
    def notes(self) -> pd.DataFrame:
        return self.release.notes

    @property
    def as_of(self) -> date | None:
        """Return the stated day up to which the data go; never an hour."""
        return date.fromisoformat(self.mission.as_of) if self.mission.as_of else None

    def area_name(self, drawn: int, language: str) -> str:
        return self.areas.name(int(self.area[drawn]), language)

    def town(self, name: str, language: str) -> str:
        """Return a settlement's name in a language, as the register writes it where none is declared."""
        return town_in(self.mission.town_names, name, language)

    @cached_property
    def regions(self) -> Units:
        """The drawn areas with the figures they are told with: merged ones have those of their unit."""
        release = self.release
        rows = release.area_unit[self.area]
        words = np.array(release.area_status, dtype=object)
        hidden = (rows < 0) | ((rows == 0) & (words == "merged"))
        of_unit = np.array([release.units.status[max(row, 0)] for row in rows.tolist()], dtype=object)
        status = tuple(np.where((words == "merged") & ~hidden, of_unit, words).tolist())
        taken = release.units.taken(np.maximum(rows, 0))
        return hidden_units(taken, hidden, status, self.areas, self.area)

    @cached_property
    def together(self) -> IntArray:
        """(A,) of every drawn area the first one whose figures are told with its own: mostly itself."""
        rows = self.release.area_unit[self.area]
        first = {row: position for position, row in reversed(list(enumerate(rows.tolist()))) if row > 0}
        return np.array([first.get(row, i) for i, row in enumerate(rows.tolist())], dtype=np.int64)

    def units(self, level: Level) -> Units:
        """Return the units of a level: one, (A,) or (P,) of them."""
        if level == "country":
            return self.release.nation
        return self.regions if level == "region" else self.release.by_patch

    @property
    def has_parts(self) -> bool:
        """Return whether the release tells patches that are finer than its drawn areas."""
        finer = self.release.units.level[self.release.patches] > 1
        return self.visits_known and bool(finer.any())

    def findings(self, choice: str) -> Shares:
        return self.release.by_area.findings[choice]

    @property
    def placed(self) -> pd.DataFrame:
        """Mentions whose station is known by area and number."""
        return self.mentions[self.mentions["station"] >= 0]

    @property
    def named(self) -> int:
        return int(self.tally.named().sum())

    @property
    def named_above_low(self) -> int:
        return int(self.tally.named(ABOVE_LOW).sum())

    def without_station(self, stage: str = "all", least: int = 0) -> IntArray:
        """Listed findings that name a drawn area and no station, (A,): of a stage, from a severity on."""
        rows = self.mentions
        fits = (rows["station"] < 0) & ~rows["is_unresolved"]
        fits &= (rows["area"] >= 0) & (rows["severity"] >= least)
        if stage != "all":
            fits &= rows["stage"] == stage
        return np.bincount(rows.loc[fits, "area"].to_numpy(np.int64), minlength=len(self.area))

    @property
    def mentions_of_stations(self) -> int:
        """How often a station number is given, placed or not; repeats under a second category left out."""
        gives_number = (self.mentions["station"] >= 0) | self.mentions["is_unresolved"]
        return int((gives_number & ~self.mentions["repeats"]).sum())

    @property
    def unresolved(self) -> int:
        """Distinct numbers that stand without a place; each may or may not be a station named elsewhere."""
        return int(self.mentions.loc[self.mentions["is_unresolved"], "number"].nunique())

    def total(self, measure: str) -> int | None:
        """Return a national figure, None where it is not known."""
        found = self.totals.get(measure)
        return found.value if found else None


def view_of(released: Released) -> View:
    """Return what a page shows of a release."""
    made, registry = released.release, released.registry
    by_area = made.by_area
    covered = by_area.coverage["all"]
    return View(
        release=made,
        registry=registry,
        area=made.area,
        status=covered.status,
        stations=by_area.stations,
        visited=_observed(covered),
        has_points=registry is not None and bool(registry.stations.is_on_map.any()),
        tally=tally(made.mentions, len(made.area), len(made.categories)),
        totals=_totals(made),
        notices=released.notices,
        closed_stations=released.closed_stations,
    )


def _observed(covered: Coverage) -> npt.NDArray[np.int64]:
    """Stations observed, -1 also where visits happened and nobody said how many."""
    silent = np.array([status == "not_reported" for status in covered.status], dtype=bool)
    return np.where(silent, -1, covered.observed)


def _totals(made: Release) -> dict[str, Total]:
    """National figures; those the mission's own tables give stand in where no sum is stated."""
    found = {one.measure: one for one in made.totals if one.area_id == ""}
    stations = int(made.nation.stations[0])
    if stations > 0:
        found.setdefault("stations", Total("", "stations", stations, "", "", ""))
    observed = int(made.nation.coverage["all"].observed[0])
    if made.visits_known and observed >= 0:
        found["visited"] = Total("", "visited", observed, "", "", "")
    return found
