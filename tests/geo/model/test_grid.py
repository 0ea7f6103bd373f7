"""H3 cells: missing points, neighbours, outlines."""

import h3
import numpy as np
import pytest
import shapely

from geo.model import grid


def test_missing_point_has_no_cell():
    assert grid.cell_of(np.array([np.nan, 71.4]), np.array([51.1, 51.1]), 4)[0] == 0


def test_cell_equals_h3s_own():
    cell = grid.cell_of(np.array([76.9]), np.array([43.25]), 5)
    assert grid.to_text(cell) == [h3.latlng_to_cell(43.25, 76.9, 5)]


def test_outline_holds_the_point_it_came_from():
    lon, lat = np.array([70.0, 179.99]), np.array([50.0, 65.0])
    outlines = grid.polygons(grid.cell_of(lon, lat, 3))
    assert shapely.contains_xy(outlines, lon, lat).all()


@pytest.mark.parametrize("pole", [90.0, -90.0])
@pytest.mark.parametrize("resolution", [1, 4, 7])
def test_the_cell_around_a_pole_is_one_valid_polygon_that_holds_it(pole, resolution):
    cell = grid.cell_of(np.array([0.0]), np.array([pole]), resolution)
    outline = grid.polygons(cell)[0]
    assert outline.is_valid
    assert outline.covers(shapely.Point(90.0, pole))
    assert outline.bounds[0] == -180.0
