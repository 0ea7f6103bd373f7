"""How soon after its acknowledgement is a posted visit in the desk's version, its figures, tile and API?

`python -m tests.bench.bench_posted_visit` posts a visit into an empty journal and ten more; the clock of each
begins when the API has acknowledged it, that is when the disk has it.
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from geo.journal.device_tokens import DeviceTokens
from layers.desk.desk_tiles import MOST_SENT
from tests.bench import inputs
from tests.bench.bench_server import Server, running
from tests.bench.measure import FULL_SIZE, Disagreement, Row, Setting, row

POSTED: Final = 10  # after the first
LONGEST_S: Final = 30.0  # that is waited for one of them
LOOK_S: Final = 0.02
BETWEEN_S: Final = 1.5  # a busy mission publishes once a second: the next one comes when it is at rest


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of the first visit of a journal, and of those that follow."""
    folder = inputs.mission(setting.stations, setting.state)
    state = setting.state / "bench" / "server"
    state.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(state / "journal", ignore_errors=True)
    with running(folder, state) as server:
        _desk(server, folder.name)  # a coordinator looks: figures and tiles are kept
        server.settle()
        token, _ = DeviceTokens(state / "journal" / "tokens").make(folder.name, "bench")
        time.sleep(10)  # counting begins once somebody may send
        drawn = np.random.default_rng(1).choice(setting.stations, POSTED + 1, replace=False)
        stations = inputs.snapshot(setting.stations, setting.state).registry.stations
        ids = [str(stations.station_id[int(position)]) for position in drawn]
        posted = [_posted(server, folder.name, token, f"posted-{n}", ids[n]) for n in range(POSTED + 1)]
    shutil.rmtree(state / "journal", ignore_errors=True)
    for at, what in enumerate(("in the desk's version", "in figures, tile and API")):
        seconds = [one[at] for one in posted]
        yield row(f"posted visit {what}: the first of a journal", seconds[0], "s")
        yield row(f"posted visit {what}: the next ten, median", statistics.median(seconds[1:]), "s")
        yield row(f"posted visit {what}: the next ten, longest", max(seconds[1:]), "s")


def _posted(server: Server, slug: str, token: str, name: str, station: str) -> tuple[float, float]:
    """Return the seconds from the acknowledgement to the version, and to what a desk shows of it."""
    time.sleep(BETWEEN_S)
    version = _get(server, f"/{slug}/desk/version.json")["version"]
    visited = _desk(server, slug)
    body = orjson.dumps({"id": name, "station_id": station, "stage": "counting", "answered": ["*"]})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LONGEST_S)
    connection.request("POST", f"/api/v1/{slug}/visits", body, headers)
    answer = connection.getresponse()
    if answer.status != 201:
        raise Disagreement(f"a visit was answered {answer.status}: {answer.read()[:300]!r}")
    began = time.perf_counter()
    while _get(server, f"/{slug}/desk/version.json")["version"] == version:
        if time.perf_counter() - began > LONGEST_S:
            raise Disagreement("a posted visit did not reach the desk")
        time.sleep(LOOK_S)
    versioned = time.perf_counter() - began
    if _desk(server, slug) != visited + 1:
        raise Disagreement("a posted visit is not in the figures of the version that has it")
    sent = _get(server, f"/api/v1/{slug}/visits?after=0&limit=500", {"Authorization": f"Bearer {token}"})
    if name not in orjson.dumps(sent).decode():
        raise Disagreement("a posted visit is not among those the API gives back")
    return versioned, time.perf_counter() - began


def _desk(server: Server, slug: str) -> int:
    """Ask for what an open desk asks for; return how many visits its figures count."""
    version = _get(server, f"/{slug}/desk/version.json")["version"]
    figures = _get(server, f"/{slug}/desk/en/{version}/figures-area.json?stage=&severity=medium&verified=0")
    if int(slug.split("-")[1]) > MOST_SENT:  # the folder is named after its size
        _get(server, f"/{slug}/desk/states/{version}/-/medium/0/-/4/10/5.bin", is_json=False)
    return int(sum(figures["columns"]["visits_exposed"]))


def _get(server: Server, path: str, headers: dict[str, str] | None = None, is_json: bool = True) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LONGEST_S)
    plain = {name: value for name, value in server.headers.items() if name != "Accept-Encoding"}
    connection.request("GET", path, headers=headers or plain)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status not in (200, 204):
        raise Disagreement(f"{path} was answered {answer.status}")
    return orjson.loads(body) if is_json else body


if __name__ == "__main__":
    for measured in rows(Setting(stations=FULL_SIZE, state=Path("var"))):
        print(f"{measured['name']:<62}{measured['ours']:>10} {measured['unit']}", flush=True)
