"""Forms of any number of questions say which kinds of finding they asked about."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.counts import Choice
from geo.model.form_masks import asked_about_any, asked_about_own, mask_of_words, masks, word_count, words_of
from tests import factory
from tests.geo.model.test_counts import STATIONS, incident, visit

KINDS = [f"k{n:03}" for n in range(130)]
kinds = st.integers(0, len(KINDS) - 1)


@given(st.lists(st.sets(kinds), min_size=1), st.sets(kinds))
def test_forms_that_asked_about_any_of_some_kinds_are_those_whose_sets_meet(forms, chosen):
    answered = masks(pd.Series([";".join(KINDS[n] for n in form) for form in forms], dtype="str"), KINDS)
    assert asked_about_any(answered, chosen).tolist() == [bool(form & chosen) for form in forms]


@given(st.lists(st.tuples(st.sets(kinds), kinds), min_size=1))
def test_a_form_asked_about_the_kind_beside_it_if_its_set_holds_it(pairs):
    cells = pd.Series([";".join(KINDS[n] for n in form) for form, _ in pairs], dtype="str")
    own = np.array([kind for _, kind in pairs], dtype=np.int32)
    assert asked_about_own(masks(cells, KINDS), own).tolist() == [kind in form for form, kind in pairs]


@given(st.sets(kinds))
def test_words_are_the_mask_taken_apart(chosen):
    mask = sum(1 << n for n in chosen)
    assert mask_of_words(words_of(mask, word_count(len(KINDS)))) == mask


@pytest.mark.parametrize("count", [1, 63, 64, 65, 70, 128, 129])
def test_a_star_asks_about_every_kind_and_no_more(count):
    answered = masks(pd.Series(["*"], dtype="str"), KINDS[:count])
    assert np.bitwise_count(answered).sum() == count


@pytest.mark.parametrize("kind", ["k000", "k063", "k064", "k129"])
def test_a_finding_of_any_of_130_kinds_enters_a_rate(kind):
    snapshot = factory.snapshot(
        areas=factory.squares("A", "B"),
        stations=STATIONS,
        categories=factory.categories(**dict.fromkeys(KINDS, "high")),
        visits=[visit("v1", answered=f"k001;{kind}"), visit("v2", number="2", answered="k002")],
        incidents=[incident("i1", visit_id="v1", category=kind)],
    )
    counts = snapshot.counts(choice=Choice(categories=(kind,)))
    assert (counts.exposure[0], counts.with_finding[0]) == (1, 1)
