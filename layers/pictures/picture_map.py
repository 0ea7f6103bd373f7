"""The map of a picture: ground, areas or cells, marks, names, and the sentence that survives a crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from layers.map.caption import cut_off, method, provenance
from layers.map.caption import stamp as short_stamp
from layers.map.measure_sentences import around, together
from layers.map.measures.problem_clusters import clusters_of, patches_of
from layers.map.press_view import View
from layers.pictures import picture_marks as marks
from layers.pictures import picture_words as words
from layers.pictures.picture_ground import FRAME_WIDTH, PictureGround, Place
from layers.pictures.picture_marks import Box, Label, Pile
from layers.pictures.picture_paint import colour, fill
from layers.pictures.picture_svg import Svg, joined, short, tag, text, tspans
from layers.pictures.picture_text import is_writable, longest_word, width, wrapped
from layers.words.language import Language, mark

STAMP: Final = 11.0  # the size of the sentence along the sides
SMALLEST_STAMP: Final = 6.5  # beside a map that is lower than its sentence is long
BAR: Final = 32.0  # pixels of the bar at the foot, with one line
BAR_TEXT: Final = 14.0
BAR_LINES: Final = 3
PILE_NAME: Final = 180.0  # pixels: a longer name is broken, and cut after NAME_LINES
AREA_NAME: Final = 130.0  # … or as wide as the area, if that is wider
NAME_LINES: Final = 3
RING_ROOM: Final = 7.0  # an area whose inner circle is smaller is looked for in vain without a ring
SPOT: Final = 16.0  # pixels around the middles of a cluster's patches that its colour takes up
NAME_ROOM: Final = 15.0  # an area's inner circle needs this radius in pixels for its name to be meant for it


@dataclass(frozen=True, eq=False)
class Sheet:
    """One picture being made."""

    view: View
    ground: PictureGround
    asked: words.PictureChoice
    language: Language

    @property
    def simulated(self) -> bool:
        return self.view.mission.nature == "simulated"

    @property
    def stamp(self) -> str:
        """Return what every part of the picture must say: n, selection, cut-off, and SIMULATED."""
        parts = [
            method(self.view, self.language),
            cut_off(self.view, self.language),
            self.language.say(mark("SIMULATED")) if self.simulated else "",
        ]
        return " ".join(filter(None, parts))

    @property
    def provenance(self) -> str:
        """Return the bar's line: the page's, SIMULATED and the credits."""
        simulated = self.language.say(mark("SIMULATED")) if self.simulated else ""
        credits = "Natural Earth, GeoNames"
        return " · ".join(filter(None, (provenance(self.view, self.language), simulated, credits)))

    @property
    def bar_text(self) -> float:
        """Return the size of the bar's text in the picture, which a telephone shows small."""
        return BAR_TEXT * words.TEXT_ZOOM.get(self.asked.preset, 1.0)

    @property
    def bar_lines(self) -> list[str]:
        return wrapped(self.provenance, self.bar_text, FRAME_WIDTH - 28, 600, BAR_LINES) or [""]

    @property
    def bar(self) -> float:
        """Return how many pixels the bar is high."""
        return BAR - BAR_TEXT * 1.28 + self.bar_text * 1.28 * len(self.bar_lines)

    @property
    def per_mark(self) -> int:
        """Return how many stations one mark stands for."""
        return marks.per_mark(int(words.counts(self.view, self.asked).sum(axis=1).max(initial=1)))


