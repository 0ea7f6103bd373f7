"""Estimates from a random sample, beside the textbook's formulas written out by themselves."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import StatisticError
from geo.model.tables import OVERALL, STAGES
from geo.publication import release
from geo.publication.national_estimate import combined_ratio, estimates
from geo.publication.serialization import from_plain, kept
from geo.publication.snapshot_facts import facts_of
from tests import factory
from tests.geo.publication.test_release import CATEGORIES, LONG_AGO, NOW

FRAME, SAMPLE, STRATA = 5_362, 524, 12
Z = 1.959964


def parted(total, share):
    """A total cut into whole parts in proportion to weights."""
    ends = np.round(np.cumsum(share) / np.sum(share) * total).astype(int)
    return np.diff(np.concatenate([[0], ends]))


SIZES = parted(FRAME, np.arange(STRATA) + 4.0)
DRAWN = parted(SAMPLE, np.sqrt(np.arange(STRATA) + 4.0))  # out of proportion: an unweighted share is wrong


def sample_mission(teams=0):
    """524 of 5,362 stations in 12 strata over 4 areas, one visit each.

    `teams`: so many that find something wherever they come, and so many that never do; 0: nobody is named.
    """
    rng = np.random.default_rng(524)
    stations, visits, incidents = [], [], []
    for stratum, (size, drawn) in enumerate(zip(SIZES.tolist(), DRAWN.tolist(), strict=True)):
        chosen = set(rng.choice(size, drawn, replace=False).tolist())
        for number in range(size):
            place = {"area_id": "ABCD"[stratum % 4], "number": f"{stratum}-{number}"}
            stations.append(place | {"stratum": f"S{stratum:02}", "is_sampled": number in chosen})
            if number not in chosen:
                continue
            name = f"{stratum}-{number}"
            visits.append(place | {
                "visit_id": name, "verification": "verified", "answered": "*", "received": LONG_AGO,
                "overall": "bad" if rng.random() < 0.05 + 0.02 * stratum else "good",
            })  # fmt: skip
            finds = rng.random() < 0.1 + 0.05 * stratum
            if teams:
                visits[-1]["team_id"] = f"{finds}-{len(visits) % teams}"
            if finds:
                incidents.append({"incident_id": name, "visit_id": name, "category": "sealed",
                                  "verification": "verified"})  # fmt: skip
    about = factory.mission(nature="live", frame="complete", selection="probability")
    return factory.snapshot(
        about=about, areas=factory.squares(*"ABCD"), stations=stations, visits=visits, incidents=incidents,
        categories=CATEGORIES,
    )  # fmt: skip


def textbook(strata, chosen):
    """Lohr 3.1 to 3.3 for a share: strata is a list of (N, ones and zeros of those drawn)."""
    frame = sum(size for size, _ in strata)
    share = sum(size / frame * sum(drawn) / len(drawn) for size, drawn in strata)
    variance = 0.0
    for size, drawn in strata:
        mean = sum(drawn) / len(drawn)
        spread = sum((one - mean) ** 2 for one in drawn) / (len(drawn) - 1)  # s² of Lohr 3.2
        variance += (1 - len(drawn) / size) * (size / frame) ** 2 * spread / len(drawn)
    assert chosen == sum(len(drawn) for _, drawn in strata)
    return share, Z * math.sqrt(variance)


@pytest.fixture(scope="module")
def mission():
    return sample_mission()


@pytest.fixture(scope="module")
def seen(mission):
    return release(mission, NOW, cleared=True)


def strata_of_rows(snapshot, says, area=None):
    """Of every stratum its size and a 0 or 1 per station drawn, taken from the rows as a reader would."""
    stations, visits = snapshot.registry.stations, snapshot.visits
    label = np.array(stations.stratum.to_pylist())
    home = snapshot.registry.area_at_level(1)
    drawn = {}
    for row, station in enumerate(visits.station.tolist()):
        if area is None or home[station] == area:
            drawn.setdefault(label[station], []).append(int(says(row)))
    within = label if area is None else label[home == area]
    return [(int((within == one).sum()), drawn[one]) for one in sorted(set(within.tolist()))]


def has_finding(snapshot):
    rows = set(snapshot.incidents.visit.tolist())
    return lambda row: row in rows


def is_bad(snapshot):
    return lambda row: snapshot.visits.overall[row] >= OVERALL.index("bad")


@pytest.mark.parametrize("figure", ["findings", "assessments", "categories"])
def test_the_country_s_share_and_margin_are_the_textbook_s_to_four_digits(mission, seen, figure):
    name = {"findings": "all/medium", "assessments": "all", "categories": "sealed"}[figure]
    says = is_bad(mission) if figure == "assessments" else has_finding(mission)
    share, margin = textbook(strata_of_rows(mission, says), SAMPLE)
    shares = getattr(seen.nation, figure)[name]
    assert (round(float(shares.estimate[0]), 4), round(float(shares.margin[0]), 4)) == (
        round(share, 4),
        round(margin, 4),
    )


def test_every_region_s_share_and_margin_are_the_textbook_s_to_four_digits(mission, seen):
    shares = seen.by_area.findings["all/medium"]
    for area in range(4):
        strata = strata_of_rows(mission, has_finding(mission), area)
        share, margin = textbook(strata, sum(len(drawn) for _, drawn in strata))
        assert shares.estimate[area] == pytest.approx(share, abs=5e-5)
        assert shares.margin[area] == pytest.approx(margin, abs=5e-5)


def test_an_unweighted_share_of_that_sample_would_be_wrong(seen):
    shares = seen.nation.findings["all/medium"]
    assert abs(shares.rate[0] - shares.estimate[0]) > 0.01


def test_the_sample_s_stations_are_counted_as_they_are(seen):
    assert seen.nation.stations[0] == FRAME
    assert seen.nation.coverage["all"].observed[0] == SAMPLE


def test_a_team_that_saw_several_stations_widens_the_margin(seen):
    named = release(sample_mission(teams=20), NOW, cleared=True)
    one, other = (each.nation.findings["all/medium"] for each in (named, seen))
    assert one.estimate[0] == other.estimate[0]
    assert one.margin[0] > 2 * other.margin[0]


def estimate_of_none(frame, drawn):
    strata = np.zeros(frame, dtype=np.int64)
    asked = np.arange(frame) < drawn
    nobody = facts_of(factory.snapshot(areas=factory.squares("A")))
    made = estimates(asked, asked & False, nobody, strata, np.array([0]), 1, strata)
    return float(made.low[0]), float(made.high[0])


def test_nothing_found_in_a_sample_of_sixty_is_up_to_four_point_nine_percent():
    low, high = estimate_of_none(60_000, 60)
    assert (low, round(high, 4)) == (0.0, 0.0487)


def test_a_finding_at_every_station_drawn_has_one_limit_however_the_strata_add_up():
    size, drawn = [135, 212, 130, 387, 155, 38], [14, 3, 9, 6, 19, 2]  # these weights add up to 1 - 1e-16
    strata = np.repeat(np.arange(6), size)
    asked = np.concatenate([np.arange(of) < few for of, few in zip(size, drawn, strict=True)])
    nobody = facts_of(factory.snapshot(areas=factory.squares("A")))
    made = estimates(asked, asked, nobody, np.zeros(len(strata), dtype=np.int64), np.array([0]), 1, strata)
    spread = sum((of / 1057) ** 2 * (1 - few / of) / few for of, few in zip(size, drawn, strict=True))
    assert (round(float(made.low[0]), 9), float(made.high[0])) == (round(0.05**spread, 9), 1.0)


def test_a_census_without_a_finding_is_up_to_nothing():
    assert estimate_of_none(60, 60) == (0.0, 0.0)


def ratio_by_hand(sizes, rows):
    """Lohr 4.5, combined: rows is a list of (y, x, stratum)."""
    total_y = total_x = 0.0
    for stratum, size in enumerate(sizes):
        mine = [(y, x) for y, x, of in rows if of == stratum]
        total_y += size * sum(y for y, _ in mine) / len(mine)
        total_x += size * sum(x for _, x in mine) / len(mine)
    ratio, variance = total_y / total_x, 0.0
    for stratum, size in enumerate(sizes):
        rest = [y - ratio * x for y, x, of in rows if of == stratum]
        mean = sum(rest) / len(rest)
        spread = sum((one - mean) ** 2 for one in rest) / (len(rest) - 1)
        variance += size**2 * (1 - len(rest) / size) * spread / len(rest)
    return ratio, math.sqrt(variance) / total_x


def test_turnout_of_the_same_sample_is_the_combined_ratio_to_four_digits():
    rng = np.random.default_rng(3)
    rows = []
    for stratum, drawn in enumerate(DRAWN.tolist()):
        for _ in range(drawn):
            voters = int(rng.integers(100, 2500))
            rows.append((int(rng.binomial(voters, 0.4 + 0.02 * stratum)), voters, stratum))
    got = combined_ratio(*np.array(rows).T, SIZES)
    ratio, error = ratio_by_hand(SIZES.tolist(), rows)
    assert (round(got.ratio, 4), round(got.margin, 4)) == (round(ratio, 4), round(Z * error, 4))


def test_a_census_has_its_ratio_and_no_margin():
    got = combined_ratio([4, 6, 5], [10, 10, 10], [0, 0, 1], [2, 1])
    assert (got.ratio, got.margin) == (0.5, 0.0)


def test_a_stratum_nobody_was_drawn_of_leaves_the_ratio_unknown():
    assert math.isnan(combined_ratio([4, 6], [10, 10], [0, 0], [5, 7]).ratio)


def test_a_single_station_of_several_has_a_ratio_and_no_margin():
    got = combined_ratio([4, 6, 5], [10, 10, 10], [0, 0, 1], [9, 9])
    assert got.ratio == 0.5
    assert math.isnan(got.margin)


@pytest.mark.parametrize(("stratum", "size"), [([0, 2], [5, 5]), ([0], [5]), ([0, 0], [1])])
def test_a_ratio_of_rows_that_do_not_fit_is_refused(stratum, size):
    with pytest.raises(StatisticError):
        combined_ratio([4, 6], [10, 10], stratum, size)


@given(st.floats(0.01, 1), st.integers(0, 1000))
def test_where_every_station_has_the_same_turnout_the_margin_is_nothing(turnout, seed):
    voters = np.random.default_rng(seed).integers(1, 3000, 24).astype(float)
    got = combined_ratio(turnout * voters, voters, np.repeat([0, 1, 2], 8), [40, 80, 9])
    assert got.ratio == pytest.approx(turnout)
    assert got.margin == pytest.approx(0, abs=1e-6)


def with_turnout(mission, selection="probability", stage="counting", voters=None):
    """The sample with forms of the count: more voters where the stratum's number is higher."""
    rng = np.random.default_rng(8)
    label = np.array(mission.registry.stations.stratum.to_pylist())
    stratum = np.array([int(one[1:]) for one in label])[mission.visits.station]
    registered = rng.integers(100, 2_500, len(stratum)).astype(float)
    voted = rng.binomial(registered.astype(int), 0.4 + 0.02 * stratum).astype(float)
    stages = np.full(len(stratum), STAGES.index(stage), dtype=np.int8)
    visits = replace(
        mission.visits, stage=stages, voted=voted,
        registered_voters=registered if voters is None else np.full(len(stratum), voters),
    )  # fmt: skip
    return replace(mission, visits=visits, mission=replace(mission.mission, selection=selection))


