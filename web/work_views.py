"""Work on reports: the inbox, histories, decisions. Behind the desk's door; written by one process."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from geo.journal.event import JournalUnavailable
from geo.model.errors import Busy, InputError
from layers.words.language import language
from layers.words.message_text import message_in_language
from web import upload_resources, work_resources
from web.desk_views import shown_and_whole, snapshot_of, whole_of
from web.doors import keep_nowhere
from web.json_requests import given_object, json_answer
from web.served import door

work = Blueprint("desk_work", __name__, url_prefix="/<slug>/desk/<language:code>/work")
work.after_request(keep_nowhere)
RETRY_S = "2"


@work.errorhandler(InputError)
def refused(error: InputError) -> Response:
    """What was asked cannot be understood: only what our pages never send, or a name that is none."""
    says = message_in_language(error.said, language((request.view_args or {}).get("code", "en")))
    return json_answer({"done": 0, "message": says, "stale": []}, 422)


@work.errorhandler(Busy)
@work.errorhandler(JournalUnavailable)
def unavailable(error: Busy | JournalUnavailable) -> Response:
    """Nothing was written; the same may be sent again."""
    response = json_answer({"done": 0, "message": str(error), "stale": []}, 503)
    response.headers["Retry-After"] = RETRY_S
    return response


@work.get("/start.json")
def start(slug: str, code: str) -> Response:
    return json_answer(work_resources.start(snapshot_of(slug), slug, code))


@work.get("/inbox.json")
def inbox(slug: str, code: str) -> Response:
    return json_answer(work_resources.listed(*shown_and_whole(slug), door(), slug, code, request.args))


@work.get("/history.json")
def history(slug: str, code: str) -> Response:
    about, report_id = request.args.get("about", ""), request.args.get("id", "")
    return json_answer(work_resources.history(*shown_and_whole(slug), door(), slug, code, about, report_id))


@work.post("/decide.json")
def decide(slug: str, code: str) -> Response:
    return json_answer(*work_resources.decide(*shown_and_whole(slug), door(), slug, code, given_object()))


@work.post("/visit.json")
def enter(slug: str, code: str) -> Response:
    return json_answer(*work_resources.enter(*shown_and_whole(slug), door(), slug, code, given_object()))


@work.get("/calls.json")
def calls(slug: str, code: str) -> Response:
    return json_answer(work_resources.calls(*shown_and_whole(slug), door(), slug, code))


@work.post("/call.json")
def note_call(slug: str, code: str) -> Response:
    return json_answer(*work_resources.note_call(*shown_and_whole(slug), door(), slug, code, given_object()))


@work.get("/doctor.json")
def doctor(slug: str, code: str) -> Response:
    return json_answer(work_resources.doctor(snapshot_of(slug), door(), slug, code))


@work.post("/move.json")
def move_station(slug: str, code: str) -> Response:
    return json_answer(*work_resources.move_station(snapshot_of(slug), door(), slug, code, given_object()))


@work.post("/file.json")
def look_at_file(slug: str, code: str) -> Response:
    """What taking a file would do; its bytes are the body: no page of others can send them so."""
    if request.mimetype != "application/octet-stream":
        abort(415)
    body = request.get_data(cache=False)
    return json_answer(upload_resources.look(whole_of(slug), door(), slug, code, request.args, body))


@work.post("/take.json")
def take_rows(slug: str, code: str) -> Response:
    return json_answer(*upload_resources.take(whole_of(slug), door(), slug, code, given_object()))
