"""What the press is told of the two simulated missions: nearly everything, and nothing of too few."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from geo.analysis.cluster_finding import find_clusters
from geo.model.tables import OUTCOMES, VERIFICATIONS
from geo.publication import partition as cut
from geo.publication.publishable_reports import choices, delayed, gate
from geo.publication.released import released_of
from geo.publication.snapshot_facts import facts_of, places, rule_of
from geo.serving import build_snapshot
from geo.simulate import SimulationOptions, simulate

INTERNATIONAL = Path(__file__).parents[3] / "data" / "kazakhstan-2005-simulated"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def citizens(tmp_path_factory):
    """The preset of issue 13: 9,580 stations, seed 11, 160 districts, until 20:00."""
    folder = tmp_path_factory.mktemp("missions") / "citizens"
    simulate(SimulationOptions(preset="citizen", seed=11, districts=160, until="20:00", out=folder))
    return build_snapshot.snapshot(folder, NOW)


@pytest.fixture(scope="module")
def told(citizens):
    return released_of(citizens).release


@pytest.fixture(scope="module")
def international():
    snapshot = build_snapshot.snapshot(INTERNATIONAL, NOW)
    return snapshot, released_of(snapshot).release


def innermost(release):
    units = release.units
    return np.setdiff1d(np.arange(len(units)), units.parent)


def with_status(release, units, *words):
    return np.array([one for one in units.tolist() if release.units.status[one] in words], dtype=np.int64)


@pytest.mark.slow
def test_98_percent_of_a_citizens_mission_s_stations_are_published_or_not_observed(told):
    shown = with_status(told, innermost(told), "published", "not_observed")
    share = told.units.stations[shown].sum() / told.units.stations[0]
    print(f"{share:.2%} of {told.units.stations[0]:,} stations in {len(shown)} units")
    assert share >= 0.98


@pytest.mark.slow
def test_99_percent_of_its_visited_stations_are_in_a_published_figure(citizens, told):
    observed = told.units.coverage["all"].observed
    visited = len(np.unique(delayed(citizens, citizens.as_of).visits.station[_counted(citizens)]))
    shown = observed[with_status(told, innermost(told), "published")].sum()
    print(f"{shown:,} of {visited:,} visited stations")
    assert shown >= 0.99 * visited


def _counted(snapshot):
    """Visits that the press may count: current after the delay, verified, at a known station, observed."""
    visits = delayed(snapshot, snapshot.as_of).visits
    is_verified = visits.verification == VERIFICATIONS.index("verified")
    has_seen = visits.outcome == OUTCOMES.index("observed")
    return visits.is_current & (visits.station >= 0) & is_verified & has_seen


@pytest.mark.slow
def test_every_published_unit_has_five_stations_three_teams_and_five_nobody_saw(citizens, told):
    old = delayed(citizens, citizens.as_of)
    rule = rule_of(old, gate(old, citizens.as_of, False))
    assert (rule.stations, rule.teams, rule.spare) == (5, 3, 5)
    where, facts = places(old.registry), facts_of(old)
    seen = facts.taken(facts.seen)
    parts = cut.partition(where.leaves, seen.station, seen.team, rule, where.ground.borders)
    finest = parts.finest[where.leaves.of_station]
    assert len(parts) == len(told.units)
    for unit in with_status(told, np.arange(1, len(parts)), "published").tolist():
        inside = np.isin(finest, _within(parts, unit))
        here = inside[seen.station]
        visited = len(np.unique(seen.station[here]))
        assert visited >= 5
        assert len(np.unique(seen.team[here])) >= 3
        assert int(inside.sum()) - visited >= 5
        assert told.units.coverage["all"].observed[unit] == visited


def _within(parts, unit):
    """A unit and everything that is part of it."""
    held, grew = {unit}, True
    while grew:
        more = {one for one in range(len(parts)) if int(parts.parent[one]) in held} - held
        held, grew = held | more, bool(more)
    return sorted(held)


@pytest.mark.slow
def test_the_planted_cluster_is_named_by_press_and_desk(citizens, told):
    planted = "Shymkent"
    assert [one.name for one in told.clusters["all/medium"].clusters] == [planted]
    assert [one.name for one in told.clusters["all/high"].clusters] == [planted]
    (desk,) = find_clusters(citizens, [choices(citizens)["", "medium"]])
    assert [one.town for one in desk.clusters] == [planted]
    (cluster,) = told.clusters["all/medium"].clusters
    print(f"{planted}: {cluster.k} of {cluster.n} stations; elsewhere {cluster.rest_k} of {cluster.rest_n}")
    assert cluster.k / cluster.n > 2 * cluster.rest_k / cluster.rest_n


def test_every_region_the_international_mission_observed_has_a_figure(international):
    snapshot, seen = international
    old = delayed(snapshot, snapshot.as_of)
    home = snapshot.registry.area_at_level(1)
    visited = np.unique(home[old.visits.station[_counted(snapshot)]])
    assert len(visited) >= 10
    for area in visited.tolist():
        unit = int(seen.area_unit[area])
        assert unit >= 0
        assert seen.units.coverage["all"].observed[unit] > 0
        assert seen.units.findings["all/medium"].asked[unit] > 0


def test_a_region_of_one_or_two_teams_is_labelled(international):
    snapshot, seen = international
    visits, rows = snapshot.visits, _counted(snapshot)
    home = snapshot.registry.area_at_level(1)[visits.station]
    labelled = 0
    for position, area in enumerate(seen.area.tolist()):
        teams = np.unique(visits.team[rows & (home == area) & (visits.team >= 0)])
        assert seen.by_area.few_teams[position] == (len(teams) in (1, 2))
        labelled += len(teams) in (1, 2)
    assert labelled
