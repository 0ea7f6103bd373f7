"""The press's routes: start page, one page per mission and language, and what it fetches."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from flask import Blueprint, Response, abort, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model.errors import BaqylauError, NotFound
from geo.model.mission import Mission
from geo.model.tables import LANGUAGES
from geo.publication.released import Released
from geo.serving.missions import ServedMission, for_press
from layers.map.ground_tables import TILES
from layers.map.local_map import SplitPage
from web import press_resources, start_resources
from web.assets import assets, ground_tile
from web.headers import ANYWHERE, FOREVER, FRAMED, answer
from web.offered_languages import preferred, to_an_offered_one
from web.press_resources import Press
from web.served import library, own_missions, people, releases

press = Blueprint("press", __name__)


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound(f"no language {code[:16]!r}; there are {', '.join(LANGUAGES)}")
    return code


def _published(slug: str) -> ServedMission:
    return for_press(library().get(slug))


def _release(slug: str) -> Released:
    """The mission's newest release, whatever may be seen of it."""
    if _published(slug).snapshot is None:
        raise press_resources.Unreadable(slug)
    newest = releases().get(slug)
    if newest is None:
        failed = releases().has_failed(slug)
        raise press_resources.NotMade(slug) if failed else press_resources.Preparing(slug)
    return newest


def _released(slug: str, version: str = "") -> Released:
    """The release, of the version asked for, if anything may be seen; a page may be of one just replaced."""
    at_hand = _at_hand(slug, releases().newest(slug)) if version else ()  # waits for no newer one
    released = _of_version(at_hand, version) or _of_version(_at_hand(slug, _release(slug)), version)
    if released is None:
        raise NotFound("no such version")
    return released


def _at_hand(slug: str, newest: Released | None) -> tuple[Released, ...]:
    """The newest release and those it replaced a moment ago; none where nothing may be seen."""
    if newest is None or newest.release.state != "released":
        return ()
    return newest, *releases().earlier(slug)


def _of_version(at_hand: tuple[Released, ...], version: str) -> Released | None:
    return next((each for each in at_hand if version in ("", each.release.version)), None)


def _holding(slug: str, holds: Callable[[Press], bool]) -> Released:
    """The newest of the releases at hand whose resources hold what an address names. Raises NotFound."""
    for released in _at_hand(slug, _release(slug)):
        if holds(press_resources.press(released)):
            return released
    raise NotFound("no such file")


@press.get("/")
def start() -> Response:
    response = _start(preferred(LANGUAGES), ".")
    response.headers.add("Vary", "Accept-Language")
    return response


def start_in(code: str) -> Response:
    return _start(code, "..")


# Fixed addresses, not a pattern: between two patterns that both match, the order of blueprints would decide.
for _code in LANGUAGES:
    press.add_url_rule(f"/{_code}/", view_func=start_in, defaults={"code": _code})


def _start(code: str, root: str) -> Response:
    body = start_resources.start_page(_listed(), releases().newest, code, root, has_accounts=_has_accounts())
    return answer(request, body, "text/html")


def _has_accounts() -> bool:
    """Whether anybody could sign in; the page is the same for all, and is there without the accounts, too."""
    try:
        return people().has_some()
    except BaqylauError:
        return False


def _listed() -> dict[str, ServedMission | None]:
    """The missions that everybody may know of."""
    own = own_missions()
    return {
        slug: for_press(served) if served else None
        for slug, served in library().listed().items()
        if not own.is_private(slug)
    }


def _mission(slug: str) -> Mission:
    snapshot = _published(slug).snapshot
    if snapshot is None:
        raise press_resources.Unreadable(slug)
    return snapshot.mission


@press.before_request
def only_what_is_shown() -> None:
    """A mission that somebody made here and has not shown yet is not there, whatever is asked of it."""
    slug = str((request.view_args or {}).get("slug", ""))
    if own_missions().is_private(slug):
        abort(404)  # not NotFound: that may be answered after all, where another process is ahead


