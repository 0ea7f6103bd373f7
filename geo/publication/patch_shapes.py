"""Where leaves lie: which of them border each other, and the outlines of the units they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import shapely

from geo.model import grid, places
from geo.publication.partition import CELL_RESOLUTION, Leaves, Partition

CellArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
Polygons = npt.NDArray[np.object_]

SLIVER: Final = 0.02  # of a cell: a piece apart from its unit and smaller goes to the unit beside it
DIGITS: Final = 9  # of a cell's corners, degrees: two cells' common corner is one point, 0.1 mm


@dataclass(frozen=True, eq=False)
class PatchGround:
    """Every cell of every area and the leaf it belongs to: (G,) `area`, `cell`, `leaf`, ascending.

    `area`: the declared area, a district where the station's area has one. A cell without stations
    belongs to the nearest leaf of its area. `borders`: (B, 2) pairs of leaves that border each other.
    """

    area: IntArray
    cell: CellArray
    leaf: IntArray
    borders: IntArray


def ground(leaves: Leaves, polygons: Polygons) -> PatchGround:
    """Return the ground of a mission. `polygons`: (A,) of all areas, None where there is none.

    O(cells of the country): about 20 µs each, 11,000 in Kazakhstan.
    """
    own = np.where(leaves.district >= 0, leaves.district, leaves.region)
    placed = np.flatnonzero((leaves.cell != grid.NO_CELL) & (own >= 0))
    found: list[tuple[IntArray, CellArray, IntArray]] = []
    for area in np.unique(own[placed]).tolist():
        rows = placed[own[placed] == area]
        cells = np.union1d(_covering(polygons[area]), leaves.cell[rows])
        found.append(
            (np.full(len(cells), area, dtype=np.int64), cells, rows[_nearest(cells, leaves.cell[rows])])
        )
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return PatchGround(nothing, nothing.astype(np.uint64), nothing, nothing.reshape(0, 2))
    area_of, cell, leaf = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return PatchGround(area_of, cell, leaf.astype(np.int64), _borders(cell, leaf.astype(np.int64)))


def _covering(polygon: Any) -> CellArray:
    """Every cell that shares ground with a polygon, ascending; drawn past the antimeridian or not."""
    if polygon is None or polygon.is_empty:
        return np.zeros(0, dtype=np.uint64)
    cells: set[int] = set()
    for part in shapely.get_parts(_within_turn(polygon)).tolist():
        shape = h3.geo_to_h3shape(part)
        cells.update(h3.h3shape_to_cells_experimental(shape, CELL_RESOLUTION, "overlap"))
    return np.array(sorted(cells), dtype=np.uint64)


def _within_turn(polygon: Any) -> Any:
    """A polygon with all longitudes from -180 to 180: what is drawn past them is cut off and moved."""
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        inside = shapely.clip_by_rect(_moved(polygon, turn), -180, -90, 180, 90)
        parts += [part for part in shapely.get_parts(inside).tolist() if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _moved(shapes: Any, turn: float) -> Any:
    """Shapes so many degrees further east."""
    by = np.array([turn, 0.0])
    return shapely.transform(shapes, lambda corners: corners + by) if turn else shapes


def _nearest(cells: CellArray, known: CellArray) -> IntArray:
    """The position in `known` of each cell, or of the nearest by its centre, (C,); ties to the lowest."""
    from scipy.spatial import cKDTree  # a tenth of a second of imports, needed only here

    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known[order], cells), len(known) - 1)
    position: IntArray = order[at].astype(np.int64)
    lost = np.flatnonzero(known[position] != cells)
    if len(lost):
        tree = cKDTree(_directions(known))
        near = min(2, len(known))
        metres, which = tree.query(_directions(cells[lost]), k=near)
        metres, which = np.reshape(metres, (len(lost), near)), np.reshape(which, (len(lost), near))
        is_tie = metres <= metres[:, :1] + 1e-12
        position[lost] = np.where(is_tie, which, len(known)).min(axis=1)
    return position


def _directions(cells: CellArray) -> npt.NDArray[np.float64]:
    """The centres as unit vectors, (C, 3): neither poles nor the antimeridian are special."""
    lon, lat = (np.radians(one) for one in grid.centres(cells))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _borders(cell: CellArray, leaf: IntArray) -> IntArray:
    """Pairs of leaves with a cell in common or cells side by side, each once, (B, 2)."""
    of_cell: dict[int, list[int]] = {}
    for one, owner in zip(cell.tolist(), leaf.tolist(), strict=True):
        of_cell.setdefault(one, []).append(owner)
    pairs: set[tuple[int, int]] = set()
    for one, owners in of_cell.items():
        for near in h3.grid_disk(one, 1):
            for other in of_cell.get(near, ()) if near >= one else ():
                pairs.update(
                    (owner, other) if owner < other else (other, owner) for owner in owners if owner != other
                )
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def outlines(ground: PatchGround, parts: Partition, polygons: Polygons) -> Polygons:
    """Return the outline of every unit, (U,), None for one without a place; they share their edges.

    `polygons`: (A,) of the areas, as given to `ground` or simplified as one coverage. All lines are cut at
    each other once and the faces between them given to the units: no overlap, no gap.
    """
    unit = parts.finest[ground.leaf]
    drawn = np.array(
        [area for area in np.unique(ground.area).tolist() if _has_ground(polygons[area])], np.int64
    )
    found = np.full(len(parts), None, dtype=object)
    if not len(drawn):
        return found
    faces = _faces(_cuts(ground, unit), polygons[drawn])
    area, owner = _owners(faces, ground, unit, drawn, polygons)
    for one, pieces in _pieces_by_unit(faces, area, owner, ground).items():
        found[one] = shapely.coverage_union_all(pieces)
    order = np.argsort(-parts.level, kind="stable")
    for one in order[parts.has_parts[order]].tolist():
        inner = [shape for shape in found[parts.parent == one].tolist() if shape is not None]
        found[one] = shapely.coverage_union_all(inner) if inner else None
    return found


def _has_ground(polygon: Any) -> bool:
    return polygon is not None and not polygon.is_empty


def _cuts(ground: PatchGround, unit: IntArray) -> Polygons:
    """The edges between two cells of one area that belong to different units, as lines."""
    cells, of_cell = np.unique(ground.cell, return_inverse=True)
    rings = [_ring(cell) for cell in cells.tolist()]
    edges = np.array([len(ring) - 1 for ring in rings])
    start = np.concatenate([ring[:-1] for ring in rings])
    end = np.concatenate([ring[1:] for ring in rings])
    first = np.cumsum(edges) - edges
    number = edges[of_cell]
    row = np.repeat(np.arange(len(of_cell)), number)
    edge = first[of_cell][row] + np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    corners = np.stack([start[edge], end[edge]], axis=1)
    whole = np.round(corners * 10**DIGITS).astype(np.int64)
    whole[:, :, 0] %= 360 * 10**DIGITS  # a cell drawn past the antimeridian and its neighbour this side of it
    swapped = (whole[:, 0] > whole[:, 1])[:, 0] | (
        (whole[:, 0, 0] == whole[:, 1, 0]) & (whole[:, 0, 1] > whole[:, 1, 1])
    )
    whole[swapped] = whole[swapped][:, ::-1]
    key = np.column_stack([ground.area[row], whole.reshape(-1, 4)])
    order = np.lexsort(key.T[::-1])
    same = np.flatnonzero((key[order][1:] == key[order][:-1]).all(axis=1))
    one, other = order[same], order[same + 1]
    kept = one[unit[row[one]] != unit[row[other]]]
    lines = np.round(corners[kept], DIGITS)
    lines[swapped[kept]] = lines[swapped[kept]][:, ::-1]
    return np.asarray(shapely.linestrings(np.unique(lines, axis=0)), dtype=object)


def _ring(cell: int) -> npt.NDArray[np.float64]:
    """A cell's corners, closed, lon and lat; one on the antimeridian is drawn past it."""
    ring = np.array(h3.cell_to_boundary(cell))[:, ::-1]
    if np.ptp(ring[:, 0]) > 180:
        ring[ring[:, 0] < 0, 0] += 360
    return np.concatenate([ring, ring[:1]])


