"""Which worlds are possible beside what is told, and what must be hidden for one to become so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, diags, identity, vstack

from geo.disclosure.audit import (
    OPTIMAL,
    BoolArray,
    FloatArray,
    IntArray,
    Program,
    program,
    side_by_side,
    solve,
)
from geo.disclosure.lean import Lean, around, lean, pieces, unique_rows
from geo.disclosure.problem import TOLERANCE, Figures, known
from geo.errors import StatisticError

PLACE_BITS: Final = 4
GIVES_WAY: Final = 4.0  # widths by which one figure may give way to others that are pushed


def told_of(figures: Figures, hidden: BoolArray) -> Lean:
    """Return what a reader knows when these figures are hidden, without the parts that anybody can tell."""
    given = known(figures, hidden)
    low = np.where(hidden, figures.hidden_low, figures.shown_low)
    high = np.where(hidden, figures.hidden_high, figures.shown_high)
    speaks = (low > 0) | np.isfinite(high)
    place = np.where(speaks, np.cumsum(speaks) - 1, -1)
    nested = place[figures.nested]
    return lean(given, nested[(nested >= 0).all(axis=1)])


def _reached(figures: Figures, piece: Lean, free: FloatArray) -> FloatArray:
    """The figures' values in a possible world; of those that lie elsewhere too, the true ones, (F,)."""
    return np.where(figures.rows @ piece.elsewhere() > 0, figures.value, figures.rows @ piece.whole(free))


def farthest(figures: Figures, told: Lean, index: int, side: int) -> FloatArray | None:
    """Return the figures' values in a world where one is at its least or greatest; None: no bound."""
    piece = around(told, figures.rows[index].indices.astype(np.int64))
    if not len(piece.free):
        return figures.value
    sign = -1.0 if side else 1.0
    row = np.asarray(figures.rows[index][:, piece.free].todense(), dtype=np.float64).ravel()
    world = solve(sign * row, program(piece.known))
    return _reached(figures, piece, np.asarray(world.x)) if world.status == OPTIMAL else None


def settled(figures: Figures, pending: BoolArray, reached: FloatArray) -> BoolArray:
    """Strike out what one possible world, the figures' values in it, shows to be possible."""
    down = pending[:, 0] & ~(reached <= figures.need_low + TOLERANCE)
    up = pending[:, 1] & ~(reached >= figures.need_high - TOLERANCE)
    return np.column_stack([down, up])


def pushed_together(figures: Figures, told: Lean, pending: BoolArray) -> BoolArray:
    """Strike out what one joint program a side shows to be possible."""
    for side in (1, 0):
        chosen = np.flatnonzero(pending[:, side])
        if len(chosen):
            pending = settled(figures, pending, _push(figures, told, chosen, side))
    return pending


def pushed_in_halves(figures: Figures, told: Lean, pending: BoolArray) -> BoolArray:
    """Strike out what joint programs settle: many figures pushed the same way at once.

    Sums being fixed, some must give way for others to move; so after all at once half of the figures are
    pushed at a time, halves of neighbours (parts are sorted by figure): a figure moves with those inside it.
    """
    pending = pushed_together(figures, told, pending)
    turns = [(side, bit, half) for bit in range(PLACE_BITS) for side in (1, 0) for half in (0, 1)]
    while pending.any():
        before = int(pending.sum())
        place = _places(figures.rows, np.asarray(pending.any(axis=1)))
        for side, bit, half in turns:
            chosen = np.flatnonzero(pending[:, side] & ((place >> bit & 1) == half))
            if len(chosen):
                pending = settled(figures, pending, _push(figures, told, chosen, side))
        if int(pending.sum()) > 0.8 * before:
            break
    return pending


def _places(rows: csr_matrix, wanted: BoolArray) -> IntArray:
    """Return where each figure lies among those wanted, (F,) in 0…15, by its first part."""
    first = np.zeros(rows.shape[0], dtype=np.int64)
    inside = np.diff(rows.indptr) > 0
    first[inside] = rows.indices[rows.indptr[:-1][inside]]
    distinct, rank = np.unique(first[wanted], return_inverse=True)
    place = np.zeros(rows.shape[0], dtype=np.int64)
    place[wanted] = (rank.reshape(-1) << PLACE_BITS) // max(1, len(distinct))
    return place


def _push(figures: Figures, told: Lean, index: IntArray, side: int) -> FloatArray:
    """Return the figures' values in a possible world in which these moved as far as they need to, (F,).

    Σ share is made greatest, where share · far ≤ how far the figure moved, −GIVES_WAY ≤ share ≤ 1.
    """
    sign = 1.0 if side else -1.0
    piece = around(told, figures.rows[index].indices.astype(np.int64))
    if not len(piece.free):
        return figures.value
    index = _distinct(figures, piece, index, side)
    wanted = figures.rows[index]
    given, count, parts = program(piece.known), len(index), len(piece.free)
    need = figures.need_high[index] if side else figures.need_low[index]
    far = np.maximum(np.abs(need - figures.value[index]), TOLERANCE)
    moves = side_by_side(-sign * wanted[:, piece.free], csr_matrix(diags(far)))
    start = figures.value[index] - wanted @ piece.fixed
    joint = Program(
        exact=side_by_side(given.exact, csr_matrix((given.exact.shape[0], count))),
        value=given.value,
        below=vstack(
            [side_by_side(given.below, csr_matrix((given.below.shape[0], count))), moves], format="csr"
        ),
        limit=np.concatenate([given.limit, GIVES_WAY * far - sign * start]),
        upper=np.concatenate([given.upper, np.full(count, 1 + GIVES_WAY)]),
    )
    result = solve(np.concatenate([np.zeros(parts), -np.ones(count)]), joint)
    return _reached(figures, piece, np.asarray(result.x[:parts], dtype=np.float64))


