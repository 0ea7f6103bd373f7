"""What the press may see: cleared aggregates, and nothing of anybody."""

import json
import pickle
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure import HIDDEN, SMALL, figures, release
from geo.disclosure.audit import bounds
from geo.disclosure.cut import delayed
from geo.disclosure.problem import Figures, known
from geo.disclosure.rows import private_columns
from geo.mission import Disclosure
from geo.tables import BY_NAME
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


def test_four_stations_are_suppressed_and_five_are_shown():
    others = visits_to("B", range(12)) + visits_to("C", range(12))
    four = shown(made(visits_to("A", range(4)) + others, places=listed()))
    five = shown(made(visits_to("A", range(5)) + others, places=listed()))
    assert four.by_area.coverage["all"].status[area_of(four, "A")] == "suppressed"
    assert four.by_area.coverage["all"].observed[area_of(four, "A")] == HIDDEN
    assert five.by_area.coverage["all"].observed[area_of(five, "A")] == 5


def test_two_teams_are_suppressed_however_many_stations_they_saw():
    seen = shown(made(visits_to("A", range(12), teams=2) + visits_to("B", range(12))))
    assert seen.by_area.coverage["all"].status[area_of(seen, "A")] == "suppressed"


def test_an_area_nobody_visited_is_not_observed_and_never_zero_percent():
    seen = shown(made(visits_to("A", range(12))))
    at = area_of(seen, "E")
    assert seen.by_area.findings["all/medium"].status[at] == "not_observed"
    assert np.isnan(seen.by_area.findings["all/medium"].rate[at])


def test_one_or_two_visits_with_a_finding_read_less_than_three_and_give_no_rate():
    visits = visits_to("A", range(12)) + visits_to("B", range(12))
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"}
        for v in (*visits[:1], *visits[12:17])
    ]  # fmt: skip
    seen = shown(made(visits, incidents))
    findings = seen.by_area.findings["all/high"]
    small = findings.with_finding[area_of(seen, "A")]
    assert small in (SMALL, HIDDEN)
    assert np.isnan(findings.rate[area_of(seen, "A")])


def test_a_unit_with_fewer_stations_than_the_minimum_reads_the_same_visited_or_not():
    places = [s for s in stations() if s["area_id"] != "A" or int(s["number"]) < 2]
    others = visits_to("B", range(12)) + visits_to("C", range(12))
    without = shown(made(others, places=places))
    with_one = shown(made(others + visits_to("A", [0]), places=places))
    for seen in (without, with_one):
        assert seen.by_area.coverage["all"].status[area_of(seen, "A")] == "suppressed"


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
    assert (seen.by_area.findings["all/high"].with_finding <= 0).all()
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


def test_a_purposive_mission_shows_no_interval_and_a_sample_does():
    visits = visits_to("A", range(12)) + visits_to("B", range(12))
    purposive = shown(made(visits))
    drawn = shown(made(visits, about=factory.mission(nature="live", frame="complete",
                                                     selection="probability")))  # fmt: skip
    assert np.isnan(purposive.by_area.findings["all/low"].rate_high).all()
    assert drawn.by_area.findings["all/low"].rate_high[0] > 0


def test_a_strict_mission_rounds_to_five_and_hides_counts_under_ten():
    strict = factory.mission(nature="live", frame="complete", disclosure=Disclosure(strict=True))
    visits = visits_to("A", range(13)) + visits_to("B", range(14)) + visits_to("C", range(9))
    seen = shown(made(visits, about=strict))
    observed = seen.by_area.coverage["all"].observed
    assert observed[area_of(seen, "C")] == HIDDEN
    assert set(observed.tolist()) <= {HIDDEN, 0, 15}


