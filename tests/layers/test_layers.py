"""The contract of every map layer."""

import pytest

from layers.every import LAYERS
from layers.language import LANGUAGES, language
from layers.map_layer import STATUSES, Urls
from layers.wording import STATUS, STATUS_SAYS
from tests.layers.test_view import incident, seen, visit

URLS = Urls("values", "areas", {"land": "land"}, "tiles", "states", "pick", "area", "version")
VIEWS = {
    "named only": seen([incident("i", area_id="A", number="1")]),
    "visited": seen(visits=[visit("v")], totals=[{"area_id": "A", "measure": "stations", "value": 9}]),
    "empty": seen(),
}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_fill_gives_every_area_an_appearance_its_legend_explains(layer, view):
    if layer.fills is None:
        pytest.skip("not a fill")
    fills = layer.fills(view)
    assert len(fills) == len(view.area)
    assert set(fills) <= {key.swatch for key in layer.legend(view, language("en"))}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_layer_is_either_a_fill_or_an_element(layer):
    is_fill = layer.fills is not None or layer.by_choice is not None
    assert is_fill != (layer.element is not None)
    if layer.element is not None:
        assert layer.element(URLS).function


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_layer_speaks_every_language(layer, code):
    assert language(code).say(layer.title) != layer.title
    assert language(code).say(layer.says) != layer.says


def test_names_are_distinct():
    assert len({layer.name for layer in LAYERS}) == len(LAYERS)


def test_five_statuses_have_five_words_and_five_explanations():
    assert set(STATUS) == set(STATUS_SAYS) == set(STATUSES)
    assert len(set(STATUS.values())) == len(set(STATUS_SAYS.values())) == 5
