"""The missions measured: simulated once per size, kept in the state folder, mapped from there later."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from geo import build, simulate
from geo.snapshot import Snapshot
from geo.store import Store

VISITS_PER_TEAM: Final = 6  # an opening, three voting reports, a closing, a count; some never report
MOST_DISTRICTS: Final = 732  # as many as India has


def options(stations: int, out: Path) -> simulate.Options:
    """Return a citizens' mission: about two visits and 0.4 findings a station, static observers."""
    return simulate.Options(
        preset="citizen",
        stations=stations,
        teams=max(1, 2 * stations // VISITS_PER_TEAM),
        districts=max(8, min(MOST_DISTRICTS, stations // 200)),
        out=out,
    )


def mission(stations: int, state: Path) -> Path:
    """Return the folder of a simulated mission of so many stations, made if it is not there."""
    folder = state / "bench" / f"simulated-{stations}-{_digest()}"
    if not (folder / "mission.toml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        simulate.simulate(options(stations, folder))
    return folder


@cache
def snapshot(stations: int, state: Path) -> Snapshot:
    """Return the snapshot of that mission; a second run maps it from disk."""
    return build.snapshot(mission(stations, state), store=Store(state / "bench" / "store"))


def _digest() -> str:
    """Return what the simulation's code adds up to: other code, other missions."""
    together = hashlib.sha256()
    for file in sorted(Path(simulate.__file__).parent.glob("*.py")):
        together.update(file.read_bytes())
    return together.hexdigest()[:8]
