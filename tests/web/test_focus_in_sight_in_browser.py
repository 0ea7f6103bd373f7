"""What has the focus is not hidden by what stays in sight (WCAG 2.4.11): with Tab, and back."""

import pytest

from tests.web.desks import ROOT, open_desk, serving
from tests.web.test_press_pages_in_browser import open_map

pytestmark = pytest.mark.browser
WINDOWS = {"phone": {"width": 390, "height": 844}, "200 percent": {"width": 640, "height": 400}}
MOST = 150  # presses of a key: longer lists repeat themselves

# Whether any of nine points of what has the focus lies under nothing; a hidden input is seen by its label.
HIDDEN = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return 'the end';
    const shown = one.closest('label:has(:focus), .range') ?? one;
    const { left, top, width, height } = shown.getBoundingClientRect();
    const at = [0.1, 0.5, 0.9];
    const isSeen = at.some(x => at.some(y => {
        const met = document.elementFromPoint(left + x * width, top + y * height);
        return !!met && (shown.contains(met) || met.contains(shown) && !met.matches('body, html'));
    }));
    return isSeen ? "" : `${one.tagName} ${one.id || one.className || one.name} at ${Math.round(top)} px`;
}"""


def hidden(page, key):
    """Press a key until the focus leaves the page; return what had it and was hidden, and how many had it."""
    found = []
    for steps in range(MOST):
        page.keyboard.press(key)
        says = page.evaluate(HIDDEN)
        if says == "the end":
            return found, steps
        found += [says] if says else []
    return found, MOST


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Give the address of a desk with a long list of reports."""
    with serving([ROOT / "data" / "kazakhstan-2005-citizens"], tmp_path_factory.mktemp("state")) as address:
        yield address("kazakhstan-2005-citizens")


@pytest.mark.parametrize("window", WINDOWS)
def test_map_of_the_desk_never_hides_what_has_the_focus(quiet_page, desk, window):
    quiet_page.emulate_media(reduced_motion="reduce")
    quiet_page.set_viewport_size(WINDOWS[window])
    page = open_desk(quiet_page, desk, "kk/#tab=inbox")
    page.locator(".report").nth(20).wait_for()
    for key in ("Shift+Tab", "Tab"):  # upwards first: from the end of a long list to below the map
        found, steps = hidden(page, key)
        assert steps > 20 and found == [], key


@pytest.mark.parametrize("window", WINDOWS)
def test_nothing_on_the_press_page_hides_what_has_the_focus(quiet_page, counted, window):
    quiet_page.emulate_media(reduced_motion="reduce")
    quiet_page.set_viewport_size(WINDOWS[window])
    page = open_map(quiet_page, f"{counted}/kk/")
    for key in ("Tab", "Shift+Tab"):
        found, steps = hidden(page, key)
        assert steps > 20 and found == [], key
