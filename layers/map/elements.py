"""Folium elements that carry URLs and options and nothing else: no row text ever passes through Folium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from branca.element import MacroElement
from folium.template import Template


class Piece(MacroElement):
    """One call of a function of `static/js/press/press-map.js` with the map and plain options."""

    function: ClassVar[str] = ""
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = baqylau.{{ this.function }}(
                {{ this._parent.get_name() }}, {{ this.options | tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = type(self).__name__
        self.options = dict(options)


class Basemap(Piece):
    """Natural Earth land, water, borders and towns from our own files."""

    function = "basemap"


class UnitLayer(Piece):
    """Regions and their parts; one measure at a time colours them."""

    function = "unitLayer"


class ClusterLayer(Piece):
    """The patches of every cluster with its number, and the list of clusters."""

    function = "clusterLayer"


class LabelLayer(Piece):
    """Names and values on the map, and the one pass that keeps texts apart."""

    function = "labelLayer"


class SymbolLayer(Piece):
    """Marks at the area's anchor, one per station named."""

    function = "symbolLayer"


class PresenceLayer(Piece):
    """Areas with long-term observers, as outlines."""

    function = "presenceLayer"


class StationTiles(Piece):
    """Station points from vector tiles."""

    function = "stationTiles"


class Legend(Piece):
    """What the colours, patterns and marks on screen mean."""

    function = "legend"


class LayerControl(Piece):
    """Which layers are drawn, by native inputs; `layers` are the elements it switches, by name."""

    function = "layerControl"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = baqylau.layerControl({{ this._parent.get_name() }}, {
                ...{{ this.options | tojson }},
                layers: {
                    {%- for name, layer in this.layers.items() %}
                    {{ name | tojson }}: {{ layer.get_name() }},
                    {%- endfor %}
                },
            });
        {% endmacro %}
        """
    )

    def __init__(self, options: Mapping[str, Any], layers: Mapping[str, Piece]) -> None:
        super().__init__(options)
        self.layers = dict(layers)


class Panel(Piece):
    """Everything beside the map: choices, the list of areas, one area opened."""

    function = "panel"


class Framed(Piece):
    """The caption and zoom buttons of a map in a frame of somebody else's page."""

    function = "framed"
