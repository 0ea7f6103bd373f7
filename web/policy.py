"""Who may do what, and where: one table role × action × area; every route names its action here.

Closed by default: a role without a cell may not, and a route that is not listed answers nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from flask import g

Reach = Literal["own", "all"]
Place = tuple[str, str]  # a mission, and an area of it; "" for all of it
EVERYWHERE: Final[Place] = ("*", "")
ANYONE: Final = "anyone"
DEVICE: Final = "device"
KEY: Final = "@key"  # the name of whoever holds the desk's key; no account or device can be called so


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: a name for the log and the journal, roles, and where they hold.

    `name`: of an account or a device, `KEY` for the holder of the desk's key, "" for a visitor nobody knows.
    """

    name: str = ""
    roles: frozenset[str] = frozenset()
    areas: frozenset[Place] = frozenset()
    stations: frozenset[Place] = frozenset()  # each with its mission; beside areas, not within them

    def covers(self, mission: str, areas: Collection[str] = (), station: str = "") -> bool:
        """Return whether a place is this actor's own.

        `areas`: the area and those it lies in, of every level; none asks whether any of the mission is.
        `station`: what lies there, "" where it is no station.
        """
        return (
            EVERYWHERE in self.areas
            or any(own == mission and (not areas or not area or area in areas) for own, area in self.areas)
            or any(own == mission and (not areas or name == station) for own, name in self.stations)
        )

    def covers_all(self, mission: str) -> bool:
        """Return whether the whole of a mission is this actor's own, not an area of it alone."""
        return EVERYWHERE in self.areas or (mission, "") in self.areas


def _cells(own: str = "", everywhere: str = "") -> Mapping[str, Reach]:
    cells: dict[str, Reach] = dict.fromkeys(own.split(), "own")
    return MappingProxyType({**cells, **dict.fromkeys(everywhere.split(), "all")})


# Role → action → where: in the actor's own areas, or everywhere. What is not here may not be done.
TABLE: Final[Mapping[str, Mapping[str, Reach]]] = MappingProxyType(
    {
        ANYONE: _cells(everywhere="press.see state.ask account.enter"),
        # Decides who is let in, and sees nothing of any mission: a role that can be held besides another.
        "admin": _cells(everywhere="account.own people.manage sessions.end devices.manage journal.check"),
        "coordinator": _cells(
            own="desk.see names.see texts.see figures.download clusters.search routes.see routes.plan"
            " report.decide report.verify report.clear report.reject report.correct report.assign"
            " call.acknowledge visit.enter registry.fix files.upload journal.read release.sign_off",
            everywhere="account.own mission.make",
        ),
        # Long-term, in an area of its own.
        "observer": _cells(
            own="desk.see names.see texts.see figures.download routes.see call.acknowledge visit.enter"
            " report.decide report.verify journal.read",
            everywhere="account.own",
        ),
        "analyst": _cells(own="desk.see figures.download clusters.search", everywhere="account.own"),
        "entry": _cells(
            own="desk.see names.see texts.see visit.enter files.upload report.decide report.correct"
            " journal.read",
            everywhere="account.own",
        ),
        "press": _cells(
            own="desk.see texts.see figures.download report.decide report.clear release.sign_off"
            " journal.read",
            everywhere="account.own",
        ),
        "security": _cells(
            own="desk.see names.see texts.see routes.see call.acknowledge", everywhere="account.own"
        ),
        "viewer": _cells(own="desk.see", everywhere="account.own"),
        DEVICE: _cells(own="reports.send reports.sent"),
    }
)
# What reaches over a whole mission: an area of it alone is not enough.
WHOLE: Final = frozenset({"routes.see", "routes.plan", "release.sign_off"})
PERSONS: Final = tuple(role for role in TABLE if role not in (ANYONE, DEVICE))  # what an account may hold

