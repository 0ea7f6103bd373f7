"""The routes desk's answers as values and bytes: plans, sheets to print, files to take along."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, Final

import orjson

from geo.errors import NotFound, RouteError
from geo.planning import document, geojson, gpx, ical
from geo.planning.made import Made
from geo.plans import Plans, minutes_now
from geo.snapshot import Snapshot
from layers import desk_routes
from layers.desk_time import as_of_us, clock
from layers.language import language
from layers.said import in_language
from web.assets import STATIC, assets
from web.pages import PAGES

OF_TEAM: Final = re.compile(r"team-(\d{1,5})\.(gpx|ics)")
GPX, CALENDAR = "application/gpx+xml", "text/calendar"
SHEET_STYLES: Final = ("css/sheet.css",)


def start(snapshot: Snapshot, code: str) -> dict[str, Any]:
    """Return what the panel needs before a plan."""
    return desk_routes.start(snapshot, language(code), minutes_now(snapshot))


def state(plans: Plans, snapshot: Snapshot, code: str, have: str = "") -> dict[str, Any]:
    """Return how far the newest work is, and the plan there is unless it is the version they `have`."""
    speaks = language(code)
    underway, made = plans.state(snapshot.mission.slug), plans.current(snapshot)
    found: dict[str, Any] = {"status": "", "share": 0.0, "message": ""}
    if underway is not None:
        why = "" if underway.why is None else in_language(underway.why, speaks)
        found = {"status": underway.status, "share": underway.share, "message": why}
    plan = None if made is None else plan_of(made) | {"notes": desk_routes.notes(made, speaks)}
    version = "" if plan is None else plan["version"]
    found |= {"canUndo": plans.can_undo(snapshot), "version": version}
    return found | {"plan": None if version == have else plan}


def refusal(error: RouteError, code: str) -> str:
    """Return why something cannot be planned, in the page's language."""
    return in_language(error.said, language(code), alone=True)


@lru_cache(maxsize=8)
def plan_of(made: Made) -> dict[str, Any]:
    """Return a plan's document; it never changes."""
    return document.of(made)


def next_best(plans: Plans, snapshot: Snapshot, code: str, team_id: str) -> dict[str, Any]:
    """Return the next best stations for one team at the moment the snapshot speaks for."""
    now = minutes_now(snapshot, team_id)
    if now is None:
        raise RouteError("the next best station is for the day itself: this is another day")
    here, found = plans.next_best(snapshot, team_id, now)
    return {"here": list(here), "rows": desk_routes.nearest(snapshot, found, language(code))}


def sheets(made: Made, snapshot: Snapshot, code: str, team_id: str, is_offline: bool = False) -> bytes:
    """Return the pages to print, one per team; `is_offline`: with the style inside, for a file. NotFound."""
    speaks, plan = language(code), plan_of(made)
    shown = desk_routes.sheets(snapshot, plan, team_id, speaks)
    if not shown:
        raise NotFound("no such team in this plan")
    style = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SHEET_STYLES)
    zone = snapshot.mission.zone_of("")
    text = PAGES.get_template("desk_sheets.html").render(
        language=speaks,
        say=speaks.say,
        count=speaks.count,
        title=desk_routes.page_title(snapshot, speaks),
        day=speaks.date(made.asked.day),
        as_of=clock(snapshot, as_of_us(snapshot), zone, speaks),
        version=plan["version"],
        simulated=snapshot.mission.nature == "simulated",
        sheets=shown,
        style=style if is_offline else "",
        static="" if is_offline else f"../../../../../static/{assets().digest}",
    )
    return text.encode()


def file(made: Made, snapshot: Snapshot, code: str, name: str) -> tuple[bytes, str]:
    """Return a file of the plan and its media type. Raises NotFound for any other name."""
    if name == "plan.json":
        return document.text_of(made).encode(), "application/json"
    if name == "plan.geojson":
        return orjson.dumps(geojson.of(made)), "application/geo+json"
    if name == "plan.html":
        return sheets(made, snapshot, code, "", is_offline=True), "text/html"
    found = OF_TEAM.fullmatch(name)
    index = int(found[1]) - 1 if found else -1
    if not found or not 0 <= index < len(made.plan.teams):
        raise NotFound("no such file")
    speak = partial(in_language, language=language(code))
    if found[2] == "gpx":
        return gpx.of(made, index, speak, code).encode(), GPX
    return ical.of(made, index, speak).encode(), CALENDAR
