"""The quick programs give the ranges of the plain ones: what they leave out tells a reader nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure import figures, sections
from geo.disclosure.audit import bounds
from geo.disclosure.lean import around
from geo.disclosure.moves import farthest, told_of
from geo.disclosure.problem import known, merged
from geo.disclosure.suppression import protect
from tests import factory

STAGES = ("opening", "voting", "closing", "counting")
MAKERS = (figures.coverage, figures.findings, figures.assessments)


def system(seed, make, areas="ABC", each=9, count=40):
    """The figures of a few areas and cells with visits drawn by seed."""
    rng = np.random.default_rng(seed)
    places = [
        {"area_id": a, "number": str(n), "lon": 70.02 + i + 0.5 * (n % 3) * 0.9, "lat": 50.1 + 0.4 * (n // 5)}
        for i, a in enumerate(areas) for n in range(each)
    ]  # fmt: skip
    visits = [
        {
            "visit_id": f"v{i}", "area_id": areas[int(rng.integers(len(areas)))],
            "number": str(rng.integers(each) // 2 * 2), "team_id": f"T{rng.integers(9)}",
            "stage": STAGES[int(rng.integers(4))], "verification": "verified", "answered": "*",
            "overall": ("good", "bad", "")[int(rng.integers(3))],
        }
        for i in range(count)
    ]  # fmt: skip
    incidents = [
        {"incident_id": f"i{i}", "visit_id": f"v{i}", "category": ("poster", "sealed")[i % 2],
         "verification": "verified"}
        for i in range(0, count, 3)
    ]  # fmt: skip
    snapshot = factory.snapshot(
        about=factory.mission(nature="simulated", frame="complete"), areas=factory.squares(*areas),
        stations=places, visits=visits, incidents=incidents,
        categories=[{**c, "public": "yes"} for c in factory.categories(poster="low", sealed="high")],
    )  # fmt: skip
    return make(figures.groups(snapshot), figures.rule_of(snapshot))


def some(length, rng, most):
    return np.sort(rng.permutation(length)[:most])


@pytest.mark.parametrize("make", MAKERS)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
@settings(max_examples=4)
def test_range_of_every_figure_is_that_of_the_plain_audit(make, seed, share):
    made = system(seed, make)
    rng = np.random.default_rng(seed)
    every = made.figures
    hidden = made.primary | (np.isfinite(every.loss) & (rng.random(len(made.primary)) < share))
    told = told_of(every, hidden)
    asked = some(len(hidden), rng, 8)
    low, high = bounds(known(every, hidden), every.rows[asked])
    for index, least, greatest in zip(asked.tolist(), low, high, strict=True):
        for side, plain in enumerate((least, greatest)):
            reached = farthest(every, told, index, side)
            quick = np.inf if reached is None else reached[index]
            assert quick == pytest.approx(plain, abs=1e-5)


@pytest.mark.parametrize("make", MAKERS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=4)
def test_putting_unvisited_cells_together_changes_no_range(make, seed):
    made = system(seed, make, each=12, count=14)
    fewer, kept = merged(made.figures, made.primary)
    assert len(fewer.upper) <= len(made.figures.upper)
    rng = np.random.default_rng(seed)
    asked = some(len(kept), rng, 8)
    whole = bounds(known(made.figures, made.primary), made.figures.rows[kept[asked]])
    small = bounds(known(fewer, made.primary[kept]), fewer.rows[asked])
    assert np.array(small) == pytest.approx(np.array(whole), abs=1e-5)


def test_unvisited_cells_are_put_together():
    made = system(1, figures.findings, each=12, count=3)
    fewer, _ = merged(made.figures, made.primary)
    assert len(fewer.upper) < len(made.figures.upper)


@pytest.mark.parametrize("make", MAKERS)
def test_the_parts_true_values_add_up_to_every_figure(make):
    made = system(3, make).figures
    assert (made.rows @ made.truth == made.value).all()
    assert (made.limits @ made.truth >= 0).all()
    assert (made.truth <= made.upper).all()


def test_nested_figures_are_sums_of_some_of_the_same_parts():
    made = system(3, figures.findings).figures
    assert len(made.nested) > 100
    whole, part = made.rows[made.nested[:, 0]], made.rows[made.nested[:, 1]]
    assert (whole - part).min() >= 0


@pytest.mark.parametrize("make", MAKERS)
def test_solving_region_by_region_protects_as_much_as_solving_at_once(make, monkeypatch):
    made = system(5, make, areas="ABCD", each=16, count=120)
    answers = {}
    for least in (0, 10**9):
        monkeypatch.setattr(sections, "WORTH_SPLITTING", least)
        answers[least] = hidden = protect(made.figures, made.primary)
        asked = np.flatnonzero(np.isfinite(made.figures.need_low))[::29]
        everything = made.primary | np.isfinite(made.figures.loss)
        low, high = bounds(known(made.figures, hidden), made.figures.rows[asked])
        loose_low, loose_high = bounds(known(made.figures, everything), made.figures.rows[asked])
        assert (low <= np.maximum(made.figures.need_low[asked], loose_low) + 1e-5).all()
        assert (high >= np.minimum(made.figures.need_high[asked], loose_high) - 1e-5).all()
    assert answers[0].sum() <= 1.2 * answers[10**9].sum() + 5


def test_a_piece_of_the_program_holds_the_parts_asked_for():
    made = system(2, figures.findings)
    told = told_of(made.figures, made.primary)
    assert len(told.free) < len(made.figures.upper)
    piece = around(told, told.free[:1])
    assert told.free[0] in piece.free


def test_what_only_saves_work_changes_no_answer():
    made = system(8, figures.assessments)
    plain = replace(
        made.figures, nested=np.zeros((0, 2), dtype=np.int64), region=np.zeros(0, dtype=np.int64),
        slots=0, truth=np.zeros(0),
    )  # fmt: skip
    assert protect(plain, made.primary).sum() <= 1.2 * protect(made.figures, made.primary).sum() + 5
