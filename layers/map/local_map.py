"""A Folium map that asks nobody else for anything, and comes apart into head, body and script."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import folium
from branca.element import CssLink, Element, JavascriptLink, MacroElement

# What a page loads before the map's own script; relative to the static folder.
LEAFLET_JS: Final = "vendor/leaflet/leaflet.js"
LEAFLET_CSS: Final = "vendor/leaflet/leaflet.css"


class LocalMap(folium.Map):
    """Leaflet from our own files. Class attributes of its own: `add_js_link` would change folium.Map too."""

    default_js: list[tuple[str, str]] = [("leaflet", LEAFLET_JS)]  # noqa: RUF012
    default_css: list[tuple[str, str]] = [("leaflet_css", LEAFLET_CSS)]  # noqa: RUF012


@dataclass(frozen=True, slots=True)
class SplitPage:
    """A rendered map: files of the static folder to load, the id of its element, and its script."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    element_id: str
    script: str

    @property
    def digest(self) -> str:
        """Return 16 hexadecimal digits of the script, for its immutable URL."""
        return hashlib.sha256(self.script.encode()).hexdigest()[:16]


def local_map(centre: tuple[float, float], zoom: int, pieces: Sequence[MacroElement]) -> LocalMap:
    """Return a map centred on (lon, lat) with the pieces in order."""
    lon, lat = centre
    built = LocalMap(
        location=[lat, lon],
        zoom_start=zoom,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        min_zoom=2,
        max_zoom=14,
        scroll_wheel_zoom=False,
        world_copy_jump=True,
    )
    for piece in pieces:
        built.add_child(piece)
    return built


def split(built: LocalMap, library: str) -> SplitPage:
    """Render a map once and return its parts; `library` is the URL of press-map.js as seen from the script.

    Identical maps give identical bytes: element ids, random in Folium, are renumbered first.
    Raises ValueError if any element wants a file that is not ours, or writes its own HTML.
    """
    _renumber(built)
    figure: Any = built.get_root()
    figure.render()
    links = list(figure.header._children.values())
    scripts = tuple(link.url for link in links if isinstance(link, JavascriptLink))
    styles = tuple(link.url for link in links if isinstance(link, CssLink))
    for url in (*scripts, *styles):
        if not url.startswith("vendor/"):
            raise ValueError(f"{url} is not a file of the static folder; a map may load nothing else")
    body = "".join(element.render() for element in figure.html._children.values()).strip()
    expected = f'<div class="folium-map" id="{built.get_name()}" ></div>'
    if body != expected:
        raise ValueError("a map element writes HTML of its own; only the map's own element is allowed")
    code = figure.script.render().strip()
    return SplitPage(scripts, styles, built.get_name(), f'import * as baqylau from "{library}";\n{code}\n')


def _renumber(root: Element) -> None:
    """Number a map and everything under it in depth-first order, and re-key the children by name."""
    waiting, number = [root], 0
    while waiting:
        element = waiting.pop(0)
        element._id = f"{number:x}"
        number += 1
        waiting.extend(element._children.values())
    _rekey(root)


def _rekey(element: Element) -> None:
    for child in element._children.values():
        _rekey(child)
    children = list(element._children.values())
    element._children.clear()
    element._children.update((child.get_name(), child) for child in children)
