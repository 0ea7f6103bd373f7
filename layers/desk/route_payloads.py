"""What the desk's panel of routes is answered, as types; a plan's document is that of `geo.routing`."""

from __future__ import annotations

from typing import Annotated, TypedDict

from geo.routing.plan_values import PlanValues


class RoutedTeam(TypedDict):
    """A team that can be routed, and the areas it is responsible for."""

    id: str
    areas: list[str]


class RouteArea(TypedDict):
    """An area that teams can be kept out of."""

    id: str
    name: str


class RoutesStart(TypedDict):
    """What the panel needs before a plan; `now` "HH:MM", None on another day than the mission's."""

    teams: list[RoutedTeam]
    areas: list[RouteArea]
    now: str | None
    services: dict[str, str]
    words: Annotated[dict[str, str | dict[str, str]], "RouteWords"]


class ShownPlan(PlanValues):
    """A plan as the panel shows it: its notes are sentences in the page's language."""

    notes: list[str]


class PlanStateValues(TypedDict):
    """How far the newest work is, and the plan there is; None also where the browser has it already."""

    status: str
    share: float
    message: str
    canUndo: bool
    version: str
    plan: ShownPlan | None


class NextStationValues(TypedDict):
    """A station one team could go to next; `drive` in minutes."""

    id: str
    name: str
    settlement: str
    area: str
    lon: float
    lat: float
    service: str
    drive: int
    km: float
    begin: str
    gain: float
    visits: int


class NextStationList(TypedDict):
    """The next best stations for one team, best first."""

    rows: list[NextStationValues]
