"""The contract of every measure and overlay."""

import ast
import pkgutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from geo.publication import Units
from layers.map import measures
from layers.map.map_layer import Urls
from layers.map.measure_labels import choices, classes, levels
from layers.map.measures import MEASURES, offered, shown
from layers.map.measures.desk_view import CardFact, DeskFigure, DeskView, HourCounters, TableColumn
from layers.map.measures.measure import Measure, limits_of, tokens_of
from layers.map.overlays import OVERLAYS
from layers.words.language import LANGUAGES, language
from layers.words.wording import STATUS, STATUS_SAYS
from tests.layers.map.test_press_view import incident, seen, visit

URLS = Urls("values", "areas", {"land": "land"}, "tiles", "states", "pick", "area", "version")
VIEWS = {
    "named only": seen([incident("i", area_id="A", number="1")]),
    "visited": seen(visits=[visit("v")], totals=[{"area_id": "A", "measure": "stations", "value": 9}]),
    "empty": seen(),
}
ENGLISH = language("en")
LAYERS = Path(__file__).resolve().parents[3] / "layers"


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_measure_gives_every_unit_an_appearance_its_legend_explains(measure, view):
    if measure not in shown(view):
        pytest.skip("not of this mission")
    limits = limits_of(measure, view)
    known = {key.swatch for key in classes(measure, limits, ENGLISH)} | {f"status-{one}" for one in STATUS}
    for level in levels(view):
        for choice in choices(view):
            figures = measure.figures(view, level, choice)
            tokens = tokens_of(measure, figures, limits)
            units = view.units(level)
            assert isinstance(units, Units)
            assert len(tokens) == len(figures.status) == len(figures.part) == len(units)
            assert set(tokens) <= known


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_is_not_known_is_never_zero(view):
    for measure in shown(view):
        if measure.unit == "share":
            figures = measure.figures(view, "region", "all/medium")
            assert np.isnan(figures.value[figures.whole <= 0]).all()


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_measure_speaks_every_language(measure, code):
    words = [measure.title, measure.says]
    if measure.audience == "press":
        words += [measure.reads, measure.words.line, measure.words.legend]
    assert [word for word in words if language(code).translations.gettext(word) == word] == []


def test_every_mission_is_offered_a_view():
    for view in VIEWS.values():
        assert shown(view)
        assert set(shown(view)) <= set(offered(view))


@pytest.mark.parametrize("layer", OVERLAYS, ids=lambda layer: layer.name)
def test_overlay_has_an_element(layer):
    assert layer.element(URLS).function


@pytest.mark.parametrize("shape", [Measure, DeskView, DeskFigure, HourCounters, TableColumn, CardFact])
def test_every_field_of_a_measure_is_read(shape):
    code = [path.read_text(encoding="utf-8") for path in LAYERS.rglob("*.py")]
    read = {
        node.attr for text in code for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)
    }
    assert {field.name for field in fields(shape)} - read == set()


def test_every_file_of_the_folder_is_a_measure():
    files = {path.stem for path in (LAYERS / "map" / "measures").glob("*.py")}
    assert len(MEASURES) == len(files - {"__init__", *measures.SHAPES})


def test_file_without_a_measure_ends_the_start(monkeypatch):
    monkeypatch.setattr(measures, "SHAPES", ("measure",))
    with pytest.raises(AttributeError, match=r"desk_view.*MEASURE"):
        measures._measures()


def test_order_of_the_measures_is_not_that_of_their_files(monkeypatch):
    files = sorted(pkgutil.iter_modules(measures.__path__), key=lambda file: file.name, reverse=True)
    monkeypatch.setattr(measures, "iter_modules", lambda _: files)
    assert measures._measures() == MEASURES


def test_names_are_distinct():
    assert len({one.name for one in MEASURES}) == len(MEASURES)
    assert len({one.name for one in OVERLAYS}) == len(OVERLAYS)


def test_every_status_has_a_word_and_an_explanation_of_its_own():
    assert set(STATUS) == set(STATUS_SAYS)
    assert len(set(STATUS.values())) == len(set(STATUS_SAYS.values())) == len(STATUS)
