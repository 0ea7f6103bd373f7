"""What a failed request answers: a short text in three languages, never a stack trace."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from geo.journal.event import EventError, JournalBusy, JournalUnavailable
from geo.model.errors import BaqylauError, Busy, NotFound
from layers.words.language import mark
from web import headers, press_resources
from web.problem_details import is_program, problem
from web.version_lag import VersionLag

LOG: Final = logging.getLogger("baqylau")
# Error → status, in one place; a subclass before its base.
STATUS: Final[dict[type[BaqylauError], int]] = {
    NotFound: 404,
    press_resources.Unreadable: 503,
    press_resources.Preparing: 503,
    press_resources.NotMade: 503,
    Busy: 503,
    JournalUnavailable: 503,
    EventError: 403,  # of what the rows passed: a person whose key was destroyed
    BaqylauError: 500,
}
TEXTS: Final[dict[int, tuple[str, str]]] = {
    404: (mark("There is no such page."), mark("Check the address, or start from the list of missions.")),
    405: (mark("This cannot be done here."), mark("The page can only be read.")),
    503: (
        mark("The data of this mission cannot be read at the moment."),
        mark("Whoever runs this server finds the reason in its log."),
    ),
    500: (mark("Something went wrong on the server."), mark("It has been written to the server’s log.")),
}
OTHER: Final = (mark("The request could not be answered."), mark("Check the address and try again."))


# Error → seconds after which the same may be asked again.
AGAIN_S: Final[dict[type[BaqylauError], int]] = {
    press_resources.Drawing: 3,
    press_resources.Preparing: 20,
    press_resources.NotMade: 60,
    JournalBusy: 2,
    JournalUnavailable: 5,
    Busy: 20,
}
DRAWING: Final = (
    mark("Other pictures are being drawn at the moment."),
    mark("Ask for this one again in a few seconds."),
)
PREPARING: Final = (
    mark("The figures of this mission are being prepared."),
    mark("This takes up to a few minutes after the server has started. Load the page again soon."),
)

NOT_MADE: Final = (
    mark("The figures of this mission could not be made."),
    mark("It is tried again in a minute; whoever runs this server finds the reason in its log."),
)


def register(app: Flask) -> None:
    """Answer every error with a page of ours, and redirects of the routing with an address of ours."""
    app.after_request(_without_our_name)
    app.register_error_handler(BaqylauError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: BaqylauError) -> Response:
    lag: VersionLag = current_app.extensions["baqylau.lag"]
    if isinstance(error, NotFound) and (
        late := lag.answer(request.view_args or {}, current_app.dispatch_request)
    ):
        return late
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    if status == 500:
        LOG.error("%s %s failed: %r", request.method, _rule(), str(error))
    response = _page(status, error)
    if again := next((seconds for kind, seconds in AGAIN_S.items() if isinstance(error, kind)), 0):
        response.headers["Retry-After"] = str(again)
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    response = _page(error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _without_our_name(response: Response) -> Response:
    """Lead to the same address with a slash at its end without this server's name: a request may say any.

    It may hold the desk's key, so nothing on the way keeps it.
    """
    if isinstance(request.routing_exception, RequestRedirect):
        query = request.query_string.decode("latin-1")
        last = quote(request.path.rsplit("/", 1)[1])
        response.headers["Location"] = f"./{last}/{'?' if query else ''}{query}"
        response.headers["Cache-Control"] = headers.NO_STORE
        response.autocorrect_location_header = False
        response.set_data(b"")
    return response


def _unexpected(error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, _rule(), exc_info=error)
    return _page(500)


def _rule() -> str:
    """The pattern that an address matched: the address may hold anything, names and line ends too."""
    return request.url_rule.rule if request.url_rule else "no address of ours"


def _page(status: int, error: Exception | None = None) -> Response:
    if is_program():
        return problem(status, str(error) if error else _texts(status, None)[0])
    title, says = _texts(status, error)
    depth = max(request.path.count("/") - 1, 0)
    root = "/".join([".."] * depth) or "."
    problems = error.problems if isinstance(error, press_resources.Unreadable) else ()
    # an address may hold any word for a language: those that tell no problem are one page
    code = (request.view_args or {}).get("code", "en") if problems else "en"
    body = press_resources.error_page(status, title, says, root, problems, code)
    return Response(body, status, mimetype="text/html")


def _texts(status: int, error: Exception | None) -> tuple[str, str]:
    if isinstance(error, press_resources.Drawing):
        return DRAWING
    if isinstance(error, press_resources.NotMade):
        return NOT_MADE
    return PREPARING if isinstance(error, press_resources.Preparing | Busy) else TEXTS.get(status, OTHER)
