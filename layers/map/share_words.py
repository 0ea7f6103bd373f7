"""A share of stations as every page prints it: k of n, the share, and the margin where one is due."""

from __future__ import annotations

import numpy as np

from geo.model.code_lists import Status
from geo.publication import HIDDEN, Shares
from layers.words import headline
from layers.words.headline import Figure
from layers.words.language import Language, mark
from layers.words.wording import STATUS


def figure_of_share(shares: Shares, position: int) -> Figure | None:
    """Return a unit's share as a figure; None where its counts are not told."""
    found, asked = int(shares.found[position]), int(shares.asked[position])
    if asked <= 0 or found == HIDDEN:
        return None
    low, high = float(shares.low[position]), float(shares.high[position])
    if not (np.isfinite(low) and np.isfinite(high)):
        return Figure(found, asked)
    return Figure(found, asked, low, high, float(shares.estimate[position]))


def share_in_words(shares: Shares, position: int, language: Language) -> str:
    """Return "26 of 147 (18 %)", only "3 of 4" of too few for a share, or the word of the status."""
    figure, has_share = figure_of_share(shares, position), bool(np.isfinite(shares.rate[position]))
    return figure_in_words(figure, has_share, shares.status[position], language)


def figure_in_words(figure: Figure | None, has_share: bool, status: Status, language: Language) -> str:
    """Return the same of a figure whose share may be told or not, and of its status."""
    if figure is None:
        return language.say(STATUS[status])
    if not has_share:
        words = mark("{k} of {m}")
        return language.say(words, k=language.number(figure.part), m=language.number(figure.whole))
    return headline.ratio(figure, language)
