"""Areas by the share of visits with a reported finding, among visits whose form asked; both numbers shown."""

from __future__ import annotations

from layers import figures
from layers.coverage_by_area import class_range
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, every_status
from layers.view import View


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    few = language.say(mark("fewer than {n} visits with a finding; no share"), n=view.mission.small_count)
    shares = [
        Key(f"rate-{i}", class_range(figures.RATE_CLASSES, i, language))
        for i in range(len(figures.RATE_CLASSES))
    ]
    words = {
        "insufficient": language.say(mark("fewer than {n} visits"), n=view.mission.area_visits),
    }
    return (*shares, Key("rate-small", few), *every_status(language, words))


LAYER = MapLayer(
    name="rate",
    kind="fill",
    title=mark("Findings per visit"),
    says=mark("In how many of the visits whose form asked observers reported at least one finding."),
    is_on=False,
    exists=lambda view: view.visits_known,
    legend=_legend,
    by_choice=lambda view, choice: figures.rate_tokens(view.release.by_area, choice),
)
