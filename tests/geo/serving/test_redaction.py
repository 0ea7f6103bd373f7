"""What a snapshot still tells of teams whose names somebody may not see."""

from __future__ import annotations

from geo.serving.redaction import redacted
from tests import factory

KEY = "0123456789abcdef"


def test_a_finding_that_names_no_team_does_not_tell_the_team_of_its_visit() -> None:
    stations = [{"area_id": area, "number": "1", "lon": 70.5 + i, "lat": 50.5} for i, area in enumerate("AB")]
    visits = [{"visit_id": f"KOS/{one['area_id']}", "team_id": "KOS", **one} for one in stations]
    snapshot = factory.snapshot(
        areas=factory.squares("A", "B"), stations=stations, visits=visits, teams=[{"team_id": "KOS"}],
        categories=factory.categories(sealed="high"),
        incidents=[{"incident_id": "KOS/9", "visit_id": "KOS/A", "category": "sealed"}],
    )  # fmt: skip
    shown = redacted(snapshot, frozenset("A"), None, KEY)
    assert "KOS" not in str(
        [*shown.incidents.incident_id.to_pylist(), *shown.incidents.visit_as_told.to_pylist()]
    )
