"""What anybody may send as a question for a plan: understood, or refused in words, and quickly."""

import json
import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import InputError
from geo.routing import plan_changes, plan_request

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=6), parts, max_size=4),
    max_leaves=12,
)


def star(corners):
    """A star whose every edge crosses nearly every other one."""
    at = [(i * (corners // 2 - 1)) % corners * 2 * math.pi / corners for i in range(corners)]
    ring = [[70 + 5 * math.cos(angle), 48 + 4 * math.sin(angle)] for angle in at]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def test_a_number_of_400_digits_is_refused():
    with pytest.raises(InputError, match="seconds must be a number from 1 to 60"):
        plan_request.number_of(10**400, "seconds", 1, 60)


def test_a_day_no_clock_can_reckon_with_is_refused():
    for day in ("9999-12-31", "0001-01-01", "2100-01-01", "1899-12-31"):
        with pytest.raises(InputError, match="day must lie in the years"):
            plan_request.of_json({"day": day})
    for day in (date(2005, 12, 4), date(1946, 2, 10)):
        assert plan_request.of_json({"day": day.isoformat()}).day == day


@pytest.mark.parametrize("team", ["\ud800", "a\udfff", "a\x00b", "a\nb"])
def test_a_team_that_no_file_can_name_is_refused(team):
    with pytest.raises(InputError) as refused:
        plan_request.of_json({"teams": [team]})
    json.dumps(str(refused.value), ensure_ascii=False).encode()


def test_an_unknown_key_that_cannot_be_written_is_refused_in_words_that_can():
    with pytest.raises(InputError, match="unknown key") as refused:
        plan_request.of_json({"\ud800": 1})
    str(refused.value).encode()


def test_corners_are_counted_before_anything_is_reckoned(monkeypatch):
    monkeypatch.setattr(plan_request.shapely, "make_valid", lambda *_, **__: pytest.fail("reckoned"))
    with pytest.raises(InputError, match="more than 2,000 corners"):
        plan_request.polygons_of([star(5000)])


def test_a_star_that_crosses_itself_is_mended_by_its_structure(monkeypatch):
    asked = []
    make_valid = plan_request.shapely.make_valid
    monkeypatch.setattr(
        plan_request.shapely,
        "make_valid",
        lambda shape, **how: asked.append(how) or make_valid(shape, **how),
    )
    found = plan_request.polygons_of([star(198)])[0]
    assert found.is_valid and found.area > 0 and asked == [{"method": "structure", "keep_collapsed": False}]


@given(ANY_JSON)
def test_whatever_is_sent_is_understood_or_refused_in_words_that_can_be_written(value):
    for read in (plan_request.of_json, plan_changes.of_json):
        try:
            read(value)
        except InputError as error:
            str(error).encode()


@given(st.dictionaries(st.sampled_from(sorted(plan_request.to_json(plan_request.PlanRequest()))), ANY_JSON))
def test_a_question_with_our_keys_is_understood_as_it_can_be_kept_or_refused(value):
    try:
        asked = plan_request.of_json(value)
    except InputError as error:
        str(error).encode()
    else:
        text = json.dumps(plan_request.to_json(asked), ensure_ascii=False).encode()
        assert plan_request.of_json(json.loads(text)) == asked
