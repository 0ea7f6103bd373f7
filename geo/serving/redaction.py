"""A snapshot without what somebody may not see: names of teams, or texts, everywhere or outside some areas.

What is not in the snapshot no page, file or search can show by mistake. Figures are the same: who was where
still counts, under a number instead of a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import BoolArray, IndexArray, frozen, whole
from geo.model.reports import Incidents, Teams, Visits
from geo.model.snapshot import Snapshot

FEWEST_DIGITS: Final = 6  # of a team's number; more where two would be the same
Within = frozenset[str] | None  # ids of the areas in which something may be seen; None: everywhere


def redacted(snapshot: Snapshot, names: Within, texts: Within, key: str) -> Snapshot:
    """Return the snapshot with names of teams, and texts, only where somebody may see them.

    `names`, `texts`: ids of the areas in which they may, areas that lie in these included; None for
    everywhere. The same snapshot where both are None. Teams that went or were sent anywhere else have a
    number, the same to everybody, instead of a name, and no base: people sleep there. The ids of their
    reports are codes: the source in a report's id is a call sign. When they were heard of, their shifts
    and their areas stay: who is overdue hangs on them. Rows that could not be read are left out: they hold
    whatever a file said.

    `key`: 16 characters that nobody is told, of which the numbers are made.
    """
    if names is None and texts is None:
        return snapshot
    shown = _shown(snapshot, texts)
    visits, incidents = snapshot.visits, snapshot.incidents
    if names is not None:
        inside = _shown(snapshot, names)
        unnamed = _unnamed(snapshot, inside)
        visits, incidents = _unsigned(visits, incidents, unnamed, inside, key)
    return replace(
        snapshot,
        view=f"names in {_listed(names)}, texts in {_listed(texts)}",
        teams=snapshot.teams if names is None else _numbered(snapshot.teams, unnamed, key),
        visits=replace(visits, answers=_blank(visits.answers, shown[visits.area])),
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


def _unnamed(snapshot: Snapshot, inside: BoolArray) -> BoolArray:
    """Return whose names are not shown: of teams with anything outside these areas, or nothing in them."""
    station_area = np.append(np.asarray(snapshot.registry.stations.area), np.int32(-1))
    rows: list[tuple[IndexArray, npt.NDArray[np.int32]]] = [
        (snapshot.visits.team, snapshot.visits.area),
        (_senders(snapshot.incidents, snapshot.visits), snapshot.incidents.area),
        (snapshot.assignments.team, station_area[snapshot.assignments.station]),
    ]
    n = len(snapshot.teams)
    in_area, elsewhere = np.zeros(n + 1, dtype=bool), np.zeros(n + 1, dtype=bool)
    for team, area in rows:
        in_area[team[inside[area]]] = True
        elsewhere[team[~inside[area]]] = True
    return (elsewhere | ~in_area)[:-1]


def _senders(incidents: Incidents, visits: Visits) -> IndexArray:
    """Return every finding's team, or that of its visit where it names none, (I,); -1 for nobody's."""
    of_visit = np.append(visits.team, np.int32(-1))[incidents.visit]
    return np.where(incidents.team >= 0, incidents.team, of_visit)


def _numbered(teams: Teams, unnamed: BoolArray, key: str) -> Teams:
    numbers = [f"{code:020}" for code in _codes(teams.team_id, key).tolist()]
    ends = range(FEWEST_DIGITS, 20)
    digits = next((n for n in ends if len({number[-n:] for number in numbers}) == len(numbers)), 20)
    ids = tuple(
        f"№{number[-digits:]}" if is_unnamed else team_id
        for number, team_id, is_unnamed in zip(numbers, teams.team_id, unnamed, strict=True)
    )
    unknown = np.where(unnamed, np.nan, 0.0)
    return replace(
        teams,
        team_id=ids,
        base_lon=frozen(teams.base_lon + unknown),
        base_lat=frozen(teams.base_lat + unknown),
    )


def _unsigned(
    visits: Visits, incidents: Incidents, unnamed: BoolArray, inside: BoolArray, key: str
) -> tuple[Visits, Incidents]:
    """Return both without what tells who sent them; of nobody's team it is hidden outside these areas."""
    by_visit, by_incident = (
        np.where(team >= 0, np.append(unnamed, False)[team], ~inside[area])
        for team, area in ((visits.team, visits.area), (_senders(incidents, visits), incidents.area))
    )
    nowhere = np.full(len(visits), np.nan)
    return replace(
        visits,
        visit_id=_coded(visits.visit_id, by_visit, key),
        supersedes=_blank(visits.supersedes, ~by_visit),
        lon=frozen(nowhere),
        lat=frozen(nowhere),
    ), replace(
        incidents,
        incident_id=_coded(incidents.incident_id, by_incident, key),
        supersedes=_blank(incidents.supersedes, ~by_incident),
        visit_as_told=_blank(incidents.visit_as_told, ~by_incident),
    )


def _codes(names: Sequence[str] | npt.NDArray[np.object_], key: str) -> npt.NDArray[np.uint64]:
    """Return a hash of each name under a key: whoever does not know it cannot try names out.

    (N,) uint64, SipHash-2-4 (Aumasson and Bernstein 2012), mixed once more by pandas.
    """
    return pd.util.hash_array(np.array(names, dtype=object), hash_key=key, categorize=False)


def _coded(ids: pa.Array, is_hidden: BoolArray, key: str) -> pa.Array:
    """Return ids, those that are hidden as 16 hex digits of their code."""
    names = whole(ids)
    codes = _codes(names.filter(pa.array(is_hidden)).to_numpy(zero_copy_only=False), key)
    digits = pa.py_buffer(codes.astype(">u8").tobytes().hex().encode())
    ends = pa.py_buffer(np.arange(len(codes) + 1, dtype=np.int64) * 16)
    spelled = pa.LargeStringArray.from_buffers(len(codes), ends, digits).cast(names.type)
    return pc.replace_with_mask(names, pa.array(is_hidden), spelled)


def _blank(column: pa.Array, is_shown: BoolArray) -> pa.Array:
    """Return a column of texts, "" where they are not shown."""
    return column if is_shown.all() else pc.if_else(pa.array(is_shown), column, "")
