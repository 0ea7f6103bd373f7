"""What the press may see: cleared aggregates, and nothing of anybody."""

import json
import pickle
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model.mission import Disclosure
from geo.model.tables import BY_NAME
from geo.publication import HIDDEN, release
from geo.publication.listed_rows import MENTION_TEXTS, NOTE_COLUMNS, PRESENCE_COLUMNS, STATION_TEXTS
from geo.publication.publishable_reports import choice_name, choices
from geo.publication.published_clusters import FoundCluster, FoundClusters
from tests import factory

NOW = datetime(2005, 12, 7, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=2)
STAGES = ("opening", "voting", "closing", "counting")
CATEGORIES = [
    *factory.categories(poster="low", crowd="medium", sealed="high", secret="high"),
]
for category, public in zip(CATEGORIES, ("yes", "yes", "aggregate", "no"), strict=True):
    category["public"] = public


def listed(each=14):
    """Stations without a point: in an area, in no cell."""
    return [{"area_id": area, "number": f"{n}"} for area in "ABCDE" for n in range(each)]


def stations(areas="ABCDE", each=14):
    rng = np.random.default_rng(7)
    return [
        {
            "area_id": area, "number": f"{n}", "lon": 70.02 + i + 0.96 * float(rng.random()),
            "lat": 50.02 + 0.96 * float(rng.random()), "voters": 500,
        }
        for i, area in enumerate(areas)
        for n in range(each)
    ]  # fmt: skip


def reports(seed=1, count=90, teams=12, areas="ABCDE", each=14, share=0.3, prefix="T"):
    """Visits and incidents drawn by seed; `prefix` and nothing else is private about them."""
    rng = np.random.default_rng(seed)
    visits, incidents = [], []
    for i in range(count):
        area = areas[int(rng.integers(len(areas)) ** 2) % len(areas)]
        stage = STAGES[int(rng.choice(4, p=[0.1, 0.7, 0.1, 0.1]))]
        visits.append(
            {
                "visit_id": f"v{i}", "area_id": area, "number": f"{rng.integers(each)}",
                "team_id": f"{prefix}{rng.integers(teams)}", "stage": stage, "outcome": "observed",
                "verification": "verified", "answered": "*", "received": LONG_AGO,
                "overall": ("very_good", "good", "bad", "very_bad", "")[i * 7 % 5],
            }
        )  # fmt: skip
        if rng.random() < share:
            slug = ("poster", "crowd", "sealed")[int(rng.integers(3))]
            incidents.append(
                {"incident_id": f"i{i}", "visit_id": f"v{i}", "category": slug, "verification": "verified"}
            )
    return visits, incidents


def made(visits, incidents=(), places=None, about=None, **tables):
    return factory.snapshot(
        about=about or factory.mission(nature="live", frame="complete"), areas=factory.squares(*"ABCDE"),
        stations=stations() if places is None else places, visits=visits, incidents=incidents,
        categories=CATEGORIES, **tables,
    )  # fmt: skip


def shown(snapshot, **more):
    return release(snapshot, NOW, cleared=True, **more)


def plain(thing):
    """Everything in a release as JSON would carry it."""
    if is_dataclass(thing):
        return {f.name: plain(getattr(thing, f.name)) for f in fields(thing)}
    if isinstance(thing, pd.DataFrame):
        return thing.astype(str).to_dict("list")
    if isinstance(thing, np.ndarray):
        return [str(value) for value in thing.tolist()]
    if hasattr(thing, "items"):
        return {str(key): plain(value) for key, value in thing.items()}
    return [plain(value) for value in thing] if isinstance(thing, (tuple, list)) else str(thing)


def visits_to(area, numbers, teams=3, **more):
    return [
        {
            "visit_id": f"{area}{n}{more.get('stage', '')}", "area_id": area, "number": str(n),
            "team_id": f"T{n % teams}", "verification": "verified", "answered": "*", "received": LONG_AGO,
            **more,
        }
        for n in numbers
    ]  # fmt: skip


def area_of(made_release, area):
    return made_release.by_area.unit_id.index(area)


