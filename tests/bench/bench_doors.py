"""Can one reader stop the site? A page's time beside a greedy client, and memory over many requests.

Times are ratios within one run: the same page, asked in the same way, before and during the attack.
"""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from geo.model.tables import LANGUAGES
from layers.map.choice_figures import SEVERITIES, STAGES
from tests.bench.bench_server import ROOT, Server, running
from tests.bench.measure import Disagreement, Row, Setting, row

SLUG: Final = "kazakhstan-2005-simulated"
CONNECTIONS: Final = 100  # the greedy client's, open and silent
PICTURES: Final = 50  # … and what it asks at once besides
AGAIN_S: Final = 3.0  # what Retry-After says
ASKED: Final = 200  # pages of the other reader, before and during, one every PAUSE_S
PAUSE_S: Final = 0.05
SLOWEST: Final = 2.0
REQUESTS: Final = 20_000
WARM: Final = 2_000  # requests before memory is looked at the first time
MOST_GROWTH: Final = 1.10


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the other reader's page before and during the attack, and the growth of memory."""
    mission = ROOT / "data" / SLUG
    with tempfile.TemporaryDirectory(prefix="bench-state-") as state, running(mission, Path(state)) as server:
        server.settle()
        while _get(server, f"/{SLUG}/version.json") == 503:  # the first release is being made
            time.sleep(1)
        version = _json(server, f"/{SLUG}/version.json")["version"]
        quiet = _page_ms(server, ASKED)
        busy = _during(server, version)
        yield row("a reader's page, quiet", quiet, "ms")
        yield row("a reader's page beside 100 connections and 50 pictures of one client", busy, "ms")
        yield row("the same as a ratio, 2 allowed", busy / quiet, "×")
        with setting.peer("memory of the server"):
            yield from _memory(server, version)
    if busy / quiet > SLOWEST:
        raise Disagreement(f"one client made another's page {busy / quiet:.1f} times as slow")


def _page_ms(server: Server, times: int) -> float:
    """Return the median time of the press page, each asked on a connection of its own."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        if _get(server, f"/{SLUG}/en/") != 200:
            raise Disagreement("the page is refused")
        found.append(1e3 * (time.perf_counter() - began))
        time.sleep(PAUSE_S)
    return statistics.median(found)


def _get(server: Server, path: str) -> int:
    return _status(server.port, path)


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _json(server: Server, path: str) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", path)
    found: dict[str, str] = orjson.loads(connection.getresponse().read())
    return found


def _during(server: Server, version: str) -> float:
    """Return the page's median time while one client, a process of its own, does what it likes."""
    apart = multiprocessing.get_context("spawn")
    is_at_it, stop, told = apart.Event(), apart.Event(), apart.Queue()
    client = apart.Process(target=_greedy, args=(server.port, version, is_at_it, stop, told))
    client.start()
    try:
        if not is_at_it.wait(120):
            raise Disagreement("the greedy client got no answer")
        found = _page_ms(server, ASKED)
    finally:
        stop.set()
        statuses = told.get(timeout=180)
        client.join(60)
    if not {503} <= set(statuses) <= {200, 503}:
        raise Disagreement(f"pictures answered {sorted(set(statuses))}")
    return found


def _greedy(port: int, version: str, is_at_it: Event, stop: Event, told: Queue[list[int]]) -> None:
    """Hold connections and ask for fifty pictures at once; what is refused, again when it may be."""
    wanted = itertools.product(("coverage",), STAGES, SEVERITIES, LANGUAGES)
    paths = [f"/{SLUG}/{code}/picture-{version}/{'-'.join(name)}.png" for *name, code in wanted]
    statuses: list[int] = []

    def ask(path: str) -> None:
        while not stop.is_set():
            statuses.append(_status(port, path))
            if statuses[-1] != 503:
                return
            stop.wait(AGAIN_S)

    with ExitStack() as idle:
        for _ in range(CONNECTIONS):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        threads = [threading.Thread(target=ask, args=(path,)) for path in paths[:PICTURES]]
        for thread in threads:
            thread.start()
        while len(statuses) < PICTURES // 2:
            time.sleep(0.01)
        is_at_it.set()
        for thread in threads:
            thread.join()
    told.put(statuses)


def _memory(server: Server, version: str) -> Iterator[Row]:
    """Yield memory after the first requests and after all; every request is another than the one before."""
    every = _mixed(version, _desk_version(server))
    _ask_all(server, itertools.islice(every, WARM))
    before = server.memory("RssAnon")
    _ask_all(server, itertools.islice(every, REQUESTS - WARM))
    after = server.memory("RssAnon")
    yield row("memory of its own after 2,000 mixed requests", before, "MB")
    yield row("memory of its own after 20,000 mixed requests", after, "MB")
    yield row("the same as a ratio, 1.1 allowed", after / before, "×")
    if after / before > MOST_GROWTH:
        raise Disagreement(f"memory grew from {before:.0f} to {after:.0f} MB over {REQUESTS:,} requests")


def _desk_version(server: Server) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", f"/{SLUG}/desk/version.json", headers=server.headers)
    return str(orjson.loads(connection.getresponse().read())["version"])


def _mixed(version: str, desk: str) -> Iterator[str]:
    """Yield addresses without end, drawn once: pages, figures, tiles, the desk, and what does not exist."""
    draw = np.random.default_rng(17)
    press, kinds = f"/{SLUG}", 12
    while True:
        kind, n, m = (int(one) for one in draw.integers((0, 0, 0), (kinds, 10**6, 10**6)))
        code = ("en", "ru", "kk")[n % 3]
        stage, severity = ("all", "voting", f"x{n}")[m % 3], ("medium", "high", f"y{n}")[n % 3]
        z = n % 9
        tile = f"{z}/{m % 2**z}/{n % 2**z}"
        yield (
            f"{press}/{code}/",
            f"{press}/{code}/choice-{stage}-{severity}-{version}.json",
            f"{press}/{code}/area-{n % 40}-{version}.json",
            f"{press}/states-{version}/{n % 9}/{tile}.bin",
            f"{press}/{code}/download/areas.csv?stage={stage}&severity={severity}",
            f"{press}/{code}/area/KZ-{n}/",
            f"/nowhere-{n}/{code}/",
            f"{press}/desk/{code}/{desk}/cells-in.json?from={n - 500_000}&to={n + m}",
            f"{press}/desk/{code}/{desk}/offmap.json?from={n % 24}&to={n % 24 + 1 + m}",
            f"{press}/desk/{code}/{desk}/figures-area.json?severity={severity}&stage={stage}",
            f"{press}/desk/{code}/search.json?q={n}",
            f"{press}/desk/{code}/{desk}/inside.json?west={n % 90}&south=40&east=90&north=50",
        )[kind]


def _ask_all(server: Server, paths: Iterator[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    for path in paths:
        connection.request("GET", path, headers=server.headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 500:
            raise Disagreement(f"{path} answers {answer.status}")