@press.before_request
def in_an_offered_language() -> AnyResponse | None:
    """Send on whoever asks for a mission in a language that it does not offer."""
    asked = request.view_args or {}
    return to_an_offered_one(_mission(asked["slug"]).languages) if {"slug", "code"} <= set(asked) else None


@press.get("/<slug>/")
def mission(slug: str) -> AnyResponse:
    offered = _mission(slug).languages
    response = redirect(f"{preferred(offered)}/", 302)
    response.autocorrect_location_header = False
    response.headers["Vary"] = "Accept-Language"
    return response


@press.get("/<slug>/<code>/")
def mission_in(slug: str, code: str) -> Response:
    body = press_resources.mission_page(_release(slug), _language(code), bool(_published(slug).problems))
    return answer(request, body, "text/html")


@press.get("/<slug>/<code>/methods/")
def methods(slug: str, code: str) -> Response:
    return answer(request, press_resources.methods_page(_released(slug), _language(code)), "text/html")


@press.get("/<slug>/<code>/download/<thing>.<suffix>")
def download(slug: str, code: str, thing: str, suffix: str) -> Response:
    """A file of the fixed choices: ?stage=voting&severity=medium; every stage and medium if not given."""
    chosen = f"{request.args.get('stage', 'all')}/{request.args.get('severity', 'medium')}"
    released = _released(slug)
    body, media_type = press_resources.download(released, _language(code), thing, suffix, chosen)
    response = answer(request, body, media_type)
    stem = thing if thing in ("stations", "methods", "categories") else f"{thing}-{chosen.replace('/', '-')}"
    name = f"{slug}-{stem}-{released.release.version}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@press.get("/<slug>/<code>/picture-<version>/<name>.<suffix>")
def picture(slug: str, code: str, version: str, name: str, suffix: str) -> Response:
    """A map as a picture: coverage-voting-medium-web.png; with ?download it is kept, not shown."""
    body, media_type = _drawn(slug, code, version, name, suffix)
    response = answer(request, body, media_type, cache=FOREVER)
    response.headers.update(ANYWHERE)
    if "download" in request.args:
        file = f"{slug}-{name}-{code}-{version}.{suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


@press.get("/<slug>/<code>/card-<version>.svg")
def card(slug: str, code: str, version: str) -> Response:
    """The map alone, small, as the start page shows it."""
    body, media_type = _drawn(slug, code, version, press_resources.CARD, "svg")
    return answer(request, body, media_type, cache=FOREVER)


def _drawn(slug: str, code: str, version: str, name: str, suffix: str) -> tuple[bytes, str]:
    places, pictures = (current_app.extensions[f"baqylau.{part}"] for part in ("drawing", "pictures"))
    return press_resources.drawn(_released(slug, version), _language(code), name, suffix, places, pictures)


@press.get("/<slug>/<code>/area/<path:area_id>/")
def one_area(slug: str, code: str, area_id: str) -> Response:
    return answer(request, press_resources.area_page(_released(slug), _language(code), area_id), "text/html")


@press.get("/<slug>/<code>/embed/area/<path:area_id>/")
def area_embed(slug: str, code: str, area_id: str) -> Response:
    """One area for a frame: its headline, share and margin, and where it lies; it needs no script."""
    body = press_resources.area_frame(_released(slug), _language(code), area_id)
    response = answer(request, body, "text/html")
    response.headers.update(FRAMED)
    return response


@press.get("/<slug>/<code>/embed/")
def embed(slug: str, code: str) -> Response:
    """The map for a frame in a page of another site; only it and one area's may be framed."""
    response = answer(request, press_resources.embed_page(_released(slug), _language(code)), "text/html")
    response.headers.update(FRAMED)
    return response


@press.get("/<slug>/<code>/map-<digest>.js", defaults={"which": "split"})
@press.get("/<slug>/<code>/embed/map-<digest>.js", defaults={"which": "embed"})
def script(slug: str, code: str, digest: str, which: str) -> Response:
    _language(code)
    released = _holding(slug, lambda shown: digest == _split(shown, which).digest)
    split = _split(press_resources.press(released), which)
    return answer(request, split.script.encode(), "text/javascript", cache=FOREVER)


