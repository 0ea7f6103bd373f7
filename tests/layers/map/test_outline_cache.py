"""Simplified outlines: made once for the same polygons, the same whether made or kept."""

import numpy as np
import shapely

from layers.map import area_outlines, outline_cache
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
    made = outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    assert made == outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    assert made == area_outlines.outlines_of(areas("A", "B"), DRAWN)
    assert len(shelf) == 1


def test_outlines_are_made_once(monkeypatch):
    shelf = Shelf()
    outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    monkeypatch.setattr(area_outlines, "outlines_of", lambda *_: 1 / 0)
    assert outline_cache.outlines(areas("A", "B"), DRAWN, shelf)["features"]


def test_other_polygons_or_another_tolerance_are_made_anew(monkeypatch):
    shelf = Shelf()
    outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    outline_cache.outlines(areas("A", "B", shift=0.5), DRAWN, shelf)
    outline_cache.outlines(areas("A", "B"), DRAWN[:1], shelf)
    monkeypatch.setattr(area_outlines, "TOLERANCE", 0.5)
    outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    assert len(shelf) == 4


def test_bytes_that_are_no_outlines_are_made_anew():
    shelf = Shelf()
    made = outline_cache.outlines(areas("A", "B"), DRAWN, shelf)
    shelf.update(dict.fromkeys(shelf, b"{"))
    assert outline_cache.outlines(areas("A", "B"), DRAWN, shelf) == made