def _faces(cuts: Polygons, polygons: Polygons) -> Polygons:
    """What the areas' borders and the cuts enclose, each face once, (F,)."""
    west, south, east, north = shapely.total_bounds(polygons)
    lines = [shapely.boundary(polygons)]
    for turn in (-360.0, 0.0, 360.0):
        moved = _moved(cuts, turn)
        box = shapely.bounds(moved)
        if len(moved):
            near = (box[:, 2] >= west) & (box[:, 0] <= east) & (box[:, 3] >= south) & (box[:, 1] <= north)
            lines.append(moved[near])
    noded = shapely.union_all(np.concatenate(lines))
    return np.asarray(shapely.get_parts(shapely.polygonize([noded])), dtype=object)


def _owners(
    faces: Polygons, ground: PatchGround, unit: IntArray, drawn: IntArray, polygons: Polygons
) -> tuple[IntArray, IntArray]:
    """The area and the unit of every face, (F,) each: -1 outside all areas; unit -1 also where not known."""
    points = shapely.point_on_surface(faces)
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    at = places.area_of(lon, lat, polygons[drawn])
    area = np.append(drawn, -1)[at]
    cell = grid.cell_of((lon + 180) % 360 - 180, lat, CELL_RESOLUTION)
    pairs = zip(ground.area.tolist(), ground.cell.tolist(), strict=True)
    known = dict(zip(pairs, unit.tolist(), strict=True))
    owner = [known.get(pair, -1) for pair in zip(area.tolist(), cell.tolist(), strict=True)]
    return area, np.array(owner, dtype=np.int64)


