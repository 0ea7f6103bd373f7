"""How the inbox tells where a report stands."""

import pytest

from geo.journal.report_life import Life
from layers.desk.inbox import FILTERS, _fits, state_in_words
from layers.words.language import language

TAKEN_BACK = Life(withdrawals=frozenset({"w"}))


@pytest.mark.parametrize("about", ["visit", "incident"])
def test_what_its_source_took_back_is_withdrawn_in_words(about):
    assert state_in_words(TAKEN_BACK, about, language("en")) == "withdrawn"


def test_what_its_source_took_back_is_not_offered_to_verify():
    assert {name for name in FILTERS if _fits(TAKEN_BACK, name, "bea")} == {"all"}
