"""What a release was counted from, kept beside it under salted hashes: the next one is compared with it."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model.form_masks import MaskArray, bits, has_bit, word_count
from geo.model.snapshot import Snapshot
from geo.publication import visit_numbers
from geo.publication.differencing import Shown, fixed_units
from geo.publication.partition import Earlier, Leaves
from geo.publication.release import Before, Made
from geo.publication.snapshot_facts import places
from geo.publication.visit_facts import VisitFacts

HashArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
KINDS = ("day", "table", "turnout")
PER_STATION = ("unit", "group", "day_release", "table_release")


@dataclass(frozen=True, eq=False)
class Basis:
    """A release's `Shown` with stations and teams as salted hashes; never released itself.

    `station`: (S,) hashes of the register's stations, ascending. `columns`: what `Shown` has per station,
    (S,) each. `visits`: the counted visits, by "kind.field" (KINDS, fields of `VisitFacts`); a team's hash
    is 0 for none. `categories`: slugs, in the order of the bits. `parent`, `level`: (U,) of the release's
    units.
    """

    station: HashArray
    columns: dict[str, IntArray]
    visits: dict[str, npt.NDArray[Any]]
    categories: tuple[str, ...]
    parent: IntArray
    level: IntArray


def basis_of(made: Made, snapshot: Snapshot, salt: bytes) -> Basis | None:
    """Return what is to be kept beside a release; None of one that counts no visits."""
    if made.shown is None or made.parts is None:
        return None
    station = _hashes(salt, snapshot.registry.stations.station_id.to_pylist())
    nobody = np.zeros(1, dtype=np.uint64)
    team = np.concatenate([_hashes(salt, list(snapshot.teams.team_id)), made.gone_teams, nobody])
    order = np.argsort(station)
    visits = {}
    for kind in KINDS:
        facts: VisitFacts = getattr(made.shown, kind)
        for field in fields(VisitFacts):
            visits[f"{kind}.{field.name}"] = getattr(facts, field.name)
        del visits[f"{kind}.numbers"]  # by name: another release lists others
        for of, number in enumerate(visit_numbers.NUMBERS):
            visits[f"{kind}.number.{number.name}"] = facts.numbers[:, of]
        visits[f"{kind}.station"] = station[facts.station]
        visits[f"{kind}.team"] = team[facts.team]
    return Basis(
        station=station[order],
        columns={name: getattr(made.shown, name)[order] for name in PER_STATION},
        visits=visits,
        categories=snapshot.categories.category,
        parent=made.parts.parent,
        level=made.parts.level,
    )


def before(kept: Sequence[Basis], snapshot: Snapshot, salt: bytes) -> Before | None:
    """Return earlier releases (`kept`, the latest last) on the registry of today; None if there are none."""
    if not kept:
        return None
    station = _hashes(salt, snapshot.registry.stations.station_id.to_pylist())
    named = _hashes(salt, list(snapshot.teams.team_id))
    gone = _gone_teams(kept, named)
    team = np.concatenate([named, gone])
    shown = tuple(_shown(one, station, team, snapshot.categories.category) for one in kept)
    latest = kept[-1]
    leaves = places(snapshot.registry).leaves
    finest = _finest(leaves, shown[-1].unit, latest)
    number = 1 + max(int(one.columns["day_release"].max(initial=0)) for one in kept)
    fixed = np.zeros(len(latest.parent), dtype=bool)
    known = fixed_units(shown)
    fixed[: len(known)] = known
    units = Earlier(latest.parent, latest.level, finest, fixed)
    return Before(shown, units, max(number, len(kept) + 1), gone)


def _gone_teams(kept: Sequence[Basis], named: HashArray) -> HashArray:
    """Return hashes of earlier releases' teams that the mission names no longer, each once, ascending."""
    before = [one.visits[f"{kind}.team"] for one in kept for kind in KINDS if f"{kind}.team" in one.visits]
    gone = np.setdiff1d(np.concatenate(before), named)
    return np.asarray(gone[gone != 0])


