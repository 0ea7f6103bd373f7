"""HTTP only: routes per audience, headers, errors. What they show is made in `layers`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import AnyConverter, Map

from geo.model.languages import LANGUAGES
from geo.publication.sign_off import SignOff
from geo.serving.background_jobs import Jobs
from geo.serving.disk_cache import DiskCache
from geo.serving.journal_door import JournalDoor
from geo.serving.missions import Missions
from geo.serving.own_missions import OwnMissions
from geo.serving.plans import Plans
from geo.serving.releases import Releases
from geo.serving.work_places import Places
from layers.desk.scan_progress import Searches
from web import (
    doors,
    error_pages,
    headers,
    live_caching,
    memo,
    metrics,
    press_resources,
    request_limits,
    session,
    tile_middleware,
    version_lag,
)
from web.accounts.account_views import account
from web.accounts.accounts import Accounts
from web.accounts.device_views import devices
from web.accounts.passkey_views import passkeys
from web.accounts.people_views import people
from web.api_views import api
from web.desk_file_views import files
from web.desk_views import desk
from web.door_log import DoorLog
from web.job_process import JobProcess
from web.new_views import new
from web.press_views import press
from web.route_views import routes
from web.scan_views import scan
from web.settings import Settings
from web.street_views import streets
from web.version_lag import VersionLag
from web.well_known import well_known
from web.work_views import work

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


BLUEPRINTS: Final = (
    well_known, api, account, people, devices, passkeys, new, desk, routes, scan, work, files, streets,
    press,
)  # fmt: skip


class LanguageInAddress(AnyConverter):
    """The part of an address that names a language the product speaks; any other is no address."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, *LANGUAGES)


def create_app(
    library: Missions,
    state: Path,
    token: str = "",
    store: DiskCache | None = None,
    settings: Settings | None = None,
    *,
    is_one_of_many: bool = False,
    journal: JournalDoor | None = None,
) -> Flask:
    """Return the WSGI application over a library of missions; it writes only below `state`.

    `token`: what opens the coordinators' desks; the one of the settings or else the one kept below `state`
    if none is given, in `config["DESK_TOKEN"]`. `store`: where it keeps what costs much to make; None
    keeps nothing. `settings`: how it is reached; directly and by any name if not given. `is_one_of_many`:
    other processes answer requests to the same server. `journal`: where reports go;
    below `state` if not given.
    """
    settings = settings or Settings()
    app = Flask("baqylau", static_folder=None, template_folder=None)
    app.extensions["baqylau.library"] = library
    releases = app.extensions["baqylau.releases"] = Releases(library, SignOff(state / "releases"), store)
    for forget in (releases.forget, memo.forget):
        library.when_gone(forget)
    app.extensions["baqylau.store"] = store
    app.extensions["baqylau.plans"] = Plans(state / "plans")
    app.extensions["baqylau.own"] = OwnMissions(state)
    app.extensions["baqylau.scans"] = Jobs[Searches]()
    pictures = DiskCache(store.folder / "pictures", press_resources.PICTURES_KEPT) if store else None
    app.extensions["baqylau.pictures"] = pictures
    app.extensions["baqylau.drawing"] = Places(
        "drawing", press_resources.PLACES, pictures.folder if pictures else None
    )
    app.extensions["baqylau.doors"] = DoorLog()
    app.extensions["baqylau.settings"] = settings
    accounts = app.extensions["baqylau.accounts"] = Accounts(state, settings.accounts)
    app.extensions["baqylau.journal"] = journal or JournalDoor(state)
    app.extensions["baqylau.lag"] = VersionLag(version_lag.PATIENCE_S if is_one_of_many else 0.0)
    app.config["STATE"] = state
    app.config["DESK_TOKEN"] = token or settings.key or session.kept_token(state)
    app.config["MAX_CONTENT_LENGTH"] = request_limits.largest()  # should `request_limits` ever miss one
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts) or None
    app.url_map.merge_slashes = False
    app.url_map.converters["language"] = LanguageInAddress
    doors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    live_caching.register(app)  # what is registered first is done last
    app.after_request(headers.secure)
    error_pages.register(app)
    inner: WSGIApplication = tile_middleware.Tiles(
        app.wsgi_app, library, doors.opens_desk(accounts, settings, app.config["DESK_TOKEN"])
    )
    if is_one_of_many:
        inner = JobProcess(inner, state)
    if n := settings.proxies:
        inner = ProxyFix(inner, x_for=n, x_proto=n, x_host=n, x_prefix=n)
    app.wsgi_app = metrics.watched(app, request_limits.RequestLimits(inner), is_one_of_many)  # type: ignore[method-assign]
    return app
