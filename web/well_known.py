"""What programs ask of any site: may I index it, is it well, whom do I tell about a weakness."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from flask import Blueprint, Response, current_app, request

from geo.serving.journal_door import JournalDoor
from web.assets import assets
from web.headers import NO_STORE, answer
from web.served import door, library, settings

well_known = Blueprint("well_known", __name__)
EXPIRES: Final = timedelta(days=180)  # RFC 9116: less than a year
READY: Final = "ready"
ROBOTS: Final = b"User-agent: *\nDisallow: /*/desk/\nAllow: /\n"


@well_known.get("/robots.txt")
def robots() -> Response:
    return answer(request, ROBOTS, "text/plain")


@well_known.get("/favicon.ico")
def icon() -> Response:
    """Browsers ask for this one where a document, such as a plan's JSON, names no icon of its own."""
    asset = assets().static["icon.svg"]
    return answer(request, asset.body, asset.media_type)


@well_known.get("/.well-known/security.txt")
@well_known.get("/security.txt")
def security() -> Response:
    """RFC 9116. Without an address of the operator's own, the start page is where one is looked for."""
    contact = settings().security_contact or request.root_url
    expires = (datetime.now(UTC) + EXPIRES).strftime("%Y-%m-%dT00:00:00Z")
    lines = (f"Contact: {contact}", f"Expires: {expires}", "Preferred-Languages: en, ru, kk", "")
    return answer(request, "\n".join(lines).encode(), "text/plain")


@well_known.get("/healthz")
def health() -> Response:
    """Whether this process answers and may write: counts of missions, no name of any. 503 if it may not."""
    served = library().listed()
    state: Path = current_app.config["STATE"]
    is_writable = os.access(state if state.exists() else state.parent, os.W_OK)
    counts = {
        "status": "ok" if is_writable else "the state directory cannot be written to",
        "missions": len(served),
        "preparing": sum(mission is None for mission in served.values()),
        "unreadable": sum(mission is not None and mission.snapshot is None for mission in served.values()),
        **door().state(),
    }
    return _state(counts, is_writable)


@well_known.get("/readyz")
def ready() -> Response:
    """Whether every mission was looked at and has what the journal had: 503 while not. No name, no count."""
    is_built = None not in library().listed().values()
    journal = door().state()
    if not is_built:
        status = "missions are being built"
    elif journal["journal"] not in (JournalDoor.EMPTY, JournalDoor.OK):
        status = "the journal cannot be read"
    else:
        status = READY if library().has_caught_up else "the journal is being read"
    return _state({"status": status, **journal}, status == READY)


def _state(values: dict[str, Any], is_well: bool) -> Response:
    response = Response(orjson.dumps(values), 200 if is_well else 503, mimetype="application/json")
    response.headers["Cache-Control"] = NO_STORE
    return response
