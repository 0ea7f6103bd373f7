"""Two releases subtracted from each other never show fewer stations or teams than one release may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure import HIDDEN, figures, release, since
from geo.disclosure.audit import bounds
from geo.disclosure.cut import delayed
from geo.disclosure.problem import known
from geo.disclosure.since import Earlier
from tests import factory

NOW = datetime(2005, 12, 7, 12, tzinfo=UTC)
SALT = b"salt"
AREAS = "ABCD"
STAGES = ("opening", "voting", "closing")


def visits(seed, count, each=30, teams=9):
    """A stream of visits: the first `count` of it have been received."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        area = AREAS[int(rng.integers(len(AREAS)))]
        made.append(
            {
                "visit_id": f"v{i}", "area_id": area, "number": str(rng.integers(each)),
                "team_id": f"T{rng.integers(teams)}", "stage": STAGES[int(rng.integers(3))],
                "verification": "verified", "answered": "*", "received": NOW - timedelta(days=2),
                "overall": ("good", "bad", "very_bad", "")[int(rng.integers(4))], "outcome": "observed",
            }
        )  # fmt: skip
        made[-1]["found"] = bool(rng.random() < 0.4)
    return made


def snapshot(rows, each=30):
    incidents = [
        {"incident_id": row["visit_id"], "visit_id": row["visit_id"], "category": "sealed",
         "verification": "verified"}
        for row in rows if row.get("found")
    ]  # fmt: skip
    plain = [{key: value for key, value in row.items() if key != "found"} for row in rows]
    places = [{"area_id": a, "number": str(n)} for a in AREAS for n in range(each)]
    made = factory.snapshot(
        about=factory.mission(nature="live", frame="complete"), areas=factory.squares(*AREAS),
        stations=places, visits=plain, incidents=incidents, categories=factory.categories(sealed="high"),
    )  # fmt: skip
    return replace(made, as_of=NOW)


def basis(seen):
    old = delayed(seen, NOW)
    return since.basis_of(old, figures.groups(old), SALT)


def released(seen, *earlier):
    own = basis(seen)
    made = release(seen, NOW, cleared=True, between=[since.hold_back(one, own) for one in earlier])
    return made, Earlier({"nation": made.nation, "area": made.by_area, "cell": made.by_cell}, own)


def told(made):
    """Every figure of a release that is told, by unit, choice and measure."""
    shown = {}
    for units in (made.nation, made.by_area):
        for at, unit in enumerate(units.unit_id):
            for stage, covered in units.coverage.items():
                shown[unit, stage, "", "n"] = covered.observed[at]
            for choice, found in units.findings.items():
                stage, severity = choice.split("/")
                shown[unit, stage, severity, "m"] = found.visits[at]
                shown[unit, stage, severity, "k"] = found.with_finding[at]
            for stage, rated in units.assessments.items():
                shown[unit, stage, "", "a"] = rated.visits[at]
                shown[unit, stage, "", "b"] = rated.negative[at]
    return {key: int(value) for key, value in shown.items() if value != HIDDEN}


def came_between(one, two, unit, stage):
    """The visits of a unit and stage that are in one of two lists only."""
    names = [{row["visit_id"]: row for row in rows} for rows in (one, two)]
    new = [names[1][i] for i in names[1].keys() - names[0].keys()]
    new += [names[0][i] for i in names[0].keys() - names[1].keys()]
    return [r for r in new if unit in ("", r["area_id"]) and stage in ("all", r["stage"])]


def isolated(before, after, one, two):
    """The figures whose difference rests on fewer than 5 stations or 3 teams."""
    found = []
    for key in before.keys() & after.keys():
        unit, stage, _, measure = key
        rows = came_between(one, two, unit, stage)
        if measure in "ab":
            rows = [row for row in rows if row["overall"]]
        stations = {(row["area_id"], row["number"]) for row in rows}
        if before[key] == after[key] or -2 in (before[key], after[key]):
            continue
        if len(stations) < 5 or len({row["team_id"] for row in rows}) < 3:
            found.append(key)
    return found


@given(seed=st.integers(0, 10_000), first=st.integers(60, 160), more=st.integers(1, 40))
@settings(max_examples=3)
def test_subtracting_a_release_from_the_next_never_isolates_few(seed, first, more):
    stream = visits(seed, first + more)
    one, kept = released(snapshot(stream[:first]))
    two, _ = released(snapshot(stream), kept)
    assert isolated(told(one), told(two), stream[:first], stream) == []


def test_without_holding_back_it_would():
    stream = visits(1, 124)
    one, _ = released(snapshot(stream[:120]))
    two, _ = released(snapshot(stream))
    assert isolated(told(one), told(two), stream[:120], stream) != []


@pytest.mark.parametrize("seed", [1, 2])
def test_what_changed_cannot_be_worked_out_from_the_other_changes(seed):
    stream = visits(seed, 170)
    first, second = snapshot(stream[:130]), snapshot(stream)
    _, kept = released(first)
    two, _ = released(second, kept)
    groups = figures.groups(delayed(second, NOW))
    rule = figures.rule_of(second)
    between = since.groups_between(groups, kept.basis, basis(second))
    later = Earlier({"nation": two.nation, "area": two.by_area, "cell": two.by_cell}, kept.basis)
    for make in (figures.coverage, figures.findings, figures.assessments):
        change = since.change_of(make(groups, rule), between, rule)
        hidden = since.hidden_in(change, kept) | since.hidden_in(change, later)
        every = change.figures
        asked = np.flatnonzero(np.isfinite(every.need_low) & (np.array(change.group) != "part"))[::5]
        low, high = bounds(known(every, hidden), every.rows[asked])
        loose_low, loose_high = bounds(known(every, hidden | np.isfinite(every.loss)), every.rows[asked])
        assert (low <= np.maximum(every.need_low[asked], loose_low) + 1e-5).all()
        assert (high >= np.minimum(every.need_high[asked], loose_high) - 1e-5).all()


def test_three_releases_are_compared_with_each_earlier_one():
    stream = visits(5, 150)
    cuts = (110, 130, 150)
    earlier, shown = [], []
    for cut in cuts:
        made, kept = released(snapshot(stream[:cut]), *earlier)
        earlier.append(kept)
        shown.append(told(made))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert isolated(shown[i], shown[j], stream[: cuts[i]], stream[: cuts[j]]) == []


def test_a_visit_taken_back_is_not_told_by_subtraction():
    stream = visits(3, 140)
    _, kept = released(snapshot(stream))
    without = [row for i, row in enumerate(stream) if i != 20]
    one = told(released(snapshot(stream))[0])
    two = told(released(snapshot(without), kept)[0])
    assert isolated(one, two, stream, without) == []


def test_nothing_is_held_back_where_nothing_changed():
    seen = snapshot(visits(4, 120))
    one, kept = released(seen)
    two, _ = released(seen, kept)
    assert two == one
    assert two.held_back == 0


def test_a_release_says_how_many_figures_it_holds_back():
    stream = visits(1, 124)
    _, kept = released(snapshot(stream[:120]))
    two, _ = released(snapshot(stream), kept)
    assert two.held_back > 0


def test_a_basis_holds_no_text_of_the_data():
    own = basis(snapshot(visits(4, 60)))
    assert own.area_ids == tuple(AREAS)
    for array in (own.record, own.station, own.team):
        assert array.dtype == np.uint64
    assert basis(snapshot(visits(4, 60))).record.tolist() == own.record.tolist()
    other = delayed(snapshot(visits(4, 60)), NOW)
    assert not np.isin(since.basis_of(other, figures.groups(other), b"other").station, own.station).any()
