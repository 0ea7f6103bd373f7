"""A list of stations becomes a mission: encodings, columns in three languages, areas, rows outside."""

import datetime
import json

import openpyxl
import pytest

from geo.commands import new_mission
from geo.commands.new_mission import NewMission
from geo.model.errors import InputError
from geo.reading.station_list import read_boundaries, read_list
from geo.serving import build_snapshot
from geo.serving.own_missions import OwnMissions

DAY = datetime.date(2026, 11, 29)
ROWS = [(f"School {i}", 50.0 + i / 100, 70.0 + i / 50) for i in range(30)]


def csv_text(header, rows=ROWS, delimiter=","):
    return "\n".join([delimiter.join(header), *(delimiter.join(map(str, row)) for row in rows)])


def written(tmp_path, brought, areas="units-KAZ", **more):
    chosen = NewMission("List", DAY, "Asia/Almaty", areas, **more)
    return new_mission.write(tmp_path / "missions", "list", chosen, brought)


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text(csv_text(("name", "lat", "lon")), encoding="utf-8")
    return read_list(path)


@pytest.mark.parametrize(
    ("header", "delimiter", "encoding"),
    [
        (("name", "lat", "lon"), ",", "utf-8"),
        (("Название", "Широта", "Долгота"), ";", "utf-16"),
        (("Атауы", "Ендік", "Бойлық"), "\t", "utf-8-sig"),
    ],
)
def test_columns_are_guessed_in_three_languages(tmp_path, header, delimiter, encoding):
    path = tmp_path / "list.csv"
    path.write_bytes(csv_text(header, delimiter=delimiter).encode(encoding))
    brought = read_list(path)
    assert (brought.placed, set(brought.columns)) == (30, {"name", "lat", "lon"})


def test_decimal_commas_are_understood(tmp_path):
    rows = [(name, str(lat).replace(".", ","), str(lon).replace(".", ",")) for name, lat, lon in ROWS]
    path = tmp_path / "list.csv"
    path.write_text(csv_text(("name", "lat", "lon"), rows, ";"), encoding="utf-8")
    assert read_list(path).lat[1] == pytest.approx(50.01)


def test_workbook_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ("Номер УИК", "Широта", "Долгота"),
        *((i + 1, lat, lon) for i, (_, lat, lon) in enumerate(ROWS)),
    ]:
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    brought = read_list(tmp_path / "list.xlsx")
    assert written(tmp_path, brought).placed == 30
    assert ",1,," in (tmp_path / "missions" / "list" / "stations.csv").read_text(encoding="utf-8")


def test_points_of_geojson_are_read(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for name, lat, lon in ROWS
    ]
    path = tmp_path / "list.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    assert read_list(path).placed == 30


