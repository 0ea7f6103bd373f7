"""A snapshot without what somebody may not see: names of teams, or texts, everywhere or outside some areas.

What is not in the snapshot no page, file or search can show by mistake. Figures are the same: who was where
still counts, under a number instead of a name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import BoolArray, IndexArray, frozen
from geo.model.reports import Teams
from geo.model.snapshot import Snapshot

Within = frozenset[str] | None  # ids of the areas in which something may be seen; None: everywhere


def redacted(snapshot: Snapshot, names: Within, texts: Within) -> Snapshot:
    """Return the snapshot with names and texts in these areas, and those that lie in them, only.

    The same snapshot where both are None. Teams that went or were sent anywhere else are numbered, their
    bases and calls unknown; rows that could not be read are left out: they hold whatever a file said.
    """
    if names is None and texts is None:
        return snapshot
    shown = _shown(snapshot, texts)
    visits, incidents = snapshot.visits, snapshot.incidents
    unnamed = None if names is None else _unnamed(snapshot, names)
    nowhere = np.full(len(visits), np.nan)
    return replace(
        snapshot,
        view=f"names in {_listed(names)}, texts in {_listed(texts)}",
        teams=snapshot.teams if unnamed is None else _numbered(snapshot, unnamed),
        visits=replace(
            visits,
            answers=_blank(visits.answers, shown[visits.area]),
            lon=frozen(nowhere) if unnamed is not None else visits.lon,
            lat=frozen(nowhere) if unnamed is not None else visits.lat,
        ),
        incidents=replace(
            incidents,
            text=_blank(incidents.text, shown[incidents.area]),
            ambiguity=_blank(incidents.ambiguity, shown[incidents.area]),
            place_as_written=_blank(incidents.place_as_written, shown[incidents.area]),
        ),
        rejects=snapshot.rejects.iloc[:0],
        defects=snapshot.defects.iloc[:0],
    )


def team_meant(shown: Snapshot, whole: Snapshot, name: str) -> str:
    """Return the team's own name for what somebody calls it, who is shown `shown` of `whole`.

    A number stands for the team it is shown for; any other text is returned as it is.
    """
    return dict(zip(shown.teams.team_id, whole.teams.team_id, strict=True)).get(name, name)


def _listed(within: Within) -> str:
    return "*" if within is None else ";".join(sorted(within))


def _shown(snapshot: Snapshot, within: Within) -> BoolArray:
    """Return which areas are among these or lie in one; (A + 1,), the last for what has no area."""
    areas = snapshot.registry.areas
    if within is None:
        return np.ones(len(areas) + 1, dtype=bool)
    inside = np.array([*(area_id in within for area_id in areas.area_id), False])
    parent = np.asarray(areas.parent)
    for _ in range(int(areas.level.max(initial=0)) + 1):
        inside[:-1] |= inside[parent] & (parent >= 0)
    return inside


def _unnamed(snapshot: Snapshot, within: Collection[str]) -> BoolArray:
    """Return whose names are not shown: of teams with anything outside these areas, or nothing in them."""
    inside = _shown(snapshot, frozenset(within))
    station_area = np.append(np.asarray(snapshot.registry.stations.area), np.int32(-1))
    rows: list[tuple[IndexArray, npt.NDArray[np.int32]]] = [
        (snapshot.visits.team, snapshot.visits.area),
        (snapshot.incidents.team, snapshot.incidents.area),
        (snapshot.assignments.team, station_area[snapshot.assignments.station]),
    ]
    n = len(snapshot.teams)
    in_area, elsewhere = np.zeros(n + 1, dtype=bool), np.zeros(n + 1, dtype=bool)
    for team, area in rows:
        in_area[team[inside[area]]] = True
        elsewhere[team[~inside[area]]] = True
    return (elsewhere | ~in_area)[:-1]


def _numbered(snapshot: Snapshot, unnamed: BoolArray) -> Teams:
    teams = snapshot.teams
    width = len(str(len(teams)))
    ids = tuple(
        f"№{number:0{width}}" if is_unnamed else team_id
        for number, (team_id, is_unnamed) in enumerate(zip(teams.team_id, unnamed, strict=True), 1)
    )
    unknown = np.where(unnamed, np.nan, 0.0)
    return replace(
        teams,
        team_id=ids,
        base_lon=frozen(teams.base_lon + unknown),
        base_lat=frozen(teams.base_lat + unknown),
    )


def _blank(column: pa.Array, is_shown: BoolArray) -> pa.Array:
    """Return a column of texts, "" where they are not shown."""
    return column if is_shown.all() else pc.if_else(pa.array(is_shown), column, "")
