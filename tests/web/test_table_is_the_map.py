"""What the map draws and tells at the pointer is what its table says, in states drawn at random."""

import random
import re

import pytest

from tests.web import missions
from tests.web.desks import SIMULATED, drawn, open_desk

pytestmark = pytest.mark.browser
# one state here; `make test-all` draws one of every view, most twice
DESK_SEEDS = [pytest.param(n, marks=pytest.mark.slow if n != 1 else ()) for n in range(10)]
PRESS_SEEDS = [pytest.param(n, marks=pytest.mark.slow if n else ()) for n in range(8)]
MOST_ROWS = 500  # of the desk's table, which then says "showing x of y"

# Everything the pointer is told on a grid over the map: a title and lines each.
TIPS = """() => {
    const box = document.querySelector('.folium-map'), tip = document.getElementById('tip');
    const { left, top, width, height } = box.getBoundingClientRect(), found = new Map();
    for (let x = 4; x < width; x += 29) for (let y = 4; y < height; y += 23) {
        const at = { clientX: left + x, clientY: top + y, bubbles: true };
        box.dispatchEvent(new MouseEvent('mousemove', at));
        const lines = [...tip.children].map(one => one.textContent);
        if (!tip.hidden) found.set(lines.join('\\n'), lines);
    }
    box.dispatchEvent(new MouseEvent('mouseleave'));
    return [...found.values()];
}"""
ROWS = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"


VIEWS = ("coverage", "rate", "both", "gap", "assessment", "hot_spot")


def random_desk_state(view, draw):
    first = draw.randint(6, 18)
    parts = {
        "view": view, "squares": "1",
        "unit": draw.choice(["area", "cell"]), "stage": draw.choice(["", "voting", "opening"]),
        "severity": draw.choice(["low", "medium", "high", "critical"]), "verified": draw.choice(["", "1"]),
        "off": draw.choice(["", "finding", "not_planned", "visited", "planned,not_planned"]),
        "at": draw.choice(["", "7/69.6/42.3", "9/76.9/43.2"]),
    }  # fmt: skip
    if draw.random() < 0.6:
        parts |= {"from": first, "to": first + draw.randint(1, 5)}
    return "&".join(f"{name}={value}" for name, value in parts.items() if value != "")


def rows_of(page, kind):
    page.locator(f"input[name=rows][value={kind}]").check(force=True)
    page.locator(f"#table[data-shown^='{kind}/']").wait_for()
    return page.locator("#table-body tbody tr").evaluate_all(ROWS)


def tells_the_same(view, lines, row):
    """Whether a unit's card at the pointer and its row hold the same figures; see desk/map-table.js."""
    _, visited, found, interval, shown, assessed, gap, *_ = row
    is_said = [lines[1].partition(": ")[2] == visited]
    ratio = lines[2:] if view in ("rate", "both", "assessment") else []
    if view == "gap":
        is_said.append(lines[2].partition(": ")[2].split(" (")[0] == gap)
    if view == "assessment":
        is_said.append(not ratio or ": " not in ratio[0] or ratio[0].partition(": ")[2] == assessed)
    elif ratio and found == "–":
        is_said.append(ratio == [shown])
    elif ratio:
        is_said.append(ratio[0].partition(": ")[2] == found)
        is_said.append(len(ratio) == 1 or ratio[1] == shown or ratio[1].startswith(f"{interval}: "))
    return all(is_said)


