"""The command line, and the README's promises about it."""

import json
import logging
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

import server
from web import connections, settings

HERE = Path(__file__).parents[1]
KAZAKHSTAN = str(HERE / "data" / "kazakhstan-2005")


def run(*arguments):
    return CliRunner().invoke(server.cli, list(arguments))


@pytest.fixture(scope="module")
def card():
    result = run("check", KAZAKHSTAN, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("what", "n"),
    [("areas", 17), ("stations", 117), ("station_mentions", 155), ("unresolved", 1), ("rejects", 0)],
)
@pytest.mark.capability("`check`: a mission is read, counted and its defects listed", page="commands")
def test_check_counts_the_real_mission(card, what, n):
    assert card[what] == n


def test_check_counts_stations_by_the_areas_english_names(card):
    assert card["stations_per_area"] == {
        "Almaty city": 43,
        "South Kazakhstan oblast": 43,
        "Kostanay oblast": 15,
        "Akmola oblast": 8,
        "Astana city": 6,
        "Mangystau oblast": 1,
        "North Kazakhstan oblast": 1,
    }


def test_check_tells_all_configuration_problems_and_exits_with_1(tmp_path):
    (tmp_path / "mission.toml").write_text('[mission]\ntime_zone = "Mars"\n', encoding="utf-8")
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "mission.toml:1: mission.title is missing" in result.stderr
    assert "mission.toml:2: mission.time_zone 'Mars'" in result.stderr


