"""The colours and patterns of a picture: the page's light theme as plain attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from layers.pictures.picture_svg import Svg, tag

STYLE: Final = Path(__file__).resolve().parents[2] / "templates" / "static" / "css" / "tokens.css"
_LIGHT: Final = re.compile(r":root \{(.*?)\}", re.DOTALL)
_TOKEN: Final = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\b")
PATTERNS: Final = {
    "status-not_reported": "dots",
    "status-not_observed": "hatch",
    "status-merged": "cross",
    "status-not_known": "rings",
}
# Appearances named otherwise in the style sheet.
CALLED: Final = {"hot": "rate-4", "quiet": "expected"}
_GROUND: Final = {"dots": "dots", "hatch": "hatch", "cross": "merged", "rings": "merged"}


@lru_cache(maxsize=1)
def colours() -> Mapping[str, str]:
    """Return the colours of the page's light theme by name, so that a picture cannot differ from its map."""
    light = _LIGHT.search(STYLE.read_text(encoding="utf-8"))
    return dict(_TOKEN.findall(light[1])) if light else {}


def colour(name: str) -> str:
    """Return a colour of the style sheet; black for one it no longer has."""
    return colours().get(name, "#000000")


def fill(appearance: str) -> str:
    """Return the paint of an appearance: a colour, or a pattern of `definitions`."""
    if appearance == "none":
        return "none"
    if appearance in PATTERNS:
        return f"url(#{PATTERNS[appearance]})"
    return colour(CALLED.get(appearance) or appearance.removeprefix("status-"))


def definitions() -> Svg:
    """Return the patterns of the page's map."""

    def pattern(name: str, size: int, turn: bool, *inside: Svg) -> Svg:
        back = tag("rect", width=size, height=size, fill=colour(f"{_GROUND[name]}-ground"))
        return tag(
            "pattern", back, *inside, id=name, width=size, height=size, patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)" if turn else None,
        )  # fmt: skip

    dots = [tag("circle", cx=at, cy=at, r=1, fill=colour("dots")) for at in (1.75, 5.25)]
    hatch = tag("path", d="M0 0V7", stroke=colour("hatch"), stroke_width=1.4)
    cross = tag("path", d="M0 0V9M0 0H9", stroke=colour("merged"), fill="none")
    ring = tag("circle", cx=4, cy=4, r=2.2, stroke=colour("merged"), fill="none")
    return tag(
        "defs",
        pattern("dots", 7, False, *dots),
        pattern("hatch", 7, True, hatch),
        pattern("cross", 9, True, cross),
        pattern("rings", 8, False, ring),
    )
