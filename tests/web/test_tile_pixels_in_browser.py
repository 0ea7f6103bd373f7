"""A tile put together as pixels: squares that meet, dots that keep their strength, symbols over both."""

import pytest

pytestmark = pytest.mark.browser
BEGIN = """async () => {
    const theme = document.querySelector("script[src*='/js/theme.js']").src;
    const px = await import(new URL("tiles/tile-pixels.js", theme));
    const p = px.emptyPicture(16);
    const at = (x, y) => Array.from(p.data.slice(4 * (16 * y + x), 4 * (16 * y + x) + 4));
    const symbol = document.createElement("canvas");
    symbol.width = symbol.height = 2;
    const ink = symbol.getContext("2d");
"""


@pytest.fixture
def run(quiet_page, kazakhstan):
    """Run code on a page with the module as `px`, a picture `p` of 16 pixels a side, and a small canvas."""
    quiet_page.goto(f"{kazakhstan}/en/")
    return lambda code: quiet_page.evaluate(f"{BEGIN} {code} }}")


def test_neighbouring_squares_meet_without_a_gap_or_a_seam(run):
    code = """px.block(p, 0, 0, 5.4, 16, px.word([255, 0, 0], 235));
        px.block(p, 5.4, 0, 16, 16, px.word([0, 0, 255], 235));
        return [0, 4, 5, 15].map(x => at(x, 8));"""
    red, blue = [255, 0, 0, 235], [0, 0, 255, 235]
    assert run(code) == [red, red, blue, blue]


def test_square_beyond_the_tile_is_cut_at_its_edge(run):
    code = """px.block(p, -9, -9, 1, 1, px.word([1, 2, 3], 200));
        px.block(p, 15, 15, 40, 40, px.word([1, 2, 3], 200));
        return p.words.reduce((n, one) => n + (one ? 1 : 0), 0);"""
    assert run(code) == 2


def test_dot_is_full_in_its_middle_and_soft_at_its_edge(run):
    code = "px.dot(p, 8, 8, 2, [9, 8, 7], 179); return [at(7, 7), at(9, 7)[3], at(12, 8)[3]];"
    middle, edge, beyond = run(code)
    assert middle == [9, 8, 7, 179] and 0 < edge < 179 and beyond == 0


def test_dots_that_meet_are_no_stronger_than_one(run):
    code = """for (let i = 0; i < 3; i += 1) px.dot(p, 8 + i / 2, 8, 2, [9, 8, 7], 179);
        return Math.max(...p.data.filter((_, i) => i % 4 === 3));"""
    assert run(code) == 179


def test_symbol_covers_what_lies_below_and_a_soft_one_mixes_with_it(run):
    code = """ink.fillStyle = "rgb(200, 0, 0)"; ink.fillRect(0, 0, 1, 2);
        ink.fillStyle = "rgba(200, 0, 0, 0.5)"; ink.fillRect(1, 0, 1, 2);
        px.block(p, 0, 0, 16, 16, px.word([0, 0, 200], 255)); px.stampAll(p, symbol, [8, 8, 99, 99], 1);
        return [at(7, 7), at(8, 7), at(9, 7)];"""
    covered, mixed, bare = run(code)
    assert covered == [200, 0, 0, 255] and bare == [0, 0, 200, 255]
    assert mixed[3] == 255 and all(abs(part - 100) <= 2 for part in (mixed[0], mixed[2]))


def test_colours_of_the_style_sheet_become_bytes(run):
    assert run("return px.rgb('#f0934a');") == [0xF0, 0x93, 0x4A]
