"""The press's resources as bytes, each made once per snapshot and kept while it is current."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.errors import BaqylauError, NotFound
from geo.mission import text_in
from geo.released import Released
from geo.snapshot import Snapshot
from geo.tables import LANGUAGES, SEVERITIES
from layers import (
    area_data,
    figures,
    geometry,
    kept_outlines,
    map_page,
    page_data,
    picture,
    picture_ground,
    picture_png,
    press_downloads,
    press_note,
)
from layers.language import NAMES, SHORT, language
from layers.local_map import SplitPage
from layers.map_layer import Urls
from layers.press_tiles import PressTiles
from layers.pyramid import geometry_tile
from layers.view import View, view_of
from web.assets import ROOT, assets, basemap_from_afar, basemap_shapes
from web.kept import per_snapshot
from web.state import keep

PICTURE_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}
PICTURES_KEPT: Final = 48  # of one release; a picture is about 100 KB
PAGES: Final = Environment(
    loader=FileSystemLoader(ROOT / "templates" / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Unreadable(BaqylauError):
    """A mission none of whose data could ever be read."""


class Preparing(BaqylauError):
    """A mission whose first release is still being computed."""


@dataclass(frozen=True, eq=False)
class Press:
    """Everything the press can be served of one release."""

    view: View
    urls: Urls
    split: SplitPage
    embed: SplitPage
    shapes: str  # the version of `areas`
    areas: bytes
    around: dict[str, bytes]  # by language: the basemap about the mission, as far as a first view needs it
    tiles: PressTiles | None

    @property
    def script_name(self) -> str:
        return f"map-{self.split.digest}.js"


@per_snapshot
def press(released: Released) -> Press:
    """Return the press's resources of a release; nothing of them is made of anything else."""
    view = view_of(released)
    base = assets()
    tiles = PressTiles(view.registry, view) if view.has_points and view.registry else None
    shapes_of = kept_outlines.outlines(view.areas, view.area, keep())
    outlines = orjson.dumps(geometry.packed(shapes_of))
    around = {
        code: orjson.dumps(geometry.surroundings(basemap_from_afar(), shapes_of["bounds"], code))
        for code in LANGUAGES
    }
    shapes = _digest(outlines)
    points = tiles.version if tiles else "none"
    urls = Urls(
        values=f"values-{view.version}.json",
        areas=f"../areas-{shapes}.json",
        basemap={name: f"../../basemap/{file}" for name, file in base.basemap_urls().items()},
        tiles=f"../points-{points}/{{z}}/{{x}}/{{y}}.mvt",
        states=f"../states-{view.version}/{{severity}}/{{z}}/{{x}}/{{y}}.bin",
        pick=f"point-{view.version}/{{z}}/{{x}}/{{y}}/{{ordinal}}.json",
        detail=f"area-{{area}}-{view.version}.json",
        choice=f"../choice-{{choice}}-{view.version}.json",
        ground=f"ground-{_digest(b''.join(around.values()))}.json",
        cells=f"../cells-{view.version}.json",
        version="../version.json",
        bounds=tiles.bounds if tiles else None,
    )
    split = map_page.render(view, urls, f"../../static/{base.digest}/js/map.js")
    embed = map_page.framed(view, urls.from_below(), f"../../../static/{base.digest}/js/map.js")
    return Press(view, urls, split, embed, shapes, outlines, around, tiles)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@per_snapshot
def mission_page(released: Released, code: str, error: bool) -> bytes:
    """Return a mission's page in one language; nothing but "not released" before a release."""
    speaks = language(code)
    made = press(released)
    page = page_data.page(made.view, speaks)
    name = "press.html" if page["released"] else "nothing.html"
    return _rendered(
        name,
        code,
        static=f"../../static/{assets().digest}",
        page=page,
        map=made.split,
        script=made.script_name,
        error=error,
        narrow=False,
    )


@per_snapshot
def mission_values(released: Released, code: str) -> bytes:
    return orjson.dumps(page_data.values(press(released).view, language(code)))


@per_snapshot
def choice_values(released: Released, choice: str) -> bytes:
    """Return the figures of one choice. Raises NotFound for one that does not exist."""
    return orjson.dumps(page_data.choice_values(press(released).view, choice))


@per_snapshot
def cell_outlines(released: Released) -> bytes:
    return orjson.dumps(figures.cell_outlines(press(released).view))


@per_snapshot
def area_detail(released: Released, code: str, index: int) -> bytes:
    """Return one area's findings. Raises NotFound for an area the map does not draw."""
    try:
        return orjson.dumps(page_data.detail(press(released).view, language(code), index))
    except IndexError as error:
        raise NotFound(str(error)) from None


