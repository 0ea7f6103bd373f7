"""The folder as it lies on disk."""

import csv
import json
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from geo.model.errors import InputError
from geo.model.tables import BY_NAME
from geo.serving import build_snapshot
from geo.simulate import SimulationOptions, mission_folder, simulate
from geo.simulate.options import DATA
from tests.geo.simulate import small


def rows(folder, name):
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bytes_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def recount(folder):
    """Return the counts of truth.json from the files alone."""
    visits, incidents, stations = (rows(folder, name) for name in ("visits", "incidents", "stations"))
    low = {row["category"] for row in rows(folder, "categories") if row["severity"] == "low"}
    known = {(row["area_id"], row["number"]) for row in stations}
    gone = {row["supersedes"] for row in visits}
    exposed = [
        row
        for row in visits
        if row["outcome"] == "observed"
        and row["verification"] == "verified"
        and row["visit_id"] not in gone
        and (row["area_id"], row["number"]) in known
    ]
    grave = {row["visit_id"] for row in incidents if row["category"] not in low}
    cases = [row for row in exposed if row["visit_id"] in grave]
    places = {(r["area_id"], r["number"]) for r in visits if r["outcome"] == "observed"} & known
    return {
        "stations": len(stations),
        "voters": sum(int(row["voters"]) for row in stations),
        "visits": len(visits),
        "visits_by_outcome": dict(Counter(row["outcome"] for row in visits)),
        "visits_by_stage": dict(Counter(row["stage"] for row in visits)),
        "stations_visited": len(places),
        "visits_of_unknown_stations": sum((r["area_id"], r["number"]) not in known for r in visits),
        "exposed_visits": len(exposed),
        "exposed_visits_with_finding": len(cases),
        "exposed_voting_visits": sum(row["stage"] == "voting" for row in exposed),
        "exposed_voting_visits_with_finding": sum(row["stage"] == "voting" for row in cases),
        "incidents": len(incidents),
        "incidents_low": sum(row["category"] in low for row in incidents),
        "incidents_without_visit": sum(row["visit_id"] == "" for row in incidents),
    }


@pytest.fixture(scope="module", params=["international", "citizen"])
def folder(request, tmp_path_factory):
    teams = 15 if request.param == "international" else 400
    place = tmp_path_factory.mktemp(request.param)
    return simulate(small.options(place, preset=request.param, teams=teams, stations=3_000, until="14:00"))


@pytest.mark.capability("Missions that never happened, with their truth", page="simulation")
def test_truth_agrees_with_a_recount_of_the_files(folder):
    assert json.loads((folder / "truth.json").read_text(encoding="utf-8"))["counts"] == recount(folder)


@pytest.mark.capability("Everything simulated says so", page="simulation")
def test_everything_says_that_it_is_simulated(folder):
    mission = tomllib.loads((folder / "mission.toml").read_text(encoding="utf-8"))
    assert mission["mission"]["nature"] == "simulated"
    assert mission["mission"]["title"]["en"].startswith("SIMULATED")
    assert all(row["number"].startswith("SIM-") for row in rows(folder, "stations"))
    for table, key in (("visits", "visit_id"), ("incidents", "incident_id"), ("teams", "team_id")):
        assert all(row[key].startswith("SIM-") for row in rows(folder, table))
    assert json.loads((folder / "truth.json").read_text(encoding="utf-8"))["notice"].startswith("SIMULATED")
    assert rows(folder, "notes")[0]["title_en"].startswith("SIMULATED")


def test_no_form_comes_in_after_the_clock_stopped(folder):
    stop = datetime.fromisoformat("2005-12-04T14:00+06:00")
    for table in ("visits", "incidents"):
        assert all(datetime.fromisoformat(row["received"]) <= stop for row in rows(folder, table))
    assert any(datetime.fromisoformat(row["due"]) > stop for row in rows(folder, "assignments"))


def test_the_loader_takes_every_row(folder):
    mission = build_snapshot.load(folder)
    sources = build_snapshot.read(mission, datetime.fromisoformat(mission.as_of))
    assert sources.rejects.empty
    assert sources.defects.empty
    for name in ("stations", "visits", "incidents", "assignments", "teams"):
        assert len(sources.frames[name]) == len(rows(folder, name))


