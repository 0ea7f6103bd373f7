"""The press's resources as bytes, each made once per snapshot and kept while it is current."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.model.errors import BaqylauError, Busy, NotFound, Problem
from geo.model.mission import text_in
from geo.model.tables import LANGUAGES, SEVERITIES
from geo.publication.released import Released
from geo.serving.disk_cache import DiskCache
from geo.serving.work_places import Places
from layers.map import area_outlines, map_page, outline_cache, ramps
from layers.map.local_map import SplitPage
from layers.map.lru import Recent
from layers.map.map_layer import Urls
from layers.map.measures import findings_share
from layers.map.measures.measure import limits_of
from layers.map.press_view import HEADLINE, View, view_of
from layers.pictures import (
    card_picture,
    category_picture,
    picture,
    picture_ground,
    picture_png,
    picture_words,
)
from layers.press import area_page as area_page_data
from layers.press import downloads, measure_figures, page_data, press_methods_note
from layers.press.press_tiles import PressTiles
from layers.tiles.pyramid import geometry_tile
from layers.words.language import NAMES, SHORT, language
from layers.words.message_text import problems_in_language
from web.assets import ROOT, assets, basemap_from_afar, basemap_shapes, ground, ground_window, program_digest
from web.memo import per_snapshot
from web.state_directory import keep

PICTURE_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}
CARD: Final = "card"  # the name of the picture that stands for a mission on the start page
PICTURES_KEPT: Final = 160  # on disk; a picture is up to 1.2 MB
PLACES: Final = 2  # pictures drawn at once, by all processes together: a core stays for the other readers
_COMPOSING: Final = threading.Lock()  # in this process, where other readers' pages want the interpreter too
_DRAWN: Final[Recent[bytes]] = Recent(64, 16_000_000, len)  # lately, in memory
PAGES: Final = Environment(
    loader=FileSystemLoader(ROOT / "templates" / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.globals["glyph_path"] = ramps.glyph_path


class Unreadable(BaqylauError):
    """A mission none of whose data could ever be read; `problems` are for its coordinators."""

    def __init__(self, slug: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(slug)
        self.problems = problems


class Preparing(BaqylauError):
    """A mission whose first release is still being computed."""


class NotMade(BaqylauError):
    """A mission whose first release could not be made; it is tried again."""


class Drawing(Busy):
    """A picture that has to wait until others are drawn."""


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
        """Return the file name of the map's script, which changes with its content."""
        return f"map-{self.split.digest}.js"


@per_snapshot
def press(released: Released) -> Press:
    """Return the press's resources of a release; nothing of them is made of anything else."""
    view = view_of(released)
    base = assets()
    tiles = PressTiles(view.registry, view) if view.has_points and view.registry else None
    shapes_of = outline_cache.outlines(view.areas, view.area, keep())
    outlines = orjson.dumps(area_outlines.packed(shapes_of, area_outlines.SHALLOW))
    around = {
        code: orjson.dumps(
            area_outlines.surroundings(basemap_from_afar(), shapes_of["bounds"], code, ground_window)
        )
        for code in LANGUAGES
    }
    shapes = _digest(outlines)
    points = tiles.version if tiles else "none"
    urls = Urls(
        values=f"values-{view.version}.json",
        regions=f"../areas-{shapes}.json",
        basemap={name: f"../../basemap/{file}" for name, file in base.basemap_urls().items()},
        tiles=f"../points-{points}/{{z}}/{{x}}/{{y}}.mvt",
        states=f"../states-{view.version}/{{severity}}/{{z}}/{{x}}/{{y}}.bin",
        pick=f"point-{view.version}/{{z}}/{{x}}/{{y}}/{{ordinal}}.json",
        detail=f"area-{{unit}}-{view.version}.json",
        choice=f"choice-{{choice}}-{view.version}.json",
        ground=f"ground-{_digest(b''.join(around.values()))}.json",
        parts=f"parts-{view.version}.json",
        version="../version.json",
        bounds=tiles.bounds if tiles else None,
        square_visits=view.mission.minimum_stations,
        square_limits=limits_of(findings_share.MEASURE, view),
    )
    split = map_page.render(view, urls, f"../../static/{base.digest}/js/press/press-map.js")
    embed = map_page.framed(view, urls.from_below(), f"../../../static/{base.digest}/js/press/press-map.js")
    return Press(view, urls, split, embed, shapes, outlines, around, tiles)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@per_snapshot
