"""No page forgets a measure: each, and a made-up one, is on desk, press page, picture, table and in files."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from geo.model.counts import Choice
from geo.publication import released
from geo.publication.published_clusters import ClusterTable, PublishedCluster
from layers.desk import export_file, start_page, unit_columns
from layers.map.measures import MEASURES, analysed, shown, statistics
from layers.map.measures.measure import Unit
from layers.map.press_view import HEADLINE, view_of
from layers.pictures import picture
from layers.press import area_page, downloads, measure_figures, page_data, press_methods_note
from layers.words.language import LANGUAGES, language
from tests import factory
from tests.layers.made_up_measure import MEASURE as MADE_UP
from tests.layers.made_up_measure import TITLE, plugged
from tests.layers.pictures import picture_names
from tests.layers.pictures.test_picture import ground_of

ENGLISH = language("en")
EVERY = [*MEASURES, MADE_UP]
OF_DESK = [measure for measure in EVERY if measure.desk]
OF_PRESS = [measure for measure in EVERY if measure.audience == "press"]
ROOT = Path(__file__).resolve().parents[2]
WHERE = ("templates/static/js/desk/*.js", "layers/**/*.py", "web/**/*.py")
ANY = Choice(verified_only=False)
CAME = datetime(2005, 12, 4, 6, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def made_up():
    with plugged():
        yield


@pytest.fixture(scope="module")
def snapshot():
    """Two areas of 24 stations, one assessed and with findings by four teams, the other seldom seen."""
    key = [(a, str(i)) for a in "AB" for i in range(24)]
    return factory.snapshot(
        about=factory.mission(nature="simulated", frame="complete", planned_visits=30),
        areas=factory.squares("A", "B"),
        stations=[
            {"area_id": a, "number": n, "lon": 70.1 + "AB".index(a) + int(n) / 40, "lat": 50.5, "voters": 500}
            for a, n in key
        ],
        categories=[{**one, "public": "yes"} for one in factory.categories(sealed="high")],
        visits=[
            {"visit_id": f"{a}{n}", "area_id": a, "number": n, "team_id": f"T{int(n) % 4}", "stage": "voting",
             "verification": "verified", "answered": "*", "outcome": "observed",
             "overall": "bad" if int(n) % 3 else "good",
             "arrived": CAME, "left": CAME + timedelta(minutes=20 + int(n)), "received": CAME}
            for a, n in key if int(n) < {"A": 20, "B": 9}[a]
        ],
        incidents=[
            {"incident_id": f"i{n}", "visit_id": f"A{n}", "area_id": "A", "number": n, "category": "sealed",
             "verification": "verified"}
            for a, n in key if a == "A" and int(n) % 2 and int(n) < 20
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def view(snapshot):
    return view_of(released.released_of(snapshot))


@pytest.fixture(scope="module")
def views(view):
    """What the press sees of that mission, were there a cluster, and of one that knows findings alone."""
    one = PublishedCluster("C", area=0, units=(1,), k=9, n=20, expected=4.0, rest_k=1, rest_n=9)
    clusters = {HEADLINE: ClusterTable("", (one,))}
    named = factory.snapshot(
        areas=factory.squares("A", "B"),
        stations=[{"area_id": "A", "number": "1"}],
        categories=factory.categories(sealed="high"),
        incidents=[
            {"incident_id": "i", "area_id": "A", "number": "1", "category": "sealed",
             "verification": "verified", "publication": "public"}
        ],
    )  # fmt: skip
    return (
        replace(view, release=replace(view.release, clusters=clusters)),
        view_of(released.released_of(named)),
    )


def seen_of(views, measure):
    """The mission that shows the measure. None does: its forms say nothing of it, or no release tells it."""
    shows = [view for view in views if measure in shown(view)]
    assert shows, "fill in `snapshot` what the measure is made of; list its number in visit_numbers.py"
    return shows[0]


def test_no_script_of_the_desk_and_no_layer_asks_for_a_measure_by_name():
    units = set(get_args(Unit))  # a measure may be drawn by its unit
    known = {measure.name for measure in EVERY} | {measure.desk.name for measure in OF_DESK}
    quoted = "[\"'](?:" + "|".join(sorted(known - units)) + ")[\"']"
    asks = rf"[!=]=+ *{quoted}|case {quoted}|{quoted} *[!=]=|{quoted}[^\n]*\]\.includes\("
    files = [path for where in WHERE for path in ROOT.glob(where)]
    assert len(files) > 100
    found = {path.name: re.search(asks, path.read_text(encoding="utf-8")) for path in files}
    assert {name: one[0] for name, one in found.items() if one} == {}


def named(measures):
    return pytest.mark.parametrize("measure", measures, ids=lambda measure: measure.name)


@named(EVERY)
def test_every_measure_has_a_page(measure):
    assert measure.desk or (measure.audience == "press" and not measure.statistic)  # that is the desk's


@named(OF_DESK)
@pytest.mark.parametrize("code", LANGUAGES)
def test_desk_offers_the_measure_in_every_language(snapshot, measure, code):
    speaks = language(code)
    page, start = start_page.page(snapshot, speaks), start_page.start(snapshot, speaks)
    button = {view["name"]: view["title"] for view in page["views"]}[measure.desk.name]
    view = {view["name"]: view for view in start["views"]}[measure.desk.name]
    assert view["figure"] in start["figures"]
    said = [button, view["says"], start["figures"][view["figure"]]["title"]]
    assert all(said)
    if code != "en" and measure is not MADE_UP:
        english = [measure.desk.title, measure.desk.says, start["figures"][view["figure"]]["title"]]
        assert not set(said) & set(english[:2])


@named(OF_DESK)
@pytest.mark.parametrize("unit", ["area", "cell"])
def test_desk_is_sent_every_column_of_the_measure(snapshot, measure, unit):
    start = start_page.start(snapshot, ENGLISH)
    figure = start["figures"][next(v for v in start["views"] if v["name"] == measure.desk.name)["figure"]]
    sent = unit_columns.figures(snapshot, unit, ANY)
    columns = [figure[name] for name in ("value", "part", "whole", "low", "high") if figure[name]]
    facts = [name for fact in figure["facts"] for name in (fact["part"], fact["whole"]) if name]
    assert set(columns + facts) <= set(sent["columns"])
    assert not figure["status"] or figure["status"] in sent["status"]
    assert all(len(starts) <= 5 for starts in figure["starts"].values())


@named([measure for measure in EVERY if measure.statistic])
@pytest.mark.parametrize("kind", ["area", "cell"])
def test_statistic_of_a_measure_returns_the_columns_it_declares_one_value_per_unit(snapshot, measure, kind):
    analysis = analysed(snapshot, kind, ANY)
    result = analysis.results[measure.statistic.name]
    assert tuple(result.columns) == tuple(column.name for column in measure.statistic.columns)
    assert {len(column) for column in result.columns.values()} == {len(analysis.unit)}
    assert len(result.status) == len(analysis.unit)


def test_no_two_statistics_share_a_column():
    names = [column.name for statistic in statistics() for column in statistic.columns]
    assert len(names) == len(set(names))


@named(OF_DESK)
def test_table_and_file_of_the_desk_hold_the_measure(snapshot, measure):
    figures = start_page.start(snapshot, ENGLISH)["figures"]
    own = measure.desk.figure
    if own is None or own.line == "chance":
        pytest.skip("shows what another measure's columns hold")
    assert [column["title"] for column in figures[measure.desk.name]["table"]]
    body = export_file.export_of_choice(snapshot, "area", ANY, "csv")
    assert pd.read_csv(io.BytesIO(body), encoding="utf-8-sig")[own.value].notna().any()


@named(OF_PRESS)
def test_press_has_a_figure_of_the_measure(views, measure):
    figures = measure.figures(seen_of(views, measure), "region", HEADLINE)
    assert measure.unit == "clusters" or np.isfinite(figures.value).any()


@named(OF_PRESS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_press_page_offers_the_measure_in_every_language(views, measure, code):
    view = seen_of(views, measure)
    words = {one["name"]: one for one in page_data.measure_words(view, language(code))}[measure.name]
    said = [words["title"], words["says"], words["reads"]]
    assert all(said)
    if code != "en" and measure is not MADE_UP:
        assert not set(said) & {measure.title, measure.says, measure.reads}


@named(OF_PRESS)
def test_press_page_and_picture_draw_the_measure(views, measure):
    view = seen_of(views, measure)
    drawn = measure_figures.choice(view, HEADLINE, ENGLISH)["measures"][measure.name]
    assert set(drawn["levels"]["region"]["token"]) <= {key["token"] for key in drawn["classes"]} | {
        f"status-{status}" for status in drawn["levels"]["region"]["status"]
    }
    names = [name for name in picture_names.names(view) if name.startswith(f"{measure.name}-")]
    assert f"{measure.name}-all-medium" in names
    assert drawn["legend"] and drawn["list_title"]
    assert picture.svg(view, ground_of(view), f"{measure.name}-all-medium", ENGLISH)


@named([measure for measure in OF_PRESS if measure.unit not in ("count", "clusters")])
@pytest.mark.parametrize("thing", ["country", "areas"])
def test_download_of_the_press_page_holds_the_measure(views, measure, thing):
    body, _ = downloads.file(seen_of(views, measure), thing, "csv", HEADLINE, ENGLISH)
    assert pd.read_csv(io.BytesIO(body), encoding="utf-8-sig")[measure.file].notna().any()


@named([measure for measure in OF_PRESS if measure.unit not in ("count", "clusters")])
@pytest.mark.parametrize("code", LANGUAGES)
def test_methods_note_of_the_press_says_how_the_measure_is_made(views, measure, code):
    sections = press_methods_note.sections(seen_of(views, measure), language(code))
    said = language(code).say(measure.formula)
    assert said and said in [line for section in sections for line in section.lines]
    assert code == "en" or measure is MADE_UP or said != measure.formula


@named([measure for measure in OF_PRESS if measure.by_stage and measure.unit != "clusters"])
def test_page_of_an_area_has_a_column_of_the_measure(view, measure):
    if measure not in shown(view):
        pytest.skip("nothing to show of this mission")
    page = area_page.page(view, ENGLISH, "A")
    at = page["columns"].index(measure.stages.title if measure.stages else measure.words.listed)
    cells = {row.stage: row.cells[at] for row in page["rows"]}
    value = measure_figures.choice(view, "voting/medium", ENGLISH)["measures"][measure.name]
    number = value["levels"]["region"]["label"][0].removesuffix(" %")
    assert number and number in cells["voting"]
    assert len(cells) == 5 and all(len(row.cells) == len(page["columns"]) for row in page["rows"])


def test_columns_of_an_area_stand_in_their_order_and_new_ones_behind(view):
    visited, findings, country, assessed, *new = area_page.page(view, ENGLISH, "A")["columns"]
    assert visited == "Polling stations visited" and findings.startswith("Stations with a finding")
    assert (country, assessed, new[-1]) == ("Whole country", "Assessed negatively", MADE_UP.words.listed)


def test_made_up_value_is_the_same_on_page_list_picture_and_file(view):
    drawn = measure_figures.choice(view, "all/medium", ENGLISH)["measures"][MADE_UP.name]
    level = drawn["levels"]["region"]
    assert drawn["headline"] == "Nobody measured 140 min"
    assert level["label"] == ["140 min", "60 min"]
    assert level["says"][0] == ["140 min made up"]
    assert level["token"] == ["gap-4", "gap-0"] or len(set(level["token"])) == 2
    assert TITLE in [one["title"] for one in page_data.measure_words(view, ENGLISH)]
    body, _ = downloads.file(view, "areas", "csv", "all/medium", ENGLISH)
    file = pd.read_csv(io.BytesIO(body), encoding="utf-8-sig")
    assert file["made_up_minutes"].tolist() == [140.0, 60.0]
    assert file["made_up_minutes_status"].tolist() == ["published", "published"]
    assert "140 min" in picture.svg(view, ground_of(view), f"{MADE_UP.name}-all-medium", ENGLISH)
