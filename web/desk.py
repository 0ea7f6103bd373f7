"""The coordinators' routes: behind a token, never kept by any cache, read only."""

from __future__ import annotations

import math

import orjson
from flask import Blueprint, Response, abort, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo.counts import Choice
from geo.errors import NotFound
from geo.library import Library, Published
from geo.operations import STATES
from geo.snapshot import Snapshot
from geo.tables import LANGUAGES
from layers.desk_choice import choice_of
from layers.desk_inside import Window, hours_of
from web import desk_pages, pages, session
from web.headers import answer

NEVER = "no-store, private"

desk = Blueprint("desk", __name__, url_prefix="/<slug>/desk")


@desk.before_request
def guard() -> AnyResponse | None:
    """Let nobody in without the token's cookie, before anything of the mission is looked at."""
    token, slug = str(current_app.config["DESK_TOKEN"]), str((request.view_args or {}).get("slug", ""))
    if session.is_token(token, request.args.get("token", "")):
        clean = redirect(request.path.rsplit("/", 1)[1] or "./", 303)
        clean.autocorrect_location_header = False
        path = f"{request.script_root}/{slug}/desk/"
        value = session.cookie_value(token, slug)
        clean.set_cookie(
            session.COOKIE, value, path=path, httponly=True, samesite="Strict", secure=request.is_secure
        )
        return clean
    if session.is_open(token, slug, request.cookies.get(session.COOKIE, "")):
        return None
    return Response(desk_pages.closed(_language_of_visitor(), _root()), 403, mimetype="text/html")


def only_from_own_pages() -> None:
    """Let nothing be changed or begun by another site's page; 403."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if request.method == "POST" and not session.is_from_own_page(site, origin, request.host_url):
        abort(403)


@desk.after_request
def keep_nowhere(response: Response) -> Response:
    """No cache, on the way or in the browser, keeps what a coordinator saw."""
    response.headers["Cache-Control"] = NEVER
    response.headers["Vary"] = "Cookie, Accept-Language, Accept-Encoding"
    return response


def _language_of_visitor() -> str:
    code = str((request.view_args or {}).get("code", ""))
    return code if code in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "en"


def _root() -> str:
    return "/".join([".."] * max(request.path.count("/") - 1, 0)) or "."


def _published(slug: str) -> Published:
    library: Library = current_app.extensions["baqylau.library"]
    return library.get(slug)


def snapshot_of(slug: str, version: str = "") -> Snapshot:
    snapshot = _published(slug).snapshot
    if snapshot is None:
        raise pages.Unreadable(slug)
    if version and version != snapshot.version:
        raise NotFound("no such version")
    return snapshot


def asked_choice(snapshot: Snapshot) -> Choice:
    """The choice in a request's query, every part of it a word of ours; 400 for any other."""
    words = {"stage": "", "severity": "medium", "verified": "0", "category": ""}
    said = {name: request.args.get(name, usual) for name, usual in words.items()}
    try:
        return choice_of(**said, known=snapshot.categories.category)
    except ValueError:
        abort(400)


def _json(body: bytes) -> Response:
    return answer(request, body, "application/json", cache=NEVER)


@desk.get("/")
def entry(slug: str) -> AnyResponse:  # noqa: ARG001 (every route of the desk has a mission)
    response = redirect(f"{_language_of_visitor()}/", 302)
    response.autocorrect_location_header = False
    return response


@desk.get("/<any(en, ru, kk):code>/")
def page(slug: str, code: str) -> Response:
    body = desk_pages.page(snapshot_of(slug), code, bool(_published(slug).problems))
    return answer(request, body, "text/html", cache=NEVER)


@desk.get("/<any(en, ru, kk):code>/map-<digest>.js")
def script(slug: str, code: str, digest: str) -> Response:  # noqa: ARG001 (one map for all)
    split = desk_pages.split(snapshot_of(slug))
    if digest != split.digest:
        raise NotFound("no such script")
    return answer(request, split.script.encode(), "text/javascript", cache=NEVER)


@desk.get("/<any(en, ru, kk):code>/<version>/<name>.json")
def resource(slug: str, code: str, version: str, name: str) -> Response:
    snapshot = snapshot_of(slug, version)
    return _json(desk_pages.resource(snapshot, name, code, asked_choice(snapshot)))


def _number(name: str, usual: float | None = None) -> float:
    """A number of the query; 400 for anything else."""
    try:
        value = float(request.args[name]) if usual is None else float(request.args.get(name, usual))
    except (KeyError, ValueError):
        abort(400)
    return value if math.isfinite(value) else abort(400)


def _hours(snapshot: Snapshot) -> tuple[int, int] | None:
    """The buckets of ?from=&to=, hours of election day; None for the whole day."""
    if "from" not in request.args:
        return None
    first, end = int(_number("from")), int(_number("to"))
    return hours_of(snapshot, first, end) if first < end else abort(400)


@desk.get("/<any(en, ru, kk):code>/<version>/inside.json")
def inside(slug: str, code: str, version: str) -> Response:
    snapshot = snapshot_of(slug, version)
    west, south, east, north = (_number(side) for side in ("west", "south", "east", "north"))
    off = tuple(filter(None, request.args.get("off", "").split(",")))
    if not set(off) <= set(STATES):
        abort(400)
    window = Window(west, south, east, north, _hours(snapshot), off)
    return _json(desk_pages.inside(snapshot, code, asked_choice(snapshot), window))


@desk.get("/<any(en, ru, kk):code>/<version>/offmap.json")
def off_map(slug: str, code: str, version: str) -> Response:
    snapshot = snapshot_of(slug, version)
    return _json(desk_pages.off_map(snapshot, code, asked_choice(snapshot), _hours(snapshot)))


@desk.get("/<any(en, ru, kk):code>/<version>/cells-in.json")
def cells_in(slug: str, code: str, version: str) -> Response:  # noqa: ARG001 (figures have no language)
    snapshot = snapshot_of(slug, version)
    return _json(desk_pages.cells_in(snapshot, asked_choice(snapshot), _hours(snapshot) or abort(400)))


@desk.get("/tiles/<registry>/stations.json")
def tile_json(slug: str, registry: str) -> Response:
    snapshot = _of_registry(slug, registry)
    base = f"{request.base_url.removesuffix('.json')}/"
    return _json(desk_pages.tile_json(snapshot, _language_of_visitor(), base))


@desk.get("/tiles/<registry>/stations/<int:z>/<int:x>/<int:y>/<int:ordinal>.json")
def feature(slug: str, registry: str, z: int, x: int, y: int, ordinal: int) -> Response:
    return _json(desk_pages.feature(_of_registry(slug, registry), z, x, y, ordinal))


def _of_registry(slug: str, registry: str) -> Snapshot:
    snapshot = snapshot_of(slug)
    if registry != snapshot.registry.version:
        raise NotFound("no such registry")
    return snapshot


@desk.get("/<any(en, ru, kk):code>/station.json")
def station(slug: str, code: str) -> Response:
    return _json(desk_pages.station(snapshot_of(slug), code, request.args.get("id", "")))


@desk.get("/<any(en, ru, kk):code>/search.json")
def search(slug: str, code: str) -> Response:
    return _json(desk_pages.search(snapshot_of(slug), code, request.args.get("q", "")))


@desk.get("/version.json")
def version(slug: str) -> Response:
    published = _published(slug)
    return _json(orjson.dumps({"version": snapshot_of(slug).version, "error": bool(published.problems)}))


@desk.get("/<path:rest>")
def nothing(slug: str, rest: str) -> Response:  # noqa: ARG001 (closed first, then not there)
    raise NotFound("no such page")