def _split(shown: Press, which: str) -> SplitPage:
    return shown.embed if which == "embed" else shown.split


@press.get("/<slug>/<code>/values-<version>.json")
def values(slug: str, code: str, version: str) -> Response:
    body = press_resources.mission_values(_released(slug, version), _language(code))
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/area-<int:index>-<version>.json")
def area(slug: str, code: str, index: int, version: str) -> Response:
    body = press_resources.area_detail(_released(slug, version), _language(code), index)
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/choice-<stage>-<severity>-<version>.json", defaults={"parts": False})
@press.get("/<slug>/<code>/choice-<stage>-<severity>-part-<version>.json", defaults={"parts": True})
def choice(slug: str, code: str, stage: str, severity: str, version: str, parts: bool) -> Response:
    released = _released(slug, version)
    body = press_resources.choice_figures(released, _language(code), f"{stage}/{severity}", parts)
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/parts-<version>.json")
def parts(slug: str, code: str, version: str) -> Response:
    body = press_resources.part_outlines(_released(slug, version), _language(code))
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/areas-<version>.json")
def areas(slug: str, version: str) -> Response:
    shown = press_resources.press(_holding(slug, lambda shown: shown.shapes == version))
    return answer(request, shown.areas, "application/json", cache=FOREVER)


@press.get("/<slug>/<code>/ground-<digest>.json")
def ground(slug: str, code: str, digest: str) -> Response:
    """The basemap around the mission, as coarse and as far as the first view needs it."""
    shown = press_resources.press(_holding(slug, lambda shown: shown.urls.ground == f"ground-{digest}.json"))
    return answer(request, shown.around[_language(code)], "application/json", cache=FOREVER)


TILE = "<int:z>/<int:x>/<int:y>"
PROTOBUF = "application/vnd.mapbox-vector-tile"


@press.get(f"/<slug>/points-<version>/{TILE}.mvt")
def points(slug: str, version: str, z: int, x: int, y: int) -> Response:
    released = _holding(slug, lambda shown: shown.tiles is not None and shown.tiles.version == version)
    return answer(request, press_resources.point_tile(released, z, x, y), PROTOBUF, cache=FOREVER)


@press.get(f"/<slug>/states-<version>/<int:least>/{TILE}.bin")
def states(slug: str, version: str, least: int, z: int, x: int, y: int) -> Response:
    body = press_resources.state_tile(_released(slug, version), least, z, x, y)
    return answer(request, body, "application/octet-stream", cache=FOREVER)


@press.get(f"/<slug>/<code>/point-<version>/{TILE}/<int:ordinal>.json")
def point(slug: str, code: str, version: str, z: int, x: int, y: int, ordinal: int) -> Response:
    body = press_resources.feature(_released(slug, version), _language(code), z, x, y, ordinal)
    return answer(request, body, "application/json", cache=FOREVER)


@press.get("/<slug>/version.json")
def version(slug: str) -> Response:
    published = _published(slug)
    state = {"version": _released(slug).release.version, "error": bool(published.problems)}
    return answer(request, orjson.dumps(state), "application/json")


@press.get("/basemap/<file>")
def basemap(file: str) -> Response:
    asset = assets().basemap.get(file)
    if asset is None:
        raise NotFound("no such file")
    return answer(request, asset.body, asset.media_type, cache=FOREVER)


@press.get("/basemap/near-<digest>/<int:x>/<int:y>.json")
def near_ground(digest: str, x: int, y: int) -> Response:
    """A tile of the ground for near views; the same for every mission and language."""
    if digest != assets().ground or not (x < TILES and y < TILES):
        raise NotFound("no such tile")
    return answer(request, ground_tile(x, y), "application/json", cache=FOREVER)


@press.get("/static/<digest>/<path:file>")
def static(digest: str, file: str) -> Response:
    asset = assets().static.get(file) if digest == assets().digest else None
    if asset is None:
        raise NotFound("no such file")
    return answer(request, asset.body, asset.media_type, cache=FOREVER)