def mission_page(released: Released, code: str, error: bool) -> bytes:
    """Return a mission's page in one language; nothing but "not released" before a release."""
    speaks = language(code)
    shown = press(released)
    page = page_data.page(shown.view, speaks)
    name = "press.html" if page["released"] else "nothing.html"
    return _rendered(
        name,
        code,
        static=f"../../static/{assets().digest}",
        languages=shown.view.mission.languages,
        page=page,
        map=shown.split,
        script=shown.script_name,
        error=error,
        narrow=False,
    )


@per_snapshot
def mission_values(released: Released, code: str) -> bytes:
    """Return what the map's script needs in one language besides outlines and figures, as JSON."""
    return orjson.dumps(page_data.values(press(released).view, language(code)))


@per_snapshot
def choice_figures(released: Released, code: str, choice: str, with_parts: bool) -> bytes:
    """Return the figures of one choice in one language. Raises NotFound for one that does not exist."""
    view, speaks = press(released).view, language(code)
    return orjson.dumps(measure_figures.choice(view, choice, speaks, with_parts=with_parts))


@per_snapshot
def part_outlines(released: Released, code: str) -> bytes:
    """Return the patches' outlines and words. Raises NotFound where none is finer than an area."""
    view = press(released).view
    if not view.has_parts:
        raise NotFound("no parts")
    shapes = area_outlines.packed(area_outlines.patches_of(view.release))
    return orjson.dumps({**shapes, "units": page_data.part_words(view, language(code))})


@per_snapshot
def area_detail(released: Released, code: str, index: int) -> bytes:
    """Return one area's findings. Raises NotFound for an area the map does not draw."""
    try:
        return orjson.dumps(page_data.detail(press(released).view, language(code), index))
    except IndexError as error:
        raise NotFound(str(error)) from None


def tiles(released: Released) -> PressTiles:
    """Return the stations' tiles. Raises NotFound where the mission publishes no station's place."""
    of_press = press(released).tiles
    if of_press is None:
        raise NotFound("no station of this mission is on the map")
    return of_press


@per_snapshot
def point_tile(released: Released, z: int, x: int, y: int) -> bytes:
    """Return where a tile's stations are, as MVT. Raises NotFound for a tile that does not exist."""
    return geometry_tile(tiles(released).index, z, x, y)


@per_snapshot
def state_tile(released: Released, least: int, z: int, x: int, y: int) -> bytes:
    """Return what was found at a tile's stations. Raises NotFound for a severity that is none."""
    if least > len(SEVERITIES):
        raise NotFound("severities are 0 to 4")
    return tiles(released).state(least).payload(z, x, y)


def feature(released: Released, code: str, z: int, x: int, y: int, ordinal: int) -> bytes:
    """Return the card of a tile's feature as JSON. Raises NotFound for a feature that is not there."""
    return orjson.dumps(tiles(released).feature(z, x, y, ordinal, language(code)))


@per_snapshot
def _ground(released: Released) -> picture_ground.PictureGround:
    """The ground under all of a release's pictures, made once."""
    shown = press(released)
    return picture_ground.ground(shown.view, orjson.loads(shown.areas), basemap_shapes(), ground())


def drawn(
    released: Released, code: str, name: str, suffix: str, places: Places, store: DiskCache | None
) -> tuple[bytes, str]:
    """Return a picture and its media type, from `store` if it was drawn before.

    `name`: a layer and a choice, the table of kinds of finding, `CARD` for the map alone that stands for the
    mission, or an area's locator. Raises NotFound for a layer, choice or area that is not there, Drawing
    if all places to draw are taken.
    """
    if suffix not in PICTURE_TYPES:
        raise NotFound(f"pictures are {', '.join(PICTURE_TYPES)}")
    view = press(released).view
    make, name, preset = _maker(view, name)  # what does not exist takes nobody's place
    version = released.release.version
    named = repr((released.slug, version, name, make.__name__, code, suffix, program_digest()))
    key = f"picture-{hashlib.sha256(named.encode()).hexdigest()[:40]}"
    body = _DRAWN.find(key) or (store.get(key) if store else None)
    if body is None:
        svg_key = key if suffix == "svg" else ""
        # A card is asked for by the start page, several at once, and there is one per mission and language.
        place = contextlib.nullcontext() if make is card_picture.card else places.take()
        try:
            with place:
                svg = _composed(svg_key, lambda: make(view, _ground(released), name, language(code)))
                scale = 1 if preset else picture_png.SCALE  # a preset is made for its pixels
                body = svg if suffix == "svg" else picture_png.png(svg.decode(), scale)
        except (Busy, picture_png.NotInTime) as error:
            raise Drawing(str(error)) from None
        if store:
            store.put(key, body)
    _DRAWN.put(key, body)
    return body, PICTURE_TYPES[suffix]


