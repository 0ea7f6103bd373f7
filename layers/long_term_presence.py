"""Areas where long-term observers worked before election day: a layer apart from election day."""

from __future__ import annotations

from layers.elements import PresenceLayer
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer
from layers.view import View


def _legend(_: View, language: Language) -> tuple[Key, ...]:
    return (Key("long-term", language.say(mark("long-term observers before election day"))),)


LAYER = MapLayer(
    name="long-term",
    kind="outline",
    title=mark("Long-term observers"),
    says=mark("Areas where observers worked before election day."),
    is_on=False,
    exists=lambda view: bool((view.presence["kind"] == "long_term").any()),
    legend=_legend,
    element=lambda urls: PresenceLayer({"values": urls.values, "areas": urls.areas}),
)
