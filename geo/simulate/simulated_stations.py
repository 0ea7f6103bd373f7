"""Polling stations where people live: towns, villages around them, several stations in a building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.simulate.land import KM_PER_DEGREE, Land, is_inside, nearest_in_area, points_inside

# Kazakhstan in the 2000s: 57 % of people in towns, 43 % in villages; 9,580 stations for 8.88 million voters.
URBAN_PEOPLE: Final = 0.57
URBAN_VOTERS: Final = (1_400.0, 0.40)  # mean, sigma of the logarithm
RURAL_VOTERS: Final = (640.0, 0.75)
VOTERS_RANGE: Final = (20, 3_000)
SAME_BUILDING: Final = (0.12, 0.24)  # rural, urban: chance to stand where the station before stands
NO_COORDINATES: Final = 0.03
ONLY_SETTLEMENT: Final = 0.06  # of rural stations
SHARED_VILLAGE: Final = 1.7  # stations per village


@dataclass(frozen=True, eq=False)
class SimulatedStations:
    """N stations sorted by area, then town before country, then settlement.

    `number`: (N,) int64, from 1 within each declared area. `place`: (N,) index of the settlement, towns
    first, then villages; `place_lon/lat` its centre. `precision`: (N,) int8 index into PRECISIONS.
    `district`: (N,) int64 index of the synthetic district, −1 without. `building`: (N,) int64.
    """

    area: IntArray
    district: IntArray
    number: IntArray
    lon: FloatArray
    lat: FloatArray
    place: IntArray
    place_lon: FloatArray
    place_lat: FloatArray
    building: IntArray
    voters: IntArray
    is_urban: BoolArray
    precision: npt.NDArray[np.int8]


def draw_stations(
    land: Land,
    count: int,
    rng: np.random.Generator,
    districts: tuple[FloatArray, FloatArray, IntArray] | None,
) -> SimulatedStations:
    """Return `count` stations; every area has at least one when there are enough.

    `districts`: lon, lat and area of the seeds of synthetic districts.
    """
    area, is_urban, place, place_lon, place_lat = _settle(land, count, rng)
    order = np.lexsort((place, ~is_urban, area))
    area, is_urban, place = area[order], is_urban[order], place[order]
    place_lon, place_lat = place_lon[order], place_lat[order]
    building = _buildings(rng, place, is_urban)
    lon, lat = _positions(land, rng, building, area, is_urban, place, place_lon, place_lat)
    voters = _voters(rng, is_urban)
    precision = np.zeros(count, dtype=np.int8)
    precision[(rng.random(count) < ONLY_SETTLEMENT) & ~is_urban] = 1
    precision[rng.random(count) < NO_COORDINATES] = 3
    district = np.full(count, -1, dtype=np.int64)
    if districts is not None:
        # One district per building: neighbours behind one door never vote under two numbers' districts.
        district = nearest_in_area(districts, (lon, lat, area))
    return SimulatedStations(
        area=area,
        district=district,
        number=_rank_within(district if districts is not None else area),
        lon=lon,
        lat=lat,
        place=place,
        place_lon=place_lon,
        place_lat=place_lat,
        building=building,
        voters=voters,
        is_urban=is_urban,
        precision=precision,
    )


def _settle(
    land: Land, count: int, rng: np.random.Generator
) -> tuple[IntArray, BoolArray, IntArray, FloatArray, FloatArray]:
    """Return area, urban, settlement and its centre for every station, unsorted."""
    areas = len(land.area_ids)
    towns = len(land.town_people)
    urban_stations = URBAN_PEOPLE / URBAN_VOTERS[0]
    rural_stations = (1 - URBAN_PEOPLE) / RURAL_VOTERS[0]
    share = urban_stations / (urban_stations + rural_stations)
    rural_weight = _rural_weight(land)
    villages = np.maximum(3, np.round(rural_weight * count * (1 - share) / SHARED_VILLAGE)).astype(np.int64)
    area_of_village = np.repeat(np.arange(areas), villages)
    village_lon, village_lat = _villages(land, rng, area_of_village)
    is_urban = rng.random(count) < share
    place = np.empty(count, dtype=np.int64)
    people = land.town_people / land.town_people.sum()
    place[is_urban] = rng.choice(towns, int(is_urban.sum()), p=people)
    weight = (rural_weight / villages)[area_of_village] * rng.lognormal(0.0, 0.7, len(area_of_village))
    rural = rng.choice(len(area_of_village), int((~is_urban).sum()), p=weight / weight.sum())
    place[~is_urban] = towns + rural
    if count >= 4 * areas:
        # An oblast without a single station would be a hole in the frame, not a finding about coverage.
        is_urban[:areas] = False
        place[:areas] = towns + np.concatenate([[0], np.cumsum(villages)[:-1]])
    area = np.concatenate([land.area_of_town, area_of_village])[place]
    lon = np.concatenate([land.town_lon, village_lon])[place]
    lat = np.concatenate([land.town_lat, village_lat])[place]
    return area, is_urban, place, lon, lat


def _rural_weight(land: Land) -> FloatArray:
    """Return each area's share of village people: few in cities; (A,)."""
    towns = np.bincount(land.area_of_town, land.town_people, len(land.area_ids))
    weight = np.maximum(towns, 1.0) ** 0.75 * land.km2**0.25
    weight = np.where(land.is_city, weight * 0.05, weight)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _villages(land: Land, rng: np.random.Generator, area: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return village centres: three in four near a town, the rest anywhere."""
    lon, lat = points_inside(rng, land.polygons, area)
    weight = np.sqrt(land.town_people)
    order = np.lexsort((np.arange(len(weight)), land.area_of_town))
    running = np.cumsum(weight[order])
    edges = np.searchsorted(land.area_of_town[order], np.arange(len(land.area_ids) + 1))
    before = np.concatenate([[0.0], running])
    low, high = before[edges[area]], before[edges[area + 1]]
    wants = np.flatnonzero((rng.random(len(area)) < 0.75) & (high > low))
    for _ in range(8):
        if not len(wants):
            break
        pick = low[wants] + rng.random(len(wants)) * (high - low)[wants]
        town = order[np.minimum(np.searchsorted(running, pick, side="right"), len(order) - 1)]
        distance = 4 + rng.exponential(28.0, len(wants))
        x, y = _offset(rng, land.town_lon[town], land.town_lat[town], distance)
        hit = is_inside(land.polygons, area[wants], x, y)
        lon[wants[hit]], lat[wants[hit]] = x[hit], y[hit]
        wants = wants[~hit]
    return lon, lat


def _offset(
    rng: np.random.Generator, lon: FloatArray, lat: FloatArray, km: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return points `km` away in a random direction; for short distances."""
    angle = rng.uniform(0, 2 * np.pi, len(lon))
    y = lat + km * np.sin(angle) / KM_PER_DEGREE
    x = lon + km * np.cos(angle) / (KM_PER_DEGREE * np.maximum(0.1, np.cos(np.radians(lat))))
    return x, y


def _buildings(rng: np.random.Generator, place: IntArray, is_urban: BoolArray) -> IntArray:
    """Return the building of every station: neighbours under one roof; (N,)."""
    chance = np.where(is_urban, SAME_BUILDING[1], SAME_BUILDING[0])
    is_same = np.zeros(len(place), dtype=np.bool_)
    is_same[1:] = (place[1:] == place[:-1]) & (rng.random(len(place) - 1) < chance[1:])
    return np.cumsum(~is_same) - 1


def _positions(
    land: Land,
    rng: np.random.Generator,
    building: IntArray,
    area: IntArray,
    is_urban: BoolArray,
    place: IntArray,
    place_lon: FloatArray,
    place_lat: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return lon, lat of every station: its building, near its settlement."""
    first = np.flatnonzero(np.diff(building, prepend=-1))
    towns = len(land.town_people)
    people = np.where(is_urban[first], land.town_people[np.minimum(place[first], towns - 1)], 1_000.0)
    sigma_km = 0.3 + 0.9 * np.sqrt(people / 100_000)
    lon, lat = place_lon[first].copy(), place_lat[first].copy()
    open_rows = np.arange(len(first))
    for _ in range(12):
        if not len(open_rows):
            break
        rows = first[open_rows]
        km = sigma_km[open_rows] * np.sqrt(-2 * np.log(1 - rng.random(len(rows))))
        x, y = _offset(rng, place_lon[rows], place_lat[rows], km)
        hit = is_inside(land.polygons, area[rows], x, y)
        lon[open_rows[hit]], lat[open_rows[hit]] = x[hit], y[hit]
        open_rows = open_rows[~hit]
    return np.round(lon[building], 6), np.round(lat[building], 6)


def _voters(rng: np.random.Generator, is_urban: BoolArray) -> IntArray:
    mean = np.where(is_urban, URBAN_VOTERS[0], RURAL_VOTERS[0])
    sigma = np.where(is_urban, URBAN_VOTERS[1], RURAL_VOTERS[1])
    drawn = rng.lognormal(np.log(mean) - sigma**2 / 2, sigma)
    return np.clip(np.round(drawn), *VOTERS_RANGE).astype(np.int64)


def _rank_within(group: IntArray) -> IntArray:
    """Return 1, 2, 3… within each group, in row order."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    start = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - start + 1
    return rank