def _shown(basis: Basis, station: HashArray, team: HashArray, categories: tuple[str, ...]) -> Shown:
    """Return a kept release on today's positions; visits to stations that the register lost are left out."""
    at = np.searchsorted(basis.station, station)
    at = np.minimum(at, max(len(basis.station) - 1, 0))
    known = basis.station[at] == station if len(basis.station) else np.zeros(len(station), dtype=bool)
    columns = {name: np.where(known, values[at], -1) for name, values in basis.columns.items()}
    return Shown(
        day=_facts(basis, "day", station, team, categories),
        table=_facts(basis, "table", station, team, categories),
        # a release that kept no forms of its own counted its turnout from the day's, if it told one
        turnout=_facts(
            basis, "turnout" if "turnout.station" in basis.visits else "day", station, team, categories
        ),
        unit=columns["unit"],
        group=columns["group"],
        day_release=columns["day_release"],
        table_release=columns["table_release"],
    )


def _facts(
    basis: Basis, kind: str, station: HashArray, team: HashArray, categories: tuple[str, ...]
) -> VisitFacts:
    nothing = np.full(len(basis.visits[f"{kind}.station"]), -1, dtype=np.int64)
    columns = {  # releases before turnout was counted said nothing of it
        field.name: basis.visits.get(f"{kind}.{field.name}", nothing) for field in fields(VisitFacts)
    }
    numbers = [basis.visits.get(f"{kind}.number.{number.name}", nothing) for number in visit_numbers.NUMBERS]
    columns["numbers"] = np.column_stack(numbers) if numbers else nothing[:, None][:, :0]
    columns["station"] = _position(columns["station"], station)
    columns["team"] = _position(columns["team"], team)
    for name in ("categories_asked", "categories_found"):
        columns[name] = _moved(columns[name], basis.categories, categories)
    return VisitFacts(**columns).taken(columns["station"] >= 0)


def _position(wanted: HashArray, known: HashArray) -> IntArray:
    """Return where each hash stands among the known ones, -1 for nowhere."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    found = order[at]
    return np.where(known[found] == wanted, found, -1).astype(np.int64)


def _moved(words: MaskArray, old: Sequence[str], new: Sequence[str]) -> MaskArray:
    """Bits of categories as they are numbered now, (V, W)."""
    if tuple(old) == tuple(new):
        return words
    moved = np.zeros((len(words), word_count(len(new))), dtype=np.uint64)
    for place, slug in enumerate(new):
        if slug in old:
            moved[has_bit(words, old.index(slug))] |= bits([place], moved.shape[1])
    return moved


def _finest(leaves: Leaves, unit: IntArray, basis: Basis) -> IntArray:
    """Return the unit of every leaf, (L,): that of its first station that the release knew.

    A leaf of new stations joins the unit of a leaf of its district, else of its region, else the first one.
    """
    inner = np.setdiff1d(np.arange(len(basis.parent)), basis.parent)
    found = np.full(len(leaves), -1, dtype=np.int64)
    known = np.flatnonzero(unit >= 0)[::-1]
    found[leaves.of_station[known]] = unit[known]  # of several the unit of the first station
    for labels in (leaves.district, leaves.region):
        for leaf in np.flatnonzero(found < 0).tolist():
            same = np.flatnonzero((labels == labels[leaf]) & (found >= 0))
            if labels[leaf] >= 0 and len(same):
                found[leaf] = found[same[0]]
    return np.where(found >= 0, found, inner[0])


def _hashes(salt: bytes, texts: Sequence[str]) -> HashArray:
    found = [hashlib.blake2b(text.encode(), digest_size=8, key=salt[:64]).digest() for text in texts]
    return np.frombuffer(b"".join(found), dtype="<u8").astype(np.uint64) | np.uint64(1)


def packed(basis: Basis) -> bytes:
    """Return a basis as the bytes of a compressed file."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        "station": basis.station,
        "categories": np.array(basis.categories, dtype=str),
        "parent": basis.parent,
        "level": basis.level,
        **{f"column.{name}": values for name, values in basis.columns.items()},
        **{f"visits.{name}": values for name, values in basis.visits.items()},
    }
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(data: bytes) -> Basis:
    """Return what `packed` was given. Raises OSError, ValueError or KeyError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays: dict[str, Any] = {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(str(error)) from None

    def group(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}

    return Basis(
        station=arrays["station"],
        columns=group("column."),
        visits=group("visits."),
        categories=tuple(str(one) for one in arrays["categories"]),
        parent=arrays["parent"],
        level=arrays["level"],
    )
