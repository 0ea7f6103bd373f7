"""The turnout in a sentence: of all voters where stations were drawn at random, else of those visited."""

from __future__ import annotations

from typing import Final

import numpy as np

from layers.map.press_view import View
from layers.words.language import Language, mark

OF_ALL: Final = mark(
    "Turnout: {share} of the registered voters, ±{margin} points (95 %), by the closing and counting forms "
    "of {n} stations drawn at random."
)
OF_SAMPLE: Final = mark(
    "Turnout: {share} of the registered voters, by the closing and counting forms of {n} stations drawn at "
    "random; too few in some strata for a margin."
)
OF_VISITED: Final = mark(
    "Turnout at the {n} stations whose closing and counting forms give it: {share} of their registered "
    "voters. They were not drawn at random, so this is no estimate for the country."
)

OF_DRAWN: Final = mark(
    "Turnout at the {n} stations whose closing and counting forms give it: {share} of their registered "
    "voters. The list of all stations is not complete, so this is no estimate for the country."
)


def turnout_line(view: View, language: Language) -> str:
    """Return the country's turnout in one sentence; "" where no form gives it or it may not be told."""
    turnout = view.release.turnout
    if turnout is None or not np.isfinite(turnout.share):
        return ""
    share, n = language.percent(turnout.share), language.number(turnout.stations)
    if np.isfinite(turnout.margin):
        points = language.number(round(100 * turnout.margin, 1))
        return language.say(OF_ALL, share=share, margin=points, n=n)
    words = OF_VISITED
    if view.mission.selection == "probability":
        words = OF_SAMPLE if view.mission.frame == "complete" else OF_DRAWN
    return language.say(words, share=share, n=n)
