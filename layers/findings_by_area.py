"""Areas in the findings view: whether observers were there; counts are marks, never a fill."""

from __future__ import annotations

from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, always, status_keys
from layers.view import View


def _fills(view: View) -> tuple[str, ...]:
    # Without a denominator a darker area would only say "more stations were named here", which a reader takes
    # for "worse". The fill therefore says who was there, and the marks say how many stations were named.
    return tuple(f"status-{status}" for status in view.status)


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    return status_keys(view, _fills(view), language)


LAYER = MapLayer(
    name="findings",
    kind="fill",
    title=mark("Findings"),
    says=mark("Where observers were; each mark is a station named with a reported finding."),
    is_on=True,
    exists=always,
    legend=_legend,
    fills=_fills,
)
