"""The sentences at the top of a map: what observers reported, in one sentence, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from layers.words.language import Language, mark
from layers.words.wording import STAGE


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a measure, English keys.

    Filled in: {k}, {n}; {ratio}, a share of stations in words; {place} that stands out, {top} its share or
    count; {severity}, {stage}, {problem}; {count}, {expected} of clusters. `sample`: the headline of a
    random sample, or where {n} is known; `with_top` where one place stands out; `chosen` of stations that
    nobody drew; `none` without a finding, `untold` without a figure. `unit`: of one unit. Of a measure in
    another unit than shares, counts or clusters `chosen` and `unit` say its {value}, `line` its {ratio}.
    """

    sample: str
    with_top: str
    chosen: str
    none: str
    untold: str
    line: str
    legend: str
    listed: str
    unit: str
    is_estimate: bool = True  # said of all stations where the mission drew them


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words: `part` of `whole` stations.

    `low`, `high`: the ends of its interval, None where none is due. `estimate`: of a random sample the share
    of all stations, which the parts of the sample have different weights in; None where none was drawn.
    """

    part: int
    whole: int
    low: float | None = None
    high: float | None = None
    estimate: float | None = None

    @property
    def share(self) -> float:
        return self.part / self.whole if self.estimate is None else self.estimate


WHOLE_DAY: Final = mark("whole day")
FROM_SEVERITY: Final = {
    "low": mark("any severity"),
    "medium": mark("medium severity or higher"),
    "high": mark("high severity or higher"),
}
# The same where a label before it has named the severity.
FROM_LEVEL: Final = {
    "low": mark("any"),
    "medium": mark("medium or higher"),
    "high": mark("high or higher"),
}
NOT_DRAWN: Final = {
    "purposive": mark("stations were chosen, not drawn"),
    "mixed": mark("only some of the stations were drawn"),
}
PROBLEM: Final = {
    "low": mark("a problem"),
    "medium": mark("a problem above low severity"),
    "high": mark("a problem of high severity or higher"),
}
EXACT_FROM: Final = 200  # stations; below, a tenth of a percent is less than one station
NEAR: Final = 0.08  # "1 of 11" may be this far from the share, relative to it
MOST_OF: Final = 25  # "1 of 40" says less than "2.5 %"


def in_words(figure: Figure, language: Language) -> str:
    """Return "1 of 11 polling stations", or "37 % of polling stations" where no such fraction is near."""
    if figure.part > 0:
        of = round(1 / figure.share)
        if of > 1 and of <= MOST_OF and abs(1 / of - figure.share) <= NEAR * figure.share:
            return language.say(mark("1 of {n} polling stations"), n=language.number(of))
    return language.say(mark("{percent} of polling stations"), percent=language.whole_percent(figure.share))


def in_short(figure: Figure, language: Language) -> str:
    """Return the same without its noun: "1 of 5"."""
    of = round(1 / figure.share) if figure.part else 0
    if 1 < of <= MOST_OF and abs(1 / of - figure.share) <= NEAR * figure.share:
        return language.say(mark("1 of {n}"), n=language.number(of))
    return language.whole_percent(figure.share)


def ratio(figure: Figure, language: Language) -> str:
    """Return "26 of 147 (18 %)", as exact as the number of stations allows.

    Of a random sample "557 of 6,108; of all stations 9.3 %, 95 % margin 8.4 % to 9.9 %", and of none
    at all "0 of 60; up to 4.9 %": nothing seen is not nothing there.
    """
    k, n = language.number(figure.part), language.number(figure.whole)
    share = percent(figure, figure.share, language)
    if figure.low is None or figure.high is None:
        return language.say(mark("{k} of {n} ({share})"), k=k, n=n, share=share)
    if figure.part == 0:  # always a decimal: "up to 0 %" would say that there is none
        return language.say(mark("0 of {n}; up to {high}"), n=n, high=language.percent(figure.high))
    low, high = (percent(figure, end, language) for end in (figure.low, figure.high))
    words = mark("{k} of {n}; of all stations {share}, 95 % margin {low} to {high}")
    return language.say(words, k=k, n=n, share=share, low=low, high=high)


def share_alone(figure: Figure, language: Language) -> str:
    """Return the share of `ratio` without its counts: "18 %", "9.3 % (8.4 % to 9.9 %)", "up to 4.9 %"."""
    share = percent(figure, figure.share, language)
    if figure.low is None or figure.high is None:
        return share
    if figure.part == 0:
        return language.say(mark("up to {high}"), high=language.percent(figure.high))
    low, high = (percent(figure, end, language) for end in (figure.low, figure.high))
    return language.say(mark("{share} ({low} to {high})"), share=share, low=low, high=high)


def percent(figure: Figure, share: float, language: Language) -> str:
    """Return a share with one decimal where 200 or more stations stand behind it, else with none."""
    return language.percent(share) if figure.whole >= EXACT_FROM else language.whole_percent(share)


def printed(value: float, whole: int, language: Language) -> str:
    """Return a share as it stands beside a name; "" for NaN."""
    return percent(Figure(0, whole), value, language) if np.isfinite(value) else ""


def percent_printed(share: float, whole: int) -> float:
    """Return the number that `printed` writes, in percent: 44.5 of 200 or more stations, else 44.

    >>> percent_printed(0.4449, 200), percent_printed(0.575, 40)
    (44.5, 58.0)
    """
    return float(round(100 * Decimal(str(share)), 1 if whole >= EXACT_FROM else 0))


def of_severity(severity: str, language: Language) -> str:
    """Return "medium severity or higher": what counts when findings count from this severity up."""
    return language.say(FROM_SEVERITY[severity])


def of_stage(stage: str, language: Language) -> str:
    """Return a stage in words; "all" is the whole day."""
    return language.say(WHOLE_DAY if stage == "all" else STAGE[stage])
