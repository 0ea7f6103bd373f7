"""Keeps a mission's last good map across a restart: what it was made of, and whether the press may see it.

An entry in the cache names the two halves of a snapshot and holds `mission.toml` as it was. The map comes
back for the same folder only, and only while its mission.toml does not say that it is another election's.
What the press may see of it hangs on mission.toml as it stands: of rules that changed since nobody knows
whether they are laxer or stricter, so nothing is shown under those from before.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from geo.model.errors import MissionError
from geo.model.messages import Message, message
from geo.model.mission import FILE, LARGEST_FILE, Mission
from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot, lost_files, snapshot_cache
from geo.serving.disk_cache import DiskCache
from geo.serving.lost_files import Contents, Stamp

LOG: Final = logging.getLogger("baqylau")
ABOUT: Final = "about.json"
# Keys of `[mission]` that only word something, and sections that are the desk's alone or looked at apart.
# Whatever else mission.toml says is taken for a rule of what the press may see.
WORDED: Final = frozenset({"title", "subtitle", "credit", "contact", "languages", "town_names"})
NO_RULES: Final = frozenset({"sources", "routes", "barriers", "online_tiles", "tables"})
# Columns that decide what of a row may be published; how they are mapped is a rule, too.
DECIDING: Final = frozenset({"verification", "publication", "public", "precision"})

# What `allows_press` returned, or None once nothing could be read → what whoever can mend it is told.
NOT_FOR_PRESS: Final[Mapping[bool | None, Message]] = MappingProxyType(
    {
        False: message(
            "the rules for the press are not those of the last good map: the press is shown nothing of it"
        ),
        None: message(
            "the rules for the press cannot be read: the press is shown nothing of the last good map"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class LastGood:
    """What the last good map of a folder was made of.

    `saved`: the stamp of mission.toml alone. `settings`: its bytes, b"" where they were not told for sure.
    `files`: names below the folder, of the tables and of what was named after one and not read. `kinds`: the
    file of kinds of finding, which says which are public, and its SHA-256; "" for none. `halves`: the keys
    of registry and reports in the cache, "" where they are not kept. `version`, `as_of`: the snapshot's own.
    `is_of_before`: kept by a run of the server that has ended.
    """

    saved: Stamp
    settings: bytes
    contents: Contents
    files: tuple[str, ...]
    kinds: tuple[str, str]
    halves: tuple[str, str]
    version: str
    as_of: datetime
    is_of_before: bool = False


def remember(
    snapshot: Snapshot, folder: Path, stamp: Stamp, store: DiskCache | None, is_settled: bool
) -> LastGood:
    """Return what is to be remembered of a snapshot just built of a folder with this stamp.

    `is_settled`: the folder has that stamp still, so that its files are those the snapshot was built of. Else
    nothing is remembered that a restart could come back to.
    """
    mission = snapshot.mission
    settings, kinds, halves = b"", ("", ""), ("", "")
    files = {source.table: _name_in(source.path, mission.folder) for source in mission.tables}
    try:
        if is_settled:
            settings = (folder / FILE).read_bytes()
            kinds = (files.get("categories", ""), _kinds(folder, files.get("categories", "")) or "")
            halves = snapshot_cache.keys(mission, store) if store else halves
    except OSError:
        settings = b""  # removed meanwhile: the next refresh sees that
    return LastGood(
        saved=lost_files.stamp_of_settings(stamp),
        settings=settings,
        contents=lost_files.contents(snapshot),
        files=(*files.values(), *(file.name for file in mission.unread)),
        kinds=kinds,
        halves=halves,
        version=snapshot.version,
        as_of=snapshot.as_of,
    )


def _name_in(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def keep(store: DiskCache, folder: Path, good: LastGood) -> None:
    """Keep what a restart needs; without both halves in the cache there is nothing to come back to."""
    if not good.settings or not _has_halves(store, good):
        return
    about = {
        "program": snapshot_cache.program(),
        "folder": str(folder.resolve()),
        "saved": good.saved,
        "tables": good.contents.tables,
        "rows": dict(good.contents.rows),
        "files": good.files,
        "kinds": good.kinds,
        "halves": good.halves,
        "version": good.version,
        "as_of": good.as_of.isoformat(),
    }
    text = json.dumps(about, sort_keys=True).encode()
    digest = hashlib.sha256(text + good.settings).hexdigest()[:32]

    def write(entry: Path) -> None:
        (entry / ABOUT).write_bytes(text)
        (entry / FILE).write_bytes(good.settings)

    snapshot_cache.write_entry(store, f"{_kind(folder)}-{digest}", write, folder.resolve().name)


def hold(store: DiskCache, good: LastGood) -> None:
    """Keep the last good map's halves among the newest of the cache, whatever other builds put there."""
    _has_halves(store, good)  # looking at an entry makes it the last one used


def find(store: DiskCache, folder: Path) -> LastGood | None:
    """Return what was kept last of a folder; None if nothing was, or another program kept it."""
    key = store.newest(_kind(folder))
    return snapshot_cache.read_entry(store, key, _read) if key else None


