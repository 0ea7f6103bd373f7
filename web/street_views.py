"""A mission's own vector basemap, sent piece by piece to its desk."""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from geo.model.errors import NotFound
from geo.reading.pmtiles_header import NotPmtiles, street_file
from web.desk_views import snapshot_of
from web.doors import keep_nowhere

streets = Blueprint("desk_streets", __name__, url_prefix="/<slug>/desk")
streets.after_request(keep_nowhere)


@streets.get("/basemap.pmtiles")
def basemap(slug: str) -> Response:
    """The file, or the one range of it that is asked for; 416 for a range it does not have, or several."""
    try:
        own = street_file(snapshot_of(slug).mission.folder)
    except NotPmtiles as error:
        raise NotFound(str(error)) from None
    if own is None:
        raise NotFound("no basemap of its own")
    return send_file(own.path, mimetype="application/vnd.pmtiles", conditional=True, etag=own.tag)
