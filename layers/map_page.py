"""The Folium map of one mission in one language, put together from the layers that exist for it."""

from __future__ import annotations

from layers.elements import AreaLayer, Framed, LayerControl, Legend, Panel, Piece
from layers.every import LAYERS
from layers.local_map import SplitPage, local_map, split
from layers.map_layer import Urls
from layers.view import View


def render(view: View, urls: Urls, library: str) -> SplitPage:
    """Return the rendered map. It holds URLs and options only: the same for ten stations and a million.

    `library`: URL of map.js as seen from the script.
    """
    areas, named = _layers(view, urls)
    control = LayerControl({"values": urls.values, "areas": urls.areas}, named)
    panel = Panel({"values": urls.values, "detail": urls.detail, "version": urls.version})
    pieces = [areas, *named.values(), Legend({"values": urls.values}), control, panel]
    return split(local_map((0.0, 20.0), 3, pieces), library)


def framed(view: View, urls: Urls, library: str) -> SplitPage:
    """Return the map for a frame in somebody else's page: no panel, its state from the address."""
    areas, named = _layers(view, urls)
    control = LayerControl({"values": urls.values, "areas": urls.areas}, named)
    note = Framed({"values": urls.values})
    pieces = [areas, *named.values(), Legend({"values": urls.values}), control, note]
    return split(local_map((0.0, 20.0), 3, pieces), library)


def _layers(view: View, urls: Urls) -> tuple[AreaLayer, dict[str, Piece]]:
    areas = AreaLayer({"areas": urls.areas, "values": urls.values})
    if view.visits_known:
        areas.options |= {"choice": urls.choice, "cells": urls.cells}
    named = {
        layer.name: layer.element(urls)
        for layer in LAYERS
        if layer.element is not None and layer.exists(view)
    }
    return areas, named
