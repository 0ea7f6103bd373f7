"""What the desk's programs send and get: an object of JSON in, a value of JSON out, kept nowhere."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, abort, request

from geo.model.errors import InputError
from web.doors import NEVER
from web.headers import answer


def json_answer(value: Any, status: int = 200) -> Response:
    """Return a value for whoever asked, and nobody else."""
    response = answer(request, orjson.dumps(value), "application/json", cache=NEVER)
    response.status_code = response.status_code if status == 200 else status
    return response


def given_object() -> dict[str, Any]:
    """Return the object in the request's body; 415 for a form: any page could send one. Raises InputError."""
    if request.mimetype != "application/json":
        abort(415)
    try:
        value = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise InputError(f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError("the body must be an object")
    return value