def test_only_the_wrong_number_stays_unresolved(folder):
    snapshot = build_snapshot.snapshot(folder)
    assert (snapshot.visits.station < 0).sum() == recount(folder)["visits_of_unknown_stations"] == 1


def test_columns_are_those_of_the_tables(folder):
    for name, table in BY_NAME.items():
        if name != "areas":
            assert set(rows(folder, name)[0]) <= set(table.names)


def test_totals_are_those_of_the_stations(folder):
    stations = Counter(row["area_id"] for row in rows(folder, "stations"))
    given = {r["area_id"]: int(r["value"]) for r in rows(folder, "totals") if r["measure"] == "stations"}
    assert given.pop("") == sum(stations.values())
    assert given == stations


def test_the_same_options_write_the_same_bytes(tmp_path):
    one = simulate(small.options(tmp_path, teams=12, out=tmp_path / "one"))
    two = simulate(small.options(tmp_path, teams=12, out=tmp_path / "two"))
    assert bytes_of(one) == bytes_of(two)


def test_another_seed_writes_other_visits(tmp_path):
    one = simulate(small.options(tmp_path, out=tmp_path / "one"))
    two = simulate(small.options(tmp_path, seed=8, out=tmp_path / "two"))
    assert bytes_of(one)["visits.csv"] != bytes_of(two)["visits.csv"]


def test_writing_again_leaves_nothing_of_the_last_time(tmp_path, monkeypatch):
    options = small.options(tmp_path)
    fresh = bytes_of(simulate(options))
    monkeypatch.setattr(mission_folder, "PARQUET_FROM", 100)
    simulate(options)
    monkeypatch.undo()
    assert bytes_of(simulate(options)) == fresh


def test_a_folder_that_was_not_simulated_is_refused_and_untouched(tmp_path):
    options = small.options(tmp_path)
    options.out.mkdir()
    (options.out / "visits.csv").write_text("mine")
    (options.out / "mission.toml").write_text('[mission]\nnature = "live"\n')
    with pytest.raises(InputError, match="holds files that no simulation wrote"):
        simulate(options)
    assert (options.out / "visits.csv").read_text() == "mine"


def test_files_of_the_tables_names_alone_are_not_taken_for_a_simulation(tmp_path):
    options = small.options(tmp_path)
    options.out.mkdir()
    (options.out / "visits.csv").write_text("mine")
    with pytest.raises(InputError, match="holds files that no simulation wrote"):
        simulate(options)
    assert (options.out / "visits.csv").read_text() == "mine"


def test_options_that_cannot_be_simulated_leave_the_folder_as_it_was(tmp_path):
    options = small.options(tmp_path)
    before = bytes_of(simulate(options))
    with pytest.raises(InputError):
        simulate(replace(options, until="soon"))
    with pytest.raises(InputError):
        simulate(replace(options, settlements=tmp_path / "nowhere.csv"))
    assert bytes_of(options.out) == before


def test_an_interrupted_simulation_can_be_written_again(tmp_path):
    options = small.options(tmp_path)
    whole = bytes_of(simulate(options))
    (options.out / "mission.toml").unlink()
    (options.out / "truth.json").unlink()
    assert bytes_of(simulate(options)) == whole


def test_kazakhstans_towns_and_boundaries_name_their_sources(tmp_path):
    folder = simulate(SimulationOptions(stations=500, out=tmp_path / "sim"))
    mission = build_snapshot.load(folder)
    assert {source.id for source in mission.sources} == {"simulation", "natural-earth", "geonames"}
    assert "GeoNames" in mission.credit["kk"]


def test_tables_too_long_for_csv_are_parquet_with_the_same_rows(tmp_path, monkeypatch):
    plain = simulate(small.options(tmp_path, out=tmp_path / "plain"))
    monkeypatch.setattr(mission_folder, "PARQUET_FROM", 1_000)
    packed = simulate(small.options(tmp_path, out=tmp_path / "packed"))
    assert not (packed / "stations.csv").exists()
    there, here = pd.read_parquet(packed / "stations.parquet"), pd.read_csv(plain / "stations.csv")
    assert there.fillna({"precision": ""}).equals(here.fillna({"precision": ""}))
    assert len(build_snapshot.snapshot(packed).registry.stations) == 1_200


