"""Every class of a legend can be told from every other, colour-blind or not; every text from its ground."""

import math
import re
from itertools import combinations

import pytest

from layers.map.measures import MEASURES, desk_figures, desk_views
from layers.words.wording import STATUS
from tests.colours import CSS, VISION, ciede2000, contrast, least_difference, linear, seen, themes

LEAST = 10.0  # CIEDE2000; issue 5
JS = CSS.parent / "js"
PAGE = "".join((CSS / name).read_text(encoding="utf-8") for name in ("page.css", "press.css"))
DESK = (CSS / "desk.css").read_text(encoding="utf-8")
CLASSES = (JS / "desk" / "unit-appearance.js").read_text(encoding="utf-8")
THEMES = [
    pytest.param(colours, id=f"{name}-{i}")
    for name, ways in themes("tokens.css").items()
    for i, colours in enumerate(ways)
]
# Sharma, Wu & Dalal 2005, table 1: L a b, L a b, the difference printed.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


@pytest.mark.parametrize("line", SHARMA.strip().splitlines())
def test_difference_is_the_published_one(line):
    l1, a1, b1, l2, a2, b2, printed = map(float, line.split())
    assert round(ciede2000((l1, a1, b1), (l2, a2, b2)), 4) == printed


def test_lightness_and_colour_are_those_of_srgb():
    assert seen("#ffffff", "") == pytest.approx((100, 0, 0), abs=0.02)
    assert seen("#ff0000", "") == pytest.approx((53.24, 80.09, 67.20), abs=0.02)


@pytest.mark.parametrize("vision", VISION)
def test_grey_stays_grey_for_everybody(vision):
    lightness, a, b = seen("#808080", vision)
    assert (lightness, a, b) == pytest.approx(seen("#808080", ""), abs=0.7)


def test_red_and_green_of_one_lightness_are_one_colour_to_a_deuteranope():
    red, green = "#b06e3d", "#7b8446"
    assert ciede2000(seen(red, ""), seen(green, "")) > 20
    assert least_difference(red, green)[0] < 12


def rule(sheet, selector, what):
    """The custom property that a rule gives to fill, stroke or background."""
    found = re.search(rf"(?<![\w.-]){re.escape(selector)} {{[^}}]*?\b{what}: var\(--([\w-]+)\)", sheet)
    assert found, f"{selector} has no {what} in the style sheet"
    return found[1]


def alike(looks, colours):
    """Pairs of a legend that somebody cannot tell apart. looks: class → (shape or pattern, property)."""
    found = []
    for (one, (form, ink)), (other, (other_form, other_ink)) in combinations(looks.items(), 2):
        if form != other_form:
            continue
        difference, vision = least_difference(colours[ink], colours[other_ink])
        if difference < LEAST:
            found.append(f"{one} and {other}: {difference:.1f} under {vision}")
    return found


# ---- press: tokens of the measures, dressed as legend-swatches.js, page.css and press.css dress them ----

PRESS_PATTERNS = dict(
    re.findall(
        r'"(status-\w+)": "(pattern-\w+)"', (JS / "press" / "legend-swatches.js").read_text(encoding="utf-8")
    )
)


def press_look(token):
    if token in PRESS_PATTERNS:
        return PRESS_PATTERNS[token], ""
    if token.startswith("severity-"):  # ring, triangle, diamond, star: severity-marks.js
        return token, ""
    if token in ("station", "station-visited"):
        selector = f".point-{token}"
        is_hollow = f"{selector} {{ fill: none" in PAGE
        return ("ring" if is_hollow else "disc"), rule(PAGE, selector, "stroke" if is_hollow else "fill")
    if token == "long-term":
        return "dashes", rule(PAGE, ".long-term-edge", "stroke")
    return "flat", rule(PAGE, f".fill-{token}", "fill")


@pytest.mark.parametrize("colours", THEMES)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
@pytest.mark.capability("Colours for the colour-blind", page="every page")
def test_classes_of_a_press_legend_can_be_told_apart(measure, colours):
    ramp = [f"{measure.ramp}-{i}" for i in range(5)] if measure.ramp else []
    own = ["quiet", "cluster"] if measure.unit == "clusters" else []
    # a share that is published is of a class; clusters lie on one quiet ground
    words = [f"status-{one}" for one in STATUS if not (one == "published" and (ramp or own))]
    assert alike({token: press_look(token) for token in [*ramp, *own, *words]}, colours) == []


@pytest.mark.parametrize("colours", THEMES)
def test_ground_of_clusters_has_no_hue_of_its_own(colours):
    _, a, b = seen(colours[rule(PAGE, ".fill-quiet", "fill")], "")
    assert math.hypot(a, b) < 4  # the chroma from which grey is called a tint


@pytest.mark.parametrize("colours", THEMES)
def test_ground_of_clusters_stands_out_from_the_countries_around(colours):
    assert least_difference(colours[rule(PAGE, ".fill-quiet", "fill")], colours["land"])[0] >= 3