_ROUTES: Final[Mapping[str, str]] = {
    "press.see": "press.start press.start_in press.mission press.mission_in press.methods press.download"
    " press.picture press.card press.one_area press.embed press.area_embed press.script press.values"
    " press.area press.choice press.parts press.areas press.ground press.near_ground press.points"
    " press.states press.point press.version press.basemap press.static",
    "state.ask": "well_known.robots well_known.icon well_known.security well_known.health well_known.ready"
    " api.described watching.metrics",
    "account.enter": "account.entry account.enter account.with_password account.ask_code account.with_code"
    " account.ask_second account.set_second account.drawn_secret account.start account.begin_account"
    " account.leave passkeys.ask passkeys.enter",
    "account.own": "account.own account.end account.new_codes account.change_password"
    " passkeys.offer passkeys.add passkeys.remove",
    "people.manage": "people.listing people.add people.change people.link",
    "sessions.end": "people.end_sessions",
    "devices.manage": "devices.listing devices.make devices.renew devices.end",
    "reports.send": "api.send",
    "reports.sent": "api.sent",
    "mission.make": "new.entry new.form new.bring new.guessed new.make new.result new.show",
    "desk.see": "desk.entry desk.page desk.script desk.resource desk.inside desk.off_map desk.cells_in"
    " desk.tile_json desk.feature desk.station desk.search desk.version desk.nothing desk_scan.state"
    " desk_streets.basemap"
    # who may decide what about which report is asked again by `work_resources`
    " desk_work.start",
    "visit.enter": "desk_work.enter",
    "files.upload": "desk_work.look_at_file desk_work.take_rows",
    "registry.fix": "desk_work.doctor desk_work.move_station",
    "call.acknowledge": "desk_work.calls desk_work.note_call",
    "clusters.search": "desk_scan.start",
    "figures.download": "desk_files.figures desk_files.methods",
    "journal.read": "desk_work.inbox desk_work.history",
    "report.decide": "desk_work.decide",
    "routes.see": "desk_routes.start desk_routes.plan desk_routes.next_best desk_routes.sheets"
    " desk_routes.file",
    "routes.plan": "desk_routes.begin desk_routes.change desk_routes.undo desk_routes.cancel",
}
ACTION_OF: Final[Mapping[str, str]] = MappingProxyType(
    {endpoint: action for action, endpoints in _ROUTES.items() for endpoint in endpoints.split()}
)


def may(actor: Actor, action: str, mission: str = "", areas: Collection[str] = (), station: str = "") -> bool:
    """Return whether an actor may do something at a place.

    `areas`, `station`: as of `Actor.covers`. A route knows the mission alone, so whoever may somewhere in it
    passes; a view that acts on a station asks again with the station's areas (`web.acting.allows`).

    >>> observer = Actor("n", frozenset({"observer"}), frozenset({("kz", "A")}))
    >>> [may(observer, "visit.enter", "kz", areas) for areas in ((), ("A",), ("B",))]
    [True, True, False]
    """
    reaches = {TABLE[role].get(action) for role in (ANYONE, *actor.roles)}
    is_whole = action in WHOLE
    is_covered = actor.covers_all(mission) if is_whole else actor.covers(mission, areas, station)
    return "all" in reaches or ("own" in reaches and is_covered)


def within(actor: Actor, action: str, mission: str) -> frozenset[str] | None:
    """Return the areas of a mission in which an actor may do something; None for all of it.

    >>> within(Actor("n", frozenset({"observer"}), frozenset({("kz", "A")})), "names.see", "kz")
    frozenset({'A'})
    """
    if not any(action in TABLE[role] for role in actor.roles):
        return frozenset()
    if actor.covers_all(mission):
        return None
    return frozenset(area for own, area in actor.areas if own == mission)


def is_public(action: str) -> bool:
    """Return whether an action is everybody's."""
    return action in TABLE[ANYONE]


def is_for_devices(action: str) -> bool:
    """Return whether an action is of devices alone, which show a token of their own."""
    return action in TABLE[DEVICE]


def current_actor() -> Actor:
    """Return who makes this request, as the doors found them; on pages for everybody nobody looks."""
    actor: Actor = g.get("actor") or Actor()
    return actor
