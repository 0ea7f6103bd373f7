"""The journal for minutes on end: a steady stream, readers, backups, checkpoints, and then a check.

    python -m tests.bench.soak_journal --minutes 30 [--events 500] [--readers 4] [--folder DIR]

Exit 1 if an acknowledged event is lost, the chain does not hold, or SQLite finds the file damaged.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geo.journal import database
from geo.journal.chain_check import verify
from geo.journal.event import Event, JournalBusy, JournalUnavailable
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from tests.bench.bench_server import ROOT

SENDERS = 10
BACKUP_S = 60.0
PAUSE_S = 0.05  # of a reader between two looks, as a server's followers and pages make them


@dataclass
class Soak:
    """What happened so far; lists are appended to by the threads."""

    minutes: float
    events_per_s: int
    readers: int
    acknowledged: list[str] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    backups_s: list[float] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def _event(root: str) -> Event:
    body = {"station_id": "KZ-PAV/12", "team_id": "T07", "stage": "voting", "answered": ["*"]}
    private = {"answers": "calm, nothing to report", "lon": 76.95, "lat": 52.29}
    return Event("soak", "visit", "visit", "soak", root, "1", body, private, "soak")


def _send(soak: Soak, writer: JournalWriter, sender: int) -> None:
    """Send this sender's share, at its pace: late is made up for, so that the rate holds on the whole."""
    every_s, number, began = SENDERS / soak.events_per_s, 0, time.monotonic()
    while not soak.over.is_set():
        if (early := began + number * every_s - time.monotonic()) > 0:
            soak.over.wait(early)
            continue
        root, asked = f"{sender}-{number}", time.perf_counter()
        try:
            writer.append([_event(root)])
        except (JournalBusy, JournalUnavailable) as error:
            soak.refused.append(str(error))
            soak.over.wait(1)
            continue
        soak.waits_s.append(time.perf_counter() - asked)
        soak.acknowledged.append(root)
        number += 1


def _read(soak: Soak, folder: Path) -> None:
    """Follow the journal as a server does: what is new, in order, without a gap."""
    reader, after = JournalReader(folder), 0
    while not soak.over.wait(PAUSE_S):
        until = reader.newest(after).get("soak", after)
        for row in reader.raw(after, until, "soak"):
            if row["seq"] != after + 1:
                soak.faults.append(f"a reader saw {row['seq']} after {after}")
            after = row["seq"]
    soak.looks.append(after)
    reader.close()


def _back_up(soak: Soak, folder: Path) -> None:
    """Back up by the command, every minute, as an operator's timer does: a process of its own."""
    due, number = time.monotonic() + BACKUP_S / 2, 0
    while not soak.over.wait(max(0.0, due - time.monotonic())):
        due, number = due + BACKUP_S, number + 1
        copy, began = folder.parent / f"backup-{number}.sqlite", time.perf_counter()
        command = [sys.executable, "server.py", "journal", "backup", str(copy), "--state", str(folder.parent)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        soak.backups_s.append(time.perf_counter() - began)
        if ended.returncode:
            soak.faults.append(f"backup {number}: {ended.stdout} {ended.stderr}")
        copy.unlink(missing_ok=True)


def run(soak: Soak, folder: Path) -> list[str]:
    """Do it in a new folder; return what is wrong at the end."""
    writer = JournalWriter(folder)
    work = [(_send, (soak, writer, sender)) for sender in range(SENDERS)]
    work += [(_read, (soak, folder)) for _ in range(soak.readers)] + [(_back_up, (soak, folder))]
    threads = [threading.Thread(target=target, args=arguments) for target, arguments in work]
    for thread in threads:
        thread.start()
    soak.over.wait(60 * soak.minutes)
    soak.over.set()
    for thread in threads:
        thread.join()
    writer.close()
    reader = JournalReader(folder)
    report = verify(reader)
    lost = set(soak.acknowledged) - {row["root"] for row in reader.raw()}
    reader.close()
    with sqlite3.connect(f"file:{folder / database.FILE}?mode=ro", uri=True) as connection:
        (checked,) = connection.execute("PRAGMA integrity_check").fetchone()
    wrong = [*soak.faults, *report.faults]
    wrong += [f"{len(lost)} acknowledged events are lost"] if lost else []
    return wrong + ([f"integrity_check: {checked}"] if checked != "ok" else [])


def figures(soak: Soak) -> str:
    """Return what was measured, a line each."""
    n, waits = len(soak.acknowledged), 1e3 * np.percentile(soak.waits_s or [0.0], [50, 99, 100])
    return "\n".join(
        [
            f"minutes {soak.minutes:g}; asked for {soak.events_per_s} events a second, {SENDERS} senders",
            f"acknowledged {n:,}: {n / (60 * soak.minutes):,.0f} a second",
            f"waited for the disk: p50 {waits[0]:.1f} ms, p99 {waits[1]:.1f} ms, longest {waits[2]:.0f} ms",
            f"refused {len(soak.refused)}",
            f"backups {len(soak.backups_s)}, the longest {max(soak.backups_s, default=0.0):.1f} s",
            f"readers {soak.readers}, the last event each saw: {sorted(soak.looks)}",
        ]
    )


def main() -> int:
    """Run for the minutes asked for; print the figures and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--folder", type=Path, default=None, help="On the disk to be tried; a temporary one.")
    chosen = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="soak-", dir=chosen.folder))
    soak = Soak(chosen.minutes, chosen.events, chosen.readers)
    try:
        wrong = run(soak, place / "journal")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(figures(soak))
    print(
        "\n".join(wrong)
        if wrong
        else "the chain holds, integrity_check ok, nothing that was acknowledged is lost"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
