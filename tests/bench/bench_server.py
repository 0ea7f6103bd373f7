"""How long until a mission is served, what does the server weigh, how quickly do its tiles come?

A server of its own on one core, asked over HTTP; `wrk` on the other core where it is installed.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from geo.model.snapshot import Snapshot
from layers.desk.visit_times import index_of
from layers.tiles.pyramid import geometry_tile
from tests.bench import inputs
from tests.bench.bench_tiles import LAST_ZOOM, addresses
from tests.bench.measure import Disagreement, Missing, Row, Setting, row, same

ROOT: Final = Path(__file__).resolve().parents[2]
LONGEST_S: Final = 900.0
MOST_SETTLING_S: Final = 900.0
SETTLED_S, MOST_BUSY, LOOK_S = 1.5, 0.1, 0.25
"""It has prepared everything after so many seconds with less than a share of a core; looked at this often."""
ASKED: Final = 2_000  # tiles, one after the other
WARM: Final = 200  # tiles asked for again and again
WRK_S: Final = 5
SCRIPT: Final = """
local requests, at = {}, 0
function init(given)
  for line in io.lines(given[1]) do requests[#requests + 1] = wrk.format("GET", line) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""


@dataclass(frozen=True)
class Server:
    """One running server: its process, where it listens, and the key to one desk."""

    process: subprocess.Popen[str]
    port: int
    headers: dict[str, str]
    ready_s: float

    def memory(self, field: str) -> float:
        """Return a line of the kernel's account of the process, in MB: VmHWM is the most it ever held."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            raise Missing("only Linux tells a process's memory in /proc")
        found = re.search(rf"(?m)^{field}:\s+(\d+) kB", status.read_text(encoding="ascii"))
        return int(found[1]) / 1e3 if found else float("nan")

    def processor_s(self) -> float:
        """Return the seconds of processor time it has used, NaN where no /proc tells."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return float("nan")
        user, system = stat.read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def settle(self) -> float:
        """Wait until what it prepares in the background, and beside it, is done; return the seconds."""
        began = since = time.monotonic()
        used = self.processor_s()
        while (now := time.monotonic()) - since < SETTLED_S and now - began < MOST_SETTLING_S:
            time.sleep(LOOK_S)
            before, used = used, self.processor_s()
            if used - before > MOST_BUSY * (time.monotonic() - now) or self._has_children():
                since = time.monotonic()
        return since - began

    def _has_children(self) -> bool:
        """Return whether it lets another process work for it: building a mission, making its release."""
        listed = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return any(file.read_text(encoding="ascii").strip() for file in listed)

    def keep_to(self, core: int) -> None:
        """Let all its threads run on one core only; nothing happens where a system has no such thing."""
        if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
            for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(thread.name), {core})


def rows(setting: Setting) -> Iterator[Row]:
    """Yield start, restart, memory, and the tiles over HTTP."""
    folder = inputs.mission(setting.stations, setting.state)
    with tempfile.TemporaryDirectory(prefix="bench-state-") as state:
        with running(folder, Path(state)) as first:
            yield row("files to ready, first start", first.ready_s, "s")
            with setting.peer("memory of the server"):
                yield row("most memory of the server, first start", first.memory("VmHWM"), "MB")
        with running(folder, Path(state)) as again:
            prepared = again.ready_s + again.settle()
            yield row("restart from cache to ready", again.ready_s, "s")
            yield row("restart from cache to everything prepared", prepared, "s")
            snapshot = inputs.snapshot(setting.stations, setting.state)
            again.keep_to(0)
            yield from _tiles(setting, again, snapshot)
            with setting.peer("memory of the server"):
                yield row("most memory of the server, restarted, tiles asked", again.memory("VmHWM"), "MB")
                yield row("memory of its own, not of files", again.memory("RssAnon"), "MB")


