"""Files of the desk's figures under one choice, and how they were made. Behind the desk's token."""

from __future__ import annotations

from flask import Blueprint, Response, request

from geo.analysis.exports import FORMATS
from geo.model.errors import NotFound
from layers.desk import export_file
from web.desk_views import asked_choice, guard, snapshot_of
from web.doors import NEVER, keep_nowhere
from web.headers import answer

files = Blueprint("desk_files", __name__, url_prefix="/<slug>/desk/<language:code>/files")
files.before_request(guard)
files.after_request(keep_nowhere)
PLAIN = "text/plain; charset=utf-8"


@files.get("/<any(area, cell, station):units>.<suffix>")
def figures(slug: str, code: str, units: str, suffix: str) -> Response:
    """Figures of the choice in the query; a coordinator's, not for publication as they are."""
    snapshot = snapshot_of(slug)
    if suffix not in FORMATS:
        raise NotFound(f"no format {suffix[:16]!r}")
    body = export_file.export_of_choice(snapshot, units, asked_choice(snapshot), suffix, code)
    response = answer(request, body, FORMATS[suffix].media_type, cache=NEVER)
    return _named(response, f"{slug}-{units}s-desk-{snapshot.version}.{suffix}")


@files.get("/methods.txt")
def methods(slug: str, code: str) -> Response:
    """How the figures of the choice in the query were made, in their own numbers."""
    snapshot = snapshot_of(slug)
    note = export_file.note(snapshot, asked_choice(snapshot), code)
    return answer(request, note.encode(), PLAIN, cache=NEVER)


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