@pytest.mark.capability("A live mission shows the press nothing before its release", page="publication")
def test_a_live_mission_shows_nothing_before_it_is_released():
    seen = release(made(*reports()), NOW)
    assert seen.state == "nothing_yet"
    assert not seen.visits_known
    assert (seen.nation.coverage["all"].observed == HIDDEN).all()
    assert len(seen.mentions) == len(seen.stations) == len(seen.notes) == len(seen.totals) == 0


def test_before_a_release_the_version_does_not_tell_that_reports_come_in():
    about = {"totals": [{"area_id": "A", "measure": "visited", "value": 3}]}
    assert release(made(*reports()), NOW) == release(made([], **about), NOW)


def test_a_simulated_mission_is_released_as_it_is():
    about = factory.mission(nature="simulated", frame="complete")
    assert release(made(*reports(), about=about), NOW).state == "released"


def test_an_area_nobody_visited_is_not_observed_and_never_zero_percent():
    seen = shown(made(visits_to("A", range(12))))
    at = area_of(seen, "E")
    assert seen.by_area.findings["all/medium"].status[at] == "not_observed"
    assert np.isnan(seen.by_area.findings["all/medium"].rate[at])


def test_reports_newer_than_the_delay_do_not_count():
    fresh = NOW - timedelta(hours=1)
    old = visits_to("A", range(6))
    later = made(old + visits_to("A", range(6, 12), received=fresh))
    assert shown(later) == shown(made(old))


def test_a_form_sent_before_the_team_left_waits_until_the_team_has_left():
    visits = visits_to("A", range(12), left=NOW - timedelta(hours=1))
    assert not shown(made(visits)).visits_known


def test_a_live_visit_without_a_time_is_left_out_and_one_of_a_public_source_is_not():
    visits = visits_to("A", range(12), received=None)
    assert not shown(made(visits)).visits_known
    public = factory.mission(nature="public_source", frame="complete")
    assert shown(made(visits, about=public)).visits_known


def test_a_category_that_is_never_public_is_in_no_count_and_no_list():
    visits = visits_to("A", range(12))
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "secret",
         "verification": "verified", "publication": "public"}
        for v in visits
    ]  # fmt: skip
    about = factory.mission(nature="public_source", frame="complete")
    seen = shown(made(visits, incidents, about=about))
    assert (seen.by_area.findings["all/high"].found <= 0).all()
    assert len(seen.mentions) == 0
    assert "secret" not in json.dumps(plain(seen))


def named(**more):
    return {
        "incident_id": "x", "area_id": "A", "number": "3", "category": "sealed", "verification": "verified",
        "place_as_written": "at No. 3", "locator": "page 3", **more,
    }  # fmt: skip


@pytest.mark.parametrize(("publication", "station"), [("public", 0), ("cleared", -1)])
def test_an_aggregate_category_names_a_station_only_if_that_is_public_already(publication, station):
    about = factory.mission(nature="public_source")
    seen = release(made([], [named(publication=publication)], about=about), NOW)
    assert seen.mentions["station"].tolist() == [station]
    assert ("at No. 3" in json.dumps(plain(seen))) == (station == 0)


def test_a_simulated_mission_lists_no_finding_of_an_aggregate_category():
    about = factory.mission(nature="simulated", frame="complete")
    seen = release(made(visits_to("A", range(12)), [named()], about=about), NOW)
    assert len(seen.mentions) == 0


def test_a_live_mission_lists_no_finding_at_all():
    seen = shown(made(visits_to("A", range(12)), [named(category="crowd", publication="public")]))
    assert len(seen.mentions) == 0


@pytest.mark.parametrize("nature", ["public_source", "simulated", "live"])
def test_a_static_team_is_never_shown_at_its_station(nature):
    about = factory.mission(nature=nature, frame="complete", disclosure=Disclosure(stations=True))
    visits = visits_to("A", range(12))
    incidents = [named(visit_id="A3", publication="public", category="crowd")]
    teams = [{"team_id": f"T{i}", "kind": "static"} for i in range(3)]
    moving = release(made(visits, incidents, about=about), NOW, cleared=True)
    static = release(made(visits, incidents, about=about, teams=teams), NOW, cleared=True)
    assert len(moving.stations) > 0
    assert len(static.stations) == 0
    assert "at No. 3" not in json.dumps(plain(static))


