"""What the map draws and tells at the pointer is what its table says, in states drawn at random."""

import random
import re

import pytest

from tests.web import missions
from tests.web.desks import SIMULATED, drawn, open_desk

pytestmark = pytest.mark.browser
DESK_SEEDS, PRESS_SEEDS = range(10), range(8)
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
        "view": view,
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
    return page.locator("#table-body tbody tr").evaluate_all(ROWS)


def tells_the_same(view, lines, row):
    """Whether a unit's card at the pointer and its row hold the same figures. Cells: see desk/table.js."""
    _, visited, found, interval, shown, assessed, gap, *_ = row
    is_said = [lines[1].partition(": ")[2] == visited]
    ratio = lines[2:] if view in ("rate", "both", "assessment") else lines[3:] if view == "hot_spot" else []
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
def test_table_of_the_desk_is_its_map(quiet_page, desks, seed):
    view = VIEWS[seed % len(VIEWS)]
    asked = random_desk_state(view, random.Random(seed))
    page = open_desk(quiet_page, desks(SIMULATED), f"en/#{asked}")
    on_map, units_on_map, tips = drawn(page, "stations"), drawn(page, "units"), page.evaluate(TIPS)
    titles = dict(
        page.locator("#state-list label").evaluate_all(
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
            _, _, state, severity, time = told[lines[0]]
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
    view = draw.choice(["findings", "coverage", "rate", "rate"])
    if view == "findings":
        return f"view=findings&severity={draw.randint(1, 15)}"
    stage, severity = draw.choice(["all", "voting", "opening"]), draw.choice(["low", "medium", "high"])
    return f"view={view}&stage={stage}&from={severity}"


# Of every area: how the map dresses it, what the pointer is told, its pile of marks, and its row in the list.
AREAS = """() => [...document.querySelectorAll('path.area')].map(path => {
    const { x, y } = path.getBoundingClientRect(), at = { clientX: x, clientY: y, bubbles: true };
    for (const kind of ['mouseover', 'mousemove']) path.dispatchEvent(new MouseEvent(kind, at));
    const told = [...document.getElementById('tip').children].map(one => one.textContent);
    const row = document.querySelector(`#area-list [data-area="${path.dataset.area}"]`);
    const pile = document.querySelector(`.cluster-icon[aria-label^="${told[0]} "]`);
    const fill = [...path.classList].find(name => name.startsWith('fill-')) ?? path.getAttribute('fill');
    return {
        told, fill, pile: pile?.getAttribute('aria-label').slice(told[0].length + 1).split('.')[0] ?? '',
        name: row.querySelector('.name').textContent, word: row.querySelector('.word')?.textContent ?? '',
        n: row.querySelector('.n')?.textContent ?? '',
        said: row.querySelector('.visually-hidden').textContent,
    };
})"""


@pytest.mark.parametrize("seed", PRESS_SEEDS)
def test_list_of_the_press_page_is_its_map(quiet_page, press, seed):
    asked = random_press_state(random.Random(seed))
    page = quiet_page
    page.goto(f"{press}#{asked}")
    page.locator("#area-list li").first.wait_for(state="attached")
    page.locator("path.area[class*='fill-'], path.area[fill^='url']").first.wait_for(state="attached")
    if "view=findings" not in asked:
        page.locator("#area-list .word").first.wait_for(state="attached")
    legend = dict(
        page.locator("#legend li").evaluate_all(
            "all => all.map(one => [one.querySelector('rect')?.classList.value, one.textContent])"
        )
    )
    areas = page.evaluate(AREAS)
    assert len(areas) == 10
    for one in areas:
        assert one["told"][0] == one["name"]
        assert ". ".join(one["told"][1:]) == one["said"], asked  # the pointer's card, to screen readers
        if one["fill"].startswith(("fill-rate-", "fill-coverage-")) and one["fill"] != "fill-rate-small":
            k, m, share = re.match(r"(\d+) / (\d+) · ([\d.]+)", one["word"]).groups()
            assert abs(100 * int(k) / int(m) - float(share)) <= 0.05
            low, high = re.match(r"([\d.]+)(?:–([\d.]+))?", legend[one["fill"]]).groups()
            assert float(low) <= 100 * int(k) / int(m) < float(high or 101), (one, asked)
            assert f"{k} of {m}" in one["told"][2].replace(",", ""), (one, asked)
        if "view=findings" in asked:
            assert one["n"] == one["pile"], (one, asked)
    if "view=findings" in asked:
        marks = page.evaluate("document.querySelector('.folium-map').dataset.marks")
        assert int(marks) == sum(int(one["n"] or 0) for one in areas)
