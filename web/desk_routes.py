"""The routes desk: a plan of every team's day, asked for, changed, printed. Behind the desk's token."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, abort, current_app, request

from geo.errors import Busy, InputError, NotFound, RouteError
from geo.planning import ask as asking
from geo.planning import changes as changing
from geo.planning.made import Made
from geo.plans import Plans
from geo.snapshot import Snapshot
from web import desk_plans
from web.desk import NEVER, guard, keep_nowhere, only_from_own_pages, snapshot_of
from web.headers import answer

routes = Blueprint("desk_routes", __name__, url_prefix="/<slug>/desk/<any(en, ru, kk):code>/routes")
routes.before_request(guard)
routes.before_request(only_from_own_pages)
routes.after_request(keep_nowhere)
LARGEST_BODY = 1 << 20  # bytes of a question; a plan of thousands of excluded stations has fewer


def _plans() -> Plans:
    found: Plans = current_app.extensions["baqylau.plans"]
    return found


def _json(value: Any, status: int = 200) -> Response:
    response = answer(request, orjson.dumps(value), "application/json", cache=NEVER)
    response.status_code = response.status_code if status == 200 else status
    return response


def _asked() -> dict[str, Any]:
    """The object in the request's body. Raises InputError."""
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    value = asking.json_of(request.get_data())
    if not isinstance(value, dict):
        raise InputError("the question must be an object")
    return value


@routes.errorhandler(InputError)
def refused(error: InputError) -> Response:
    """What was asked cannot be understood, or speaks of a plan that is gone: said, never shown as a page."""
    return _json({"message": str(error)}, 400)


@routes.errorhandler(RouteError)
def impossible(error: RouteError) -> Response:
    """What was asked can be understood but not be had: said in the page's language."""
    code = (request.view_args or {}).get("code", "en")
    return _json({"message": desk_plans.refusal(error, code)}, 400)


@routes.errorhandler(Busy)
def busy(error: Busy) -> Response:
    return _json({"message": str(error), "busy": True}, 503)


@routes.get("/start.json")
def start(slug: str, code: str) -> Response:
    return _json(desk_plans.start(snapshot_of(slug), code))


@routes.get("/plan.json")
def plan(slug: str, code: str) -> Response:
    return _json(desk_plans.state(_plans(), snapshot_of(slug), code, request.args.get("have", "")))


@routes.post("/plan.json")
def begin(slug: str, code: str) -> Response:
    given, snapshot = _asked(), snapshot_of(slug)
    seconds = asking.number_of(given.get("seconds", 20), "seconds", 1, 60)
    seed = int(asking.number_of(given.get("seed", 0), "seed", 0, 2**31))
    _plans().start(snapshot, asking.of_json(given.get("ask", {})), seconds, seed)
    return _json(desk_plans.state(_plans(), snapshot, code), 202)


@routes.post("/change.json")
def change(slug: str, code: str) -> Response:
    given, snapshot = _asked(), snapshot_of(slug)
    now = given.get("now")
    minutes = None if now is None else asking.minutes_of(asking.text_of(now, "now"))
    base = asking.text_of(given.get("base"), "base")
    _plans().change(snapshot, base, changing.of_json(given.get("changes")), minutes)
    return _json(desk_plans.state(_plans(), snapshot, code), 202)


@routes.post("/undo.json")
def undo(slug: str, code: str) -> Response:
    _plans().undo(snapshot_of(slug))
    return _json(desk_plans.state(_plans(), snapshot_of(slug), code))


@routes.post("/cancel.json")
def cancel(slug: str, code: str) -> Response:
    _plans().cancel(slug)
    return _json(desk_plans.state(_plans(), snapshot_of(slug), code))


@routes.get("/next.json")
def next_best(slug: str, code: str) -> Response:
    team_id = request.args.get("team", "")
    return _json(desk_plans.next_best(_plans(), snapshot_of(slug), code, team_id))


def _made(snapshot: Snapshot) -> Made:
    made = _plans().current(snapshot)
    if made is None:
        raise NotFound("there is no plan yet")
    return made


@routes.get("/sheets/")
def sheets(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    body = desk_plans.sheets(_made(snapshot), snapshot, code, request.args.get("team", ""))
    return answer(request, body, "text/html", cache=NEVER)


@routes.get("/files/<name>")
def file(slug: str, code: str, name: str) -> Response:
    snapshot = snapshot_of(slug)
    body, media_type = desk_plans.file(_made(snapshot), snapshot, code, name)
    response = answer(request, body, media_type, cache=NEVER)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-{name}"'
    return response