@pytest.mark.parametrize("colours", THEMES)
def test_severities_in_bars_can_be_told_apart(colours):
    for bar in (".bar", ".length"):
        looks = {}
        for name in ("low", "medium", "high", "critical"):
            selector = f"{bar} .{name}"
            is_hollow = re.search(rf"{re.escape(selector)} {{[^}}]*stroke: var", PAGE)
            looks[name] = ("hollow" if is_hollow else "flat", rule(PAGE, selector, "fill"))
        assert alike(looks, colours) == []


# ---- desk: fills of unit-appearance.js, edges of unit-layer.js, colours of desk.css ----


def written(name, text):
    """What stands between the braces of a constant of a script."""
    return re.search(rf"const {name} = \{{(.*?)\}};", text, re.DOTALL)[1]


STATUS_FILLS = re.findall(r': "([\w:-]+)"', written("STATUS_FILL", CLASSES))
RAMPS = {figure.ramp for figure in desk_figures().values()}
GRIDS = {view.grid.ramp for view in desk_views() if view.grid}
SHADES = sorted(RAMPS | {measure.ramp for measure in MEASURES if measure.ramp})


def test_every_status_has_a_fill_of_the_desk():
    assert len(STATUS_FILLS) == 5


@pytest.mark.parametrize("ramp", SHADES)
def test_either_page_and_every_list_has_the_colours_of_a_ramp(ramp):
    for shade in (f"{ramp}-{i}" for i in range(5)):
        assert rule(PAGE, f".fill-{shade}", "fill") == rule(DESK, f".fill-{shade}", "background") == shade
    for part in ("bar", "range", "dot"):
        assert rule(DESK, f".{part}-{ramp}", "fill").startswith(ramp)


def desk_look(fill):
    return (fill, "") if fill.startswith("pattern:") else ("flat", fill)


@pytest.mark.parametrize("colours", THEMES)
@pytest.mark.parametrize("view", sorted(RAMPS | GRIDS))
def test_classes_of_a_desk_legend_can_be_told_apart(view, colours):
    ramp = [name for name in colours if re.fullmatch(rf"{view}-\d+", name)]
    own = [*ramp, "published"] if view == "coverage" else ramp
    assert len(own) >= 5
    fills = dict.fromkeys([*own, *STATUS_FILLS, "insufficient"])
    assert alike({fill: desk_look(fill) for fill in fills}, colours) == []


@pytest.mark.parametrize("colours", THEMES)
def test_visits_and_findings_of_an_hour_can_be_told_apart(colours):
    looks = {
        name: ("flat", rule(DESK, f".{name}", "fill")) for name in ("bar-visits", "bar-findings", "bar-out")
    }
    assert alike(looks, colours) == []


@pytest.mark.parametrize("colours", THEMES)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [("hatch", "hatch-ground"), ("dots", "dots-ground"), ("merged", "merged-ground")],
)
def test_pattern_stands_out_on_its_ground(ink, ground, colours):
    assert least_difference(colours[ink], colours[ground])[0] >= LEAST


def test_both_ways_to_be_dark_are_the_same_dark():
    first, second = themes("tokens.css")["dark"]
    assert first == second


def test_paper_is_never_dark():
    colours = (CSS / "tokens.css").read_text(encoding="utf-8")
    for way in (
        "@media screen and (prefers-color-scheme: dark)",
        '@media screen {\n:root[data-theme="dark"]',
    ):
        assert colours.count(way) == 2  # the page's colours, and the desk's
    for sheet in (colours, PAGE, DESK):
        assert "@media (prefers-color-scheme: dark)" not in sheet


# ---- text ----

GROUNDS = {  # every ground that a text of this colour stands on, by the rules of both sheets
    "ink": ("surface", "raised", "page", "land", "sea", "accent-soft"),
    "muted": ("surface", "raised", "page", "land", "accent-soft"),
    "accent": ("surface", "accent-soft", "raised", "page"),
    "teal": ("surface",),
    "critical": ("surface",),
    "town": ("land", "sea"),
    "surface": ("critical", "teal"),
}


@pytest.mark.parametrize("colours", THEMES)
@pytest.mark.parametrize(("ink", "grounds"), GROUNDS.items(), ids=GROUNDS)
def test_text_stands_out_on_its_ground(ink, grounds, colours):
    assert {on: round(contrast(colours[ink], colours[on]), 2) for on in grounds if
            contrast(colours[ink], colours[on]) < 4.5} == {}  # fmt: skip


@pytest.mark.parametrize("colours", THEMES)
def test_word_simulated_stands_out_through_its_band(colours):
    opacity = float(re.search(r"\.band {[^}]*opacity: ([\d.]+)", PAGE)[1])
    parts = [[int(colours[name][i : i + 2], 16) for i in (1, 3, 5)] for name in ("critical", "land")]
    mixed = "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in zip(*parts, strict=True))
    assert (
        contrast(f"#{mixed}", colours["land"]) >= 3
    )  # bold and wide letters, 12 px: and said in words beside


def test_no_text_is_written_in_the_faint_colour():
    rules = re.findall(r"([^{}]+){([^}]*(?<![-\w])color: var\(--faint\)[^}]*)}", PAGE + DESK)
    assert [selector.strip() for selector, body in rules if "content:" not in body] == []


def test_linear_light_of_half_is_a_fifth():
    assert linear("#808080")[0] == pytest.approx(0.2158605)
