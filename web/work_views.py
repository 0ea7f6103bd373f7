"""Work on reports: the inbox, histories, decisions. Behind the desk's door; written by one process."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, abort, current_app, request

from geo.journal.event import JournalUnavailable
from geo.model.errors import Busy, InputError
from geo.serving.journal_door import JournalDoor
from web import work_resources
from web.desk_views import shown_and_whole, snapshot_of
from web.doors import NEVER, keep_nowhere, only_from_own_pages
from web.headers import answer

work = Blueprint("desk_work", __name__, url_prefix="/<slug>/desk/<language:code>/work")
work.before_request(only_from_own_pages)
work.after_request(keep_nowhere)
RETRY_S = "2"


def _door() -> JournalDoor:
    door: JournalDoor = current_app.extensions["baqylau.journal"]
    return door


def _json(value: Any, status: int = 200) -> Response:
    response = answer(request, orjson.dumps(value), "application/json", cache=NEVER)
    response.status_code = response.status_code if status == 200 else status
    return response


def _given() -> dict[str, Any]:
    """The object in the request's body. Raises InputError; 415 for a form, which any page could send."""
    if request.mimetype != "application/json":
        abort(415)
    try:
        value = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise InputError(f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError("the body must be an object")
    return value


@work.errorhandler(InputError)
def refused(error: InputError) -> Response:
    """What was asked cannot be understood: only what our pages never send, or a name that is none."""
    return _json({"done": 0, "message": str(error), "stale": []}, 422)


@work.errorhandler(Busy)
@work.errorhandler(JournalUnavailable)
def unavailable(error: Busy | JournalUnavailable) -> Response:
    """Nothing was written; the same may be sent again."""
    response = _json({"done": 0, "message": str(error), "stale": []}, 503)
    response.headers["Retry-After"] = RETRY_S
    return response


@work.get("/start.json")
def start(slug: str, code: str) -> Response:
    return _json(work_resources.start(snapshot_of(slug), slug, code))


@work.get("/inbox.json")
def inbox(slug: str, code: str) -> Response:
    return _json(work_resources.listed(*shown_and_whole(slug), _door(), slug, code, request.args))


@work.get("/history.json")
def history(slug: str, code: str) -> Response:
    about, report_id = request.args.get("about", ""), request.args.get("id", "")
    return _json(work_resources.history(*shown_and_whole(slug), _door(), slug, code, about, report_id))


@work.post("/decide.json")
def decide(slug: str, code: str) -> Response:
    return _json(*work_resources.decide(*shown_and_whole(slug), _door(), slug, code, _given()))


@work.post("/visit.json")
def enter(slug: str, code: str) -> Response:
    return _json(*work_resources.enter(*shown_and_whole(slug), _door(), slug, code, _given()))


@work.get("/calls.json")
def calls(slug: str, code: str) -> Response:
    return _json(work_resources.calls(*shown_and_whole(slug), _door(), slug, code))


@work.post("/call.json")
def note_call(slug: str, code: str) -> Response:
    return _json(*work_resources.note_call(*shown_and_whole(slug), _door(), slug, code, _given()))


@work.get("/doctor.json")
def doctor(slug: str, code: str) -> Response:
    return _json(work_resources.doctor(snapshot_of(slug), _door(), slug, code))


@work.post("/move.json")
def move_station(slug: str, code: str) -> Response:
    return _json(*work_resources.move_station(snapshot_of(slug), _door(), slug, code, _given()))
