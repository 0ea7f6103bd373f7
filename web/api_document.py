"""The OpenAPI 3.1 document of the API, made of the same fields that its rows are held to."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from geo.analysis.live.incoming_report import LONGEST
from geo.intake.report_rows import MOST_ROWS, ROW_FIELDS, RowField

ID_PATTERN: Final = r"^[\w.:@+-]{1,100}$"
LATEST: Final = (1 << 63) - 1  # sequence number
Json = dict[str, Any]


@cache
def document() -> Json:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Baqylau: reports", "version": "1",
            "description": "Send visits and incidents of a mission, and read back what was sent. An answer "
            "2xx means that the reports are on the server's disk. The same again is no harm; another body "
            "under the same id and version is a conflict.",
        },
        "servers": [{"url": ".", "description": "relative to this document"}],
        "security": [{"device": []}],
        "paths": {
            "/{mission}/visits": _table("visits", "visit"),
            "/{mission}/incidents": _table("incidents", "incident"),
        },
        "components": {
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "visit": _row("visit"), "incident": _row("incident"), "receipts": _RECEIPTS,
                "events": _EVENTS, "problem": _PROBLEM,
            },
        },
    }  # fmt: skip


def _table(plural: str, about: str) -> Json:
    row = {"$ref": f"#/components/schemas/{about}"}
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": MOST_ROWS}
    numbers = [
        ("after", {"type": "integer", "minimum": 0, "maximum": LATEST}, "from after this number"),
        ("limit", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}, "at most so many"),
    ]  # fmt: skip
    asked = [
        {"name": name, "in": "query", "schema": schema, "description": says, "required": False}
        for name, schema, says in numbers
    ]
    mission = {
        "name": "mission",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    }
    return {
        "parameters": [mission],
        "post": {
            "operationId": f"send_{plural}",
            "summary": f"Send one or many {plural}; all of them are taken or none.",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"anyOf": [row, rows]}}},
            },
            "responses": {
                "200": _answer("known already", "receipts"), "201": _answer("taken", "receipts"),
                **_problems(400, 401, 403, 404, 409, 413, 414, 415, 422, 503),
            },
        },
        "get": {
            "operationId": f"sent_{plural}",
            "summary": f"What this sender sent of {plural}, in the order it was taken.",
            "parameters": asked,
            "responses": {"200": _answer("events", "events"), **_problems(400, 401, 403, 404, 414, 503)},
        },
    }  # fmt: skip


def _row(about: str) -> Json:
    properties = {name: _schema(field) for name, field in ROW_FIELDS[about].items()}
    return {"type": "object", "properties": properties, "required": ["id"], "additionalProperties": False}


def _schema(field: RowField) -> Json:
    kinds: dict[str, Json] = {
        "id": {"type": "string", "pattern": ID_PATTERN},
        "text": {"type": "string", "maxLength": LONGEST},
        "time": {"type": ["string", "null"], "format": "date-time"},
        "number": {"type": ["number", "null"]},
        "list": {"type": "array", "items": {"type": "string"}, "maxItems": 1_000},
        "flag": {"type": "boolean"},
    }
    schema = kinds[field.kind] | {"description": field.says}
    return schema | {"enum": list(field.choices)} if field.choices else schema


_SAYS: Final = {
    400: "the request cannot be read", 401: "no key", 403: "a key of another mission", 404: "no such mission",
    409: "another body came under the same id and version", 413: "more than 1 MiB",
    414: "the address is too long", 415: "not application/json",
    422: "rows say something that cannot be, or are of a team or place that is not this key's: see errors",
    503: "not now; Retry-After says when to send the same again",
}  # fmt: skip


def _problems(*statuses: int) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {str(status): {"description": _SAYS[status], "content": content} for status in statuses}


def _answer(says: str, schema: str) -> Json:
    return {
        "description": says,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _object(required: Json, **optional: Json) -> Json:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


_TEXT: Final[Json] = {"type": "string"}
_NUMBER: Final[Json] = {"type": "integer"}
_RESULT: Final = _object(
    {
        "row": _NUMBER, "id": _TEXT, "version": _TEXT, "sequence": _NUMBER,
        "status": {"enum": ["accepted", "known", "conflict"]},
    }
)  # fmt: skip
_RECEIPTS: Final = _object({"results": {"type": "array", "items": _RESULT}})
_EVENT: Final = _object(
    {
        "sequence": _NUMBER, "received_at": _TEXT, "kind": _TEXT, "id": _TEXT, "version": _TEXT,
        "supersedes": _TEXT, "made_at": _TEXT, "fields": {"type": "object"},
    }
)  # fmt: skip
_EVENTS: Final = _object({"events": {"type": "array", "items": _EVENT}, "after": _NUMBER})
_ERROR: Final = _object({"row": _NUMBER, "column": _TEXT, "message": _TEXT})
_PROBLEM: Final = _object(
    {"type": _TEXT, "title": _TEXT, "status": _NUMBER, "detail": _TEXT},
    errors={"type": "array", "items": _ERROR},
    results={"type": "array", "items": _RESULT},
)
