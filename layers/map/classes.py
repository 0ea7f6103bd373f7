"""Class limits of a map: round numbers near the quantiles of what is shown, or one colour where all is alike.

Fixed limits paint a citizens' mission in one dark colour; Jenks and quantiles always fill five classes and
paint 19.3 and 19.6 % apart. Limits from a ladder are round, and few enough to be compared from map to map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import FloatArray

# Shares, as readers say them: .1 % to 90 %.
LADDER: Final = tuple(
    percent / 100 for percent in (0.1, 0.2, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90)
)
QUANTILES: Final = (0.2, 0.4, 0.6, 0.8)
# Values that span less than this factor are one colour, and a sentence says so: 19.3 beside 19.6 % is no map.
ALIKE: Final = 1.5
FEWEST_USED: Final = 3  # classes that differing values fill at least
_ROUND: Final = (5.0, 2.5, 2.0, 1.0)  # steps of a decade, the coarsest first


def class_limits(values: FloatArray, *, is_share: bool = True) -> tuple[float, ...]:
    """Return where the second, third, … class starts, strictly rising, at most four limits.

    `values` are those of the units shown, in any shape; NaN is left out. The result is () where they hardly
    differ (the largest is under `ALIKE` times the smallest): then all are one class. Shares take the ladder's
    limits nearest to the 20, 40, 60 and 80 % quantiles. Multiples of a round step serve where those would
    fill fewer than three classes, and for other units.

    >>> class_limits(np.array([0.02, 0.04, 0.055, 0.09, 0.12, 0.21]))
    (0.03, 0.05, 0.1, 0.15)
    >>> class_limits(np.array([0.30, 0.36, 0.41, 0.46]))
    (0.35, 0.4, 0.45)
    >>> class_limits(np.array([0.200, 0.206, 0.211]))
    ()
    """
    shown = np.sort(values[np.isfinite(values)].ravel())
    if are_alike(shown):
        return ()
    limits = _from_ladder(shown) if is_share else ()
    return limits if _used(shown, limits) >= FEWEST_USED else _round_steps(shown)


def thirds(values: FloatArray) -> tuple[float, float] | None:
    """Return where the middle and the upper third of shares start, near the 1/3 and 2/3 quantiles.

    They are limits of the ladder, or round steps where it is too coarse; None where values hardly differ.

    >>> thirds(np.array([0.02, 0.04, 0.055, 0.09, 0.12, 0.21]))
    (0.05, 0.1)
    """
    shown = np.sort(values[np.isfinite(values)].ravel())
    if are_alike(shown):
        return None
    limits = _from_ladder(shown, (1 / 3, 2 / 3))
    if len(limits) < 2:
        limits = class_limits(shown)
    return (limits[0], limits[-1]) if len(limits) > 1 else None


def are_alike(values: FloatArray) -> bool:
    """Return whether values differ by less than the factor `ALIKE`; True of none, and of zeros only."""
    shown = values[np.isfinite(values)]
    return not len(shown) or float(shown.max()) < ALIKE * float(shown.min()) or float(shown.max()) <= 0


def with_finer(values: FloatArray, finer: Callable[[], FloatArray]) -> FloatArray:
    """Return the values that classes are made of: of areas and, where these hardly differ, of parts of them.

    `finer`: the values of patches or cells, asked for only then. They are many and small: by their chance
    extremes alone all areas would have one colour. But where areas have one anyway, a map of what lies in
    them must not be one colour for nothing.

    >>> with_finer(np.array([0.20, 0.23]), lambda: np.array([0.1, 0.9])).tolist()
    [0.2, 0.23, 0.1, 0.9]
    """
    return np.concatenate([values, finer()]) if are_alike(values) else values


def class_of(values: FloatArray, limits: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the class of every value, 0 the lowest, -1 where it is NaN; a limit is in the upper one."""
    # a share of 0.15 is counts divided, 3 / 20: the last bit must not decide its colour
    classes = np.searchsorted(np.asarray(limits) - 1e-12, values, side="right")
    return np.where(np.isfinite(values), classes, -1)


def _used(shown: FloatArray, limits: Sequence[float]) -> int:
    return len(np.unique(class_of(shown, limits)))


def _from_ladder(shown: FloatArray, quantiles: Sequence[float] = QUANTILES) -> tuple[float, ...]:
    """Return the ladder's limits nearest to the quantiles that part the values, each one once."""
    parting = [limit for limit in LADDER if shown[0] < limit <= shown[-1]]
    chosen: list[float] = []
    for wanted in np.quantile(shown, quantiles):
        above = [limit for limit in parting if not chosen or limit > chosen[-1]]
        if above:
            chosen.append(min(above, key=lambda limit: abs(limit - wanted)))
    return tuple(chosen)


def _round_steps(shown: FloatArray) -> tuple[float, ...]:
    """Return multiples of the coarsest round step that fills three classes, or all there can be."""
    most = min(FEWEST_USED, len(np.unique(shown)))
    decade = int(np.ceil(np.log10(shown[-1])))
    limits: tuple[float, ...] = ()
    for exponent in range(decade, decade - 6, -1):
        for first in _ROUND:
            step = first * 10.0**exponent
            multiples = np.arange(np.floor(shown[0] / step + 1e-9) + 1, np.floor(shown[-1] / step + 1e-9) + 1)
            limits = _thinned(tuple(float(f"{one * step:.12g}") for one in multiples), shown)
            if _used(shown, limits) >= most:
                return limits
    return limits


def _thinned(limits: tuple[float, ...], shown: FloatArray) -> tuple[float, ...]:
    if len(limits) <= len(QUANTILES):
        return limits
    nearest = [min(limits, key=lambda limit: abs(limit - q)) for q in np.quantile(shown, QUANTILES)]
    return tuple(sorted(set(nearest)))
