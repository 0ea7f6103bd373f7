"""The power experiment in small: three simulated missions with a planted hot spot, three without."""

import pytest

from tests.bench import hot_spot_power


@pytest.mark.slow
def test_planted_hot_spot_of_a_citizen_mission_is_found_and_none_is_invented():
    rows = hot_spot_power.mission_rows("citizen", "citizen", None, 4, seeds=3)
    hot_spot = rows[-1]
    assert hot_spot["step"] == "hot_spot"
    assert hot_spot["found"] >= 0.6
    assert hot_spot["false"] <= 0.2
    assert hot_spot["null_maps_flagged"] <= 0.2


def test_fifteen_teams_cannot_carry_a_hot_spot_map():
    found = hot_spot_power.trial("international", None, 4, seed=1, planted=True)
    assert found.reason == "too_few_units"
    assert not any(cells.any() for cells in found.flagged.values())
