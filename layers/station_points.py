"""Polling stations that have a point of their own, drawn from vector tiles."""

from __future__ import annotations

from geo.tables import SEVERITIES
from layers.elements import StationTiles
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer
from layers.view import View
from layers.wording import SEVERITY


def _legend(_: View, language: Language) -> tuple[Key, ...]:
    return (
        Key("station", language.say(mark("polling station not visited"))),
        Key("station-visited", language.say(mark("visited, nothing reported"))),
        *(Key(f"severity-{name}", language.say(SEVERITY[name])) for name in reversed(SEVERITIES)),
    )


LAYER = MapLayer(
    name="stations",
    kind="points",
    title=mark("Polling stations"),
    says=mark("Every polling station whose place is known."),
    is_on=True,
    exists=lambda view: view.has_points,
    legend=_legend,
    element=lambda urls: StationTiles(
        {"tiles": urls.tiles, "states": urls.states, "pick": urls.pick, "bounds": urls.bounds}
    ),
)
