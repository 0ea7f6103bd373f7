"""What the press may see of a large mission, computed in a process of its own and kept.

Counting every choice of a million stations takes a gigabyte and its clusters a minute: a server that did it
in a thread would outgrow its memory and answer coordinators slowly meanwhile. It is done by
`python -m geo.serving.release_process`. A kept release is used only if it still hashes to its version.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from geo.model.errors import BaqylauError
from geo.model.snapshot import Snapshot
from geo.publication import Release, released, serialization
from geo.publication.listed_rows import areas_told
from geo.publication.release import version_of
from geo.publication.released import Released
from geo.serving import arrow_files, child_process
from geo.serving.disk_cache import DiskCache
from geo.serving.snapshot_cache import read_entry, write_entry
from geo.serving.source_hash import source_hash
from geo.serving.state_lock import alone

LOG: Final = logging.getLogger("baqylau")
TABLES: Final = ("mentions", "stations", "presence", "notes")  # kept as Arrow files: as long as the register
AREAS: Final = "areas"  # the registry's own, which is kept already


def released_snapshot(
    snapshot: Snapshot, store: DiskCache | None, now: datetime, large: int = child_process.LARGE
) -> Released:
    """Return `released_of` a snapshot that was read from files; of a large one from the store or from beside.

    `now`: aware; what "future" is measured by where the mission states a moment of its own. Where the
    other process cannot be had or its work cannot be kept, the release is made here.
    """
    mission = snapshot.mission
    if store is None:
        return released.released_of(snapshot)
    key = key_of(snapshot)
    kept_release = _load(store, key, snapshot)  # also of files that are large no more: cut, or gone
    if kept_release is None and not child_process.is_large(mission, large):
        return released.released_of(snapshot)
    if kept_release is None:
        job = {
            "folder": str(mission.folder.resolve()),
            "now": (now if mission.as_of else snapshot.as_of).isoformat(),
            "store": str(store.folder),
            "key": key,
        }
        with alone(store.folder, key):  # another process may be at it
            kept_release = _load(store, key, snapshot)
            if kept_release is None:
                try:
                    child_process.ask("geo.serving.release_process", job)
                except BaqylauError as error:
                    LOG.warning("mission %s: no release from beside: %s", mission.slug, error)
                kept_release = _load(store, key, snapshot)
    if kept_release is None:
        LOG.warning("mission %s: no usable release was kept; making it here", mission.slug)
        return released.released_of(snapshot)
    registry = snapshot.registry if kept_release.may_show_stations else None
    return Released(kept_release, registry, closed_stations=len(snapshot.registry.closed))


def key_of(snapshot: Snapshot) -> str:
    """Return the key of a snapshot's release: its content, its moment, and the program that decides."""
    text = repr((source_hash(), snapshot.mission.slug, snapshot.version, snapshot.as_of.isoformat()))
    return f"release-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def make(job: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Make and keep the release that a job asks for. Raises BaqylauError if its files are others by now."""
    snapshot = child_process.built(job)
    if key_of(snapshot) != job["key"]:
        raise BaqylauError("the mission's files have changed")
    yield keep(snapshot, Path(job["store"]), job["key"])


def keep(snapshot: Snapshot, store: Path, key: str) -> dict[str, Any]:
    """Make a snapshot's release, keep it under `key`, and return its version and whether it is kept."""
    release = released.released_of(snapshot).release
    is_kept = _save(DiskCache(store), key, release, snapshot.mission.slug)
    return {"version": release.version, "kept": is_kept}


def _save(store: DiskCache, key: str, release: Release, owner: str) -> bool:
    def write(folder: Path) -> None:
        for name in TABLES:
            arrow_files.write_frame(folder / f"{name}.arrow", getattr(release, name))
        rest = {
            f.name: serialization.to_plain(getattr(release, f.name))
            for f in fields(release)
            if _is_rest(f.name)
        }
        (folder / "rest.json").write_bytes(orjson.dumps(rest))

    return write_entry(store, key, write, owner)


def _load(store: DiskCache, key: str, snapshot: Snapshot) -> Release | None:
    def read(folder: Path) -> Release:
        rest = orjson.loads((folder / "rest.json").read_bytes())
        tables: dict[str, Any] = {name: arrow_files.read_frame(folder / f"{name}.arrow") for name in TABLES}
        parts = {name: serialization.part(plain) for name, plain in rest.items()}
        release = Release(areas=areas_told(snapshot.registry.areas), **parts, **tables)
        if version_of(release) != release.version:
            raise ValueError("the release does not say what it did when it was kept")
        return release

    return read_entry(store, key, read)


def _is_rest(name: str) -> bool:
    return name not in TABLES and name != AREAS


if __name__ == "__main__":
    child_process.answer(make)
