"""Class limits are round, rise, part what differs and leave alone what does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.map.classes import LADDER, are_alike, class_limits, class_of

shares = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40).map(np.array)


@given(shares)
def test_limits_rise_strictly_and_are_at_most_four(values) -> None:
    limits = class_limits(values)
    assert list(limits) == sorted(set(limits))
    assert len(limits) <= 4


@given(shares)
def test_values_that_hardly_differ_are_one_class(values) -> None:
    assert (class_limits(values) == ()) == (values.max() < 1.5 * values.min())


@pytest.mark.parametrize("around", [0.02, 0.10, 0.20, 0.45, 0.60])
@pytest.mark.parametrize("seed", range(20))
def test_values_over_a_factor_of_one_and_a_half_fill_three_classes(around: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate(([around], around * rng.uniform(1.0, 1.6, size=14), [around * 1.6]))
    assert len(set(class_of(values, class_limits(values)))) >= 3


@given(shares)
def test_every_class_between_the_outermost_values_is_of_round_limits(values) -> None:
    limits = class_limits(values)
    assert all(limit in LADDER or float(f"{limit:.4g}") == limit for limit in limits)


def test_a_value_on_a_limit_is_in_the_upper_class() -> None:
    assert class_of(np.array([3 / 20]), (0.1, 0.15)).tolist() == [2]


def test_a_value_nobody_knows_has_no_class() -> None:
    assert class_of(np.array([np.nan]), (0.1,)).tolist() == [-1]


def test_zeros_only_are_alike() -> None:
    assert are_alike(np.zeros(3))


def test_minutes_get_round_steps() -> None:
    assert class_limits(np.array([18.0, 25.0, 31.0, 44.0]), is_share=False) == (20.0, 40.0)


def test_coverage_of_28_to_100_percent_is_parted_as_the_data_are():
    shares = np.array([28, 28, 30, 32, 33, 37, 38, 38, 40, 40, 40, 45, 70, 72, 77, 100]) / 100
    limits = class_limits(shares, is_share=True)
    assert limits == (0.3, 0.4, 0.5, 0.7)
    assert len(set(class_of(shares, limits).tolist())) >= 4
