"""A plan for any GIS: GeoJSON (RFC 7946), routes as lines and stops as points. Never for the press."""

from __future__ import annotations

from typing import Any

from geo.routing import plan_document
from geo.routing.planner import PlanState


def geojson_of_plan(state: PlanState) -> dict[str, Any]:
    """Return a FeatureCollection: per team one LineString, then its stops as Points in order."""
    plan = plan_document.document_of_plan(state)
    features: list[dict[str, Any]] = []
    for team in plan["teams"]:
        about = {key: team[key] for key in ("team_id", "visits", "drive_minutes", "km", "gain", "back_at")}
        features.append(_feature("LineString", team["line"], {"kind": "route", **about}))
        for number, stop in enumerate(team["stops"], start=1):
            properties = {
                key: stop[key]
                for key in (
                    "station_id", "name", "settlement", "service", "begin_at", "leave_at", "gain",
                    "visits_before", "is_locked",
                )
            }  # fmt: skip
            properties = {"kind": "stop", "team_id": team["team_id"], "order": number, **properties}
            features.append(_feature("Point", [stop["lon"], stop["lat"]], properties))
    return {
        "type": "FeatureCollection",
        "name": f"{plan['mission']} {plan['day']}",
        "travel": plan["travel"]["says"],
        "features": features,
    }


def _feature(kind: str, coordinates: object, about: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": about}
