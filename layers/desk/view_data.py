"""The views of the desk as its scripts are given them: every measure's figure, classes and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from geo.analysis.choice_analysis import Analysis
from geo.model.columns import FloatArray
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot, UnitKind
from layers.desk.desk_payloads import DeskFigureData, DeskGrid, DeskGridSide, DeskViewData
from layers.map.classes import class_limits, thirds, with_finer
from layers.map.measures import analysed, desk_figures, desk_views
from layers.map.measures.desk_view import UNIT_KINDS, DeskFigure, DeskView, Grid, GridSide
from layers.words.language import Language, mark


@dataclass(frozen=True, eq=False)
class ClassBasis:
    """What classes come from: a mission's units under all stages, severities from medium on."""

    snapshot: Snapshot

    @cached_property
    def areas(self) -> Analysis:
        """Return the areas of level 1."""
        return self._analysed("area")

    @cached_property
    def cells(self) -> Analysis:
        return self._analysed("cell")

    def _analysed(self, kind: UnitKind) -> Analysis:
        return analysed(self.snapshot, kind, Choice(verified_only=False))

    def values(self, values_of: Callable[[Analysis], FloatArray] | None) -> FloatArray:
        """Return the values of the areas, and of the cells as `with_finer` says; NaN for none."""
        if values_of is None:
            return np.empty(0)
        return with_finer(values_of(self.areas), lambda: values_of(self.cells))


def class_starts(figure: DeskFigure, basis: ClassBasis) -> dict[str, list[float]]:
    """Return where the classes of a figure start, by kind of unit: so that one colour means one thing.

    From the mission's own figures; the fixed ones where there are no values yet.
    """
    values = basis.values(figure.values)
    if not np.isfinite(values).any():
        return {unit: list(figure.otherwise[unit]) for unit in UNIT_KINDS}
    limits = class_limits(values, is_share=figure.unit == "share")
    return {unit: [0.0, *limits] for unit in UNIT_KINDS}


def figures(basis: ClassBasis, language: Language) -> dict[str, DeskFigureData]:
    """Return every figure by name, in the order of the table's columns."""
    return {name: _figure(figure, basis, language) for name, figure in desk_figures().items()}


def _figure(figure: DeskFigure, basis: ClassBasis, language: Language) -> DeskFigureData:
    say, starts = language.say, class_starts(figure, basis)
    return {
        "title": say(figure.title),
        "line": figure.line,
        "unit": figure.unit,
        "says": figure.says(language),
        "value": figure.value, "part": figure.part, "whole": figure.whole,
        "low": figure.low, "high": figure.high, "code": figure.code,
        "status": figure.status,
        "absence": figure.absence,
        "ramp": figure.ramp,
        "starts": starts,
        "keys": {unit: _keys(figure, starts[unit], language) for unit in UNIT_KINDS},
        "hours": {
            "part": figure.hours.part, "whole": figure.hours.whole, "hasMinimum": figure.hours.has_minimum
        } if figure.hours else None,
        "bar": figure.bar,
        "ofFindings": figure.of_findings,
        "table": [{"title": say(one.title), "form": one.form} for one in figure.table],
        "facts": [{"title": say(one.title), "part": one.part, "whole": one.whole} for one in figure.facts],
        "inCard": figure.in_card,
    }  # fmt: skip


def _keys(figure: DeskFigure, starts: list[float], language: Language) -> list[str]:
    """The names of classes that are no shares, the lowest first; of shares the limits stand alone."""
    if figure.unit == "share":
        return []
    if figure.keys:
        return figure.keys(starts, language)
    number = language.number
    inner = [f"{number(low)}–{number(high)}" for low, high in pairwise(starts)]
    return [*inner, f"{number(starts[-1])}+"] if inner else [language.say(mark("about the same everywhere"))]


def views(basis: ClassBasis, language: Language) -> list[DeskViewData]:
    """Return every view, in the order of their buttons."""
    return [_view(view, basis, language) for view in desk_views()]


def _view(view: DeskView, basis: ClassBasis, language: Language) -> DeskViewData:
    own = view.shows or view.name
    lines = [own, *view.beside]
    return {
        "name": view.name,
        "title": language.say(view.title),
        "says": language.say(view.says),
        "opens": view.opens,
        "figure": own,
        "plot": lines[-1],
        "lines": [] if view.is_presence else lines,
        "grid": _grid(view.grid, basis, language) if view.grid else None,
        "scanSays": language.say(view.scan_says) if view.scan_says else "",
    }


def _grid(grid: Grid, basis: ClassBasis, language: Language) -> DeskGrid:
    return {
        "ramp": grid.ramp,
        "up": _side(grid.up, basis, language),
        "across": _side(grid.across, basis, language),
        "says": language.say(grid.says),
    }


def _side(side: GridSide, basis: ClassBasis, language: Language) -> DeskGridSide:
    values = basis.values(desk_figures()[side.figure].values)
    return {
        "figure": side.figure,
        "more": language.say(side.more),
        "steps": language.say(side.steps, a="{a}", b="{b}"),
        "starts": list(thirds(values) or side.otherwise),
    }
