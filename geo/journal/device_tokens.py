"""Which devices and programs may send reports: each has a random token, kept in a file as a hash only.

Tokens are files, not rows of a table: a command, or any process of a server, makes and ends one while another
holds the only connection that writes. They are looked at whenever one is shown: what was ended opens nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from geo.journal.event import BROUGHT, ID, OWN, EventError, JournalUnavailable

FOLDER: Final = "tokens"  # below the journal's
LONGEST: Final = 200  # characters; ours have 43, and a longer text is not hashed at all
MOST_PLACES: Final = 1_000  # areas and stations that one device is bound to


@dataclass(frozen=True, slots=True)
class Device:
    """Who sends with a token: into one mission, under one name, perhaps for one team and some places only.

    `name`: the source of its reports in the journal. `team`: the only team it may send for, "" for any.
    `areas`, `stations`: ids of the places it may report of; any place of the mission where both are empty.
    `person`: the id under whose key the personal fields of its reports are sealed.
    """

    mission: str
    name: str
    team: str
    person: str
    areas: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()


class DeviceTokens:
    """Owns the folder of tokens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, frozenset[str]] = (
            -1,
            frozenset(),
        )  # when the folder changed, and what was in it

    def make(
        self,
        mission: str,
        name: str,
        team: str = "",
        areas: Sequence[str] = (),
        stations: Sequence[str] = (),
    ) -> tuple[str, Device]:
        """Return a new token and its device. Earlier tokens of the same name end; their person is kept.

        Raises EventError for a name that cannot be a source, and for places that are blank or too many;
        JournalUnavailable where nothing can be written.
        """
        if not is_name(name) or not ID.fullmatch(mission):
            raise EventError(
                f"a name has 1 to 100 letters, digits or any of . _ : @ + -,"
                f" not @ or {BROUGHT} first; take a call sign"
            )
        if (
            not all(place.strip() for place in (*areas, *stations))
            or len(areas) + len(stations) > MOST_PLACES
        ):
            raise EventError(f"areas and stations are named by their ids, at most {MOST_PLACES} of them")
        earlier = self._of_name(mission, name)
        person = earlier[0][1].person if earlier else f"device-{secrets.token_hex(8)}"
        device = Device(mission, name, team, person, tuple(areas), tuple(stations))
        token = secrets.token_urlsafe(32)
        try:
            _write(self._path(token), device)
            for older, _ in earlier:
                older.unlink(missing_ok=True)
        except OSError as error:
            raise JournalUnavailable(f"the key of a device cannot be kept: {error.strerror}") from None
        return token, device

    def device(self, token: str) -> Device | None:
        """Return the device of a token, None for a token that is not known."""
        if not token or len(token) > LONGEST:
            return None
        return _read(self._path(token))

    def listed(self, mission: str) -> list[tuple[Device, int]]:
        """Return a mission's devices by name, each with when its token was made, in Unix seconds."""
        made = [(device, _written_at(path)) for path, device in self._of_mission(mission)]
        return sorted(made, key=lambda each: each[0].name)

    def end(self, mission: str, name: str) -> list[Device]:
        """End all tokens of a name; return the devices they belonged to. Raises JournalUnavailable."""
        ended = self._of_name(mission, name)
        try:
            for path, _ in ended:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise JournalUnavailable(f"the key of a device cannot be ended: {error.strerror}") from None
        return [device for _, device in ended]

    def missions(self) -> frozenset[str]:
        """Return into which missions devices may send; the files are read when their folder changed."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return frozenset()
        if changed != self._seen[0]:
            devices = (_read(path) for path in self._folder.glob("*.json"))
            self._seen = changed, frozenset(device.mission for device in devices if device)
        return self._seen[1]

    def _of_name(self, mission: str, name: str) -> list[tuple[Path, Device]]:
        return [(path, device) for path, device in self._of_mission(mission) if device.name == name]

    def _of_mission(self, mission: str) -> list[tuple[Path, Device]]:
        devices = [(path, _read(path)) for path in sorted(self._folder.glob("*.json"))]
        return [(path, device) for path, device in devices if device and device.mission == mission]

    def _path(self, token: str) -> Path:
        # 256 random bits cannot be guessed from a hash: no slow one is needed
        return self._folder / f"{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}.json"


def is_name(name: str) -> bool:
    """Return whether a device may be called so: what came by the desk has a source of nobody else's name.

    >>> is_name("phone-1"), is_name("бригада.7"), is_name("@desk"), is_name("file:visits"), is_name("a b")
    (True, True, False, False, False)
    """
    return bool(ID.fullmatch(name)) and not name.startswith((OWN, BROUGHT))


def _write(path: Path, device: Device) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".part")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(orjson.dumps(asdict(device)))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _written_at(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return 0  # ended just now


def _read(path: Path) -> Device | None:
    try:
        kept = orjson.loads(path.read_bytes())
        areas, stations = tuple(kept.pop("areas", ())), tuple(kept.pop("stations", ()))
        return Device(**kept, areas=areas, stations=stations)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
