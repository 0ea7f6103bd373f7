"""How far apart two colours of a style sheet look, to whom, and whether text stands out on its ground.

Difference: CIEDE2000 (Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, equations 2–22). Colour blindness:
Machado, Oliveira & Fernandes 2009 (doi:10.1109/TVCG.2009.113), severity 1.0, in linear light. Contrast: WCAG
2.2 §1.4.3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

RGB = tuple[float, float, float]
LAB = tuple[float, float, float]
Matrix = tuple[RGB, RGB, RGB]

CSS: Final = Path(__file__).resolve().parents[1] / "templates" / "static" / "css"
VISION: Final[Mapping[str, Matrix]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_TO_XYZ: Final[Matrix] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final[RGB] = (0.95047, 1.0, 1.08883)  # D65
_BLOCK: Final = re.compile(r"(:root[^{]*)\{([^{}]*)\}")
_COLOUR: Final = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\b")


def themes(*sheets: str) -> dict[str, list[dict[str, str]]]:
    """Return the custom colours of style sheets as {"light": […], "dark": […]}.

    One dict per way a theme is set: dark by the system and by the reader. Later sheets override earlier ones.
    """
    light: dict[str, str] = {}
    dark: list[dict[str, str]] = [{}, {}]
    for sheet in sheets:
        for selector, body in _BLOCK.findall((CSS / sheet).read_text(encoding="utf-8")):
            found = dict(_COLOUR.findall(body))
            if "not(" in selector:
                dark[0] |= found
            elif 'data-theme="dark"' in selector:
                dark[1] |= found
            else:
                light |= found
    return {"light": [light], "dark": [light | one for one in dark]}


def linear(colour: str) -> RGB:
    """Return #rrggbb in linear light, each part in [0, 1]."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def _times(matrix: Matrix, value: RGB) -> RGB:
    red, green, blue = (sum(a * b for a, b in zip(row, value, strict=True)) for row in matrix)
    return red, green, blue


def seen(colour: str, vision: str) -> LAB:
    """Return CIE L*a*b* (D65) of #rrggbb as people with `vision` see it; "" for most people."""
    light = linear(colour)
    if vision:
        red, green, blue = (min(1.0, max(0.0, part)) for part in _times(VISION[vision], light))
        light = (red, green, blue)
    x, y, z = (
        part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116
        for part in (a / b for a, b in zip(_times(_TO_XYZ, light), _WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(first: LAB, second: LAB) -> float:
    """Return the CIEDE2000 difference of two colours, all weights 1.

    >>> round(ciede2000((50, 2.5, 0), (73, 25, -18)), 4)
    27.1492
    """
    (l1, a1, b1), (l2, a2, b2) = first, second
    chroma7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - math.sqrt(chroma7 / (chroma7 + 25**7)))
    c1, c2 = math.hypot(stretch * a1, b1), math.hypot(stretch * a2, b2)
    h1, h2 = (
        math.degrees(math.atan2(b, stretch * a)) % 360 if a or b else 0.0 for a, b in ((a1, b1), (a2, b2))
    )
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    if turn == -180:  # the equations take the upper end
        turn = 180.0
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    weight = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    away = (lightness - 50) ** 2
    by_l = (l2 - l1) / (1 + 0.015 * away / math.sqrt(20 + away))
    by_c = (c2 - c1) / (1 + 0.045 * chroma)
    by_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))) * 2
    rotation *= math.sqrt(chroma**7 / (chroma**7 + 25**7))
    return math.sqrt(by_l**2 + by_c**2 + by_h**2 + rotation * by_c * by_h)


def least_difference(first: str, second: str) -> tuple[float, str]:
    """Return the smallest CIEDE2000 of two colours under the three colour blindnesses, and under which."""
    return min((ciede2000(seen(first, vision), seen(second, vision)), vision) for vision in VISION)


def contrast(ink: str, ground: str) -> float:
    """Return the contrast of two colours, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted(
        sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear(one), strict=True))
        for one in (ink, ground)
    )
    return (high + 0.05) / (low + 0.05)