def test_national_turnout_and_its_margin_are_the_textbook_s_to_four_digits(mission):
    day = with_turnout(mission)
    label = np.array(day.registry.stations.stratum.to_pylist())[day.visits.station]
    names = sorted(set(label.tolist()))
    rows = [
        (voted, registered, names.index(name))
        for voted, registered, name in zip(day.visits.voted, day.visits.registered_voters, label, strict=True)
    ]
    ratio, error = ratio_by_hand(SIZES.tolist(), rows)  # Lohr, Sampling, 4.5: combined ratio estimator
    turnout = release(day, NOW, cleared=True).turnout
    assert turnout.stations == SAMPLE
    assert (round(turnout.share, 4), round(turnout.margin, 4)) == (round(ratio, 4), round(Z * error, 4))


def test_turnout_of_chosen_stations_has_no_margin(mission):
    day = with_turnout(mission, selection="purposive")
    turnout = release(day, NOW, cleared=True).turnout
    assert turnout.share == pytest.approx(day.visits.voted.sum() / day.visits.registered_voters.sum())
    assert math.isnan(turnout.margin)


@pytest.mark.parametrize("stage", ["opening", "voting"])
def test_voters_counted_before_closing_are_no_turnout(mission, stage):
    assert release(with_turnout(mission, stage=stage), NOW, cleared=True).turnout is None


def test_form_without_a_list_has_the_register_s_and_one_with_more_voters_than_listed_none(mission):
    day = with_turnout(mission, voters=np.nan)
    assert release(day, NOW, cleared=True).turnout is None  # the register gives no voters either
    assert release(with_turnout(mission, voters=0.0), NOW, cleared=True).turnout is None


def test_turnout_of_all_stations_but_one_is_not_told(mission):
    day = with_turnout(mission)
    voted = day.visits.voted.copy()
    voted[0] = np.nan
    assert release(replace(day, visits=replace(day.visits, voted=voted)), NOW, cleared=True).turnout is None
    voted[:6] = np.nan
    told = release(replace(day, visits=replace(day.visits, voted=voted)), NOW, cleared=True).turnout
    assert told.stations == SAMPLE - 6


def test_release_with_a_turnout_is_kept_as_it_is(mission):
    made = release(with_turnout(mission), NOW, cleared=True)
    assert from_plain(json.loads(json.dumps(kept(made)))).turnout == made.turnout
