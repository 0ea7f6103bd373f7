"""The pictures of a press page by name, as its addresses and downloads have them."""

from __future__ import annotations

from layers.map import measure_labels
from layers.map.measures import shown
from layers.map.press_view import View
from layers.pictures.picture_words import PARTS


def names(view: View) -> list[str]:
    """Return the name of every picture of the fixed choices, without presets."""
    every = []
    for measure in shown(view):
        for level in measure_labels.levels(view):
            tail = PARTS if level == "part" and measure.unit != "clusters" else ""
            if level == "region" or tail:
                every += [
                    f"{measure.name}{tail}-{choice.replace('/', '-')}"
                    for choice in measure_labels.choices(view)
                ]
    return every
