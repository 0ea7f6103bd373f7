"""The power experiment in small: what the benchmark measures on 100 maps of each kind, on one or two."""

import pytest

from tests.bench import cluster_power


@pytest.mark.slow
def test_planted_hot_spot_of_a_citizen_mission_is_found():
    row = cluster_power.row("planted, 2,000 static observers", seeds=2)
    assert row["mostly"] == 1
    assert row["false_stations"] <= 0.2


def test_no_cluster_is_invented_where_teams_differ_in_strictness():
    assert cluster_power.row("null, 60 mobile teams", seeds=2)["flagged"] == 0
