"""The map of a picture: ground, areas or cells, marks, names, and the sentence that survives a crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from layers import picture_marks as marks
from layers import picture_words as words
from layers.language import Language, mark
from layers.method_line import cut_off, method
from layers.picture_ground import FRAME_WIDTH, Ground, Place
from layers.picture_marks import Box, Label, Pile
from layers.picture_paint import colour, fill
from layers.picture_svg import Svg, joined, short, tag, text
from layers.picture_text import balanced, width
from layers.view import View

STAMP: Final = 12.0  # the size of the sentence that stands in the map itself
STAMP_WIDTH: Final = 240.0
STAMP_LINE: Final = 14.5
SEAT_STEP: Final = 12.0  # pixels between the places tried for it
EDGE_ROOM: Final = 8.0
ONE_MORE: Final = 40_000.0  # what one more of it costs, against covering marks
BAND: Final = 18.0
NAME_ROOM: Final = 15.0  # an area's inner circle needs this radius in pixels for its name to be meant for it


@dataclass(frozen=True, eq=False)
class Sheet:
    """One picture being made."""

    view: View
    ground: Ground
    asked: words.Asked
    language: Language

    @property
    def simulated(self) -> bool:
        return self.view.mission.nature == "simulated"

    @property
    def stamp(self) -> str:
        """Return what every part of the picture must say: n, selection, cut-off, and SIMULATED."""
        said = [
            method(self.view, self.language),
            cut_off(self.view, self.language),
            self.language.say(mark("SIMULATED")) if self.simulated else "",
        ]
        return " ".join(filter(None, said))

    @property
    def per_mark(self) -> int:
        """Return how many stations one mark stands for."""
        return marks.per_mark(int(words.counts(self.view, self.asked).sum(axis=1).max(initial=1)))


def drawn(sheet: Sheet) -> Svg:
    """Return the map in its frame, `ground.height` pixels high."""
    ground, high = sheet.ground, sheet.ground.height
    frame = Box(6, 6, FRAME_WIDTH - 6, high - 6)
    fills = words.tokens(sheet.view, sheet.asked)
    is_cells = sheet.asked.layer.kind == "cells"
    piles = _piles(sheet)
    taken = [pile.box for pile in piles]
    names = [_around(one) for one in taken] if piles else _name_boxes(sheet.ground)
    stamps, boxes = _stamps(sheet, taken, names)
    taken += boxes
    labels = _labels(sheet, piles, taken, frame)
    under = [
        tag("rect", width=FRAME_WIDTH, height=high, fill=colour("sea")),
        tag("path", d=ground.land, fill=colour("land"), fill_rule="evenodd"),
        tag("path", d=ground.water, fill=colour("sea")),
        tag("path", d=ground.borders, fill="none", stroke=colour("border")),
        _shapes(ground.areas, ("none",) * len(ground.areas) if is_cells else fills, 1.1),
        _shapes(ground.cells, fills, 0.8) if is_cells else Svg(""),
        tag("path", d=ground.edge, fill="none", stroke=colour("area-edge"), stroke_width=1.5,
            stroke_linejoin="round"),
        _dots(ground),
        _bands(sheet),
    ]  # fmt: skip
    over = [marks.drawn(pile, sheet.per_mark) for pile in piles]
    edge = tag("rect", width=FRAME_WIDTH, height=high, fill="none", stroke=colour("line"))
    return joined([*under, *over, labels, stamps, edge])


def _shapes(paths: Sequence[str], fills: Sequence[str], line: float) -> Svg:
    """Every unit in its appearance; a hot spot above the others with an edge of ink."""
    first, last = [], []
    for d, appearance in zip(paths, fills, strict=True):
        if not d:
            continue
        if appearance == "hot":
            last.append(tag("path", d=d, fill=fill(appearance), stroke=colour("ink"), stroke_width=2))
        else:
            first.append(tag("path", d=d, fill=fill(appearance)))
    return tag(
        "g", *first, *last, stroke=colour("area-line"), stroke_width=line, stroke_linejoin="round"
    )  # fmt: skip


def _dots(ground: Ground) -> Svg:
    """Stations that may be shown, each a dot; those visited above the others."""
    found = []
    for seen, ink, size in ((False, "muted", 1.5), (True, "teal", 4.2)):
        points = ground.points[ground.visited == seen]
        # a line of no length with round ends is a dot, at a tenth of a circle element's bytes
        d = "".join(f"M{short(x)} {short(y)}h0" for x, y in points.tolist())
        if d:
            found.append(
                tag("path", d=d, fill="none", stroke=colour(ink), stroke_width=size,
                    stroke_linecap="round", stroke_opacity=None if seen else 0.55)
            )  # fmt: skip
    return joined(found)


def _band_boxes(sheet: Sheet) -> list[Box]:
    """Where the word SIMULATED crosses the whole map: three times."""
    if not sheet.simulated:
        return []
    middles = [round(sheet.ground.height * (0.2 + 0.3 * row)) for row in range(3)]
    return [Box(0, y - BAND / 2, FRAME_WIDTH, y + BAND / 2) for y in middles]


def _bands(sheet: Sheet) -> Svg:
    word = sheet.language.say(mark("SIMULATED"))
    wide = width(word, 12, 700, 2.6)
    found = []
    for row, box in enumerate(_band_boxes(sheet)):
        found.append(
            tag("rect", y=box.top, width=FRAME_WIDTH, height=BAND, fill=colour("critical"),
                fill_opacity=0.09)
        )  # fmt: skip
        many = int((FRAME_WIDTH - 20) / (wide + 34))
        step, start = (FRAME_WIDTH - 20) / many, 10 + (0, 17, 8)[row]
        found += [tag("text", text(word), x=start + i * step, y=box.top + 13.3) for i in range(many)]
    return tag(
        "g", *found, font_size=12, font_weight=700, letter_spacing=2.6, fill=colour("critical"),
        fill_opacity=0.75,
    )  # fmt: skip


def _around(pile: Box) -> Box:
    """Where the name of a pile will stand."""
    return Box(pile.left - 40, pile.bottom, pile.right + 40, pile.bottom + 18)


def _name_boxes(ground: Ground) -> list[Box]:
    """Where the names of areas will stand."""
    at = ground.anchor[np.isfinite(ground.anchor).all(axis=1) & (ground.room >= NAME_ROOM)]
    return [Box(x - 60, y - 12, x + 60, y + 20) for x, y in at.tolist()]


def _stamps(sheet: Sheet, piles: Sequence[Box], names: Sequence[Box]) -> tuple[Svg, list[Box]]:
    """The sentence, so often that every half-width, half-height cut of the map holds it whole.

    Within that, where it covers least. Stamps lie above everything else.
    """
    lines = balanced(sheet.stamp, STAMP, STAMP_WIDTH, 600)
    wide = max(width(line, STAMP, 600) for line in lines) + 6
    tall = len(lines) * STAMP_LINE
    busy = [(b, 100.0) for b in piles] + [(b, 8.0) for b in names] + [(b, 1.0) for b in _band_boxes(sheet)]
    boxes = seats(FRAME_WIDTH, sheet.ground.height, wide, tall, busy)
    drawn = [
        marks.halo(line, box.left, box.top + (i + 1) * STAMP_LINE - 3, size=STAMP, weight=600,
                   ink=colour("muted"))
        for box in boxes
        for i, line in enumerate(lines)
    ]  # fmt: skip
    return tag("g", *drawn, id="stamps"), boxes


def seats(
    across: float, high: float, wide: float, tall: float, busy: Sequence[tuple[Box, float]]
) -> list[Box]:
    """Return as few boxes of `wide` by `tall` as leave none out of any half-width, half-height cut.

    `busy`: what they had better not cover, each with how much a square pixel of it costs.
    """
    xs = np.arange(EDGE_ROOM, across - wide - EDGE_ROOM + 1, SEAT_STEP)
    ys = np.arange(EDGE_ROOM, high - tall - EDGE_ROOM + 1, SEAT_STEP)
    cost = np.full((len(ys), len(xs)), ONE_MORE)
    for box, weight in busy:
        over_x = np.minimum(xs + wide, box.right) - np.maximum(xs, box.left)
        over_y = np.minimum(ys + tall, box.bottom) - np.maximum(ys, box.top)
        cost += weight * np.outer(np.clip(over_y, 0, None), np.clip(over_x, 0, None))
    rows = [_chain(xs, row, wide, across) for row in cost]
    chosen = _chain(ys, np.array([total for total, _ in rows]), tall, high)[1]
    return [
        Box(float(xs[x]), float(ys[y]), float(xs[x] + wide), float(ys[y] + tall))
        for y in chosen
        for x in rows[y][1]
    ]


def _chain(
    at: npt.NDArray[np.float64], cost: npt.NDArray[np.float64], size: float, whole: float
) -> tuple[float, list[int]]:
    """The cheapest places along one side of which every window of half the side holds one: cost, indices.

    A window that holds none begins just past one and ends before the next one's far end: so no two, and
    no edge, may be further apart than half the side less one's own size.
    """
    reach = whole / 2 - size
    best, before = np.where(at <= reach, cost, np.inf), np.full(len(at), -1)
    for i in range(len(at)):
        near = np.flatnonzero((at[:i] >= at[i] - reach) & (at[:i] <= at[i] - size - EDGE_ROOM))
        if len(near):
            j = int(near[np.argmin(best[near])])
            if best[j] + cost[i] < best[i]:
                best[i], before[i] = best[j] + cost[i], j
    total = np.where(at >= whole - size - reach, best, np.inf)
    last = int(np.argmin(total)) if len(at) else -1
    found = []
    while last >= 0:
        found.append(last)
        last = int(before[last])
    return float(total.min(initial=np.inf)), found[::-1]


def _piles(sheet: Sheet) -> list[Pile]:
    if not sheet.asked.has_marks:
        return []
    counts = words.counts(sheet.view, sheet.asked)
    places = [
        (area, tuple(counts[area].tolist()), float(x), float(y))
        for area, (x, y) in enumerate(sheet.ground.anchor.tolist())
        if counts[area].sum() and np.isfinite(x)
    ]
    return marks.piled(places, sheet.per_mark)


def _labels(sheet: Sheet, piles: Sequence[Pile], taken: Sequence[Box], frame: Box) -> Svg:
    """Names in the order of what matters: piles or areas, countries around, large towns."""
    code, full = sheet.language.code, list(taken)
    of_map = [_pile_names(sheet, pile) for pile in piles] if piles else _area_names(sheet)
    countries = [
        [Label(one.x, one.y, "middle", (one.names[code].upper(),))] for one in sheet.ground.countries
    ]
    towns = [one for one in sheet.ground.towns if one.rank == 1]
    found = [label.drawn() for label in marks.placed(of_map, full, frame) if label]
    found += [_country(label) for label in marks.placed(countries, full, frame) if label]
    beside = [
        [
            Label(one.x + 7, one.y + 4, "start", (one.names[code],)),
            Label(one.x - 7, one.y + 4, "end", (one.names[code],)),
        ]
        for one in towns
    ]
    for town, label in zip(towns, marks.placed(beside, full, frame), strict=True):
        found += [_town(label, town)] if label else []
    return joined(found)


def _pile_names(sheet: Sheet, pile: Pile) -> list[Label]:
    """Where a pile's name and count may stand; its count alone where there is no room for both."""
    n = sheet.language.number(sum(pile.counts))
    name = sheet.view.area_name(pile.area, sheet.language.code)
    return [*marks.around(pile, (f"{name} {n}",)), *marks.around(pile, (n,))]


def _area_names(sheet: Sheet) -> list[list[Label]]:
    """Where each area's name and figure may stand, areas with most room first."""
    found = []
    for index in np.argsort(-sheet.ground.room, kind="stable").tolist():
        x, y = sheet.ground.anchor[index].tolist()
        if not np.isfinite(x) or sheet.ground.room[index] < NAME_ROOM:
            continue
        name = sheet.view.area_name(index, sheet.language.code)
        figure = words.figure(sheet.view, sheet.asked, index, sheet.language)
        lines = (name, figure) if figure else (name,)
        found.append([Label(x, y + dy, "middle", lines) for dy in (0, -16, 16)])
    return found


def _country(label: Label) -> Svg:
    return tag(
        "text", text(label.lines[0]), x=label.x, y=label.y, font_size=11, letter_spacing=1.4,
        text_anchor="middle", fill=colour("faint"),
    )  # fmt: skip


def _town(label: Label, town: Place) -> Svg:
    dot = tag("circle", cx=town.x, cy=town.y, r=3, fill=colour("town"), stroke="#ffffff", stroke_width=1.2)
    name = label.lines[0]
    return joined([dot, marks.halo(name, label.x, label.y, size=12, anchor=label.anchor, ink=colour("town"))])
