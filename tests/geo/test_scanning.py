"""A mission's visits as points of the scan: who is a case, what is left out, which circle is shown."""

import numpy as np
import pytest

from geo import places, scanning
from geo.counts import Choice
from tests import factory

QUICK = {"replicates": 199}


def mission(rows, **more):
    """Stations 1.1 km apart from lon 70.1; each row is (station, team, has a finding) of one visit."""
    stations = [
        {"area_id": "A", "number": str(n), "lon": 70.1 + n / 64, "lat": 50.5, "voters": 900}
        for n in sorted({row[0] for row in rows})
    ]
    visits = [
        {
            "visit_id": f"v{i:04}", "area_id": "A", "number": str(station), "team_id": team,
            "stage": "voting", "outcome": "observed", "verification": "verified", "answered": "sealed",
        }
        for i, (station, team, _) in enumerate(rows)
    ]  # fmt: skip
    found = [
        {
            "incident_id": f"i{i:04}",
            "visit_id": f"v{i:04}",
            "category": "sealed",
            "verification": "verified",
        }
        for i, row in enumerate(rows)
        if row[2]
    ]
    return factory.snapshot(
        areas=factory.squares("A"), stations=[*stations, *more.pop("stations", [])],
        categories=factory.categories(sealed="high", poster="low"),
        visits=[*visits, *more.pop("visits", [])], incidents=found, **more,
    )  # fmt: skip


def clustered(teams="KLMN", strict=""):
    """40 stations, 3 visits each; every visit to the first 8 has a finding, of the others one in ten.

    With `strict`, only that team's visits to the first 8 have one.
    """
    rows = []
    for station in range(40):
        for turn in range(3):
            team = teams[(station + turn) % len(teams)]
            inside = station < 8 and (not strict or team == strict)
            rows.append((station, team, inside or (station + turn) % 10 == 9))
    return rows


def test_a_case_is_a_visit_that_asked_and_has_a_finding():
    snapshot = mission([(1, "K", True), (1, "L", False), (2, "K", False)])
    points = scanning.points_of(snapshot, Choice())
    assert points.visits.tolist() == [2, 1]
    assert points.cases.tolist() == [1, 0]


def test_visits_that_did_not_ask_are_no_points():
    assert len(scanning.points_of(mission([(1, "K", True)]), Choice(categories=("poster",))).visits) == 0


def test_points_lie_in_metres_of_an_equal_area_plane():
    points = scanning.points_of(mission([(0, "K", True), (40, "L", False)]), Choice())
    metres = places.GEOD.inv(70.1, 50.5, 70.1 + 40 / 64, 50.5)[2]
    assert np.hypot(np.diff(points.x), np.diff(points.y))[0] == pytest.approx(metres, rel=1e-3)


def test_visits_at_stations_without_a_place_are_left_out_and_counted():
    nowhere = {"area_id": "A", "number": "x", "voters": 5}
    visit = {
        "visit_id": "w", "area_id": "A", "number": "x", "team_id": "K", "stage": "voting",
        "outcome": "observed", "verification": "verified", "answered": "sealed",
    }  # fmt: skip
    points = scanning.points_of(mission([(1, "K", True)], stations=[nowhere], visits=[visit]), Choice())
    assert (points.visits.sum(), points.unplaced) == (1, 1)


def test_too_many_stations_are_put_together_and_no_visit_is_lost():
    snapshot = mission(clustered())
    points = scanning.points_of(snapshot, Choice(), most=10)
    alone = scanning.points_of(snapshot, Choice())
    assert points.resolution > 0 > alone.resolution
    assert len(points.visits) <= 10
    assert (points.visits.sum(), points.cases.sum()) == (alone.visits.sum(), alone.cases.sum())


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no_visits"),
        ([(i % 20, "KLM"[i % 3], True) for i in range(49)], "few_visits"),
        ([(i % 20, "KLM"[i % 3], i < 9) for i in range(50)], "few_cases"),
        ([(i % 20, "KL"[i % 2], i < 10) for i in range(50)], "few_teams"),
        ([(i % 20, "KLM"[i % 3], True) for i in range(50)], "all_cases"),
    ],
)
def test_below_its_minimum_no_scan_is_made_and_it_says_why(rows, why):
    found = scanning.run(mission(rows), Choice(), **QUICK)
    assert (found.why, found.circles) == (why, ())


def test_at_its_minimum_a_scan_is_made():
    rows = [(i % 20, "KLM"[i % 3], i < 10) for i in range(50)]
    assert scanning.run(mission(rows), Choice(), **QUICK).why == ""


def test_a_planted_cluster_is_found_with_its_numbers():
    found = scanning.run(mission(clustered()), Choice(), **QUICK)
    [circle] = found.circles
    assert circle.stations == tuple(sorted(f"A/{n}" for n in range(8)))
    assert (circle.visits, circle.observed, circle.teams) == (24, 24, 4)
    assert circle.expected == pytest.approx(24 * found.cases / found.visits)
    assert circle.p == pytest.approx(1 / 200)
    assert circle.is_robust


def test_the_ring_lies_at_the_radius_around_the_centre():
    circle = scanning.run(mission(clustered()), Choice(), **QUICK).circles[0]
    far = [places.GEOD.inv(circle.lon, circle.lat, *corner)[2] for corner in circle.ring]
    assert np.allclose(far, circle.radius_m, rtol=0.01)


def test_a_cluster_of_two_teams_is_counted_but_not_shown():
    rows = [
        (s, ("KL" if s < 8 else "MNO")[i % (2 if s < 8 else 3)], f) for i, (s, _, f) in enumerate(clustered())
    ]
    found = scanning.run(mission(rows), Choice(), **QUICK)
    assert (found.circles, found.withheld) == ((), 1)
    assert found.least_p <= scanning.SIGNIFICANT_P


def test_a_cluster_that_one_strict_team_makes_is_not_robust():
    rows = [(s, t, f) for s, t, f in clustered(strict="K") for _ in range(3)]
    found = scanning.run(mission(rows), Choice(), **QUICK)
    assert found.circles
    assert not any(circle.is_robust for circle in found.circles)


def test_progress_reaches_the_end_and_the_answer_is_the_same_twice():
    shares = []
    snapshot = mission(clustered())
    first = scanning.run(snapshot, Choice(), shares.append, **QUICK)
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert first == scanning.run(snapshot, Choice(), **QUICK)
