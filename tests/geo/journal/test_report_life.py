"""A report's life: who may decide what in which state, and that order does not matter."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.journal.report_life import (
    DECISIONS,
    VERIFICATIONS,
    Life,
    Step,
    columns_of,
    lacking,
    life_of,
    refusal,
)
from tests.examples import examples

CLEARANCES = {"withheld", "cleared", "published", "corrected", "withdrawn"}

SENT = Step("1", "", "", "ann")


def after(*decisions, first=SENT):
    """The life after decisions, each (name, by) made on the one before."""
    steps = [first]
    for number, (name, by) in enumerate(decisions):
        steps.append(
            Step(f"d{number}", steps[-1].version, f"2005-12-04T05:0{number}", by, name, "1", "why", "to")
        )
    return life_of("incident", steps)


def states(*decisions):
    life, _ = after(*decisions)
    return life.verification, life.clearance


def test_verified_by_one_and_cleared_by_another_it_is_cleared():
    assert states(("verify", "bea"), ("clear", "cem")) == ("verified", "cleared")


def test_who_verified_a_report_does_not_clear_it():
    life, history = after(("verify", "bea"), ("clear", "bea"))
    assert (life.clearance, history[-1].refusal) == ("withheld", "twice")


def test_nobody_verifies_what_they_sent():
    life, history = after(("verify", "ann"))
    assert (life.verification, history[-1].refusal) == ("reported", "own")


def test_a_report_of_a_file_that_came_verified_is_cleared_by_anybody():
    step = Step("d", "", "", "bea", "clear", starts_at=("verified", "private"))
    assert columns_of(life_of("incident", [step])[0]) == ("verified", "cleared")


@pytest.mark.parametrize("decision", [name for name, rule in DECISIONS.items() if rule.needs == "reason"])
def test_a_rejection_needs_a_reason(decision):
    assert (lacking(decision, "  ", ""), lacking(decision, "seen twice", "")) == ("reason", "")


def test_what_was_decided_holds_when_its_reason_is_erased():
    decided = [("verify", "bea"), ("clear", "cem"), ("publish", "cem"), ("withdraw", "bea")]
    steps = [change.step for change in after(*decided)[1]]
    erased = [replace(step, reason="") for step in steps]
    assert life_of("incident", erased)[0] == life_of("incident", steps)[0]
    assert columns_of(life_of("incident", erased)[0]) == ("verified", "withdrawn")


def test_what_was_refuted_is_told_no_more_and_counts_no_more():
    life, _ = after(("verify", "bea"), ("clear", "cem"), ("refute", "bea"))
    assert columns_of(life) == ("withdrawn", "private")


def test_what_is_published_is_withdrawn_before_it_is_refuted():
    published = [("verify", "bea"), ("clear", "cem"), ("publish", "cem")]
    assert states(*published, ("refute", "bea")) == ("verified", "published")
    assert states(*published, ("withdraw", "bea"), ("refute", "bea")) == ("refuted", "withdrawn")


def test_an_edit_after_verification_has_to_be_verified_anew():
    edit = Step("2", "1", "2005-12-04T06:00", "ann")
    life, _ = life_of(
        "incident",
        [SENT, Step("d", "1", "2005-12-04T05:00", "bea", "verify", "1"),
         Step("e", "d", "2005-12-04T05:01", "cem", "clear", "1"), edit],
    )  # fmt: skip
    assert (life.verification, life.clearance, life.content) == ("reported", "withheld", "2")


def test_what_was_decided_without_seeing_an_edit_is_not_decided():
    edit = Step("2", "1", "2005-12-04T04:00", "ann")
    decision = Step("d", "1", "2005-12-04T05:00", "bea", "verify", "1")
    life, history = life_of("incident", [SENT, decision, edit])
    assert (life.verification, history[-1].refusal) == ("reported", "stale")


BACK = Step("w", "1", "2005-12-04T06:00", "ann", takes_back=True)
TOLD = [
    Step("d", "1", "2005-12-04T05:00", "bea", "verify", "1"),
    Step("e", "d", "2005-12-04T05:01", "cem", "clear", "1"),
    Step("f", "e", "2005-12-04T05:02", "cem", "publish", "1"),
]


def test_of_what_its_source_took_back_nothing_is_decided_but_who_looks_at_it():
    life, _ = life_of("incident", [SENT, BACK])
    assert {name for name in DECISIONS if not refusal(life, name, "incident", "bea")} == {"assign"}
    assert columns_of(life) == ("withdrawn", "private")


def test_a_decision_about_what_was_taken_back_decides_nothing_even_when_it_is_sent_again():
    again = Step("2", "w", "2005-12-04T07:00", "ann")
    decision = Step("x", "w", "2005-12-04T06:30", "bea", "verify", "w")
    life, history = life_of("incident", [SENT, BACK, decision, again])
    assert (life.verification, life.content) == ("reported", "2")
    assert [change.refusal for change in history] == ["", "", "state", ""]


def test_what_was_published_and_taken_back_is_not_public_when_it_is_sent_again():
    again = Step("2", "w", "2005-12-04T07:00", "ann")
    assert columns_of(life_of("incident", [SENT, *TOLD])[0]) == ("verified", "public")
    assert columns_of(life_of("incident", [SENT, *TOLD, BACK])[0]) == ("withdrawn", "withdrawn")
    assert columns_of(life_of("incident", [SENT, *TOLD, BACK, again])[0]) == ("unverified", "withdrawn")


def test_a_visit_is_counted_and_never_cleared_by_itself():
    assert refusal(Life("verified"), "clear", "visit", "bea") == "unknown"


def test_every_decision_leads_to_states_there_are():
    for rule in DECISIONS.values():
        assert {*rule.verification, *rule.verification.values()} <= set(VERIFICATIONS)
        assert {*rule.clearance, *rule.clearance.values()} <= CLEARANCES


@st.composite
def steps(draw):
    """Versions of one report and decisions, each on any earlier one or on one that never came."""
    known = ["0"]
    drawn = [Step("0", "", "", "ann", draw(st.sampled_from(["", "verify"])), starts_at=("", ""))]
    for number in range(1, draw(st.integers(1, 8))):
        decision = draw(st.sampled_from([*DECISIONS, "", "nonsense"]))
        drawn.append(
            Step(
                str(number), draw(st.sampled_from([*known, "never"])), draw(st.sampled_from(["", "1", "2"])),
                draw(st.sampled_from(["ann", "bea", "cem"])), decision,
                draw(st.sampled_from([*known, ""])), draw(st.sampled_from(["", "why"])), "dov",
                takes_back=decision == "" and draw(st.booleans()),
            )
        )  # fmt: skip
        known.append(str(number))
    return drawn


@given(st.data())
@examples(1000)
def test_any_order_of_the_same_events_ends_the_same(data):
    drawn = data.draw(steps())
    shuffled = data.draw(st.permutations(drawn + data.draw(st.lists(st.sampled_from(drawn)))))
    assert life_of("incident", shuffled) == life_of("incident", drawn)


@given(steps())
@examples(1000)
def test_in_no_history_one_person_both_verified_and_cleared(drawn):
    _, history = life_of("incident", drawn)
    for change in history:
        if change.step.decision == "clear" and not change.refusal:
            assert change.before.verified_by != change.step.by
            assert change.before.verification == "verified"


@given(steps())
@examples(1000)
def test_a_refused_decision_changes_nothing_but_the_head(drawn):
    _, history = life_of("incident", drawn)
    for change in history:
        if change.refusal:
            same = (life.verification for life in (change.before, change.after))
            assert len(set(same)) == 1 and change.before.clearance == change.after.clearance
    assert all(a.after == b.before for a, b in itertools.pairwise(history))
