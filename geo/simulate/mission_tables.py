"""A deployment as the tables of a mission: columns as in `geo.model.tables`, SIMULATED in every id."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.columns import FloatArray, IntArray
from geo.model.tables import OUTCOMES, OVERALL, PRECISIONS, STAGES
from geo.simulate.deployment import Deployment, SimulatedGround
from geo.simulate.districts import district_ids
from geo.simulate.form_catalog import ACCESS_DENIED
from geo.simulate.schedule import DENIED, OBSERVED
from geo.simulate.time_zones import election_midnight, shift_minutes

Texts = npt.NDArray[np.object_]
# Minute and shift are put into one number to find the distinct pairs. Two clocks on earth differ by less than
# 26 hours, 1,560 minutes, to either side, which this span tells apart.
SHIFT_SPAN: Final = 4_096
OVERALL_FROM: Final = (-0.35, 1.7, 3.0)  # 36 % very good, few bad, unless there were findings
EVOTING_SHARE: Final = 0.37  # of urban stations: 1,447 of 9,580 in 2005


def ids(prefix: str, numbers: IntArray, width: int) -> Texts:
    """Return `SIM-0007`, one text per number; (N,) object."""
    return np.array([f"{prefix}{number:0{width}d}" for number in numbers.tolist()], dtype=object)


def clock(ground: SimulatedGround, minutes: IntArray, station: IntArray) -> Texts:
    """Return mission minutes as local ISO times with offset: 2005-12-04T07:15+06:00."""
    shift = shift_minutes(ground.options, ground.land.area_ids)[ground.stations.area[station]]
    key, back = np.unique(minutes * SHIFT_SPAN + shift, return_inverse=True)
    behind = (key + SHIFT_SPAN // 2) % SHIFT_SPAN - SHIFT_SPAN // 2
    midnight = election_midnight(ground.options).astimezone(ground.options.zone)
    own = midnight.utcoffset() or timedelta()
    texts = []
    for minute, later in zip(((key - behind) // SHIFT_SPAN).tolist(), behind.tolist(), strict=True):
        local = midnight.replace(tzinfo=None) + timedelta(minutes=minute - later)
        offset = int(own.total_seconds() // 60) - later
        sign, size = ("-", -offset) if offset < 0 else ("+", offset)
        texts.append(f"{local:%Y-%m-%dT%H:%M}{sign}{size // 60:02d}:{size % 60:02d}")
    return np.array(texts, dtype=object)[back]


@lru_cache(maxsize=1)  # a million texts, wanted by five tables
def declared_area(ground: SimulatedGround) -> Texts:
    """Return the area_id every station declares: its district if it has one; (N,)."""
    if ground.seeds is None:
        return _read_only(np.array(ground.land.area_ids, dtype=object)[ground.stations.area])
    return _read_only(district_ids(ground.land, ground.seeds)[ground.stations.district])


def _read_only(texts: Texts) -> Texts:
    texts.setflags(write=False)
    return texts


def number_width(ground: SimulatedGround) -> int:
    """Return how many digits a station's number is written with, the same for all."""
    return max(4, len(str(int(ground.stations.number.max()))))


@lru_cache(maxsize=1)
def station_numbers(ground: SimulatedGround) -> Texts:
    """Return the number every station is called by, such as SIM-0007; (N,) object, read-only."""
    return _read_only(ids("SIM-", ground.stations.number, number_width(ground)))


@lru_cache(maxsize=1)
def team_ids(ground: SimulatedGround) -> Texts:
    """Return the id of every team, such as SIM-T07; (T,) object, read-only."""
    count = len(ground.teams.home)
    return _read_only(ids("SIM-T", np.arange(1, count + 1), max(2, len(str(count)))))


def noise(ground: SimulatedGround, stream: int, form: IntArray) -> FloatArray:
    """Return standard normals that belong to a form, whenever the clock stops."""
    rng = np.random.default_rng([ground.options.seed, stream])
    return rng.normal(size=len(ground.plan.station) + 1)[form]


