"""SVG elements from plain values: text is escaped here and nowhere else, so no row can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NewType

import numpy as np

from geo.model.columns import FloatArray
from layers.pictures.picture_text import runs

# Only `tag` and `text` make one: a plain text where this is wanted is an error of types.
Svg = NewType("Svg", str)

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# What XML 1.0 cannot hold even escaped; one such character would make the whole picture unreadable.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> Svg:
    """Return a text as the content of an element or attribute.

    >>> text('<a href="x">&\\x00')
    '&lt;a href=&quot;x&quot;&gt;&amp;'
    """
    return Svg(_FORBIDDEN.sub("", value).translate(_ESCAPES))


def tspans(words: str) -> Svg:
    """Return a text as the content of a `text` element: each script in the font that holds it.

    A renderer that looks for other fonts itself gives up where shaping changes the number of letters, as
    in Arabic beside a number, and draws boxes.
    """
    return joined(
        tag("tspan", text(piece), font_family=f"'{family}', sans-serif") if family else text(piece)
        for family, piece in runs(words)
    )


def tag(name: str, /, *children: Svg, **attributes: str | float | int | None) -> Svg:
    """Return an element; `stroke_width=1` becomes stroke-width="1", None is left out.

    >>> tag("g", tag("path", d="M0 0"), stroke_width=1.50)
    '<g stroke-width="1.5"><path d="M0 0"/></g>'
    """
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return Svg(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def joined(parts: Iterable[Svg]) -> Svg:
    return Svg("".join(parts))


def _value(value: str | float | int) -> str:
    return text(value) if isinstance(value, str) else short(value)


def short(value: float) -> str:
    """Return a number to two decimals, as short as it goes.

    >>> short(2.0), short(-0.001), short(-12.345)
    ('2', '0', '-12.35')
    """
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def path(lines: Iterable[FloatArray], *, is_closed: bool) -> str:
    """Return the path of lines or rings, each (n, 2) pixels, to a tenth of a pixel; "" of nothing."""
    commands = []
    for line in lines:
        whole = np.round(np.asarray(line, dtype=np.float64) * 10).astype(np.int64)
        steps = np.diff(whole, axis=0)
        steps = steps[(steps != 0).any(axis=1)]
        if not len(steps):
            continue
        x, y = whole[0].tolist()
        moves = " ".join(f"{_tenth(dx)} {_tenth(dy)}" for dx, dy in steps.tolist())
        commands.append(f"M{_tenth(x)} {_tenth(y)}l{moves}{'z' if is_closed else ''}")
    return "".join(commands)


def _tenth(value: int) -> str:
    """Return a number of tenths.

    >>> _tenth(120), _tenth(-5), _tenth(13)
    ('12', '-.5', '1.3')
    """
    sign, size = ("-", -value) if value < 0 else ("", value)
    whole, part = divmod(size, 10)
    return f"{sign}{whole or (0 if not part else '')}{f'.{part}' if part else ''}"
