"""Hot spots of a release: all that one page can show is judged together."""

from __future__ import annotations

from geo.analysis import cluster_finding
from geo.publication import released
from geo.publication.publishable_reports import choices
from tests import factory


def test_every_choice_of_the_press_is_judged_in_one_search(monkeypatch) -> None:
    snapshot = factory.snapshot(areas=factory.squares("A"))
    searched = []

    def search(asked_of, page, **rest):
        searched.append(list(page))
        return cluster_finding.find_clusters(asked_of, page, **rest)

    monkeypatch.setattr(released, "find_clusters", search)
    clusters = released.clusters_of(snapshot)
    assert all(not found.clusters for found in clusters.values())
    assert searched == [list(choices(snapshot).values())]