def drawn(sheet: Sheet, *, is_silent: bool = False) -> Svg:
    """Return the map in its frame, `ground.height` pixels high; `is_silent`: too small for any word."""
    ground, high = sheet.ground, sheet.ground.height
    frame = Box(STAMP + 10, 6, FRAME_WIDTH - STAMP - 10, high - 6)
    fills = words.tokens(sheet.view, sheet.asked)
    is_parts = sheet.asked.level == "part"
    piles = _piles(sheet)
    spots = _spots(sheet)
    taken = [*(pile.box for pile in piles), *(spot.box for spot in spots)]
    labels = _labels(sheet, piles, spots, taken, frame)
    under = [
        tag("rect", width=FRAME_WIDTH, height=high, fill=colour("sea")),
        tag("path", d=ground.land, fill=colour("land"), fill_rule="evenodd"),
        tag("path", d=ground.water, fill=colour("sea")),
        tag("path", d=ground.rivers, fill="none", stroke=colour("river"), stroke_linejoin="round"),
        tag("path", d=ground.borders, fill="none", stroke=colour("border")),
        _shapes(ground.areas, ("none",) * len(ground.areas) if is_parts else fills, 1.1),
        _shapes(ground.cells, fills, 0.8) if is_parts else Svg(""),
        tag("path", d=ground.edge, fill="none", stroke=colour("area-edge"), stroke_width=1.5,
            stroke_linejoin="round"),
        _shapes_edges(ground, is_parts),
        located(ground, sheet.asked.area),
        _dots(ground),
    ]  # fmt: skip
    over = [marks.drawn(pile, sheet.per_mark) for pile in piles]
    edge = tag(
        "rect", width=FRAME_WIDTH, height=high + sheet.bar, fill="none",
        stroke=colour("critical" if sheet.simulated else "line"), stroke_width=3 if sheet.simulated else 1,
    )  # fmt: skip
    if is_silent:
        return joined([*under, *over, edge])
    return joined([*under, *over, labels, _numbers(spots), _margins(sheet), _bar(sheet), edge])


def _shapes_edges(ground: PictureGround, is_parts: bool) -> Svg:
    """The borders of areas over their parts."""
    if not is_parts:
        return Svg("")
    lines = [tag("path", d=d) for d in ground.areas if d]
    return tag("g", *lines, fill="none", stroke=colour("area-edge"), stroke_width=1)


def located(ground: PictureGround, area: int, ring: float = RING_ROOM) -> Svg:
    """Return the edge of the area a picture is about, in a ring where it would be a speck; nothing for -1."""
    if area < 0 or not ground.areas[area]:
        return Svg("")
    edge = {"d": ground.areas[area], "fill": "none", "stroke_linejoin": "round"}
    drawn_edges = [
        tag("path", stroke=colour("halo"), stroke_width=6, **edge),
        tag("path", stroke=colour("ink"), stroke_width=3, **edge),
    ]
    x, y = ground.anchor[area].tolist()
    if ground.room[area] < ring and np.isfinite(x):
        drawn_edges += [
            tag("circle", cx=x, cy=y, r=2.2 * ring, fill="none", stroke=colour(ink), stroke_width=wide)
            for ink, wide in (("halo", 6), ("ink", 3))
        ]
    return tag("g", *drawn_edges, id="located")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a cluster is drawn. `name`: "Around Shymkent"; x, y: its number; `box`: where no name may lie."""

    name: str
    x: float
    y: float
    box: Box


def _spots(sheet: Sheet) -> list[Spot]:
    """The clusters of a picture that is about them, in the order of their numbers."""
    if sheet.asked.measure.unit != "clusters":
        return []
    spots = []
    for cluster in clusters_of(sheet.view, sheet.asked.choice):
        middles = sheet.ground.middles[patches_of(sheet.view, cluster.units)]
        at = middles.mean(axis=0)
        if np.isfinite(at).all():
            (left, top), (right, bottom) = (
                (middles.min(axis=0) - SPOT).tolist(),
                (middles.max(axis=0) + SPOT).tolist(),
            )
            name = around(sheet.view, cluster, sheet.language)
            spots.append(Spot(name, float(at[0]), float(at[1]), Box(left, top, right, bottom)))
    return spots


def _spot_names(spot: Spot) -> list[Label]:
    """Where a cluster's name may stand: right, left, below, above."""
    middle, lines = spot.y + 4, (spot.name,)
    return [
        Label(spot.box.right + 4, middle, "start", lines),
        Label(spot.box.left - 4, middle, "end", lines),
        Label(spot.x, spot.box.bottom + marks.LABEL + 2, "middle", lines),
        Label(spot.x, spot.box.top - 6, "middle", lines),
    ]


