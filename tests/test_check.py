"""`server.py check` end to end: hostile files, the worst registry, rows in another order, what is drawn."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import server
from geo.commands import check
from geo.reading.pmtiles_header import FILE as STREETS
from layers.pictures import picture_text
from tests import pmtiles_file
from tests.geo.reading import trap_missions, worst_registry
from tests.geo.reading.readers.attack_files import write_all
from tests.geo.reading.readers.test_attacks import CANARY, CPU_S, PEAK_MIB, SAMPLES, listener, secret

HERE = Path(__file__).parents[1]
TOML = '[mission]\ntitle = "T"\nelection_date = 2005-12-04\ntime_zone = "Asia/Almaty"\n'
# One of each kind is enough here: what each file does to its reader is tested with the readers.
CHOSEN = re.compile(r"(vrt|vrt_curl|wfs|gdalg|crs_link|xxe|entity_bomb)\.(csv|geojson|kml|zip|gpkg|xlsx)")
SUFFIXES = frozenset({".csv", ".geojson", ".kml", ".zip", ".gpkg", ".xlsx"})
__all__ = ["listener", "secret"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(server.cli, list(arguments))


@pytest.fixture(scope="module")
def attacks(tmp_path_factory, listener, secret) -> list[Path]:
    """Mission folders, each with one hostile file in the place of its stations or of its areas."""
    there = tmp_path_factory.mktemp("there")
    write_all(there, secret, listener.port)
    found = {path.name: path.read_bytes() for path in there.iterdir() if CHOSEN.fullmatch(path.name)}
    if (SAMPLES / "attack").is_dir():
        for path in filter(Path.is_file, (SAMPLES / "attack").iterdir()):
            body = path.read_bytes().replace(b"@SECRET@", str(secret).encode())
            found[f"shared_{path.name}"] = body.replace(b"5124", str(listener.port).encode())
    root = tmp_path_factory.mktemp("missions")
    folders = []
    for number, (name, body) in enumerate(sorted(found.items())):
        folder = root / re.sub(r"\W", "-", name)
        folder.mkdir()
        (folder / "mission.toml").write_text(TOML)
        (folder / f"{('stations', 'areas')[number % 2]}{Path(name).suffix}").write_bytes(body)
        folders.append(folder)
    assert {path.suffix for folder in folders for path in folder.iterdir()} >= SUFFIXES
    return folders


@pytest.mark.slow
def test_no_hostile_file_of_a_mission_gets_past_check(attacks, listener):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for folder in attacks:
        result = run("check", str(folder), "--out", str(folder / "out"))
        file = next(path.name for path in folder.iterdir() if path.stem in ("stations", "areas"))
        assert result.exit_code == 1, folder.name
        assert not isinstance(result.exception, Exception), folder.name
        assert f"  {file}: " in result.stderr
        assert result.stderr.count(file) == 1
        assert CANARY not in result.output
        assert not (folder / "out").exists()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < CPU_S * len(attacks)
    assert listener.visits == []


@pytest.mark.slow
def test_check_of_a_bomb_stays_within_its_computing_and_memory(attacks):
    bomb = next(folder for folder in attacks if folder.name.startswith("entity_bomb"))
    script = (
        "import resource, sys, server\n"
        "try:\n    server.cli(sys.argv[1:])\n"
        "finally:\n"
        "    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "    print(sum(one.ru_utime + one.ru_stime for one in both), max(one.ru_maxrss for one in both))"
    )
    command = [sys.executable, "-c", script, "check", str(bomb)]
    done = subprocess.run(
        command, cwd=HERE, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    cpu_s, peak_kib = map(float, done.stdout.split())
    assert cpu_s <= CPU_S
    assert peak_kib / 1024 <= PEAK_MIB


@pytest.fixture(scope="module")
def worst(tmp_path_factory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("missions") / "worst"
    worst_registry.write(folder)
    result = run("check", str(folder), "--json", "--out", str(folder / "out"))
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


def test_check_of_the_worst_registry_tells_each_defect_in_its_number(worst):
    _, card = worst
    assert {group["code"]: group["n"] for group in card["defects"]} == dict(worst_registry.worst().defects)


def test_check_of_the_worst_registry_drops_no_row(worst):
    _, card = worst
    wanted = worst_registry.worst()
    assert card["rejects"] == sum(wanted.rejects.values())
    rows = card["stations"] + card["visits"] + card["incidents"] + card["rejects"]
    assert rows == worst_registry.ROWS
    assert card["stations"] - card["stations_on_map"] == wanted.without_point


def test_defects_found_while_conforming_are_drawn_at_their_stations(worst):
    folder, card = worst
    made = json.loads((folder / "out" / "defects.geojson").read_bytes())
    drawn = {one["properties"]["code"] for one in made["features"]}
    assert {"html_entity", "integer_unreadable", "id_like_date"} <= drawn
    listed = made["properties"]["not_on_map"]
    stations = [g["n"] for g in card["defects"] if g["code"].startswith(("coordinate", "point"))]
    assert len(made["features"]) + len(listed) > sum(stations)
    assert {"coordinates_swapped", "coordinates_zero", "point_foreign"}.isdisjoint(drawn)
    assert {"coordinates_swapped", "coordinates_zero", "point_foreign"} <= {one["code"] for one in listed}


def test_a_mission_whose_rows_stand_in_another_order_is_the_same_mission(worst, tmp_path):
    folder, card = worst
    other = tmp_path / "worst"
    other.mkdir()
    for path in folder.iterdir():
        if path.suffix in (".toml", ".geojson"):
            (other / path.name).write_bytes(path.read_bytes())
    for name in ("visits", "incidents", "stations", "categories"):
        rows = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        key = ["area_id", "number"] if name == "stations" else list(rows.columns[:1])
        place = rows.groupby(key, sort=False).ngroup()  # of rows with one key the first is used: it stays so
        turned = rows.iloc[(-place).argsort(kind="stable")]
        assert turned.index[0] != 0
        turned.to_csv(other / f"{name}.csv", index=False)
    again = json.loads(run("check", str(other), "--json", "--out", str(tmp_path / "out")).stdout)
    assert again["version"] == card["version"]
    assert [(g["code"], g["n"]) for g in again["defects"]] == [(g["code"], g["n"]) for g in card["defects"]]


def test_check_names_what_no_picture_can_write(tmp_path):
    shapes = [trap_missions.feature("N", trap_missions.AREAS["N"])]
    shapes[0]["properties"]["name_en"] = "አዲስ አበባ"
    folder = trap_missions.mission(tmp_path / "m", areas__geojson=trap_missions.geojson(shapes))
    card = check.check_mission(folder, is_writable=picture_text.is_writable)
    languages = ["en", "ru", "kk"]
    assert card["unwritable_names"] == [{"name": "አዲስ አበባ", "area_id": "N", "languages": languages}]
    assert "names no picture can write: 1; the pages show them all" in check.text(card)
    assert "  አዲስ አበባ: N stands for it in pictures of the pages in English, Russian, Kazakh" in check.text(
        card
    )


def test_check_says_on_the_pages_of_which_language_a_name_cannot_be_written(tmp_path):
    shapes = [trap_missions.feature("N", trap_missions.AREAS["N"], name_ru="አዲስ አበባ")]
    areas = trap_missions.geojson(shapes)
    folder = trap_missions.mission(tmp_path / "m", areas__geojson=areas)
    card = check.check_mission(folder, is_writable=picture_text.is_writable)
    assert "  አዲስ አበባ: N stands for it in pictures of the pages in Russian" in check.text(card).splitlines()


def test_check_says_that_a_title_no_picture_can_write_is_left_out(tmp_path):
    folder = trap_missions.mission(tmp_path / "m")
    toml = folder / "mission.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("Trial", "አዲስ"), encoding="utf-8")
    text = check.text(check.check_mission(folder, is_writable=picture_text.is_writable))
    assert "  አዲስ: the title, which is left out in pictures of the pages in English, Russian, Kazakh" in text


def with_streets(folder, kind=1):
    trap_missions.mission(folder)
    pmtiles_file.write(folder / STREETS, {(0, 0, 0): {"earth": []}}, (69.0, 49.0, 73.0, 53.0), kind=kind)
    return folder / STREETS


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("cut off", "basemap.pmtiles is cut off"),
        ("of another kind", "basemap.pmtiles is not a PMTiles file of version 3"),
        ("pictures", "basemap.pmtiles holds no vector tiles"),
        ("a folder", "basemap.pmtiles must be a file"),
    ],
)
def test_check_names_a_basemap_that_the_desk_cannot_draw(tmp_path, how, says, form):
    path = with_streets(tmp_path / "m", kind=2 if how == "pictures" else 1)
    if how == "cut off":
        path.write_bytes(path.read_bytes()[:-20])
    if how == "of another kind":
        path.write_bytes(b"<svg>" * 100)
    if how == "a folder":
        path.unlink()
        path.mkdir()
    result = run("check", str(tmp_path / "m"), "--out", str(tmp_path / "out"), *form)
    assert result.exit_code == 0
    assert says in result.stdout


def test_check_says_nothing_of_a_basemap_that_is_drawn(tmp_path):
    with_streets(tmp_path / "m")
    result = run("check", str(tmp_path / "m"), "--out", str(tmp_path / "out"))
    assert "basemap" not in result.stdout


def test_two_areas_of_one_name_keep_their_stations_apart(tmp_path):
    shapes = trap_missions.AREAS.items()
    features = [trap_missions.feature(area, shape, name_en="Centre") for area, shape in shapes]
    folder = trap_missions.mission(tmp_path / "m", areas__geojson=trap_missions.geojson(features))
    assert check.check_mission(folder)["stations_per_area"] == {"Centre (N)": 5, "Centre (S)": 5}


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    folder = trap_missions.mission(tmp_path / "m")
    (tmp_path / "file").write_text("")
    result = run("check", str(folder), "--out", str(tmp_path / "file" / "below"))
    assert result.exit_code == 1
    assert "below: cannot be written" in result.output
