"""What can be worked out from published sums, and what is hidden so that it cannot."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from geo.disclosure.audit import audit, margins
from geo.disclosure.problem import PER_FIGURE, Figures, width
from geo.disclosure.suppression import complementary, protect
from geo.errors import StatisticError

TABLE = np.array([[20, 50, 10], [8, 19, 22], [17, 32, 12]])
CELLS = np.arange(9).reshape(3, 3)


def hiding(*places):
    mask = np.zeros((3, 3), dtype=bool)
    mask[tuple(np.array(places).T)] = True
    return mask


def test_one_hidden_cell_of_a_table_with_margins_is_known_exactly():
    low, high = audit(TABLE, hiding((1, 0)), margins(3, 3))
    assert low.tolist() == high.tolist() == [8]


def test_four_hidden_cells_have_the_published_ranges():
    low, high = audit(TABLE, hiding((0, 0), (0, 2), (1, 0), (1, 2)), margins(3, 3))
    assert low.tolist() == [0, 2, 0, 2]
    assert high.tolist() == [28, 30, 28, 30]


def test_a_cell_in_no_published_sum_has_no_upper_end():
    low, high = audit([5, 6], [True, False], csr_matrix((0, 2)))
    assert (low.tolist(), high.tolist()) == ([0], [np.inf])


def test_what_everybody_knows_of_a_cell_narrows_it():
    low, high = audit([5, 6], [True, True], csr_matrix([[1.0, 1.0]]), upper=[7, 7])
    assert (low.tolist(), high.tolist()) == ([4, 4], [7, 7])


def test_tables_of_different_sizes_are_refused():
    with pytest.raises(StatisticError):
        audit([1, 2, 3], [True, False], margins(1, 3))


def test_a_primary_cell_gets_company_until_it_is_uncertain_enough():
    hidden = complementary(TABLE, hiding((1, 0)), margins(3, 3))
    low, high = audit(TABLE, hidden, margins(3, 3))
    at = np.flatnonzero(np.flatnonzero(hidden) == 3)[0]
    assert low[at] <= 6
    assert high[at] >= 10


def test_nothing_is_hidden_where_nothing_is_primary():
    assert not complementary(TABLE, np.zeros((3, 3), dtype=bool), margins(3, 3)).any()


@given(st.data())
@settings(max_examples=8)
def test_no_primary_cell_of_any_table_can_be_told_closer_than_its_width(data):
    rows, columns = 3, data.draw(st.integers(2, 3))
    size = rows * columns
    values = np.array(data.draw(st.lists(st.integers(0, 40), min_size=size, max_size=size)))
    primary = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    totals = margins(rows, columns)
    hidden = complementary(values, primary, totals)
    assert (hidden | ~primary).all()
    ends = [np.full(size, np.nan) for _ in range(4)]
    ends[0][hidden], ends[1][hidden] = audit(values, hidden, totals)
    ends[2], ends[3] = audit(values, np.ones(size, dtype=bool), totals)  # the most any hiding can do
    low, high, least, greatest = ends
    need = width(values)
    assert (low <= np.maximum(least, np.maximum(0, values - need)) + 1e-5)[primary].all()
    assert (high >= np.minimum(greatest, values + need) - 1e-5)[primary].all()


def area_and_cell_figures(values, primary):
    """Parts area × cell; figures: parts (never shown), areas, cells, the whole."""
    parts = np.arange(9)
    rows = np.zeros((16, 9))
    rows[parts, parts] = 1
    for index in range(3):
        rows[9 + index, CELLS[index]] = 1
        rows[12 + index, CELLS[:, index]] = 1
    rows[15] = 1
    truth = rows @ np.ravel(values)
    sensitive = np.concatenate([np.zeros(9, dtype=bool), primary])
    figures = Figures(
        key=tuple(f"{index:02d}" for index in range(16)), rows=csr_matrix(rows), value=truth,
        shown_low=truth, shown_high=truth, hidden_low=np.zeros(16), hidden_high=np.full(16, np.inf),
        need_low=np.where(sensitive, np.maximum(0, truth - width(truth)), np.nan),
        need_high=np.where(sensitive, truth + width(truth), np.nan),
        loss=np.where(np.arange(16) < 9, np.inf, 1 + truth), upper=np.full(9, np.inf),
        limits=csr_matrix((0, 9)), sums={15: np.arange(9, 12)},
    )  # fmt: skip
    return figures, sensitive | (np.arange(16) < 9)


@given(st.permutations(range(16)), st.permutations(range(9)))
@settings(max_examples=5)
def test_the_order_of_figures_and_parts_never_matters(order, parts):
    figures, hidden = area_and_cell_figures(TABLE, np.arange(7) == 1)
    straight = protect(figures, hidden)
    order, parts = np.array(order), np.array(parts)
    place = np.argsort(order)
    shuffled = replace(
        figures,
        key=tuple(figures.key[i] for i in order),
        rows=figures.rows[order][:, parts],
        sums={int(place[15]): place[np.arange(9, 12)]},
        **{name: getattr(figures, name)[order] for name in PER_FIGURE},
    )
    assert protect(shuffled, hidden[order]).tolist() == straight[order].tolist()


def test_a_hidden_area_takes_a_second_area_with_it_but_not_the_cells():
    figures, hidden = area_and_cell_figures(TABLE, np.arange(7) == 1)
    more = protect(figures, hidden) & ~hidden
    assert more[9:12].sum() + more[15] >= 1
    assert not more[12:15].any()


def test_a_nought_is_hidden_where_nothing_else_can_protect_a_figure():
    values = np.array([0, 0, 1, 0, 0, 1])  # three rows of two, all totals shown
    primary = np.arange(6) == 5
    hidden = complementary(values, primary, margins(3, 2))
    low, high = audit(values, hidden, margins(3, 2))
    assert low[-1] < high[-1]
