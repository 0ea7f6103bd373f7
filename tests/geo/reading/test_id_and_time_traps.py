"""Ids and clocks as people, spreadsheets and keyboards write them."""

from __future__ import annotations

import pytest

from tests.examples import first_of
from tests.geo.reading.trap_missions import (
    AREAS,
    STATION_COLUMNS,
    STATIONS,
    VISIT_COLUMNS,
    VISITS,
    built,
    checked,
    csv_text,
    examples,
    feature,
    geojson,
    mission,
)

EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def visits(tmp_path, change, settings=""):
    rows = [[row[0], row[1], change(row[2]), *row[3:]] for row in VISITS]
    return mission(tmp_path / "m", settings, visits__csv=csv_text(VISIT_COLUMNS, rows))


@pytest.mark.parametrize("digits", [EASTERN, DEVANAGARI])
def test_digits_of_any_script_name_a_station_by_their_value(tmp_path, digits):
    card = checked(visits(tmp_path, lambda number: number.translate(digits)))
    assert (card["visits_unresolved"], card["codes"]["id_digits"]) == (0, 10)


def test_a_register_in_other_digits_is_found_and_its_numbers_are_shown_as_written(tmp_path):
    rows = [[row[0], row[1].translate(EASTERN), *row[2:]] for row in STATIONS]
    snapshot = built(mission(tmp_path / "m", stations__csv=csv_text(STATION_COLUMNS, rows)))
    assert (snapshot.visits.station >= 0).all()
    assert snapshot.registry.stations.station_id[0].as_py() == "N/1"
    assert snapshot.registry.stations.number[0].as_py() == "١"


def test_numbers_with_a_point_are_told_once_per_column_and_hinted_at(tmp_path):
    card = checked(visits(tmp_path, lambda number: f"{number}.0"))
    assert '"N/1"?' in examples(card, "station_unknown")
    assert card["codes"]["id_like_number"] == 1
    assert "whole_ids = true in [tables.visits]" in examples(card, "id_like_number")


def test_whole_ids_of_mission_toml_reads_them_without_their_point(tmp_path):
    folder = visits(tmp_path, lambda number: f"{number}.0", "[tables.visits]\nwhole_ids = true\n")
    assert checked(folder)["visits_unresolved"] == 0


def test_number_width_of_mission_toml_gives_numbers_their_zeros(tmp_path):
    rows = [[row[0], row[1].zfill(4), *row[2:]] for row in STATIONS]
    settings = "[tables.visits]\nnumber_width = 4\n"
    folder = mission(tmp_path / "m", settings, stations__csv=csv_text(STATION_COLUMNS, rows))
    assert checked(folder)["visits_unresolved"] == 0


def test_a_whole_number_of_geojson_has_no_point(tmp_path):
    areas = geojson([feature("N", AREAS["N"]) | {"properties": {"area_id": 2.0, "name_en": "N"}}])
    assert built(mission(tmp_path / "m", areas__geojson=areas)).registry.areas.area_id == ("2",)


@pytest.mark.parametrize(
    "written", first_of(["{} ", "№ {}", "no. {}", "00{}", "#{}", "УИК № {}", "участок {}", "Учаске {}"], 2)
)
def test_what_people_add_to_a_number_does_not_hide_what_it_may_be(tmp_path, written):
    card = checked(visits(tmp_path, written.format))
    assert card["visits_unresolved"] == 0 or '"N/1"?' in examples(card, "station_unknown")


def clock(tmp_path, arrived, left, stage="counting"):
    row = ["v", "N", "1", "T1", stage, arrived, left, "verified", "*"]
    folder = mission(tmp_path / "m", visits__csv=csv_text(VISIT_COLUMNS, [row]), incidents__csv=None)
    one = built(folder).visits
    epoch = 1_133_632_800  # midnight of 4 December 2005 in Almaty
    hours = [
        None if at < 0 else (at / 1_000_000 - epoch) / 3600 for at in (int(one.arrived[0]), int(one.left[0]))
    ]
    return hours, checked(folder)


@pytest.mark.parametrize(
    ("arrived", "left", "hours"),
    first_of(
        [
            ("23:30", "00:40", [23.5, 24 + 2 / 3]),
            ("00:15", "01:30", [24.25, 25.5]),
            ("21:00", "24:00", [21, 24]),
            ("21:00", "24:30", [21, 24.5]),
            ("21:00:00", "25:10:00", [21, 25 + 1 / 6]),
            ("2005-12-04 24:00", "2005-12-05 01:00", [24, 25]),
            ("2005-12-04 23:30", "00:40", [23.5, 24 + 2 / 3]),
            ("٢٣:٣٠", "٠٠:٤٠", [23.5, 24 + 2 / 3]),
        ],
        2,
    ),
)
def test_a_count_past_midnight_is_on_the_next_day_and_told(tmp_path, arrived, left, hours):
    read, card = clock(tmp_path, arrived, left)
    assert read == pytest.approx(hours)
    assert {"time_next_day", "time_understood"} & set(card["codes"])
    assert not {"time_order", "time_unreadable"} & set(card["codes"])


def test_voting_before_the_opening_stays_on_election_day(tmp_path):
    assert clock(tmp_path, "06:15", "06:45", "voting")[0] == [6.25, 6.75]


def test_the_opening_hour_of_mission_toml_decides_what_is_the_next_day(tmp_path):
    folder = mission(tmp_path / "m", incidents__csv=None, visits__csv=csv_text(
        VISIT_COLUMNS, [["v", "N", "1", "T1", "counting", "07:30", "08:00", "verified", "*"]]
    ))  # fmt: skip
    toml = folder / "mission.toml"
    toml.write_text(toml.read_text().replace("[mission]\n", '[mission]\npolls_open = "08:00"\n'))
    assert checked(folder)["codes"]["time_next_day"] == 2


@pytest.mark.parametrize("day", ["2005-12-04", "04.12.2005", "4 Dec 2005"])
def test_a_day_without_a_time_gives_no_hour_and_is_told(tmp_path, day):
    hours, card = clock(tmp_path, day, day, "voting")
    assert hours == [None, None]
    assert card["codes"]["time_day_only"] == 2


def test_a_column_whose_times_are_all_midnight_holds_days(tmp_path):
    rows = [[*row[:5], "2005-12-04 00:00:00", "", *row[7:]] for row in VISITS]
    assert checked(mission(tmp_path / "m", visits__csv=csv_text(VISIT_COLUMNS, rows)))["codes"] == {
        "time_day_only": 10
    }


@pytest.mark.parametrize(
    ("written", "is_hinted"), [("\u200b1", True), ("1\u00ad", True), ("\u00b9", True), ("I", False)]
)
def test_what_nobody_sees_in_a_number_is_hinted_at_and_odd_digits_stop_nothing(tmp_path, written, is_hinted):
    rows = [["v", "N", written, "T1", *VISITS[0][4:]]]
    card = checked(mission(tmp_path / "m", incidents__csv=None, visits__csv=csv_text(VISIT_COLUMNS, rows)))
    assert examples(card, "station_unknown").endswith('"N/1"?') == is_hinted
