"""A plan for any GIS: GeoJSON (RFC 7946), routes as lines and stops as points. Never for the press."""

from __future__ import annotations

from typing import Any

from geo.planning import document
from geo.planning.made import Made


def of(made: Made) -> dict[str, Any]:
    """Return a FeatureCollection: per team one LineString, then its stops as Points in order."""
    plan = document.of(made)
    features: list[dict[str, Any]] = []
    for team in plan["teams"]:
        about = {key: team[key] for key in ("team_id", "visits", "drive_minutes", "km", "gain", "back_at")}
        features.append(_feature("LineString", team["line"], {"kind": "route", **about}))
        for number, stop in enumerate(team["stops"], start=1):
            told = {
                key: stop[key]
                for key in (
                    "station_id", "name", "settlement", "service", "begin_at", "leave_at", "gain",
                    "visits_before", "is_locked",
                )
            }  # fmt: skip
            told = {"kind": "stop", "team_id": team["team_id"], "order": number, **told}
            features.append(_feature("Point", [stop["lon"], stop["lat"]], told))
    return {
        "type": "FeatureCollection",
        "name": f"{plan['mission']} {plan['day']}",
        "travel": plan["travel"]["says"],
        "features": features,
    }


def _feature(kind: str, coordinates: object, about: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": about}
