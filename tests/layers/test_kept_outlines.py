"""Simplified outlines: made once for the same polygons, the same whether made or kept."""

import numpy as np
import shapely

from layers import geometry, kept_outlines
from tests import factory


class Shelf(dict):
    def put(self, key, data):
        self[key] = data


def areas(*names, shift=0.0):
    moved = [
        {**one, "geometry": shapely.transform(one["geometry"], lambda xy: xy + np.array([shift, 0]))}
        for one in factory.squares(*names)
    ]
    return factory.snapshot(areas=moved).registry.areas


DRAWN = np.array([0, 1])


def test_kept_outlines_are_those_that_were_made():
    shelf = Shelf()
    made = kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    assert made == kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    assert made == geometry.outlines_of(areas("A", "B"), DRAWN)
    assert len(shelf) == 1


def test_outlines_are_made_once(monkeypatch):
    shelf = Shelf()
    kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    monkeypatch.setattr(geometry, "outlines_of", lambda *_: 1 / 0)
    assert kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)["features"]


def test_other_polygons_or_another_tolerance_are_made_anew(monkeypatch):
    shelf = Shelf()
    kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    kept_outlines.outlines(areas("A", "B", shift=0.5), DRAWN, shelf)
    kept_outlines.outlines(areas("A", "B"), DRAWN[:1], shelf)
    monkeypatch.setattr(geometry, "TOLERANCE", 0.5)
    kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    assert len(shelf) == 4


def test_bytes_that_are_no_outlines_are_made_anew():
    shelf = Shelf()
    made = kept_outlines.outlines(areas("A", "B"), DRAWN, shelf)
    shelf.update(dict.fromkeys(shelf, b"{"))
    assert kept_outlines.outlines(areas("A", "B"), DRAWN, shelf) == made