def test_a_live_mission_waits_a_day_after_polling_before_it_shows_stations():
    about = factory.mission(nature="live", frame="complete", disclosure=Disclosure(stations=True))
    visits = visits_to("A", range(12), received=datetime(2005, 12, 4, 6, tzinfo=UTC))
    early = release(made(visits, about=about), datetime(2005, 12, 5, 12, tzinfo=UTC), cleared=True)
    late = release(made(visits, about=about), NOW, cleared=True)
    assert (early.may_show_stations, late.may_show_stations) == (False, True)
    assert (len(early.stations), len(late.stations)) == (0, 12)


def test_a_stated_figure_that_would_undo_suppression_is_not_told():
    totals = [
        {"area_id": "A", "measure": "visited", "value": 3},
        {"area_id": "A", "measure": "stations", "value": 14},
        {"area_id": "", "measure": "short_term_observers", "value": 40},
    ]
    seen = shown(made(visits_to("A", range(3)), totals=totals))
    assert {(t.area_id, t.measure) for t in seen.totals} == {("A", "stations"), ("", "short_term_observers")}


def visited_as_stated(nature, **sums):
    """What is told of stated sums of stations visited, `country` or an area, where no visit is counted."""
    about = factory.mission(nature=nature, frame="complete")
    totals = [
        {"area_id": area.replace("country", ""), "measure": "visited", "value": value}
        for area, value in sums.items()
    ]
    seen = release(made([], about=about, totals=totals), NOW, cleared=True)
    return int(seen.nation.coverage["all"].observed[0]), seen.by_area.coverage["all"].observed.tolist()


@pytest.mark.parametrize("nature", ["live", "simulated"])
def test_a_stated_sum_of_an_area_is_told_of_a_public_source_alone(nature):
    nothing = [HIDDEN] * 5
    assert visited_as_stated(nature, country=40, A=3, B=9) == (40, nothing)
    assert visited_as_stated(nature, country=3) == (HIDDEN, nothing)
    assert visited_as_stated("public_source", country=3, A=3) == (3, [3, *nothing[1:]])


def test_an_area_whose_stated_sum_is_not_told_is_not_said_to_be_unobserved():
    about = factory.mission(nature="live", frame="complete")
    totals = [{"area_id": "A", "measure": "visited", "value": 3}]
    seen = release(made([], about=about, totals=totals), NOW, cleared=True)
    assert set(seen.area_status) == {"not_known"}


def test_every_column_that_may_be_told_is_public_in_the_tables():
    told = {
        "incidents": (
            *("category", "severity", "stage", "completeness", "area_id", "station_id"),
            *MENTION_TEXTS,
        ),
        "stations": ("area_id", *STATION_TEXTS, "lon", "lat", "precision", "voters"),
        "presence": ("area_id", *PRESENCE_COLUMNS),
        "notes": NOTE_COLUMNS,
        "totals": ("area_id", "measure", "value", "status", "qualifier", "source", "locator"),
    }
    for table, names in told.items():
        spec = BY_NAME[table]
        assert {spec.column(name).audience for name in names if name in spec.names} == {"public"}


@given(st.integers(0, 10_000), st.integers(1, 2800), st.permutations(range(36)))
@settings(max_examples=2)
@pytest.mark.capability("Private fields change no published byte", page="publication")
def test_missions_that_differ_only_in_private_fields_give_the_same_release(seed, minutes, order):
    visits, incidents = reports(seed=5, count=36)
    other, its_incidents = reports(seed=5, count=36, prefix=f"crew {seed} ")
    for row in other:
        row["visit_id"] = f"{seed}-{row['visit_id']}"
        row["received"] = NOW - timedelta(hours=3, minutes=minutes)
        row["answers"], row["lon"], row["lat"] = f"private {seed}", 70.5, 50.5
    for row in its_incidents:
        row["incident_id"], row["visit_id"] = f"{seed}-{row['incident_id']}", f"{seed}-{row['visit_id']}"
        row["text"] = f"private {seed}"
    one = shown(made(visits, incidents))
    two = shown(made([other[i] for i in order], its_incidents[::-1]))
    assert one == two
    assert json.dumps(plain(one)) == json.dumps(plain(two))


