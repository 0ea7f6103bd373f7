"""What the press may see of a large mission, computed in a process of its own and kept.

Counting every choice of a million stations takes gigabytes and minutes, and a server that did it in a
thread would answer coordinators slowly meanwhile. `python -m geo.release_apart` is the process that does it.
A release that was kept is used only if it still hashes to the version it was kept with.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from geo import apart, arrow_files, released
from geo.disclosure import Release, stored
from geo.disclosure.release import version_of
from geo.errors import BaqylauError
from geo.released import Released
from geo.saved import read_entry, write_entry
from geo.snapshot import Snapshot
from geo.store import Store

LOG: Final = logging.getLogger("baqylau")
TABLES: Final = ("mentions", "stations", "presence", "notes")  # kept as Arrow files: as long as the register
AREAS: Final = "areas"  # the registry's own, which is kept already


def of(snapshot: Snapshot, store: Store | None, now: datetime, large: int = apart.LARGE) -> Released:
    """Return `released.of` a snapshot that was read from files; of a large one from the store or from beside.

    `now`: aware; what "future" is measured by where the mission states a moment of its own. Where the
    other process cannot be had or its work cannot be kept, the release is made here.
    """
    mission = snapshot.mission
    if store is None or not apart.is_large(mission, large):
        return released.of(snapshot)
    key = key_of(snapshot)
    found = _load(store, key, snapshot)
    if found is None:
        job = {
            "folder": str(mission.folder.resolve()),
            "now": (now if mission.as_of else snapshot.as_of).isoformat(),
            "store": str(store.folder),
            "key": key,
        }
        try:
            apart.ask("geo.release_apart", job)
        except BaqylauError as error:
            LOG.warning("mission %s: no release from beside: %s", mission.slug, error)
        found = _load(store, key, snapshot)
    if found is None:
        LOG.warning("mission %s: no usable release was kept; making it here", mission.slug)
        return released.of(snapshot)
    return Released(found, snapshot.registry if found.may_show_stations else None)


def key_of(snapshot: Snapshot) -> str:
    """Return the key of a snapshot's release: its content, its moment, and the program that decides."""
    text = repr((_program(), snapshot.mission.slug, snapshot.version, snapshot.as_of.isoformat()))
    return f"release-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def make(job: dict[str, str]) -> dict[str, Any]:
    """Make and keep the release that a job asks for. Raises BaqylauError if its files are others by now."""
    snapshot = apart.built(job)
    if key_of(snapshot) != job["key"]:
        raise BaqylauError("the mission's files have changed")
    made = released.of(snapshot).release
    is_kept = _save(Store(Path(job["store"])), job["key"], made, snapshot.mission.slug)
    return {"version": made.version, "kept": is_kept}


def _save(store: Store, key: str, made: Release, owner: str) -> bool:
    def write(folder: Path) -> None:
        for name in TABLES:
            arrow_files.write_frame(folder / f"{name}.arrow", getattr(made, name))
        rest = {f.name: stored.to_plain(getattr(made, f.name)) for f in fields(made) if _is_rest(f.name)}
        (folder / "rest.json").write_bytes(orjson.dumps(rest))

    return write_entry(store, key, write, owner)


def _load(store: Store, key: str, snapshot: Snapshot) -> Release | None:
    def read(folder: Path) -> Release:
        rest = orjson.loads((folder / "rest.json").read_bytes())
        tables: dict[str, Any] = {name: arrow_files.read_frame(folder / f"{name}.arrow") for name in TABLES}
        parts = {name: stored.part(plain) for name, plain in rest.items()}
        made = Release(areas=snapshot.registry.areas, **parts, **tables)
        if version_of(made) != made.version:
            raise ValueError("the release does not say what it did when it was kept")
        return made

    return read_entry(store, key, read)


def _is_rest(name: str) -> bool:
    return name not in TABLES and name != AREAS


@cache
def _program() -> str:
    """What this program is: all of its own source below geo; any change makes releases anew."""
    here, source = Path(__file__).parent, hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        source.update(str(path.relative_to(here)).encode() + path.read_bytes())
    return source.hexdigest()


if __name__ == "__main__":
    apart.answer(make)
