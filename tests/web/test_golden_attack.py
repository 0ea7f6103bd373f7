"""An attacker with every byte the press gets and the plan cannot name a team's station or hour."""

import csv
import re
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from geo.analysis.exports import FORMATS
from geo.publication.publishable_reports import delayed
from geo.publication.release import make
from geo.publication.sign_off import signed
from geo.publication.snapshot_facts import places
from geo.serving import build_snapshot
from layers.map import choice_figures
from server import create_app
from tests.layers.pictures.picture_names import names
from web import press_resources

SIMULATED = Path(__file__).parents[2] / "data" / "kazakhstan-2005-simulated"
NOW = datetime(2005, 12, 4, 9, tzinfo=UTC)  # 15:00 in Almaty
SLUG = "running"


@pytest.fixture(scope="module")
def mission(tmp_path_factory):
    """The shipped mission as a live one with the default rules, cleared at 15:00."""
    root = tmp_path_factory.mktemp("golden")
    folder, state = root / SLUG, root / "state"
    shutil.copytree(SIMULATED, folder)
    file = folder / "mission.toml"
    text = file.read_text(encoding="utf-8").replace('nature = "simulated"', 'nature = "live"')
    text = text.replace("stations = true\n", "").replace("delay_hours = 0.0\n", "")
    file.write_text(text.replace("T14:00+06:00", "T15:00+06:00"), encoding="utf-8")
    snapshot = build_snapshot.snapshot(folder)
    shown = signed(state / "releases", snapshot, "", "", by="", note="")
    version = shown[1].removeprefix("version ")
    for step, by in (("verify", "Aigul"), ("clear", "Boris")):
        signed(state / "releases", snapshot, step, version, by=by, note="", now=NOW)
    return folder, state, snapshot


@pytest.fixture(scope="module")
def heard(mission):
    """Everything the press gets: the body of every address that answers."""
    folder, state, _ = mission
    app = create_app([folder], state)
    client = app.test_client()
    released = app.extensions["baqylau.releases"].get(SLUG)
    made = press_resources.press(released)
    version, view = made.view.version, made.view
    chosen = list(choice_figures.choices())
    paths = [f"/{SLUG}/version.json", f"/{SLUG}/areas-{made.shapes}.json"]
    paths += [f"/{SLUG}/choice-{one.replace('/', '-')}-{version}.json" for one in chosen]
    for rest in (
        "", "methods/", "embed/", f"values-{version}.json", made.urls.ground, "download/methods.txt",
        *(f"area-{one}-{version}.json" for one in range(len(view.area))),
        *(f"{page}area/{one}/" for page in ("", "embed/") for one in released.release.by_area.unit_id),
    ):  # fmt: skip
        paths.append(f"/{SLUG}/en/{rest}")
    for one in chosen:
        asked = "stage={}&severity={}".format(*one.split("/"))
        tables = ("country", "areas", "patches", "categories")
        paths += [f"/{SLUG}/en/download/{thing}.csv?{asked}" for thing in tables]
    paths += [f"/{SLUG}/en/download/{thing}.{suffix}" for thing in ("areas", "patches") for suffix in FORMATS]
    paths += [f"/{SLUG}/en/picture-{version}/{name}.svg" for name in names(view)[:4]]
    answers = {path: client.get(path) for path in paths}
    assert sum(one.status_code == 200 for one in answers.values()) > 60
    return {path: one.data for path, one in answers.items() if one.status_code == 200}


def rows(folder, table):
    return list(csv.DictReader((folder / f"{table}.csv").open(encoding="utf-8")))


@pytest.mark.slow
def test_no_team_and_no_station_is_in_any_byte(mission, heard):
    folder, _, _ = mission
    told = {row["team_id"] for row in rows(folder, "teams")} | {
        row["number"] for row in rows(folder, "stations")
    }
    wanted = re.compile(rb"SIM-[A-Z]?\d+")
    assert all(wanted.fullmatch(one.encode()) for one in told)
    for path, body in heard.items():
        assert not wanted.search(body), path


@pytest.mark.slow
def test_no_hour_of_a_visit_is_in_any_byte(mission, heard):
    folder, _, _ = mission
    columns = ("arrived", "left", "received")
    moments = {row[one] for row in rows(folder, "visits") for one in columns if row[one]}
    local = {moment[:16].encode() for moment in moments}
    clock = re.compile(rb"2005-12-0\dT\d\d:\d\d")
    for path, body in heard.items():
        assert not local & set(clock.findall(body)), path


def planned_by_unit(folder, snapshot, parts):
    """Stations the plan wants in every unit, by stage and in all: {(unit, stage): stations}."""
    finest = parts.finest[places(snapshot.registry).leaves.of_station]
    position = {one: at for at, one in enumerate(snapshot.registry.stations.station_id.to_pylist())}
    found = defaultdict(set)
    for row in rows(folder, "assignments"):
        station = position[f"{row['area_id']}/{row['number']}"]
        unit = int(finest[station])
        while unit >= 0:
            found[unit, row["stage"]].add(station)
            found[unit, "all"].add(station)
            unit = int(parts.parent[unit])
    return found


def test_no_figure_beside_the_plan_says_of_any_station_that_somebody_was_there(mission):
    folder, _, snapshot = mission
    made = make(snapshot, snapshot.as_of, cleared=True)
    units, planned = made.release.units, planned_by_unit(folder, snapshot, made.parts)
    weighed = 0
    for stage, coverage in units.coverage.items():
        for unit in np.flatnonzero(coverage.observed > 0).tolist():
            weighed += 1
            assert coverage.observed[unit] >= 5
            # as many as were planned would be those that were: the plan has their teams and hours
            assert len(planned[unit, stage]) > coverage.observed[unit], (stage, units.unit_id[unit])
    assert weighed > 20


def test_a_stage_that_one_team_has_in_an_area_is_told_of_no_area(mission):
    folder, _, snapshot = mission
    first = [row["area_id"] for row in rows(folder, "assignments") if row["stage"] == "opening"]
    assert (
        sum(first.count(area) == 1 for area in set(first)) >= 9
    )  # by the plan one team, one station, one hour
    units = make(snapshot, snapshot.as_of, cleared=True).release.units
    opening = units.coverage["opening"]
    assert np.flatnonzero(opening.observed > 0).tolist() == [0]  # of the country alone
    old = delayed(snapshot, snapshot.as_of).visits
    assert len(np.unique(old.team[old.is_current & (old.stage == 0)])) > 10  # and there is something to hide
