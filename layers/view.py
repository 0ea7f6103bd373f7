"""What the press may see of a snapshot: areas with their status, mentions, totals, notes. No clock times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.columns import positions
from geo.counts import Choice
from geo.mission import Mission
from geo.registry import Registry
from geo.reports import Categories
from geo.snapshot import Snapshot
from geo.tables import COMPLETENESS, PUBLICATIONS, STAGES, VERIFICATIONS
from geo.words import Status
from layers.tally import ABOVE_LOW, IntArray, Tally, tally

LEVEL = 1  # the press sees oblasts; districts are for the desk
EVERYTHING = Choice(severity="low")


@dataclass(frozen=True, slots=True)
class Total:
    """A figure known as a sum: what it counts, the figure (None: not reported), its hedge and source."""

    measure: str
    value: int | None
    qualifier: str
    source: str
    locator: str


@dataclass(frozen=True, eq=False)
class View:
    """One mission as the press sees it; rows in a fixed order, so equal input gives equal bytes.

    `area`: (A,) positions of the drawn areas in the registry. `stations`, `visited`: (A,) int64, -1 where
    not known. `visits_known`: are visits counted one by one. `has_points`: has any station a point
    of its own that may be published.
    `mentions`: one row per finding, columns station, visit, number, area (position among the drawn ones),
    category, severity, stage, completeness, repeats, is_unresolved, place_as_written, ambiguity, candidates,
    locator.
    `presence`: area, kind, place_as_written, ambiguity, starts, ends, locator.
    `notes`: kind, title_<language>, body_<language>, source, locator. `as_of`: the stated cut-off.
    """

    mission: Mission
    registry: Registry
    version: str
    area: IntArray
    status: tuple[Status, ...]
    stations: IntArray
    visited: IntArray
    visits_known: bool
    has_points: bool
    categories: Categories
    mentions: pd.DataFrame
    tally: Tally
    totals: Mapping[str, Total]
    presence: pd.DataFrame
    notes: pd.DataFrame
    rejects: int
    defects: int
    as_of: datetime | None

    def area_name(self, drawn: int, language: str) -> str:
        return self.registry.areas.name(int(self.area[drawn]), language)

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


def status_of(
    visited: npt.NDArray[np.int64],
    has_named: npt.NDArray[np.bool_],
    has_presence: npt.NDArray[np.bool_],
    visits_known: bool,
    minimum: int,
) -> tuple[Status, ...]:
    """Return what may be said of each area (A,).

    `visited`: -1 where the figure is not known. Findings or presence without a figure mean observers were
    there and nobody said how often: not reported, never zero.
    """
    found: list[Status] = []
    for count, named, present in zip(
        visited.tolist(), has_named.tolist(), has_presence.tolist(), strict=True
    ):
        if count >= minimum:
            found.append("published")
        elif count > 0:
            found.append("insufficient")
        elif not visits_known and (named or present):
            found.append("not_reported")
        else:
            found.append("not_observed" if count <= 0 and not named else "not_reported")
    return tuple(found)


def view_of(snapshot: Snapshot) -> View:
    """Return what the press may see; nothing at all of a live mission's findings."""
    registry = snapshot.registry
    area = np.flatnonzero(registry.areas.level == LEVEL).astype(np.int64)
    drawn = np.full(len(registry.areas) + 1, -1, dtype=np.int64)
    drawn[area] = np.arange(len(area))
    mentions = _mentions(snapshot, drawn)
    presence = snapshot.presence.copy()
    presence["area"] = drawn[positions(presence["area_id"], registry.areas.index)]
    found = tally(mentions, len(area), len(snapshot.categories))
    stations, visited = _known(snapshot, area)
    on_day = presence.loc[presence["kind"] == "election_day", "area"].to_numpy(dtype=np.int64)
    visits_known = len(snapshot.visits) > 0
    return View(
        mission=snapshot.mission,
        registry=registry,
        version=snapshot.version,
        area=area,
        status=status_of(
            visited,
            found.named()[:-1] > 0,
            np.isin(np.arange(len(area)), on_day),
            visits_known,
            snapshot.mission.disclosure.minimum_stations,
        ),
        stations=stations,
        visited=visited,
        visits_known=visits_known,
        has_points=snapshot.mission.disclosure.stations and bool(registry.stations.is_on_map.any()),
        categories=snapshot.categories,
        mentions=mentions,
        tally=found,
        totals=_totals(snapshot),
        presence=presence,
        notes=snapshot.notes,
        rejects=len(snapshot.rejects),
        defects=len(snapshot.defects),
        as_of=snapshot.as_of if snapshot.mission.as_of else None,
    )


