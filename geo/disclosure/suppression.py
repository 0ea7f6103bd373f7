"""Which further figures must stay hidden, so that the hidden ones cannot be worked out from the rest?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags, identity, vstack
from scipy.sparse.csgraph import connected_components

from geo.disclosure.audit import (
    OPTIMAL,
    BoolArray,
    FloatArray,
    IntArray,
    Known,
    Program,
    program,
    side_by_side,
    solve,
)
from geo.errors import StatisticError

# A hidden count must stay possible this far to both sides of the truth, whichever is more.
LEAST_WIDTH: Final = 2.0
RELATIVE_WIDTH: Final = 0.2
TOLERANCE: Final = 1e-6
PLACE_BITS: Final = 4
PUSH_EVERY: Final = 4  # after so many hidings, ask again about many at once
GIVES_WAY: Final = 4.0  # widths by which one figure may give way to others that are pushed


@dataclass(frozen=True, eq=False)
class Figures:
    """F figures that are sums of P parts; what a reader knows of each, shown or hidden.

    `key`: distinct texts, which decide ties. `rows`: (F, P) of 0/1. `value`: (F,) the truth.
    `shown_low`, `shown_high`: what showing it tells (equal where exact; 1 and 2 for "<3").
    `hidden_low`, `hidden_high`: what is known though it is hidden. `need_low`, `need_high`: the range
    that must remain possible; NaN for figures nobody needs to protect. `loss`: what hiding it costs,
    inf where it cannot be hidden. `upper`: (P,) what everybody knows no part exceeds.
    `limits`: (L, P), everybody knows limits @ parts ≥ 0. `sums`: a figure → figures that add up to it.
    """

    key: tuple[str, ...]
    rows: csr_matrix
    value: FloatArray
    shown_low: FloatArray
    shown_high: FloatArray
    hidden_low: FloatArray
    hidden_high: FloatArray
    need_low: FloatArray
    need_high: FloatArray
    loss: FloatArray
    upper: FloatArray
    limits: csr_matrix
    sums: Mapping[int, IntArray]


PER_FIGURE: Final = (
    *("value", "shown_low", "shown_high", "hidden_low", "hidden_high"),
    *("need_low", "need_high", "loss"),
)


@dataclass(frozen=True, eq=False)
class _Block:
    """The figures of one connected block, and which of them speak in its linear programs."""

    figures: IntArray  # positions in `Figures`, by key
    parts: IntArray
    limits: IntArray


def width(values: npt.ArrayLike) -> FloatArray:
    """Return how far to each side a hidden count must stay possible: 2, or a fifth if that is more.

    >>> width([1, 10, 40])
    array([2., 2., 8.])
    """
    counts = np.asarray(values, dtype=np.float64)
    return np.maximum(LEAST_WIDTH, np.ceil(RELATIVE_WIDTH * counts - TOLERANCE))


def known(figures: Figures, hidden: BoolArray) -> Known:
    """Return what a reader knows when exactly these figures are hidden, (F,) bool."""
    low = np.where(hidden, figures.hidden_low, figures.shown_low)
    high = np.where(hidden, figures.hidden_high, figures.shown_high)
    speaks = (low > 0) | np.isfinite(high)
    count = figures.limits.shape[0]
    return Known(
        rows=vstack([figures.rows[speaks], figures.limits], format="csr"),
        low=np.concatenate([low[speaks], np.zeros(count)]),
        high=np.concatenate([high[speaks], np.full(count, np.inf)]),
        upper=figures.upper,
    )


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
    return protect(figures, sensitive)[: len(counts)]


def protect(figures: Figures, primary: BoolArray) -> BoolArray:
    """Return every figure to hide: the primary ones, and what keeps the sensitive ones uncertain, (F,).

    Greedy, by least loss: for each sensitive figure and side, the linear program finds the cheapest
    shown figures that would have to move for it to reach the end of its range, and those are hidden.
    Blocks that share no shown figure are solved apart. The same whatever the order of rows and parts.
    """
    order = np.array(sorted(range(len(figures.key)), key=figures.key.__getitem__), dtype=np.int64)
    hidden = primary[order].copy()
    ordered = _within_reach(_canonical(figures, order), hidden)
    implied: BoolArray | None = None
    # A sum that was implied begins to speak once one of its figures is hidden; then all is asked anew.
    while implied is None or not np.array_equal(implied, _is_implied(ordered, hidden)):
        implied = _is_implied(ordered, hidden)
        for block in _blocks(ordered, hidden):
            hidden[block.figures] = _protected(_part_of(ordered, block), hidden[block.figures])
    result = np.zeros(len(hidden), dtype=bool)
    result[order] = hidden
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
        **arrays,
    )


def _is_implied(figures: Figures, hidden: BoolArray) -> BoolArray:
    """Which shown sums say nothing new because everything they add up is shown exactly, (F,) bool."""
    implied = np.zeros(len(hidden), dtype=bool)
    exact = ~hidden & (figures.shown_low == figures.shown_high)
    for whole, parts in figures.sums.items():
        implied[whole] = exact[whole] and bool(exact[parts].all())
    return implied


def _blocks(figures: Figures, hidden: BoolArray) -> list[_Block]:
    """The blocks with something to protect: figures joined by parts that a shown figure or limit joins."""
    sensitive = np.isfinite(figures.need_low)
    implied = _is_implied(figures, hidden)
    low = np.where(hidden, figures.hidden_low, figures.shown_low)
    high = np.where(hidden, figures.hidden_high, figures.shown_high)
    joins = ((low > 0) | np.isfinite(high) | sensitive) & ~implied
    empty = np.zeros(len(figures.upper), dtype=bool)
    # Parts of a figure shown as 0 are 0 to everybody and join nothing.
    empty[figures.rows[~hidden & (figures.shown_high == 0)].indices] = True
    links = vstack([figures.rows[joins], figures.limits], format="csr")
    count, parts = links.shape
    linked = links[:, ~empty].tocoo()
    free = np.flatnonzero(~empty)
    square = csr_matrix(
        (np.ones(linked.nnz), (linked.row, count + linked.col)), shape=(count + len(free),) * 2
    )
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
    return replace(
        figures,
        key=tuple(figures.key[i] for i in block.figures.tolist()),
        rows=figures.rows[block.figures][:, block.parts],
        upper=figures.upper[block.parts],
        limits=figures.limits[block.limits][:, block.parts],
        sums={},
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
        pending = _settled(part, np.column_stack([np.isfinite(part.need_low)] * 2), part.value)
        pending = _pushed_once(part, hidden, pending)
        given = program(known(part, hidden))
        for index, side in _by_need(part, pending):
            if not pending[index, side]:
                continue
            sign = -1.0 if side else 1.0
            row = np.asarray(part.rows[index].todense(), dtype=np.float64).ravel()
            world = solve(sign * row, given)
            if world.status != OPTIMAL:
                continue  # no bound at all
            reached = part.rows @ world.x
            pending = _settled(part, pending, reached)
            if pending[index, side]:
                ends = high if side else low
                ends[block.figures[index]] = round(float(reached[index]), 6)
    return replace(figures, need_low=low, need_high=high)


def _protected(figures: Figures, hidden: BoolArray) -> BoolArray:
    """Return the hidden figures of one block after protecting its sensitive ones."""
    hidden, hides = hidden.copy(), 0
    pending = np.column_stack([np.isfinite(figures.need_low)] * 2)  # (F, 2): down, up
    pending = _pushed(figures, hidden, _settled(figures, pending, figures.value))
    for index, side in _by_need(figures, pending):
        if not pending[index, side]:
            continue
        moved, reached = _cheapest(figures, hidden, index, side)
        pending = _settled(figures, pending, reached)
        pending[index, side] = False
        if moved.any():
            hidden, hides = hidden | moved, hides + 1
            if hides % PUSH_EVERY == 1:
                pending = _pushed_once(figures, hidden, pending)
    return hidden


def _settled(figures: Figures, pending: BoolArray, reached: FloatArray) -> BoolArray:
    """Strike out what one possible world, the figures' values in it, shows to be possible."""
    down = pending[:, 0] & ~(reached <= figures.need_low + TOLERANCE)
    up = pending[:, 1] & ~(reached >= figures.need_high - TOLERANCE)
    return np.column_stack([down, up])


