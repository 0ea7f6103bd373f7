"""The missions measured: simulated once per size, kept in the state folder, read back in seconds."""

from __future__ import annotations

import copyreg
import hashlib
import pickle
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from geo import build, simulate
from geo.snapshot import Snapshot

GEO: Final = Path(build.__file__).parent
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
    kept = _digest(sorted((GEO / "simulate").glob("*.py")))
    folder = state / "bench" / f"simulated-{stations}-{kept}"
    if not (folder / "mission.toml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        simulate.simulate(options(stations, folder))
    return folder


@cache
def snapshot(stations: int, state: Path) -> Snapshot:
    """Return the snapshot of that mission, unpickled where an earlier run of the same code left it."""
    folder = mission(stations, state)
    kept = folder.with_name(f"{folder.name}-{_digest(sorted(GEO.rglob('*.py')))}.pickle")
    if kept.exists():
        with kept.open("rb") as file:
            known: Snapshot = pickle.load(file)  # our own file, in our own state folder
        return known
    for old in folder.parent.glob(f"{folder.name}-*.pickle"):
        old.unlink()
    made = build.snapshot(folder)
    with kept.with_suffix(".new").open("wb") as file:
        pickle.dump(made, file, protocol=5)
    kept.with_suffix(".new").rename(kept)
    return made


def _digest(files: Iterable[Path]) -> str:
    together = hashlib.sha256()
    for file in files:
        together.update(file.read_bytes())
    return together.hexdigest()[:8]


def _mapping(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda one: (_mapping, (dict(one),)))