def _distinct(figures: Figures, piece: Lean, index: IntArray, side: int) -> IntArray:
    """Return of figures with the same free parts the one that has farthest to go; none without any."""
    need = figures.need_high[index] if side else figures.need_low[index]
    far = np.abs(need - figures.value[index])
    rows = csr_matrix(figures.rows[index][:, piece.free])
    _, group = unique_rows(rows)
    order = np.lexsort((np.arange(len(index)), -far, group))
    first = order[np.unique(group[order], return_index=True)[1]]
    return np.asarray(index[np.sort(first[np.diff(rows.indptr)[first] > 0])], dtype=np.int64)


def cheapest_of(
    figures: Figures, told: Lean, may_move: BoolArray, index: int, side: int, *, as_near: bool
) -> tuple[BoolArray, FloatArray] | None:
    """Return the same with only some movable; None if they do not suffice. `as_near`: then as near as can be.

    `told`: what is known when these are hidden too. Each may move at its loss per unit moved; figures of
    the same parts move together.
    """
    movable = np.flatnonzero(may_move)
    rows = csr_matrix(figures.rows[movable][:, told.free])
    label = pieces(csr_matrix(vstack([told.known.rows, rows], format="csr")))
    piece = around(replace(told, label=label), figures.rows[index].indices.astype(np.int64))
    if not len(piece.free):
        return None if not as_near else (np.zeros(len(may_move), dtype=bool), figures.value)
    rows = csr_matrix(figures.rows[movable][:, piece.free])
    inside = np.flatnonzero(np.diff(rows.indptr) > 0)
    movable, rows = movable[inside], csr_matrix(rows[inside])
    first, group = unique_rows(rows)
    elastic, price = _elastic(figures, piece, movable, rows, first, group)
    count, parts = len(first), len(piece.free)
    row = np.asarray(figures.rows[index][:, piece.free].todense(), dtype=np.float64).ravel()
    sign = -1.0 if side else 1.0
    need = figures.need_high[index] if side else figures.need_low[index]
    need -= float((figures.rows[index] @ piece.fixed)[0])
    target = sign * np.concatenate([row, np.zeros(2 * count)])
    found = _least_moved(price, elastic, target, sign * float(need), as_near=as_near)
    if found is None:
        return None
    moves = (found[parts : parts + count] > TOLERANCE) | (found[parts + count :] > TOLERANCE)
    moved = np.zeros(len(may_move), dtype=bool)
    moved[movable[moves[group]]] = True
    return moved, _reached(figures, piece, found[:parts])


def _elastic(
    figures: Figures, piece: Lean, movable: IntArray, rows: csr_matrix, first: IntArray, group: IntArray
) -> tuple[Program, FloatArray]:
    """Return the program in which low − less ≤ row ≤ high + more, and the price of its variables."""
    fixed, count, parts = program(piece.known), len(first), len(piece.free)
    widths = fixed.below.shape[0], fixed.exact.shape[0]
    own, unit = rows[first], csr_matrix(identity(count))
    below = vstack(
        [
            side_by_side(fixed.below, csr_matrix((widths[0], 2 * count))),
            side_by_side(own, csr_matrix((count, count)), -unit),
            side_by_side(-own, -unit, csr_matrix((count, count))),
        ],
        format="csr",
    )
    offset = (figures.rows[movable] @ piece.fixed)[first]
    high = figures.shown_high[movable][first] - offset
    low = figures.shown_low[movable][first] - offset
    room = np.full(count, np.inf)
    np.minimum.at(room, group, np.maximum(0.0, (figures.shown_low - figures.hidden_low)[movable]))
    loss = np.zeros(count)
    np.add.at(loss, group, figures.loss[movable])
    elastic = Program(
        exact=side_by_side(fixed.exact, csr_matrix((widths[1], 2 * count))),
        value=fixed.value,
        below=below,
        limit=np.concatenate([fixed.limit, high, -low]),
        upper=np.concatenate([piece.known.upper, room, np.full(count, np.inf)]),
    )
    price = np.concatenate([loss, loss]) * (1 + 1e-4 * np.tile(np.arange(count), 2) / max(1, count))
    return elastic, np.concatenate([np.zeros(parts), price])


def _least_moved(
    price: FloatArray, elastic: Program, target: FloatArray, wanted: float, *, as_near: bool
) -> FloatArray | None:
    """Return the cheapest variables with target · variables ≤ wanted; None, or as near as can be, if none."""

    def aimed(end: float) -> Program:
        below = vstack([elastic.below, csr_matrix(target)], format="csr")
        return replace(elastic, below=below, limit=np.append(elastic.limit, end))

    try:
        return np.asarray(solve(price, aimed(wanted)).x, dtype=np.float64)
    except StatisticError:  # no world at all goes that far
        if not as_near:
            return None
        nearest = float(solve(target, elastic).fun)
        return np.asarray(solve(price, aimed(nearest + TOLERANCE * (1 + abs(nearest)))).x, dtype=np.float64)
