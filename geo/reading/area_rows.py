"""Areas as registers and GIS files give them: in several rows, of several years, by their children only."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model.columns import BoolArray
from geo.model.mission import Mission
from geo.reading import defects
from geo.reading.check_boundaries import file_of, repair
from geo.reading.known_places import in_force
from geo.reading.parse_values import Issue
from geo.reading.rejects import Finding, Job

Polygons = npt.NDArray[np.object_]
_NOT_COMPARED: Final = frozenset({"geometry", "row", "locator"})
_HALF_TURN: Final = 180.0
_DATE_LINE: Final = 1e-6  # degrees around 180 where two parts of an area meet


def joined_parts(
    job: Job, frame: pd.DataFrame, bad: BoolArray
) -> tuple[pd.DataFrame, BoolArray, list[Finding]]:
    """Return areas with those in several rows joined, which rows are not used, and what was done.

    Rows of one `area_id` that say the same are parts of one area. Of rows that were in force at different
    times the one in force on election day is used. All others are left for the check of keys.
    """
    again = frame["area_id"].duplicated(keep=False).to_numpy() & ~bad
    if not again.any():
        return frame, bad, []
    bad = bad.copy()
    over = again & ~in_force(frame, job.mission)
    current = set(frame["area_id"][again & ~over])
    over &= frame["area_id"].isin(current).to_numpy()
    bad |= over
    right = f"the boundary in force on {job.mission.election_date.isoformat()}, which another row has"
    results = job.findings("area_id", [Issue("area_out_of_date", np.flatnonzero(over), right)])
    shapes = np.asarray(frame["geometry"], dtype=object).copy()
    words = [name for name in frame.columns if name not in _NOT_COMPARED]
    left = np.flatnonzero(again & ~over)
    parts: list[int] = []
    for _, group in frame.iloc[left].groupby("area_id", sort=False):
        places = frame.index.get_indexer(group.sort_values("row").index)
        if len(places) < 2 or len(group[words].astype("str").drop_duplicates()) > 1:
            continue
        present = [place for place in places if shapes[place] is not None]
        shapes[places[0]] = shapely.union_all(repair(shapes[present])) if present else None
        bad[places[1:]] = True
        parts += places[1:].tolist()
    if parts:
        right = "one row; its polygon was joined to that of the first row of this area"
        results += job.findings("area_id", [Issue("area_in_parts", np.array(sorted(parts)), right)])
    return frame.assign(geometry=pd.Series(shapes, index=frame.index, dtype=object)), bad, results


def with_parents(frame: pd.DataFrame, names: pd.Series[Any] | None) -> tuple[pd.DataFrame, list[Finding]]:
    """Return areas with the parents that rows name but none describes, as the union of their children.

    `names`: (N,) what each row calls its parent, None where the file does not say. A parent that is there
    without a polygon gets one. Only where mission.toml asks for it, with `from_children`.
    """
    while True:
        known = pd.Index(frame["area_id"])
        named = frame["parent_id"][frame["parent_id"] != ""]
        missing = named[~named.isin(known)]
        if not len(missing):
            break
        rows = []
        for parent in missing.drop_duplicates():
            children = frame[frame["parent_id"] == parent]
            title = str(names.iloc[children.index[0]]) if names is not None else ""
            level = max(0, int(children["level"].fillna(2).min()) - 1)
            row = {"area_id": parent, "name_en": title or parent, "level": level, "row": 0}
            rows.append(pd.DataFrame([row]).reindex(columns=frame.columns))
        frame = _like(pd.concat([frame, *rows], ignore_index=True), frame)
        names = None
    return _with_unions(frame)


def _like(longer: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the types of another, texts that are missing as ""."""
    texts = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name].dtype)]
    filled = longer.assign(**{name: longer[name].fillna("") for name in texts if name != "geometry"})
    shapes = filled["geometry"].where(filled["geometry"].notna(), None)
    return filled.astype({k: v for k, v in frame.dtypes.items() if k != "geometry"}).assign(geometry=shapes)


