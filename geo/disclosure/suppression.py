"""Which further figures must stay hidden, so that the hidden ones cannot be worked out from the rest?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, identity, vstack

from geo.disclosure.audit import BoolArray, FloatArray, IntArray
from geo.disclosure.moves import (
    cheapest_of,
    farthest,
    pushed_in_halves,
    pushed_together,
    settled,
    told_of,
)
from geo.disclosure.problem import PER_FIGURE, Figures, merged, width
from geo.disclosure.sections import Section, sections_of
from geo.errors import StatisticError

PUSH_EVERY: Final = 4  # after so many hidings, ask again about many at once


@dataclass(frozen=True, eq=False)
class _Block:
    """The figures of one connected block, and which of them speak in its linear programs."""

    figures: IntArray  # positions in `Figures`, by key
    parts: IntArray
    limits: IntArray


def complementary(
    values: npt.ArrayLike,
    primary: npt.ArrayLike,
    totals: csr_matrix,
    protection: npt.ArrayLike | None = None,
) -> BoolArray:
    """Return which cells of a table to hide so that no primary one can be told too closely, (P,) bool.

    `values`: (P,) counts. `primary`: (P,) bool. `totals`: (T, P), each a published sum that stays
    published. `protection`: (P,) how far to each side a primary cell must stay possible (never below
    0), by default `width`. Where even hiding every cell cannot give that, all it can give is given.

    >>> from geo.disclosure.audit import margins
    >>> complementary([20, 50, 10, 8, 19, 22, 17, 32, 12], np.arange(9) == 3, margins(3, 3)).astype(int)
    array([0, 0, 0, 1, 0, 1, 1, 0, 1])
    """
    counts = np.asarray(values, dtype=np.float64).ravel()
    first = np.asarray(primary, dtype=bool).ravel()
    need = width(counts) if protection is None else np.asarray(protection, dtype=np.float64).ravel()
    if not len(counts) == len(first) == len(need) == totals.shape[1]:
        raise StatisticError("values, primary, protection and totals must speak of the same cells")
    rows = vstack([identity(len(counts)), totals], format="csr")
    truth = rows @ counts
    extra = np.zeros(totals.shape[0], dtype=bool)
    sensitive = np.concatenate([first, extra])
    digits = len(str(len(truth)))
    figures = Figures(
        key=tuple(f"{index:0{digits}d}" for index in range(len(truth))),
        rows=rows,
        value=truth,
        shown_low=truth,
        shown_high=truth,
        hidden_low=np.zeros(len(truth)),
        hidden_high=np.full(len(truth), np.inf),
        need_low=np.where(sensitive, np.maximum(0, truth - np.append(need, extra)), np.nan),
        need_high=np.where(sensitive, truth + np.append(need, extra), np.nan),
        loss=np.append(1 + counts, np.where(extra, 0, np.inf)),
        upper=np.full(len(counts), np.inf),
        limits=csr_matrix((0, len(counts))),
        sums={},
    )
    # no total may be hidden, so that a 0 may have to be
    return protect(figures, sensitive, may_hide_zeros=True)[: len(counts)]


def protect(figures: Figures, primary: BoolArray, *, may_hide_zeros: bool = False) -> BoolArray:
    """Return every figure to hide: the primary ones, and what keeps the sensitive ones uncertain, (F,).

    Greedy, by least loss: for each sensitive figure and side, the linear program finds the cheapest
    shown figures that would have to move for it to reach the end of its range, and those are hidden.
    Blocks that share no shown figure are solved apart. The same whatever the order of rows and parts.
    `may_hide_zeros`: also figures of 0; else they stay as they are, and a figure around them is hidden.
    """
    fewer, kept = merged(figures, primary)
    order = np.array(sorted(range(len(kept)), key=fewer.key.__getitem__), dtype=np.int64)
    hidden = primary[kept][order].copy()
    ordered = _within_reach(_canonical(fewer, order), hidden)
    implied: BoolArray | None = None
    # A sum that was implied begins to speak once one of its figures is hidden; then all is asked anew.
    while implied is None or not np.array_equal(implied, _is_implied(ordered, hidden)):
        implied = _is_implied(ordered, hidden)
        for block in _blocks(ordered, hidden, may_hide_zeros):
            hidden[block.figures] = _protected(_part_of(ordered, block), hidden[block.figures])
    result = primary.copy()
    result[kept[order]] = hidden
    return result


def _canonical(figures: Figures, order: IntArray) -> Figures:
    """Figures by key and parts by the figures they belong to, so that the solver sees one problem."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    rows = figures.rows[order].tocsc()
    rows.sort_indices()
    pattern = [
        (tuple(rows.indices[a:b].tolist()), top)
        for a, b, top in zip(rows.indptr[:-1], rows.indptr[1:], figures.upper.tolist(), strict=True)
    ]
    parts = np.array(sorted(range(len(pattern)), key=pattern.__getitem__), dtype=np.int64)
    limits = figures.limits.tocsc()[:, parts].tocsr()
    limits.sort_indices()
    shape = [
        (tuple(limits.indices[a:b].tolist()), tuple(limits.data[a:b].tolist()))
        for a, b in zip(limits.indptr[:-1], limits.indptr[1:], strict=True)
    ]
    limits = limits[sorted(range(len(shape)), key=shape.__getitem__)] if shape else limits
    arrays = {name: getattr(figures, name)[order] for name in PER_FIGURE}
    return replace(
        figures,
        key=tuple(figures.key[i] for i in order.tolist()),
        rows=rows[:, parts].tocsr(),
        upper=figures.upper[parts],
        limits=csr_matrix(limits),
        sums={int(place[whole]): np.sort(place[of]) for whole, of in figures.sums.items()},
        nested=place[figures.nested],
        region=figures.region[parts] if len(figures.region) else figures.region,
        truth=figures.truth[parts] if len(figures.truth) else figures.truth,
        slots=0,
        **arrays,
    )


