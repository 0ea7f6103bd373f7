"""How long caches on the way keep what the press is told of a live mission: a minute, then they ask.

Addresses name their version, so what they answer never changes and may be kept for ever. But a release can
be withdrawn, and a shared cache would go on answering: of a live mission everything is asked for again.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from geo.model.errors import BaqylauError
from web.headers import FOREVER
from web.served import releases

KEPT_A_MINUTE: Final = "public, max-age=60, s-maxage=60, must-revalidate"


def register(app: Flask) -> None:
    """Let every answer of the press about a live mission be asked for again after a minute."""
    app.after_request(_shortened)


def _shortened(response: Response) -> Response:
    slug = (request.view_args or {}).get("slug")
    if request.blueprint != "press" or not slug or response.headers.get("Cache-Control") != FOREVER:
        return response
    try:
        newest = releases().get(str(slug), patience_s=0.0)
    except BaqylauError:  # gone meanwhile: better asked again
        newest = None
    if newest is None or newest.release.about.nature == "live":
        response.headers["Cache-Control"] = KEPT_A_MINUTE
    return response
