"""What stands around the forms: teams, totals, presence and notes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from geo.model.columns import IntArray
from geo.model.tables import NOTES, PRESENCE, TOTALS
from geo.simulate.deployment import Deployment, SimulatedGround
from geo.simulate.mission_tables import clock, team_ids
from geo.simulate.options import stops
from geo.simulate.time_zones import shift_minutes

LONG_TERM_TEAMS: Final = 5  # at most; each in one of the areas with most short-term teams
SHIFT: Final = (6 * 60, 28 * 60)  # 06:00 to 04:00 of the day after, minutes of local time
CONTACT_EVERY: Final = 25  # minutes between signs of life of a team that is well

_NOTES: Final = (
    (
        "simulated",
        "method",
        "SIMULATED: nothing here happened",
        "СИМУЛЯЦИЯ: ничего из этого не происходило",
        "СИМУЛЯЦИЯ: мұның ешқайсысы болған жоқ",
        "Stations, teams, visits and findings were drawn by a computer. Only the outlines of the areas "
        "and the names of towns are real. No finding here says anything about a real place.",
        "Участки, группы, посещения и сообщения придуманы компьютером. Настоящие только границы "
        "областей и названия городов. Ни одно сообщение не относится к реальному месту.",
        "Учаскелерді, топтарды, барған жерлерін және хабарларды компьютер ойдан шығарды. Тек облыстардың "
        "шекаралары мен қалалардың атаулары шын. Мұндағы бірде-бір хабар нақты жерге қатысты емес.",
    ),
    (
        "simulated-quiet",
        "limitation",
        "SIMULATED: where nobody is, nothing is reported",
        "СИМУЛЯЦИЯ: где никого нет, оттуда нет и сообщений",
        "СИМУЛЯЦИЯ: ешкім жоқ жерден хабар да жоқ",
        "Some areas have no observer. Silence there is not a finding.",
        "В некоторых областях нет наблюдателей. Тишина там ни о чём не говорит.",
        "Кейбір облыстарда байқаушы жоқ. Ондағы тыныштық ештеңені білдірмейді.",
    ),
)


def teams_frame(day: Deployment) -> pd.DataFrame:
    """Return teams.csv; a silent team's last sign of life is its last form."""
    ground = day.ground
    home = ground.teams.home
    count = len(home)
    now = stops(ground.options)
    rng = np.random.default_rng([ground.options.seed, 9])
    last = np.full(count, SHIFT[0], dtype=np.int64)
    np.maximum.at(last, day.team_of_visit, day.received)
    well = now - rng.integers(0, CONTACT_EVERY, count)
    is_well = np.bincount(day.team_of_visit, minlength=count) > 0
    if ground.part is not None and ground.part.silent >= 0:
        is_well[ground.part.silent] = False
    last = np.minimum(now, np.where(is_well, np.maximum(last, well), last))
    later = shift_minutes(ground.options, ground.land.area_ids)[ground.teams.area]
    static = ground.options.is_static
    frame = pd.DataFrame(
        {
            "team_id": team_ids(ground),
            "kind": "static" if static else "short_term",
            "observers": 1 if static else 2,
            "base_lon": np.round(ground.stations.lon[home] if static else ground.stations.place_lon[home], 5),
            "base_lat": np.round(ground.stations.lat[home] if static else ground.stations.place_lat[home], 5),
            "shift_starts": clock(ground, SHIFT[0] + later, home),
            "shift_ends": clock(ground, SHIFT[1] + later, home),
            "area_ids": np.array(ground.land.area_ids, dtype=object)[ground.teams.area],
            "last_contact": clock(ground, last, home),
        }
    )
    return frame if static else pd.concat([frame, _long_term(ground)], ignore_index=True)


def _long_term_areas(ground: SimulatedGround) -> IntArray:
    """Return the areas of long-term teams: those with most short-term teams."""
    teams = np.bincount(ground.teams.area, minlength=len(ground.land.area_ids))
    return np.argsort(-teams, kind="stable")[: min(LONG_TERM_TEAMS, int((teams > 0).sum()))]


def _long_term(ground: SimulatedGround) -> pd.DataFrame:
    areas = _long_term_areas(ground)
    home = np.array([np.flatnonzero(ground.stations.area == area)[0] for area in areas], dtype=np.int64)
    return pd.DataFrame(
        {
            "team_id": [f"SIM-L{index + 1:02d}" for index in range(len(areas))],
            "kind": "long_term",
            "observers": 2,
            "base_lon": np.round(ground.stations.place_lon[home], 5),
            "base_lat": np.round(ground.stations.place_lat[home], 5),
            "shift_starts": "",
            "shift_ends": "",
            "area_ids": [ground.land.area_ids[area] for area in areas],
            "last_contact": "",
        }
    )


def totals_frame(day: Deployment) -> pd.DataFrame:
    """Return totals.csv: stations and voters, of the country and of each area."""
    areas = len(day.area_ids)
    stations = np.bincount(day.area_of_station, minlength=areas)
    voters = np.bincount(day.area_of_station, day.voters, areas).astype(np.int64)
    rows = [("", "stations", len(day.voters)), ("", "voters", int(day.voters.sum()))]
    rows += [(area, "stations", int(n)) for area, n in zip(day.area_ids, stations, strict=True)]
    rows += [(area, "voters", int(n)) for area, n in zip(day.area_ids, voters, strict=True)]
    frame = pd.DataFrame(rows, columns=["area_id", "measure", "value"])
    frame["status"], frame["source"], frame["locator"] = "reported", "simulation", "SIMULATED"
    return frame[[name for name in TOTALS.names if name in frame]]


def presence_frame(day: Deployment) -> pd.DataFrame:
    """Return presence.csv: areas with teams on the day and in the weeks before."""
    ground, options = day.ground, day.ground.options
    on_day = sorted({day.area_ids[area] for area in ground.teams.area})
    rows = [(area, "election_day", options.election_date, options.election_date) for area in on_day]
    if not options.is_static:
        start = options.election_date - timedelta(days=15)
        before = [day.area_ids[area] for area in _long_term_areas(ground)]
        rows += [(area, "long_term", start, options.election_date) for area in sorted(before)]
    frame = pd.DataFrame(rows, columns=["area_id", "kind", "starts", "ends"]).astype("str")
    frame["locator"] = "SIMULATED"
    return frame[[name for name in PRESENCE.names if name in frame]]


def notes_frame() -> pd.DataFrame:
    """Return notes.csv: says SIMULATED in three languages."""
    columns = ["note_id", "kind", "title_en", "title_ru", "title_kk", "body_en", "body_ru", "body_kk"]
    frame = pd.DataFrame(_NOTES, columns=columns)
    frame["source"], frame["locator"] = "simulation", "SIMULATED"
    return frame[[name for name in NOTES.names if name in frame]]