def _composed(key: str, compose: Callable[[], str]) -> bytes:
    """Return a picture's SVG; who waited for another reader's same picture is given that one."""
    with _COMPOSING:
        svg = _DRAWN.find(key) if key else None
        if svg is None:
            svg = compose().encode()
            if key:
                _DRAWN.put(key, svg)
    return svg


def _maker(view: View, name: str) -> tuple[Callable[..., str], str, str]:
    """What draws a picture, its one name, and its preset. Raises NotFound for one that is not there."""
    if name.startswith(card_picture.LOCATOR):
        card_picture.located_area(view, name)
        return card_picture.locator, name, ""
    table = category_picture.asked_table(view, name)
    if table is not None:
        return category_picture.table_svg, table.name, table.preset
    if name == CARD:
        name = f"{page_data.first_view(view)}-{HEADLINE.replace('/', '-')}"
        return card_picture.card, picture_words.asked(view, name).name, ""
    asked = picture_words.asked(view, name)
    return picture.svg, asked.name, asked.preset


@per_snapshot
def area_page(released: Released, code: str, area_id: str) -> bytes:
    """Return the page of one area in one language. Raises NotFound for an id the map does not draw."""
    speaks, view = language(code), press(released).view
    return _rendered(
        "area.html",
        code,
        static=f"../../../../static/{assets().digest}",
        languages=view.mission.languages,
        page=area_page_data.page(view, speaks, area_id),
    )


@per_snapshot
def area_frame(released: Released, code: str, area_id: str) -> bytes:
    """Return what of an area's page others frame. Raises NotFound for an id the map does not draw."""
    return _rendered(
        "area_embed.html",
        code,
        static=f"../../../../../static/{assets().digest}",
        page=area_page_data.page(press(released).view, language(code), area_id),
    )


@per_snapshot
def embed_page(released: Released, code: str) -> bytes:
    """Return the page that others frame: the map with its caption and legend."""
    shown = press(released)
    return _rendered(
        "embed.html",
        code,
        static=f"../../../static/{assets().digest}",
        page=page_data.framed(shown.view, language(code)),
        map=shown.embed,
        script=f"map-{shown.embed.digest}.js",
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
        languages=about.languages,
        page=shown,
        sections=press_methods_note.sections(view, speaks),
        panel=press_methods_note.panel(view, speaks),
        choices=press_methods_note.choice_rows(view, speaks),
        assessments=press_methods_note.assessment_rows(view, speaks),
    )


@per_snapshot
def download(released: Released, code: str, thing: str, suffix: str, choice: str) -> tuple[bytes, str]:
    """Return a file to take away and its media type. Raises NotFound for what is not offered."""
    return downloads.file(press(released).view, thing, suffix, choice, language(code))


@lru_cache(maxsize=128)  # who is refused a thousand times costs no more than a file
def error_page(
    status: int, title: str, says: str, root: str, problems: tuple[Problem, ...] = (), code: str = "en"
) -> bytes:
    """Return an error in three languages; its `problems` in one."""
    texts = [
        {"code": spoken, "title": language(spoken).say(title), "says": language(spoken).say(says)}
        for spoken in LANGUAGES
    ]
    static = f"{root}/static/{assets().digest}"
    return _rendered(
        "error.html", "en", static=static, root=root, status=status, texts=texts,
        problems=problems_in_language(problems, language(code)),
    )  # fmt: skip


def _rendered(name: str, code: str, **values: Any) -> bytes:
    speaks = language(code)
    say: Callable[..., str] = speaks.say
    shared = {"language": speaks, "languages": LANGUAGES, "names": NAMES, "short": SHORT, "say": say}
    text = PAGES.get_template(name).render(**{**shared, **values}, count=speaks.count)
    return text.encode()
