"""Marks at the area, one per station named, shaped and coloured by its most severe reported finding."""

from __future__ import annotations

from geo.tables import SEVERITIES
from layers.elements import SymbolLayer
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer
from layers.view import View
from layers.wording import SEVERITY


def _legend(_: View, language: Language) -> tuple[Key, ...]:
    return tuple(Key(f"severity-{name}", language.say(SEVERITY[name])) for name in reversed(SEVERITIES))


LAYER = MapLayer(
    name="named",
    kind="marks",
    title=mark("Stations named"),
    says=mark("Each mark is one polling station named; its place inside the area is not known."),
    is_on=True,
    exists=lambda view: view.named > 0,
    legend=_legend,
    element=lambda urls: SymbolLayer({"values": urls.values, "areas": urls.areas}),
)
