"""The desk in a browser: a small day in progress, a server with a known token, what was drawn."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import web
from geo.serving.missions import Missions
from tests.browser import PATIENCE_MS
from tests.listening import listening
from tests.web import missions

ROOT = Path(__file__).resolve().parents[2]
SIMULATED = "kazakhstan-2005-simulated"
TOKEN = "token-of-the-browser-test"
DAY = "2005-12-04T"
# The tour of a first visit stands in nobody's way but where a test is about it.
TOUR_SEEN = "try { if (!localStorage.getItem('tour')) localStorage.setItem('tour', 'seen'); } catch {}"


def many(folder):
    """60 stations, 2 visits each by 4 teams; everything is found at the first 14 and little elsewhere."""
    stations = [
        {"area_id": "A", "number": f"N{i:02}", "lon": 60.2 + i / 80, "lat": 46, "voters": 900}
        for i in range(60)
    ]
    visits = [
        {
            "visit_id": f"v{i:02}-{turn}", "area_id": "A", "number": f"N{i:02}",
            "team_id": f"T{(i + turn) % 4}", "stage": "voting", "outcome": "observed",
            "arrived": "2005-12-04T09:00+06:00", "verification": "verified", "answered": "*",
        }
        for i in range(60) for turn in range(2)
    ]  # fmt: skip
    verified = {"category": "sealed", "verification": "verified"}
    found = [f"v{i:02}-{turn}" for i in range(60) for turn in range(2) if i < 14 or (i % 9 == 8 and turn)]
    return missions.write(
        folder,
        {
            "areas": [missions.square(0, area_id="A", level=1, name_en="Area")],
            "categories": [
                {"category": "sealed", "title_en": "Sealed", "severity": "high", "phase": "voting"}
            ],
            "stations": stations,
            "teams": [{"team_id": f"T{i}"} for i in range(4)],
            "visits": visits,
            "incidents": [
                {"incident_id": f"i-{name}", "visit_id": name, **verified} for name in found
            ],
        },
        nature="live", frame="complete",
    )  # fmt: skip


def small(folder):
    """A day in progress: a station per state, an area nobody saw, a silent team, a station off the map."""
    key = [{"area_id": "A", "number": f"N{i}"} for i in range(10)]
    places = [{**one, "lon": 60.2 + i / 6, "lat": 46, "voters": 900} for i, one in enumerate(key[:9])]
    outcomes = ("observed", "observed", "denied", "closed", "unreachable")
    visits = [
        {
            "visit_id": f"v{i}", **key[i], "team_id": "BUSY", "stage": "voting", "outcome": outcome,
            "arrived": f"{DAY}{9 + i:02}:00+06:00", "left": f"{DAY}{9 + i:02}:30+06:00",
            "verification": "verified", "answered": "*" if outcome == "observed" else "",
        }
        for i, outcome in enumerate(outcomes)
    ]  # fmt: skip
    return missions.write(
        folder,
        {
            "areas": [missions.square(i, area_id=a, level=1, name_en=a) for i, a in enumerate("AB")],
            "categories": [
                {"category": "sealed", "title_en": "Sealed", "severity": "high", "phase": "voting"}
            ],
            "stations": [*places, key[9], {"area_id": "B", "number": "1", "lon": 63, "lat": 46}],
            "teams": [{"team_id": "SILENT", "last_contact": f"{DAY}08:00+06:00"}],
            "visits": visits,
            "incidents": [
                {"incident_id": "i0", "visit_id": "v0", "category": "sealed", "verification": "verified"}
            ],
            "assignments": [
                {"team_id": "SILENT", **key[5], "stage": "voting", "due": f"{DAY}10:00+06:00"},
                {"team_id": "BUSY", **key[6], "stage": "voting", "due": f"{DAY}18:00+06:00"},
            ],
        },
        nature="live", frame="complete", as_of=f"{DAY}14:00+06:00",
    )  # fmt: skip


def islet(folder):
    """A country of a few kilometres, one station in it visited, by nobody's name."""
    ring = [[0, 0], [0.04, 0], [0.04, 0.05], [0, 0.05], [0, 0]]
    area = {
        "type": "Feature",
        "properties": {"area_id": "I", "level": 1, "name_en": "Islet"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return missions.write(
        folder,
        {
            "areas": [area],
            "stations": [
                {"area_id": "I", "number": str(i), "lon": 0.01 * i, "lat": 0.01, "voters": 90} for i in (1, 2)
            ],
            "visits": [
                {
                    "visit_id": "v", "area_id": "I", "number": "1", "team_id": "T", "stage": "opening",
                    "arrived": f"{DAY}08:00+06:00", "verification": "verified", "answered": "*",
                }
            ],
        },
        nature="live", frame="complete",
    )  # fmt: skip


def library_of(folders: Sequence[Path]) -> Missions:
    """Return a library of these missions, built."""
    library = Missions(lambda: list(folders))
    library.refresh()
    return library


@contextmanager
def serving(served: Sequence[Path] | Missions, state: Path) -> Iterator[Callable[[str], str]]:
    """Serve missions with a known token; yield what gives a desk's address by the mission's slug."""
    library = served if isinstance(served, Missions) else library_of(served)
    with listening(web.create_app(library, state, token=TOKEN)) as address:
        yield lambda slug: f"{address}/{slug}/desk"


def let_in(page, address):
    """Give a page the coordinators' cookie; nothing is shown, so nothing is drawn twice."""
    page.add_init_script(TOUR_SEEN)
    answer = page.request.get(f"{address}/?token={TOKEN}", max_redirects=0, timeout=PATIENCE_MS)
    assert answer.status in (302, 303), answer.status


def open_desk(page, address, at="en/"):
    let_in(page, address)
    if page.url != "about:blank":
        page.goto("about:blank")  # else another fragment of the same page would not load it anew
    page.goto(f"{address}/{at}")
    page.locator("html[data-stations]").wait_for(state="attached")
    return page


def drawn(page, pane):
    return json.loads(page.locator(f".leaflet-{pane}-pane canvas").get_attribute("data-drawn"))


def settled(page, part):
    """Wait until the figures of a unit and a choice are on screen."""
    page.locator(f"html[data-desk*='{part}']").wait_for(state="attached")


def module(page, name):
    return page.locator("script[src*='/js/theme.js']").evaluate("one => one.src").replace("theme.js", name)
