"""The routes desk's answers as values and bytes: plans, sheets to print, files to take along."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, Final, cast

import orjson

from geo.model.errors import NotFound, RouteError
from geo.model.snapshot import Snapshot
from geo.routing import plan_document, plan_geojson, plan_gpx, plan_ical
from geo.routing.planner import PlanState
from geo.serving.plans import Plans, minutes_now
from layers.desk import route_sheets
from layers.desk.local_clock import as_of_us, clock
from layers.desk.route_payloads import NextStationList, PlanStateValues, RoutesStart, ShownPlan
from layers.words.language import Language, language
from layers.words.message_text import message_in_language
from web.assets import STATIC, assets
from web.press_resources import PAGES

OF_TEAM: Final = re.compile(r"team-([0-9]{1,5})\.(gpx|ics)")
GPX, CALENDAR = "application/gpx+xml", "text/calendar"
SHEET_STYLES: Final = ("css/sheet.css",)


def start(snapshot: Snapshot, code: str) -> RoutesStart:
    """Return what the panel needs before a plan."""
    return route_sheets.start(snapshot, language(code), minutes_now(snapshot))


def state(plans: Plans, snapshot: Snapshot, code: str, have: str = "") -> PlanStateValues:
    """Return how far the newest work is, and the plan there is unless it is the version they `have`."""
    speaks = language(code)
    underway, plan_state = plans.state(snapshot.mission.slug), plans.current(snapshot)
    why = None if underway is None else underway.why
    is_saved = plans.is_saved(snapshot.mission.slug)
    plan = None if plan_state is None else _shown(plan_state, speaks, is_saved)
    version = "" if plan is None else plan["version"]
    return {
        "status": "" if underway is None else underway.status,
        "share": 0.0 if underway is None else underway.share,
        "message": "" if why is None else message_in_language(why, speaks),
        "canUndo": plans.can_undo(snapshot),
        "version": version,
        "plan": None if version == have else plan,
    }


def _shown(plan_state: PlanState, language: Language, is_saved: bool) -> ShownPlan:
    """The plan as the panel shows it: its document, with the notes as sentences."""
    return cast(
        ShownPlan, plan_of(plan_state) | {"notes": route_sheets.notes(plan_state, language, is_saved)}
    )


def refusal(error: RouteError, code: str) -> str:
    """Return why something cannot be planned, in the page's language."""
    return message_in_language(error.said, language(code), alone=True)


@lru_cache(maxsize=8)
def plan_of(plan_state: PlanState) -> dict[str, Any]:
    """Return a plan's document; it never changes."""
    return plan_document.document_of_plan(plan_state)


def next_best(plans: Plans, snapshot: Snapshot, code: str, team_id: str) -> NextStationList:
    """Return the next best stations for one team at the moment the snapshot speaks for."""
    now = minutes_now(snapshot, team_id)
    if now is None:
        raise RouteError("the next best station is for the day itself: this is another day")
    ranked = plans.next_best(snapshot, team_id, now)
    return {"rows": route_sheets.nearest(snapshot, ranked, language(code))}


def sheets(
    plan_state: PlanState, snapshot: Snapshot, code: str, team_id: str, is_offline: bool = False
) -> bytes:
    """Return the pages to print, one per team; `is_offline`: with the style inside, for a file. NotFound."""
    speaks, plan = language(code), plan_of(plan_state)
    shown = route_sheets.sheets(snapshot, plan, team_id, speaks)
    if not shown:
        raise NotFound("no such team in this plan")
    style = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SHEET_STYLES)
    zone = snapshot.mission.zone_of("")
    text = PAGES.get_template("desk_sheets.html").render(
        language=speaks,
        say=speaks.say,
        count=speaks.count,
        title=route_sheets.page_title(snapshot, speaks),
        day=speaks.date(plan_state.asked.day),
        as_of=clock(snapshot, as_of_us(snapshot), zone, speaks),
        version=plan["version"],
        simulated=snapshot.mission.nature == "simulated",
        sheets=shown,
        style=style if is_offline else "",
        static="" if is_offline else f"../../../../../static/{assets().digest}",
    )
    return text.encode()


def file(plan_state: PlanState, snapshot: Snapshot, code: str, name: str) -> tuple[bytes, str]:
    """Return a file of the plan and its media type. Raises NotFound for any other name."""
    if name == "plan.json":
        return plan_document.text_of(plan_state).encode(), "application/json"
    if name == "plan.geojson":
        return orjson.dumps(plan_geojson.geojson_of_plan(plan_state)), "application/geo+json"
    if name == "plan.html":
        return sheets(plan_state, snapshot, code, "", is_offline=True), "text/html"
    match = OF_TEAM.fullmatch(name)
    index = int(match[1]) - 1 if match else -1
    if not match or not 0 <= index < len(plan_state.plan.teams):
        raise NotFound("no such file")
    speak = partial(message_in_language, language=language(code))
    if match[2] == "gpx":
        return plan_gpx.gpx_of_team(plan_state, index, speak, code).encode(), GPX
    return plan_ical.calendar_of_team(plan_state, index, speak).encode(), CALENDAR
