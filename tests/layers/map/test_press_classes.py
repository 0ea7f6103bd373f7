"""The classes the press page draws, of missions whose units hardly differ and of missions whose units do."""

import gc
import weakref

import numpy as np
import pytest

from geo.publication import released
from layers.map.measure_labels import alike, classes
from layers.map.measures import measure_called
from layers.map.measures.measure import limits_of, tokens_of
from layers.map.press_view import HEADLINE, view_of
from layers.press import measure_figures
from layers.words.language import language
from tests import factory

ENGLISH = language("en")
AREAS = "ABCDEFGH"
STATIONS = 400  # of an area
APART = np.geomspace(0.7, 1.4, len(AREAS))  # a factor of two from the lowest to the highest
TOGETHER = np.linspace(0.96, 1.04, len(AREAS))
MIDDLES = {"coverage": (0.02, 0.20, 0.60), "findings": (0.02, 0.10, 0.45)}
EVERY = [(name, middle) for name, middles in MIDDLES.items() for middle in middles]


def seen(name, middle, spread, has_places=False):
    """A view of eight areas with this coverage, or this share of visited stations with a finding.

    `has_places`: the stations are on the map, so that there are patches, too.
    """
    shares = middle * spread
    visited = [round(STATIONS * share) if name == "coverage" else 300 for share in shares]
    found = [0 if name == "coverage" else round(300 * share) for share in shares]
    rows = [(area, i, n, k) for area, n, k in zip(AREAS, visited, found, strict=True) for i in range(n)]
    places = [(area, x, i) for x, area in enumerate(AREAS) for i in range(STATIONS)]
    snapshot = factory.snapshot(
        about=factory.mission(nature="simulated", frame="complete"),
        areas=factory.squares(*AREAS),
        stations=[
            {"area_id": area, "number": str(i)}
            | ({"lon": 70.01 + x + i % 20 / 21, "lat": 50.01 + i // 20 / 21} if has_places else {})
            for area, x, i in places
        ],
        categories=factory.categories(sealed="high"),
        visits=[
            {"visit_id": f"{area}{i}", "area_id": area, "number": str(i), "team_id": f"{area}{i % 6}",
             "stage": "voting", "verification": "verified", "answered": "*", "outcome": "observed"}
            for area, i, _, _ in rows
        ],
        incidents=[
            {"incident_id": f"i{area}{i}", "visit_id": f"{area}{i}", "category": "sealed",
             "verification": "verified"}
            for area, i, _, k in rows if i * 89 % 300 < k  # all over the area
        ],
    )  # fmt: skip
    return view_of(released.released_of(snapshot))


def drawn(view, name):
    """The measure's figures of the regions, their colours, and the limits of its classes."""
    measure = measure_called(view, name)
    figures, limits = measure.figures(view, "region", HEADLINE), limits_of(measure, view)
    return measure, figures, tokens_of(measure, figures, limits), limits


@pytest.mark.parametrize(("name", "middle"), EVERY)
def test_values_a_factor_of_one_and_a_half_apart_show_three_colours(name, middle):
    view = seen(name, middle, APART)
    measure, figures, tokens, limits = drawn(view, name)
    assert np.isfinite(figures.value).all()  # every region is published
    assert figures.value.max() >= 1.5 * figures.value.min()
    assert len(set(tokens)) >= 3
    assert alike(measure, limits, figures, ENGLISH) == ""
    assert set(tokens) <= {key.swatch for key in classes(measure, limits, ENGLISH)}


@pytest.mark.slow
def test_patches_leave_the_regions_their_three_colours():
    view = seen("findings", 0.10, APART, has_places=True)
    assert view.has_parts
    assert len(set(drawn(view, "findings")[2])) >= 3


@pytest.mark.parametrize(("name", "middle"), EVERY)
def test_values_that_hardly_differ_show_one_middle_colour_and_its_sentence(name, middle):
    view = seen(name, middle, TOGETHER)
    measure, _, tokens, _ = drawn(view, name)
    assert set(tokens) == {f"{measure.ramp}-2"}
    told = measure_figures.choice(view, HEADLINE, ENGLISH)["measures"][name]
    assert told["alike"].startswith("about the same everywhere: ")
    assert [key["token"] for key in told["classes"]] == [f"{measure.ramp}-2"]


def test_limits_of_classes_do_not_keep_an_old_releases_view_in_memory():
    view = seen("coverage", 0.02, APART)
    assert limits_of(measure_called(view, "coverage"), view)
    old = weakref.ref(view)
    del view
    gc.collect()
    assert old() is None