def stations_frame(ground: SimulatedGround) -> pd.DataFrame:
    """Return stations.csv: a few without coordinates, some known by settlement."""
    stations, land = ground.stations, ground.land
    rng = np.random.default_rng([ground.options.seed, 1])
    is_exact, is_none = stations.precision == 0, stations.precision == 3
    lon = np.where(is_exact, stations.lon, stations.place_lon)
    lat = np.where(is_exact, stations.lat, stations.place_lat)
    villages = np.arange(1, max(0, int(stations.place.max()) - len(land.town_name) + 1) + 1)
    places = np.concatenate([land.town_name, ids("SIMULATED village ", villages, 1)])
    has_evoting = stations.is_urban & (rng.random(len(stations.area)) < EVOTING_SHARE)
    frame = pd.DataFrame(
        {
            "area_id": declared_area(ground),
            "number": station_numbers(ground),
            "name": ids("SIMULATED school ", stations.building + 1, 1),
            "settlement": places[stations.place],
            "lon": np.where(is_none, np.nan, np.round(lon, 5)),
            "lat": np.where(is_none, np.nan, np.round(lat, 5)),
            # Empty where there are no coordinates: a cell reading "none" is a word for missing.
            "precision": np.where(is_none, "", np.array(PRECISIONS, dtype=object)[stations.precision]),
            "voters": stations.voters,
            "urban": np.where(stations.is_urban, "yes", "no"),
            "evoting": np.where(has_evoting, "yes", "no"),
        }
    )
    if ground.options.is_static:
        is_sampled = np.isin(np.arange(len(frame)), ground.teams.home)
        frame["is_sampled"] = np.where(is_sampled, "yes", "no")
        kinds = np.where(stations.is_urban, " urban", " rural").astype(object)
        frame["stratum"] = np.array(land.area_ids, dtype=object)[stations.area] + kinds
    return frame


def visits_frame(day: Deployment) -> pd.DataFrame:
    """Return visits.csv as the forms came in, with some working columns besides."""
    ground, at, form = day.ground, day.station_of_visit, day.form
    words = np.array(STAGES, dtype=object)[day.stage_of_visit]
    width = max(5, len(str(len(ground.plan.station))))
    return pd.DataFrame(
        {
            "visit_id": ids("SIM-V", form, width),
            "area_id": declared_area(ground)[at],
            "number": station_numbers(ground)[at],
            "team_id": team_ids(ground)[day.team_of_visit],
            "stage": words,
            "arrived": clock(ground, day.arrived, at),
            "left": clock(ground, day.left, at),
            "received": clock(ground, day.received, at),
            "outcome": np.array(OUTCOMES, dtype=object)[day.outcome],
            "verification": _verification(day),
            "answered": _answered(day),
            "overall": _overall(day),
            "supersedes": "",
            "answers": _answers(day),
            "lon": np.round(ground.stations.lon[at] + noise(ground, 5, form) * 0.0004, 5),
            "lat": np.round(ground.stations.lat[at] + noise(ground, 6, form) * 0.0003, 5),
            "minute": day.received,
            "station": at,
            "is_planned": day.is_planned,
            "is_finding": day.is_finding,
            "has_nothing": ~day.is_finding & ~day.is_low_finding,
        }
    )


def _verification(day: Deployment) -> Texts:
    state = np.select([day.is_withdrawn, day.is_verified], ["withdrawn", "verified"], "unverified")
    return state.astype(object)


def _answered(day: Deployment) -> Texts:
    """Return what each form asked about; nothing where nobody got in."""
    catalog = day.ground.catalog
    slugs = np.array(catalog.slugs, dtype=object)
    texts = np.array(
        [
            [";".join(slugs[asked[stage]]) for stage in range(5)]
            for asked in (catalog.asked, catalog.asked_short)
        ]
        + [[""] * 5],
        dtype=object,
    )
    kind = np.where(day.outcome == OBSERVED, day.is_short.astype(np.int64), 2)
    return texts[kind, day.stage_of_visit]