def _pieces_by_unit(
    faces: Polygons, area: IntArray, owner: IntArray, ground: PatchGround
) -> dict[int, list[Any]]:
    """The pieces of every unit; a tiny one apart, or nobody's, goes to the unit beside it."""
    pieces, piece_area, piece_unit = _joined(faces, area, owner)
    size = shapely.area(pieces)
    least = SLIVER * _cell_size(ground)
    largest = np.zeros(int(piece_unit.max(initial=-1)) + 2)
    np.maximum.at(largest, piece_unit, size)
    is_loose = (piece_unit < 0) | ((size < least) & (size < largest[piece_unit]))
    tree = shapely.STRtree(pieces)
    for loose in np.flatnonzero(is_loose).tolist():
        near = tree.query(pieces[loose], predicate="touches")
        near = near[(piece_area[near] == piece_area[loose]) & ~is_loose[near]]
        if len(near):
            shared = shapely.length(shapely.intersection(pieces[loose], pieces[near]))
            piece_unit[loose] = piece_unit[near[np.argmax(shared)]]
    found: dict[int, list[Any]] = {}
    for one, piece in zip(piece_unit.tolist(), pieces.tolist(), strict=True):
        if one >= 0:
            found.setdefault(one, []).append(piece)
    return found


def _joined(faces: Polygons, area: IntArray, owner: IntArray) -> tuple[Polygons, IntArray, IntArray]:
    """Faces of one area and unit as one piece wherever they touch: pieces, their area and unit."""
    inside = np.flatnonzero(area >= 0)
    order = inside[np.lexsort((owner[inside], area[inside]))]
    pairs = np.column_stack([area[order], owner[order]])
    breaks = np.flatnonzero((np.diff(pairs, axis=0) != 0).any(axis=1)) + 1
    pieces: list[Any] = []
    labels: list[tuple[int, int]] = []
    for group in np.split(order, breaks):
        if len(group):
            parts = shapely.get_parts(shapely.coverage_union_all(faces[group])).tolist()
            pieces += parts
            labels += [(int(area[group[0]]), int(owner[group[0]]))] * len(parts)
    told = np.array(labels, dtype=np.int64).reshape(-1, 2)
    return np.array(pieces, dtype=object), told[:, 0].copy(), told[:, 1].copy()


def _cell_size(ground: PatchGround) -> float:
    """A middling cell's size in square degrees, as it is drawn here."""
    sample = np.unique(ground.cell)
    outlines_of_some = grid.polygons(sample[:: max(1, len(sample) // 50)])
    return float(np.median(shapely.area(outlines_of_some)))
