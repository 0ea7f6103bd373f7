"""How soon is a server ready again after `kill -9`, when its journal has a million events?

    python -m tests.bench.restart_journal --events 1000000 [--stations 100000] [--folder DIR] [--restarts 3]

Nine of ten events are first reports, visits and findings in turn; the others are edits, decisions and a few
withdrawals. Prints for the first start, which counts every event, and for each restart the seconds until
`/readyz` says ready, the processor time until then, and the most memory that was held. A report costs what
its station has already: a million events of 9,580 stations, a hundred of each, are counted for a quarter of
an hour first; of 100,000 stations (`--stations`, simulated) for minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from geo.journal.event import Event
from geo.journal.journal_writer import JournalWriter
from geo.serving import build_snapshot
from geo.serving.kept_fold import FOLDER
from tests.bench import inputs
from tests.bench.bench_server import ROOT, Server

MISSION = ROOT / "data" / "kazakhstan-2005-citizens"
BATCH = 5_000
DEVICES = 300
LONGEST_S = 3_600.0
TEXT = "the box was sealed before first ballot two lists hung at door one of them without a date"


def events(
    count: int,
    stations: list[str],
    teams: tuple[str, ...],
    categories: list[str],
    mission: str = MISSION.name,
) -> Iterator[Event]:
    """Yield so many events of some hundred devices, each report of its own or one about an earlier one."""
    for number in range(count):
        visit, turn = number - number % 10, number % 10
        device = f"phone-{visit % DEVICES}"
        values = {"mission": mission, "source": device, "person": device, "private": {}}
        at = f"2005-12-04T{7 + number % 12:02}:{number % 60:02}:00+06:00"
        if turn == 9:
            yield Event(
                kind=("correction", "decision", "decision", "withdrawal")[visit // 10 % 4], about="visit",
                root=f"v{visit}", version="2", supersedes="1", made_at=at,
                body={"overall": "bad"} if visit // 10 % 4 == 0 else {"decision": "verify", "content": "1"},
                **(values | {"person": "desk"}),
            )  # fmt: skip
        elif turn % 3 == 0:
            body = {
                "station_id": stations[7 * number % len(stations)], "team_id": teams[number % len(teams)],
                "stage": "voting", "arrived": at, "answered": ["*"],
            }  # fmt: skip
            private = {"answers": _text(number), "lon": 71.4 + number % 90 / 1e3, "lat": 51.1}
            yield Event(kind="visit", about="visit", root=f"v{number}", version="1", body=body,
                        **(values | {"private": private}))  # fmt: skip
        else:
            body = {"category": categories[number % len(categories)], "visit_id": f"v{number - turn % 3}"}
            yield Event(kind="incident", about="incident", root=f"i{number}", version="1", body=body,
                        **(values | {"private": {"text": _text(number)}}))  # fmt: skip


def _text(number: int) -> str:
    """Return words in an order of their own: what repeats takes no room where it is kept."""
    words = TEXT.split()
    return " ".join(Random(number).sample(words, len(words)))


def write(folder: Path, mission: Path, count: int) -> None:
    """Fill a new journal."""
    snapshot = build_snapshot.snapshot(mission)
    known = snapshot.categories
    rated = [slug for slug, severity in zip(known.category, known.severity, strict=True) if severity >= 0]
    stations = snapshot.registry.stations.station_id.to_pylist()
    stream = events(count, stations, snapshot.teams.team_id, rated, mission.name)
    writer, began, cpu = JournalWriter(folder), time.perf_counter(), time.process_time()
    while batch := list(itertools.islice(stream, BATCH)):
        writer.append(batch)
    writer.close()
    seconds = time.perf_counter() - began
    print(f"{count:,} events written: {count / seconds:,.0f} a second, "
          f"{1e6 * (time.process_time() - cpu) / count:.0f} µs of processor time each")  # fmt: skip


@contextlib.contextmanager
def started(state: Path, mission: Path = MISSION) -> Iterator[Server]:
    """Give a server once it is ready; it is killed afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    with (state / "server.log").open("a", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "server.py", "serve", str(mission), "--port", str(port), "--state", str(state)],
            cwd=ROOT, text=True, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        while process.poll() is None and time.perf_counter() - began < LONGEST_S and not _is_ready(port):
            time.sleep(0.1)
        yield Server(process, port, {}, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)


def _is_ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
        connection.request("GET", "/readyz")
        return json.loads(connection.getresponse().read())["status"] == "ready"
    except OSError:
        return False


def told(name: str, server: Server) -> str:
    """Return a line about a server that has just become ready."""
    return (f"{name}: ready after {server.ready_s:.2f} s, processor time {server.processor_s():.2f} s, "
            f"most memory {server.memory('VmHWM'):,.0f} MB")  # fmt: skip


def run(state: Path, mission: Path, count: int, restarts: int) -> None:
    """Write the journal, start once, and start again after a kill; print what each took."""
    write(state / "journal", mission, count)
    kept = state / "journal" / FOLDER / f"{mission.name}.fold"
    with started(state, mission) as first:
        print(told("first start, every event counted", first), flush=True)
        waited = time.monotonic() + 120
        while time.monotonic() < waited and (not kept.exists() or time.time() - kept.stat().st_mtime < 60):
            time.sleep(1)  # what is being kept is kept, and nothing more comes
    print(f"kept: {kept.stat().st_size / 1e6:,.0f} MB" if kept.exists() else "nothing was kept", flush=True)
    for number in range(restarts):
        with started(state, mission) as again:
            print(told(f"restart {number + 1} after kill -9", again), flush=True)


def main() -> int:
    """Run with what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument(
        "--stations", type=int, default=0, help="Of a simulated mission; 0: the citizens' one."
    )
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="On the disk to be tried; a temporary one.")
    chosen = parser.parse_args()
    state = Path(tempfile.mkdtemp(prefix="restart-", dir=chosen.folder))
    try:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
        mission = inputs.mission(chosen.stations, ROOT / "var").resolve() if chosen.stations else MISSION
        run(state, mission, chosen.events, chosen.restarts)
        print((state / "server.log").read_text(encoding="utf-8")[-1500:])
    finally:
        shutil.rmtree(state, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
