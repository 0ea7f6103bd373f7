"""Does the desk of a million stations open, move and follow choices in a browser as the small one does?

`python -m tests.bench.bench_million_browser` prints the rows; a server of its own, Chromium beside it.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench import inputs
from tests.bench.bench_browser import _REPAINT, _TIMELINE, DESKTOP
from tests.bench.bench_server import Server, running
from tests.bench.measure import FULL_SIZE, Row, Setting, row
from tests.browser import Record, launch, open_context

PATIENCE_MS: Final = 300_000
# Where the map looks: squares of the whole country, and symbols near a city.
VIEWS: Final = (("squares of the country", "squares=1"), ("single stations", "at=10/71.4/51.1"))
PAN_STEPS: Final = 90
_FRAMES: Final = """() => { window.frames_seen = [];
    const note = now => { window.frames_seen.push(now); window.frames_on = requestAnimationFrame(note); };
    window.frames_on = requestAnimationFrame(note); }"""
_FPS: Final = """() => { cancelAnimationFrame(window.frames_on); const all = window.frames_seen;
    return (all.length - 1) / ((all.at(-1) - all[0]) / 1000); }"""


def rows(setting: Setting) -> Iterator[Row]:
    """Yield first paint, idle, bytes, heap, frames while panning, and how soon a choice shows."""
    folder = inputs.mission(setting.stations, setting.state)
    state = setting.state / "bench" / "server"
    state.mkdir(parents=True, exist_ok=True)
    with running(folder, state) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        address = f"http://127.0.0.1:{server.port}/{folder.name}/desk/en/"
        with _open(browser, server, address, ""):
            pass  # the first visitor after a start waits for the figures
        server.settle()  # what is prepared beside would be measured, too
        yield from _first(browser, server, address, setting.repeat)
        for name, at in VIEWS:
            yield from _used(browser, server, address, name, at)
        browser.close()


@contextmanager
def _open(browser: Browser, server: Server, address: str, at: str) -> Iterator[tuple[BrowserContext, Page]]:
    """Give an open desk with its figures and tiles on screen, in a profile of its own."""
    name, value = server.headers["Cookie"].split("=", 1)
    path = urlsplit(address).path.rsplit("en/", 1)[0]
    with open_context(browser, Record(), **DESKTOP) as context:
        context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": path}])
        page = context.new_page()
        page.goto(f"{address}#{at}", timeout=PATIENCE_MS)
        page.locator("html[data-stations]").wait_for(state="attached", timeout=PATIENCE_MS)
        if at:
            page.wait_for_function("() => document.documentElement.dataset.tiles", timeout=PATIENCE_MS)
        page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
        yield context, page


def _first(browser: Browser, server: Server, address: str, repeat: int) -> Iterator[Row]:
    seen: list[dict[str, float]] = []
    for _ in range(max(1, repeat)):
        with _open(browser, server, address, "") as (_, page):
            found: dict[str, float] = page.evaluate(_TIMELINE)
            # everything but the hours, which are fetched ahead of their use, once all else is there
            entries: list[list[Any]] = page.evaluate(
                "() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))"
                ".map(one => [one.name, one.transferSize])"
            )
        seen.append({**found, "bytes": sum(size for name, size in entries if "hours-" not in name)})
    for what, unit, scale in (("first", "s", 1000), ("idle", "s", 1000), ("bytes", "KB", 1000)):
        words = {"first": "first paint", "idle": "idle", "bytes": "first view, gzipped"}[what]
        value = statistics.median(one[what] for one in seen) / scale
        yield row(f"desk of a million stations: {words}", value, unit)


def _used(browser: Browser, server: Server, address: str, name: str, at: str) -> Iterator[Row]:
    with _open(browser, server, address, at) as (context, page):
        yield row(f"{name}: frames a second while panning", _pan(page), "fps")
        page.wait_for_load_state("networkidle")
        hours = [page.evaluate(_REPAINT, ["time-to", str(9 + i % 8), "input"]) for i in range(16)]
        yield row(f"{name}: time range to paint, median", statistics.median(hours[1:]), "ms")
        yield row(f"{name}: time range to paint, worst", max(hours[1:]), "ms")
        page.evaluate(_REPAINT, ["time-to", "24", "input"])
        # the choice nobody has made yet, so that the server has to count
        stage = "opening" if "squares" in at else "closing"
        yield row(f"{name}: another filter, first time", _filter(page, stage) * 1000, "ms")
        session = context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        yield row(f"{name}: JavaScript heap", session.send("Runtime.getHeapUsage")["usedSize"] / 1e6, "MB")


def _pan(page: Page) -> float:
    box = page.locator(".folium-map").bounding_box() or {"x": 0, "y": 0, "width": 1440, "height": 900}
    x, y = box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.45
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(_FRAMES)
    for step in range(PAN_STEPS):
        page.mouse.move(x + (step if step < PAN_STEPS / 2 else PAN_STEPS - step) * 4, y + step % 7)
        page.wait_for_timeout(12)
    found: float = page.evaluate(_FPS)
    page.mouse.up()
    return found


def _filter(page: Page, stage: str) -> float:
    """Return the seconds from another stage to its figures and tiles on screen."""
    began = time.perf_counter()
    with page.expect_response(re.compile(r"/states/"), timeout=PATIENCE_MS):
        page.locator(f"input[name=stage][value={stage}]").check(force=True)
    page.locator(f"html[data-desk*='stage={stage}']").wait_for(state="attached", timeout=PATIENCE_MS)
    return time.perf_counter() - began


if __name__ == "__main__":
    for one in rows(Setting(stations=FULL_SIZE, state=Path("var"))):
        print(f"{one['name']:<62}{one['ours']:>10} {one['unit']}", flush=True)
