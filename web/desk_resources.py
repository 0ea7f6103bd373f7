"""The desk's resources as bytes, each made once per snapshot, language and choice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import orjson

from geo.model.counts import Choice
from geo.model.errors import NotFound, Problem
from geo.model.messages import Message
from geo.model.snapshot import Snapshot
from geo.model.tables import LANGUAGES, SEVERITIES
from geo.reading.headlines import headlines
from geo.reading.pmtiles_header import NotPmtiles, street_file
from geo.serving import arrow_files
from layers.desk import (
    action_lists,
    choice_visits,
    desk_map,
    desk_tiles,
    gap_list,
    hourly_counts,
    search_index,
    search_towns,
    start_page,
    station_columns,
    stations_in_window,
    team_list,
    unit_columns,
)
from layers.desk.search_towns import Town
from layers.desk.stations_in_window import RowOrder, Window
from layers.map.local_map import SplitPage
from layers.words.language import NAMES, SHORT, language
from layers.words.message_text import message_in_language, problems_in_language
from web.assets import assets, basemap_from_afar, ground, ground_window
from web.memo import per_snapshot
from web.module_graph import needed
from web.press_resources import PAGES
from web.state_directory import keep

LOG: Final = logging.getLogger("baqylau")
STATIC: Final = "../../../static"
UNSIGNED: Final = "© OpenStreetMap"
"""The credit of a vector basemap that carries none: nearly all of them are made of it."""
PAUSE_S: Final = 0.05
"""What is prepared ahead stands aside so long after each piece: whoever asks now goes first."""
Builder = Callable[[Snapshot, str, Choice], Any]
# Everything the scripts fetch by name; the choice is the request's, or the default where it does not matter.
BUILDERS: Final[dict[str, Builder]] = {
    "start": lambda snapshot, code, _: start_page.start(snapshot, language(code)),
    "area": lambda snapshot, code, _: unit_columns.units(snapshot, "area", language(code)),
    "district": lambda snapshot, code, _: unit_columns.units(snapshot, "district", language(code)),
    "cell": lambda snapshot, code, _: unit_columns.units(snapshot, "cell", language(code)),
    "outlines": lambda snapshot, *_: unit_columns.outlines(snapshot, "area", keep()),
    "ground": lambda snapshot, code, _: unit_columns.ground(
        snapshot, basemap_from_afar(), language(code), keep(), ground_window
    ),
    "outlines-district": lambda snapshot, *_: unit_columns.outlines(snapshot, "district", keep()),
    "stations": lambda snapshot, *_: station_columns.columns(_small(snapshot)),
    "visits": lambda snapshot, _, choice: choice_visits.visits_of(_small(snapshot), choice),
    "whole": lambda snapshot, _, choice: hourly_counts.whole(snapshot, choice),
    "hours-area": lambda snapshot, _, choice: hourly_counts.by_unit(snapshot, "area", choice),
    "hours-district": lambda snapshot, _, choice: hourly_counts.by_unit(snapshot, "district", choice),
    "figures-area": lambda snapshot, _, choice: unit_columns.figures(snapshot, "area", choice),
    "figures-district": lambda snapshot, _, choice: unit_columns.figures(snapshot, "district", choice),
    "figures-cell": lambda snapshot, _, choice: unit_columns.figures(snapshot, "cell", choice),
    "gaps": lambda snapshot, code, choice: gap_list.gaps(snapshot, choice, language(code)),
    "teams": lambda snapshot, code, _: team_list.teams(snapshot, language(code)),
    "overdue": lambda snapshot, code, _: action_lists.overdue(snapshot, language(code)),
    "doubts": lambda snapshot, code, _: action_lists.implausible(snapshot, language(code)),
}


SPOKEN: Final = frozenset(
    {"start", "ground", "area", "district", "cell", "gaps", "teams", "overdue", "doubts"}
)


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


def prepare(snapshot: Snapshot) -> None:
    """Make what a desk shows when it is opened, then, of a large one, the choices one click away.

    The first coordinator of a large mission would wait for seconds, and so would whoever chooses a stage.
    """
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
    arrow_files.release_mapped_pages()  # what went through every visit's answers looks at them no more
    desk_tiles.state_of(snapshot, usual)
    search_index.search(snapshot, "0", [], language("en"))
    stages = [replace(usual, stage=stage) for stage in start_page.STATION_STAGES]
    severities = [replace(usual, severity=severity) for severity in SEVERITIES if severity != usual.severity]
    # Severities first: counting every stage takes the most memory, and the tiles' states stay.
    for choice in (*severities, *stages):
        for name in ("figures-area", "whole"):
            resource(snapshot, name, "en", choice)
            arrow_files.release_mapped_pages()
            time.sleep(PAUSE_S)
    for choice in stages:
        if desk_tiles.has_room():
            desk_tiles.state_of(snapshot, choice)
            time.sleep(PAUSE_S)
    desk_tiles.state_of(snapshot, usual)  # what everybody opens with is the last to be let go of


def station(snapshot: Snapshot, code: str, station_id: str) -> bytes:
    """Return everything known of one station as JSON. Raises NotFound for an id that no open station has."""
    return orjson.dumps(station_columns.history(snapshot, station_id, language(code)))


def search(snapshot: Snapshot, code: str, text: str) -> bytes:
    """Return what answers to a text as JSON; not kept, as hardly two people type the same."""
    return orjson.dumps(search_index.search(snapshot, text, _towns(snapshot), language(code)))


def inside(snapshot: Snapshot, code: str, choice: Choice, window: Window, order: RowOrder) -> bytes:
    """Return the stations in a window as JSON; not kept, as every move of a map asks for another window."""
    return orjson.dumps(stations_in_window.inside(snapshot, choice, window, language(code), order))


@per_snapshot
def off_map(snapshot: Snapshot, code: str, choice: Choice, hours: tuple[int, int] | None) -> bytes:
    """Return the stations without a point of their own as JSON; `hours`: as of `Window`."""
    return orjson.dumps(stations_in_window.off_map(snapshot, choice, hours, language(code)))


@per_snapshot
def cells_in(snapshot: Snapshot, choice: Choice, hours: tuple[int, int]) -> bytes:
    """Return the counters of every cell in a range of hours as JSON; `hours`: first and last bucket."""
    return orjson.dumps(hourly_counts.cells_in(snapshot, choice, *hours))


def tile_json(snapshot: Snapshot, code: str, base: str) -> bytes:
    """Return the TileJSON of the station tiles at `base`, a URL ending in a slash."""
    title = start_page.page(snapshot, language(code))["title"]
    tiles = f"{base}{{z}}/{{x}}/{{y}}.mvt"
    return orjson.dumps(desk_tiles.tile_json(snapshot.registry, title, [tiles]))


def feature(snapshot: Snapshot, z: int, x: int, y: int, ordinal: int) -> bytes:
    """Return the station of a tile's feature as JSON. Raises NotFound for a feature that is not there."""
    return orjson.dumps(desk_tiles.feature(snapshot, z, x, y, ordinal))


