"""What only shows when tables are laid side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo.model.places import GEOD, area_of
from geo.model.tables import TABLES
from geo.reading import check_references
from geo.reading.area_rows import areas_in_force
from geo.reading.check_locations import boundary_m
from tests import factory
from tests.examples import examples

WEST, EAST = shapely.box(60, 44, 62, 46), shapely.box(62, 44, 64, 46)


def areas(*shapes: Any, **columns: list[Any]) -> pd.DataFrame:
    rows = [
        {"area_id": f"A{i}", "level": 1, "name_en": f"Area {i}", "geometry": shape, "parent_id": ""}
        for i, shape in enumerate(shapes)
    ]
    for name, cells in columns.items():
        for row, cell in zip(rows, cells, strict=True):
            row[name] = cell
    return factory.frame("areas", rows)


def stations(*points: tuple[str, float, float]) -> pd.DataFrame:
    rows = [
        {
            "area_id": area,
            "number": str(i),
            "lon": lon,
            "lat": lat,
            "precision": "none" if np.isnan(lon) else "point",
        }
        for i, (area, lon, lat) in enumerate(points)
    ]
    return factory.frame("stations", rows)


def checked(register: pd.DataFrame, land: pd.DataFrame) -> pd.DataFrame:
    located = area_of(register["lon"].to_numpy(), register["lat"].to_numpy(), land["geometry"].to_numpy())
    return check_references.check_places(register, land, located, factory.mission())


def frames(**rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    return {table.name: factory.frame(table.name, rows.get(table.name, [])) for table in TABLES}


def scrambled(corners: int = 300) -> shapely.Polygon:
    return shapely.Polygon(np.random.default_rng(1).uniform(0, 1, (corners, 2)))


def test_areas_that_meet_have_no_defect() -> None:
    assert check_references.check_areas(areas(WEST, EAST), factory.mission()).empty


def test_crossing_ring_is_reported_with_the_place_where_it_crosses() -> None:
    bow = shapely.Polygon([(60, 44), (62, 46), (62, 44), (60, 46)])
    found = check_references.check_areas(areas(bow), factory.mission())
    assert found["code"].tolist() == ["polygon_invalid"]
    assert "Self-intersection[61 45]" in found["expected"].item()


def test_repair_mends_a_scrambled_ring() -> None:
    shapes = np.array([scrambled(), WEST, None, shapely.Point(0, 0)], dtype=object)
    mended = check_references.repair(shapes)
    assert shapely.is_valid(mended[:2]).all()
    assert mended[1] is WEST
    assert (mended[2], mended[3]) == (None, None)


def test_repair_does_not_touch_what_it_was_given() -> None:
    ring = scrambled(20)
    shapes = np.array([ring], dtype=object)
    check_references.repair(shapes)
    assert shapes[0] is ring


@examples(60)
@example([(0.0, 0.0), (1.0, -1.0), (0.0, -1.0), (0.0, 0.0), (1.0, -1.0), (0.0, 1.0)])  # parts sharing an edge
@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=3, max_size=12))
def test_repair_leaves_a_valid_area_or_none(corners: list[tuple[float, float]]) -> None:
    mended = check_references.repair(np.array([shapely.Polygon(corners)], dtype=object))[0]
    assert mended is None or (mended.is_valid and mended.area > 0)


@pytest.mark.capability("Boundaries that overlap or leave gaps are found", page="files")
def test_overlap_names_both_areas_and_its_size() -> None:
    found = check_references.check_areas(areas(WEST, shapely.box(61.9, 44, 64, 46)), factory.mission())
    assert found["code"].tolist() == ["areas_overlap"]
    assert found["value"].item() == "A0 and A1"
    size = abs(GEOD.geometry_area_perimeter(shapely.box(61.9, 44, 62, 46))[0]) / 1e6
    stated = float(found["expected"].item().split("share ")[1].split(" km²")[0])
    assert stated == pytest.approx(size, rel=0.01)


def test_areas_of_two_levels_do_not_overlap() -> None:
    land = areas(shapely.box(60, 44, 64, 46), WEST, EAST, level=[0, 1, 1])
    assert check_references.check_areas(land, factory.mission()).empty


def test_gap_between_areas_is_reported_with_its_place() -> None:
    ring = shapely.box(60, 44, 62, 46).difference(shapely.box(60.5, 44.5, 61, 45))
    left, right = (
        ring.intersection(shapely.box(60, 44, 60.7, 46)),
        ring.intersection(shapely.box(60.7, 44, 62, 46)),
    )
    found = check_references.check_areas(areas(left, right), factory.mission())
    assert found["code"].tolist() == ["areas_gap"]
    assert found["value"].item() == "near 60.7500, 44.7500"


def test_sliver_between_neighbours_is_a_note() -> None:
    found = check_references.check_areas(areas(WEST, shapely.box(62.0002, 44, 64, 46)), factory.mission())
    assert found["code"].tolist() == ["areas_mismatch", "areas_mismatch"]


def test_boundary_of_another_year_is_reported_and_takes_no_part() -> None:
    land = areas(WEST, EAST, valid_from=["2022-06-08", None], valid_to=[None, "1997-01-01"])
    left, found = areas_in_force(land, factory.mission(election_date=date(2005, 12, 4)))
    assert len(left) == 0
    assert found["value"].tolist() == ["A0: from 2022-06-08", "A1: until 1997-01-01"]


def test_names_are_unique_within_a_parent_only() -> None:
    land = areas(WEST, EAST, name_en=["Abay", "Abay"], parent_id=["", ""])
    assert check_references.check_areas(land, factory.mission())["code"].tolist() == ["area_name_twice"] * 2
    apart = areas(WEST, EAST, name_en=["Abay", "Abay"], parent_id=["", "A0"])
    assert check_references.check_areas(apart, factory.mission()).empty


def test_area_without_polygon_or_known_parent_is_reported() -> None:
    found = check_references.check_areas(areas(WEST, None, parent_id=["X", ""]), factory.mission())
    assert sorted(found["code"]) == ["area_parent_unknown", "polygon_missing"]


def test_station_where_it_is_declared_has_no_defect() -> None:
    assert checked(stations(("A0", 61, 45), ("A1", 63, 45), ("A0", np.nan, np.nan)), areas(WEST, EAST)).empty


def test_station_far_outside_its_area_is_reported_with_the_distance() -> None:
    found = checked(stations(("A0", 63, 45)), areas(WEST, EAST))
    assert found["code"].tolist() == ["point_outside_area"]
    km = GEOD.inv(63, 45, 62, 45)[2] / 1000
    assert float(found["expected"].item().split("lies ")[1].split(" km")[0]) == pytest.approx(km, rel=0.002)
    assert found["expected"].item().endswith("in A1")


def test_station_a_little_outside_its_area_is_a_note() -> None:
    assert checked(stations(("A0", 62.1, 45)), areas(WEST, EAST))["code"].tolist() == ["point_near_border"]


def test_station_of_a_coarser_area_is_at_home_in_its_parts() -> None:
    land = areas(WEST.union(EAST), WEST, EAST, level=[1, 2, 2], parent_id=["", "A0", "A0"])
    register = stations(("A0", 61, 45))
    located = np.array([1], dtype=np.int32)
    assert check_references.check_places(register, land, located, factory.mission()).empty


@pytest.mark.capability("Swapped and foreign coordinates are found", page="files")
def test_foreign_and_swapped_points_are_taken_away_and_the_stations_kept() -> None:
    register = stations(("A0", 61, 45), ("A0", 45, 61), ("A0", 10, 50), ("A0", np.nan, np.nan))
    placed = check_references.place(register, areas(WEST, EAST), factory.mission())
    assert placed.stations["lon"].isna().tolist() == [False, True, True, True]
    assert placed.stations["precision"].tolist() == ["point", "none", "none", "none"]
    assert placed.defects["code"].tolist() == ["coordinates_swapped", "point_foreign"]
    assert placed.defects["expected"].iloc[0] == "lon 61, lat 45, which lies in A0"
    assert register["lon"].tolist()[1] == 45


def test_what_place_took_away_is_not_reported_again() -> None:
    land = areas(WEST, EAST)
    placed = check_references.place(stations(("A0", 45, 61), ("A0", 10, 50)), land, factory.mission())
    assert checked(placed.stations, land).empty


def test_point_just_over_the_countrys_border_is_kept() -> None:
    placed = check_references.place(stations(("A0", 59.95, 45)), areas(WEST, EAST), factory.mission())
    assert (placed.stations["lon"].item(), len(placed.defects)) == (59.95, 0)


def test_point_in_the_country_but_in_no_area_is_reported_and_kept() -> None:
    land = areas(shapely.box(60, 44, 70, 46), WEST, level=[0, 1])
    placed = check_references.place(stations(("A1", 68, 45)), land, factory.mission())
    assert placed.stations["lon"].item() == 68
    located = np.array([-1], dtype=np.int32)
    found = check_references.check_places(placed.stations, land, located, factory.mission())
    assert found["code"].tolist() == ["point_outside_mission"]


def test_points_are_kept_when_there_are_no_areas() -> None:
    placed = check_references.place(stations(("A0", 10, 50)), areas(), factory.mission())
    assert placed.stations["lon"].item() == 10


@pytest.mark.parametrize(("count", "codes"), [(10, []), (11, ["many_on_one_point"])])
def test_more_stations_on_a_point_than_a_building_holds_are_one_defect(count: int, codes: list[str]) -> None:
    found = checked(stations(*[("A0", 61.0, 45.0)] * count), areas(WEST, EAST))
    assert found["code"].tolist() == codes


def test_distance_to_a_boundary_is_geodesic_and_names_its_owner() -> None:
    shapes = np.array([None, WEST, shapely.MultiPolygon([EAST])], dtype=object)
    metres, owner = boundary_m(np.array([64.5, 59.0]), np.array([45.0, 45.0]), shapes)
    assert owner.tolist() == [2, 1]
    assert metres == pytest.approx([GEOD.inv(64.5, 45, 64, 45)[2], GEOD.inv(59, 45, 60, 45)[2]], rel=2e-3)


def test_unknown_references_are_reported_and_the_likely_one_named() -> None:
    found = check_references.check_references(
        frames(
            areas=[{"area_id": "KZ-ALA", "name_en": "Almaty", "name_ru": "Алматы"}],
            stations=[{"area_id": "KZ-ALA", "number": "012"}],
            categories=[{"category": "c"}],
            visits=[
                {"visit_id": "v1", "area_id": "KZ-ALA", "number": "12", "answered": "c;d"},
                {"visit_id": "v2", "area_id": "Алматы", "number": "", "answered": "*"},
                {"visit_id": "v3", "area_id": "KZ-АLА", "number": ""},
            ],
            incidents=[
                {"incident_id": "i", "category": "x", "visit_id": "v9", "candidates": "KZ-ALA/012;KZ-ALA/9"}
            ],
        ),
        factory.mission(),
    )
    said = {(code, value): right for code, value, right in found[["code", "value", "expected"]].to_numpy()}
    assert said == {
        ("area_unknown", "Алматы"): 'an area_id of the areas table; "KZ-ALA"?',
        ("area_unknown", "KZ-АLА"): 'an area_id of the areas table; "KZ-ALA"?',
        ("station_unknown", "KZ-ALA/12"): 'a station_id of the stations table; "KZ-ALA/012"?',
        ("station_unknown", "KZ-ALA/9"): "a station_id of the stations table",
        ("category_unknown", "d"): "a category of the categories table",
        ("category_unknown", "x"): "a category of the categories table",
        ("visit_unknown", "v9"): "a visit_id of the visits table",
    }


def test_a_table_that_is_missing_as_a_whole_is_said_once() -> None:
    incidents = [{"incident_id": f"i{n}", "category": "c"} for n in range(3)]
    found = check_references.check_references(frames(incidents=incidents), factory.mission())
    assert found[["code", "value"]].to_numpy().tolist() == [["category_unknown", "3 mentions"]]


def test_teams_are_unknown_only_where_there_is_a_table_of_teams() -> None:
    visits = [{"visit_id": "v", "team_id": "T9"}]
    assert check_references.check_references(frames(visits=visits), factory.mission()).empty
    with_teams = check_references.check_references(
        frames(visits=visits, teams=[{"team_id": "T1"}]), factory.mission()
    )
    assert with_teams["code"].tolist() == ["team_unknown"]


def visit(name: str, number: str, arrived: str, left: str, team: str = "T") -> dict[str, str]:
    day = "2005-12-04"
    return {"visit_id": name, "area_id": "A", "number": number, "team_id": team,
            "arrived": f"{day} {arrived}", "left": f"{day} {left}"}  # fmt: skip


def visit_codes(*rows: dict[str, str], incidents: list[dict[str, str]] | None = None) -> list[str]:
    made = frames(visits=list(rows), incidents=incidents or [])
    return list(check_references.check_visits(made["visits"], made["incidents"], factory.mission())["code"])


def test_departure_before_arrival_is_reported() -> None:
    assert visit_codes(visit("v", "1", "10:00", "09:00")) == ["time_order"]


def test_more_voters_than_on_the_list_are_reported() -> None:
    told = {**visit("v", "1", "20:00", "21:00"), "registered_voters": "800"}
    assert visit_codes({**told, "voted": "801"}) == ["voted_above_registered"]
    assert visit_codes({**told, "voted": "800"}) == []


def test_team_cannot_be_at_two_stations_at_once() -> None:
    assert visit_codes(visit("v", "1", "10:00", "11:00"), visit("w", "2", "10:30", "12:00")) == [
        "visits_overlap"
    ]


def test_visits_one_after_another_by_two_teams_or_at_one_station_do_not_overlap() -> None:
    assert visit_codes(visit("v", "1", "10:00", "11:00"), visit("w", "2", "11:00", "12:00")) == []
    assert visit_codes(visit("v", "1", "10:00", "11:00"), visit("w", "2", "10:30", "12:00", team="U")) == []
    assert visit_codes(visit("v", "1", "10:00", "11:00"), visit("w", "1", "10:30", "12:00")) == []


def test_incident_at_another_station_than_its_visit_is_reported() -> None:
    told = [{"incident_id": "i", "visit_id": "v", "area_id": "A", "number": "2", "category": "c"}]
    assert visit_codes(visit("v", "1", "10:00", "11:00"), incidents=told) == ["visit_at_other_station"]


def test_prepared_tables_can_be_joined_and_say_what_was_done() -> None:
    bow = shapely.Polygon([(60, 44), (62, 46), (62, 44), (60, 46)])
    register = stations(("A0", 45.2, 61.8), ("A0", 61.8, 45))
    given_frames = {**frames(), "areas": areas(bow), "stations": register}
    made, found = check_references.prepare(given_frames, factory.mission())
    assert found["code"].tolist() == ["polygon_invalid", "coordinates_swapped"]
    assert made["areas"]["geometry"].item().is_valid
    assert made["stations"]["lon"].isna().tolist() == [True, False]
    located = np.array([-1, 0], dtype=np.int32)
    assert check_references.check_static(made, located, ["A0/0", "A0/1"], factory.mission()).empty
    assert check_references.check_reports(made, factory.mission()).empty


def test_checks_of_an_empty_mission_find_nothing() -> None:
    none = np.empty(0, dtype=np.int32)
    assert check_references.check_static(frames(), none, [], factory.mission()).empty
    assert check_references.check_reports(frames(), factory.mission()).empty