def test_no_private_text_gets_into_a_release():
    canary = "CANARY-7f3a"
    visits, incidents = reports(count=12)
    tables = {"visits": visits, "incidents": incidents, "stations": stations(),
              "teams": [{"team_id": f"{canary}{i}"} for i in range(12)],
              "assignments": [{"team_id": canary, "area_id": "A", "number": "1"}]}  # fmt: skip
    for visit in visits:
        visit["team_id"] = canary + visit["team_id"][1:]
        visit["visit_id"] = canary + visit["visit_id"]
    for incident in incidents:
        incident["visit_id"] = canary + incident["visit_id"]
        incident["incident_id"] = canary + incident["incident_id"]
    for name, rows in tables.items():
        for column in BY_NAME[name].columns:
            if column.kind == "text" and column.audience != "public":
                for row in rows:
                    row[column.name] = canary
    for nature in ("public_source", "simulated", "live"):
        about = factory.mission(nature=nature, frame="complete")
        seen = shown(
            made(visits, incidents, places=tables["stations"], about=about, teams=tables["teams"],
                 assignments=tables["assignments"])
        )  # fmt: skip
        rows = (seen.mentions, seen.stations, seen.presence, seen.notes, seen.totals, seen.area)
        assert canary.encode() not in pickle.dumps(rows)
        assert canary not in json.dumps(plain(seen)) + repr(seen)


def assessed(area, how_many, negative, teams=3, of=12):
    """Visits of which the first were assessed, the first of those negatively."""
    visits = visits_to(area, range(of), teams=teams)
    for i, visit in enumerate(visits[:how_many]):
        visit["overall"] = "very_bad" if i < negative else "good"
    return visits


STATIC = [{"team_id": f"T{i}", "kind": "static"} for i in range(40)]


@pytest.mark.capability("Small numbers are told with a neighbour's", page="publication")
def test_an_area_of_four_visited_stations_is_merged_and_one_of_five_is_not():
    others = visits_to("B", range(12)) + visits_to("C", range(12))
    four = shown(made(visits_to("A", range(4)) + others, places=listed()))
    five = shown(made(visits_to("A", range(5)) + others, places=listed()))
    assert four.by_area.status[area_of(four, "A")] == "merged"
    assert four.by_area.coverage["all"].observed[area_of(four, "A")] == HIDDEN
    assert five.by_area.coverage["all"].observed[area_of(five, "A")] == 5


def test_a_merged_area_says_in_whose_figures_it_is():
    seen = shown(made(visits_to("A", range(4)) + visits_to("B", range(12)), places=listed()))
    unit = int(seen.area_unit[0])
    assert [seen.areas.area_id[one] for one in seen.units.members[unit]] == ["A", "B"]
    assert seen.units.coverage["all"].observed[unit] == 16
    assert seen.units.unit_id[unit] == "A+B"


def test_two_teams_are_a_label_and_no_silence():
    seen = shown(made(visits_to("A", range(12), teams=2) + visits_to("B", range(12))))
    assert seen.by_area.coverage["all"].observed[area_of(seen, "A")] == 12
    assert seen.by_area.few_teams.tolist()[:2] == [True, False]


def test_observers_who_stay_need_three_teams_and_five_stations_nobody_saw():
    visits = visits_to("A", range(12), teams=40) + visits_to("B", range(7), teams=40)
    seen = shown(made(visits, places=listed(), teams=STATIC))
    assert (seen.about.minimum_teams, seen.about.minimum_spare) == (3, 5)
    told = seen.units.stations - seen.units.coverage["all"].observed
    assert (told[seen.units.coverage["all"].observed > 0] >= 5).all()


def test_all_or_nearly_all_is_said_without_a_number():
    visits = [v for area in "ABCDE" for v in visits_to(area, range(14), teams=40)]
    seen = shown(made(visits, places=listed(), teams=STATIC))
    assert seen.nation.nearly_all[0]
    assert seen.nation.coverage["all"].observed[0] == HIDDEN
    assert seen.nation.findings["all/medium"].asked[0] == HIDDEN


def test_a_declared_census_may_say_that_every_station_was_visited():
    visits = [v for area in "ABCDE" for v in visits_to(area, range(14), teams=40)]
    about = factory.mission(nature="live", frame="complete", selection="census")
    seen = shown(made(visits, places=listed(), teams=STATIC, about=about))
    assert seen.by_area.coverage["all"].observed.tolist() == [14] * 5


