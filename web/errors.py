"""What a failed request answers: a short text in three languages, never a stack trace."""

from __future__ import annotations

import logging
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from geo.errors import BaqylauError, NotFound
from layers.language import mark
from web import pages

LOG: Final = logging.getLogger("baqylau")
# Error → status, in one place; a subclass before its base.
STATUS: Final[dict[type[BaqylauError], int]] = {
    NotFound: 404,
    pages.Unreadable: 503,
    pages.Preparing: 503,
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


PREPARING: Final = (
    mark("The figures of this mission are being prepared."),
    mark("This takes up to a few minutes after the server has started. Load the page again soon."),
)


def register(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(BaqylauError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: BaqylauError) -> Response:
    response = _page(next(status for kind, status in STATUS.items() if isinstance(error, kind)), error)
    if isinstance(error, pages.Preparing):
        response.headers["Retry-After"] = "20"
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    response = _page(error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, request.path, exc_info=error)
    return _page(500)


def _page(status: int, error: Exception | None = None) -> Response:
    title, says = PREPARING if isinstance(error, pages.Preparing) else TEXTS.get(status, OTHER)
    depth = max(request.path.count("/") - 1, 0)
    root = "/".join([".."] * depth) or "."
    return Response(pages.error_page(status, title, says, root), status, mimetype="text/html")
