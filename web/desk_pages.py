"""The desk's resources as bytes, each made once per snapshot, language and choice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import orjson

from geo import arrow_files
from geo.counts import Choice
from geo.errors import NotFound
from geo.library import Library
from geo.snapshot import Snapshot
from geo.tables import LANGUAGES, SEVERITIES
from layers import (
    desk_choice,
    desk_gaps,
    desk_hours,
    desk_inside,
    desk_lists,
    desk_map,
    desk_search,
    desk_start,
    desk_stations,
    desk_tiles,
    desk_units,
)
from layers.desk_inside import Window
from layers.language import NAMES, SHORT, language
from layers.local_map import SplitPage
from web.assets import assets, basemap_from_afar
from web.kept import per_snapshot
from web.modules import needed
from web.pages import PAGES
from web.state import keep

STATIC: Final = "../../../static"
PAUSE_S: Final = 0.05
"""What is prepared ahead stands aside so long after each piece: whoever asks now goes first."""
Builder = Callable[[Snapshot, str, Choice], Any]
# Everything the scripts fetch by name; the choice is the request's, or the default where it does not matter.
BUILDERS: Final[dict[str, Builder]] = {
    "start": lambda snapshot, code, _: desk_start.start(snapshot, language(code)),
    "area": lambda snapshot, code, _: desk_units.units(snapshot, "area", language(code)),
    "district": lambda snapshot, code, _: desk_units.units(snapshot, "district", language(code)),
    "cell": lambda snapshot, code, _: desk_units.units(snapshot, "cell", language(code)),
    "outlines": lambda snapshot, *_: desk_units.outlines(snapshot, "area", keep()),
    "ground": lambda snapshot, code, _: desk_units.ground(
        snapshot, basemap_from_afar(), language(code), keep()
    ),
    "outlines-district": lambda snapshot, *_: desk_units.outlines(snapshot, "district", keep()),
    "stations": lambda snapshot, *_: desk_stations.columns(_small(snapshot)),
    "visits": lambda snapshot, _, choice: desk_choice.visits_of(_small(snapshot), choice),
    "whole": lambda snapshot, _, choice: desk_hours.whole(snapshot, choice),
    "hours-area": lambda snapshot, _, choice: desk_hours.by_unit(snapshot, "area", choice),
    "hours-district": lambda snapshot, _, choice: desk_hours.by_unit(snapshot, "district", choice),
    "figures-area": lambda snapshot, _, choice: desk_units.figures(snapshot, "area", choice),
    "figures-district": lambda snapshot, _, choice: desk_units.figures(snapshot, "district", choice),
    "figures-cell": lambda snapshot, _, choice: desk_units.figures(snapshot, "cell", choice),
    "gaps": lambda snapshot, code, choice: desk_gaps.gaps(snapshot, choice, language(code)),
    "overdue": lambda snapshot, code, _: desk_lists.overdue(snapshot, language(code)),
    "doubts": lambda snapshot, code, _: desk_lists.implausible(snapshot, language(code)),
}


SPOKEN: Final = frozenset({"start", "ground", "area", "district", "cell", "gaps", "overdue", "doubts"})


def _small(snapshot: Snapshot) -> Snapshot:
    """Refuse to send a large mission row by row. Raises NotFound."""
    if desk_tiles.is_tiled(snapshot):
        raise NotFound("this mission travels as tiles")
    return snapshot


def resource(snapshot: Snapshot, name: str, code: str, choice: Choice) -> bytes:
    """Return one named resource as JSON, figures once for all languages. Raises NotFound for no such name."""
    if name not in BUILDERS:
        raise NotFound("no such resource")
    return _resource(snapshot, name, code if name in SPOKEN else "", choice)


@per_snapshot
def _resource(snapshot: Snapshot, name: str, code: str, choice: Choice) -> bytes:
    return orjson.dumps(BUILDERS[name](snapshot, code, choice))


def warm(library: Library) -> None:
    """Begin in the background with what a desk shows when it is opened, then with the choices one click away.

    The first coordinator of a large mission would wait for seconds, and so would whoever chooses a stage.
    """

    def begin() -> None:
        for slug in library.missions():
            snapshot = library.get(slug).snapshot
            if snapshot is not None:
                _prepare(snapshot)

    threading.Thread(target=begin, name="baqylau-desk", daemon=True).start()


def _prepare(snapshot: Snapshot) -> None:
    usual = Choice(verified_only=False)
    first = (
        "start",
        "outlines",
        "ground",
        "area",
        "figures-area",
        "whole" if desk_tiles.is_tiled(snapshot) else "visits",
    )
    for name in first:
        resource(snapshot, name, "en", usual)
    if not desk_tiles.is_tiled(snapshot):
        return
    arrow_files.let_go()  # what went through every visit's answers looks at them no more
    desk_tiles.state_of(snapshot, usual)
    desk_search.search(snapshot, "0", [], language("en"))
    stages = [replace(usual, stage=stage) for stage in desk_start.STATION_STAGES]
    severities = [replace(usual, severity=severity) for severity in SEVERITIES if severity != usual.severity]
    # Severities first: counting every stage takes the most memory, and the tiles' states stay.
    for choice in (*severities, *stages):
        for name in ("figures-area", "whole"):
            resource(snapshot, name, "en", choice)
            arrow_files.let_go()
            time.sleep(PAUSE_S)
    for choice in stages:
        if desk_tiles.has_room():
            desk_tiles.state_of(snapshot, choice)
            time.sleep(PAUSE_S)
    desk_tiles.state_of(snapshot, usual)  # what everybody opens with is the last to be let go of


def station(snapshot: Snapshot, code: str, station_id: str) -> bytes:
    return orjson.dumps(desk_stations.history(snapshot, station_id, language(code)))


def search(snapshot: Snapshot, code: str, text: str) -> bytes:
    return orjson.dumps(desk_search.search(snapshot, text, towns(), language(code)))


def inside(snapshot: Snapshot, code: str, choice: Choice, window: Window) -> bytes:
    """Return the stations in a window as JSON; asked for by person's look, so not kept."""
    return orjson.dumps(desk_inside.inside(snapshot, choice, window, language(code)))


