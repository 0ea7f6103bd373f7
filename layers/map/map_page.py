"""The Folium map of one mission in one language, put together from what exists for it."""

from __future__ import annotations

from layers.map.elements import (
    ClusterLayer,
    Framed,
    LabelLayer,
    LayerControl,
    Legend,
    Panel,
    Piece,
    UnitLayer,
)
from layers.map.local_map import SplitPage, local_map, split
from layers.map.map_layer import Urls
from layers.map.overlays import OVERLAYS
from layers.map.press_view import View


def render(view: View, urls: Urls, library: str) -> SplitPage:
    """Return the rendered map. It holds URLs and options only, as few for a million stations as for ten.

    `library`: URL of press-map.js as seen from the script.
    """
    panel = Panel({"values": urls.values, "detail": urls.detail, "version": urls.version})
    return split(local_map((0.0, 20.0), 3, [*_layers(view, urls), panel]), library)


def framed(view: View, urls: Urls, library: str) -> SplitPage:
    """Return the map for a frame in somebody else's page: no panel, its state from the address."""
    note = Framed({"values": urls.values})
    return split(local_map((0.0, 20.0), 3, [*_layers(view, urls), note]), library)


def _layers(view: View, urls: Urls) -> list[Piece]:
    shapes = {"values": urls.values, "regions": urls.regions, "parts": urls.parts}
    named = {layer.name: layer.element(urls) for layer in OVERLAYS if layer.exists(view)}
    return [
        UnitLayer({**shapes, "choice": urls.choice}),
        *named.values(),
        ClusterLayer(shapes),
        LabelLayer(shapes),
        Legend({"values": urls.values}),
        LayerControl({"values": urls.values}, named),
    ]
