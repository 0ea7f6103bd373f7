"""The coordinators' routes: behind the doors, never kept by any cache, read only."""

from __future__ import annotations

import math

import orjson
from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from geo.analysis.operations import STATES
from geo.model.counts import Choice
from geo.model.errors import NotFound
from geo.model.snapshot import Snapshot
from geo.model.tables import LANGUAGES
from geo.serving.missions import ServedMission
from geo.serving.redaction import Within, redacted
from layers.desk.choice_visits import choice_of
from layers.desk.stations_in_window import MOST_IN_FILE, MOST_ROWS, SORTS, RowOrder, Window, hours_of
from web import desk_resources, policy, press_resources
from web.doors import NEVER, keep_nowhere, to, visitors_language
from web.headers import answer, with_pictures_of
from web.memo import per_snapshot
from web.offered_languages import preferred, to_an_offered_one
from web.policy import current_actor
from web.served import library, people

desk = Blueprint("desk", __name__, url_prefix="/<slug>/desk")


@desk.before_request
def guard() -> AnyResponse | None:
    """Send who was let in on to a language that the mission offers."""
    return to_an_offered_one(_offered(str((request.view_args or {}).get("slug", ""))))


desk.after_request(keep_nowhere)


def _offered(slug: str) -> tuple[str, ...]:
    """The languages of a mission; of one that could never be read, all: its page says why in any."""
    snapshot = _published(slug).snapshot
    return snapshot.mission.languages if snapshot else LANGUAGES


def _published(slug: str) -> ServedMission:
    return library().get(slug)


def snapshot_of(slug: str, version: str = "") -> Snapshot:
    """Return the snapshot without the names and texts that whoever asks may not see."""
    return _shown(_whole(slug, version), slug)


def shown_and_whole(slug: str) -> tuple[Snapshot, Snapshot]:
    """Return the snapshot as whoever asks may see it, and all of it, row for row the same moment's.

    What is sent back is checked against the whole: a team without a name for the sender is a team.
    """
    whole = whole_of(slug)
    return _shown(whole, slug), whole


def whole_of(slug: str) -> Snapshot:
    """Return all of a mission's snapshot: what is sent is checked against it, and nothing of it answered."""
    return _whole(slug, "")


def _shown(whole: Snapshot, slug: str) -> Snapshot:
    actor = current_actor()
    names, texts = (policy.within(actor, action, slug) for action in ("names.see", "texts.see"))
    if names is None and texts is None:
        return whole
    return _redacted(whole, names, texts, people().opened().numbering)


@per_snapshot
def _redacted(snapshot: Snapshot, names: Within, texts: Within, key: str) -> Snapshot:
    return redacted(snapshot, names, texts, key)


def _whole(slug: str, version: str) -> Snapshot:
    served = _published(slug)
    snapshot = served.snapshot
    if snapshot is None:
        raise press_resources.Unreadable(slug, served.problems)
    if not version or version == snapshot.version:
        return snapshot
    earlier = library().earlier(slug, version)
    if earlier is None:
        raise NotFound("no such version")
    return earlier


def asked_choice(snapshot: Snapshot) -> Choice:
    """The choice in a request's query, every part of it a word of ours; 400 for any other."""
    words = {"stage": "", "severity": "medium", "verified": "0", "category": ""}
    asked = {name: request.args.get(name, usual) for name, usual in words.items()}
    try:
        return choice_of(**asked, known=snapshot.categories.category)
    except ValueError:
        abort(400)


def _json(body: bytes) -> Response:
    return answer(request, body, "application/json", cache=NEVER)


@desk.get("/")
def entry(slug: str) -> AnyResponse:
    return to(f"{preferred(_offered(slug))}/", 302)