def _read(entry: Path) -> LastGood:
    about = json.loads((entry / ABOUT).read_bytes())
    if about["program"] != snapshot_cache.program():
        raise ValueError("kept by another version of the program")
    tables = tuple((str(table), str(name)) for table, name in about["tables"])
    return LastGood(
        saved=tuple((str(name), int(size), int(changed)) for name, size, changed in about["saved"]),
        settings=(entry / FILE).read_bytes(),
        contents=Contents(tables, {str(name): int(rows) for name, rows in about["rows"].items()}),
        files=tuple(str(name) for name in about["files"]),
        kinds=(str(about["kinds"][0]), str(about["kinds"][1])),
        halves=(str(about["halves"][0]), str(about["halves"][1])),
        version=str(about["version"]),
        as_of=datetime.fromisoformat(about["as_of"]),
        is_of_before=True,
    )


def restore(store: DiskCache, folder: Path, good: LastGood) -> Snapshot | None:
    """Return the last good snapshot of a folder as it was; None if it cannot be had.

    Where mission.toml can be read, its title and days have to be those of then: else it is another election.
    """
    now = _parsed_file(folder)
    then = _parsed(good.settings)
    try:
        if then is None or (now is not None and _election(now) != _election(then)):
            return None
        mission = _mission_then(folder, good)
    except (MissionError, OSError, ValueError, RecursionError) as error:
        LOG.warning("mission %s: the last good map cannot be had: %s", folder.resolve().name, error)
        return None
    snapshot = build_snapshot.as_kept(mission, good.halves, good.as_of, store)
    return snapshot if snapshot is not None and snapshot.version == good.version else None


def allows_press(folder: Path, good: LastGood) -> bool | None:
    """Return whether the folder has the rules of the last good map still; None if they cannot be read.

    Rules are those of mission.toml and of the file of kinds of finding.
    """
    then, now = _parsed(good.settings), _parsed_file(folder)
    kinds = _kinds(folder, good.kinds[0])
    if then is None:
        return False
    if now is None or kinds is None:
        return None
    try:
        return _rules(now) == _rules(then) and kinds == good.kinds[1]
    except RecursionError:
        return None  # nested so deeply that TOML is read and cannot be compared


def _mission_then(folder: Path, good: LastGood) -> Mission:
    """Read mission.toml as it was, beside files of the names there were then.

    Raises MissionError, OSError, and ValueError for names that lead out of the folder.
    """
    with tempfile.TemporaryDirectory(prefix="baqylau-") as temporary:
        home = Path(temporary) / folder.resolve().name
        home.mkdir()
        (home / FILE).write_bytes(good.settings)
        for name in good.files:
            if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
                raise ValueError(f"{name[:80]!r} lies outside the mission's folder")
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).touch()
        mission = build_snapshot.load_mission(home)
        tables = (replace(each, path=folder / each.path.relative_to(home)) for each in mission.tables)
        return replace(mission, folder=folder, tables=tuple(tables))


def _has_halves(store: DiskCache, good: LastGood) -> bool:
    return all(bool(key) and store.entry(key) is not None for key in good.halves)


def _kind(folder: Path) -> str:
    """Return the kind of this folder's entries; another folder may hold a trial mission of the same name."""
    return "lastgood" + hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]


def _parsed_file(folder: Path) -> dict[str, Any] | None:
    try:
        if (folder / FILE).stat().st_size > LARGEST_FILE:
            return None
        return _parsed((folder / FILE).read_bytes())
    except OSError:
        return None


def _parsed(settings: bytes) -> dict[str, Any] | None:
    """Return mission.toml as it is written, None if it is not TOML or says nothing of a mission."""
    try:
        data = tomllib.loads(settings.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data.get("mission"), dict) else None


def _kinds(folder: Path, name: str) -> str | None:
    """Return the SHA-256 of the file of kinds of finding, None if it cannot be read.

    `name`: the file's own; "" if there was none: then a new one of that table's name counts.
    """
    try:
        named = sorted(path for path in folder.iterdir() if path.stem.casefold() == "categories")
        paths = [folder / name] if name else named
        return "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    except OSError:
        return None


def _election(data: Mapping[str, Any]) -> str:
    mission = data["mission"]
    title = mission.get("title")
    title = (
        title.get("en", title) if isinstance(title, dict) else title
    )  # a translation added changes nothing
    return repr([title, mission.get("election_date"), mission.get("voting_days")])


def _rules(data: Mapping[str, Any]) -> str:
    """Return, as a text, all settings that could bear on what the press may see, unknown ones among them."""
    mission = {key: value for key, value in data["mission"].items() if key not in WORDED}
    rest = {key: value for key, value in data.items() if key not in NO_RULES and key != "mission"}
    return repr((_ordered(mission), _ordered(rest), _ordered(_deciding(data.get("tables", {})))))


def _deciding(tables: object) -> dict[str, object]:
    """Return of `[tables]` how the columns are read that decide what is published."""
    deciding: dict[str, object] = {}
    for table, settings in tables.items() if isinstance(tables, dict) else ():
        for key in ("columns", "values", "constants"):
            given = settings.get(key, {}) if isinstance(settings, dict) else {}
            for column, value in given.items() if isinstance(given, dict) else ():
                if column in DECIDING:
                    deciding[f"{table}.{key}.{column}"] = value
    return deciding


def _ordered(value: object) -> object:
    """Return settings so that the order in which they are written does not matter."""
    if isinstance(value, dict):
        return sorted((str(key), _ordered(each)) for key, each in value.items())
    return [_ordered(each) for each in value] if isinstance(value, list) else value