def _overall(day: Deployment) -> Texts:
    """Return the overall assessment: worse with findings, never quite their sum."""
    visits = len(day.form)
    low = np.array([*day.ground.catalog.is_low])[day.category_of_finding]
    grave = np.bincount(day.visit_of_finding[~low], minlength=visits)
    minor = np.bincount(day.visit_of_finding[low], minlength=visits)
    score = 1.6 * grave + 0.3 * minor + noise(day.ground, 3, day.form)
    words = np.array(OVERALL, dtype=object)[np.searchsorted(OVERALL_FROM, score)]
    return np.where(day.outcome == OBSERVED, words, "")


def _answers(day: Deployment) -> Texts:
    """Return the form's numbers as one text; by chance no two forms are alike."""
    at, form = day.station_of_visit, day.form
    ground = day.ground
    shift = shift_minutes(ground.options, ground.land.area_ids)[ground.stations.area[at]]
    share = np.clip(((day.arrived - shift) % 1440 - 420) / 780, 0, 1) * 0.77
    voted = np.round(day.voters[at] * share * np.exp(0.15 * noise(day.ground, 4, form))).astype(np.int64)
    waiting = np.abs(np.round(6 * noise(day.ground, 7, form))).astype(np.int64)
    booths = 2 + day.voters[at] // 600
    officials = 5 + np.abs(np.round(2 * noise(day.ground, 8, form))).astype(np.int64)
    rows = zip(voted.tolist(), waiting.tolist(), booths.tolist(), officials.tolist(), strict=True)
    texts = [f"voted={a};waiting={b};booths={c};officials={d}" for a, b, c, d in rows]
    return np.where(day.outcome == OBSERVED, np.array(texts, dtype=object), "")


def incidents_frame(day: Deployment, visits: pd.DataFrame) -> pd.DataFrame:
    """Return incidents.csv: one row per finding; denied visits are findings too."""
    catalog = day.ground.catalog
    visit, category = day.visit_of_finding, day.category_of_finding
    access = catalog.index(ACCESS_DENIED)
    if access >= 0:
        denied = np.flatnonzero(day.outcome == DENIED)
        visit = np.concatenate([visit, denied])
        category = np.concatenate([category, np.full(len(denied), access)])
        order = np.lexsort((category, visit))
        visit, category = visit[order], category[order]
    nth = np.arange(len(visit)) - np.searchsorted(visit, visit, side="left") + 1
    source = visits.iloc[visit].reset_index(drop=True)
    severity = catalog.frame["severity"].to_numpy(dtype=object)[category]
    is_clear = (
        (source["verification"] == "verified") & (severity != "critical") & (source["outcome"] == "observed")
    )
    return pd.DataFrame(
        {
            "incident_id": source["visit_id"].str.replace("SIM-V", "SIM-I") + ids("-", nth, 1),
            "area_id": source["area_id"],
            "number": source["number"],
            "visit_id": source["visit_id"],
            "team_id": source["team_id"],
            "category": np.array(catalog.slugs, dtype=object)[category],
            "stage": source["stage"],
            "occurred": source["arrived"],
            "received": source["received"],
            "verification": source["verification"],
            "publication": np.where(is_clear, "cleared", "private"),
            "completeness": "exhaustive",
            "text": "SIMULATED",
            "supersedes": "",
            "minute": source["minute"],
        }
    )


def assignments_frame(ground: SimulatedGround) -> pd.DataFrame:
    """Return assignments.csv: the plan of the whole day, without ad-hoc visits."""
    plan = ground.plan.take(np.flatnonzero(ground.plan.is_planned))
    frame = pd.DataFrame(
        {
            "team_id": team_ids(ground)[plan.team],
            "area_id": declared_area(ground)[plan.station],
            "number": station_numbers(ground)[plan.station],
            "stage": np.array(STAGES, dtype=object)[plan.stage],
            "due": clock(ground, plan.due, plan.station),
        }
    )
    return frame.drop_duplicates(["team_id", "area_id", "number", "stage"], ignore_index=True)
