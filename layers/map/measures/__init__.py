"""The measures, in the order of the press page's views. A new file of this folder is found by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from geo.analysis.choice_analysis import LEVEL, Analysis, analyse
from geo.analysis.statistics import STATISTICS
from geo.analysis.statistics.statistic import Statistic
from geo.model.counts import Choice
from geo.model.errors import NotFound
from geo.model.snapshot import Snapshot, UnitKind
from layers.map.measures.desk_view import DeskFigure, DeskView
from layers.map.measures.measure import Measure
from layers.map.press_view import View

SHAPES: Final = ("desk_view", "measure")  # the files of this folder that say what a measure is, and are none


def _measures() -> tuple[Measure, ...]:
    """Return the `MEASURE` of every other file of this folder by `place`, then name.

    A file without one ends the program at its start: it would be missing from every page in silence.
    """
    files = [file.name for file in iter_modules(__path__) if file.name not in SHAPES]
    found: list[Measure] = [import_module(f"{__name__}.{file}").MEASURE for file in files]
    return tuple(sorted(found, key=lambda measure: (measure.place, measure.name)))


MEASURES: Final = _measures()


def offered(view: View) -> tuple[Measure, ...]:
    """Return the measures that a mission's page lists, those that have nothing to show too."""
    return tuple(measure for measure in MEASURES if measure.audience == "press" and measure.exists(view))


def shown(view: View) -> tuple[Measure, ...]:
    """Return the measures that have something to show, the one a page opens with first."""
    return tuple(measure for measure in offered(view) if not measure.why_not(view))


def measure_called(view: View, name: str) -> Measure:
    """Return the measure of a name. Raises NotFound for one this mission has nothing to show of."""
    for measure in shown(view):
        if measure.name == name:
            return measure
    raise NotFound(f"no measure {name[:48]!r}")


def desk_views() -> tuple[DeskView, ...]:
    """Return the views of the desk, in their order."""
    views = [measure.desk for measure in MEASURES if measure.desk]
    return tuple(sorted(views, key=lambda view: view.place))


def desk_figures() -> dict[str, DeskFigure]:
    """Return the figures of the desk by their view's name, in the order of the statistics behind them."""
    order = {statistic.name: place for place, statistic in enumerate(statistics())}
    figures = {view.name: view.figure for view in desk_views() if view.figure}
    return dict(sorted(figures.items(), key=lambda item: order[item[1].absence]))


def statistics() -> tuple[Statistic, ...]:
    """Return every statistic of a unit: those of `geo.analysis`, and those that a measure brings."""
    return (*STATISTICS, *(measure.statistic for measure in MEASURES if measure.statistic))


def analysed(snapshot: Snapshot, kind: UnitKind, choice: Choice, level: int = LEVEL) -> Analysis:
    """Return every statistic of a snapshot under a choice, those of the measures with them."""
    return analyse(snapshot, kind, choice, level, statistics=statistics())
