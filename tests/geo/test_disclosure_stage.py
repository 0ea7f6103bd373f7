"""Where a day is withheld no stage says when observers came."""

from tests.geo.test_disclosure_release import LONG_AGO, made, shown

STAGES = ("opening", "voting", "closing", "counting")


def day_of(team, area, stages):
    """One verified visit a stage, each at a station of its own."""
    return [
        {
            "visit_id": f"{team}-{area}-{i}", "area_id": area, "number": f"{i}", "team_id": team,
            "stage": stage, "outcome": "observed", "verification": "verified", "answered": "*",
            "received": LONG_AGO, "overall": "bad",
        }
        for i, stage in enumerate(stages)
    ]  # fmt: skip


def statuses(units):
    """What is said of presence, per unit: its status at every stage and severity, in each of three groups."""
    groups = (units.coverage, units.findings, units.assessments)
    return [
        tuple(sorted((choice, one.status[i]) for choice, one in group.items()))
        for i in range(len(units.unit_id))
        for group in groups
    ]


def test_one_teams_morning_in_an_area_cannot_be_told_from_its_afternoon():
    elsewhere = [visit for i in range(6) for visit in day_of(f"E{i}", "E", STAGES)]
    early = shown(made([*day_of("T", "A", ["opening", "voting"]), *elsewhere]))
    late = shown(made([*day_of("T", "A", ["voting", "closing"]), *elsewhere]))
    assert statuses(early.by_area)[:3] == statuses(late.by_area)[:3]
    assert {early.by_area.coverage[stage].status[0] for stage in ("all", *STAGES)} == {"suppressed"}
    assert statuses(early.by_cell) != []


def test_a_stage_where_nobody_was_all_day_still_says_so():
    found = shown(made(day_of("T", "A", ["opening"])))
    assert {found.by_area.coverage[stage].status[1] for stage in ("all", *STAGES)} == {"not_observed"}
