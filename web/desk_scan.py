"""The search for clusters on the desk: begun, looked at, called off. Behind the desk's token."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, request

from geo import scanning
from geo.counts import Choice
from geo.errors import Busy
from geo.jobs import Jobs, State
from geo.scanning import Scan
from geo.snapshot import Snapshot
from layers import desk_scan
from layers.language import language
from web.desk import NEVER, asked_choice, guard, keep_nowhere, only_from_own_pages, snapshot_of
from web.headers import answer

scan = Blueprint("desk_scan", __name__, url_prefix="/<slug>/desk/<any(en, ru, kk):code>/scan")
scan.before_request(guard)
scan.before_request(only_from_own_pages)
scan.after_request(keep_nowhere)


def _scans() -> Jobs[Scan]:
    found: Jobs[Scan] = current_app.extensions["baqylau.scans"]
    return found


def _key(snapshot: Snapshot, choice: Choice) -> tuple[str, Choice]:
    return snapshot.mission.slug, choice


def _told(state: State[Scan] | None, snapshot: Snapshot, code: str, status: int = 200) -> Response:
    said = desk_scan.told(state, snapshot, language(code))
    response = answer(request, orjson.dumps(said), "application/json", cache=NEVER)
    response.status_code = response.status_code if status == 200 else status
    return response


@scan.errorhandler(Busy)
def busy(error: Busy) -> Response:  # noqa: ARG001 (the desk says it in its own language)
    return Response(orjson.dumps({"status": "busy"}), 503, mimetype="application/json")


@scan.get("/state.json")
def state(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    return _told(_scans().state(_key(snapshot, asked_choice(snapshot))), snapshot, code)


@scan.post("/start.json")
def start(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    choice = asked_choice(snapshot)
    begun = _scans().start(
        _key(snapshot, choice), snapshot.version, lambda progress: scanning.run(snapshot, choice, progress)
    )
    return _told(begun, snapshot, code, 202)


@scan.post("/cancel.json")
def cancel(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    return _told(_scans().cancel(_key(snapshot, asked_choice(snapshot))), snapshot, code)
