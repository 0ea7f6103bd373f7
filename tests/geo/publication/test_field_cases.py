"""Cases from the field, rebuilt small: what the press's release says where the first edition erred."""

import numpy as np
import pytest

from geo.analysis.cluster_finding import find_clusters
from geo.publication import HIDDEN, release
from geo.publication.publishable_reports import choices
from geo.publication.released import clusters_of
from tests import factory
from tests.geo.publication.test_release import NOW, STATIC, area_of, listed, made, shown, visits_to


def public(**more):
    return factory.mission(nature="public_source", frame="complete", **more)


def findings_of(visits, category="sealed", publication="cleared"):
    return [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": category,
         "verification": "verified", "publication": publication}
        for v in visits
    ]  # fmt: skip


def every_status(units):
    parts = (units.coverage, units.findings, units.assessments, units.categories)
    return {word for part in parts for one in part.values() for word in one.status}


@pytest.mark.parametrize("frame", ["complete", "partial"])
def test_case_38_a_mission_that_visited_every_station_says_how_many(frame):
    visits = visits_to("A", range(14)) + visits_to("B", range(14))
    places = [one for one in listed() if one["area_id"] in "AB"]
    about = factory.mission(nature="public_source", frame=frame)
    seen = release(made(visits, places=places, about=about), NOW)
    assert seen.nation.coverage["all"].observed.tolist() == [28]
    assert seen.by_area.coverage["all"].observed[:2].tolist() == [14, 14]
    assert not every_status(seen.units) & {"not_known", "merged", "not_reported"}


def test_case_42_a_finding_known_by_its_area_is_listed_there_and_claims_no_visit():
    about = factory.mission(nature="public_source")
    told = {"incident_id": "x", "area_id": "B", "category": "crowd", "publication": "public"}
    seen = release(made([], [told | {"verification": "verified"}], about=about), NOW)
    assert seen.mentions["area"].tolist() == [1]
    assert seen.mentions["station"].tolist() == [-1]
    assert set(seen.area_status) == {"not_known"}
    assert (seen.by_area.coverage["all"].observed == HIDDEN).all()


def test_case_42_beside_counted_visits_it_is_listed_and_changes_no_share():
    visits = visits_to("A", range(12))
    told = {"incident_id": "x", "area_id": "B", "category": "crowd", "publication": "public"}
    seen = release(made(visits, [told | {"verification": "verified"}], places=listed(), about=public()), NOW)
    assert seen.mentions["area"].tolist() == [1]
    assert seen.by_area.coverage["all"].observed[:2].tolist() == [12, 0]
    assert seen.nation.findings["all/low"].found[0] == 0


@pytest.fixture(scope="module", params=["", "T"])
def hot_city(request):
    """Case 46: 74 % of a city's stations among 33 % elsewhere, nobody named or everybody at one station."""
    rng = np.random.default_rng(46)
    places, visits, hit = [], [], []
    for area in "ABCDE":
        for n in range(160):
            place = {"area_id": area, "number": f"{n}"}
            lon, lat = 70 + "ABCDE".index(area) + float(rng.random()), 50 + float(rng.random())
            if area == "C":  # the city, 20 km across
                lon, lat = 72.5 + 0.2 * float(rng.random() - 0.5), 50.5 + 0.15 * float(rng.random() - 0.5)
            town = "Hotville" if area == "C" else f"Village {area}"
            places.append(place | {"lon": lon, "lat": lat, "voters": 900, "settlement": town})
            team = f"{request.param}{area}{n}" if request.param else ""
            (visit,) = visits_to(area, [n])
            visits.append(visit | {"team_id": team})
            if rng.random() < (0.74 if area == "C" else 0.33):
                hit.append(visits[-1])
    return made(visits, findings_of(hit), places=places, about=public())


def test_case_46_a_hot_city_is_the_first_cluster_of_the_press(hot_city):
    seen = shown(hot_city, clusters=clusters_of)
    first = seen.clusters["all/medium"].clusters[0]
    assert first.name == "Hotville"
    assert first.k / first.n > 0.65


def test_case_46_and_of_the_desk(hot_city):
    (search,) = find_clusters(hot_city, [choices(hot_city)["", "medium"]])
    assert search.clusters[0].town == "Hotville"
    assert 150 <= search.clusters[0].n <= 170  # a circle may leave out a few at the edge
    assert not search.by_team


def test_case_47_an_area_of_a_public_source_with_every_station_visited_says_so():
    seen = release(
        made(visits_to("A", range(14)) + visits_to("B", range(3)), places=listed(), about=public()), NOW
    )
    assert seen.by_area.coverage["all"].observed[:2].tolist() == [14, 3]
    assert seen.by_area.stations[:2].tolist() == [14, 14]
    assert "merged" not in seen.area_status


def test_case_48_stages_nobody_observed_are_not_observed_whatever_was_found():
    visits = visits_to("A", range(12))
    seen = release(
        made(visits, findings_of(visits[:4], "crowd", "public"), places=listed(), about=public()), NOW
    )
    at = area_of(seen, "A")
    words = {stage: one.status[at] for stage, one in seen.by_area.coverage.items()}
    assert words == {
        "all": "published", "voting": "published",
        "opening": "not_observed", "closing": "not_observed", "counting": "not_observed",
    }  # fmt: skip


def test_case_55_visits_nobody_verified_count_for_nothing():
    visits = [v | {"verification": "unverified"} for v in visits_to("A", range(12))]
    seen = release(made(visits, places=listed(), about=public()), NOW)
    assert seen.nation.coverage["all"].observed.tolist() == [0]
    assert seen.nation.status == ("not_observed",)


def test_case_55_visits_that_say_no_question_have_no_rate_and_are_counted():
    visits = [v | {"answered": ""} for v in visits_to("A", range(12))]
    seen = release(made(visits, places=listed(), about=public()), NOW)
    shares = seen.nation.findings["all/medium"]
    assert seen.nation.coverage["all"].observed.tolist() == [12]
    assert (int(shares.asked[0]), shares.status[0]) == (0, "insufficient")
    assert np.isnan(shares.rate[0])


def test_case_58_sixty_of_sixty_static_observers_are_told_where_others_are_left():
    visits = [v for area in "ABCDE" for v in visits_to(area, range(8), teams=8)]
    about = factory.mission(nature="simulated", frame="complete", selection="probability")
    seen = shown(made(visits, places=listed(), about=about, teams=STATIC))
    assert seen.by_area.coverage["all"].observed.tolist() == [8] * 5
    assert seen.by_area.findings["all/medium"].asked.tolist() == [8] * 5
    assert set(seen.area_status) == {"published"}


def test_case_66_one_visited_station_of_a_public_source_is_a_figure_with_its_label():
    about = factory.mission(nature="public_source")
    places = [{"area_id": "A", "number": "1"}]
    seen = release(
        made(visits_to("A", [1]), findings_of(visits_to("A", [1])), places=places, about=about), NOW
    )
    assert seen.nation.coverage["all"].observed.tolist() == [1]
    assert (
        int(seen.nation.findings["all/medium"].found[0]),
        int(seen.nation.findings["all/medium"].asked[0]),
    ) == (1, 1)
    assert seen.nation.findings["all/medium"].status == ("insufficient",)
    assert seen.nation.few_teams.tolist() == [True]
