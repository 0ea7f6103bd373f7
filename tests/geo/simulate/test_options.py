from dataclasses import replace
from pathlib import Path

import pytest

from geo.model.errors import InputError
from geo.simulate import SimulationOptions, draw
from geo.simulate.options import check, stops


def test_every_wrong_option_is_named_at_once():
    wrong = SimulationOptions(
        preset="army", stations=7, days=0, until="25:00", time_zone="Mars/Olympus", team_icc=0.9
    )
    with pytest.raises(InputError) as caught:
        check(wrong)
    text = str(caught.value)
    for word in ("preset 'army'", "stations 7", "days 0", "until '25:00'", "Mars/Olympus", "team_icc 0.9"):
        assert word in text
    assert len(text.splitlines()) == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"teams": 0}, "teams 0"),
        ({"teams": 9_581}, "cannot be more"),
        ({"stations": 3_000_000}, "100 to 2000000"),
        ({"seed": -1}, "seed -1"),
        ({"districts": -5}, "districts -5"),
        ({"cluster_ratio": 50.0}, "cluster_ratio 50"),
        ({"cluster_radius_km": 0.0}, "cluster_radius_km"),
        ({"base_rate": 0.9}, "base_rate 0.9"),
        ({"until": "7:00"}, "until '7:00'"),
        ({"out": Path("/tmp/Bad Name")}, "Bad Name"),
        ({"out": Path("/tmp/static")}, "'static' is an address of the server's own"),
    ],
)
def test_an_option_out_of_range_is_refused_with_its_value(change, says):
    with pytest.raises(InputError, match=says):
        draw(replace(SimulationOptions(), **change))


def test_hours_before_six_belong_to_the_night_after_election_day():
    assert stops(SimulationOptions(until="06:00")) == 360
    assert stops(SimulationOptions(until="02:30")) == 26 * 60 + 30
    assert stops(SimulationOptions()) == 30 * 60


def test_other_areas_do_not_get_kazakhstans_settlements_or_clock():
    assert SimulationOptions(areas=Path("elsewhere.geojson")).settlements_file is None
    assert SimulationOptions(areas=Path("elsewhere.geojson")).zone.key == "UTC"
    assert SimulationOptions().settlements_file.name == "kz.csv"
    assert SimulationOptions().zone.key == "Asia/Almaty"
