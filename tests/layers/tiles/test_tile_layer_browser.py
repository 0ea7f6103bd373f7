"""The station layer in a browser: what is drawn, found, restyled, fetched again, and never asked twice."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from layers.tiles.pyramid import StationIndex, geometry_tile, packed, pick
from layers.tiles.tile_state import (
    StationChange,
    StationNow,
    StationStates,
    TileState,
    VisitValues,
    station_values,
)

pytestmark = pytest.mark.browser

STATIC = Path(__file__).resolve().parents[3] / "templates" / "static"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
PAGE = """<!doctype html><html lang="en"><title>t</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="static/vendor/leaflet/leaflet.css">
<link rel="stylesheet" href="static/css/tokens.css"><link rel="stylesheet" href="page.css">
<div id="map"></div><script src="static/vendor/leaflet/leaflet.js"></script>
<script type="module" src="page.js"></script></html>"""
STYLE = "html, body, #map { height: 100%; margin: 0; } :root { --low: #010203; }"
SCRIPT = """
import { createStationLayer } from "./static/js/tiles/tile-layer.js";
const asked = new URLSearchParams(location.search);
window.events = [];
addEventListener("unhandledrejection", (event) => events.push(["unhandled", String(event.reason)]));
window.map = L.map("map", { center: [51, 71], zoom: Number(asked.get("zoom") ?? 9), zoomAnimation: false });
window.layer = createStationLayer({
  tiles: "tiles/{z}/{x}/{y}",
  states: "states/{version}/{z}/{x}/{y}?severity={severity}",
  version: 1,
  delays: [10, 10],
  style: () => ({ breaks: [0.08, 0.16, 0.24, 0.32], minExposure: 5, nothing: "rgb(0, 0, 255)", rate4: "rgb(255, 0, 0)", insufficient: "rgb(9, 9, 9)" }),
});
for (const name of ["pick", "hover", "failed", "mismatch"]) layer.on(name, (event) => events.push([name, event]));
window.loaded = new Promise((resolve) => layer.once("load", resolve));
window.until = async (fact) => {
  while (!fact()) await settled();
};
layer.addTo(map);
// how many pixels of the tiles on screen have this colour
window.pixels = (red, green, blue) => [...document.querySelectorAll("#map canvas")].reduce((sum, canvas) => {
  if (!canvas.width) return sum;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    sum += Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue) < 60 && data[i + 3] > 200;
  }
  return sum;
}, 0);
window.settled = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
"""  # noqa: E501


class Site(http.server.ThreadingHTTPServer):
    """Serves the page and the tiles of `state`; remembers what was asked, fails when told to."""

    daemon_threads = True
    state: TileState
    failing: int = 0
    broken: str = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def answer(self, path: str) -> tuple[int, bytes]:
        kind, *rest = path.split("?")[0].split("/")
        if kind in {"tiles", "states"}:
            self.asked.append(path)
            if kind == self.broken:
                return 500, b""
            if self.failing > 0:
                self.failing -= 1
                return 503, b""
            z, x, y = (int(part) for part in rest[-3:])
            made = (
                geometry_tile(self.state.index, z, x, y) if kind == "tiles" else self.state.payload(z, x, y)
            )
            return (200, packed(made)) if made else (204, b"")
        if kind == "static":
            return 200, (STATIC / "/".join(rest)).read_bytes()
        return 200, {"": PAGE, "page.js": SCRIPT, "page.css": STYLE}[kind].encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        path = "" if path.startswith("?") else path
        status, body = self.server.answer(path)
        self.send_response(status)
        kind = {"js": "text/javascript", "css": "text/css", "": "text/html"}.get(
            path.rpartition(".")[2], "application/octet-stream"
        )
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        if path.startswith(("tiles", "states")) and body:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def site(page: Page) -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    page.goto("about:blank")  # else it asks a server that has gone
    server.shutdown()
    server.server_close()


def mission(places, rows, *, limit: int = 4000) -> TileState:
    """Rows: station, hour, outcome, is exposed, severity."""
    lon, lat = np.array(places, dtype=np.float64).T
    index = StationIndex.build(lon, lat, limit=limit)
    station, hour, outcome, exposed, severity = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    visits = VisitValues(
        station.astype(np.int32),
        hour.astype(np.uint8),
        outcome.astype(np.int8),
        exposed > 0,
        severity.astype(np.uint8),
        severity > 0,
    )
    values = station_values(len(lon), visits, is_planned=np.zeros(len(lon), dtype=bool))
    return TileState.build(index, values, visits)


def open_page(page: Page, site: Site, zoom: int = 9) -> None:
    page.goto(f"{site.address}?zoom={zoom}")
    # a tile shows its places alone when its state is slow: "load" is not yet everything
    page.evaluate("loaded.then(() => until(() => !layer.isWaiting())).then(settled)")


def events(page: Page, name: str) -> list[dict]:
    told = page.evaluate(
        """name => JSON.stringify(events.filter(([kind]) => kind === name).map(([, event]) =>
             ({kind: event.kind, properties: event.properties, tile: event.tile, ordinal: event.ordinal,
               url: event.url})))""",
        name,
    )
    return json.loads(told)


TWO = [(71.0, 51.0), (71.3, 51.0)]
SEEN = [(0, 9, 0, 1, 0), (1, 15, 0, 1, 3)]


@pytest.mark.capability("Stations are picked on the map", page="desk")
def test_a_click_names_the_station_under_the_pointer(quiet_page, site):
    site.state = mission(TWO, SEEN)
    open_page(quiet_page, site)
    at = quiet_page.evaluate("(({x, y}) => [x, y])(map.latLngToContainerPoint([51, 71.3]))")
    quiet_page.mouse.click(at[0] + 2, at[1] - 1)
    (event,) = events(quiet_page, "pick")
    assert event["kind"] == "station"
    assert event["properties"] == {
        "state": StationStates.FINDING,
        "severity": 3,
        "observed": True,
        "planned": False,
        "shown": {"state": StationStates.FINDING, "severity": 3},
    }
    tile = event["tile"]
    assert pick(site.state.index, tile["z"], tile["x"], tile["y"], event["ordinal"]).tolist() == [1]


def test_nothing_is_found_farther_than_eight_pixels_away(quiet_page, site):
    site.state = mission(TWO, SEEN)
    open_page(quiet_page, site)
    reach = quiet_page.evaluate(
        "[0, 7, 10].map(far => layer.hit(map.latLngToContainerPoint([51, 71]).add([far, 0])) !== null)"
    )
    assert reach == [True, True, False]


@pytest.mark.parametrize("zoom", [*(pytest.param(zoom, marks=pytest.mark.slow) for zoom in (3, 14)), 17])
def test_stations_are_found_at_every_zoom_also_beyond_the_last_tiles(quiet_page, site, zoom):
    site.state = mission(TWO[:1], SEEN[:1])
    open_page(quiet_page, site, zoom)
    found = quiet_page.evaluate("layer.hit(L.latLng(51, 71))")
    assert found["kind"] == "station"
    assert found["tile"]["z"] == min(zoom, 14)
    assert quiet_page.evaluate("pixels(0, 0, 255)") > 0


def test_a_symbol_on_a_tile_border_is_drawn_whole(quiet_page, site):
    # 71.015625 is a tile border: 360 / 512 * 357 - 180
    site.state = mission([(71.0156251, 51.0)], [(0, 9, 0, 1, 0)])
    open_page(quiet_page, site, 14)
    on_border = quiet_page.evaluate("pixels(0, 0, 255)")
    site.state = mission([(71.01, 51.0)], [(0, 9, 0, 1, 0)])
    open_page(quiet_page, site, 14)
    inside = quiet_page.evaluate("pixels(0, 0, 255)")
    assert inside > 40
    assert on_border == pytest.approx(inside, rel=0.2)


def test_hours_restyle_without_a_request(quiet_page, site):
    site.state = mission(TWO, [(0, 9, 0, 1, 0), (1, 15, 0, 1, 0)])
    open_page(quiet_page, site)
    before, asked = quiet_page.evaluate("pixels(0, 0, 255)"), len(site.asked)
    quiet_page.evaluate("(layer.setStyleState({hours: [8, 12]}), settled())")
    after = quiet_page.evaluate("pixels(0, 0, 255)")
    assert after * 2 == pytest.approx(before, abs=6)
    assert len(site.asked) == asked
    quiet_page.evaluate("(layer.setStyleState({hours: null}), settled())")
    assert quiet_page.evaluate("pixels(0, 0, 255)") == before


def crowd(n: int = 200) -> TileState:
    rng = np.random.default_rng(2)
    places = np.column_stack([71 + rng.uniform(-0.001, 0.001, n), 51 + rng.uniform(-0.001, 0.001, n)])
    rows = [(i, 9 if i % 2 else 15, 0, 1, 2 if i % 2 else 0) for i in range(n)]
    return mission(places, rows, limit=50)


def test_bins_are_coloured_by_findings_per_exposure_of_the_hours_chosen(quiet_page, site):
    site.state = crowd()
    open_page(quiet_page, site)
    feature = quiet_page.evaluate("layer.hit(L.latLng(51, 71))")
    assert feature["kind"] == "bin"
    total = feature["properties"]
    assert total["visits"] == total["exposure"] == total["stations"]
    assert quiet_page.evaluate("pixels(255, 0, 0)") > 0  # every second visit met a finding
    quiet_page.evaluate("(layer.setStyleState({hours: [12, 20]}), settled())")
    assert quiet_page.evaluate("pixels(255, 0, 0)") == 0  # none of those in the afternoon
    shown = quiet_page.evaluate("layer.hit(L.latLng(51, 71)).properties.shown")
    assert shown["findings"] == 0
    assert 0 < shown["exposure"] < shown["stations"]


def test_a_new_version_asks_for_states_only(quiet_page, site):
    site.state = mission(TWO, [])
    open_page(quiet_page, site)
    assert quiet_page.evaluate("pixels(0, 0, 255)") == 0
    site.asked.clear()
    site.state.update(0, StationNow(2, 0, True, hours=((9, 2, 0),)), [StationChange(9, 1, 1, 0)])
    quiet_page.evaluate("new Promise(done => { layer.once('statesload', done); layer.setVersion(2); })")
    assert quiet_page.evaluate("settled().then(() => pixels(0, 0, 255))") > 0
    assert site.asked
    assert all(path.startswith("states/2/") for path in site.asked)


def test_a_filter_of_the_server_is_part_of_the_address(quiet_page, site):
    site.state = crowd()
    open_page(quiet_page, site)
    site.asked.clear()
    quiet_page.evaluate(
        "new Promise(done => { layer.once('statesload', done); layer.setStyleState({severity: 3}); })"
    )
    assert all(path.endswith("?severity=3") for path in site.asked)
    assert site.asked


def test_counts_of_another_filter_do_not_stay_when_the_chosen_one_fails(page, site):
    site.state = mission(TWO, [(0, 9, 0, 1, 0)])
    open_page(page, site)
    assert page.evaluate("pixels(0, 0, 255)") > 0
    site.broken = "states"
    page.evaluate(
        "new Promise(done => { layer.once('statesload', done); layer.setStyleState({severity: 3}); })"
    )
    assert page.evaluate("settled().then(() => pixels(0, 0, 255))") == 0


def test_the_last_known_state_stays_when_a_new_version_fails(page, site):
    site.state = mission(TWO, [(0, 9, 0, 1, 0)])
    open_page(page, site)
    before, site.broken = page.evaluate("pixels(0, 0, 255)"), "states"
    page.evaluate("new Promise(done => { layer.once('statesload', done); layer.setVersion(2); })")
    assert page.evaluate("settled().then(() => pixels(0, 0, 255))") == before > 0


def test_a_choice_taken_back_at_once_shows_the_first_again(quiet_page, site):
    site.state = mission(TWO, [(0, 9, 0, 1, 0)])
    open_page(quiet_page, site)
    before = quiet_page.evaluate("pixels(0, 0, 255)")
    quiet_page.evaluate("""new Promise(done => {
      layer.once("statesload", done);
      layer.setStyleState({severity: 3}).setStyleState({severity: 0});
    })""")
    assert quiet_page.evaluate("settled().then(() => pixels(0, 0, 255))") == before > 0
    assert events(quiet_page, "failed") == []


def test_a_moment_of_trouble_is_waited_out(page, site):
    site.state, site.failing = mission(TWO, SEEN), 5
    open_page(page, site)
    assert page.evaluate("pixels(0, 0, 255)") > 0
    assert page.evaluate("events") == []


@pytest.mark.parametrize("broken", ["tiles", pytest.param("states", marks=pytest.mark.slow)])
def test_a_lasting_failure_is_told_and_rejects_nothing_unhandled(page, site, broken):
    site.state, site.broken = mission(TWO, SEEN), broken
    open_page(page, site)
    names = page.evaluate("[...new Set(events.map(([name]) => name))]")
    assert names == ["failed"]
    assert page.evaluate("pixels(0, 0, 255)") == 0
    site.broken = ""
    page.evaluate("dispatchEvent(new Event('online'))")
    page.evaluate("until(() => pixels(0, 0, 255) > 0)")


def test_a_state_of_another_registry_is_not_drawn(quiet_page, site):
    site.state = mission(TWO, SEEN)
    other = mission([*TWO, (71.01, 51.0)], [(i, 9, 0, 1, 0) for i in range(3)])
    answer = site.answer

    def confused(path: str) -> tuple[int, bytes]:
        if path.startswith("states"):
            made = other.payload(*(int(part) for part in path.split("?")[0].split("/")[-3:]))
            return (200, packed(made)) if made else (204, b"")
        return answer(path)

    site.answer = confused  # type: ignore[method-assign]
    open_page(quiet_page, site)
    assert quiet_page.evaluate("pixels(0, 0, 255)") == 0
    assert events(quiet_page, "mismatch")


@pytest.mark.slow
def test_wild_panning_zooming_and_removal_leave_no_error(quiet_page, site):
    site.state = crowd()
    open_page(quiet_page, site)
    quiet_page.evaluate("""async () => {
      for (let i = 0; i < 30; i += 1) {
        map.setView([51 + (i % 7) / 3, 71 - (i % 5) / 2], 4 + (i * 5) % 13, {animate: false});
        layer.setVersion(i);
        if (i % 4 === 0) await settled();
      }
      layer.remove();
      await settled();
      layer.addTo(map);
      await new Promise(done => layer.once("load", done));
    }""")
    assert quiet_page.evaluate("events.filter(([name]) => name !== 'hover')") == []


def test_the_theme_decides_the_colours(quiet_page, site):
    site.state = mission(TWO, [(0, 9, 0, 1, 1)])
    open_page(quiet_page, site)
    before = quiet_page.evaluate("pixels(1, 2, 3)")
    quiet_page.evaluate("document.documentElement.style.setProperty('--low', '#00ff00')")
    quiet_page.evaluate("(document.documentElement.dataset.theme = 'dark', settled())")
    assert before > 0
    assert quiet_page.evaluate("settled().then(() => pixels(0, 255, 0))") == before


def test_tiles_appear_at_once_where_less_motion_is_asked_for(quiet_page, site):
    site.state = mission(TWO, SEEN)
    quiet_page.emulate_media(reduced_motion="reduce")
    quiet_page.goto(f"{site.address}?zoom=9")
    least = quiet_page.evaluate("""new Promise((resolve) => {
      const seen = [];
      layer.on("tileload", ({tile}) => queueMicrotask(() => seen.push(Number(tile.style.opacity))));
      layer.once("load", () => resolve(seen)); layer.redraw();
    })""")
    assert set(least) == {1}
