"""Hexagonal cells by the share of their polling stations that were visited, where that may be shown."""

from __future__ import annotations

import numpy as np

from layers.coverage_by_area import CLASSES, class_range, tokens
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, every_status
from layers.view import View


def _exists(view: View) -> bool:
    return view.visits_known and bool((view.release.by_cell.coverage["all"].observed > 0).any())


def _tokens(view: View, choice: str) -> tuple[str, ...]:
    cells = view.release.by_cell
    covered = cells.coverage[choice.partition("/")[0]]
    return tokens(covered.status, np.asarray(cells.stations), np.asarray(covered.observed))


def _legend(_: View, language: Language) -> tuple[Key, ...]:
    shares = [Key(f"coverage-{i}", class_range(CLASSES, i, language)) for i in range(len(CLASSES))]
    return (*shares, *every_status(language, {}))


def _absence(view: View) -> str:
    if _exists(view) or not view.visits_known:
        return ""
    return mark("No map of coverage by cell: too few stations of any cell were visited to show it.")


LAYER = MapLayer(
    name="cell-coverage",
    kind="cells",
    title=mark("Coverage by cell"),
    says=mark("Polling stations visited in each cell, as a share of those there are."),
    is_on=False,
    exists=_exists,
    legend=_legend,
    by_choice=_tokens,
    why_not=_absence,
)
