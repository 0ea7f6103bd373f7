"""One mission's release with what the press's pages need beside it; and the hot spots a release is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.analysis.cluster_finding import find_clusters
from geo.model.registry import Registry
from geo.model.snapshot import Snapshot
from geo.publication import Release, release
from geo.publication.publishable_reports import choice_name, choices
from geo.publication.published_clusters import FoundCluster, FoundClusters


@dataclass(frozen=True, slots=True)
class Notice:
    """What the public is told of a withdrawn release: on which `day` (ISO date, UTC), which one, and why."""

    day: str
    version: str
    text: str


@dataclass(frozen=True, eq=False)
class Released:
    """One mission's release. `registry`: its stations, None unless single stations may be shown.

    `notices`: of withdrawn releases, the newest first. `closed_stations`: how many of the register were
    cancelled or merged, and are in no figure.
    """

    release: Release
    registry: Registry | None
    notices: tuple[Notice, ...] = ()
    closed_stations: int = 0

    @property
    def slug(self) -> str:
        return self.release.about.slug


def released_of(snapshot: Snapshot) -> Released:
    """Return what the press may see of a snapshot at the moment the snapshot speaks for."""
    made = release(snapshot, snapshot.as_of, clusters=clusters_of)
    registry = snapshot.registry if made.may_show_stations else None
    return Released(made, registry, closed_stations=len(snapshot.registry.closed))


def clusters_of(snapshot: Snapshot) -> Mapping[str, FoundClusters]:
    """Return the clusters of every choice the press has, by its name, all choices judged together."""
    asked = choices(snapshot)
    searches = find_clusters(snapshot, list(asked.values()))
    return {
        choice_name(*chosen): FoundClusters(
            search.why, [FoundCluster(one.stations, one.town, one.area) for one in search.clusters]
        )
        for chosen, search in zip(asked, searches, strict=True)
    }
