"""The median of a number that visits carry: told of enough stations and teams, and as coarse as it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from geo.model.columns import MINUTE, NO_TIME
from geo.publication import release, serialization, visit_numbers
from geo.publication.sign_off import SignOff
from geo.publication.visit_numbers import VisitNumber
from tests import factory

NOW = datetime(2005, 12, 7, 12, tzinfo=UTC)


def minutes(visits):
    known = (visits.arrived != NO_TIME) & (visits.left > visits.arrived)
    return np.where(known, (visits.left - visits.arrived) // MINUTE, -1).astype(np.int64)


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    monkeypatch.setattr(visit_numbers, "NUMBERS", (VisitNumber("minutes", minutes, 5),))


def snapshot(lasted, nature="simulated", teams=4):
    """Two areas of 40 stations; `lasted`: by area the minutes of each visit, None where a form gives none."""
    arrived = NOW - timedelta(days=2)
    visits = [
        {
            "visit_id": f"{a}{n}", "area_id": a, "number": str(n), "team_id": f"T{n % teams}",
            "stage": "voting", "verification": "verified", "answered": "*", "outcome": "observed",
            "arrived": arrived, "received": arrived,
            **({"left": arrived + timedelta(minutes=one)} if one is not None else {}),
        }
        for a, each in lasted.items() for n, one in enumerate(each)
    ]  # fmt: skip
    made = factory.snapshot(
        about=factory.mission(nature=nature, frame="complete"), areas=factory.squares("A", "B"),
        stations=[
            {"area_id": a, "number": str(n), "lon": 70.2 + x + n % 2 / 2 + n / 2000, "lat": 50.5}
            for x, a in enumerate("AB") for n in range(40)
        ],
        visits=visits, categories=factory.categories(sealed="high"),
    )  # fmt: skip
    return replace(made, as_of=NOW)


def medians(made, stage="all"):
    """Status and value of country, A and B."""
    told = [units.medians["minutes"][stage] for units in (made.nation, made.by_area)]
    return [
        (status, value) for one in told for status, value in zip(one.status, one.value.tolist(), strict=True)
    ]


def test_median_of_country_and_regions_is_told_and_rounded():
    made = release(snapshot({"A": [11, 12, 13] * 4, "B": [33, 41, 52] * 4}), NOW)
    assert medians(made) == [("published", 25.0), ("published", 10.0), ("published", 40.0)]


@pytest.mark.parametrize(
    ("b", "teams"), [([30] * 4 + [None] * 8, 4), ([None] * 12, 4)], ids=["four stations", "nobody"]
)
def test_median_of_too_few_stations_is_not_told(b, teams):
    told = medians(release(snapshot({"A": [12] * 12, "B": b}, teams=teams), NOW))
    assert told[1] == ("published", 10.0)
    assert told[2][0] == "insufficient" and np.isnan(told[2][1])


def test_no_patch_has_a_median():
    made = release(snapshot({"A": [12] * 24, "B": [30] * 24}), NOW)
    deep = made.units.taken(np.flatnonzero(made.units.level > 1))
    assert len(deep) and np.isnan(deep.medians["minutes"]["all"].value).all()


def test_release_with_medians_comes_back_as_it_was_kept():
    made = release(snapshot({"A": [12] * 12, "B": [30] * 12}), NOW)
    again = serialization.from_plain(serialization.kept(made))
    assert again == made and medians(again) == medians(made)


def test_release_of_no_listed_number_has_no_median(monkeypatch):
    monkeypatch.setattr(visit_numbers, "NUMBERS", ())
    assert dict(release(snapshot({"A": [12] * 12, "B": [30] * 12}), NOW).units.medians) == {}


def cleared(desk, seen, hours):
    at = NOW + timedelta(hours=hours)
    version = desk.prepare(seen).release.version
    desk.verify(seen, version, "Aigul", at)
    desk.clear("test", version, "Boris", at + timedelta(minutes=1))
    return desk.prepare(seen).release


@pytest.mark.parametrize(("changed", "told"), [(2, 15.0), (12, 50.0)])
def test_later_release_tells_a_median_anew_only_if_enough_stations_changed(tmp_path, changed, told):
    desk, first = SignOff(tmp_path / "releases"), [10] * 6 + [20] * 6
    assert medians(cleared(desk, snapshot({"A": first, "B": first}, "live"), 0))[1] == ("published", 15.0)
    then = snapshot({"A": [50] * changed + first[changed:], "B": first}, "live")
    assert medians(desk.prepare(then).release)[1] == ("published", told)


def test_release_kept_before_a_number_was_listed_can_be_compared(tmp_path, monkeypatch):
    desk, seen = SignOff(tmp_path / "releases"), snapshot({"A": [12] * 12, "B": [30] * 12}, "live")
    number = visit_numbers.NUMBERS
    monkeypatch.setattr(visit_numbers, "NUMBERS", ())
    cleared(desk, seen, 0)
    monkeypatch.setattr(visit_numbers, "NUMBERS", number)
    assert medians(desk.prepare(seen).release)[1] == ("published", 10.0)
