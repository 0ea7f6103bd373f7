"""One simulated day: the function a study calls for many seeds, and the writer once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.random import Generator

from geo.model.columns import BoolArray, IntArray
from geo.simulate import schedule as rounds
from geo.simulate import staged_events
from geo.simulate.deployment import Deployment, PlantedCluster, SimulatedGround
from geo.simulate.districts import draw_seeds
from geo.simulate.form_catalog import load_catalog
from geo.simulate.land import Land, km_between, load
from geo.simulate.options import SimulationOptions, check, stops
from geo.simulate.schedule import Schedule
from geo.simulate.simulated_findings import (
    FLOOD_RATE,
    LOW_RATE,
    calibrate,
    draw_findings,
    logit_of_visits,
    rate_of_station,
    rate_of_team,
)
from geo.simulate.simulated_stations import SimulatedStations, draw_stations
from geo.simulate.simulated_teams import SimulatedTeams, draw_observers, draw_teams
from geo.simulate.time_zones import shift_minutes

# The hot spot lies around the largest town of this area; where there is no such area, around the second
# largest town of all.
PLANTED_IN: Final = "KZ-YUZ"
VERIFIED_SHARE: Final = 0.985  # of forms that somebody has looked at
WITHDRAWN_SHARE: Final = 0.006  # of these
VERIFY_MINUTES: Final = 30.0  # from receipt until somebody looks at a form, on average


def draw(options: SimulationOptions) -> Deployment:
    """Return one simulated day; equal options give equal arrays.

    Raises InputError when the options or their files cannot be used.
    """
    check(options)
    # Independent streams: another number of teams must not move the stations.
    keys = np.random.SeedSequence(options.seed).spawn(6)
    ground_rng, team_rng, plan_rng, truth_rng, finding_rng, desk_rng = map(np.random.default_rng, keys)
    land = load(options.areas, options.settlements_file)
    seeds = draw_seeds(land, options.districts, np.random.default_rng(options.seed))
    stations = draw_stations(land, options.stations, ground_rng, seeds)
    cluster = _cluster(land, options)
    teams, plan = _teams(options, land, stations, cluster, team_rng, plan_rng)
    area = cluster.area if cluster else -1
    part = staged_events.cast(teams, plan, area, len(land.area_ids)) if options.script else None
    schedule, events = staged_events.stage(plan, part) if part else (plan, ())
    shift = shift_minutes(options, land.area_ids)[stations.area]
    model = calibrate(options.base_rate, options.team_icc, options.cluster_ratio)
    team_effect = truth_rng.normal(0.0, model.team_sigma, len(teams.home))
    ground = SimulatedGround(
        options=options,
        land=land,
        seeds=seeds,
        catalog=load_catalog(options.categories),
        stations=stations,
        teams=teams,
        cluster=cluster,
        model=model,
        part=part,
        events=events,
        plan=_in_mission_time(plan, shift),
        station_effect=truth_rng.normal(0.0, model.station_sigma, len(stations.area)),
        team_effect=staged_events.effects(part, team_effect) if part else team_effect,
        is_in_cluster=_inside(stations, cluster),
    )
    return _observe(ground, _in_mission_time(schedule, shift), finding_rng, desk_rng)


def _teams(
    options: SimulationOptions,
    land: Land,
    stations: SimulatedStations,
    cluster: PlantedCluster | None,
    team_rng: Generator,
    plan_rng: Generator,
) -> tuple[SimulatedTeams, Schedule]:
    if options.is_static:
        teams = draw_observers(stations, options.team_count, team_rng)
        return teams, rounds.static(teams, options.days, plan_rng)
    area = cluster.area if cluster else -1
    teams = draw_teams(land, stations, options.team_count, options.days, area, team_rng)
    return teams, rounds.mobile(stations, teams, options.days, plan_rng)


def _cluster(land: Land, options: SimulationOptions) -> PlantedCluster | None:
    if not options.cluster:
        return None
    order = np.argsort(-land.town_people, kind="stable")
    area = land.area_ids.index(PLANTED_IN) if PLANTED_IN in land.area_ids else -1
    towns = order[land.area_of_town[order] == area]
    town = int(towns[0]) if len(towns) else int(order[min(1, len(order) - 1)])
    return PlantedCluster(
        town=str(land.town_name[town]),
        area=int(land.area_of_town[town]),
        lon=float(land.town_lon[town]),
        lat=float(land.town_lat[town]),
        radius_km=options.cluster_radius_km,
    )


def _inside(stations: SimulatedStations, cluster: PlantedCluster | None) -> BoolArray:
    if cluster is None:
        return np.zeros(len(stations.area), dtype=np.bool_)
    km = km_between(stations.lon, stations.lat, np.array(cluster.lon), np.array(cluster.lat))
    return np.asarray(km <= cluster.radius_km, dtype=np.bool_)


def _in_mission_time(schedule: Schedule, shift: IntArray) -> Schedule:
    """Return the schedule with local minutes moved to the mission's clock."""
    add = shift[schedule.station]
    return replace(
        schedule,
        due=schedule.due + add,
        arrived=schedule.arrived + add,
        left=schedule.left + add,
        received=schedule.received + add,
    )


