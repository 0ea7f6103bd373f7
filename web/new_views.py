"""“Put your data on a map”: behind the doors, and seen by nobody else until somebody says so."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from geo.model.errors import BaqylauError, InputError
from geo.model.languages import LANGUAGES
from web import new_resources, session
from web.doors import NEVER, NEW, keep_nowhere, root, to
from web.headers import answer
from web.offered_languages import preferred
from web.served import library, own_missions

new = Blueprint("new", __name__, url_prefix=f"/{NEW}")
new.after_request(keep_nowhere)


def _code() -> str:
    code = str((request.view_args or {}).get("code", ""))
    return code or preferred(LANGUAGES)


def _page(body: bytes, status: int = 200) -> Response:
    response = answer(request, body, "text/html", cache=NEVER)
    response.status_code = status
    return response


@new.get("/")
def entry() -> AnyResponse:
    return to(f"{_code()}/")


@new.get("/<language:code>/")
def form(code: str) -> Response:
    return _page(new_resources.form_page(code, root(), own_missions(), library().listed()))


@new.post("/<language:code>/file")
def bring(code: str) -> AnyResponse:
    """Keep the files as a draft if the list can be read, else say why not."""
    brought = {part: _given(part) for part in ("stations", "areas")}
    files = {part: (str(file.filename), _saver(file)) for part, file in brought.items() if file}
    try:
        draft = new_resources.brought(own_missions(), files)
    except InputError as error:
        body = new_resources.form_page(code, root(), own_missions(), library().listed(), error.said)
        return _page(body, 422)
    return to(f"draft/{draft}/")


def _given(part: str) -> FileStorage | None:
    """The file of a form's part, None where none was chosen."""
    file = request.files.get(part)
    return file if file is not None and file.filename else None


def _saver(file: FileStorage) -> new_resources.Saver:
    def save(path: Path) -> None:
        file.save(path)

    return save


@new.get("/<language:code>/draft/<draft>/")
def guessed(code: str, draft: str) -> Response:
    return _page(new_resources.draft_page(code, root(), own_missions(), draft))


@new.post("/<language:code>/draft/<draft>/")
def make(code: str, draft: str) -> AnyResponse:
    """Write the mission and have it served; what cannot be is said on the draft's page."""
    asked = {key: value for key, value in request.form.items() if len(value) <= 1_000}
    try:
        slug = new_resources.make(own_missions(), draft, asked, set(library().listed()))
    except InputError as error:
        return _page(new_resources.draft_page(code, root(), own_missions(), draft, asked, error.said), 422)
    library().refresh_if_idle()
    return to(f"../../map/{slug}/")


@new.get("/<language:code>/map/<slug>/")
def result(code: str, slug: str) -> Response:
    if slug not in own_missions().slugs():
        abort(404)
    try:
        served = library().get(slug)
    except BaqylauError:  # another process wrote it this second
        served = None
    grant = session.cookie_value(str(current_app.config["DESK_TOKEN"]), slug)
    return _page(new_resources.map_page(code, root(), own_missions(), slug, served, grant))


@new.post("/<language:code>/map/<slug>/shown")
def show(code: str, slug: str) -> AnyResponse:  # noqa: ARG001 (the same in every language)
    own_missions().show(slug)
    return to("./")
