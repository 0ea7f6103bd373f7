"""What a plan is worth: coverage of cells with diminishing returns, weighted by the gap on the map."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import FloatArray
from geo.model.errors import RouteError

Q: Final = 0.35  # one visit says this share of what a cell can say; a judgement, printed with the plan
EPSILON: Final = (
    0.01  # what a minute under way costs: an hour's detour needs 0.6, a first visit adds about 12
)
NO_GAP: Final = 0.05  # what a cell weighs when its area has its fair share: teams still staff stations there


def cell_weights(
    voters: npt.ArrayLike, area: npt.ArrayLike, gap: npt.ArrayLike, fair: npt.ArrayLike
) -> FloatArray:
    """Return every cell's weight, (C,): √voters × the share of its area's fair share still missing.

    `voters`: (C,), NaN or 0 unknown: counted as the median of the known. `area`: (C,) index, -1 none:
    treated as fully missing. `gap`, `fair`: (A,) visits; so the weight falls with the gap on the map and
    is √voters before the first visit. An area at its fair share keeps NO_GAP of it.

    >>> cell_weights([400, 900], [0, 1], gap=[1, 2], fair=[2, 2])
    array([10., 30.])
    """
    size = np.asarray(voters, dtype=np.float64)
    known = np.isfinite(size) & (size > 0)
    size = np.where(known, size, np.median(size[known]) if known.any() else 1.0)
    short, share = np.asarray(gap, dtype=np.float64), np.asarray(fair, dtype=np.float64)
    if short.shape != share.shape:
        raise RouteError("gap and fair share must have one value per area each")
    missing = np.divide(short, share, out=np.zeros_like(share), where=share > 0)
    missing = np.append(np.clip(np.nan_to_num(missing), NO_GAP, 1.0), 1.0)
    return np.asarray(np.sqrt(size) * missing[np.asarray(area, dtype=np.int64)], dtype=np.float64)
