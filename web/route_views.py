"""The routes desk: a plan of every team's day, asked for, changed, printed. Behind the desk's token."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from geo.model.errors import Busy, InputError, NotFound, RouteError
from geo.model.snapshot import Snapshot
from geo.routing import plan_changes as changing
from geo.routing import plan_request as asking
from geo.routing.planner import PlanState
from geo.serving.plans import Plans
from web import route_resources
from web.desk_views import guard, snapshot_of
from web.doors import NEVER, keep_nowhere
from web.headers import answer
from web.json_requests import given_object, json_answer

routes = Blueprint("desk_routes", __name__, url_prefix="/<slug>/desk/<language:code>/routes")
routes.before_request(guard)
routes.after_request(keep_nowhere)


def _plans() -> Plans:
    plans: Plans = current_app.extensions["baqylau.plans"]
    return plans


@routes.errorhandler(InputError)
def refused(error: InputError) -> Response:
    """What was asked cannot be understood, or speaks of a plan that is gone: said, never shown as a page."""
    return json_answer({"message": str(error)}, 400)


@routes.errorhandler(RouteError)
def impossible(error: RouteError) -> Response:
    """What was asked can be understood but not be had: said in the page's language."""
    code = (request.view_args or {}).get("code", "en")
    return json_answer({"message": route_resources.refusal(error, code)}, 400)


@routes.errorhandler(Busy)
def busy(error: Busy) -> Response:
    return json_answer({"message": str(error), "busy": True}, 503)


@routes.get("/start.json")
def start(slug: str, code: str) -> Response:
    return json_answer(route_resources.start(snapshot_of(slug), code))


@routes.get("/plan.json")
def plan(slug: str, code: str) -> Response:
    return json_answer(route_resources.state(_plans(), snapshot_of(slug), code, request.args.get("have", "")))


@routes.post("/plan.json")
def begin(slug: str, code: str) -> Response:
    given, snapshot = given_object(), snapshot_of(slug)
    seconds = asking.number_of(given.get("seconds", 20), "seconds", 1, 60)
    seed = int(asking.number_of(given.get("seed", 0), "seed", 0, 2**31))
    _plans().start(snapshot, asking.of_json(given.get("ask", {})), seconds, seed)
    return json_answer(route_resources.state(_plans(), snapshot, code), 202)


@routes.post("/change.json")
def change(slug: str, code: str) -> Response:
    given, snapshot = given_object(), snapshot_of(slug)
    now = given.get("now")
    minutes = None if now is None else asking.minutes_of(asking.text_of(now, "now"))
    base = asking.text_of(given.get("base"), "base")
    _plans().change(snapshot, base, changing.of_json(given.get("changes")), minutes)
    return json_answer(route_resources.state(_plans(), snapshot, code), 202)


@routes.post("/undo.json")
def undo(slug: str, code: str) -> Response:
    _plans().undo(snapshot_of(slug))
    return json_answer(route_resources.state(_plans(), snapshot_of(slug), code))


@routes.post("/cancel.json")
def cancel(slug: str, code: str) -> Response:
    _plans().cancel(slug)
    return json_answer(route_resources.state(_plans(), snapshot_of(slug), code))


@routes.get("/next.json")
def next_best(slug: str, code: str) -> Response:
    team_id = request.args.get("team", "")
    return json_answer(route_resources.next_best(_plans(), snapshot_of(slug), code, team_id))


def _made(snapshot: Snapshot) -> PlanState:
    current = _plans().current(snapshot)
    if current is None:
        raise NotFound("there is no plan yet")
    return current


@routes.get("/sheets/")
def sheets(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    body = route_resources.sheets(_made(snapshot), snapshot, code, request.args.get("team", ""))
    return answer(request, body, "text/html", cache=NEVER)


@routes.get("/files/<name>")
def file(slug: str, code: str, name: str) -> Response:
    snapshot = snapshot_of(slug)
    body, media_type = route_resources.file(_made(snapshot), snapshot, code, name)
    response = answer(request, body, media_type, cache=NEVER)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-{name}"'
    return response