def test_k_is_exact_wherever_its_n_is_shown():
    visits = visits_to("A", range(12)) + visits_to("B", range(12))
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"} for v in (*visits[:1], *visits[12:17])
    ]  # fmt: skip
    shares = shown(made(visits, incidents)).by_area.findings["all/high"]
    assert shares.found[:2].tolist() == [1, 5]
    assert shares.asked[:2].tolist() == [12, 12]
    assert shares.rate[:2].tolist() == [1 / 12, 5 / 12]


def test_a_station_with_several_forms_counts_once_and_its_visits_beside():
    visits = visits_to("A", range(12)) + visits_to("A", range(12), stage="closing")
    visits += visits_to("B", range(12)) + visits_to("B", range(12), stage="closing")
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"} for v in (visits[0], visits[12], visits[13])
    ]  # fmt: skip
    shares = shown(made(visits, incidents, places=listed())).by_area.findings["all/high"]
    assert (shares.found[0], shares.asked[0]) == (2, 12)
    assert (shares.visits_found[0], shares.visits[0]) == (3, 24)


def test_every_kind_of_finding_is_told_as_k_of_n_stations():
    visits = [v for area in "ABCDE" for v in visits_to(area, range(12))]
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": ("poster", "crowd")[i % 2],
         "verification": "verified"} for i, v in enumerate(visits[:20])
    ]  # fmt: skip
    seen = shown(made(visits, incidents, places=listed()))
    assert {slug: int(one.found[0]) for slug, one in seen.nation.categories.items()} == {
        "poster": 10, "crowd": 10, "sealed": 0,
    }  # fmt: skip
    assert all(int(one.asked[0]) == 60 for one in seen.nation.categories.values())
    assert seen.by_area.categories["poster"].found.tolist() == [6, 4, 0, 0, 0]


def test_negative_assessments_are_a_share_of_the_stations_assessed():
    visits = [v for area in "ABCDE" for v in assessed(area, 11, 4)]
    rated = shown(made(visits, places=listed())).by_area.assessments["all"]
    assert (rated.asked.tolist(), rated.found.tolist()) == ([11] * 5, [4] * 5)
    assert rated.rate.tolist() == [4 / 11] * 5


def test_assessments_of_few_stations_are_told_with_others():
    visits = assessed("A", 4, 2) + [v for area in "BCDE" for v in assessed(area, 12, 4)]
    seen = shown(made(visits, places=listed()))
    rated = seen.by_area.assessments["all"]
    assert rated.status[0] == "merged"
    assert (rated.asked == HIDDEN).sum() == 2


def test_an_area_without_assessments_is_not_called_not_observed():
    visits = visits_to("A", range(12)) + [v for area in "BCDE" for v in assessed(area, 12, 4)]
    rated = shown(made(visits, places=listed())).by_area.assessments["all"]
    assert (rated.status[0], rated.asked[0]) == ("insufficient", 0)


def test_a_stage_nobody_observed_is_not_observed():
    visits = [v for area in "ABCDE" for v in visits_to(area, range(12), stage="voting")]
    seen = shown(made(visits, places=listed()))
    for stage in ("opening", "closing", "counting"):
        assert set(seen.by_area.coverage[stage].status) == {"not_observed"}
        assert set(seen.by_area.findings[f"{stage}/low"].status) == {"not_observed"}


def test_a_strict_mission_rounds_to_five_and_asks_ten_stations():
    strict = factory.mission(nature="live", frame="complete", disclosure=Disclosure(strict=True))
    visits = visits_to("A", range(13)) + visits_to("B", range(12)) + visits_to("C", range(9))
    seen = shown(made(visits, about=strict, places=listed()))
    observed = seen.by_area.coverage["all"].observed
    assert observed[area_of(seen, "C")] == HIDDEN
    assert all(n % 5 == 0 or n == HIDDEN for n in observed.tolist())


def test_every_station_of_a_public_source_may_be_told():
    places = listed()
    visits = [v for area in "ABCDE" for v in visits_to(area, range(14))]
    about = factory.mission(nature="public_source", frame="complete")
    seen = release(made(visits, places=places, about=about), NOW)
    assert seen.by_area.coverage["all"].observed.tolist() == [14] * 5
    assert set(seen.area_status) == {"published"}


