"""How fast does the journal take events down, durably, and how soon is one of a million events ready?"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from geo.analysis.live import LiveCounts
from geo.journal.chain_check import verify
from geo.journal.event import Event
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from geo.serving import build_snapshot
from geo.serving.journal_follower import JournalFollower
from tests.bench.measure import FULL_SIZE, Row, Setting, row, same, timed

BULK, BATCH = 20_000, 500  # events in all, and in one sending
SENDERS, SINGLES = 16, 50  # at the same time, and each of them one by one
MILLION = 1_000_000
MISSION = Path(__file__).resolve().parents[2] / "data" / "kazakhstan-2005-citizens"


def rows(setting: Setting) -> Iterator[Row]:
    """Yield events a second in bulk and one by one, beside what the disk does, and the time to be ready."""
    setting.state.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="journal-", dir=setting.state))
    try:
        yield row("journal: one fsync of 4 KB on this disk, p50", 1e3 * _sync_s(folder), "ms")
        writer = JournalWriter(folder)
        cpu = time.process_time()
        _, seconds = timed(partial(_bulk, writer, 0, BULK, BATCH))
        cpu = time.process_time() - cpu
        yield row("journal: events a second, 500 a sending", BULK / seconds, "1/s", better="high")
        yield row("journal: processor time per event", 1e6 * cpu / BULK, "µs")
        times, seconds = timed(partial(_singles, writer))
        rate = SENDERS * SINGLES / seconds
        yield row(f"journal: single events a second, {SENDERS} senders", rate, "1/s", better="high")
        yield row("journal: single event acknowledged, p99", 1e3 * float(np.percentile(times, 99)), "ms")
        events = MILLION if setting.stations >= FULL_SIZE else 2 * BULK
        _bulk(writer, BULK, events, 5_000)
        writer.close()
        again, seconds = timed(partial(JournalWriter, folder))
        yield row(f"journal: ready with {events:,} events", seconds, "s")
        report, seconds = timed(partial(verify, JournalReader(folder)))
        yield row(f"journal: every link of {events:,} events checked", seconds, "s")
        same("the journal's chain", (report.faults, report.head), ((), again.head[1]))
        again.close()
        yield from _followed(folder / "mission", events)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _followed(folder: Path, events: int) -> Iterator[Row]:
    """Yield how long a server that starts takes until a mission has all that its journal has."""
    snapshot = build_snapshot.snapshot(MISSION)
    stations, teams = snapshot.registry.stations.station_id.to_pylist(), snapshot.teams.team_id
    writer = JournalWriter(folder)
    for first in range(0, events, 5_000):
        writer.append(
            [
                replace(_event(f"f{n}"), body={
                    "station_id": stations[7 * n % len(stations)], "team_id": teams[n % len(teams)],
                    "stage": "voting", "arrived": "2005-12-04T09:30:00+06:00", "answered": ["*"],
                })
                for n in range(first, min(first + 5_000, events))
            ]
        )  # fmt: skip
    writer.close()
    live, follower = LiveCounts(snapshot), JournalFollower(JournalReader(folder))
    cpu, began = time.process_time(), time.perf_counter()
    while follower.look() and follower.is_behind("bench", live):
        follower.feed("bench", live)
    yield row(f"journal: {events:,} events counted after a start", time.perf_counter() - began, "s")
    yield row("journal: processor time per event counted", 1e6 * (time.process_time() - cpu) / events, "µs")
    same("visits counted", len(live.publish(snapshot.as_of).visits), len(snapshot.visits) + events)


def _event(root: str) -> Event:
    body = {"station_id": "KZ-PAV/12", "team_id": "T07", "stage": "voting", "answered": ["*"]}
    private = {"answers": "calm, nothing to report", "lon": 76.95, "lat": 52.29}
    return Event("bench", "visit", "visit", "bench", root, "1", body, private, "bench")


def _bulk(writer: JournalWriter, start: int, end: int, batch: int) -> None:
    for first in range(start, end, batch):
        writer.append([_event(f"b{number}") for number in range(first, first + batch)])


def _singles(writer: JournalWriter) -> list[float]:
    times: list[float] = []

    def send(sender: int) -> None:
        for number in range(SINGLES):
            event = _event(f"s{sender}-{number}")
            times.append(timed(partial(writer.append, [event]))[1])

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _sync_s(folder: Path) -> float:
    """Return the median seconds until 4 KB more of a file are on the disk."""
    times = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(30):
            file.write(bytes(4096))
            times.append(timed(partial(os.fsync, file.fileno()))[1])
    return float(np.median(times))
