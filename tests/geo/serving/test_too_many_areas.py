"""A country's polling districts given as areas are refused in words, before anything is made of them."""

import pytest

from geo.commands import check
from geo.model.errors import MissionError
from geo.serving import build_snapshot
from tests.geo.reading.trap_missions import CATEGORY_COLUMNS, csv_text, mission


def districts(tmp_path, count, level=1):
    """A mission of so many areas of a level, without polygons, and the visits of nobody."""
    rows = [[f"P{n:05}", f"Polling district {n}", level] for n in range(count)]
    return mission(
        tmp_path / "m",
        areas__csv=csv_text(["area_id", "name_en", "level"], rows),
        stations__csv=csv_text(["area_id", "number"], [[row[0], "1"] for row in rows]),
        visits__csv=None,
        incidents__csv=None,
        categories__csv=csv_text(CATEGORY_COLUMNS, []),
    )


@pytest.mark.parametrize("level", [1, 2])
def test_more_areas_of_a_level_than_a_page_can_hold_are_refused_in_words(tmp_path, monkeypatch, level):
    monkeypatch.setattr(build_snapshot.registry, "build", lambda *_: pytest.fail("areas were joined"))
    folder = districts(tmp_path, build_snapshot.MOST_AREAS + 1, level)
    with pytest.raises(MissionError) as caught:
        build_snapshot.snapshot(folder)
    assert f"areas.csv: 8,001 areas of level {level}; at most 8,000 are drawn" in str(caught.value)
    assert "and leave these out" in str(caught.value)


def test_areas_of_several_levels_are_counted_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(build_snapshot, "MOST_AREAS", 2)
    rows = [["A", "A", 1], ["B", "B", 1], ["A1", "A1", 2], ["A2", "A2", 2]]
    folder = mission(tmp_path / "m", areas__csv=csv_text(["area_id", "name_en", "level"], rows))
    assert len(build_snapshot.snapshot(folder).registry.areas) == 4


def test_check_lists_the_stations_of_some_areas_and_counts_the_others(tmp_path):
    text = check.text(check.check_mission(districts(tmp_path, 100)))
    assert text.count("Polling district") == check.MOST_AREAS
    assert "… and 40 more areas" in text
