"""What page and picture print of a measure: which choices and levels there are, classes, values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from layers.map import choice_figures
from layers.map.classes import LADDER, are_alike, class_of
from layers.map.measures.measure import IN_WORDS, Figures, Measure, colours_of
from layers.map.press_view import Level, View
from layers.words import headline
from layers.words.language import Language, mark


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a legend: the appearance (a token the style sheet knows) and its words."""

    swatch: str
    label: str


def choices(view: View) -> tuple[str, ...]:
    """Return the choices a page offers: stages only where visits are counted one by one."""
    every = choice_figures.choices()
    return every if view.visits_known else tuple(name for name in every if name.startswith("all/"))


def levels(view: View) -> tuple[Level, ...]:
    """Return the levels a map draws."""
    return ("region", "part") if view.has_parts else ("region",)


def classes(measure: Measure, limits: tuple[float, ...], language: Language) -> tuple[Key, ...]:
    """Return the classes of a measure's legend, the lowest first; none where the status alone colours."""
    if not measure.ramp:
        return ()
    scale = 100 if measure.unit == "share" else 1
    starts = [language.number(round(scale * limit, 6)) for limit in limits]
    if not starts:
        return (Key(f"{measure.ramp}-2", language.say(mark("all"))),)
    inner = [f"{low}–{high}" for low, high in pairwise(starts)]
    last = (
        language.say(IN_WORDS[measure.unit], m=f"{starts[-1]}+")
        if measure.unit in IN_WORDS
        else language.say(mark("{low}+ %"), low=starts[-1])
    )
    lowest = "0" if limits[0] <= LADDER[0] else f"<{starts[0]}"
    labels = [lowest, *inner, last]
    return tuple(
        Key(f"{measure.ramp}-{colour}", words)
        for colour, words in zip(colours_of(len(labels)), labels, strict=True)
    )


def label(measure: Measure, figures: Figures, position: int, language: Language) -> str:
    """Return a unit's value as it stands beside its name; "" where there is none."""
    return value_text(measure, float(figures.value[position]), int(figures.whole[position]), language)


def ranks(measure: Measure, figures: Figures) -> list[float | None]:
    """Return the numbers that `label` prints, by which a list is ordered; None where there is none.

    Of shares printed with and without a decimal the one that reads larger comes first.
    """
    pairs = zip(figures.value.tolist(), figures.whole.tolist(), strict=True)
    if measure.unit == "share":
        return [
            headline.percent_printed(value, whole) if np.isfinite(value) else None for value, whole in pairs
        ]
    return [float(round(value)) if np.isfinite(value) else None for value, _ in pairs]


def value_text(measure: Measure, value: float, whole: int, language: Language) -> str:
    """Return a value in the measure's unit, a share as exactly as its `whole` allows; "" for NaN."""
    if not np.isfinite(value):
        return ""
    if measure.unit == "count":
        return language.number(round(value))
    if measure.unit in IN_WORDS:
        return language.say(IN_WORDS[measure.unit], m=language.number(round(value)))
    return headline.printed(value, whole, language)


def alike(measure: Measure, limits: tuple[float, ...], figures: Figures, language: Language) -> str:
    """Return the sentence of a map in one colour; "" where values differ, or there is nothing to colour."""
    values = figures.value[np.isfinite(figures.value)]
    is_one_colour = len(np.unique(class_of(values, limits))) == 1
    if not measure.ramp or len(values) < 2 or not (is_one_colour and are_alike(values)):
        return ""
    ends = float(values.min()), float(values.max())
    if measure.unit == "share":
        low, high = (language.whole_percent(end) for end in ends)
    else:
        low, high = (value_text(measure, end, -1, language) for end in ends)
    if low == high:
        return language.say(mark("about the same everywhere: {share}"), share=low)
    return language.say(mark("about the same everywhere: {low} to {high}"), low=low, high=high)