def test_what_a_person_chooses_goes_before_the_guess(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(csv_text(("lat", "b", "c"), [("School", 50, 70)]), encoding="utf-8")
    brought = read_list(path, {"name": "lat", "lat": "b", "lon": "c"})
    assert (brought.lat[0], brought.columns["name"]) == (50, "lat")


def test_country_and_its_units_are_offered(plain):
    offered = {offer.code: offer.units for offer in new_mission.offers(plain)}
    assert offered == {"units-KAZ": 16, "whole-KAZ": 1}


def test_time_zone_is_the_nearest_citys(plain):
    assert new_mission.zone_near(plain) in ("Asia/Almaty", "Asia/Qostanay")


@pytest.mark.parametrize("areas", ["units-KAZ", "whole-KAZ", "hull"])
def test_every_station_of_a_clean_list_is_on_the_map(tmp_path, plain, areas):
    folder = written(tmp_path, plain, areas).folder
    stations = build_snapshot.snapshot(folder).registry.stations
    assert (len(stations), int(stations.is_on_map.sum())) == (30, 30)


def test_boundaries_of_ones_own_are_used(tmp_path, plain):
    ring = [[69, 49], [72, 49], [72, 52], [69, 52], [69, 49]]
    feature = {
        "type": "Feature",
        "properties": {"name": "Mine"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    folder = written(tmp_path, plain, "file", boundaries=path).folder
    areas = build_snapshot.snapshot(folder).registry.areas
    assert (list(areas.area_id), areas.name(0, "en")) == (["area-1"], "Mine")


def test_row_outside_all_areas_is_counted_and_kept_in_the_table(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        csv_text(("name", "lat", "lon"), [*ROWS, ("Far", -10, 10), ("Nowhere", "", "")]), encoding="utf-8"
    )
    result = written(tmp_path, read_list(path))
    assert (result.n, result.placed, result.outside) == (32, 31, 1)
    assert "Far" in (result.folder / "stations.csv").read_text(encoding="utf-8")
    assert len(build_snapshot.snapshot(result.folder).rejects) == 2


def test_rows_of_another_width_and_cells_that_are_no_point_are_told(tmp_path):
    rows = [*ROWS, ("School X", 50.1), ("School Y", "abc", 70)]
    path = tmp_path / "list.csv"
    path.write_text(csv_text(("name", "Широта", "lon"), rows), encoding="utf-8")
    brought = read_list(path)
    found = brought.defects[["code", "row", "column", "value"]].to_numpy().tolist()
    assert ["coordinate_unreadable", 33, "Широта", "abc"] in found
    assert [row for code, row, *_ in found if code == "ragged_row"] == [32]
    told = written(tmp_path, brought)
    assert told.unread == 1
    assert "1 rows have more or fewer cells than the header and were left out" in new_mission.text(told)


def test_defects_of_a_map_stand_at_the_rows_of_its_list(tmp_path):
    path = tmp_path / "list.csv"
    rows = [("School X",), *ROWS, ("School Z", 50.2, 70.2, "many")]
    text = csv_text(("name", "lat", "lon", "voters"), [(*row, "1") if len(row) == 3 else row for row in rows])
    path.write_text(text, encoding="utf-8")
    folder = written(tmp_path, read_list(path)).folder
    frame = build_snapshot.snapshot(folder).defects
    own = new_mission.by_own_rows(folder, frame, "my.csv")
    at = [(row.file, row.row) for row in own.itertuples() if row.code == "integer_unreadable"]
    assert at == [("my.csv", 33)]
    (folder / "stations.csv").write_text("number\n1\n", encoding="utf-8")
    assert new_mission.by_own_rows(folder, frame, "my.csv").equals(frame)


def test_number_that_stands_twice_gets_its_row(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(csv_text(("number", "lat", "lon"), [(7, 50, 70), (7, 50.1, 70.1)]), encoding="utf-8")
    result = written(tmp_path, read_list(path))
    assert result.renamed == 2
    assert len(build_snapshot.snapshot(result.folder).registry.stations) == 2


@pytest.mark.parametrize("title", ['a"b\\c', "x\n[routes]\nminutes = 1", "\x7f\x00 Ж", "'''"])
def test_a_title_stays_a_title(tmp_path, plain, title):
    chosen = NewMission(title, DAY, "Asia/Almaty", "hull")
    folder = new_mission.write(tmp_path, "t", chosen, plain).folder
    assert build_snapshot.load_mission(folder).title["en"] == new_mission.one_line(title)


@pytest.mark.parametrize(
    ("title", "zone", "areas"),
    [
        ("", "UTC", "hull"),
        ("x", "Mars", "hull"),
        ("x", "UTC", "units-XXX"),
        ("x", "UTC", "file"),
        ("x", "../UTC", "hull"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path, plain, title, zone, areas):
    with pytest.raises(InputError):
        new_mission.write(tmp_path / "missions", "x", NewMission(title, DAY, zone, areas), plain)
    assert not (tmp_path / "missions").exists()


def test_list_without_a_point_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,address\nSchool,Street 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no row has a longitude"):
        written(tmp_path, read_list(path))


def test_own_missions_are_private_until_shown(tmp_path):
    own = OwnMissions(tmp_path)
    (own.folder / "list").mkdir(parents=True)
    was = own.is_private("list")
    own.show("list")
    assert (was, own.is_private("list")) == (True, False)


def test_the_oldest_draft_goes_when_too_many_are_kept(tmp_path):
    own = OwnMissions(tmp_path)
    for _ in range(12):
        own.keep_draft({"stations": ("a.csv", lambda path: path.write_text("x"))})
    assert len(list((tmp_path / "drafts").iterdir())) == 8


def test_a_year_without_elections_is_refused(tmp_path, plain):
    chosen = NewMission("x", datetime.date(1, 1, 1), "UTC", "hull")
    with pytest.raises(InputError, match="between 1900 and 2099"):
        new_mission.write(tmp_path, "x", chosen, plain)


def test_of_two_maps_of_one_name_made_at_once_the_second_is_asked_again(tmp_path, plain):
    written(tmp_path, plain, "hull")
    with pytest.raises(InputError, match="once more"):
        written(tmp_path, plain, "hull")


def test_two_voter_lists_of_one_number_keep_their_stream(tmp_path):
    path = tmp_path / "list.csv"
    rows = [(7, 1, 50, 70), (7, 2, 50, 70)]
    path.write_text(csv_text(("number", "stream", "lat", "lon"), rows), encoding="utf-8")
    result = written(tmp_path, read_list(path), "hull")
    stations = build_snapshot.snapshot(result.folder).registry.stations
    assert (result.renamed, stations.station_id.to_pylist()) == (0, ["all/7/1", "all/7/2"])


def test_boundaries_in_metres_are_refused(tmp_path, plain):
    ring = [[500_000, 5_000_000], [600_000, 5_000_000], [600_000, 5_100_000], [500_000, 5_000_000]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    path = tmp_path / "mine.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}), encoding="utf-8")
    with pytest.raises(InputError, match="in degrees"):
        written(tmp_path, plain, "file", boundaries=path)


def test_a_draft_that_goes_while_another_is_kept_stops_nobody(tmp_path):
    own = OwnMissions(tmp_path)
    own.keep_draft({})
    (tmp_path / "drafts" / "going").symlink_to(tmp_path / "gone")  # listed, and not there when looked at
    assert own.draft(own.keep_draft({"stations": ("a.csv", lambda path: path.write_text("x"))}), "stations")


def test_area_without_an_id_does_not_get_that_of_another(tmp_path):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    features = [
        {"type": "Feature", "properties": {"area_id": name}, "geometry": square}
        for name in ("area-2", "", "x", "x")
    ]
    path = tmp_path / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    assert read_boundaries(path)["area_id"].tolist() == ["area-2", "area-2 (2)", "x", "area-4"]