def _by_need(figures: Figures, pending: BoolArray) -> list[tuple[int, int]]:
    """The open questions, those about the largest figures first, then by key."""
    listed = [(int(i), int(s)) for i, s in np.argwhere(pending)]
    return sorted(listed, key=lambda pair: (-figures.value[pair[0]], figures.key[pair[0]], pair[1]))


def _pushed(figures: Figures, hidden: BoolArray, pending: BoolArray) -> BoolArray:
    """Strike out what joint programs settle: many figures pushed the same way at once.

    Sums being fixed, some must give way for others to move; so half of the figures are pushed at a time,
    halves of neighbours (parts are sorted by figure), as a figure moves with those inside it.
    """
    pending = _pushed_once(figures, hidden, pending)
    given = program(known(figures, hidden))
    place = _places(figures.rows)
    turns = [(side, bit, half) for bit in range(PLACE_BITS) for side in (1, 0) for half in (0, 1)]
    while pending.any():
        before = int(pending.sum())
        for side, bit, half in turns:
            chosen = np.flatnonzero(pending[:, side] & ((place >> bit & 1) == half))
            if len(chosen):
                pending = _settled(figures, pending, figures.rows @ _push(figures, given, chosen, side))
        if int(pending.sum()) > 0.8 * before:
            break
    return pending


