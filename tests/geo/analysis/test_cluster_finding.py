"""A mission's clusters: what is one, what it is called, and why there may be none."""

import numpy as np
import pytest

from geo.analysis import cluster_finding as finding
from geo.analysis.station_trials import Answers, Observed
from geo.model.counts import Choice
from geo.model.errors import Cancelled
from tests import factory


def mission(rows, **more):
    """Stations 1.1 km apart from lon 70.1; each row is (station, team, has a finding) of one visit."""
    stations = [
        {
            "area_id": "A", "number": str(n), "lon": 70.1 + n / 64, "lat": 50.5, "voters": 900 + n,
            "settlement": "Aral" if n < 10 else "Saksaul",
        }
        for n in sorted({row[0] for row in rows})
    ]  # fmt: skip
    visits = [
        {
            "visit_id": f"v{i:04}", "area_id": "A", "number": str(station), "team_id": team,
            "stage": "voting", "outcome": "observed", "verification": "verified", "answered": "sealed",
        }
        for i, (station, team, _) in enumerate(rows)
    ]  # fmt: skip
    found = [
        {"incident_id": f"i{i:04}", "visit_id": f"v{i:04}", "category": "sealed", "verification": "verified"}
        for i, row in enumerate(rows)
        if row[2]
    ]
    return factory.snapshot(
        areas=factory.squares("A"), stations=[*stations, *more.pop("stations", [])],
        categories=factory.categories(sealed="high", poster="low"),
        visits=[*visits, *more.pop("visits", [])], incidents=found, **more,
    )  # fmt: skip


def clustered(teams="KLMN"):
    """90 stations, 2 visits each; the first 13 have a finding, of the others one in eight."""
    rows = []
    for station in range(90):
        for turn in range(2):
            team = teams[(station + turn * 2) % len(teams)] if teams else ""
            rows.append((station, team, station < 13 or station % 8 == 7))
    return rows


def search(rows, **more):
    [one] = finding.find_clusters(mission(rows, **more), [Choice()])
    return one


def test_planted_cluster_is_found_with_its_numbers():
    found = search(clustered())
    [spot] = found.clusters
    assert (found.why, found.stations, found.with_finding, found.teams) == ("", 90, 23, 4)
    assert (spot.k, spot.n, spot.rest_k, spot.rest_n) == (13, 13, 10, 77)
    assert spot.expected == pytest.approx(13 * 23 / 90)
    assert spot.ratio == pytest.approx(77 / 10)
    assert spot.teams == 4
    assert max(spot.p, spot.p_without) <= 0.05


def test_cluster_is_returned_with_its_stations_and_where_it_lies():
    snapshot = mission(clustered())
    [found] = finding.find_clusters(snapshot, [Choice()])
    [spot] = found.clusters
    ids = [snapshot.registry.stations.station_id[i].as_py() for i in spot.stations.tolist()]
    assert sorted(ids) == sorted(f"A/{n}" for n in range(13))
    ends = (np.array([70.1, 70.1 + 12 / 64]) - spot.lon) * 70_980  # metres in a degree at 50.5° north
    assert spot.lat == pytest.approx(50.5, abs=0.001)
    assert np.abs(ends).max() == pytest.approx(spot.radius_m, rel=0.05)


def test_cluster_is_named_after_the_town_of_most_voters():
    [spot] = search(clustered()).clusters
    assert spot.town == "Aral"


