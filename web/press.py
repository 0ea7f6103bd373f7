"""The press's routes: start page, one page per mission and language, and what it fetches."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import NotFound
from geo.library import Library, Published
from geo.mission import Mission
from geo.released import Released
from geo.releases import Releases
from geo.tables import LANGUAGES
from layers.local_map import SplitPage
from web import pages
from web.assets import assets
from web.headers import ANYWHERE, FOREVER, FRAMED, answer

press = Blueprint("press", __name__)


def library() -> Library:
    found: Library = current_app.extensions["baqylau.library"]
    return found


def _preferred(offered: Iterable[str] = LANGUAGES) -> str:
    return request.accept_languages.best_match(list(offered)) or "en"


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound(f"no language {code[:16]!r}; there are {', '.join(LANGUAGES)}")
    return code


def _published(slug: str) -> Published:
    return library().get(slug)


def _release(slug: str) -> Released:
    """The mission's newest release, whatever may be seen of it."""
    if _published(slug).snapshot is None:
        raise pages.Unreadable(slug)
    releases: Releases = current_app.extensions["baqylau.releases"]
    found = releases.get(slug)
    if found is None:
        raise pages.Preparing(slug)
    return found


def _released(slug: str, version: str = "") -> Released:
    """The release, if it is the version asked for and anything may be seen."""
    found = _release(slug)
    if found.release.state != "released" or (version and version != found.release.version):
        raise NotFound("no such version")
    return found


@press.get("/")
def start() -> Response:
    response = _start(_preferred(), ".")
    response.headers.add("Vary", "Accept-Language")
    return response


# Fixed addresses, not a pattern: between two patterns that both match, the order of blueprints would decide.
@press.get("/en/", defaults={"code": "en"})
@press.get("/ru/", defaults={"code": "ru"})
@press.get("/kk/", defaults={"code": "kk"})
def start_in(code: str) -> Response:
    return _start(code, "..")


def _start(code: str, root: str) -> Response:
    found = [library().get(slug) for slug in library().missions()]
    listed = [(one.slug, one.snapshot, bool(one.problems)) for one in found]
    return answer(request, pages.start_page(listed, code, root), "text/html")


def _mission(slug: str) -> Mission:
    snapshot = _published(slug).snapshot
    if snapshot is None:
        raise pages.Unreadable(slug)
    return snapshot.mission


@press.get("/<slug>/")
def mission(slug: str) -> AnyResponse:
    offered = _mission(slug).languages
    response = redirect(f"{_preferred(offered)}/", 302)
    response.autocorrect_location_header = False
    response.headers["Vary"] = "Accept-Language"
    return response


@press.get("/<slug>/<code>/")
def mission_in(slug: str, code: str) -> Response:
    body = pages.mission_page(_release(slug), _language(code), bool(_published(slug).problems))
    return answer(request, body, "text/html")


@press.get("/<slug>/<code>/methods/")
def methods(slug: str, code: str) -> Response:
    return answer(request, pages.methods_page(_released(slug), _language(code)), "text/html")


@press.get("/<slug>/<code>/download/<thing>.<suffix>")
def download(slug: str, code: str, thing: str, suffix: str) -> Response:
    """A file of the fixed choices: ?stage=voting&severity=medium; every stage and medium if not given."""
    chosen = f"{request.args.get('stage', 'all')}/{request.args.get('severity', 'medium')}"
    released = _released(slug)
    body, media_type = pages.download(released, _language(code), thing, suffix, chosen)
    response = answer(request, body, media_type)
    stem = thing if thing in ("stations", "methods") else f"{thing}-{chosen.replace('/', '-')}"
    name = f"{slug}-{stem}-{released.release.version}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@press.get("/<slug>/<code>/picture-<version>/<name>.<suffix>")
def picture(slug: str, code: str, version: str, name: str, suffix: str) -> Response:
    """A map as a picture: coverage-voting-medium.svg or .png; with ?download it is kept, not shown."""
    body, media_type = pages.drawn(_released(slug, version), _language(code), name, suffix)
    response = answer(request, body, media_type, cache=FOREVER)
    response.headers.update(ANYWHERE)
    if "download" in request.args:
        file = f"{slug}-{name}-{code}-{version}.{suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


