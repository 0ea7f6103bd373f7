"""Marks of a picture: one shape per station named, packed at its area, and where names find room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from geo.model.tables import SEVERITIES
from layers.map import ramps
from layers.pictures.picture_paint import colour
from layers.pictures.picture_svg import Svg, joined, tag, tspans
from layers.pictures.picture_text import width

GOLDEN: Final = math.pi * (3 - math.sqrt(5))
GAP: Final = 9.6  # pixels between the middles of two marks
MOST_MARKS: Final = 60  # of one area; beyond it a mark stands for several stations
ROUNDS: Final = 160  # of pushing piles apart that lie on each other
MOST_PUSHES: Final = 400_000  # pairs looked at in all: hundreds of areas are left where they are
LABEL: Final = 12.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def hits(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Pile:
    """The marks of one area. `counts`: stations by severity, low first; x, y where it is drawn."""

    area: int
    counts: tuple[int, ...]
    home: tuple[float, float]
    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        r = self.radius
        return Box(self.x - r, self.y - r, self.x + r, self.y + r)


def per_mark(most: int) -> int:
    """Return how many stations one mark stands for, so that no area has more than about sixty marks.

    >>> per_mark(43), per_mark(61), per_mark(9000)
    (1, 2, 200)
    """
    scale = 1
    while True:
        for step in (1, 2, 5):
            if most / (scale * step) <= MOST_MARKS:
                return scale * step
        scale *= 10


def shape(severity: int, r: float, x: float, y: float) -> Svg:
    """Return a severity's mark around x, y: ring, triangle, diamond, star, of about equal weight."""
    ink = colour(SEVERITIES[severity])
    corners = ramps.severity_corners(severity)
    if not corners:
        return tag(
            "circle", cx=x, cy=y, r=ramps.RING * r, fill=colour("lens"), stroke=ink, stroke_width=1.7
        )  # fmt: skip
    points = " ".join(f"{x + r * dx:.2f},{y + r * dy:.2f}" for dx, dy in corners)
    return tag("polygon", points=points, fill=ink)


def _seats(many: int) -> list[tuple[float, float]]:
    """Places of a sunflower's seeds around 0, 0; the first in the middle."""
    seats = []
    for i in range(many):
        reach = GAP * 0.56 * math.sqrt(i + 0.4) if i else 0.0
        seats.append((reach * math.cos(i * GOLDEN), reach * math.sin(i * GOLDEN)))
    return seats


def _marks(counts: Sequence[int], per: int) -> list[int]:
    """The severity of every mark of a pile, the most severe first."""
    return [rank for rank in reversed(range(len(counts))) for _ in range(math.ceil(counts[rank] / per))]


