"""The truth beside the data: rates, planted stations, team effects, staged events, and a recount."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from geo.simulate.deployment import Deployment
from geo.simulate.mission_tables import declared_area, station_numbers, team_ids
from geo.simulate.schedule import OBSERVED, VOTING
from geo.simulate.staged_rows import StagedReports

NOTICE: Final = "SIMULATED. Nothing here says anything about a real place, person or election."
MIN_VISITS, MIN_CASES, MIN_TEAMS = 50, 10, 3  # METHODS: what a scan for hot spots needs


def truth(day: Deployment, written: StagedReports) -> dict[str, Any]:
    """Return truth.json: the same for two runs, without paths or clocks."""
    ground, options = day.ground, day.ground.options
    return {
        "notice": NOTICE,
        "options": {
            "preset": options.preset,
            "stations": options.stations,
            "teams": options.team_count,
            "days": options.days,
            "seed": options.seed,
            "until": options.until,
            "cluster": options.cluster,
            "team_icc": options.team_icc,
            "districts": options.districts,
            "script": options.script,
        },
        "model": {
            "says": "logit of a visit's chance of a finding that is not low-severity = "
            "intercept + stage + station + cluster (inside) + team",
            "rate_of_voting_visits": ground.model.rate,
            "rate_inside": ground.model.rate_inside if options.cluster else None,
            "intraclass_correlation": options.team_icc,
            "intercept": _short(ground.model.intercept),
            "team_sigma_logit": _short(ground.model.team_sigma),
            "station_sigma_logit": _short(ground.model.station_sigma),
            "cluster_effect_logit": _short(ground.model.cluster_effect) if options.cluster else 0.0,
        },
        "cluster": _cluster(day),
        "quiet_area": ground.land.area_ids[ground.teams.quiet_area] if ground.teams.quiet_area >= 0 else None,
        "counts": counts(day, written),
        "areas": _areas(day),
        "teams": _teams(day),
        "script": _script(day, written),
    }


def _short(number: float) -> float:
    return round(float(number), 6)


def counts(day: Deployment, written: StagedReports) -> dict[str, Any]:
    """Return a recount of the tables as written.

    Exposed: outcome observed, verified, not superseded, at a known station.
    """
    visits, incidents = written.visits, written.incidents
    catalog = day.ground.catalog
    low = [slug for slug, is_low in zip(catalog.slugs, catalog.is_low, strict=True) if is_low]
    is_known = visits["station"].ge(0)
    is_exposed = (
        visits["outcome"].eq("observed")
        & visits["verification"].eq("verified")
        & ~visits["visit_id"].isin(visits.loc[visits["supersedes"].ne(""), "supersedes"])
        & is_known
    )
    is_case = is_exposed & visits["is_finding"]
    voting = visits["stage"].eq("voting")
    return {
        "stations": len(day.voters),
        "voters": int(day.voters.sum()),
        "visits": len(visits),
        "visits_by_outcome": _tally(visits["outcome"]),
        "visits_by_stage": _tally(visits["stage"]),
        "stations_visited": int(visits.loc[is_known & visits["outcome"].eq("observed"), "station"].nunique()),
        "visits_of_unknown_stations": int((~is_known).sum()),
        "exposed_visits": int(is_exposed.sum()),
        "exposed_visits_with_finding": int(is_case.sum()),
        "exposed_voting_visits": int((is_exposed & voting).sum()),
        "exposed_voting_visits_with_finding": int((is_case & voting).sum()),
        "incidents": len(incidents),
        "incidents_low": int(incidents["category"].isin(low).sum()),
        "incidents_without_visit": int(incidents["visit_id"].eq("").sum()),
    }


def _tally(column: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in column.value_counts(sort=False).sort_index().items()}


def _cluster(day: Deployment) -> dict[str, Any] | None:
    """Return what was planted, and whether this many visits could find it."""
    planted = day.ground.cluster
    if planted is None:
        return None
    inside = day.is_in_cluster[day.station_of_visit] & (day.outcome == OBSERVED)
    outside = ~day.is_in_cluster[day.station_of_visit] & (day.outcome == OBSERVED)
    visits, cases = int(inside.sum()), int(day.is_finding[inside].sum())
    teams = len(np.unique(day.team_of_visit[inside]))
    enough = visits >= MIN_VISITS and cases >= MIN_CASES and teams >= MIN_TEAMS
    return {
        "town": planted.town,
        "area_id": day.area_ids[planted.area],
        "lon": planted.lon,
        "lat": planted.lat,
        "radius_km": planted.radius_km,
        "stations": int(day.is_in_cluster.sum()),
        "mean_rate_inside": _short(day.truth_rate_of_station[day.is_in_cluster].mean())
        if day.is_in_cluster.any()
        else None,
        "mean_rate_outside": _short(day.truth_rate_of_station[~day.is_in_cluster].mean()),
        "observed_visits_inside": visits,
        "with_finding_inside": cases,
        "teams_inside": teams,
        "observed_visits_outside": int(outside.sum()),
        "with_finding_outside": int(day.is_finding[outside].sum()),
        "can_be_found": enough,
        "why": f"{visits} visits, {cases} with a finding, {teams} teams inside; a scan needs at least "
        f"{MIN_VISITS}, {MIN_CASES} and {MIN_TEAMS}",
    }


def _areas(day: Deployment) -> list[dict[str, Any]]:
    """Return what is true of each area, and how much of it was observed."""
    areas = len(day.area_ids)
    of = day.area_of_station
    stations = np.bincount(of, minlength=areas)
    voters = np.bincount(of, day.voters, areas)
    rate = np.bincount(of, day.truth_rate_of_station, areas)
    teams = np.bincount(day.ground.teams.area, minlength=areas)
    seen = (day.outcome == OBSERVED) & (day.stage_of_visit == VOTING)
    visits = np.bincount(of[day.station_of_visit[seen]], minlength=areas)
    return [
        {
            "area_id": day.area_ids[area],
            "stations": int(stations[area]),
            "voters": int(voters[area]),
            "mean_rate": _short(rate[area] / stations[area]) if stations[area] else None,
            "teams": int(teams[area]),
            "observed_voting_visits": int(visits[area]),
        }
        for area in range(areas)
    ]


def _teams(day: Deployment) -> list[dict[str, Any]]:
    """Return the teams' effects if few enough to read; truth/teams has them all."""
    names = team_ids(day.ground)
    if len(names) > 100:
        return []
    rows = zip(names, day.team_effect.tolist(), day.truth_rate_of_team.tolist(), strict=True)
    return [{"team_id": name, "effect_logit": _short(e), "rate": _short(r)} for name, e, r in rows]


