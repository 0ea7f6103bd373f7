"""A small mission to plan for: three areas, two of them an hour apart, stations on a grid, two teams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from geo.model.snapshot import Snapshot
from tests import factory

EAST = timezone(timedelta(hours=6))


def at(clock: str) -> datetime:
    """Return a moment of election day in Almaty's time."""
    return datetime.fromisoformat(f"2005-12-04T{clock}").replace(tzinfo=EAST).astimezone(UTC)


def stations(per_area: int = 36) -> list[dict[str, Any]]:
    return [
        {
            "area_id": area, "number": f"{i:03d}", "name": f"School {i}", "settlement": f"Town {i // 9}",
            "lon": 70.2 + index + 0.1 * (i % 6), "lat": 50.2 + 0.1 * (i // 6), "voters": 200 + 40 * i,
        }
        for index, area in enumerate(("A", "B", "C"))
        for i in range(per_area)
    ]  # fmt: skip


def team(team_id: str, **changes: Any) -> dict[str, Any]:
    known = {
        "team_id": team_id, "base_lon": 70.5, "base_lat": 50.5, "area_ids": "A",
        "shift_starts": at("05:30"), "shift_ends": at("23:30"),
    }  # fmt: skip
    return known | changes


def visit(number: str, team_id: str = "T1", area: str = "A", **changes: Any) -> dict[str, Any]:
    known = {
        "visit_id": f"V-{area}-{number}", "area_id": area, "number": number, "team_id": team_id,
        "arrived": at("09:00"), "left": at("09:30"), "answered": "*",
    }  # fmt: skip
    return known | changes


TEAMS = [team("T1"), team("T2", base_lon=71.5, area_ids="B")]


def mission(**about: Any) -> Snapshot:
    """Return a snapshot; `about`: tables by name, and settings of the mission."""
    tables = {name: about.pop(name) for name in list(about) if name in factory.BY_NAME}
    zones = about.pop("time_zones", MappingProxyType({"C": "Asia/Oral"}))
    settings = {"frame": "complete", "planned_visits": 54, "time_zones": zones} | about
    tables = {
        "areas": factory.squares("A", "B", "C"), "stations": stations(), "teams": TEAMS,
        "categories": factory.categories(sealed="high"),
    } | tables  # fmt: skip
    return factory.snapshot(about=factory.mission(**settings), **tables)
