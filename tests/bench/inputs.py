"""The missions measured: simulated once per size, kept in the state folder, mapped from there later.

Their boundaries are as dense as a real country's: see `tests.bench.dense`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from geo import simulate
from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot
from geo.serving.disk_cache import DiskCache
from tests.bench import dense
from tests.bench.measure import FULL_SIZE

VISITS_PER_TEAM: Final = 6  # an opening, three voting reports, a closing, a count; some never report
MOST_DISTRICTS: Final = 732  # as many as India has
CORNERS: Final = 553_000  # of India's districts; a smaller mission has its share, never fewer than simulated


def options(stations: int, out: Path) -> simulate.SimulationOptions:
    """Return a citizens' mission: about two visits and 0.4 findings a station, static observers."""
    return simulate.SimulationOptions(
        preset="citizen",
        stations=stations,
        teams=max(1, 2 * stations // VISITS_PER_TEAM),
        districts=max(8, min(MOST_DISTRICTS, stations // 200)),
        out=out,
    )


def mission(stations: int, state: Path) -> Path:
    """Return the folder of a simulated mission of so many stations, made if it is not there."""
    folder = state / "bench" / f"dense-{stations}-{_digest(*_simulated_by(), Path(dense.__file__))}"
    if not (folder / "mission.toml").exists():
        dense.folder_with(simulated(stations, state), CORNERS * stations // FULL_SIZE, folder)
    return folder


def simulated(stations: int, state: Path) -> Path:
    """Return the folder as the simulation makes it, with the few corners of its districts."""
    folder = state / "bench" / f"simulated-{stations}-{simulation_digest()}"
    if not (folder / "mission.toml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        simulate.simulate(options(stations, folder))
    return folder


@cache
def snapshot(stations: int, state: Path) -> Snapshot:
    """Return the snapshot of that mission; a second run maps it from disk."""
    return build_snapshot.snapshot(mission(stations, state), store=DiskCache(state / "bench" / "store"))


def simulation_digest() -> str:
    """Return what names a mission that the simulation as it is now makes."""
    return _digest(*_simulated_by())


def _simulated_by() -> list[Path]:
    return sorted(Path(simulate.__file__).parent.glob("*.py"))


def _digest(*files: Path) -> str:
    """Return what the code of files adds up to: other code, other missions."""
    together = hashlib.sha256()
    for file in files:
        together.update(file.read_bytes())
    return together.hexdigest()[:8]
