"""HTTP only: routes per audience, headers, errors. What they show is made in `layers`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from geo.jobs import Jobs
from geo.library import Library
from geo.plans import Plans
from geo.releases import Releases
from geo.scanning import Scan
from geo.signoff import Signoff
from geo.store import Store
from web import errors, headers, session, tiles
from web.desk import desk
from web.desk_files import files
from web.desk_routes import routes
from web.desk_scan import scan
from web.press import press


def create_app(library: Library, state: Path, token: str = "", store: Store | None = None) -> Flask:
    """Return the WSGI application over a library of missions; it writes only below `state`.

    `token`: what opens the coordinators' desks; a new one if none is given, in `config["DESK_TOKEN"]`.
    `store`: where it keeps what costs much to make; None keeps nothing.
    """
    app = Flask("baqylau", static_folder=None, template_folder=None)
    app.extensions["baqylau.library"] = library
    app.extensions["baqylau.releases"] = Releases(library, Signoff(state / "releases"), store)
    app.extensions["baqylau.store"] = store
    app.extensions["baqylau.plans"] = Plans(state / "plans")
    app.extensions["baqylau.scans"] = Jobs[Scan]()
    app.config["STATE"] = state
    app.config["DESK_TOKEN"] = token or session.new_token()
    app.url_map.merge_slashes = False
    app.register_blueprint(desk)
    app.register_blueprint(routes)
    app.register_blueprint(scan)
    app.register_blueprint(files)
    app.register_blueprint(press)
    app.after_request(headers.secure)
    errors.register(app)
    app.wsgi_app = tiles.Tiles(app.wsgi_app, library, app.config["DESK_TOKEN"])  # type: ignore[method-assign]
    return app