def _numbers(spots: Sequence[Spot]) -> Svg:
    """A number at every cluster; a ring where it would be a speck."""
    drawn_numbers = []
    for number, spot in enumerate(spots, start=1):
        drawn_numbers += [
            tag("circle", cx=spot.x, cy=spot.y, r=11, fill=colour("rate-4"), stroke=colour("ink"),
                stroke_width=1.6),
            tag("text", text(str(number)), x=spot.x, y=spot.y + 4.5, font_size=13, font_weight=700,
                text_anchor="middle", fill="#ffffff"),
        ]  # fmt: skip
    return joined(drawn_numbers)


def _shapes(paths: Sequence[str], fills: Sequence[str], line: float) -> Svg:
    """Every unit in its appearance; a hot spot above the others with an edge of ink."""
    first, last = [], []
    for d, appearance in zip(paths, fills, strict=True):
        if not d:
            continue
        if appearance == "hot":  # drawn above the others, with one edge
            last.append(tag("path", d=d, fill=fill(appearance), stroke=colour("ink"), stroke_width=2))
        else:
            first.append(tag("path", d=d, fill=fill(appearance)))
    return tag(
        "g", *first, *last, stroke=colour("area-line"), stroke_width=line, stroke_linejoin="round",
        fill_rule="evenodd",  # Baikonur is a hole in Kyzylorda, not two areas one above the other
    )  # fmt: skip


def _dots(ground: PictureGround) -> Svg:
    """Stations that may be shown, each a dot; those visited above the others."""
    dots = []
    for seen, ink, size in ((False, "muted", 1.5), (True, "teal", 4.2)):
        points = ground.points[ground.visited == seen]
        # a line of no length with round ends is a dot, at a tenth of a circle element's bytes
        d = "".join(f"M{short(x)} {short(y)}h0" for x, y in points.tolist())
        if d:
            dots.append(
                tag("path", d=d, fill="none", stroke=colour(ink), stroke_width=size,
                    stroke_linecap="round", stroke_opacity=None if seen else 0.55)
            )  # fmt: skip
    return joined(dots)


def _margins(sheet: Sheet) -> Svg:
    """The provenance once along both sides, so that a crop of the country still has it."""
    line, size = _side_line(sheet, sheet.ground.height - 40)
    middle = sheet.ground.height / 2
    ink = colour("critical" if sheet.simulated else "muted")
    sides = ((STAMP + 2, -90), (FRAME_WIDTH - STAMP - 2, 90))
    drawn_lines = [
        tag("g", marks.halo(line, 0, 0, size=size, weight=400, anchor="middle", ink=ink),
            transform=f"translate({short(x)} {short(middle)}) rotate({turn})")
        for x, turn in sides
    ]  # fmt: skip
    return tag("g", *drawn_lines, id="margins")


def _side_line(sheet: Sheet, room: float) -> tuple[str, float]:
    """The whole sentence and its size; a shorter one, or smaller, where the map is low: never cut."""
    simulated = sheet.language.say(mark("SIMULATED")) if sheet.simulated else ""
    shorter = " ".join(filter(None, (short_stamp(sheet.view, sheet.language), simulated)))
    lines = [line for line in (sheet.stamp, shorter) if line]
    line = next((line for line in lines if width(line, STAMP) <= room), lines[-1] if lines else "")
    size = min(STAMP, room / max(width(line, 1.0), 1e-9))
    return (wrapped(line, SMALLEST_STAMP, room, 400, 1) or [""])[0], max(size, SMALLEST_STAMP)


def _bar(sheet: Sheet) -> Svg:
    """The provenance at the foot of the map, in the frame: on white, over no land."""
    top = sheet.ground.height
    size, first = sheet.bar_text, top + 7 + sheet.bar_text
    lines = [
        tag("text", tspans(line), x=14, y=first + number * size * 1.28, font_size=size, font_weight=600,
            fill=colour("ink"))
        for number, line in enumerate(sheet.bar_lines)
    ]  # fmt: skip
    back = tag("rect", y=top, width=FRAME_WIDTH, height=sheet.bar, fill=colour("surface"))
    rule = tag("path", d=f"M0 {short(top)}H{FRAME_WIDTH}", stroke=colour("line"))
    return tag("g", back, rule, *lines, id="provenance")


def high(sheet: Sheet) -> float:
    """Return how many pixels the map and its bar take."""
    return sheet.ground.height + sheet.bar


