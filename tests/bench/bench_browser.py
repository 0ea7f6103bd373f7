"""How soon do the pages stand, on a desk and on a slow phone, and how soon do they follow a choice?

`python -m tests.bench.bench_browser` prints the rows. Needs a Chromium; reaches nothing but 127.0.0.1.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.measure import Row, Setting, row
from tests.browser import Record, launch, open_context
from tests.web.desks import ROOT, SIMULATED, open_desk, serving

LANGUAGES: Final = ("en", "ru", "kk")
PRESS: Final = ("kazakhstan-2005", SIMULATED)
DESKTOP: Final = {"viewport": {"width": 1440, "height": 900}}
PHONE: Final = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "device_scale_factor": 2}
SLOW_NETWORK: Final = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1_600_000 / 8,  # bytes a second
    "uploadThroughput": 750_000 / 8,
}
SLOWER_BY: Final = 4  # the phone's processor

# What the browser noted of a page's start, in ms since navigation.
_TIMELINE: Final = """() => {
    const of = type => new Promise(tell => {
        const found = [];
        new PerformanceObserver(list => found.push(...list.getEntries())).observe({ type, buffered: true });
        setTimeout(() => tell(found), 120);
    });
    const wanted = [of('largest-contentful-paint'), of('longtask'), of('paint')];
    return Promise.all(wanted).then(([lcp, long, paint]) => {
        const fetched = performance.getEntriesByType('resource').map(one => one.responseEnd);
        const tasks = long.map(one => one.startTime + one.duration);
        return {
            first: paint.find(one => one.name === 'first-contentful-paint')?.startTime ?? 0,
            largest: lcp.at(-1)?.startTime ?? 0, idle: Math.max(0, ...fetched, ...tasks),
        };
    });
}"""
# From an input to the frame that shows it: a task queued in the frame's callback runs after the paint.
_REPAINT: Final = """([id, value, type]) => new Promise(tell => {
    const input = document.getElementById(id) ?? document.querySelector(id), began = performance.now();
    if (input.type === 'checkbox' || input.type === 'radio') input.checked = value;
    else input.value = value;
    input.dispatchEvent(new Event(type, { bubbles: true }));
    requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => tell(performance.now() - began);
        after.port2.postMessage(0);
    });
})"""


def repaints(page: Page, times: int = 12) -> dict[str, list[float]]:
    """Return ms from a change to its painted frame, by kind of change, on an open desk of one-day data."""
    hours = [str(12 + i % 6) for i in range(times)]
    boxes = [("input[name=state][value=not_planned]", bool(i % 2)) for i in range(times)]
    views = [f"input[name=view][value={('coverage', 'rate')[i % 2]}]" for i in range(times)]
    return {
        "hour": [page.evaluate(_REPAINT, ["time-to", hour, "input"]) for hour in hours],
        "state switched": [page.evaluate(_REPAINT, [box, on, "change"]) for box, on in boxes],
        "view": [page.evaluate(_REPAINT, [view, True, "change"]) for view in views],
    }


def rows(setting: Setting) -> Iterator[Row]:
    """Yield largest paint, idle and bytes of the first view, and repaints of the desk; about a minute."""
    folders = [ROOT / "data" / slug for slug in PRESS]
    with (
        tempfile.TemporaryDirectory() as state,
        serving(folders, Path(state)) as desk,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for slug in PRESS:
            root = desk(slug).rsplit("/", 1)[0]
            _visit(browser, f"{root}/en/", DESKTOP, slow=False)  # the first release, and what is kept of it
            yield from _press(browser, root, setting.repeat)
        yield from _desk(browser, desk(SIMULATED), setting.repeat)
        browser.close()


def _press(browser: Browser, root: str, repeat: int) -> Iterator[Row]:
    slug = root.rsplit("/", 1)[1]
    for code in LANGUAGES:
        phone = [_visit(browser, f"{root}/{code}/", PHONE, slow=True) for _ in range(max(1, repeat // 2))]
        wide = [_visit(browser, f"{root}/{code}/", DESKTOP, slow=False) for _ in range(max(1, repeat // 2))]
        yield row(f"{slug} {code}: largest paint, slow phone", _median(phone, "largest") / 1000, "s")
        yield row(f"{slug} {code}: idle, desktop", _median(wide, "idle") / 1000, "s")
        yield row(f"{slug} {code}: first view, gzipped", _median(wide, "bytes") / 1000, "KB")


def _median(visits: list[dict[str, float]], what: str) -> float:
    return statistics.median(one[what] for one in visits)


def _visit(browser: Browser, address: str, device: dict[str, Any], *, slow: bool) -> dict[str, float]:
    """Return a first visit's first and largest paint and idle, in ms, and the bytes that travelled."""
    with open_context(browser, Record(), **device) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        if slow:
            session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_BY})
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(address, timeout=60_000)
        page.locator("html[data-areas]").wait_for(state="attached", timeout=60_000)
        page.wait_for_load_state("networkidle")
        found: dict[str, float] = page.evaluate(_TIMELINE)
        return {**found, "bytes": sum(sizes)}


def _desk(browser: Browser, address: str, repeat: int) -> Iterator[Row]:
    with open_context(browser, Record(), **DESKTOP) as context:
        page = open_desk(context.new_page(), address)
        page.wait_for_load_state("networkidle")
        idle = page.evaluate(_TIMELINE)["idle"]
        yield row("desk of 9,580 stations: idle", idle / 1000, "s")
        for kind, took in repaints(page, times=4 * max(1, repeat)).items():
            yield row(f"desk of 9,580 stations: {kind} to paint, median", statistics.median(took), "ms")
            yield row(f"desk of 9,580 stations: {kind} to paint, worst", max(took), "ms")


if __name__ == "__main__":
    for one in rows(Setting(stations=0, state=Path())):
        print(f"{one['name']:<62}{one['ours']:>10} {one['unit']}", flush=True)