def _is_implied(figures: Figures, hidden: BoolArray) -> BoolArray:
    """Which shown sums say nothing new because everything they add up is shown exactly, (F,) bool."""
    implied = np.zeros(len(hidden), dtype=bool)
    exact = ~hidden & (figures.shown_low == figures.shown_high)
    for whole, parts in figures.sums.items():
        implied[whole] = exact[whole] and bool(exact[parts].all())
    return implied


def _blocks(figures: Figures, hidden: BoolArray, may_hide_zeros: bool = False) -> list[_Block]:
    """The blocks with something to protect: figures joined by parts that a shown figure or limit joins."""
    sensitive = np.isfinite(figures.need_low)
    implied = _is_implied(figures, hidden)
    low = np.where(hidden, figures.hidden_low, figures.shown_low)
    high = np.where(hidden, figures.hidden_high, figures.shown_high)
    joins = ((low > 0) | np.isfinite(high) | sensitive) & ~implied
    empty = np.zeros(len(figures.upper), dtype=bool)
    # Parts of a figure shown as 0 are 0 to everybody and join nothing, as long as it stays shown.
    stays = ~np.isfinite(figures.loss) if may_hide_zeros else np.ones(len(hidden), dtype=bool)
    empty[figures.rows[~hidden & stays & (figures.shown_high == 0)].indices] = True
    links = vstack([figures.rows[joins], figures.limits], format="csr")
    count, parts = links.shape
    linked = links[:, ~empty].tocoo()
    free = np.flatnonzero(~empty)
    square = csr_matrix(
        (np.ones(linked.nnz), (linked.row, count + linked.col)), shape=(count + len(free),) * 2
    )
    from scipy.sparse.csgraph import connected_components  # a tenth of a second of imports, needed only here

    _, label = connected_components(square, directed=False)
    label_of_part = np.full(parts, -1, dtype=np.int64)
    label_of_part[free] = label[count:]
    label_of_figure = np.full(len(hidden), -1, dtype=np.int64)
    touched = figures.rows.tocoo()
    inside = label_of_part[touched.col] >= 0
    label_of_figure[touched.row[inside]] = label_of_part[touched.col[inside]]
    label_of_figure[implied] = -1
    limit = figures.limits.tocoo()
    label_of_limit = np.full(figures.limits.shape[0], -1, dtype=np.int64)
    there = label_of_part[limit.col] >= 0
    label_of_limit[limit.row[there]] = label_of_part[limit.col[there]]
    wanted = np.unique(label_of_figure[sensitive & (label_of_figure >= 0)])
    return [
        _Block(
            np.flatnonzero(label_of_figure == w),
            np.flatnonzero(label_of_part == w),
            np.flatnonzero(label_of_limit == w),
        )
        for w in wanted.tolist()
    ]


def _part_of(figures: Figures, block: _Block) -> Figures:
    """The block as figures of its own; a figure that is not sensitive and says nothing stays out."""
    chosen = {name: getattr(figures, name)[block.figures] for name in PER_FIGURE}
    place = np.full(len(figures.key), -1, dtype=np.int64)
    place[block.figures] = np.arange(len(block.figures))
    nested = place[figures.nested]
    return replace(
        figures,
        key=tuple(figures.key[i] for i in block.figures.tolist()),
        rows=figures.rows[block.figures][:, block.parts],
        upper=figures.upper[block.parts],
        limits=figures.limits[block.limits][:, block.parts],
        sums={},
        nested=nested[(nested >= 0).all(axis=1)],
        region=figures.region[block.parts] if len(figures.region) else figures.region,
        truth=figures.truth[block.parts] if len(figures.truth) else figures.truth,
        **chosen,
    )


def _within_reach(figures: Figures, primary: BoolArray) -> Figures:
    """Lower what is needed to what hiding everything would give: more no choice of figures can do.

    Statuses stay on the page: an area whose two cells both say "suppressed" has two stations observed.
    """
    everything = primary | np.isfinite(figures.loss)
    low, high = figures.need_low.copy(), figures.need_high.copy()
    for block in _blocks(figures, everything):
        part, hidden = _part_of(figures, block), everything[block.figures]
        pending = settled(part, np.column_stack([np.isfinite(part.need_low)] * 2), part.value)
        pending = _pushed(part, sections_of(part), hidden, pending)
        told = told_of(part, hidden)
        for index, side in _by_need(part, pending):
            if not pending[index, side]:
                continue
            reached = farthest(part, told, index, side)
            if reached is None:
                continue  # no bound at all
            pending = settled(part, pending, reached)
            if pending[index, side]:
                ends = high if side else low
                ends[block.figures[index]] = round(float(reached[index]), 6)
    return replace(figures, need_low=low, need_high=high)