def _pushed_once(figures: Figures, hidden: BoolArray, pending: BoolArray) -> BoolArray:
    """Strike out what has become possible by hiding more, with one joint program a side."""
    given = program(known(figures, hidden))
    for side in (1, 0):
        chosen = np.flatnonzero(pending[:, side])
        if len(chosen):
            pending = _settled(figures, pending, figures.rows @ _push(figures, given, chosen, side))
    return pending


def _places(rows: csr_matrix) -> IntArray:
    """Return where each figure lies among the parts, (F,) in 0…15."""
    first = np.zeros(rows.shape[0], dtype=np.int64)
    inside = np.diff(rows.indptr) > 0
    first[inside] = rows.indices[rows.indptr[:-1][inside]]
    return (first << PLACE_BITS) // max(1, rows.shape[1])


def _push(figures: Figures, given: Program, index: IntArray, side: int) -> FloatArray:
    """Return the parts (P,) of a possible world in which these figures moved as far as they need to.

    Σ share is made greatest, where share · far ≤ how far the figure moved, −GIVES_WAY ≤ share ≤ 1.
    """
    sign = 1.0 if side else -1.0
    need = figures.need_high[index] if side else figures.need_low[index]
    far = np.maximum(np.abs(need - figures.value[index]), TOLERANCE)
    count, parts = len(index), len(given.upper)
    moves = side_by_side(-sign * figures.rows[index], csr_matrix(diags(far)))
    joint = Program(
        exact=side_by_side(given.exact, csr_matrix((given.exact.shape[0], count))),
        value=given.value,
        below=vstack(
            [side_by_side(given.below, csr_matrix((given.below.shape[0], count))), moves], format="csr"
        ),
        limit=np.concatenate([given.limit, GIVES_WAY * far - sign * figures.value[index]]),
        upper=np.concatenate([given.upper, np.full(count, 1 + GIVES_WAY)]),
    )
    result = solve(np.concatenate([np.zeros(parts), -np.ones(count)]), joint)
    return np.asarray(result.x[:parts], dtype=np.float64)


def _cheapest(figures: Figures, hidden: BoolArray, index: int, side: int) -> tuple[BoolArray, FloatArray]:
    """Return which shown figures to hide for one figure to reach one end, and a world that does it, (F,).

    Every shown figure that may be hidden may also move, at its loss per unit moved.
    """
    may_move = np.flatnonzero(~hidden & np.isfinite(figures.loss))
    count, parts = len(may_move), len(figures.upper)
    fixed = program(known(figures, _and(hidden, may_move)))
    rows = figures.rows[may_move]
    unit = csr_matrix(identity(count))
    # low − less ≤ row ≤ high + more
    widths = fixed.below.shape[0], fixed.exact.shape[0]
    below = vstack(
        [
            side_by_side(fixed.below, csr_matrix((widths[0], 2 * count))),
            side_by_side(rows, csr_matrix((count, count)), -unit),
            side_by_side(-rows, -unit, csr_matrix((count, count))),
        ],
        format="csr",
    )
    room = figures.shown_low[may_move] - figures.hidden_low[may_move]
    elastic = Program(
        exact=side_by_side(fixed.exact, csr_matrix((widths[1], 2 * count))),
        value=fixed.value,
        below=below,
        limit=np.concatenate([fixed.limit, figures.shown_high[may_move], -figures.shown_low[may_move]]),
        upper=np.concatenate([figures.upper, np.maximum(room, 0), np.full(count, np.inf)]),
    )
    loss = figures.loss[may_move]
    price = np.concatenate([loss, loss]) * (1 + 1e-4 * np.tile(np.arange(count), 2) / max(1, count))
    target = np.concatenate([np.asarray(figures.rows[index].todense()).ravel(), np.zeros(2 * count)])
    sign = -1.0 if side else 1.0
    need = figures.need_high[index] if side else figures.need_low[index]
    found = _least_moved(np.concatenate([np.zeros(parts), price]), elastic, sign * target, sign * float(need))
    moves = (found[parts : parts + count] > TOLERANCE) | (found[parts + count :] > TOLERANCE)
    moved = np.zeros(len(hidden), dtype=bool)
    moved[may_move[moves]] = True
    return moved, np.asarray(figures.rows @ found[:parts], dtype=np.float64)


def _least_moved(price: FloatArray, elastic: Program, target: FloatArray, wanted: float) -> FloatArray:
    """Return the cheapest variables with target · variables ≤ wanted, or as near to it as anything allows."""

    def aimed(end: float) -> Program:
        below = vstack([elastic.below, csr_matrix(target)], format="csr")
        return replace(elastic, below=below, limit=np.append(elastic.limit, end))

    try:
        return np.asarray(solve(price, aimed(wanted)).x, dtype=np.float64)
    except StatisticError:  # no world at all goes that far
        nearest = float(solve(target, elastic).fun)
        return np.asarray(solve(price, aimed(nearest + TOLERANCE * (1 + abs(nearest)))).x, dtype=np.float64)


def _and(hidden: BoolArray, more: IntArray) -> BoolArray:
    both = hidden.copy()
    both[more] = True
    return both