def test_a_hot_spot_is_flagged_only_where_its_rate_is_shown():
    visits = visits_to("A", range(12)) + visits_to("B", range(12)) + visits_to("C", range(2))
    everywhere = {"area": np.ones(5), "cell": np.ones(0)}
    seen = shown(made(visits, places=listed()), hot_spots=lambda _, kind, __: everywhere[kind])
    findings = seen.by_area.findings["all/low"]
    assert findings.is_hot_spot.any()
    assert (findings.is_hot_spot <= np.isfinite(findings.rate)).all()


def test_a_stated_figure_that_would_undo_suppression_is_not_told():
    totals = [
        {"area_id": "A", "measure": "visited", "value": 3},
        {"area_id": "A", "measure": "stations", "value": 14},
        {"area_id": "", "measure": "short_term_observers", "value": 40},
    ]
    seen = shown(made(visits_to("A", range(3)), totals=totals))
    assert {(t.area_id, t.measure) for t in seen.totals} == {("A", "stations"), ("", "short_term_observers")}


def test_every_column_that_may_be_told_is_public_in_the_tables():
    assert private_columns() == []


@given(st.integers(0, 10_000), st.integers(1, 2800), st.permutations(range(36)))
@settings(max_examples=2)
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


def reader(system, groups, seen):
    """What a reader of this release knows of the figures, from the release alone."""
    units = {"nation": seen.nation, "area": seen.by_area, "cell": seen.by_cell}
    hidden = np.ones(len(system.group), dtype=bool)
    for place, (group, unit, choice, measure) in enumerate(
        zip(system.group, system.unit.tolist(), system.choice.tolist(), system.measure, strict=True)
    ):
        if group == "part":
            continue
        if measure == "n":
            told = list(units[group].coverage.values())[choice].observed[unit]
        elif measure in "ab":
            rated = list(units[group].assessments.values())[choice]
            told = (rated.visits if measure == "a" else rated.negative)[unit]
            assert told != SMALL or system.figures.shown_high[place] == 2
        else:
            findings = list(units[group].findings.values())[choice]
            told = (findings.visits if measure == "m" else findings.with_finding)[unit]
            assert told != SMALL or system.figures.shown_high[place] == 2
        # a nought of one stage is hidden with the day's figure: this reader is given it all the same
        knows_more = system.figures.value[place] < system.figures.hidden_low[place]
        hidden[place] = told == HIDDEN and not knows_more
        assert told in (HIDDEN, SMALL) or told == system.figures.value[place]
    return hidden


def crowded(seed):
    """Areas without cells, some of few stations, most shown: a country's sum gives the last one away."""
    rng = np.random.default_rng(seed)
    visits = [
        visit
        for area in "ABCDE"
        for stage, most in (("voting", 14), ("closing", 9))
        for visit in visits_to(area, range(int(rng.integers(3, most))), stage=stage)
    ]
    for visit in visits:
        visit["overall"] = ("good", "bad", "very_bad", "")[int(rng.integers(4))]
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"}
        for v in visits if rng.random() < 0.3
    ]  # fmt: skip
    return made(visits, incidents, places=listed())


def gridded(seed):
    return made(*reports(seed=seed, count=80, share=0.4))


@pytest.mark.parametrize(
    ("snapshot", "every_nth"), [(crowded(1), 1), (crowded(2), 1), (crowded(3), 1), (gridded(1), 23)]
)
def test_the_figures_of_a_release_never_tell_a_hidden_one_closer_than_its_range(snapshot, every_nth):
    seen, old = shown(snapshot), delayed(snapshot, NOW)
    groups, rule = figures.groups(old), figures.rule_of(old)
    systems = (figures.coverage, figures.findings, figures.assessments)
    for system in (make(groups, rule) for make in systems):
        every: Figures = system.figures
        hidden = reader(system, groups, seen)
        assert hidden[system.primary].all()
        asked = np.flatnonzero(np.isfinite(every.need_low))[::every_nth]
        low, high = bounds(known(every, hidden), every.rows[asked])
        loose_low, loose_high = bounds(known(every, hidden | np.isfinite(every.loss)), every.rows[asked])
        assert (low <= np.maximum(every.need_low[asked], loose_low) + 1e-5).all()
        assert (high >= np.minimum(every.need_high[asked], loose_high) - 1e-5).all()