@press.get("/<slug>/<code>/area/<path:area_id>/")
def one_area(slug: str, code: str, area_id: str) -> Response:
    return answer(request, pages.area_page(_released(slug), _language(code), area_id), "text/html")


@press.get("/<slug>/<code>/embed/")
def embed(slug: str, code: str) -> Response:
    """The one page that a page of another site may show in a frame."""
    response = answer(request, pages.embed_page(_released(slug), _language(code)), "text/html")
    response.headers.update(FRAMED)
    return response


@press.get("/<slug>/<code>/map-<digest>.js", defaults={"which": "split"})
@press.get("/<slug>/<code>/embed/map-<digest>.js", defaults={"which": "embed"})
def script(slug: str, code: str, digest: str, which: str) -> Response:
    split: SplitPage = getattr(pages.press(_released(slug)), which)
    if digest != split.digest or code not in LANGUAGES:
        raise NotFound("no such script")
    return answer(request, split.script.encode(), "text/javascript", cache=FOREVER)


@press.get("/<slug>/<code>/values-<version>.json")
def values(slug: str, code: str, version: str) -> Response:
    body = pages.mission_values(_released(slug, version), _language(code))
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/area-<int:index>-<version>.json")
def area(slug: str, code: str, index: int, version: str) -> Response:
    body = pages.area_detail(_released(slug, version), _language(code), index)
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/choice-<stage>-<severity>-<version>.json")
def choice(slug: str, stage: str, severity: str, version: str) -> Response:
    body = pages.choice_values(_released(slug, version), f"{stage}/{severity}")
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/cells-<version>.json")
def cells(slug: str, version: str) -> Response:
    body = pages.cell_outlines(_released(slug, version))
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/areas-<version>.json")
def areas(slug: str, version: str) -> Response:
    made = pages.press(_released(slug))
    if version != made.shapes:
        raise NotFound("no such version")
    return answer(request, made.areas, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/ground-<digest>.json")
def ground(slug: str, code: str, digest: str) -> Response:
    """The basemap around the mission, as coarse and as far as the first view needs it."""
    made = pages.press(_released(slug))
    if made.urls.ground != f"ground-{digest}.json":
        raise NotFound("no such file")
    return answer(request, made.around[_language(code)], "application/json", cache=FOREVER)


TILE = "<int:z>/<int:x>/<int:y>"
PROTOBUF = "application/vnd.mapbox-vector-tile"


@press.get(f"/<slug>/points-<version>/{TILE}.mvt")
def points(slug: str, version: str, z: int, x: int, y: int) -> Response:
    released = _released(slug)
    if version != pages.tiles(released).version:
        raise NotFound("no such version")
    return answer(request, pages.point_tile(released, z, x, y), PROTOBUF, cache=FOREVER)


@press.get(f"/<slug>/states-<version>/<int:least>/{TILE}.bin")
def states(slug: str, version: str, least: int, z: int, x: int, y: int) -> Response:
    body = pages.state_tile(_released(slug, version), least, z, x, y)
    return answer(request, body, "application/octet-stream", cache=FOREVER)


@press.get(f"/<slug>/<code>/point-<version>/{TILE}/<int:ordinal>.json")
def point(slug: str, code: str, version: str, z: int, x: int, y: int, ordinal: int) -> Response:
    body = pages.feature(_released(slug, version), _language(code), z, x, y, ordinal)
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/version.json")
def version(slug: str) -> Response:
    published = _published(slug)
    said = {"version": _released(slug).release.version, "error": bool(published.problems)}
    return answer(request, orjson.dumps(said), "application/json")


@press.get("/basemap/<file>")
def basemap(file: str) -> Response:
    asset = assets().basemap.get(file)
    if asset is None:
        raise NotFound("no such file")
    return answer(request, asset.body, asset.media_type, cache=FOREVER)


@press.get("/static/<digest>/<path:file>")
def static(digest: str, file: str) -> Response:
    asset = assets().static.get(file) if digest == assets().digest else None
    if asset is None:
        raise NotFound("no such file")
    return answer(request, asset.body, asset.media_type, cache=FOREVER)
