"""What people type on the desk and what no text may hold."""

from datetime import UTC, datetime

import pytest

from geo.intake.missed_calls import call_event
from geo.intake.report_decisions import decision_of
from geo.model.errors import InputError

SEEN = {"about": "visit", "id": "r1", "head": "1", "content": "1"}
NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)


@pytest.mark.parametrize("column", ["reason", "to"])
def test_a_decision_with_a_nul_is_refused_by_its_column(column):
    given = {"id": "d", "decision": "assign", "reports": [SEEN], column: "a\0b"}
    with pytest.raises(InputError, match=f"{column} holds a NUL"):
        decision_of(given)


def test_a_note_with_a_nul_is_refused():
    given = {"id": "c", "team": "T1", "note": "a\0b"}
    with pytest.raises(InputError, match="note holds a NUL"):
        call_event(given, "bea", "m", None, None, NOON)
