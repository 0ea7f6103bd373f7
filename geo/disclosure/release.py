"""What the press may see of a snapshot, and nothing else: aggregates with their status, cleared rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.columns import content_hash, frozen
from geo.disclosure import rows as listed
from geo.disclosure.cut import delayed, gate
from geo.disclosure.figures import AREA, CELL, LEVEL, NATION
from geo.disclosure.rows import Total
from geo.disclosure.units import HoldBack, HotSpots, Units, counted, stated
from geo.mission import Mission, Source
from geo.registry import Areas
from geo.reports import Categories
from geo.snapshot import Snapshot
from geo.words import Nature, Selection

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class About:
    """What mission.toml says that a page shows, and the rules the figures obey."""

    slug: str
    title: Mapping[str, str]
    subtitle: Mapping[str, str]
    credit: Mapping[str, str]
    contact: str
    election_date: str
    as_of: str  # the date stated, never an hour
    selection: Selection
    frame: str
    nature: Nature
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    minimum_stations: int
    minimum_teams: int
    small_count: int
    delay_hours: float
    is_strict: bool
    area_visits: int
    cell_visits: int
    observed_areas: int
    false_discovery_rate: float


@dataclass(frozen=True, eq=False)
class Release:
    """One mission as the press sees it. Two releases are equal if their content is; `version` is its hash.

    `area`: (A,) positions of the drawn areas in `areas`. `mentions`: one row per finding that may be
    listed, columns station (position in `stations`, -1), area (among the drawn, -1), category, severity
    (codes, -1), stage, completeness, repeats, is_unresolved, number, place_as_written, ambiguity,
    candidates, locator. `stations`: those named or, where allowed, visited. `presence`: area, kind,
    place_as_written, ambiguity, starts, ends, locator. `notes`: kind, titles, bodies, source, locator.
    `visits_known`: are visits counted one by one; if not, figures come from `totals`. `held_back`: how
    many figures are withheld only because too little changed since an earlier release.
    """

    state: Literal["released", "nothing_yet"]
    about: About
    areas: Areas
    area: IntArray
    nation: Units
    by_area: Units
    by_cell: Units
    visits_known: bool
    held_back: int
    may_show_stations: bool
    categories: Categories
    mentions: pd.DataFrame
    stations: pd.DataFrame
    presence: pd.DataFrame
    notes: pd.DataFrame
    totals: tuple[Total, ...]
    version: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def total(self, measure: str, area_id: str = "") -> int | None:
        """Return a stated sum, None where it is not known."""
        found = [t.value for t in self.totals if (t.measure, t.area_id) == (measure, area_id)]
        return found[0] if found else None


def release(
    snapshot: Snapshot,
    now: datetime,
    *,
    cleared: bool = False,
    hot_spots: HotSpots | None = None,
    between: Sequence[HoldBack] = (),
) -> Release:
    """Return what the press may see at a moment; a live mission that nobody cleared shows nothing.

    `now`: timezone-aware; reports newer than the mission's delay before it do not count. `cleared`:
    somebody signed this release off (of a live mission). `hot_spots`: how to find the robust ones.
    `between`: for each earlier release of the mission, what must be hidden because of it.
    """
    allowed = gate(snapshot, now, cleared)
    old = delayed(snapshot, now) if allowed.is_open else _emptied(snapshot)
    allowed = gate(old, now, cleared)
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(areas.level == LEVEL).astype(np.int64)
    place = np.full(len(areas) + 1, -1, dtype=np.int64)
    place[drawn] = np.arange(len(drawn))
    rows = listed.told(old, place, allowed)
    visits_known = bool(old.visits.is_current.any())
    units, held_back = stated(old, rows, place), 0
    if visits_known:
        units, held_back = counted(old, rows, place, hot_spots, between)
    made = Release(
        state="released" if allowed.is_open else "nothing_yet",
        about=_about(snapshot.mission),
        areas=areas,
        area=frozen(drawn),
        nation=units[NATION],
        by_area=units[AREA],
        by_cell=units[CELL],
        visits_known=visits_known,
        held_back=held_back,
        may_show_stations=allowed.may_show_stations,
        categories=rows.categories,
        mentions=rows.mentions,
        stations=rows.stations,
        presence=listed.presence(old, place),
        notes=listed.notes(old),
        totals=listed.totals(old),
        version="",
    )
    return replace(made, version=version_of(made))


def version_of(made: Release) -> str:
    """Return the hash of exactly what is released: equal content, equal version."""
    content = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "version"}
    return content_hash(content)


def _emptied(snapshot: Snapshot) -> Snapshot:
    """The snapshot without a single report, sum, note or presence: what is there before a release."""
    visits, incidents = snapshot.visits, snapshot.incidents
    nothing = {name: getattr(snapshot, name).iloc[:0] for name in ("totals", "presence", "notes")}
    return replace(
        snapshot,
        visits=replace(visits, is_current=frozen(np.zeros(len(visits), dtype=bool))),
        incidents=replace(incidents, is_current=frozen(np.zeros(len(incidents), dtype=bool))),
        **nothing,
    )


def _about(mission: Mission) -> About:
    asked, thresholds = mission.disclosure, mission.thresholds
    same = ("slug", "title", "subtitle", "credit", "contact", "selection", "frame", "nature", "languages")
    return About(
        **{name: getattr(mission, name) for name in (*same, "sources")},
        election_date=mission.election_date.isoformat(),
        as_of=mission.as_of[:10],
        minimum_stations=asked.minimum_stations,
        minimum_teams=asked.minimum_teams,
        small_count=asked.small_count,
        delay_hours=asked.delay_hours,
        is_strict=asked.strict,
        area_visits=thresholds.area_visits,
        cell_visits=thresholds.cell_visits,
        observed_areas=thresholds.observed_areas,
        false_discovery_rate=thresholds.false_discovery_rate,
    )