def tiles(released: Released) -> PressTiles:
    """Return the stations' tiles. Raises NotFound where the mission publishes no station's place."""
    found = press(released).tiles
    if found is None:
        raise NotFound("no station of this mission is on the map")
    return found


@per_snapshot
def point_tile(released: Released, z: int, x: int, y: int) -> bytes:
    return geometry_tile(tiles(released).index, z, x, y)


@per_snapshot
def state_tile(released: Released, least: int, z: int, x: int, y: int) -> bytes:
    """Return what was found at a tile's stations. Raises NotFound for a severity that is none."""
    if least > len(SEVERITIES):
        raise NotFound("severities are 0 to 4")
    return tiles(released).state(least).payload(z, x, y)


def feature(released: Released, code: str, z: int, x: int, y: int, ordinal: int) -> bytes:
    return orjson.dumps(tiles(released).feature(z, x, y, ordinal, language(code)))


@per_snapshot
def _pictures(released: Released) -> Callable[[str, str], str]:
    """What draws this release's pictures, the ground under all of them made once."""
    made = press(released)
    ground = picture_ground.ground(made.view, orjson.loads(made.areas), basemap_shapes())

    @lru_cache(maxsize=PICTURES_KEPT)
    def draw(name: str, code: str) -> str:
        return picture.svg(made.view, ground, name, language(code))

    return draw


def drawn(released: Released, code: str, name: str, suffix: str) -> tuple[bytes, str]:
    """Return a picture and its media type. Raises NotFound for a layer or choice that is not there."""
    if suffix not in PICTURE_TYPES:
        raise NotFound(f"pictures are {', '.join(PICTURE_TYPES)}")
    svg = _pictures(released)(name, code)
    return svg.encode() if suffix == "svg" else picture_png.png(svg), PICTURE_TYPES[suffix]


@per_snapshot
def area_page(released: Released, code: str, area_id: str) -> bytes:
    """Return the page of one area in one language. Raises NotFound for an id the map does not draw."""
    speaks, view = language(code), press(released).view
    return _rendered(
        "area.html",
        code,
        static=f"../../../../static/{assets().digest}",
        page=area_data.page(view, speaks, area_id),
    )


@per_snapshot
def embed_page(released: Released, code: str) -> bytes:
    """Return the page that others frame: the map with its caption and legend."""
    made = press(released)
    return _rendered(
        "embed.html",
        code,
        static=f"../../../static/{assets().digest}",
        page=page_data.framed(made.view, language(code)),
        map=made.embed,
        script=f"map-{made.embed.digest}.js",
    )


@per_snapshot
def methods_page(released: Released, code: str) -> bytes:
    """Return how a release's figures were made, in one language."""
    speaks, view = language(code), press(released).view
    about = view.mission
    shown = {
        "title": text_in(about.title, code),
        "method": page_data.method(view, speaks),
        "simulated": about.nature == "simulated",
    }
    return _rendered(
        "methods.html",
        code,
        static=f"../../../static/{assets().digest}",
        page=shown,
        sections=press_note.sections(view, speaks),
        panel=press_note.panel(view, speaks),
        choices=press_note.choice_rows(view, speaks),
        assessments=press_note.assessment_rows(view, speaks),
    )


@per_snapshot
def download(released: Released, code: str, thing: str, suffix: str, choice: str) -> tuple[bytes, str]:
    """Return a file to take away and its media type. Raises NotFound for what is not offered."""
    return press_downloads.file(press(released).view, thing, suffix, choice, language(code))


def start_page(missions: list[tuple[str, Snapshot | None, bool]], code: str, root: str) -> bytes:
    """Return the list of missions in one language; `root` leads from the page to the site's root."""
    shown = [
        {
            "slug": slug,
            "title": text_in(snapshot.mission.title, code) if snapshot else slug,
            "subtitle": text_in(snapshot.mission.subtitle, code) if snapshot else "",
            "simulated": snapshot is not None and snapshot.mission.nature == "simulated",
            "error": error,
        }
        for slug, snapshot, error in missions
    ]
    return _rendered("start.html", code, static=f"{root}/static/{assets().digest}", root=root, missions=shown)


def error_page(status: int, title: str, says: str, root: str) -> bytes:
    """Return an error in three languages."""
    texts = [
        {"code": code, "title": language(code).say(title), "says": language(code).say(says)}
        for code in LANGUAGES
    ]
    static = f"{root}/static/{assets().digest}"
    return _rendered("error.html", "en", static=static, root=root, status=status, texts=texts)


def _rendered(name: str, code: str, **values: Any) -> bytes:
    speaks = language(code)
    say: Callable[..., str] = speaks.say
    text = PAGES.get_template(name).render(
        language=speaks,
        languages=LANGUAGES,
        names=NAMES,
        short=SHORT,
        say=say,
        count=speaks.count,
        **values,
    )
    return text.encode()
