"""Boundaries as dense as a real country's, from simulated ones: every edge bent, midpoint by midpoint.

Simulated districts meet along a few straight edges; real ones have hundreds of corners each, and joins,
tiles and the first start cost by the corner. A new corner is a function of its edge's two ends, in either
direction: areas with a common edge share all of its corners, and districts stay inside their oblast.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

BEND: Final = 0.1
"""Of an edge's length: how far at most its midpoint moves."""
FAR: Final = 0.001
"""Degrees: how far at most any midpoint moves, so that few stations change sides."""
_UNIT: Final = 1e-7
"""Degrees, about a centimetre: corners are whole multiples."""
_ON_EDGE: Final = 2e-5
"""Degrees: a corner of a neighbour so near an edge lies on it, however either was rounded."""
_TRIES: Final = 4  # times an edge that crosses another is bent less; after the last it is straight


class Edges(NamedTuple):
    """What rings are made of: corners (P, 2) degrees; an edge is two of them, in either direction.

    `ring`, `edge`, `is_back` (R,): the rings' way along the edges, ring by ring. `low`, `high` (E,): the
    ends of every edge.
    """

    corners: FloatArray
    low: IntArray
    high: IntArray
    ring: IntArray
    edge: IntArray
    is_back: Flags


def folder_with(mission: Path, corners: int, out: Path) -> Path:
    """Return a copy of a simulated mission's folder whose finest areas have about so many corners.

    Other files are linked, not copied, where the disk can. Stations keep the area they declare: a few lie
    across the new border, as in life.
    """
    made = out.with_name(f"{out.name}.part")
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(mission, made, copy_function=_linked)
    areas = made / "areas.geojson"
    known = json.loads(areas.read_text(encoding="utf-8"))
    areas.unlink()  # a link: writing to it would change the other folder's
    text = json.dumps(dense(known, corners), ensure_ascii=False, separators=(",", ":"))
    areas.write_text(text + "\n", encoding="utf-8")
    made.rename(out)
    return out


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def dense(known: dict[str, Any], corners: int) -> dict[str, Any]:
    """Return a GeoJSON collection of areas whose finest level has about so many corners.

    The collection itself if it has as many already.
    """
    shapes = np.array([shapely.geometry.shape(one["geometry"]) for one in known["features"]], dtype=object)
    level = np.array([one["properties"]["level"] for one in known["features"]])
    finest = level == level.max()
    if shapely.get_num_coordinates(shapes[finest]).sum() >= corners:
        return known
    features = [
        one | {"geometry": shapely.geometry.mapping(shape)}
        for one, shape in zip(known["features"], bent(shapes, finest, corners).tolist(), strict=True)
    ]
    return known | {"features": features}


def bent(shapes: Shapes, is_counted: Flags, corners: int) -> Shapes:
    """Return polygons or multipolygons with bent edges: the counted ones with about so many corners.

    An edge that would cross another is bent less, in the end not at all.
    """
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    edges = _edges(rings)
    length = np.hypot(*(edges.corners[edges.high] - edges.corners[edges.low]).T)
    uses = np.bincount(edges.edge[is_counted[shape_of[part_of]][edges.ring]], minlength=len(length))
    halvings = _halvings(length, uses, corners)
    points, first = _chains(edges, halvings)
    number = (1 << halvings)[edges.edge]  # a ring's next edge brings the last corner of this one
    step = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    along = np.where(np.repeat(edges.is_back, number), np.repeat(number, number) - step, step)
    outline = points[np.repeat(first[edges.edge], number) + along]
    made = shapely.linearrings(outline, indices=np.repeat(edges.ring, number))
    polygons = [
        shapely.Polygon(one[0], one[1:]) for one in np.split(made, np.flatnonzero(np.diff(part_of)) + 1)
    ]
    grouped = np.split(np.array(polygons, dtype=object), np.flatnonzero(np.diff(shape_of)) + 1)
    result = np.empty(len(shapes), dtype=object)
    result[:] = [one[0] if len(one) == 1 else shapely.MultiPolygon(one.tolist()) for one in grouped]
    return result