@per_snapshot
def off_map(snapshot: Snapshot, code: str, choice: Choice, hours: tuple[int, int] | None) -> bytes:
    return orjson.dumps(desk_inside.off_map(snapshot, choice, hours, language(code)))


@per_snapshot
def cells_in(snapshot: Snapshot, choice: Choice, hours: tuple[int, int]) -> bytes:
    return orjson.dumps(desk_hours.cells_in(snapshot, choice, *hours))


def tile_json(snapshot: Snapshot, code: str, base: str) -> bytes:
    """Return the TileJSON of the station tiles at `base`, a URL ending in a slash."""
    title = desk_start.page(snapshot, language(code))["title"]
    tiles = f"{base}{{z}}/{{x}}/{{y}}.mvt"
    return orjson.dumps(desk_tiles.tile_json(snapshot.registry, title, [tiles]))


def feature(snapshot: Snapshot, z: int, x: int, y: int, ordinal: int) -> bytes:
    return orjson.dumps(desk_tiles.feature(snapshot, z, x, y, ordinal))


@lru_cache(maxsize=1)
def towns() -> list[dict[str, Any]]:
    """Return the basemap's towns with their names in three languages."""
    file = assets().basemap_urls().get("towns")
    features = orjson.loads(assets().basemap[file].body)["features"] if file else []
    return [
        {
            **{name: one["properties"].get(name) or "" for name in ("name_en", "name_ru", "name_kk")},
            "lon": one["geometry"]["coordinates"][0],
            "lat": one["geometry"]["coordinates"][1],
        }
        for one in features
    ]


@per_snapshot
def split(snapshot: Snapshot) -> SplitPage:
    """Return the map of a snapshot, in pieces."""
    at = snapshot.version
    urls = {
        "data": f"{at}/",
        "outlines": f"{at}/outlines.json",
        "ground": f"{at}/ground.json",
        "station": "station.json?id=",
        "search": "search.json?q=",
        "version": "../version.json",
        "tiles": f"../tiles/{snapshot.registry.version}/stations/{{z}}/{{x}}/{{y}}.mvt",
        "pick": f"../tiles/{snapshot.registry.version}/stations/{{z}}/{{x}}/{{y}}/{{ordinal}}.json",
        "states": "../states/{version}/{stage}/{least}/{verified}/{kind}/{z}/{x}/{y}.bin",
    }
    basemap = {name: f"../../../basemap/{file}" for name, file in assets().basemap_urls().items()}
    is_tiled = desk_tiles.is_tiled(snapshot)
    return desk_map.render(urls, basemap, f"{STATIC}/{assets().digest}/js/desk/map.js", is_tiled=is_tiled)


@per_snapshot
def page(snapshot: Snapshot, code: str, error: bool) -> bytes:
    """Return the desk's page in one language; it holds no row of data."""
    made = split(snapshot)
    shown = desk_start.page(snapshot, language(code))
    return _rendered(
        "desk.html",
        code,
        f"{STATIC}/{assets().digest}",
        page=shown,
        map=made,
        script=f"map-{made.digest}.js",
        modules=needed("js/desk/map.js", *(["js/desk/tiled.js"] if desk_tiles.is_tiled(snapshot) else [])),
        error=error,
    )


@lru_cache(maxsize=64)
def closed(code: str, root: str) -> bytes:
    """Return the page of a desk that does not open; the same for every mission, existing or not."""
    return _rendered("desk_closed.html", code, f"{root}/static/{assets().digest}", root=root)


def _rendered(name: str, code: str, static: str, **values: Any) -> bytes:
    speaks = language(code)
    template = PAGES.get_template(name)
    shared = {"language": speaks, "languages": LANGUAGES, "names": NAMES, "short": SHORT, "say": speaks.say}
    return template.render(**shared, count=speaks.count, static=static, **values).encode()
