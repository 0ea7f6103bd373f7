"""Bent boundaries: as many corners as asked for, shared by neighbours, inside their oblast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import dense, inputs
from tests.examples import examples

CORNERS = 30_000


def shapes_of(known: dict[str, Any], level: int) -> Any:
    return np.array(
        [
            shapely.geometry.shape(one["geometry"])
            for one in known["features"]
            if one["properties"]["level"] == level
        ],
        dtype=object,
    )


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inputs.simulated(2_000, tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def few(simulated: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((simulated / "areas.geojson").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def many(few: dict[str, Any]) -> dict[str, Any]:
    return dense.dense(few, CORNERS)


def test_finest_areas_have_about_as_many_corners_as_asked_for(many: dict[str, Any]) -> None:
    assert abs(shapely.get_num_coordinates(shapes_of(many, 2)).sum() / CORNERS - 1) < 0.02


def test_areas_that_are_dense_already_are_left_alone(few: dict[str, Any]) -> None:
    assert dense.dense(few, 100) is few


@pytest.mark.parametrize("level", [1, 2])
def test_bent_areas_are_valid_and_neither_overlap_nor_leave_gaps(many: dict[str, Any], level: int) -> None:
    shapes = shapes_of(many, level)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)


def test_bent_districts_add_up_to_their_oblasts(many: dict[str, Any]) -> None:
    oblasts, districts = (shapely.union_all(shapes_of(many, level)) for level in (1, 2))
    assert shapely.symmetric_difference(oblasts, districts).area < 1e-9 * oblasts.area


def test_no_border_moves_far_and_every_area_keeps_its_names(
    few: dict[str, Any], many: dict[str, Any]
) -> None:
    before, after = shapes_of(few, 2), shapes_of(many, 2)
    assert shapely.hausdorff_distance(before, after, densify=0.1).max() < 10 * dense.FAR
    assert [one["properties"] for one in few["features"]] == [one["properties"] for one in many["features"]]


def test_bending_is_the_same_at_every_call(few: dict[str, Any], many: dict[str, Any]) -> None:
    assert dense.dense(few, CORNERS) == many


def test_a_folder_is_copied_with_its_areas_and_the_first_is_left_as_it_was(
    simulated: Path, few: dict[str, Any], tmp_path: Path
) -> None:
    made = dense.folder_with(simulated, CORNERS, tmp_path / "made")
    names = {path.relative_to(simulated) for path in simulated.rglob("*")}
    assert {path.relative_to(made) for path in made.rglob("*")} == names
    assert (made / "stations.csv").read_bytes() == (simulated / "stations.csv").read_bytes()
    assert json.loads((simulated / "areas.geojson").read_text(encoding="utf-8")) == few
    assert json.loads((made / "areas.geojson").read_text(encoding="utf-8")) != few


@given(st.integers(0, 2**32 - 1), st.integers(400, 4_000))
@examples(15)
def test_edges_that_nearly_touch_do_not_cross_after_bending(seed: int, corners: int) -> None:
    random = np.random.default_rng(seed)
    points = shapely.MultiPoint(random.uniform(0, 1, (25, 2)) * (5.0, 0.05))  # long thin slivers
    cells = shapely.voronoi_polygons(points, extend_to=shapely.box(0, 0, 5, 0.05))
    shapes = np.array(list(cells.geoms), dtype=object)
    made = dense.bent(shapes, np.ones(len(shapes), dtype=np.bool_), corners)
    assert shapely.is_valid(made).all()
    assert shapely.coverage_is_valid(made)
