"""The API by which programs send reports: a device's token, JSON in, JSON or problem details out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson
from flask import Blueprint, Response, g, request

from geo.intake.device_places import IsOwn, rows_elsewhere
from geo.intake.report_rows import MOST_ROWS, Sender, events_from_rows
from geo.journal.device_tokens import Device
from geo.journal.event import Event, JournalEntry
from geo.journal.journal_writer import Receipt
from geo.model.errors import NotFound
from web.api_document import LATEST, document
from web.headers import NO_STORE, answer
from web.policy import DEVICE, Actor, current_actor, may
from web.problem_details import problem
from web.served import door, door_log, library

api = Blueprint("api", __name__, url_prefix="/api/v1")
ABOUT: Final = {"visits": "visit", "incidents": "incident"}
TABLE: Final = "/<slug>/<any(visits, incidents):table>"


@api.get("/openapi.json")
def described() -> Response:
    """The document that describes this API, for programs and people."""
    return answer(request, orjson.dumps(document()), "application/json")


@api.before_request
def identify() -> Response | None:
    """Know the sender by its token before anything else is looked at."""
    if request.endpoint == "api.described":
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    device = door().tokens.device(token.strip()) if scheme.lower() == "bearer" else None
    slug = str((request.view_args or {}).get("slug", ""))
    if device is not None and device.mission == slug:
        g.device, g.actor = device, _actor(device)
        return None
    door_log().refused(slug, request.remote_addr, "key of another mission" if device else "no device's key")
    if device is not None:
        return problem(403, "This key is for another mission.")
    response = problem(401, "Send a device's key: Authorization: Bearer KEY.")
    response.headers["WWW-Authenticate"] = 'Bearer realm="baqylau"'
    return response


def _actor(device: Device) -> Actor:
    places = {(device.mission, area) for area in device.areas}
    stations = {(device.mission, station) for station in device.stations}
    whole = {(device.mission, "")} if not places and not stations else set()
    return Actor(device.name, frozenset({DEVICE}), frozenset(places | whole), frozenset(stations))


@api.post(TABLE)
def send(slug: str, table: str) -> Response:
    """Take reports; answered once they are on the disk."""
    if request.mimetype != "application/json":
        return problem(415, "Send application/json.")
    try:
        given = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        return problem(400, f"The body is no JSON: {error}.")
    rows = given if isinstance(given, list) else [given]
    if not 1 <= len(rows) <= MOST_ROWS:
        return problem(422, f"Send 1 to {MOST_ROWS} rows at a time.")
    return _take(slug, ABOUT[table], rows)


@api.get(TABLE)
def sent(slug: str, table: str) -> Response:
    """What this sender sent, in the journal's order, from a sequence number on."""
    after, limit = _number("after", 0, LATEST), _number("limit", MOST_ROWS, MOST_ROWS)
    if after is None or not limit:
        return problem(400, f"after is a sequence number, limit is 1 to {MOST_ROWS}.")
    device: Device = g.device
    entries = door().reader.sent_by(slug, device.name, ABOUT[table], after, limit)
    last = entries[-1].seq if entries else after
    return _json({"events": [_plain(entry) for entry in entries], "after": last})


def _take(slug: str, about: str, rows: Sequence[object]) -> Response:
    snapshot, device = library().get(slug).snapshot, g.device
    if snapshot is None:
        raise NotFound(f"mission {slug[:64]!r} could never be built")
    sender = Sender(slug, device.name, device.person, device.team)
    events, problems = events_from_rows(rows, about, sender, snapshot)
    if places := (*device.areas, *device.stations):
        problems = rows_elsewhere(rows, problems, snapshot, _is_own(slug), places)
    if problems:
        errors = [asdict(wrong) for wrong in problems]
        return problem(422, "Nothing was taken: see errors.", errors=errors)
    return _receipts(events, door().append(events))


def _is_own(slug: str) -> IsOwn:
    actor = current_actor()
    return lambda areas, station: may(actor, "reports.send", slug, areas, station)


def _receipts(events: Sequence[Event], receipts: Sequence[Receipt]) -> Response:
    results = [
        {
            "row": row,
            "id": event.root,
            "version": event.version,
            "status": receipt.status,
            "sequence": receipt.seq,
        }
        for row, (event, receipt) in enumerate(zip(events, receipts, strict=True), 1)
    ]
    statuses = {receipt.status for receipt in receipts}
    if "conflict" in statuses:
        says = "Another body came under the same id and version before; the other rows were taken."
        return problem(409, says, results=results)
    return _json({"results": results}, 201 if "accepted" in statuses else 200)


def _plain(entry: JournalEntry) -> dict[str, Any]:
    event = entry.event
    return {
        "sequence": entry.seq, "received_at": entry.received_at.isoformat(), "kind": event.kind,
        "id": event.root, "version": event.version, "supersedes": event.supersedes,
        "made_at": event.made_at, "fields": {**event.body, **event.private},
    }  # fmt: skip


def _number(name: str, otherwise: int, most: int) -> int | None:
    texts = request.args.getlist(name) or [str(otherwise)]
    is_number = texts[0].isascii() and texts[0].isdecimal() and len(texts[0]) <= len(str(most))
    return int(texts[0]) if len(texts) == 1 and is_number and int(texts[0]) <= most else None


def _json(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = NO_STORE
    return response