def test_the_one_hidden_area_takes_another_with_it():
    visits = visits_to("A", range(4)) + [v for area in "BCDE" for v in visits_to(area, range(12))]
    seen = shown(made(visits, places=listed()))
    observed = [*seen.by_area.coverage["all"].observed, *seen.nation.coverage["all"].observed]
    assert observed.count(HIDDEN) >= 2


@pytest.mark.parametrize("seed", [1, 4])
def test_where_all_areas_are_shown_they_add_up_to_the_country(seed):
    visits = [v for area in "ABCDE" for v in visits_to(area, range(12))]
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": "sealed",
         "verification": "verified"}
        for i, v in enumerate(visits) if (i + seed) % 2
    ]  # fmt: skip
    seen = shown(made(visits, incidents, places=listed()))
    whole, parts = seen.nation.findings["all/medium"], seen.by_area.findings["all/medium"]
    assert set(parts.status) == {"published"}
    assert parts.visits.sum() == whole.visits[0] == 60
    assert parts.with_finding.sum() == whole.with_finding[0] == len(incidents)
    assert seen.by_area.coverage["all"].observed.sum() == seen.nation.coverage["all"].observed[0] == 60


def assessed(area, how_many, negative, teams=3, of=12):
    """Visits of which the first were assessed, the first of those negatively."""
    visits = visits_to(area, range(of), teams=teams)
    for i, visit in enumerate(visits[:how_many]):
        visit["overall"] = "very_bad" if i < negative else "good"
    return visits


def test_negative_assessments_are_a_share_of_the_visits_with_an_assessment():
    visits = [v for area in "ABCDE" for v in assessed(area, 11, 4)]
    rated = shown(made(visits, places=listed())).by_area.assessments["all"]
    assert rated.visits.tolist() == [11] * 5
    assert rated.negative.tolist() == [4] * 5
    assert rated.rate.tolist() == [4 / 11] * 5
    assert set(rated.status) == {"published"}


def test_one_or_two_negative_assessments_read_less_than_three_and_give_no_share():
    visits = [v for area, negative in zip("ABCDE", (2, 4, 5, 6, 7), strict=True)
              for v in assessed(area, 12, negative)]  # fmt: skip
    rated = shown(made(visits, places=listed())).by_area.assessments["all"]
    assert rated.negative[0] in (SMALL, HIDDEN)
    assert np.isnan(rated.rate[0])


def test_assessments_of_few_stations_are_withheld_though_its_visits_are_told():
    visits = assessed("A", 4, 2) + [v for area in "BCDE" for v in assessed(area, 12, 4)]
    seen = shown(made(visits, places=listed()))
    assert seen.by_area.findings["all/low"].visits[0] == 12
    assert seen.by_area.assessments["all"].status[0] == "suppressed"
    assert seen.by_area.assessments["all"].visits[0] == HIDDEN
    hidden = [*seen.by_area.assessments["all"].visits, *seen.nation.assessments["all"].visits]
    assert hidden.count(HIDDEN) >= 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_assessments_never_tell_a_count_of_visits_that_is_hidden(seed):
    seen = shown(crowded(seed))
    for units in (seen.nation, seen.by_area, seen.by_cell):
        for stage, rated in units.assessments.items():
            asked = units.findings[f"{stage}/low"].visits
            assert (rated.visits[asked == HIDDEN] <= 0).all()
            assert (rated.negative[rated.visits == HIDDEN] == HIDDEN).all()


def test_an_area_without_assessments_is_not_called_not_observed():
    visits = visits_to("A", range(12)) + [v for area in "BCDE" for v in assessed(area, 12, 4)]
    rated = shown(made(visits, places=listed())).by_area.assessments["all"]
    assert (rated.status[0], rated.visits[0]) == ("insufficient", 0)