def test_cluster_without_a_settlement_is_named_after_its_area():
    snapshot = mission(clustered())
    names = finding._name(snapshot, np.array([0, 1]))
    assert names == ("Aral", 0)
    bare = factory.snapshot(
        areas=factory.squares("A"), stations=[{"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5}]
    )
    assert finding._name(bare, np.array([0])) == ("", 0)


def test_one_strict_team_is_no_cluster_but_is_counted():
    rows = [(s, "K" if s < 11 else "LMN"[s % 3], s < 11 or s % 8 == 7) for s in range(60)]
    found = search(rows)
    assert (found.why, found.clusters, found.leaning) == ("", (), 1)
    assert found.p <= 0.05


def test_where_no_team_is_named_a_cluster_is_found():
    [spot] = search(clustered(teams="")).clusters
    assert (spot.k, spot.teams) == (13, 0)


def test_findings_crowded_on_one_piece_of_ground_are_no_cluster_without_a_team():
    stations = [
        {"area_id": "A", "number": f"c{i}", "lon": 70.9 + i / 20_000, "lat": 50.9, "voters": 10}
        for i in range(12)
    ]
    visits = [
        {
            "visit_id": f"w{i}", "area_id": "A", "number": f"c{i}", "stage": "voting", "outcome": "observed",
            "verification": "verified", "answered": "sealed",
        }
        for i in range(12)
    ]  # fmt: skip
    snapshot = mission([(s, "", s % 10 == 7) for s in range(60)], stations=stations, visits=visits)
    hot = np.isin(snapshot.visits.visit_id.to_pylist(), [f"w{i}" for i in range(12)])
    answers = [
        Answers(np.ones(len(hot), dtype=bool), hot | (finding._answers(snapshot, Choice()).has_finding))
    ]
    stations_ = snapshot.registry.stations
    observed = Observed(
        stations_.lon, stations_.lat, stations_.area, snapshot.visits.station, snapshot.visits.team
    )
    [judged] = finding.judge_together(observed, answers, finding.ScanRules())
    assert (judged.separated.clusters, judged.separated.leaning) == ((), 1)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no_visits"),
        ([(i, "KLM"[i % 3], True) for i in range(49)], "few_stations"),
        ([(i, "KLM"[i % 3], i < 9) for i in range(50)], "few_findings"),
        ([(i, "KL"[i % 2], i < 10) for i in range(50)], "few_teams"),
        ([(i, "KLM"[i % 3], True) for i in range(50)], "all_findings"),
        ([(i, "KLM"[i % 3], i < 10) for i in range(50)], ""),
    ],
)
def test_below_its_minimum_no_search_is_made_and_it_says_why(rows, why):
    found = search(rows)
    assert found.why == why
    assert np.isnan(found.p) == bool(why)


def test_visits_at_stations_without_a_place_are_told_apart_from_no_visits():
    visit = {
        "visit_id": "w", "area_id": "A", "number": "x", "team_id": "K", "stage": "voting",
        "outcome": "observed", "verification": "verified", "answered": "sealed",
    }  # fmt: skip
    found = search([], stations=[{"area_id": "A", "number": "x", "voters": 5}], visits=[visit])
    assert (found.why, found.unplaced) == ("no_place", 1)


def test_a_choice_nobody_asked_about_is_not_tested_and_leaves_the_others_alone():
    snapshot = mission(clustered())
    alone = finding.find_clusters(snapshot, [Choice()])
    both = finding.find_clusters(snapshot, [Choice(), Choice(categories=("poster",), severity="low")])
    assert both[1].why == "no_visits"
    assert both[0].limit == alone[0].limit


def test_same_seed_gives_the_same_answer():
    snapshot = mission(clustered())
    one, two = (finding.find_clusters(snapshot, [Choice()], seed=3)[0] for _ in range(2))
    assert one.clusters[0].stations.tolist() == two.clusters[0].stations.tolist()
    assert (one.p, one.clusters[0].p_without) == (two.p, two.clusters[0].p_without)


def test_progress_reaches_the_end_and_never_falls():
    shares = []
    finding.find_clusters(mission(clustered()), [Choice()], progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_work_that_nobody_waits_for_ends():
    with pytest.raises(Cancelled):
        finding.find_clusters(mission(clustered()), [Choice()], should_stop=lambda: True)


def test_a_city_of_74_percent_among_33_percent_is_the_first_cluster():
    """1,536 stations with one report and one team each; 314 of them in a city 15 km across."""
    rng = np.random.default_rng(46)
    city = rng.uniform([67.90, 47.65], [68.08, 47.78], (314, 2))
    lon, lat = np.vstack([city, rng.uniform([66, 46], [70, 50], (1222, 2))]).T
    number = np.arange(1536)
    has = np.append(np.arange(314) < 233, rng.permutation(1222) < 403)
    has[:314] = has[rng.permutation(314)]
    area = (np.floor((lon - 66) * 2) * 8 + np.floor((lat - 46) * 2)).astype(np.int64)
    observed = Observed(lon=lon, lat=lat, area=area, station=number, team=number)
    [judged] = finding.judge_together(
        observed, [Answers(np.ones(1536, dtype=bool), has)], finding.ScanRules()
    )
    first = judged.separated.clusters[0]
    assert (first.n, first.k) == (pytest.approx(314, abs=15), pytest.approx(233, abs=10))
    assert max(first.p, first.p_without) <= 0.002
