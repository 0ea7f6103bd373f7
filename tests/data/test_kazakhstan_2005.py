"""The facts of the first mission, read straight from its files."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from geo.model import mission as missions
from geo.model.snapshot import Snapshot
from geo.model.tables import BY_NAME, LANGUAGES
from geo.serving import build_snapshot

FOLDER = Path(__file__).parents[2] / "data" / "kazakhstan-2005"
CSVS = ("stations", "incidents", "totals", "presence", "categories", "notes")
UNITS = {
    "KZ-ALA": 43,
    "KZ-YUZ": 43,
    "KZ-KUS": 15,
    "KZ-AKM": 8,
    "KZ-AST": 6,
    "KZ-MAN": 1,
    "KZ-SEV": 1,
}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def incidents() -> pd.DataFrame:
    frame = table("incidents")
    frame["station_id"] = (frame["area_id"] + "/" + frame["number"]).where(frame["area_id"] != "", "")
    return frame


@pytest.fixture(scope="module")
def mentions(incidents: pd.DataFrame) -> pd.DataFrame:
    """Rows that name a station number, without those that repeat a mention."""
    return incidents[(incidents["number"] != "") & (incidents["same_mention_as"] == "")]


@pytest.fixture(scope="module")
def areas() -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((FOLDER / "areas.geojson").read_text("utf-8"))["features"]
    return features


def test_the_mission_file_loads_without_a_problem() -> None:
    mission = missions.load(FOLDER)
    assert (mission.selection, mission.frame, mission.nature) == ("purposive", "partial", "public_source")
    assert [source.table for source in mission.tables] == [
        name for name in BY_NAME if name in (*CSVS, "areas")
    ]
    assert all(mission.title[language] and mission.subtitle[language] for language in LANGUAGES)


def test_western_oblasts_were_at_utc_plus_five_on_election_day() -> None:
    mission = missions.load(FOLDER)
    noon = pd.Timestamp("2005-12-04 12:00")
    offsets = {
        str(f["properties"]["area_id"]): noon.tz_localize(
            mission.zone_of(f["properties"]["area_id"])
        ).utcoffset()
        for f in json.loads((FOLDER / "areas.geojson").read_text("utf-8"))["features"]
    }
    west = {area for area, offset in offsets.items() if offset == pd.Timedelta(hours=5)}
    assert west == {"KZ-AKT", "KZ-ATY", "KZ-MAN", "KZ-ZAP"}
    assert {offset for area, offset in offsets.items() if area not in west} == {pd.Timedelta(hours=6)}


@pytest.mark.parametrize("name", CSVS)
def test_every_column_of_a_table_is_declared(name: str) -> None:
    assert set(table(name).columns) <= set(BY_NAME[name].names)


@pytest.mark.parametrize("name", CSVS)
def test_every_key_is_unique(name: str) -> None:
    key = [column for column in BY_NAME[name].key if column != "station_id"] or ["area_id", "number"]
    assert not table(name).duplicated(key).any()


@pytest.mark.parametrize("name", CSVS)
def test_every_choice_is_one_of_those_declared(name: str) -> None:
    frame = table(name)
    for column in BY_NAME[name].columns:
        if column.kind == "choice" and column.name in frame:
            assert set(frame[column.name]) <= {*column.choices, ""}, column.name


@pytest.mark.parametrize("name", [name for name in CSVS if name != "categories"])
def test_every_row_says_where_it_stands_in_its_source(name: str) -> None:
    assert (table(name)["locator"].str.len() > 5).all()


def test_there_are_seventeen_areas_of_2005(areas: list[dict[str, Any]]) -> None:
    kinds = pd.Series([f["properties"]["kind"] for f in areas]).value_counts().to_dict()
    assert kinds == {"oblast": 14, "city": 2, "lease": 1}
    for feature in areas:
        properties = feature["properties"]
        assert properties["valid_from"] <= "2005-12-04" <= (properties["valid_to"] or "9999")
        assert all(properties[f"name_{language}"] for language in LANGUAGES)


def test_areas_neither_overlap_nor_leave_gaps(areas: list[dict[str, Any]]) -> None:
    geometries = [shape(f["geometry"]) for f in areas]
    assert shapely.is_valid(geometries).all()
    assert shapely.coverage_is_valid(geometries)
    # a gap inside the country would be a hole in the union
    whole = shapely.get_parts(shapely.union_all(geometries))
    assert shapely.get_num_interior_rings(whole).sum() == 0


def test_areas_keep_at_most_five_decimals(areas: list[dict[str, Any]]) -> None:
    text = json.dumps([f["geometry"]["coordinates"] for f in areas])
    assert max(len(match) for match in re.findall(r"\.(\d+)", text)) == 5


def test_117_stations_by_unit_without_coordinates() -> None:
    stations = table("stations")
    assert stations.groupby("area_id").size().to_dict() == UNITS
    assert set(stations["precision"]) == {"area"}
    assert not {"lon", "lat"} & set(stations.columns)


def test_a_number_under_two_units_is_two_stations() -> None:
    units = table("stations").groupby("number")["area_id"].agg(set)
    repeated = units[units.map(len) > 1].to_dict()
    assert repeated == {
        "15": {"KZ-KUS", "KZ-MAN"},
        "63": {"KZ-ALA", "KZ-AST"},
        "74": {"KZ-SEV", "KZ-YUZ"},
        "172": {"KZ-AKM", "KZ-ALA"},
        "186": {"KZ-ALA", "KZ-YUZ"},
        "660": {"KZ-AKM", "KZ-YUZ"},
    }


def test_173_rows_are_155_mentions_4_repeats_and_14_without_a_station(
    incidents: pd.DataFrame, mentions: pd.DataFrame
) -> None:
    repeats = incidents[incidents["same_mention_as"] != ""]
    assert (len(incidents), len(mentions), len(repeats)) == (173, 155, 4)
    assert (incidents["number"] == "").sum() == 14


def test_a_repeat_names_the_station_of_the_mention_it_repeats(incidents: pd.DataFrame) -> None:
    by_id = incidents.set_index("incident_id")
    for row in incidents[incidents["same_mention_as"] != ""].itertuples():
        first = by_id.loc[row.same_mention_as]
        assert (row.area_id, row.number) == (first["area_id"], first["number"])
        assert row.category != first["category"]
        assert first["same_mention_as"] == ""


def test_every_station_is_mentioned_and_every_mention_has_its_station(mentions: pd.DataFrame) -> None:
    stations = table("stations")
    assert set(mentions["station_id"]) - {""} == set(stations["area_id"] + "/" + stations["number"])


def test_number_295_without_a_place_stays_unresolved(incidents: pd.DataFrame) -> None:
    loose = incidents[(incidents["number"] != "") & (incidents["area_id"] == "")]
    assert set(loose["number"]) == {"295"}
    assert set(loose["candidates"]) == {"KZ-ALA/295"}
    assert sorted(loose["category"]) == ["missing_voter_applications", "unregistered_voters_added_on_eday"]
    assert (loose["same_mention_as"] == "").sum() == 1  # one mention, under two categories
    lists = incidents[incidents["station_id"] == "KZ-ALA/295"]
    assert sorted(lists["category"]) == ["ballot_box_not_sealed", "sample_ballot_instructions_absent"]


def test_sixteen_ballot_boxes_were_not_sealed(mentions: pd.DataFrame) -> None:
    unsealed = mentions[mentions["category"] == "ballot_box_not_sealed"]
    assert (len(unsealed), unsealed["station_id"].nunique()) == (16, 16)
    assert set(unsealed["completeness"]) == {"exhaustive"}
    others = mentions[mentions["category"] != "ballot_box_not_sealed"]
    assert set(others["completeness"]) == {"examples", "unknown"}


def test_94_mentions_of_a_missing_sample_ballot_are_92_stations(mentions: pd.DataFrame) -> None:
    missing = mentions[mentions["category"] == "sample_ballot_instructions_absent"]
    assert (len(missing), missing["station_id"].nunique()) == (94, 92)
    twice = missing[missing.duplicated("station_id")]
    assert set(twice["station_id"]) == {"KZ-YUZ/861", "KZ-YUZ/356"}
    assert set(missing["severity"]) == {"low"}


def test_47_stations_remain_without_low_severity(incidents: pd.DataFrame) -> None:
    remaining = incidents[(incidents["number"] != "") & (incidents["severity"] != "low")]
    stations = remaining[remaining["area_id"] != ""].drop_duplicates("station_id")
    assert stations.groupby("area_id").size().to_dict() == {
        "KZ-YUZ": 12,
        "KZ-ALA": 18,
        "KZ-KUS": 11,
        "KZ-AKM": 3,
        "KZ-AST": 1,
        "KZ-MAN": 1,
        "KZ-SEV": 1,
    }
    assert (remaining["area_id"] == "").any()  # and perhaps No. 295


def test_no_finding_has_a_visit_so_none_can_enter_a_rate() -> None:
    assert "visit_id" not in table("incidents").columns
    assert not list(FOLDER.glob("visits.*"))


def test_severity_and_stage_are_those_of_the_category(incidents: pd.DataFrame) -> None:
    joined = incidents.merge(table("categories"), on="category", suffixes=("", "_default"), how="left")
    assert joined["title_en"].notna().all()
    assert (joined["severity"] == joined["severity_default"]).all()
    stages = ("opening", "voting", "closing")
    assert (joined["stage"] == joined["phase"].where(joined["phase"].isin(stages), "")).all()


def test_no_finding_is_about_the_count(incidents: pd.DataFrame) -> None:
    assert not incidents["stage"].isin(["counting", "tabulation"]).any()


def test_every_category_is_used_and_titled_in_three_languages(incidents: pd.DataFrame) -> None:
    categories = table("categories")
    assert set(categories["category"]) == set(incidents["category"])
    for language in LANGUAGES:
        assert (categories[f"title_{language}"].str.len() > 5).all()
        assert not categories[f"title_{language}"].duplicated().any()


@pytest.mark.parametrize(("name", "columns"), [("categories", ["title"]), ("notes", ["title", "body"])])
def test_each_translation_is_in_its_own_alphabet(name: str, columns: list[str]) -> None:
    frame = table(name)
    for column in columns:
        assert not frame[f"{column}_en"].str.contains("[а-яё]", case=False).any()
        assert frame[f"{column}_ru"].str.contains("[а-яё]", case=False).all()
        # letters that Kazakh has and Russian has not; a short title may do without
        assert frame[f"{column}_kk"].str.contains("[әғқңөұүһі]", case=False).mean() > 0.9
        assert not frame[f"{column}_ru"].str.contains("[әғқңөұүһі]", case=False).any()


def test_visits_per_oblast_are_not_reported_but_the_national_figures_are() -> None:
    totals = table("totals")
    whole = totals[totals["area_id"] == ""].set_index("measure")["value"].astype(int).to_dict()
    assert whole == {
        "visited": 310,
        "stations": 9580,
        "voters": 8_880_000,
        "evoting_stations": 1447,
        "stations_abroad": 34,
        "short_term_observers": 30,
        "long_term_observers": 10,
        "expelled": 12,
    }
    units = totals[totals["area_id"] != ""]
    assert set(units["area_id"]) == set(UNITS)
    assert set(units["measure"]) == {"visited"}
    assert set(units["status"]) == {"not_reported"}
    assert set(units["value"]) == {""}


def test_election_day_and_long_term_areas_differ() -> None:
    presence = table("presence").groupby("kind")["area_id"].agg(set)
    assert presence["election_day"] == set(UNITS)
    assert presence["long_term"] == {"KZ-MAN", "KZ-YUZ", "KZ-SEV", "KZ-KUS", "KZ-AKM", "KZ-ALM"}


def test_akmolinsk_is_never_read_as_astana() -> None:
    presence = table("presence")
    printed = presence[presence["place_as_written"].str.contains("Akmol")]
    assert set(printed["area_id"]) == {"KZ-AKM"}
    incidents = table("incidents")
    assert set(incidents.loc[incidents["place_as_written"].str.contains("Akmol"), "area_id"]) == {"KZ-AKM"}


def test_every_source_named_is_declared() -> None:
    declared = {source.id for source in missions.load(FOLDER).sources}
    for name in ("totals", "notes"):
        assert set(table(name)["source"]) - {""} <= declared


def test_notes_say_what_was_good_what_limits_and_how_it_was_made() -> None:
    assert table("notes")["kind"].value_counts().to_dict() == {
        "limitation": 7,
        "positive": 5,
        "method": 5,
        "context": 1,
    }


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build_snapshot.snapshot(FOLDER, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_build_sets_nothing_aside(snapshot: Snapshot) -> None:
    assert len(snapshot.rejects) == 0
    assert (len(snapshot.registry.areas), len(snapshot.registry.stations)) == (17, 117)


def test_the_build_counts_155_mentions_one_of_them_unresolved(snapshot: Snapshot) -> None:
    incidents = snapshot.incidents
    assert int(incidents.is_mention.sum()) == 155
    assert int((incidents.is_mention & incidents.is_unresolved).sum()) == 1


def test_the_build_knows_310_visited_and_none_per_oblast(snapshot: Snapshot) -> None:
    assert (snapshot.total("visited"), snapshot.total("stations")) == (310, 9580)
    for area_id in UNITS:
        assert snapshot.total("visited", area_id) is None
        assert snapshot.is_not_reported("visited", area_id)


def test_the_build_places_no_station_on_the_map_as_a_point(snapshot: Snapshot) -> None:
    assert not snapshot.registry.stations.is_on_map.any()


def test_the_build_speaks_for_the_day_of_the_statement_whatever_the_clock(snapshot: Snapshot) -> None:
    assert snapshot.as_of == datetime(2005, 12, 4, 18, tzinfo=UTC)  # midnight in Almaty