def test_a_simulated_mission_obeys_the_rules_unless_it_names_its_stations():
    visits = visits_to("A", range(3)) + visits_to("B", range(12))
    by_rule = factory.mission(nature="simulated", frame="complete")
    named_too = factory.mission(nature="simulated", frame="complete", disclosure=Disclosure(stations=True))
    assert release(made(visits, places=listed(), about=by_rule), NOW).area_status[0] == "merged"
    assert release(made(visits, places=listed(), about=named_too), NOW).area_status[0] == "published"


def test_a_source_that_names_no_team_is_told_like_any_other():
    visits = visits_to("A", range(12)) + visits_to("B", range(12))
    for visit in visits:
        visit["team_id"] = ""
    seen = shown(made(visits, places=listed()))
    assert seen.by_area.coverage["all"].observed[:2].tolist() == [12, 12]
    assert not seen.by_area.few_teams.any()


def test_a_source_of_findings_alone_cannot_say_where_anybody_was():
    about = factory.mission(nature="public_source")
    incidents = [{"incident_id": "x", "area_id": "A", "category": "crowd", "publication": "public"}]
    seen = release(made([], incidents, about=about), NOW)
    assert set(seen.area_status) == {"not_known"}


def test_a_purposive_mission_has_no_interval_and_a_sample_its_margin():
    visits = visits_to("A", range(12)) + visits_to("B", range(10))
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"} for v in visits[:5]
    ]  # fmt: skip
    purposive = shown(made(visits, incidents, places=listed()))
    about = factory.mission(nature="live", frame="complete", selection="probability")
    drawn = shown(made(visits, incidents, places=listed(), about=about))
    assert np.isnan(purposive.nation.findings["all/low"].margin).all()
    assert drawn.by_area.findings["all/low"].margin[0] > 0


def _patched(seed=3, per_area=150):
    rng = np.random.default_rng(seed)
    places = stations(each=per_area)
    visits = [
        {
            "visit_id": f"{area}{n}", "area_id": area, "number": f"{n}", "team_id": f"T{rng.integers(9)}",
            "verification": "verified", "answered": "*", "received": LONG_AGO,
        }
        for area in "ABCDE" for n in range(0, per_area, 3)
    ]  # fmt: skip
    return places, visits


def test_patches_have_shapes_that_cover_the_areas():
    places, visits = _patched()
    seen = shown(made(visits, places=places))
    drawn = [seen.outline[one] for one in seen.patches.tolist()]
    assert len(drawn) > 10
    assert shapely.coverage_is_valid(drawn)
    assert sum(one.area for one in drawn) == pytest.approx(5.0)


def test_the_figures_of_units_add_up_to_what_they_are_part_of():
    places, visits = _patched()
    units = shown(made(visits, places=places)).units
    observed = units.coverage["all"].observed
    for unit in np.unique(units.parent[units.parent >= 0]).tolist():
        assert observed[units.parent == unit].sum() == observed[unit]


def test_a_cluster_is_told_by_the_figures_of_its_patches():
    places, visits = _patched()
    snapshot = made(visits, [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"} for v in visits if v["area_id"] == "C"
    ], places=places)  # fmt: skip
    of_c = np.flatnonzero(snapshot.registry.area_at_level(1) == 2)

    def found(_):
        empty = FoundClusters("few_findings", [])
        answer = {choice_name(*one): empty for one in choices(snapshot)}
        return answer | {"all/medium": FoundClusters("", [FoundCluster(of_c, "Town", 2)])}

    seen = shown(snapshot, clusters=found)
    (cluster,) = seen.clusters["all/medium"].clusters
    assert (cluster.k, cluster.n, cluster.rest_k, cluster.rest_n) == (50, 50, 0, 200)
    assert {seen.units.members[one] for one in cluster.units} == {(2,)}
    assert seen.clusters["all/low"].why == "few_findings"


def test_a_cluster_of_two_teams_is_never_called_a_hot_spot():
    visits = visits_to("A", range(12), teams=2) + visits_to("B", range(12))
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"} for v in visits[:12]
    ]  # fmt: skip
    cluster = FoundCluster(np.arange(12), "Town", 0)
    seen = shown(
        made(visits, incidents, places=listed()),
        clusters=lambda _: {"all/medium": FoundClusters("", [cluster])},
    )
    assert seen.clusters["all/medium"].clusters == ()
    assert seen.clusters["all/medium"].why == "not_told"