def _piles(sheet: Sheet) -> list[Pile]:
    if sheet.asked.measure.unit != "count":
        return []
    counts = words.counts(sheet.view, sheet.asked)
    places = [
        (area, tuple(counts[area].tolist()), float(x), float(y))
        for area, (x, y) in enumerate(sheet.ground.anchor.tolist())
        if counts[area].sum() and np.isfinite(x)
    ]
    return marks.piled(places, sheet.per_mark)


def _labels(
    sheet: Sheet, piles: Sequence[Pile], spots: Sequence[Spot], taken: Sequence[Box], frame: Box
) -> Svg:
    """Names in the order of what matters: clusters, piles or areas, countries around, large towns."""
    code, full = sheet.language.code, list(taken)
    of_areas = [_pile_names(sheet, pile) for pile in piles] if piles else _area_names(sheet)
    of_map = [*(_spot_names(spot) for spot in spots if is_writable(spot.name)), *of_areas]
    countries = [
        [Label(country.x, country.y, "middle", (country.names[code].upper(),))]
        for country in sheet.ground.countries
    ]
    towns = [place for place in sheet.ground.towns if place.rank == 1]
    drawn_labels = [label.drawn() for label in marks.placed(of_map, full, frame) if label]
    drawn_labels += [_country(label) for label in marks.placed(countries, full, frame) if label]
    beside = [
        [
            Label(place.x + 7, place.y + 4, "start", (place.names[code],)),
            Label(place.x - 7, place.y + 4, "end", (place.names[code],)),
        ]
        for place in towns
    ]
    for town, label in zip(towns, marks.placed(beside, full, frame), strict=True):
        drawn_labels += [_town(label, town)] if label else []
    return joined(drawn_labels)


def _pile_names(sheet: Sheet, pile: Pile) -> list[Label]:
    """Where a pile's name and count may stand; its count alone where there is no room for both."""
    n = sheet.language.number(sum(pile.counts))
    name = _name(sheet, pile.area, PILE_NAME)
    if not name:
        return marks.around(pile, (n,))
    return [*marks.around(pile, (*name[:-1], f"{name[-1]} {n}")), *marks.around(pile, (n,))]


def _name(sheet: Sheet, area: int, room: float) -> tuple[str, ...]:
    """An area's name in lines that fit; its id where no font holds the name, nothing if none holds that."""
    view = sheet.view
    names = (together(view, area, sheet.language), view.areas.area_id[int(view.area[area])])
    name = next((text for text in names if is_writable(text)), "")
    room = max(room, min(PILE_NAME, longest_word(name, marks.LABEL, 700)))  # rather wide than cut in a word
    return tuple(wrapped(name, marks.LABEL, room, 700, NAME_LINES))


def _area_names(sheet: Sheet) -> list[list[Label]]:
    """Where each area's name and figure may stand, areas with most room first."""
    labels = []
    for index in np.argsort(-sheet.ground.room, kind="stable").tolist():
        x, y = sheet.ground.anchor[index].tolist()
        # areas that are told together have one name and one figure
        if not np.isfinite(x) or sheet.ground.room[index] < NAME_ROOM or sheet.view.together[index] != index:
            continue
        name = _name(sheet, index, max(AREA_NAME, 1.9 * float(sheet.ground.room[index])))
        figure = words.figure(sheet.view, sheet.asked, index, sheet.language)
        lines = (*name, figure) if figure else name
        top = y - (len(name) - 1) * marks.LABEL * 0.6
        if lines:
            labels.append([Label(x, top + dy, "middle", lines, len(name)) for dy in (0, -16, 16)])
    return labels


def _country(label: Label) -> Svg:
    return tag(
        "text", tspans(label.lines[0]), x=label.x, y=label.y, font_size=11, letter_spacing=1.4,
        text_anchor="middle", fill=colour("faint"),
    )  # fmt: skip


def _town(label: Label, town: Place) -> Svg:
    dot = tag("circle", cx=town.x, cy=town.y, r=3, fill=colour("town"), stroke="#ffffff", stroke_width=1.2)
    name = label.lines[0]
    return joined([dot, marks.halo(name, label.x, label.y, size=12, anchor=label.anchor, ink=colour("town"))])
