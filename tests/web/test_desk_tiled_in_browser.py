"""The desk of a mission too large for columns: tiles, squares, hours by unit; figures as visit by visit."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from geo.model.counts import Choice
from geo.serving.build_snapshot import snapshot as built
from layers.desk import choice_visits, desk_tiles
from tests.browser import axe_violations
from tests.web.desks import ROOT, SIMULATED, module, open_desk, serving

pytestmark = pytest.mark.browser
FOLDER = ROOT / "data" / SIMULATED
ANY = Choice(verified_only=False)
TALLY = """async url => { const { model } = await import(url);
    const of = names => Object.fromEntries(names.map(name => [name, Array.from(model.tally[name])]));
    return { ...of(['m', 'k', 'observed', 'teams', 'assessed', 'denied']), states: model.states,
             total: model.tally.total, plan: model.plan, n: model.inRange }; }"""


@pytest.fixture(scope="module")
def snapshot():
    return built(Path(FOLDER))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server that takes any mission for a large one: a few bytes per station are too many for it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        serving([FOLDER], tmp_path_factory.mktemp("state")) as address,
    ):
        patch.setattr(desk_tiles, "MOST_SENT", 100)
        yield address(SIMULATED)


def counted(snapshot, unit, first, end):
    """Count the visits of some hours one by one: what the small case does in the browser."""
    sent = choice_visits.visits_of(snapshot, ANY)
    rows = {name: np.array(column) for name, column in sent["visits"].items()}
    inside = (rows["minute"] >= first * 60) & (rows["minute"] < end * 60)
    seen = inside & (rows["outcome"] == 0)
    units = int(rows[unit].max()) + 1

    def per(of):
        kept = of & (rows[unit] >= 0)
        return np.bincount(rows[unit][kept], minlength=units).tolist()

    def distinct(name):
        pairs = {(u, m) for u, m in zip(rows[unit][seen], rows[name][seen], strict=True) if min(u, m) >= 0}
        return np.bincount([u for u, _ in pairs], minlength=units).tolist()

    state = np.array([int(digit) for digit in sent["base"]])
    word = np.where(rows["severity"] >= 0, 6, np.array([5, 4, 3, 2])[rows["outcome"]])
    np.maximum.at(state, rows["station"][inside], word[inside])
    return {
        "m": per(seen & (rows["flags"] & 1 > 0)), "k": per(seen & (rows["flags"] & 2 > 0)),
        "assessed": per(seen & (rows["flags"] & 4 > 0)), "denied": per(inside & (rows["outcome"] == 1)),
        "observed": distinct("station"), "teams": distinct("team"),
        "states": np.bincount(state, minlength=7).tolist(), "n": int(seen.sum()),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "first", "end"),
    [
        ("area", 9, 14),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in (("area", 7, 8), ("cell", 9, 14))),
    ],
)
def test_figures_of_a_range_are_those_of_its_visits_one_by_one(quiet_page, desk, snapshot, unit, first, end):
    page = open_desk(quiet_page, desk, f"en/#unit={unit}&from={first}&to={end}")
    page.locator("#time-n", has_text=re.compile(r"\d")).wait_for()
    expected = counted(snapshot, unit, first, end)
    found = page.evaluate(TALLY, module(page, "desk/desk-model.js"))
    units = len(expected["m"])
    assert {
        name: found[name] if name in ("states", "n") else found[name][:units] for name in expected
    } == expected
    assert sum(found["states"]) == len(snapshot.registry.stations)


def tiles(page):
    """Return how many stations of each state the tiles on screen show, once all of them are there."""
    page.wait_for_load_state("networkidle")
    shown = page.wait_for_function("() => document.documentElement.dataset.tiles")
    return json.loads(shown.json_value())


@pytest.mark.capability("Large missions", page="desk")
def test_tiles_and_the_list_off_the_map_add_up_to_every_station(quiet_page, desk, snapshot):
    page = open_desk(quiet_page, desk, "en/#squares=1&tab=offmap")
    page.locator("#list .station-line").first.wait_for()
    off = int(re.sub(r"\D", "", page.locator("#list .note").first.text_content().split(".")[-2]))
    page.wait_for_function(
        "n => Object.values(JSON.parse(document.documentElement.dataset.tiles ?? '{}'))"
        ".reduce((a, b) => a + b, 0) === n",
        arg=len(snapshot.registry.stations) - off,
    )
    assert "unknown" not in tiles(page)


def test_far_out_the_areas_speak_and_no_tile_is_asked_for(quiet_page, desk):
    asked = []
    quiet_page.on("request", lambda request: asked.append(request.url))
    page = open_desk(quiet_page, desk)
    assert not [url for url in asked if "/stations/" in url or "/states/" in url]
    assert "Zoom in for single stations." in page.locator(".caption").text_content()
    page.locator("input[name=squares]").check()
    assert sum(tiles(page).values()) > 0
    assert "Zoom in" not in page.locator(".caption").text_content() and "squares=1" in page.url


@pytest.mark.capability("Hours of the day, at once", page="desk")
def test_time_range_asks_the_server_nothing(quiet_page, desk):
    with quiet_page.expect_response(re.compile("/hours-area")) as hours:  # they come last, unasked
        page = open_desk(quiet_page, desk, "en/#squares=1")
    hours.value.finished()
    tiles(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    before = page.locator("#key-figures").text_content()
    for hour in ("12", "11", "10"):
        page.locator("#time-to").fill(hour)
    expect(page.locator("#key-figures")).not_to_have_text(before)
    of_the_desk = [url for url in asked if "/desk/" in url and "version.json" not in url]
    assert of_the_desk == []


def station_alone(snapshot):
    """A visited station with nobody near, so that a click means it."""
    stations = snapshot.registry.stations
    seen = snapshot.visits.station[snapshot.visits.outcome == 0]
    there = np.flatnonzero(stations.is_on_map)
    for one in seen[stations.is_on_map[seen]].tolist():
        far = np.hypot(stations.lon[there] - stations.lon[one], stations.lat[there] - stations.lat[one])
        if np.partition(far, 1)[1] > 0.02:
            return one
    raise AssertionError("no such station")


def test_a_click_on_a_symbol_opens_its_station_and_the_keyboard_closes_it(quiet_page, desk, snapshot):
    station = station_alone(snapshot)
    lon, lat = snapshot.registry.stations.lon[station], snapshot.registry.stations.lat[station]
    page = open_desk(quiet_page, desk, f"en/#at=12/{lon:.5f}/{lat:.5f}")
    tiles(page)
    box = page.locator(".folium-map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#tip")).to_contain_text("visited")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("#detail .visit").first.wait_for()
    name = snapshot.registry.stations.station_id[station].as_py()
    expect(page.locator("#detail h2")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()


def test_table_lists_the_window_and_says_how_many_there_are(quiet_page, desk, snapshot):
    page = open_desk(quiet_page, desk, "en/#at=6/68/48&table=stations&off=not_planned&from=9&to=13")
    page.locator("#table-body tbody tr").first.wait_for()
    rows = page.locator("#table-body tbody tr")
    note = page.locator("#table-note").text_content()
    total = sum(int(n.replace(",", "")) for n in re.findall(r": ([\d,]+)", note))
    assert rows.count() == min(500, total) and "not planned" not in note
    if total > 500:
        assert f"Showing 500 of {total:,}." in note
    assert {"finding", "visited"} >= set(
        rows.evaluate_all("all => all.slice(0, 5).map(row => row.dataset.state)")
    )


def test_another_filter_is_answered_by_the_server_and_drawn(quiet_page, desk):
    page = open_desk(quiet_page, desk, "en/#squares=1")
    before = tiles(page)
    with page.expect_response(re.compile(r"/states/[^/]+/-/critical/0/-/")):
        page.locator("#severity").select_option("critical")
    fewer = "n => (JSON.parse(document.documentElement.dataset.tiles ?? 'null')?.[3] ?? n) < n"
    page.wait_for_function(fewer, arg=before["3"])  # findings: a tile of the old filter may be drawn first
    page.wait_for_function(
        "n => Object.values(JSON.parse(document.documentElement.dataset.tiles ?? '{}'))"
        ".reduce((a, b) => a + b, 0) === n",
        arg=sum(before.values()),
    )


def test_a_category_of_hyphens_and_dots_is_not_asked_for_as_all(quiet_page, desk):
    page = open_desk(quiet_page, desk, "en/#squares=1")
    asked = "async url => ['', '-', '..', 'a-', 'seal'].map((await import(url)).categoryWord)"
    words = page.evaluate(asked, module(page, "desk/tiled-stations.js"))
    assert words == ["-", "--", "-..", "a-", "seal"]


def test_states_switched_off_are_neither_drawn_nor_found(quiet_page, desk, snapshot):
    station = station_alone(snapshot)
    lon, lat = snapshot.registry.stations.lon[station], snapshot.registry.stations.lat[station]
    page = open_desk(quiet_page, desk, f"en/#at=12/{lon:.5f}/{lat:.5f}&off=visited,finding")
    tiles(page)
    box = page.locator(".folium-map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = page.locator("#tip")
    assert tip.is_hidden() or "visited, " not in tip.text_content()


@pytest.mark.slow
def test_large_desk_has_no_accessibility_violations(quiet_page, desk):
    page = open_desk(quiet_page, desk, "kk/#squares=1")
    tiles(page)
    assert axe_violations(page) == []