def _with_unions(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Return areas without a polygon with the union of their children's, from the finest level up."""
    shapes = repair(np.asarray(frame["geometry"], dtype=object))
    given = np.asarray(frame["geometry"], dtype=object).copy()
    levels = frame["level"].fillna(1).to_numpy(dtype=np.int64)
    parent = pd.Index(frame["area_id"]).get_indexer(pd.Index(frame["parent_id"]))
    done: list[str] = []
    for level in sorted(set(levels.tolist()), reverse=True):
        for place in np.flatnonzero((levels == level) & (shapely.get_type_id(shapes) < 0)):
            children = shapes[(parent == place) & (shapely.get_type_id(shapes) >= 0)]
            if len(children):
                shapes[place] = given[place] = shapely.union_all(children)
                done.append(str(frame["area_id"].iloc[place]))
    frame = frame.assign(geometry=pd.Series(given, index=frame.index, dtype=object))
    if not done:
        return frame, []
    more = f" and {len(done) - 5} more" if len(done) > 5 else ""
    shown = np.array([", ".join(done[:5]) + more], dtype=object)
    note = Issue("area_from_children", np.array([0]), "polygons of their own, or those of their children")
    return frame, [Finding("geometry", note, shown)]


def areas_in_force(areas: pd.DataFrame, mission: Mission) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the areas in force on election day, and what was left out: others take no part at all."""
    is_in_force = in_force(areas, mission)
    if is_in_force.all():
        return areas, defects.empty()
    rows = areas[~is_in_force]
    day = pd.Timestamp(mission.election_date, tz="UTC")
    shown = [
        f"{item}: from {since:%Y-%m-%d}" if since > day else f"{item}: until {until:%Y-%m-%d}"
        for item, since, until in zip(rows["area_id"], rows["valid_from"], rows["valid_to"], strict=True)
    ]
    results = defects.defects_at(
        "area_not_in_force",
        table="areas",
        file=file_of(mission, "areas"),
        rows=rows["row"],
        column="valid_from, valid_to",
        values=np.array(shown, dtype=object),
        expected=f"boundaries in force on {mission.election_date.isoformat()}; this one is left out",
    )
    return areas[is_in_force].reset_index(drop=True), results


def the_short_way_round(polygons: Polygons) -> Polygons:
    """Return polygons of a country on both sides of 180 degrees in one piece, past 180 or -180.

    RFC 7946 cuts at the antimeridian, so that such a country would span the world. Of what lies on the two
    sides of the widest empty stretch of longitudes the lesser part is turned by 360 degrees; parts that meet
    there are joined.
    """
    present = np.flatnonzero(shapely.get_type_id(polygons) >= 0)
    parts, owner = shapely.get_parts(polygons[present], return_index=True)
    if not len(parts):
        return polygons
    bounds = shapely.bounds(parts)
    order = np.argsort(bounds[:, 0])
    west = bounds[order, 0]
    reach = np.maximum.accumulate(bounds[order, 2])
    gaps = west[1:] - reach[:-1]
    whole = reach[-1] - west[0]
    if not len(gaps) or whole <= _HALF_TURN or gaps.max() <= 360.0 - whole:
        return polygons
    edge = west[1:][np.argmax(gaps)]
    is_east = bounds[:, 0] >= edge
    ground = shapely.area(parts)
    turns_west = ground[is_east].sum() < ground[~is_east].sum()
    moved = is_east if turns_west else ~is_east
    shift = -360.0 if turns_west else 360.0
    parts[moved] = shapely.transform(parts[moved], lambda xy: xy + np.array([shift, 0.0]))
    turned = polygons.copy()
    for place in np.unique(owner[moved]):
        turned[present[place]] = _seamless(parts[owner == place])
    return turned


def _seamless(parts: Polygons) -> shapely.Geometry:
    """Return the union of parts whose edges at 180 degrees are drawn exactly on it."""

    def on_line(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x = xy[:, 0].copy()
        for line in (-_HALF_TURN, _HALF_TURN):
            x[np.abs(x - line) < _DATE_LINE] = line
        return np.column_stack([x, xy[:, 1]])

    return shapely.union_all(repair(shapely.transform(parts, on_line)))