@contextlib.contextmanager
def running(mission: Path, state: Path) -> Iterator[Server]:
    """Give a server of one mission whose desk answers; it ends afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [sys.executable, "server.py", "serve", str(mission), "--port", str(port), "--state", str(state)]
    log = state / "server.log"
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=said, stderr=said, env=os.environ | {"PYTHONUNBUFFERED": "1"}
        )
    try:
        token = _said(process, log, r"\?token=(\S+)")
        slug = mission.name
        headers = _key(process, port, slug, token)
        _wait_until_open(process, port, f"/{slug}/desk/en/", headers)
        yield Server(process, port, headers, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(30)


def _said(process: subprocess.Popen[str], log: Path, pattern: str) -> str:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(pattern, log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        time.sleep(0.02)
    raise Disagreement(f"the server does not start: {log.read_text(encoding='utf-8')[-400:]}")


def _key(process: subprocess.Popen[str], port: int, slug: str, token: str) -> dict[str, str]:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
            connection.request("GET", f"/{slug}/desk/?token={token}")
            cookie = connection.getresponse().getheader("Set-Cookie") or ""
            return {"Cookie": cookie.split(";")[0], "Accept-Encoding": "gzip"}
        time.sleep(0.02)
    raise Disagreement("the server listens to nobody")


def _wait_until_open(process: subprocess.Popen[str], port: int, path: str, headers: dict[str, str]) -> None:
    end, status = time.monotonic() + LONGEST_S, 0
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
        connection.request("GET", path, headers=headers)
        status = connection.getresponse().status
        if status == 200:
            return
        time.sleep(0.1)
    raise Disagreement(f"the desk answers {status}")


def paths(snapshot: Snapshot, slug: str) -> list[str]:
    """Return the address of every tile z0–z12, geometry and state, in an order drawn once."""
    index = index_of(snapshot.registry)
    desk, registry = f"/{slug}/desk", snapshot.registry.version
    found = []
    for z in range(LAST_ZOOM + 1):
        for tile in addresses(index, z):
            at = "/".join(map(str, tile))
            found.append(f"{desk}/tiles/{registry}/stations/{at}.mvt")
            found.append(f"{desk}/states/{snapshot.version}/-/medium/0/-/{at}.bin")
    order = np.random.default_rng(0).permutation(len(found))
    return [found[i] for i in order]


def _tiles(setting: Setting, server: Server, snapshot: Snapshot) -> Iterator[Row]:
    """Yield what one client waits for a tile nobody asked for before, then what many at once get."""
    slug = inputs.mission(setting.stations, setting.state).name
    every = paths(snapshot, slug)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    _ask(connection, next(path for path in every if path.endswith(".bin")), server.headers)  # counts are made
    same("a tile over HTTP", *_root_tile(connection, snapshot, slug, server.headers))
    asked, later = every[:ASKED], every[ASKED:]
    times, sizes = [], []
    for path in asked:
        began = time.perf_counter()
        body = _ask(connection, path, server.headers)
        times.append(1e3 * (time.perf_counter() - began))
        sizes.append(len(body) / 1e3)
    yield row("tile over HTTP, uncached, p50", float(np.median(times)), "ms")
    yield row("tile over HTTP, uncached, p99", float(np.percentile(times, 99)), "ms")
    yield row("tile over HTTP, largest", max(sizes), "KB")
    with setting.peer("wrk"):
        for kind, asked_for in (("uncached", later), ("cached", asked[:WARM])):
            if asked_for:
                rate, of_processor = _wrk(server, asked_for)
                yield row(f"tiles per second, {kind}, one core", rate, "1/s")
                yield row(f"tiles per second of processor time, {kind}", of_processor, "1/s")


def _ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status not in (200, 204):
        raise Disagreement(f"{path} answers {answer.status}")
    return body


def _root_tile(
    connection: http.client.HTTPConnection, snapshot: Snapshot, slug: str, headers: dict[str, str]
) -> tuple[bytes, bytes]:
    path = f"/{slug}/desk/tiles/{snapshot.registry.version}/stations/0/0/0.mvt"
    return geometry_tile(index_of(snapshot.registry), 0, 0, 0), gzip.decompress(
        _ask(connection, path, headers)
    )


def _wrk(server: Server, every: list[str]) -> tuple[float, float]:
    """Return requests answered per second and per second of the server's processor time.

    Sixteen at once; each address once before any again. On a busy machine only the second means anything.
    """
    program = shutil.which("wrk")
    if program is None:
        raise Missing("wrk is not installed (apt-get install wrk)")
    pinned = ["taskset", "-c", "1"] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "ask.lua"), Path(folder, "paths")
        script.write_text(SCRIPT, encoding="ascii")
        listed.write_text("\n".join(every), encoding="ascii")
        given = [f"--header={name}: {value}" for name, value in server.headers.items()]
        command = [
            *pinned,
            program,
            "-t1",
            "-c16",
            f"-d{WRK_S}s",
            "--timeout",
            "30s",
            "-s",
            str(script),
            *given,
        ]
        command += [f"http://127.0.0.1:{server.port}", "--", str(listed)]
        began = server.processor_s()
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    used = server.processor_s() - began
    if "Non-2xx" in said or "Socket errors" in said:
        raise Disagreement(f"wrk met errors: {said[-300:]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    total = re.search(r"(\d+) requests in", said)
    if rate is None or total is None:
        raise Disagreement(f"wrk said: {said[-300:]}")
    return float(rate[1]), int(total[1]) / used