def piled(places: Iterable[tuple[int, tuple[int, ...], float, float]], per: int) -> list[Pile]:
    """Return a pile for every area with stations, pushed apart where they would lie on each other.

    `places`: area, counts by severity, x, y. The largest pile comes first.
    """
    piles = []
    for area, counts, x, y in places:
        many = len(_marks(counts, per))
        if many:
            reach = 0.0 if many == 1 else GAP * 0.56 * math.sqrt(many + 0.4)
            piles.append(Pile(area, counts, (x, y), x, y, reach + GAP * 0.85))
    for _ in range(min(ROUNDS, MOST_PUSHES // max(1, len(piles) ** 2))):
        piles = [
            replace(p, x=p.x + (p.home[0] - p.x) * 0.04, y=p.y + (p.home[1] - p.y) * 0.04) for p in piles
        ]
        for i, j in combinations(range(len(piles)), 2):
            piles[i], piles[j] = _pushed(piles[i], piles[j])
    return sorted(piles, key=lambda pile: (-sum(pile.counts), pile.area))


def _pushed(a: Pile, b: Pile) -> tuple[Pile, Pile]:
    dx, dy = (b.x - a.x) or 0.01, (b.y - a.y) or 0.01
    apart, wanted = math.hypot(dx, dy), a.radius + b.radius + 6
    if apart >= wanted:
        return a, b
    step, share = (wanted - apart) / apart, b.radius / (a.radius + b.radius)
    return (
        replace(a, x=a.x - dx * step * share, y=a.y - dy * step * share),
        replace(b, x=b.x + dx * step * (1 - share), y=b.y + dy * step * (1 - share)),
    )


def drawn(pile: Pile, per: int) -> Svg:
    """Return a pile with the line to the place it was pushed from."""
    (hx, hy), r = pile.home, pile.radius
    far = math.hypot(hx - pile.x, hy - pile.y)
    parts = []
    if far > r + 3:
        parts += [
            tag("line", x1=pile.x, y1=pile.y, x2=hx, y2=hy, stroke=colour("area-edge"), stroke_width=1.2),
            tag("circle", cx=hx, cy=hy, r=2.6, fill=colour("area-edge")),
        ]
    parts.append(
        tag(
            "circle",
            cx=pile.x,
            cy=pile.y,
            r=r,
            fill=colour("lens"),
            fill_opacity=0.93,
            stroke=colour("area-edge"),
            stroke_width=1,
        )
    )
    ranks = _marks(pile.counts, per)
    for rank, (dx, dy) in zip(ranks, _seats(len(ranks)), strict=True):
        parts.append(shape(rank, GAP * 0.4, pile.x + dx, pile.y + dy))
    return tag("g", *parts)


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place: `anchor` as in SVG; `names`: how many lines are a name, any below are quieter."""

    x: float
    y: float
    anchor: str
    lines: tuple[str, ...]
    names: int = 1

    @property
    def box(self) -> Box:
        wide = max(
            width(words, LABEL if i < self.names else LABEL - 1, 700 if i < self.names else 400)
            for i, words in enumerate(self.lines)
        )
        left = {"start": self.x, "middle": self.x - wide / 2, "end": self.x - wide}[self.anchor]
        return Box(
            left - 2, self.y - LABEL, left + wide + 2, self.y + 4 + (len(self.lines) - 1) * LABEL * 1.2
        )

    def drawn(self) -> Svg:
        parts = []
        for i, words in enumerate(self.lines):
            parts.append(
                halo(
                    words,
                    self.x,
                    self.y + i * LABEL * 1.2,
                    size=LABEL if i < self.names else LABEL - 1,
                    weight=700 if i < self.names else 400,
                    anchor=self.anchor,
                )
            )
        return joined(parts)


def halo(
    words: str, x: float, y: float, *, size: float, weight: int = 400, anchor: str = "start", ink: str = ""
) -> Svg:
    """Return a line of text that stays readable on whatever lies under it."""
    return tag(
        "text",
        tspans(words),
        x=x,
        y=y,
        font_size=size,
        font_weight=weight,
        text_anchor=anchor if anchor != "start" else None,
        fill=ink or colour("ink"),
        stroke=colour("halo"),
        stroke_width=3.2,
        stroke_linejoin="round",
        paint_order="stroke",
    )


def placed(choices: Iterable[Sequence[Label]], taken: list[Box], within: Box) -> list[Label | None]:
    """Return of every set of choices the first label that lies inside and on nothing, None if none does.

    What a label takes up is added to `taken`.
    """
    chosen: list[Label | None] = []
    for labels in choices:
        free = (
            candidate
            for candidate in labels
            if candidate.box.inside(within) and not any(candidate.box.hits(other) for other in taken)
        )
        label = next(free, None)
        chosen.append(label)
        taken += [label.box] if label else []
    return chosen


def around(pile: Pile, lines: tuple[str, ...]) -> list[Label]:
    """Return where a pile's name may stand: below, above, right, left."""
    x, y, r, n = pile.x, pile.y, pile.radius, len(lines)
    more = (n - 1) * LABEL * 1.2
    return [
        Label(x, y + r + 14, "middle", lines, n),
        Label(x, y - r - 6 - more, "middle", lines, n),
        Label(x + r + 5, y + 4 - more / 2, "start", lines, n),
        Label(x - r - 5, y + 4 - more / 2, "end", lines, n),
    ]
