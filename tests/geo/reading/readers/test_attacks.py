"""Hostile uploads end soon, in words, within their memory, and reach neither a file nor the network."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from geo.model.errors import RefusedError
from geo.model.table_source import TableSource
from geo.reading.readers import UPLOAD, sandbox
from tests.geo.reading.readers.attack_files import write_all

ROOT = Path(__file__).parents[4]
SAMPLES = Path(os.environ.get("BAQYLAU_SAMPLES", ROOT.parent / "shared" / "samples"))
CANARY = "CANARY-7f3a9c"
CPU_S = 10.0
PEAK_MIB = 1_536.0
# Large but honest: what these cost is measured, and they may be read.
HARMLESS = {"bare.geojson", "points.geojson", "returns.csv", "quotes.csv", "deep_values.json"}


@dataclass
class Listener:
    """A server that counts who comes."""

    port: int
    visits: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def count() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                found.visits.append(str(address))
                connection.close()

        threading.Thread(target=count, daemon=True).start()
        yield found


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("private") / "secret.csv"
    path.write_text(f"id,lon,lat\n{CANARY},71,51\n")
    return path


def run(folder: Path, child: str = "") -> dict[str, dict[str, object]]:
    """Return what came of every file of a folder, read in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("attack_runner.py")), str(folder), child]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(list(folder.iterdir())), done.stderr[-2_000:]
    return {str(result["file"]): result for result in results}


