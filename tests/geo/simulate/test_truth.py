"""What is planted is there: rates, correlation within teams, the hot spot."""

import numpy as np
import pytest
from scipy.special import expit

from geo.simulate import draw
from geo.simulate.schedule import COUNTING, OBSERVED, OPENING, VOTING
from geo.simulate.simulated_findings import STATION_SIGMA, calibrate
from tests.geo.simulate import small


def icc_anova(cases, visits):
    """Return the analysis-of-variance estimate of intra-cluster correlation for equal team sizes."""
    teams, p = len(cases), cases.sum() / (len(cases) * visits)
    between = visits * np.sum((cases / visits - p) ** 2) / (teams - 1)
    within = np.sum(cases * (1 - cases / visits)) / (teams * (visits - 1))
    return (between - within) / (between + (visits - 1) * within)


@pytest.mark.parametrize("icc", [0.0, 0.02, 0.05, 0.1])
def test_drawn_teams_have_the_rate_and_correlation_asked_for(icc):
    model = calibrate(0.08, icc, 3.5)
    rng = np.random.default_rng(11)
    team = rng.normal(0, model.team_sigma, (20_000, 1))
    station = rng.normal(0, STATION_SIGMA, (20_000, 20))
    cases = (rng.random((20_000, 20)) < expit(model.intercept + team + station)).sum(axis=1)
    assert cases.mean() / 20 == pytest.approx(0.08, abs=0.002)
    assert icc_anova(cases, 20) == pytest.approx(icc, abs=0.006)


@pytest.mark.parametrize("rate", [0.005, 0.08, 0.5])
def test_every_rate_and_correlation_allowed_can_be_calibrated(rate):
    ratio = 0.9 / rate
    weak, strong = calibrate(rate, 0.0, 1.0), calibrate(rate, 0.3, ratio)
    assert weak.team_sigma == 0
    assert weak.cluster_effect == pytest.approx(0, abs=1e-9)
    assert 0 < strong.team_sigma < 6
    assert strong.cluster_effect > 0


def test_inside_the_hot_spot_the_rate_is_the_ratio_asked_for():
    model = calibrate(0.08, 0.05, 3.5)
    rng = np.random.default_rng(2)
    effects = rng.normal(0, model.team_sigma, 400_000) + rng.normal(0, STATION_SIGMA, 400_000)
    inside = expit(model.intercept + model.cluster_effect + effects).mean()
    assert inside == pytest.approx(0.28, abs=0.002)


@pytest.fixture(scope="module")
def citizen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("citizen")
    return draw(small.options(folder, preset="citizen", teams=1_000, stations=3_000, script=False))


def test_the_planted_rate_is_at_least_two_and_a_half_times_the_rest(citizen):
    inside = citizen.is_in_cluster
    truth = citizen.truth_rate_of_station
    assert truth[inside].mean() > 2.5 * truth[~inside].mean()
    seen = citizen.outcome == OBSERVED
    hit = inside[citizen.station_of_visit]
    assert citizen.is_finding[seen & hit].mean() > 2.5 * citizen.is_finding[seen & ~hit].mean()


def test_citizen_observers_can_find_the_hot_spot(citizen):
    hit = citizen.is_in_cluster[citizen.station_of_visit] & (citizen.outcome == OBSERVED)
    assert hit.sum() >= 50
    assert citizen.is_finding[hit].sum() >= 10
    assert len(set(citizen.team_of_visit[hit])) >= 3


def test_observed_voting_rates_match_the_truth(citizen):
    voting = (citizen.outcome == OBSERVED) & (citizen.stage_of_visit == VOTING)
    expected = citizen.truth_rate_of_station[citizen.station_of_visit[voting]]
    assert citizen.is_finding[voting].mean() == pytest.approx(expected.mean(), rel=0.15)


def test_without_a_planted_cluster_no_station_is_in_it(tmp_path):
    day = draw(small.options(tmp_path, cluster=False))
    assert not day.is_in_cluster.any()
    assert day.ground.cluster is None


def test_the_cluster_lies_within_its_radius_of_the_town(citizen):
    planted = citizen.ground.cluster
    assert planted is not None
    assert planted.town in citizen.ground.land.town_name
    assert 0 < citizen.is_in_cluster.mean() < 0.5


def test_equally_strict_teams_have_no_effect(tmp_path):
    day = draw(small.options(tmp_path, team_icc=0.0, script=False))
    assert (day.team_effect == 0).all()


def test_findings_are_of_categories_the_stage_asks_about(citizen):
    catalog = citizen.ground.catalog
    stage = citizen.stage_of_visit[citizen.visit_of_finding]
    assert catalog.asked[stage, citizen.category_of_finding].all()
    short = citizen.is_short[citizen.visit_of_finding]
    assert catalog.asked_short[stage, citizen.category_of_finding][short].all()


def test_flags_of_visits_agree_with_their_findings(citizen):
    low = citizen.ground.catalog.is_low[citizen.category_of_finding]
    visits = len(citizen.form)
    grave = np.bincount(citizen.visit_of_finding[~low], minlength=visits) > 0
    minor = np.bincount(citizen.visit_of_finding[low], minlength=visits) > 0
    assert (grave == citizen.is_finding).all()
    assert (minor == citizen.is_low_finding).all()


def test_no_visit_has_the_same_finding_twice(citizen):
    pairs = np.column_stack([citizen.visit_of_finding, citizen.category_of_finding])
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_forms_ask_by_stage(citizen):
    catalog = citizen.ground.catalog
    asked = {stage: {catalog.slugs[c] for c in np.flatnonzero(catalog.asked[stage])} for stage in range(5)}
    assert asked[OPENING] == {"box_open", "observer_access_denied"}
    assert asked[VOTING] == {"poster_missing", "stranger", "pressure", "observer_access_denied"}
    assert "protocol_copy_refused" in asked[COUNTING]
    assert not any("campaign_unfair" in slugs for slugs in asked.values())


@pytest.mark.parametrize("changes", [{}, {"preset": "citizen", "teams": 200}])
def test_equal_options_draw_equal_days(tmp_path, changes):
    one, two = (draw(small.options(tmp_path, **changes)) for _ in range(2))
    other = draw(small.options(tmp_path, seed=4, **changes))
    for name in ("lon", "station_of_visit", "received", "is_finding", "team_effect", "is_verified"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert not np.array_equal(one.lon, other.lon)