def _mentions(snapshot: Snapshot, drawn: IntArray) -> pd.DataFrame:
    incidents, categories = snapshot.incidents, snapshot.categories
    open_to_all = np.array([public != "no" for public in (*categories.public, "no")], dtype=bool)
    kept = incidents.is_current & open_to_all[incidents.category]
    if snapshot.mission.nature == "public_source":
        kept &= np.isin(incidents.publication, [PUBLICATIONS.index("cleared"), PUBLICATIONS.index("public")])
    elif snapshot.mission.nature == "simulated":
        kept &= incidents.verification == VERIFICATIONS.index("verified")
    else:
        kept &= False
    rows = np.flatnonzero(kept)
    top = np.append(np.arange(len(snapshot.registry.areas)), -1)
    raised_area = np.append(snapshot.registry.area_at_level(LEVEL), np.int32(-1))[incidents.station]
    own = np.where(incidents.station >= 0, raised_area, top[incidents.area])
    texts = ("number", "place_as_written", "ambiguity", "candidates", "locator")
    return pd.DataFrame(
        {
            "station": incidents.station[rows].astype(np.int64),
            "visit": incidents.visit[rows].astype(np.int64),
            "area": drawn[own[rows]],
            "category": incidents.category[rows].astype(np.int64),
            "severity": incidents.severity[rows].astype(np.int64),
            "stage": np.array([*STAGES, ""], dtype=object)[incidents.stage[rows]],
            "completeness": np.array([*COMPLETENESS, ""], dtype=object)[incidents.completeness[rows]],
            "repeats": incidents.is_repeat[rows],
            "is_unresolved": incidents.is_unresolved[rows],
            **{name: getattr(incidents, name).take(rows).to_pylist() for name in texts},
        }
    )


def _known(snapshot: Snapshot, area: IntArray) -> tuple[IntArray, IntArray]:
    """Stations and visited stations per drawn area, (A,) int64, -1 where not known."""
    counted = snapshot.counts("area", LEVEL, EVERYTHING)
    ids = [snapshot.registry.areas.area_id[index] for index in area.tolist()]
    is_frame = snapshot.mission.frame == "complete"
    stations = [snapshot.total("stations", area_id) for area_id in ids]
    visited = [snapshot.total("visited", area_id) for area_id in ids]
    if is_frame:
        own = counted.stations[area].tolist()
        stations = [n if n is not None else have for n, have in zip(stations, own, strict=True)]
    if len(snapshot.visits):
        seen = counted.stations_observed[area].tolist()
        visited = [n if n is not None else have for n, have in zip(visited, seen, strict=True)]
    return tuple(  # type: ignore[return-value]
        np.array([-1 if n is None else n for n in figures], dtype=np.int64) for figures in (stations, visited)
    )


def _totals(snapshot: Snapshot) -> dict[str, Total]:
    """National figures; those the mission's own tables give stand in where no sum is stated."""
    national = snapshot.totals[snapshot.totals["area_id"] == ""]
    found: dict[str, Total] = {}
    for row in national.to_dict("records"):
        is_known = row["status"] == "reported" and not pd.isna(row["value"])
        found[str(row["measure"])] = Total(
            measure=str(row["measure"]),
            value=int(row["value"]) if is_known else None,
            qualifier=str(row["qualifier"]),
            source=str(row["source"]),
            locator=str(row["locator"]),
        )
    if snapshot.mission.frame == "complete":
        found.setdefault("stations", Total("stations", len(snapshot.registry.stations), "", "", ""))
    if len(snapshot.visits):
        observed = int(snapshot.counts("area", LEVEL, EVERYTHING).stations_observed.sum())
        found.setdefault("visited", Total("visited", observed, "", "", ""))
    return found
