"""One mission's release with what the press's pages need beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.analysis import analyse
from geo.counts import Choice
from geo.disclosure import Release, release
from geo.registry import Registry
from geo.snapshot import Snapshot, UnitKind


@dataclass(frozen=True, slots=True)
class Notice:
    """What the public is told of a release that was withdrawn. `day`: ISO date, UTC."""

    day: str
    version: str
    text: str


@dataclass(frozen=True, eq=False)
class Released:
    """One mission's release. `registry`: its stations, only where single stations may be shown."""

    release: Release
    registry: Registry | None
    notices: tuple[Notice, ...] = ()

    @property
    def slug(self) -> str:
        return self.release.about.slug


def of(snapshot: Snapshot) -> Released:
    """Return what the press may see of a snapshot at the moment the snapshot speaks for."""
    made = release(snapshot, snapshot.as_of, hot_spots=robust)
    return Released(made, snapshot.registry if made.may_show_stations else None)


def robust(snapshot: Snapshot, kind: UnitKind, choice: Choice) -> npt.NDArray[np.bool_]:
    """Return which units have more findings than expected whichever team is left out, (U,) bool.

    Areas never: there are too few of them for local statistics.
    """
    if kind == "area":
        return np.zeros(int((snapshot.registry.areas.level == 1).sum()), dtype=bool)
    verdict = analyse(snapshot, kind, choice).results["hot_spot"].columns["hot_spot"]
    return np.asarray(verdict == "hot_spot")