def _protected(figures: Figures, hidden: BoolArray) -> BoolArray:
    """Return the hidden figures of one block after protecting its sensitive ones.

    Region by region with all else held still, which settles nearly everything in small programs; then
    what is left in the whole block.
    """
    hidden = hidden.copy()
    pending = np.column_stack([np.isfinite(figures.need_low)] * 2)  # (F, 2): down, up
    pending = settled(figures, pending, figures.value)
    sections = sections_of(figures)
    pending = _pushed(figures, sections, hidden, pending)
    for section in sections:
        _protect_section(section, hidden, pending)
    pending = pushed_together(figures, told_of(figures, hidden), pending)
    hides = 0
    for index, side in _by_need(figures, pending):
        if not pending[index, side]:
            continue
        moved, reached = _cheapest(figures, hidden, index, side)
        pending = settled(figures, pending, reached)
        pending[index, side] = False
        if moved.any():
            hidden, hides = hidden | moved, hides + 1
            if hides % PUSH_EVERY == 1:
                pending = pushed_together(figures, told_of(figures, hidden), pending)
    return hidden


def _protect_section(section: Section, hidden: BoolArray, pending: BoolArray) -> None:
    """Hide in one region what protects its open figures, as far as that can be done there; both change."""
    figures, index = section.figures, section.index
    own_hidden, own_pending = hidden[index], pending[index] & section.own[:, None]
    hides = 0
    for at, side in _by_need(figures, own_pending):
        if not own_pending[at, side]:
            continue
        may_move = ~own_hidden & np.isfinite(figures.loss)
        told = told_of(figures, own_hidden | may_move)
        found = cheapest_of(figures, told, may_move, at, side, as_near=False)
        if found is None:
            continue  # it needs more than this region
        moved, reached = found
        own_pending = settled(figures, own_pending, reached)
        own_pending[at, side] = False
        if moved.any():
            own_hidden, hides = own_hidden | moved, hides + 1
            if hides % PUSH_EVERY == 1:
                own_pending = pushed_together(figures, told_of(figures, own_hidden), own_pending)
    hidden[index] = own_hidden
    pending[index[section.own]] = own_pending[section.own]


def _pushed(figures: Figures, sections: list[Section], hidden: BoolArray, pending: BoolArray) -> BoolArray:
    """Strike out what joint programs settle: region by region first, all else as it is, then in the whole."""
    pending = pending.copy()
    for section in sections:
        open_ = pending[section.index] & section.own[:, None]
        if open_.any():
            told = told_of(section.figures, hidden[section.index])
            open_ = pushed_in_halves(section.figures, told, open_)
            pending[section.index[section.own]] = open_[section.own]
    return pushed_in_halves(figures, told_of(figures, hidden), pending) if pending.any() else pending


def _cheapest(figures: Figures, hidden: BoolArray, index: int, side: int) -> tuple[BoolArray, FloatArray]:
    """Return which shown figures to hide for one figure to reach one end, and a world that does it, (F,).

    First those of its own regions may move, then all but those of the whole, then all: what is near is
    nearly always cheapest, and the program is small.
    """
    may_hide = ~hidden & np.isfinite(figures.loss)
    for near in _nearest_first(figures, index):
        may_move = may_hide & near
        told = told_of(figures, hidden | may_move)
        found = cheapest_of(figures, told, may_move, index, side, as_near=bool(near.all()))
        if found is not None:
            return found
    return np.zeros(len(hidden), dtype=bool), figures.value


def _nearest_first(figures: Figures, index: int) -> list[BoolArray]:
    """Return wider and wider circles of figures around one, (F,) each; the last holds all."""
    everything = np.ones(len(figures.key), dtype=bool)
    if not len(figures.region) or len(np.unique(figures.region)) == 1:
        return [everything]
    names, region = np.unique(figures.region, return_inverse=True)
    parts = len(region)
    inside = csr_matrix((np.ones(parts), (np.arange(parts), region.reshape(-1))))
    touches = csr_matrix(figures.rows @ inside)
    touches.data[:] = 1.0
    count = np.asarray(touches.sum(axis=1)).ravel()
    near = np.asarray(touches[:, touches[index].indices].sum(axis=1)).ravel() == count
    return [near, count < len(names), everything]


def _by_need(figures: Figures, pending: BoolArray) -> list[tuple[int, int]]:
    """The open questions, those about the largest figures first, then by key."""
    listed = [(int(i), int(s)) for i, s in np.argwhere(pending)]
    return sorted(listed, key=lambda pair: (-figures.value[pair[0]], figures.key[pair[0]], pair[1]))
