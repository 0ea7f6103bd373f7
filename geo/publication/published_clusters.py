"""Hot spots as the press sees them: the patches that clusters of stations cover, with their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model.contact_details import masked
from geo.model.snapshot import Snapshot
from geo.publication.unit_figures import Units

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FoundCluster:
    """One cluster the scan found under a choice: where it lies, none of its own figures.

    `stations`: positions in the registry of the stations asked there. `name`: its largest town, "" where
    none is known. `area`: that town's area, -1 for none.
    """

    stations: IntArray
    name: str
    area: int


@dataclass(frozen=True, eq=False)
class PublishedCluster:
    """One hot spot. `units`: positions of the units it is drawn as.

    Its figures are those of its units, k of n stations and what the rest of the country has: the circle
    that was found covers other stations, and its own numbers would tell of fewer than a unit does.
    """

    name: str
    area: int
    units: tuple[int, ...]
    k: int
    n: int
    expected: float
    rest_k: int
    rest_n: int


@dataclass(frozen=True, eq=False)
class ClusterTable:
    """The hot spots of one choice.

    `why`: why there was no search, a word of `cluster_finding.Why`; "not_told" where all that were found
    had to be left out; else "".
    """

    why: str
    clusters: tuple[PublishedCluster, ...]


@dataclass(frozen=True, eq=False)
class FoundClusters:
    """What a search for one choice came to. `why`: why there was none, a word of `Why`, or ""."""

    why: str
    clusters: Sequence[FoundCluster]


# From a snapshot as old as the press may see it: the clusters of every choice, by its name.
FindClusters = Callable[[Snapshot], Mapping[str, FoundClusters]]


def published_clusters(
    found: Mapping[str, FoundClusters], units: Units, unit_of_station: IntArray
) -> dict[str, ClusterTable]:
    """Return the clusters of every choice as units of a release; one that no unit stands for is left out.

    `unit_of_station`: (S,) innermost units. A unit belongs to a cluster if most of the stations it asked
    do, and never with one or two teams; where none does, the one with most of the cluster's stations.
    """
    made = {}
    for choice, search in found.items():
        taken: set[int] = set()
        shown = []
        for cluster in search.clusters:
            one = _published(cluster, choice, units, unit_of_station, taken)
            if one is not None:
                shown.append(one)
                taken.update(one.units)
        is_untold = bool(search.clusters) and not shown
        made[choice] = ClusterTable("not_told" if is_untold else search.why, tuple(shown))
    return made


def _published(
    cluster: FoundCluster, choice: str, units: Units, unit_of_station: IntArray, taken: set[int]
) -> PublishedCluster | None:
    shares = units.findings[choice]
    inside = np.bincount(unit_of_station[cluster.stations], minlength=len(units))[: len(units)]
    may = np.array([word == "published" for word in shares.status]) & ~units.few_teams & (units.level > 0)
    may[list(taken)] = False
    covered = np.flatnonzero(may & (2 * inside > np.maximum(shares.asked, 1)))
    if not len(covered):
        most = np.where(may, inside, 0)
        covered = np.array([int(most.argmax())]) if most.any() else covered
    if not len(covered):
        return None
    k, n = int(shares.found[covered].sum()), int(shares.asked[covered].sum())
    all_k, all_n = int(shares.found[0]), int(shares.asked[0])
    if all_n <= n or k * (all_n - n) <= (all_k - k) * n:  # by its units' figures it does not stand out
        return None
    expected = n * all_k / all_n
    return PublishedCluster(
        name=masked(cluster.name), area=cluster.area, units=tuple(covered.tolist()), k=k, n=n,
        expected=round(expected, 1), rest_k=all_k - k, rest_n=all_n - n,
    )  # fmt: skip
