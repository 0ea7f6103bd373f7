"""Case 65, findings of 144 areas: the press opens with a map one can read, no circles all over it."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.web import missions
from tests.web.test_pages_in_browser import open_map

pytestmark = pytest.mark.browser
SIDE = 12  # areas on each side of the country
STATIONS = 25  # of an area
# Names are there, each with its middle on an area, and none meets another or a card.
ARE_CLEAR = """() => {
  const boxes = (kind) => [...document.querySelectorAll(kind)].map((one) => one.getBoundingClientRect());
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const names = boxes('.unit-label:not(.is-covered)');
  const cards = boxes('.map-card:not([hidden])').filter(({ width }) => width);
  const isOnArea = ({ left, top, right, bottom }) =>
    document.elementsFromPoint((left + right) / 2, (top + bottom) / 2)
      .some((under) => under.classList.contains('area'));
  return names.length > 0 && names.every(isOnArea)
    && names.every((name, i) => [...names.slice(i + 1), ...cards].every((other) => !meets(name, other)));
}"""


def country(folder):
    """144 areas of 25 stations, three in five of them visited, with a finding at more or fewer of these."""
    areas, stations, visits, incidents = [], [], [], []
    for row, column in itertools.product(range(SIDE), repeat=2):
        area = f"{row:02}{column:02}"
        west, south = 60 + 0.8 * column, 44 + 0.5 * row
        ring = [
            [west, south],
            [west + 0.8, south],
            [west + 0.8, south + 0.5],
            [west, south + 0.5],
            [west, south],
        ]
        areas.append(
            {
                "type": "Feature",
                "properties": {"area_id": area, "name_en": f"Area {area}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
        for n in range(STATIONS):
            key = {"area_id": area, "number": str(n)}
            lon, lat = west + 0.05 + 0.14 * (n % 5), south + 0.05 + 0.09 * (n // 5)
            stations.append({**key, "lon": round(lon, 4), "lat": round(lat, 4)})
            if n % 5 > 2:
                continue
            visit = {"visit_id": f"v{area}-{n}", "team_id": f"T{(row * SIDE + column + n) % 40}"}
            visits.append({**visit, **key, "stage": "voting", "verification": "verified", "answered": "*"})
            if (7 * n + 3 * row + 5 * column) % 15 < 2 + (row + column) % 9:
                found = {"incident_id": f"i{area}-{n}", "visit_id": visit["visit_id"], "category": "box"}
                incidents.append({**found, "verification": "verified", "publication": "public"})
    kinds = [
        {
            "category": "box", "title_en": "Ballot box not sealed", "severity": "high", "phase": "voting",
            "public": "yes",
        }
    ]  # fmt: skip
    tables = {
        "areas": areas,
        "stations": stations,
        "visits": visits,
        "incidents": incidents,
        "categories": kinds,
    }
    return missions.write(folder, tables, frame="complete", as_of="2005-12-05T12:00")


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory):
    return serve([country(tmp_path_factory.mktemp("missions") / "country")]) + "/country/en/"


@pytest.fixture(
    params=[pytest.param(1280, id="wide", marks=pytest.mark.slow), pytest.param(390, id="telephone")]
)
def opened(page, address, request):
    page.set_viewport_size({"width": request.param, "height": 900})
    return open_map(page, address)


def test_every_area_is_shaded_in_one_of_several_classes(opened):
    fills = opened.locator("path.area").evaluate_all("paths => paths.map(p => getComputedStyle(p).fill)")
    assert len(fills) == SIDE * SIDE
    assert all(fill.startswith("rgb(") for fill in fills)
    assert len(set(fills)) >= 3


def test_no_circle_and_no_line_lies_over_the_areas(opened):
    # laid out: they would stand there by now, were they not left to who asks for them
    opened.locator(".folium-map[data-marks]:not([data-marks='0'])").wait_for(state="attached")
    expect(opened.locator(".cluster-icon, .leader, .lens")).to_have_count(0)


def test_names_lie_on_areas_and_never_on_one_another_or_under_a_card(opened):
    opened.wait_for_function(ARE_CLEAR)  # the page goes on moving its cards until everything has come


@pytest.mark.capability("Hundreds of areas", page="every page")
def test_the_list_beside_the_map_has_every_area_with_its_share(opened):
    rows = opened.locator("#unit-list button")
    expect(rows).to_have_count(SIDE * SIDE)
    assert all("%" in text for text in rows.all_text_contents())
