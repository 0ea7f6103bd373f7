"""How a press map is to be read, and how it is to be cited: sentences that follow from the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from geo.model.mission import text_in
from layers.map.caption import cut_off, method
from layers.map.measures import shown
from layers.map.press_view import View
from layers.pictures import category_picture
from layers.words.language import Language, mark

# Suffixes of the pictures of a map: what each is made for.
PRESETS: Final[Mapping[str, str]] = {
    "-web.png": mark("PNG for a page, 1200 wide"),
    "-square.png": mark("PNG square, 1080 × 1080"),
    "-story.png": mark("PNG upright, 1080 × 1920"),
    ".svg": mark("SVG with live text"),
    "-plain.svg": mark("SVG without title"),
}
CHOSEN: Final[Mapping[str, str]] = {
    "purposive": mark(
        "The mission chose the polling stations, not at random: the figures describe those visited and are "
        "no estimate for the country."
    ),
    "probability": mark(
        "The polling stations are a random sample: figures stand for all of them within the interval given "
        "with each."
    ),
    "mixed": mark(
        "Some polling stations were chosen and some drawn at random: the figures describe those visited and "
        "are no estimate for the country."
    ),
    "census": mark("All polling stations were to be visited: the figures describe those that were."),
}
NO_INTERVAL: Final = mark(
    "The polling stations are a random sample, but no figure has an interval: the figures describe those "
    "visited and are no estimate for the country."
)
ABSENT: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): mark(
        "Hatched areas were not observed, so nothing can be concluded about them; others have the figures "
        "that they are told with a neighbour's."
    ),
    (True, False): mark(
        "Hatched areas were not observed: nothing can be concluded about them, least of all that nothing "
        "happened."
    ),
    (False, True): mark(
        "Some areas have too few visited stations for a figure of their own: they are told with a neighbour."
    ),
    (False, False): mark("A reported finding is what observers said they saw, not a judgement on anyone."),
}


def sentences(view: View, language: Language) -> list[str]:
    """Return how to read the map, for the view a page opens with."""
    absent = ABSENT["not_observed" in view.status, "merged" in view.status]
    measure = shown(view)[0]
    is_bare = view.mission.selection == "probability" and not view.has_estimates
    chosen = NO_INTERVAL if is_bare else CHOSEN[view.mission.selection]
    return [language.say(one) for one in (measure.reads, chosen, absent)]


def citation(view: View, language: Language) -> str:
    """Return the figures' citation without the page's address, which only the reader's browser knows."""
    about = view.mission
    licences = "; ".join(dict.fromkeys(one.licence for one in about.sources if one.licence))
    parts = [
        text_in(about.title, language.code).rstrip(".") + ".",
        _reported_by(view, language),
        method(view, language),
        cut_off(view, language),
        language.say(mark("Data version {version}"), version=view.version) + ".",
        language.say(mark("Licence: {licence}."), licence=licences) if licences else "",
    ]
    return " ".join(filter(None, parts))


def _reported_by(view: View, language: Language) -> str:
    """Whose observers they were, where the source of the visited figure says so."""
    visited = view.totals.get("visited")
    publisher = next(
        (one.publisher for one in view.mission.sources if visited and one.id == visited.source), ""
    )
    if not publisher or view.mission.nature == "simulated":
        return ""
    return language.say(mark("Reported by observers of {publisher}."), publisher=publisher)


def pictures(view: View, name: str, stage: str, severity: str) -> dict[str, str]:
    """Return the addresses of a map's picture, relative to the page: `pattern`, `first`, and the `still`."""
    base = f"picture-{view.version}"
    first = f"{base}/{name}-{stage}-{severity}"
    return {"pattern": f"{base}/{{name}}", "first": first, "still": f"{first}.svg"}


def table_picture(view: View, area: int) -> str:
    """Return the address of the picture of the kinds of finding, without suffix; "" where there is none.

    `area`: position of a drawn area, -1 for the country.
    """
    if not category_picture.rows_with_finding(view, area):
        return ""
    chosen = category_picture.TableChoice(int(view.together[area]) if area >= 0 else -1, "")
    return f"picture-{view.version}/{chosen.name}"


def area_address(area_id: str) -> str:
    """Return an area's page relative to the mission's page; the id is text from a file.

    >>> area_address("KZ-AKM"), area_address('a/b "c"')
    ('area/KZ-AKM/', 'area/a%2Fb%20%22c%22/')
    """
    return f"area/{quote(area_id, safe='')}/"