def test_check_prints_problems_as_json_too(tmp_path):
    (tmp_path / "mission.toml").write_text("[mission]\n", encoding="utf-8")
    result = run("check", str(tmp_path), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"]


def test_a_file_that_cannot_be_read_is_one_message_and_no_stack_trace(tmp_path):
    (tmp_path / "mission.toml").write_text(
        '[mission]\ntitle = "T"\nelection_date = 2005-12-04\ntime_zone = "UTC"\n', encoding="utf-8"
    )
    (tmp_path / "areas.geojson").write_text("{", encoding="utf-8")
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "areas.geojson" in result.stderr
    assert "Traceback" not in result.output


def test_check_writes_rejects_and_a_defect_map(tmp_path):
    result = run("check", KAZAKHSTAN, "--out", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert json.loads((tmp_path / "out" / "defects.geojson").read_bytes())["type"] == "FeatureCollection"
    assert (tmp_path / "out" / "rejects.csv").read_text(encoding="utf-8-sig").startswith("file,")


@pytest.fixture(scope="module")
def from_readme(tmp_path_factory):
    """The README's ten lines, run as they stand by a shell, up to the one that calls `check`."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## Your own mission in ten lines.*?```\n(.*?)```", text, re.DOTALL)[1]
    lines = [line for line in block.splitlines() if line]
    assert len(lines) <= 10
    folder = tmp_path_factory.mktemp("readme")
    subprocess.run(["sh", "-e", "-c", "\n".join(lines[:-2])], cwd=folder, check=True)
    return folder / "my-mission"


def test_the_readmes_own_mission_loads(from_readme):
    result = run("check", str(from_readme), "--json")
    assert result.exit_code == 0, result.output
    card = json.loads(result.stdout)
    assert (card["areas"], card["stations"], card["visits"], card["incidents_with_visit"]) == (1, 3, 1, 1)


def test_the_readmes_own_mission_has_neither_rejects_nor_defects(from_readme):
    card = json.loads(run("check", str(from_readme), "--json").stdout)
    assert (card["rejects"], card["defects"]) == (0, [])


def test_requests_that_wait_for_each_other_fill_no_log(monkeypatch, tmp_path):
    queue = logging.getLogger("waitress.queue")
    monkeypatch.setattr(queue, "level", logging.NOTSET)
    monkeypatch.setattr(server, "create_app", lambda *_, **__: SimpleNamespace(config={"DESK_TOKEN": "t"}))
    monkeypatch.setattr(connections, "listen", lambda *_: SimpleNamespace(run=lambda: None))
    assert run("serve", KAZAKHSTAN, "--state", str(tmp_path)).exit_code == 0
    assert queue.level == logging.ERROR


@pytest.mark.parametrize(
    ("host", "more", "is_warned"),
    [("0.0.0.0", [], True), ("127.0.0.1", [], False), ("0.0.0.0", ["--behind-proxy"], False)],
)
def test_a_start_that_lets_other_machines_in_is_warned_of(monkeypatch, tmp_path, host, more, is_warned):
    monkeypatch.setattr(server, "create_app", lambda *_, **__: SimpleNamespace(config={"DESK_TOKEN": "t"}))
    monkeypatch.setattr(connections, "listen", lambda *_: SimpleNamespace(run=lambda: None))
    said = run("serve", KAZAKHSTAN, "--host", host, "--state", str(tmp_path), *more)
    assert said.exit_code == 0 and ("without TLS" in said.stderr) is is_warned


def test_a_port_that_is_taken_is_one_message_and_no_server_is_said_to_be_ready(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "create_app", lambda *_, **__: SimpleNamespace(config={"DESK_TOKEN": "t"}))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = run("serve", KAZAKHSTAN, "--port", port, "--state", str(tmp_path))
    assert (said.exit_code, said.stdout) == (1, "")
    assert f"127.0.0.1, port {port}: nothing can listen there" in said.stderr


def test_an_address_of_ipv6_is_printed_as_browsers_take_it(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "create_app", lambda *_, **__: SimpleNamespace(config={"DESK_TOKEN": "t"}))
    monkeypatch.setattr(connections, "listen", lambda *_: SimpleNamespace(run=lambda: None))
    said = run("serve", KAZAKHSTAN, "--host", "::1", "--state", str(tmp_path))
    assert "http://[::1]:8000/" in said.stdout


@pytest.mark.parametrize(
    "command",
    [("check", KAZAKHSTAN), ("export", KAZAKHSTAN), ("simulate", "--stations", "100")],
)
def test_what_cannot_be_written_is_one_message(tmp_path, command):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    result = run(*command, "--out", str(tmp_path / "file" / "areas.csv"))
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "What stands in the way:" in result.stderr


def test_every_option_of_the_doors_is_in_the_operator_guide():
    guide = (HERE / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    options = {
        word for one in server.cli.commands["serve"].params for word in one.opts if word.startswith("--")
    }
    names = {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    assert [word for word in sorted(options | names) if f"`{word}" not in guide] == []


def test_every_command_is_in_the_operator_guide():
    guide = (HERE / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    for name in server.cli.commands:
        assert name == "serve" or f"server.py {name}" in guide


SIMULATED = str(HERE / "data" / "kazakhstan-2005-simulated")


# every unit, and every format; `make test-all` writes every unit in every format
EXPORTS = [
    pytest.param(units, suffix, marks=() if units == "area" or suffix == "csv" else pytest.mark.slow)
    for units in ("area", "cell", "station")
    for suffix in ("csv", "zip", "geojson", "gpkg", "parquet")
]


@pytest.mark.parametrize(("units", "suffix"), EXPORTS)
@pytest.mark.capability("`export`: figures as files", page="commands")
def test_export_writes_every_format_of_every_unit(tmp_path, units, suffix):
    out = tmp_path / f"export.{suffix}"
    result = run("export", SIMULATED, "--units", units, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 1000


def test_the_methods_note_lies_beside_an_exported_csv(tmp_path):
    run("export", SIMULATED, "--stage", "voting", "--out", str(tmp_path / "areas.csv"))
    note = (tmp_path / "areas.methods.txt").read_text(encoding="utf-8")
    rows = pd.read_csv(tmp_path / "areas.csv")
    k, m = rows["visits_with_finding"].sum(), rows["visits_exposed"].sum()
    assert f"{k:.0f} of the {m:.0f} visits whose form asked" in note
    assert rows["version"][0] in note
    assert "SIMULATED" in note


def test_every_exported_row_is_marked_simulated(tmp_path):
    run("export", SIMULATED, "--out", str(tmp_path / "areas.csv"))
    rows = (tmp_path / "areas.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 18
    assert all("SIMULATED" in row for row in rows[1:])


def test_export_to_an_unknown_format_is_one_message(tmp_path):
    result = run("export", SIMULATED, "--out", str(tmp_path / "areas.doc"))
    assert result.exit_code == 1
    assert "'doc' is no format to write" in result.stderr


def test_export_of_an_unknown_category_is_one_message(tmp_path):
    result = run("export", SIMULATED, "--category", "witchcraft", "--out", str(tmp_path / "areas.csv"))
    assert result.exit_code == 1
    assert "no category 'witchcraft'" in result.stderr


def test_a_start_imports_nothing_that_only_later_work_needs():
    lazy = ("scipy.ndimage", "scipy.optimize", "scipy.spatial", "scipy.stats", "scipy.linalg", "geo.simulate")
    code = f"import sys, server, web, layers.desk.live_tiles\nprint([m for m in {lazy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
