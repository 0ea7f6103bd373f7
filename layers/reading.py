"""How a press map is to be read, and how it is to be cited: sentences that follow from the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from geo.mission import text_in
from layers import picture_words as words
from layers.every import LAYERS
from layers.language import Language, mark
from layers.method_line import cut_off, method
from layers.view import View

# By layer: what its colours or marks count.
SHOWN: Final[Mapping[str, str]] = {
    "findings": mark(
        "Marks count the polling stations where observers reported a finding; the fill of an area only says "
        "whether observers were there."
    ),
    "coverage": mark(
        "The darker an area, the larger the share of its polling stations that observers visited; it says "
        "nothing about what they saw."
    ),
    "cell-coverage": mark(
        "The darker a cell, the larger the share of its polling stations that observers visited; it says "
        "nothing about what they saw."
    ),
    "rate": mark(
        "The darker an area, the larger the share of visits with at least one reported finding, among visits "
        "whose form asked, at the stage and severity chosen."
    ),
    "negative": mark(
        "The darker an area, the larger the share of assessed visits that observers called bad or very bad "
        "as a whole."
    ),
    "hot": mark(
        "Cells stand out where more findings were reported than chance explains, whichever team is left out: "
        "they say where to look, not who is to blame."
    ),
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
ABSENT: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): mark(
        "Hatched areas were not observed, so nothing can be concluded about them; in cross-hatched ones "
        "the figures are withheld to protect observers."
    ),
    (True, False): mark(
        "Hatched areas were not observed: nothing can be concluded about them, least of all that nothing "
        "happened."
    ),
    (False, True): mark("In cross-hatched areas the figures are withheld to protect observers."),
    (False, False): mark("A reported finding is what observers said they saw, not a judgement on anyone."),
}
NAMED_YET_WITHHELD: Final = mark(
    "Single stations are named because this mission releases them; the areas’ own figures stay withheld "
    "where too few stations or teams stand behind them."
)


def sentences(view: View, language: Language) -> dict[str, Any]:
    """Return how to read the map: `shown` by layer, of which one is true at a time, `chosen`, `absent`."""
    offered = [layer for layer in LAYERS if layer.kind in ("fill", "cells") and layer.exists(view)]
    absent = ABSENT["not_observed" in view.status, "suppressed" in view.status]
    return {
        "shown": {layer.name: language.say(SHOWN.get(layer.name, layer.says)) for layer in offered},
        "chosen": language.say(CHOSEN[view.mission.selection]),
        "absent": language.say(absent),
    }


def named_yet_withheld(view: View, language: Language) -> str:
    """Return why stations are named in areas whose figures are withheld; "" where that is not so."""
    is_odd = view.registry is not None and view.named > 0 and "suppressed" in view.status
    return language.say(NAMED_YET_WITHHELD) if is_odd else ""


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


def pictures(view: View, first_view: str, stage: str) -> dict[str, str]:
    """Return the addresses of the picture a page opens with, relative to the page, and their pattern."""
    base = f"picture-{view.version}"
    name = words.name_of(view, first_view, stage)
    return {"pattern": f"{base}/{{name}}.", "svg": f"{base}/{name}.svg", "png": f"{base}/{name}.png"}


def area_address(area_id: str) -> str:
    """Return an area's page relative to the mission's page; the id is text from a file.

    >>> area_address("KZ-AKM"), area_address('a/b "c"')
    ('area/KZ-AKM/', 'area/a%2Fb%20%22c%22/')
    """
    return f"area/{quote(area_id, safe='')}/"