@pytest.mark.parametrize("seed", DESK_SEEDS)
@pytest.mark.capability("The table says what the map says", page="desk")
def test_table_of_the_desk_is_its_map(quiet_page, desks, seed):
    view = VIEWS[seed % len(VIEWS)]
    asked = random_desk_state(view, random.Random(seed))
    page = open_desk(quiet_page, desks(SIMULATED), f"en/#{asked}")
    on_map, units_on_map, tips = drawn(page, "stations"), drawn(page, "units"), page.evaluate(TIPS)
    titles = dict(
        page.locator("#state-list label:has([name=state])").evaluate_all(
            "all => all.map(one => [one.children[2].textContent, one.querySelector('input').value])"
        )
    )
    page.locator("#table-open").click()

    stations = rows_of(page, "stations")
    note = dict(
        part.rsplit(": ", 1)
        for part in page.locator("#table-note").text_content().split(" Showing")[0].split(" · ")
        if part
    )
    assert {titles[name]: int(n.replace(",", "")) for name, n in note.items()} == on_map, asked
    assert len(stations) == min(MOST_ROWS, sum(on_map.values()))
    if len(stations) < MOST_ROWS:
        listed = [titles[row[2]] for row in stations]
        assert {name: listed.count(name) for name in on_map} == on_map, asked

    units = rows_of(page, "units")
    fills = page.locator("#table-body tbody tr").evaluate_all("rows => rows.map(row => row.dataset.fill)")
    assert len(units) == min(MOST_ROWS, sum(units_on_map.values()))
    for fill, n in units_on_map.items():
        left_out = sum(units_on_map.values()) - len(units)
        assert n - left_out <= fills.count(fill) <= n, (fill, asked)

    told = {row[0]: row for row in stations}
    seen = {"units": 0, "stations": 0}
    for lines in tips:
        if lines[0] in told:
            _, _, state, severity, time, *_ = told[lines[0]]
            said = [
                state,
                *([f"severity: {severity}"] if severity != "–" else []),
                *([time] if time != "–" else []),
            ]
            assert [lines[1], *(one.lower() for one in lines[2:])] == [
                said[0],
                *(one.lower() for one in said[1:]),
            ], asked
            seen["stations"] += 1
        else:
            same_name = [row for row in units if row[0] == lines[0]]
            if not same_name and (len(units) == MOST_ROWS or lines[1] in titles):
                continue  # beyond the rows shown
            assert any(tells_the_same(view, lines, row) for row in same_name), (lines, same_name, asked)
            seen["units"] += 1
    assert seen["units"] >= 3, asked


@pytest.fixture(scope="module")
def press(serve, tmp_path_factory):
    counted = missions.sized(tmp_path_factory.mktemp("missions") / "counted", 2_000)
    return serve([counted]) + "/counted/en/"


def random_press_state(draw):
    view = draw.choice(["coverage", "rate", "rate"])
    stage, severity = draw.choice(["all", "voting", "opening"]), draw.choice(["low", "medium", "high"])
    return f"view={view}&stage={stage}&from={severity}"


# Of every area: how the map dresses it, what the pointer is told, and its row in the list, if it has one.
AREAS = """() => [...document.querySelectorAll('path.area')].map((path, unit) => {
    const { x, y } = path.getBoundingClientRect(), at = { clientX: x, clientY: y, bubbles: true };
    for (const kind of ['mouseover', 'mousemove']) path.dispatchEvent(new MouseEvent(kind, at));
    const told = [...document.getElementById('tip').children].map(one => one.textContent);
    const row = [...document.querySelectorAll('#unit-list button')].find(
        one => one.querySelector('.name').textContent === told[0]);
    const fill = [...path.classList].find(name => name.startsWith('fill-')) ?? path.getAttribute('fill');
    return {
        told, fill, share: row?.querySelector('.share').textContent ?? '',
        said: row?.querySelector('.visually-hidden').textContent ?? '',
        rest: document.getElementById('list-rest').textContent,
    };
})"""


@pytest.mark.parametrize("seed", PRESS_SEEDS)
@pytest.mark.capability("The list says what the map says", page="press")
def test_list_of_the_press_page_is_its_map(quiet_page, press, seed):
    asked = random_press_state(random.Random(seed))
    page = quiet_page
    page.goto(f"{press}#{asked}")
    page.locator("#stage[data-shown*='/']").wait_for(state="attached")
    page.locator("path.area[class*='fill-'], path.area[fill^='url']").first.wait_for(state="attached")
    legend = dict(
        page.locator(".histogram button").evaluate_all(
            "all => all.map(one => [one.dataset.token, one.textContent])"
        )
    )
    areas = page.evaluate(AREAS)
    assert len(areas) == 10
    for area in areas:
        if not area["fill"].startswith(("fill-rate-", "fill-coverage-")):
            assert area["said"] or area["told"][0] in area["rest"], (area, asked)
            continue
        assert ". ".join(area["told"][1:]) == area["said"], asked  # the pointer's card, to screen readers
        k, m = (int(n.replace(",", "")) for n in re.match(r"([\d,]+) of ([\d,]+)", area["told"][1]).groups())
        assert abs(100 * k / m - float(area["share"].split()[0])) <= (0.05 if m >= 200 else 0.5)
        low, high = bounds_of(legend[area["fill"].removeprefix("fill-")])
        assert low <= 100 * k / m + 1e-9 < high, (area, asked)


def bounds_of(label):
    """Where a class of the legend begins and ends, percent: "<10", "10–15", "30+ %", or "all"."""
    numbers = [float(n) for n in re.findall(r"[\d.]+", label)]
    if label.startswith("<"):
        return 0.0, numbers[0]
    if not numbers:
        return 0.0, 101.0
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], 101.0 if "+" in label else 0.1)