def test_districts_are_areas_of_level_two_and_stations_declare_them(tmp_path):
    folder = simulate(small.options(tmp_path, districts=30))
    features = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))["features"]
    known = {f["properties"]["area_id"]: f["properties"] for f in features}
    declared = {row["area_id"] for row in rows(folder, "stations")}
    assert all(known[area]["level"] == 2 and known[area]["parent_id"] in known for area in declared)
    assert all(known[area]["name_en"].startswith("SIMULATED") for area in declared)
    snapshot = build_snapshot.snapshot(folder)
    assert snapshot.rejects.empty
    assert snapshot.registry.area_at_level(1).min() >= 0


def test_district_has_a_name_in_every_language_of_its_area_and_in_no_other(tmp_path):
    options = small.options(tmp_path, districts=30)
    text = options.areas.read_text(encoding="utf-8").replace('"name_en"', '"name_kk": "Аймақ", "name_en"')
    options.areas.write_text(text, encoding="utf-8")
    features = json.loads((simulate(options) / "areas.geojson").read_text(encoding="utf-8"))["features"]
    districts = [f["properties"] for f in features if f["properties"]["level"] == 2]
    assert len(districts) == 30
    assert all("Аймақ" in row["name_kk"] and "name_ru" not in row for row in districts)


def test_progress_ends_at_one(tmp_path):
    told = []
    simulate(small.options(tmp_path), lambda what, share: told.append((share, what)))
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][0] == 1.0


def test_times_carry_the_clock_of_their_area(tmp_path):
    folder = simulate(small.options(tmp_path, until="09:00"))
    assert all(row["arrived"].endswith("+06:00") for row in rows(folder, "visits"))


COMMITTED = DATA / "kazakhstan-2005-simulated"
CITIZENS = DATA / "kazakhstan-2005-citizens"


@pytest.mark.skipif(not COMMITTED.exists(), reason="the demonstration is not in this checkout")
class TestTheDemonstrationInTheRepository:
    @pytest.mark.parametrize("folder", [COMMITTED, CITIZENS])
    def test_it_agrees_with_its_truth(self, folder):
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        assert truth["counts"] == recount(folder)

    @pytest.mark.parametrize(("folder", "most"), [(COMMITTED, 3_000_000), (CITIZENS, 8_000_000)])
    def test_it_is_small(self, folder, most):
        assert sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) < most

    def test_one_team_is_overdue_and_one_large_oblast_has_nobody(self):
        stop = datetime.fromisoformat(
            tomllib.loads((COMMITTED / "mission.toml").read_text())["mission"]["as_of"]
        )
        key = ("team_id", "area_id", "number", "stage")
        done = {tuple(row[name] for name in key) for row in rows(COMMITTED, "visits")}
        late = {
            row["team_id"]
            for row in rows(COMMITTED, "assignments")
            if (stop - datetime.fromisoformat(row["due"])).total_seconds() > 30 * 60
            and tuple(row[name] for name in key) not in done
        }
        assert len(late) == 1
        quiet = json.loads((COMMITTED / "truth.json").read_text(encoding="utf-8"))["quiet_area"]
        assert not any(row["area_id"] == quiet for row in rows(COMMITTED, "visits"))

    def test_western_oblasts_keep_their_own_clock(self):
        for row in rows(COMMITTED, "visits"):
            west = row["area_id"] in ("KZ-AKT", "KZ-ATY", "KZ-MAN", "KZ-ZAP")
            assert row["arrived"].endswith("+05:00" if west else "+06:00")


def test_another_countrys_polygons_need_no_settlements(tmp_path):
    options = replace(small.options(tmp_path, script=False), settlements=None, time_zone="")
    folder = simulate(options)
    mission = build_snapshot.load(folder)
    assert mission.time_zone == "UTC"
    assert "Kazakhstan" not in (folder / "mission.toml").read_text(encoding="utf-8")
    assert build_snapshot.snapshot(folder).rejects.empty
