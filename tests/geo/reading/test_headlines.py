"""When little or nothing matches, that is said first, with its cause and what mends it."""

from __future__ import annotations

import pytest

from geo.commands.check import check_mission, text
from tests.geo.reading.trap_missions import (
    INCIDENT_COLUMNS,
    STATION_COLUMNS,
    STATIONS,
    VISIT_COLUMNS,
    VISITS,
    csv_text,
    mission,
)


def first(folder) -> str:
    return "\n".join(check_mission(folder)["first"])


def visits(change):
    return csv_text(VISIT_COLUMNS, [change(list(row)) for row in VISITS])


def with_number(number, area=None):
    def change(row):
        row[2] = number(row[2])
        row[1] = row[1] if area is None else area
        return row

    return change


def test_of_a_sound_mission_nothing_is_said_first(tmp_path):
    assert first(mission(tmp_path / "m")) == ""


def test_what_is_said_first_stands_before_the_totals(tmp_path):
    folder = mission(tmp_path / "m", visits__csv=visits(with_number(lambda n: f"{n}.0")))
    lines = text(check_mission(folder)).splitlines()
    assert lines[1].startswith("FIRST: 10 of 10 visits name no station that is known")


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (lambda n: f"{n}.0", '"N/1.0" is probably "N/1"; write whole_ids = true in [tables.visits]'),
        (lambda n: f"no. {n}", '"N/no. 1" is probably "N/1"'),
    ],
)
def test_visits_that_name_no_station_are_told_with_what_they_mean(tmp_path, number, cause):
    assert cause in first(mission(tmp_path / "m", visits__csv=visits(with_number(number))))


def test_numbers_without_their_zeros_are_told_with_their_width(tmp_path):
    rows = [[row[0], row[1].zfill(3), *row[2:]] for row in STATIONS]
    folder = mission(tmp_path / "m", stations__csv=csv_text(STATION_COLUMNS, rows))
    assert "write number_width = 3 in [tables.visits]" in first(folder)


def test_numbers_alone_are_told_with_the_setting_if_they_are_unique(tmp_path):
    rows = [[row[0], str(n), *row[2:]] for n, row in enumerate(STATIONS)]
    files = {"stations__csv": csv_text(STATION_COLUMNS, rows), "visits__csv": visits(with_number(str, ""))}
    assert "write unique_numbers = true in [tables.stations]" in first(mission(tmp_path / "m", **files))


def test_visits_that_nobody_verified_or_that_asked_nothing_are_told(tmp_path):
    folder = mission(tmp_path / "m", visits__csv=visits(lambda row: [*row[:7], "", ""]))
    assert "10 of 10 visits are unverified: the press counts none of them" in first(folder)
    assert 'answered = "*" under [tables.visits.constants]' in first(folder)


def test_points_that_all_lie_abroad_are_told_with_the_setting(tmp_path):
    rows = [[*row[:2], 10 + i, 50, 100] for i, row in enumerate(STATIONS)]
    folder = mission(tmp_path / "m", stations__csv=csv_text(STATION_COLUMNS, rows))
    assert (
        '10 of 10 stations lie outside the country and are not on the map; is crs = "EPSG:…" missing'
        in first(folder)
    )


def test_points_with_their_halves_exchanged_are_told(tmp_path):
    rows = [[*row[:2], row[3], row[2], 100] for row in STATIONS]
    folder = mission(tmp_path / "m", stations__csv=csv_text(STATION_COLUMNS, rows))
    assert "10 of 10 stations have longitude and latitude swapped" in first(folder)


def test_incidents_whose_visits_are_unknown_by_the_dozen_are_told(tmp_path):
    known = [[f"i{n}", "v0", "queue", "verified", "public"] for n in range(40)]
    lost = [[f"j{n}", f"x{n}", "queue", "verified", "public"] for n in range(12)]
    folder = mission(tmp_path / "m", incidents__csv=csv_text(INCIDENT_COLUMNS, known + lost))
    assert "12 of 52 incidents name a visit that is not in the visits table" in first(folder)


def test_areas_of_another_time_are_told_with_the_date(tmp_path):
    folder = mission(tmp_path / "m")
    toml = folder / "mission.toml"
    areas = folder / "areas.geojson"
    areas.write_text(areas.read_text().replace('"area_id"', '"valid_to": "1999-01-01", "area_id"'))
    assert toml.exists()
    assert "Is mission.election_date right?" in first(folder)
