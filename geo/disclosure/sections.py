"""One region's part of the figures, with everything outside it held at its true value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from geo.disclosure.audit import BoolArray, FloatArray, IntArray
from geo.disclosure.problem import Figures

WORTH_SPLITTING: Final = 1500  # parts from which many small programs are quicker than one large one


@dataclass(frozen=True, eq=False)
class Section:
    """One region. `index`: (F',) where its figures are in the whole. `own`: (F',) those that lie in it alone.

    What is possible in it is possible in the whole: the rest of the world is as it is. The others of its
    figures, such as the country's, say how much is left for this region, and can neither move nor be asked.
    """

    figures: Figures
    index: IntArray
    own: BoolArray


def sections_of(figures: Figures) -> list[Section]:
    """Return a section per region; none where true values or regions are not given, or all is small."""
    if not len(figures.truth) or not len(figures.region) or len(figures.upper) < WORTH_SPLITTING:
        return []
    names = np.unique(figures.region)
    if len(names) == 1:
        return []
    columns, limits = figures.rows.tocsc(), figures.limits.tocsc()
    size = np.diff(figures.rows.indptr)
    total = figures.rows @ figures.truth
    order = np.argsort(figures.region, kind="stable")
    starts = np.searchsorted(figures.region[order], names)
    ends = np.append(starts[1:], len(order))
    return [
        _section(figures, columns, limits, order[a:b], size, total)
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def _section(
    figures: Figures,
    columns: csc_matrix,
    limits: csc_matrix,
    parts: IntArray,
    size: IntArray,
    total: FloatArray,
) -> Section:
    mine = columns[:, parts]
    index = np.unique(mine.indices).astype(np.int64)
    rows = csr_matrix(mine.tocsr()[index])
    own = np.diff(rows.indptr) == size[index]
    outside = np.where(own, 0.0, total[index] - rows @ figures.truth[parts])
    bound = limits[:, parts]
    place = np.full(len(figures.key), -1, dtype=np.int64)
    place[index] = np.arange(len(index))
    nested = place[figures.nested]
    fields = {
        "value": figures.value[index] - outside,
        **{name: getattr(figures, name)[index] - outside for name in ("shown_low", "shown_high")},
        **{name: getattr(figures, name)[index] - outside for name in ("hidden_low", "hidden_high")},
        **{name: np.where(own, getattr(figures, name)[index], np.nan) for name in ("need_low", "need_high")},
        "loss": np.where(own, figures.loss[index], np.inf),
    }
    section = replace(
        figures,
        key=tuple(figures.key[i] for i in index.tolist()),
        rows=rows,
        upper=figures.upper[parts],
        limits=csr_matrix(bound.tocsr()[np.unique(bound.indices)]),
        sums={},
        nested=nested[(nested >= 0).all(axis=1)],
        region=figures.region[parts],
        truth=figures.truth[parts],
        **fields,
    )
    return Section(section, index, np.asarray(own))
