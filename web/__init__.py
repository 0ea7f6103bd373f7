"""HTTP only: routes per audience, headers, errors. What they show is made in `layers`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from geo.library import Library
from web import errors, headers
from web.press import press


def create_app(library: Library, state: Path) -> Flask:
    """Return the WSGI application over a library of missions; it writes only below `state`."""
    app = Flask("baqylau", static_folder=None, template_folder=None)
    app.extensions["baqylau.library"] = library
    app.config["STATE"] = state
    app.url_map.merge_slashes = False
    app.register_blueprint(press)
    app.after_request(headers.secure)
    errors.register(app)
    return app