def _observe(
    ground: SimulatedGround,
    schedule: Schedule,
    finding_rng: Generator,
    desk_rng: Generator,
) -> Deployment:
    """Return what was found and had come in when the clock stopped."""
    stations, model = ground.stations, ground.model
    chance = logit_of_visits(model, schedule, ground.station_effect, ground.is_in_cluster, ground.team_effect)
    low = np.full(len(schedule.station), LOW_RATE)
    if ground.part:
        low = staged_events.low_rates(ground.part, stations, schedule, LOW_RATE, FLOOD_RATE)
    what = draw_findings(schedule, ground.catalog, chance, low, finding_rng)
    order = np.argsort(schedule.received, kind="stable")
    order = order[schedule.is_made[order]]
    until = stops(ground.options)
    wait = desk_rng.exponential(VERIFY_MINUTES, len(schedule.station))
    fate = desk_rng.random(len(schedule.station))
    form = np.arange(1, len(order) + 1)
    has_come = schedule.received[order] <= until
    rows, form = order[has_come], form[has_come]
    seen = (schedule.received + wait <= until)[rows]
    position = np.full(len(schedule.station), -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    is_kept = position[what.visit] >= 0
    visits = schedule.take(rows)
    by_visit = np.argsort(position[what.visit[is_kept]], kind="stable")
    return Deployment(
        ground=ground,
        area_ids=ground.land.area_ids,
        lon=stations.lon,
        lat=stations.lat,
        area_of_station=stations.area.astype(np.int32),
        voters=stations.voters,
        is_urban=stations.is_urban,
        is_in_cluster=ground.is_in_cluster,
        truth_rate_of_station=rate_of_station(model, ground.station_effect, ground.is_in_cluster),
        team_effect=ground.team_effect,
        truth_rate_of_team=rate_of_team(model, ground.team_effect),
        form=form,
        station_of_visit=visits.station,
        team_of_visit=visits.team,
        stage_of_visit=visits.stage.astype(np.int8),
        outcome=visits.outcome.astype(np.int8),
        arrived=visits.arrived,
        left=visits.left,
        received=visits.received,
        is_short=visits.is_short,
        is_planned=visits.is_planned,
        is_verified=seen & (fate[rows] < VERIFIED_SHARE),
        is_withdrawn=seen & (fate[rows] >= 1 - WITHDRAWN_SHARE),
        is_finding=what.is_finding[rows],
        is_low_finding=what.is_low[rows],
        visit_of_finding=position[what.visit[is_kept]][by_visit],
        category_of_finding=what.category[is_kept][by_visit],
    )
