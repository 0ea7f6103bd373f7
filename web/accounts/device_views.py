"""The devices that send reports of a mission: keys made, shown once, made anew and ended. For admins."""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from geo.journal.device_tokens import MOST_PLACES, Device, is_name
from geo.model.errors import InputError
from layers.words.language import mark
from web.accounts import account_pages
from web.accounts.account_store import TAKEN
from web.accounts.account_views import in_words, page, snapshot_of
from web.accounts.people_views import NO_AREA
from web.doors import keep_nowhere, to
from web.policy import current_actor
from web.served import door, library

LOG: Final = logging.getLogger("baqylau")
BAD_NAME: Final = mark(
    "A name has 1 to 100 letters, digits or any of . _ : @ + - and does not begin with @ or “file:”."
)
NO_TEAM: Final = mark("There is no team {name}.")
NO_STATION: Final = mark("There is no polling station {name}.")
TOO_MANY: Final = mark("At most {name} areas and polling stations.")
FIELDS: Final = ("name", "team", "areas", "stations")
# Not `slug`, as desks call it: no key of a desk opens this, not even in a demo.
devices = Blueprint("devices", __name__, url_prefix="/account/<language:code>/devices/<mission>")
devices.after_request(keep_nowhere)


@devices.get("/")
def listing(code: str, mission: str) -> Response:  # noqa: ARG001 (its page is the visitor's)
    return _listing(mission)


@devices.post("/make")
def make(code: str, mission: str) -> Response:  # noqa: ARG001
    """Make a new device's key; shown this once."""
    try:
        name, team, areas, stations = _asked(mission)
    except InputError as error:
        return _listing(mission, 422, in_words(error))
    return _with_key(mission, name, team, areas, stations)


@devices.post("/renew")
def renew(code: str, mission: str) -> Response:  # noqa: ARG001
    """Make a device's key anew, for what it may; the one before ends."""
    device = _device(mission)
    return _with_key(mission, device.name, device.team, device.areas, device.stations)


@devices.post("/end")
def end(code: str, mission: str) -> AnyResponse:  # noqa: ARG001
    """End a device's key: the next request with it is refused, in every process."""
    device = _device(mission)
    door().tokens.end(mission, device.name)
    LOG.info("%s ended the key of device %s of %s", current_actor().name, device.name, mission)
    return to("./")


def _listing(mission: str, status: int = 200, error: str = "", key: str = "", of: str = "") -> Response:
    _served(mission)
    snapshot = snapshot_of(mission)
    return page(
        "devices.html", status, mission=mission, error=error, key=key, of=of,
        devices=[account_pages.device_row(*listed) for listed in door().tokens.listed(mission)],
        teams=snapshot.teams.team_id if snapshot else (),
        typed={part: request.form.get(part, "") if error else "" for part in FIELDS},
        sends_to=f"{request.root_url}api/v1/{mission}/visits",
    )  # fmt: skip


def _with_key(
    mission: str, name: str, team: str, areas: tuple[str, ...], stations: tuple[str, ...]
) -> Response:
    key, device = door().tokens.make(mission, name, team, areas, stations)
    LOG.info("%s made a key for device %s of %s", current_actor().name, device.name, mission)
    return _listing(mission, key=key, of=device.name)


def _asked(mission: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """The name, team, areas and stations of the form, all of them the mission's. Raises InputError."""
    _served(mission)
    name, team = (request.form.get(part, "").strip() for part in ("name", "team"))
    areas, stations = _lines("areas"), _lines("stations")
    if not is_name(name):
        raise InputError(BAD_NAME)
    if any(device.name == name for device, _ in door().tokens.listed(mission)):
        raise InputError(TAKEN)
    if len(areas) + len(stations) > MOST_PLACES:
        raise InputError(TOO_MANY, str(MOST_PLACES))
    snapshot = snapshot_of(mission)
    if team and (snapshot is None or team not in snapshot.teams.team_id):
        raise InputError(NO_TEAM, team[:100])
    for area in areas:
        if snapshot is None or area not in snapshot.registry.areas.area_id:
            raise InputError(NO_AREA, area[:100])
    for station in stations:
        if snapshot is None or snapshot.registry.stations.by_id.find(station) < 0:
            raise InputError(NO_STATION, station[:100])
    return name, team, areas, stations


def _lines(part: str) -> tuple[str, ...]:
    lines = [line.strip() for line in request.form.get(part, "").splitlines()]
    return tuple(dict.fromkeys(filter(None, lines)))


def _device(mission: str) -> Device:
    _served(mission)
    name = request.form.get("name", "")
    known = [device for device, _ in door().tokens.listed(mission) if device.name == name]
    return known[0] if known else abort(404)


def _served(mission: str) -> None:
    if mission not in library().listed():
        abort(404)
