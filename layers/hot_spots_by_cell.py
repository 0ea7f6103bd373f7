"""Cells with more findings than expected, whichever team is left out; or why there is no such map."""

from __future__ import annotations

import numpy as np

from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, every_status
from layers.view import View


def _exists(view: View) -> bool:
    return view.visits_known and any(one.is_hot_spot.any() for one in view.release.by_cell.findings.values())


def _tokens(view: View, choice: str) -> tuple[str, ...]:
    found = view.release.by_cell.findings[choice]
    usual = [
        "hot-none" if s == "published" else f"status-{s}"
        for s, rate in zip(found.status, found.rate.tolist(), strict=True)
    ]
    return tuple(
        "hot" if is_hot else token for is_hot, token in zip(found.is_hot_spot.tolist(), usual, strict=True)
    )


def absence(view: View) -> str:
    """Return why there is no map of hot spots, judged by what the press is shown; "" if there is one."""
    if _exists(view) or not view.visits_known:
        return ""
    shown = [int(np.isfinite(one.rate).sum()) for one in view.release.by_cell.findings.values()]
    return FEW if max(shown, default=0) < view.mission.observed_areas else NONE


FEW = mark("No map of cells with more findings than expected: too few cells have enough visits.")
NONE = mark(
    "No map of cells with more findings than expected: no cell stays above what is expected whichever team "
    "is left out."
)


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    words = {"insufficient": language.say(mark("fewer than {n} visits"), n=view.mission.cell_visits)}
    return (
        Key("hot", language.say(mark("more findings than expected"))),
        Key("hot-none", language.say(mark("not more than expected"))),
        *every_status(language, words),
    )


LAYER = MapLayer(
    name="hot",
    kind="cells",
    title=mark("More than expected"),
    says=mark(
        "Cells where observers reported more findings than chance explains, whichever team is left out. It "
        "says where to look, not who is to blame."
    ),
    is_on=False,
    exists=_exists,
    legend=_legend,
    by_choice=_tokens,
    why_not=absence,
)
