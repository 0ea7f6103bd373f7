"""Areas by the share of visits with a negative overall assessment, the field's headline figure."""

from __future__ import annotations

from layers import figures
from layers.coverage_by_area import class_range
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer, every_status
from layers.view import View

UNKNOWN = mark(
    "No map of negative assessments: the visits and their overall assessments are not known one by one."
)
NONE = mark("No map of negative assessments: no visit carries an overall assessment.")


def absence(view: View) -> str:
    """Return why there is no map of assessments; "" if there is one."""
    if view.assessments_known:
        return ""
    return NONE if view.visits_known else UNKNOWN


def _legend(view: View, language: Language) -> tuple[Key, ...]:
    few = language.say(mark("fewer than {n} negative assessments; no share"), n=view.mission.small_count)
    shares = [
        Key(f"rate-{i}", class_range(figures.RATE_CLASSES, i, language))
        for i in range(len(figures.RATE_CLASSES))
    ]
    words = {"insufficient": language.say(mark("fewer than {n} visits"), n=view.mission.area_visits)}
    return (*shares, Key("rate-small", few), *every_status(language, words))


def _tokens(view: View, choice: str) -> tuple[str, ...]:
    """Appearances at the choice's stage; an assessment is of the whole station and has no severity."""
    found = view.release.by_area.assessments[choice.partition("/")[0]]
    return figures.share_tokens(found.status, found.rate, found.negative)


LAYER = MapLayer(
    name="negative",
    kind="fill",
    title=mark("Assessed negatively"),
    says=mark("In how many of the visits with an overall assessment observers called it bad or very bad."),
    is_on=False,
    exists=lambda view: view.assessments_known,
    legend=_legend,
    by_choice=_tokens,
    why_not=absence,
)
