"""Outlines of units: no overlap, no gap, no sliver, wherever on earth."""

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely

from geo.model import grid
from geo.publication import partition as cut
from geo.publication.partition import Rule
from geo.publication.patch_shapes import ground, outlines


def country(polygons, stations=300, seed=1, district_of=None):
    """Stations drawn inside polygons, four in ten visited; returns leaves, ground, units."""
    rng = np.random.default_rng(seed)
    lon, lat, area = [], [], []
    for index, polygon in enumerate(polygons):
        west, south, east, north = polygon.bounds
        x, y = rng.uniform(west, east, 9 * stations), rng.uniform(south, north, 9 * stations)
        inside = np.flatnonzero(shapely.contains_xy(polygon, x, y))[: stations // len(polygons)]
        lon, lat, area = [*lon, *x[inside]], [*lat, *y[inside]], [*area, *[index] * len(inside)]
    lon = (np.array(lon) + 180) % 360 - 180
    region = np.array(area, dtype=np.int64)
    none = np.full(len(region), -1, dtype=np.int64)
    cell = grid.cell_of(lon, np.array(lat), cut.CELL_RESOLUTION)
    leaves = cut.leaves(region, none, cell)
    shapes = np.array(polygons, dtype=object)
    made = ground(leaves, shapes)
    visited = np.flatnonzero(rng.random(len(region)) < 0.4)
    parts = cut.partition(leaves, visited, visited, Rule(5, 1, 0), made.borders)
    return leaves, made, parts, shapes


SQUARES = [shapely.box(70 + 2 * i, 50, 72 + 2 * i, 52) for i in range(3)]
WAVE = shapely.Polygon(
    [*[(70 + t / 40, 50 + 0.2 * np.sin(t)) for t in range(81)], (72.0, 52.0), (70.0, 52.0)]
)  # fmt: skip
HOLE = shapely.box(70.8, 50.8, 71.2, 51.2)
OUTER = shapely.difference(shapely.box(70, 50, 72, 52), HOLE)
ACROSS = [shapely.box(178, -18, 179.5, -16), shapely.box(179.5, -18, 182, -16)]
SPLIT = [
    shapely.box(178, -18, 179.5, -16),
    shapely.MultiPolygon([shapely.box(179.5, -18, 180, -16), shapely.box(-180, -18, -178, -16)]),
]  # fmt: skip
LANDS = {"squares": SQUARES, "wave": [WAVE], "hole": [OUTER, HOLE], "across": ACROSS, "split": SPLIT}


@pytest.mark.parametrize("land", LANDS)
def test_units_cover_their_areas_without_overlap_or_gap(land):
    _leaves, made, parts, shapes = country(LANDS[land])
    found = outlines(made, parts, shapes)
    inner = [one for one, has in zip(found, parts.has_parts, strict=True) if not has and one is not None]
    assert len(inner) > len(LANDS[land])
    assert all(one.is_valid for one in inner)
    assert shapely.coverage_is_valid(inner)
    assert sum(one.area for one in inner) == pytest.approx(sum(one.area for one in shapes), rel=1e-9)


@pytest.mark.parametrize("land", LANDS)
def test_simplified_together_they_still_share_their_edges(land):
    _leaves, made, parts, shapes = country(LANDS[land])
    found = outlines(made, parts, shapes)
    inner = [one for one, has in zip(found, parts.has_parts, strict=True) if not has and one is not None]
    assert shapely.coverage_is_valid(shapely.coverage_simplify(inner, 0.012))


@pytest.mark.parametrize("land", LANDS)
def test_no_unit_leaves_a_sliver_apart(land):
    _leaves, made, parts, shapes = country(LANDS[land])
    cell = np.median(shapely.area(grid.polygons(np.unique(made.cell))))
    for one, has in zip(outlines(made, parts, shapes), parts.has_parts, strict=True):
        pieces = shapely.get_parts(one) if one is not None and not has else []
        assert all(piece.area >= 0.02 * cell for piece in pieces)


def test_a_unit_is_all_of_its_parts():
    _leaves, made, parts, shapes = country(SQUARES)
    found = outlines(made, parts, shapes)
    for unit in np.flatnonzero(parts.has_parts).tolist():
        inner = shapely.union_all([found[i] for i in np.flatnonzero(parts.parent == unit)])
        assert found[unit].symmetric_difference(inner).area == pytest.approx(0, abs=1e-9)


def test_a_cell_without_stations_goes_to_the_nearest_leaf_of_its_area():
    leaves, made, _parts, _shapes = country(SQUARES, stations=30)
    own = leaves.cell[made.leaf]
    empty = np.flatnonzero(own != made.cell)
    for row in empty[::17].tolist():
        same = leaves.cell[(leaves.region == made.area[row]) & (leaves.cell != 0)]
        steps = [
            h3.great_circle_distance(h3.cell_to_latlng(int(made.cell[row])), h3.cell_to_latlng(int(one)))
            for one in same
        ]
        nearest = h3.great_circle_distance(
            h3.cell_to_latlng(int(made.cell[row])), h3.cell_to_latlng(int(own[row]))
        )
        assert nearest == pytest.approx(min(steps), rel=1e-6)


def test_areas_side_by_side_border_each_other_and_areas_apart_do_not():
    leaves, made, _parts, _shapes = country(SQUARES)
    regions = {tuple(sorted(pair)) for pair in leaves.region[made.borders].tolist()}
    assert {(0, 1), (1, 2)} <= regions
    assert (0, 2) not in regions


def test_borders_are_found_across_the_antimeridian():
    leaves, made, _parts, _shapes = country(
        [shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -178, -16)]
    )
    assert (0, 1) in {tuple(sorted(pair)) for pair in leaves.region[made.borders].tolist()}


def test_without_polygons_there_are_no_outlines_and_still_units():
    region = np.zeros(20, dtype=np.int64)
    cell = np.full(20, h3.latlng_to_cell(50.0, 70.0, 5), dtype=np.uint64)
    leaves = cut.leaves(region, np.full(20, -1, dtype=np.int64), cell)
    made = ground(leaves, np.array([None], dtype=object))
    parts = cut.partition(leaves, np.arange(9), np.arange(9), Rule(5, 1, 0), made.borders)
    assert outlines(made, parts, np.array([None], dtype=object)).tolist() == [None] * len(parts)
