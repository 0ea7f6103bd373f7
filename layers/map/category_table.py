"""Kinds of finding in numbers: at k of the n stations asked, for the country and every region that passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model.tables import SEVERITIES
from geo.publication import Units
from layers.map import measure_sentences
from layers.map.press_view import View
from layers.map.share_words import figure_of_share, share_in_words
from layers.words import headline
from layers.words.headline import Figure
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY, STAGE


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One kind of finding in one unit.

    `category` is its position in the release, `rank` its severity, or -1. `figure` is k of the n stations
    asked about it; `has_share` says that these are enough for a share.
    """

    category: int
    rank: int
    figure: Figure
    has_share: bool

    @property
    def severity(self) -> str:
        return SEVERITIES[self.rank] if self.rank >= 0 else ""


def category_rows(view: View, units: Units, position: int) -> list[CategoryRow]:
    """Return every kind of finding asked about in a unit, the most severe and most frequent first.

    The list is empty where visits are not counted one by one, and of a unit that does not pass the rule.
    """
    rows = []
    for category, slug in enumerate(view.categories.category):
        shares = units.categories.get(slug)
        figure = figure_of_share(shares, position) if shares else None
        if shares and figure:
            has_share = bool(np.isfinite(shares.rate[position]))
            rows.append(CategoryRow(category, int(view.categories.severity[category]), figure, has_share))
    return sorted(rows, key=lambda row: (-row.rank, -row.figure.share, -row.figure.part))


def share_of(row: CategoryRow, language: Language) -> str:
    """Return a row's share with its margin where one is due; a dash where too few were asked."""
    return headline.share_alone(row.figure, language) if row.has_share else "–"


def category_table(view: View, language: Language) -> list[dict[str, object]]:
    """Return one row per kind of finding of the country that was reported anywhere.

    `regions`: the same of every region that tells it, where there was such a finding.
    """
    return [
        {
            "title": view.categories.title(row.category, language.code),
            "severity": row.severity,
            "severity_title": language.say(SEVERITY[row.severity]),
            "stage": stage_of(view, row, language),
            "part": language.number(row.figure.part),
            "whole": language.number(row.figure.whole),
            "share": share_of(row, language),
            "regions": _by_region(view, view.categories.category[row.category], language),
        }
        for row in category_rows(view, view.release.nation, 0)
        if row.figure.part > 0
    ]


def stage_of(view: View, row: CategoryRow, language: Language) -> str:
    """Return at which stage a kind of finding can be seen."""
    phase = str(view.categories.phase[row.category])
    return language.say(STAGE[phase]) if phase in STAGE else phase


def asked_in_vain(view: View, rows: list[CategoryRow], language: Language) -> str:
    """Return which kinds of finding were asked about and never reported, in a sentence; "" for none.

    It is "" where counts are rounded: a 0 may be two stations then.
    """
    never = [row for row in rows if row.figure.part == 0]
    if view.mission.is_strict or not never:
        return ""
    named = [
        f"{view.categories.title(row.category, language.code)} ({_none_of(row.figure, language)})"
        for row in never
    ]
    return language.say(mark("Asked about and never reported: {list}."), list="; ".join(named))


def _none_of(figure: Figure, language: Language) -> str:
    if figure.high is not None:
        return headline.ratio(figure, language)
    return language.say(mark("{k} of {m}"), k=language.number(0), m=language.number(figure.whole))


def _by_region(view: View, slug: str, language: Language) -> list[dict[str, str]]:
    shares = view.regions.categories.get(slug)
    if shares is None:
        return []
    told = []
    for index in np.unique(view.together).tolist():
        figure = figure_of_share(shares, index)
        if figure is not None and figure.part > 0:
            name = measure_sentences.together(view, index, language)
            told.append((-figure.share, name, share_in_words(shares, index, language)))
    return [{"name": name, "says": says} for _, name, says in sorted(told)]
