"""What a program is told of a failed request: RFC 9457 problem details."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Response, request
from werkzeug.http import HTTP_STATUS_CODES

from web.headers import NO_STORE

PROGRAMS: Final = "/api/"  # addresses below are asked by programs, not by people
MEDIA_TYPE: Final = "application/problem+json"


def is_program() -> bool:
    """Return whether this request's address is one of the API."""
    return request.path.startswith(PROGRAMS)


def described(status: int, detail: str, **further: Any) -> bytes:
    """Return the body of a problem."""
    title = HTTP_STATUS_CODES.get(status, "Error")
    return orjson.dumps(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **further}
    )


def problem(status: int, detail: str, **further: Any) -> Response:
    """Return a problem; `further`: members of its own, as `errors` with row, column and message."""
    response = Response(described(status, detail, **further), status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = NO_STORE
    return response