_TOWN_NAMES: Final = ("name_en", "name_ru", "name_kk", "old_names")


@per_snapshot
def _towns(snapshot: Snapshot) -> tuple[Town, ...]:
    return search_towns.towns_on(snapshot.registry.areas, towns(), ground())


@lru_cache(maxsize=1)
def towns() -> list[dict[str, Any]]:
    """Return the basemap's towns with their names in three languages, and old ones."""
    file = assets().basemap_urls().get("towns")
    features = orjson.loads(assets().basemap[file].body)["features"] if file else []
    return [
        {
            **{name: town["properties"].get(name) or "" for name in _TOWN_NAMES},
            "lon": town["geometry"]["coordinates"][0],
            "lat": town["geometry"]["coordinates"][1],
        }
        for town in features
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
    library = f"../{STATIC}/{assets().digest}/js/desk/desk-map.js"  # the script lies with its version
    own, online = _streets(snapshot)[0], snapshot.mission.online_tiles
    return desk_map.render(urls, basemap, library, is_tiled=is_tiled, streets=own, online=online)


@per_snapshot
def _streets(snapshot: Snapshot) -> tuple[dict[str, Any] | None, Message | None]:
    """The mission's own vector basemap as the browser asks for it, and why there is one that is not drawn."""
    try:
        own = street_file(snapshot.mission.folder)
    except NotPmtiles as error:
        LOG.warning("mission %s: %s", snapshot.mission.slug, error)
        return None, error.said
    if own is None:
        return None, None
    about = {"bounds": own.bounds, "maxZoom": own.max_zoom, "credit": own.credit or UNSIGNED}
    return {"url": "../basemap.pmtiles", **about}, None


@per_snapshot
def page(snapshot: Snapshot, code: str, problems: tuple[Problem, ...]) -> bytes:
    """Return the desk's page in one language; it holds no row of data.

    `problems`: why the files as they are now cannot be read.
    """
    folium_map, speaks = split(snapshot), language(code)
    broken = _streets(snapshot)[1]
    shown = start_page.page(snapshot, speaks)
    return _rendered(
        "desk.html",
        code,
        f"{STATIC}/{assets().digest}",
        page=shown,
        languages=snapshot.mission.languages,
        map=folium_map,
        script=f"{snapshot.version}/map-{folium_map.digest}.js",
        modules=needed(
            "js/desk/desk-map.js", *(["js/desk/tiled-stations.js"] if desk_tiles.is_tiled(snapshot) else [])
        ),
        problems=problems_in_language(problems, speaks),
        first=[message_in_language(headline, speaks) for headline in headlines(snapshot)],
        unread=[
            *(f"{file.name}: {speaks.say(file.advice)}" for file in snapshot.mission.unread),
            *([message_in_language(broken, speaks)] if broken else []),
        ],
    )


@lru_cache(maxsize=64)
def closed(code: str, root: str) -> bytes:
    """Return the page of a desk that does not open; the same for every mission, existing or not."""
    return _rendered("desk_closed.html", code, f"{root}/static/{assets().digest}", root=root)


def _rendered(name: str, code: str, static: str, **values: Any) -> bytes:
    speaks = language(code)
    template = PAGES.get_template(name)
    shared = {"language": speaks, "languages": LANGUAGES, "names": NAMES, "short": SHORT, "say": speaks.say}
    return template.render(**{**shared, **values}, count=speaks.count, static=static).encode()
