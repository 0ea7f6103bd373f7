"""Sampled every 100 ms: no frame of the desk speaks of two choices, on a slow line and without one."""

import pytest
from playwright.sync_api import expect

from tests.browser import Record, open_context
from tests.web.desks import open_desk, settled
from tests.web.test_desk_standing_in_browser import line
from tests.web.test_figure_state_in_browser import SLOW

pytestmark = pytest.mark.browser
# What every part says, after the frame is painted; what the controls stand at, unless it is marked pending.
WATCH = """() => {
    window.samples = [];
    const text = id => document.getElementById(id).textContent;
    const drawn = pane => document.querySelector(`.leaflet-${pane}-pane canvas`).dataset.drawn;
    const sample = () => window.samples.push({
        control: 'pending' in document.documentElement.dataset ? '' :
            document.querySelector('input[name=stage]:checked').value + ' '
            + document.getElementById('severity').value,
        caption: text('caption-main') + text('caption-more'), legend: text('legend-title') + text('legend'),
        list: text('list'), figures: text('key-figures'), states: text('state-list'),
        units: drawn('units'), stations: drawn('stations'),
    });
    window.watch = setInterval(() => requestAnimationFrame(() => setTimeout(sample, 0)), 100);
}"""
# How often a choice was marked pending or no longer so: figures may come before a test looks.
PENDING = """() => {
    window.marks = 0;
    new MutationObserver(() => { window.marks += 1; })
        .observe(document.documentElement, { attributeFilter: ['data-pending'] });
}"""
STOP = "() => (clearInterval(window.watch), window.samples)"
PARTS = ("caption", "legend", "list", "figures", "states", "units", "stations")


def choose(page, stage, severity):
    if page.locator("#severity").input_value() != severity:
        page.locator("#severity").select_option(severity)
    else:
        page.locator(f"input[name=stage][value='{stage}']").check(force=True)


def sampled(page, more=2):
    """Wait until so many more samples were taken."""
    before = page.evaluate("window.samples.length")
    page.wait_for_function("n => window.samples.length >= n", arg=before + more)


def pictures(samples):
    """Return what was on screen at one time, each once: one for every choice if nothing ran ahead."""
    return {tuple(sample[part] for part in PARTS) for sample in samples}


@pytest.mark.slow
@pytest.mark.capability("Figures never run ahead of the choice", page="desk")
def test_every_frame_of_the_desk_on_a_slow_line_speaks_of_one_choice(browser, desks):
    with open_context(browser, Record()) as context:
        page = open_desk(context.new_page(), desks("small"), "en/#view=rate&squares=1")
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", SLOW)
        page.evaluate(WATCH)
        page.evaluate(PENDING)
        sampled(page)
        for stage, severity in (("", "critical"), ("closing", "critical"), ("closing", "low")):
            marks = page.evaluate("window.marks")
            choose(page, stage, severity)
            page.wait_for_function("marks => window.marks > marks", arg=marks)
            settled(page, f"stage={stage}&severity={severity}")
            sampled(page)
        samples = page.evaluate(STOP)
    by_control = {}
    for sample in samples:
        if sample["control"]:
            by_control.setdefault(sample["control"], set()).add(tuple(sample[part] for part in PARTS))
    assert all(len(seen) == 1 for seen in by_control.values())  # a control not pending is what is shown
    assert pictures(samples) == set().union(*by_control.values()) and len(pictures(samples)) >= 3
    assert any(not sample["control"] for sample in samples)


def test_half_a_minute_without_a_line_shows_no_frame_of_two_choices(browser, desks):
    with open_context(browser, Record()) as context:
        page = context.new_page()
        page.clock.install()
        open_desk(page, desks("small"), "en/#view=rate&squares=1")
        page.evaluate(WATCH)
        sampled(page)
        line(page, is_up=False)
        choose(page, "closing", "medium")
        page.locator("#standing").wait_for(state="visible")
        for _ in range(30):
            page.clock.run_for(1000)
        offline = page.evaluate("window.samples")
        assert len(offline) > 200 and len(pictures(offline)) == 1
        expect(page.locator("#standing")).to_contain_text("No connection")
        line(page, is_up=True)
        settled(page, "stage=closing")
        sampled(page)
        samples = page.evaluate(STOP)
    assert len(pictures(samples)) == 2