@desk.get("/<language:code>/")
def page(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    body = desk_resources.page(snapshot, code, _published(slug).problems)
    response = answer(request, body, "text/html", cache=NEVER)
    if online := snapshot.mission.online_tiles:
        response.headers["Content-Security-Policy"] = with_pictures_of(online.origin)
    return response


@desk.get("/<language:code>/<version>/map-<digest>.js")
def script(slug: str, code: str, version: str, digest: str) -> Response:  # noqa: ARG001 (one map for all)
    """The map's script of a version: reports may have come in since the page of that version was sent."""
    split = desk_resources.split(snapshot_of(slug, version))
    if digest != split.digest:
        raise NotFound("no such script")
    return answer(request, split.script.encode(), "text/javascript", cache=NEVER)


@desk.get("/<language:code>/<version>/<name>.json")
def resource(slug: str, code: str, version: str, name: str) -> Response:
    snapshot = snapshot_of(slug, version)
    return _json(desk_resources.resource(snapshot, name, code, asked_choice(snapshot)))


def _number(name: str) -> float:
    """A number of the query; 400 for anything else."""
    try:
        value = float(request.args[name])
    except (KeyError, ValueError):
        abort(400)
    return value if math.isfinite(value) else abort(400)


def _hours(snapshot: Snapshot) -> tuple[int, int] | None:
    """The buckets of ?from=&to=, hours of election day; None for the whole day; 400 for one end alone."""
    if not {"from", "to"} & set(request.args):
        return None
    first, end = int(_number("from")), int(_number("to"))
    return hours_of(snapshot, first, end) if first < end else abort(400)


@desk.get("/<language:code>/<version>/inside.json")
def inside(slug: str, code: str, version: str) -> Response:
    snapshot = snapshot_of(slug, version)
    west, south, east, north = (_number(side) for side in ("west", "south", "east", "north"))
    off = tuple(filter(None, request.args.get("off", "").split(",")))
    if not set(off) <= set(STATES):
        abort(400)
    window = Window(west, south, east, north, _hours(snapshot), off)
    return _json(desk_resources.inside(snapshot, code, asked_choice(snapshot), window, _row_order()))


def _row_order() -> RowOrder:
    """Which rows of the table, and in which order: ?find=&sort=&falling=1&file=1; 400 for no such column."""
    find, sort = request.args.get("find", "").strip()[:80], request.args.get("sort", "")
    if sort and sort not in SORTS:
        abort(400)
    most = MOST_IN_FILE if request.args.get("file") == "1" else MOST_ROWS
    return RowOrder(find, sort, request.args.get("falling") == "1", most)


@desk.get("/<language:code>/<version>/offmap.json")
def off_map(slug: str, code: str, version: str) -> Response:
    snapshot = snapshot_of(slug, version)
    return _json(desk_resources.off_map(snapshot, code, asked_choice(snapshot), _hours(snapshot)))


@desk.get("/<language:code>/<version>/cells-in.json")
def cells_in(slug: str, code: str, version: str) -> Response:  # noqa: ARG001 (figures have no language)
    snapshot = snapshot_of(slug, version)
    return _json(desk_resources.cells_in(snapshot, asked_choice(snapshot), _hours(snapshot) or abort(400)))


@desk.get("/tiles/<registry>/stations.json")
def tile_json(slug: str, registry: str) -> Response:
    snapshot = _of_registry(slug, registry)
    base = f"{request.base_url.removesuffix('.json')}/"
    return _json(desk_resources.tile_json(snapshot, visitors_language(), base))


@desk.get("/tiles/<registry>/stations/<int:z>/<int:x>/<int:y>/<int:ordinal>.json")
def feature(slug: str, registry: str, z: int, x: int, y: int, ordinal: int) -> Response:
    return _json(desk_resources.feature(_of_registry(slug, registry), z, x, y, ordinal))


def _of_registry(slug: str, registry: str) -> Snapshot:
    snapshot = snapshot_of(slug)
    if registry != snapshot.registry.version:
        raise NotFound("no such registry")
    return snapshot


@desk.get("/<language:code>/station.json")
def station(slug: str, code: str) -> Response:
    return _json(desk_resources.station(snapshot_of(slug), code, request.args.get("id", "")))


@desk.get("/<language:code>/search.json")
def search(slug: str, code: str) -> Response:
    return _json(desk_resources.search(snapshot_of(slug), code, request.args.get("q", "")))


@desk.get("/version.json")
def version(slug: str) -> Response:
    published = _published(slug)
    return _json(orjson.dumps({"version": snapshot_of(slug).version, "error": bool(published.problems)}))


@desk.get("/<path:rest>")
def nothing(slug: str, rest: str) -> Response:  # noqa: ARG001 (closed first, then not there)
    raise NotFound("no such page")