@pytest.fixture(scope="module", params=["cunning", pytest.param("bulky", marks=pytest.mark.slow)])
def results(request, tmp_path_factory, listener, secret) -> dict[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("attacks")
    write_all(folder, secret, listener.port, request.param)
    return run(folder)


@pytest.fixture(scope="module")
def shared_results(tmp_path_factory, listener, secret) -> dict[str, dict[str, object]]:
    if not (SAMPLES / "attack").is_dir():
        pytest.skip("no shared attack files here")
    folder = tmp_path_factory.mktemp("shared")
    for path in filter(Path.is_file, (SAMPLES / "attack").iterdir()):
        body = path.read_bytes().replace(b"@SECRET@", str(secret).encode())
        (folder / path.name).write_bytes(body.replace(b"5124", str(listener.port).encode()))
    return run(folder)


@pytest.mark.capability("Hostile files are refused in words", page="files")
def test_every_attack_is_refused_in_words_that_name_the_file(results):
    for name, result in results.items():
        if name not in HARMLESS:
            assert result["outcome"] in ("refused", "not read"), result
            assert str(result["shown"]).startswith(name + ": "), result
            assert "Traceback" not in str(result["shown"])


def test_no_attack_takes_more_than_ten_seconds_of_computing(results):
    assert {name: result["cpu_s"] for name, result in results.items() if result["cpu_s"] > CPU_S} == {}


def test_no_attack_takes_more_than_its_memory(results):
    assert max(result["peak_mib"] for result in results.values()) <= PEAK_MIB


def test_no_attack_shows_a_byte_of_another_file(results):
    assert [name for name, result in results.items() if CANARY in str(result["shown"])] == []


def test_no_attack_reaches_the_network(results, listener):
    assert listener.visits == []


def test_shared_attacks_are_refused_cheaply_and_reach_nothing(shared_results, listener):
    for name, result in shared_results.items():
        assert result["outcome"] in ("refused", "not read"), result
        assert str(result["shown"]).startswith(name + ": ")
        assert CANARY not in str(result["shown"])
        assert result["cpu_s"] <= CPU_S
        assert result["peak_mib"] <= PEAK_MIB
    assert listener.visits == []


@pytest.fixture(params=["alone", "with the network"])
def child(request, tmp_path, monkeypatch) -> str:
    """Run GDAL once as it is, once without the namespace, which not every system permits."""
    if request.param == "with the network":
        text = sandbox.CHILD.read_text()
        assert "libc.unshare(" in text
        ours = tmp_path / "child.py"
        ours.write_text(text.replace("libc.unshare(", "(lambda _: -1)("))
        monkeypatch.setattr(sandbox, "CHILD", ours)
    return str(request.param)


def vrt(target: str) -> str:
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{target}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


@pytest.mark.parametrize("driver", ["LIBKML", "GPKG", "ESRI Shapefile", "FlatGeobuf"])
@pytest.mark.capability("A hostile file opens no other file", page="files")
def test_an_allowed_driver_opens_no_other_file(child, driver, tmp_path, secret):
    path = tmp_path / "input.kml"
    path.write_text(vrt(str(secret)))
    with pytest.raises(RefusedError) as refusal:
        sandbox.run("gdal", path, TableSource("visits", path), UPLOAD, says="KML", driver=driver)
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize(
    ("driver", "text"),
    [
        ("OGR_VRT", vrt("/vsicurl/http://127.0.0.1:PORT/items.csv")),
        ("WFS", "<OGRWFSDataSource><URL>http://127.0.0.1:PORT/</URL></OGRWFSDataSource>"),
        ("OAPIF", "<OAPIF><URL>http://127.0.0.1:PORT/</URL></OAPIF>"),
        (
            "GeoJSON",
            '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://127.0.0.1:PORT/crs",'
            '"type":"proj4"}},"features":[]}',
        ),
    ],
)
@pytest.mark.capability("A hostile file reaches no address", page="files")
def test_even_a_driver_that_fetches_reaches_no_address(child, driver, text, tmp_path, listener):
    path = tmp_path / "input.txt"
    path.write_text(text.replace("PORT", str(listener.port)))
    with contextlib.suppress(RefusedError):
        sandbox.run("gdal", path, TableSource("visits", path), UPLOAD, says="anything", driver=driver)
    assert listener.visits == []


def test_the_child_sees_nothing_of_our_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("BAQYLAU_TOKEN", CANARY)
    ours = tmp_path / "child.py"
    ours.write_text(
        "import json, os\nprint(json.dumps({'error': 'layers', 'detail': ' '.join(sorted(os.environ))}))"
    )
    monkeypatch.setattr(sandbox, "CHILD", ours)
    path = tmp_path / "input.kml"
    path.write_text("<kml/>")
    with pytest.raises(Exception, match="GDAL_SKIP") as told:
        sandbox.run("gdal", path, TableSource("visits", path), UPLOAD, says="KML", driver="LIBKML")
    assert "BAQYLAU_TOKEN" not in str(told.value)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import os\nos.abort()", "memory"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "cannot be read"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)", "seconds of computing"),
        (
            "import os, signal as s\ns.signal(s.SIGXFSZ, s.SIG_DFL)\nos.kill(os.getpid(), s.SIGXFSZ)",
            "unpacks to more",
        ),
        ("print('no JSON')", "cannot be read"),
        ("print('{}')", "cannot be read"),
        ("print('[1]')", "cannot be read"),
        ("import sys\nsys.exit(3)", "cannot be read"),
    ],
)
def test_a_child_that_dies_or_lies_becomes_a_refusal(script, says, monkeypatch, tmp_path):
    ours = tmp_path / "child.py"
    ours.write_text(script)
    monkeypatch.setattr(sandbox, "CHILD", ours)
    path = tmp_path / "input.kml"
    path.write_text("<kml/>")
    with pytest.raises(RefusedError, match=says):
        sandbox.run("gdal", path, TableSource("visits", path), UPLOAD, says="KML", driver="LIBKML")


def test_a_child_that_never_ends_is_ended(monkeypatch, tmp_path):
    ours = tmp_path / "child.py"
    ours.write_text("import signal\nsignal.pause()")
    monkeypatch.setattr(sandbox, "CHILD", ours)
    path = tmp_path / "input.kml"
    path.write_text("<kml/>")
    limits = replace(UPLOAD, sandbox_wall_s=1)
    with pytest.raises(RefusedError, match="longer than 1 second"):
        sandbox.run("gdal", path, TableSource("visits", path), limits, says="KML", driver="LIBKML")
