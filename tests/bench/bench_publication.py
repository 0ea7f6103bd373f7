"""What the press's release costs: processor time and memory, at three sizes.

Each release is made in a fresh process that maps the mission from disk, as a server does after a restart:
what the registry's geometry costs the first time is in it. Processor time, so that a busy machine is told
from a slow program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from geo import simulate
from geo.publication import release
from geo.publication.released import clusters_of
from geo.serving import build_snapshot
from geo.serving.disk_cache import DiskCache
from tests.bench import inputs
from tests.bench.measure import FULL_SIZE, Disagreement, Row, Setting, row

T = TypeVar("T")
ROOT: Final = Path(__file__).parents[2]
LOOK_S: Final = 0.02  # between two looks at memory
FIRST_EDITION: Final = "first edition, linear programs"


class Size(NamedTuple):
    """A mission's size with what is wanted and what the first edition took, in processor seconds."""

    stations: int
    wanted_s: float
    before_s: float | None


SIZES: Final = (Size(9_580, 1, 64), Size(100_000, 5, None), Size(FULL_SIZE, 30, 540))


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the release and the clusters of the usual citizens' mission and of the size asked for."""
    wanted = [size for size in SIZES if size.stations <= max(setting.stations, SIZES[0].stations)]
    if setting.stations < SIZES[0].stations:
        wanted = [Size(setting.stations, 1, None)]
    for size in wanted:
        folder = _mission(size.stations, setting.state)
        told = _apart(folder, setting.state / "bench" / "store")
        label = f"{size.stations:,} stations"
        limit = f"; wanted {size.wanted_s:g} s"
        yield row(f"release of {label}, processor{limit}", told["release_s"], "s", _peer(size), size.before_s)
        yield row(f"clusters of {label}, processor", told["clusters_s"], "s")
        yield row(f"release of {label}, most memory added", told["release_mb"], "MB")
        yield row(f"clusters of {label}, most memory added", told["clusters_mb"], "MB")
        yield row(f"release of {label}, units told", told["units"], "")


def _peer(size: Size) -> str:
    return FIRST_EDITION if size.before_s else ""


def _mission(stations: int, state: Path) -> Path:
    """A mission's folder, its snapshot kept: the preset of 9,580, or as many as the other groups use."""
    store = DiskCache(state / "bench" / "store")
    if stations != SIZES[0].stations:
        folder = inputs.mission(stations, state)
    else:
        folder = state / "bench" / f"citizens-{inputs.simulation_digest()}"
        if not (folder / "mission.toml").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            simulate.simulate(
                simulate.SimulationOptions(
                    preset="citizen", seed=11, districts=160, until="20:00", out=folder
                )
            )
    build_snapshot.snapshot(folder, store=store)
    return folder


def _apart(folder: Path, store: Path) -> dict[str, float]:
    """What a fresh process says of one release. Raises Disagreement if it made none."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_publication",
        str(folder.resolve()),
        str(store.resolve()),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Disagreement(f"no release of {folder.name}: {done.stderr[-400:]}")
    told: dict[str, float] = json.loads(done.stdout)
    return told


def measured(folder: Path, store: Path) -> dict[str, float]:
    """Make a release without, then the clusters; return processor seconds and megabytes added at the most."""
    snapshot = build_snapshot.snapshot(folder, datetime.now(UTC), store=DiskCache(store))
    release_s, release_mb, made = _spent(lambda: release(snapshot, snapshot.as_of, cleared=True))
    clusters_s, clusters_mb, _ = _spent(lambda: clusters_of(snapshot))
    return {
        "release_s": release_s,
        "release_mb": release_mb,
        "clusters_s": clusters_s,
        "clusters_mb": clusters_mb,
        "units": len(made.units),
    }


def _spent(call: Callable[[], T]) -> tuple[float, float, T]:
    """Processor seconds of a call, megabytes of its own it held at the most, mapped files not included."""
    held, ended, most = _own_mb(), threading.Event(), 0.0

    def watch() -> None:
        nonlocal most
        while not ended.wait(LOOK_S):
            most = max(most, _own_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        began = _processor_s()
        made = call()
        spent = _processor_s() - began
    finally:
        ended.set()
        watcher.join()
    return spent, max(most, _own_mb()) - held, made


def _processor_s() -> float:
    spent = os.times()
    return spent.user + spent.system


def _own_mb() -> float:
    return _status_mb("RssAnon")


def _status_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise Disagreement(f"the system does not tell {name}")


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]), Path(sys.argv[2]))))