def _script(day: Deployment, written: StagedReports) -> list[dict[str, Any]]:
    """Return what was staged in the whole day; rows only as far as they had come in."""
    ground = day.ground
    names = team_ids(ground)
    area, number = declared_area(ground), station_numbers(ground)
    staged = [
        {
            "event": event.event,
            "says": event.says,
            "teams": [str(names[team]) for team in event.teams],
            "stations": [f"{area[station]}/{number[station]}" for station in event.stations],
            "areas": [day.area_ids[index] for index in event.areas],
        }
        for event in ground.events
    ]
    return staged + [{"event": e.event, "says": e.says, "ids": list(e.ids)} for e in written.events]


def truth_stations(day: Deployment) -> pd.DataFrame:
    """Return every station's true place and rate."""
    ground = day.ground
    return pd.DataFrame(
        {
            "area_id": declared_area(ground),
            "number": station_numbers(ground),
            "lon": day.lon,
            "lat": day.lat,
            "rate": np.round(day.truth_rate_of_station, 5),
            "is_in_cluster": np.where(day.is_in_cluster, "yes", "no"),
        }
    )


def truth_teams(day: Deployment) -> pd.DataFrame:
    """Return every team's true effect and rate."""
    return pd.DataFrame(
        {
            "team_id": team_ids(day.ground),
            "effect_logit": np.round(day.team_effect, 6),
            "rate": np.round(day.truth_rate_of_team, 6),
        }
    )
