"""Numbers that single visits carry and whose median a release tells; what is not listed stays inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.reports import Visits

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VisitNumber:
    """A number of a visit, told as the median of the country and of every region that passes the rule.

    `name`: of the median in a release. `of_visits`: (V,) whole numbers, -1 where a form does not say.
    `step`: what a median is rounded to, so that it is no visit's own number.
    """

    name: str
    of_visits: Callable[[Visits], IntArray]
    step: int


NUMBERS: Final[tuple[VisitNumber, ...]] = ()
"""One line per number. It must say nothing of a person that its unit's counts do not (docs/disclosure.md)."""


def numbers_of(visits: Visits) -> IntArray:
    """Return the listed numbers of every visit, (V, len(NUMBERS)), -1 where a form does not say."""
    columns = [number.of_visits(visits) for number in NUMBERS]
    return np.column_stack(columns) if columns else np.empty((len(visits), 0), dtype=np.int64)