def _edges(rings: Shapes) -> Edges:
    """Return the edges of rings, cut wherever a corner of any ring lies on one."""
    raw, ring = shapely.get_coordinates(rings, return_index=True)
    corners, at = np.unique(np.rint(raw / _UNIT).astype(np.int64), axis=0, return_inverse=True)
    places: FloatArray = np.asarray(corners * _UNIT, dtype=np.float64)
    at = at.reshape(-1)
    goes_on = ring[1:] == ring[:-1]
    start, end, of_ring = at[:-1][goes_on], at[1:][goes_on], ring[:-1][goes_on]
    lines: Shapes = np.asarray(shapely.linestrings(np.stack([places[start], places[end]], axis=1)))
    points: Shapes = np.asarray(shapely.points(places))
    line, on_it = shapely.STRtree(points).query(lines, "dwithin", _ON_EDGE)
    between = (on_it != start[line]) & (on_it != end[line])
    line, on_it = line[between], on_it[between]
    share = shapely.line_locate_point(lines[line], points[on_it], normalized=True)
    of = np.concatenate([np.arange(len(lines)), line])
    order = np.lexsort([np.concatenate([np.full(len(lines), -1.0), share]), of])
    here, ring = np.concatenate([start, on_it])[order], of_ring[of[order]]
    there = np.roll(here, -1)
    last = np.append(ring[1:] != ring[:-1], True)
    there[last] = here[np.append(True, last[:-1])]
    low, high = np.minimum(here, there), np.maximum(here, there)
    pairs, edge = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
    return Edges(places, pairs[:, 0], pairs[:, 1], ring, edge.reshape(-1), here > there)


def _halvings(length: FloatArray, uses: IntArray, corners: int) -> IntArray:
    """Return how often each edge is halved, (E,), for about so many counted pieces of like length."""
    shortest, longest = float(length.max()) / corners, float(length.max())
    for _ in range(40):
        step = (shortest * longest) ** 0.5
        halvings = np.ceil(np.log2(np.maximum(length / step, 1.0))).astype(np.int64)
        if int((uses << halvings).sum()) > corners:
            shortest = step
        else:
            longest = step
    return np.ceil(np.log2(np.maximum(length / longest, 1.0))).astype(np.int64)


def _chains(edges: Edges, halvings: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the corners of every bent edge from its low end to its high one, and where each begins."""
    number = (1 << halvings) + 1
    first = np.cumsum(number) - number
    points = np.empty((int(number.sum()), 2))
    bend = np.full(len(halvings), BEND)
    wanted = np.ones(len(halvings), dtype=np.bool_)
    for left in range(_TRIES, -1, -1):
        for times in np.unique(halvings[wanted]).tolist():
            chosen = np.flatnonzero(wanted & (halvings == times))
            ends = np.stack([edges.corners[edges.low[chosen]], edges.corners[edges.high[chosen]]], axis=1)
            points[first[chosen][:, None] + np.arange((1 << times) + 1)] = _bent(ends, times, bend[chosen])
        wanted = _crossing(points, np.repeat(np.arange(len(number)), number))
        if not wanted.any():
            break
        bend[wanted] *= 0.3 if left > 1 else 0.0
    return points, first


def _bent(ends: FloatArray, times: int, bend: FloatArray) -> FloatArray:
    """Return (E, 2^times + 1, 2) corners, from (E, 2, 2) ends: every midpoint moved sideways."""
    points = ends
    for _ in range(times):
        start, end = points[:, :-1], points[:, 1:]
        across = (end - start)[..., ::-1] * (-1.0, 1.0)
        length = np.hypot(across[..., 0], across[..., 1])
        most = np.minimum(bend[:, None], FAR * (bend[:, None] / BEND) / np.maximum(length, _UNIT))
        middle = (start + end) / 2 + across * (most * _drawn(start, end))[..., None]
        finer = np.empty((len(points), 2 * points.shape[1] - 1, 2))
        finer[:, ::2], finer[:, 1::2] = points, np.rint(middle / _UNIT) * _UNIT
        points = finer
    return points


def _drawn(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return a number in [-1, 1) for every pair of ends, the same at every call: no generator's state."""
    state = np.zeros(start.shape[:-1], dtype=np.uint64)
    for whole in (start[..., 0], start[..., 1], end[..., 0], end[..., 1]):
        state ^= np.rint(whole / _UNIT).astype(np.int64).view(np.uint64)
        state *= np.uint64(0xBF58476D1CE4E5B9)  # the multipliers of splitmix64
        state ^= state >> np.uint64(29)
        state *= np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(32)
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1.0


def _crossing(points: FloatArray, chain: IntArray) -> Flags:
    """Return which chains cross themselves or meet another elsewhere than at a common end."""
    lines: Shapes = np.asarray(shapely.linestrings(points, indices=chain))
    crosses: Flags = ~np.asarray(shapely.is_simple(lines))
    one, other = shapely.STRtree(lines).query(lines, "intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.intersection(lines[one], lines[other])
    ends = shapely.intersection(shapely.boundary(lines[one]), shapely.boundary(lines[other]))
    wrong = ~shapely.equals(shared, ends)
    crosses[one[wrong]] = crosses[other[wrong]] = True
    return crosses
