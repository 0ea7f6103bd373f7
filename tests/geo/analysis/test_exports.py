"""Exports: the figures of the analysis, in formats other programs read."""

import json
import sqlite3
import zipfile
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from hypothesis import given

from geo.analysis import exports
from geo.analysis.choice_analysis import analyse
from geo.model.errors import NotFound
from tests import factory
from tests.examples import examples
from tests.geo.analysis.test_choice_analysis import choices_drawn, made
from tests.geo.model.test_counts import incident, visit

NOTE = 'How «the figures» were made\n\n1 of 3 stations, "not at random" — 12 %\n'
LABEL = exports.ExportLabel(method="1 of 3 stations", licence="CC0", source="test")


@pytest.fixture(scope="module")
def snapshot():
    return made([visit("v1"), visit("v2", "B")], [incident("i1", visit_id="v1")])


def read(suffix, body, tmp_path):
    path = tmp_path / f"export.{suffix}"
    path.write_bytes(body)
    if suffix == "csv":
        return pd.read_csv(path)
    if suffix == "zip":
        with zipfile.ZipFile(path) as archive:
            return pd.read_csv(archive.open(archive.namelist()[0]))
    return gpd.read_parquet(path) if suffix == "parquet" else pyogrio.read_dataframe(path)


@pytest.mark.parametrize("suffix", exports.FORMATS)
@pytest.mark.parametrize("kind", ["area", "cell"])
@pytest.mark.capability("CSV, GeoJSON and GeoPackage that other programs read", page="downloads")
def test_another_program_reads_back_the_figures_of_the_analysis(snapshot, suffix, kind, tmp_path):
    analysis = analyse(snapshot, kind)
    body = exports.FORMATS[suffix].write(exports.units(snapshot, analysis, LABEL), kind)
    back = read(suffix, body, tmp_path)
    mine = analysis.frame()
    assert back["unit_id"].tolist() == mine["unit_id"].tolist()
    assert np.allclose(back["rate"].astype(float), mine["rate"], equal_nan=True)
    assert back["rate_status"].tolist() == mine["rate_status"].tolist()


@given(choices_drawn)
@examples(15)
def test_csv_equals_the_analysis_for_every_choice(snapshot, choice):
    analysis = analyse(snapshot, "area", choice)
    back = pd.read_csv(
        BytesIO(exports.FORMATS["csv"].write(exports.units(snapshot, analysis, LABEL), "area"))
    )
    mine = analysis.frame()
    for column in ("visits_exposed", "visits_with_finding", "stations_observed", "rate", "gap"):
        assert np.allclose(back[column].astype(float), mine[column].astype(float), equal_nan=True), column


def test_every_row_says_what_it_is(snapshot):
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    assert set(frame["method"]) == {LABEL.method}
    assert set(frame["licence"]) == {LABEL.licence}
    assert set(frame["version"]) == {snapshot.version}


def test_a_simulated_mission_says_so_in_every_row():
    snapshot = made([visit("v1")], nature="simulated")
    assert set(exports.units(snapshot, analyse(snapshot), LABEL)["nature"]) == {"SIMULATED"}


def test_what_does_not_exist_is_empty_and_never_zero(snapshot):
    made_ = made([visit("v1")])
    rows = json.loads(exports.FORMATS["geojson"].write(exports.units(made_, analyse(made_), LABEL), "area"))
    assert rows["features"][1]["properties"]["rate"] is None


@pytest.mark.capability("No formula in a spreadsheet", page="downloads")
def test_a_text_that_looks_like_a_formula_is_made_text(tmp_path):
    areas = [{**factory.squares("A")[0], "name_en": "=1+1"}]
    snapshot = factory.snapshot(areas=areas)
    body = exports.FORMATS["csv"].write(exports.units(snapshot, analyse(snapshot), LABEL), "area")
    assert b"'=1+1" in body


def test_single_stations_of_a_live_mission_are_not_exported():
    snapshot = made([visit("v1")], nature="live")
    with pytest.raises(NotFound):
        exports.stations(snapshot, analyse(snapshot), LABEL)


def test_stations_export_has_every_station(snapshot):
    assert len(exports.stations(snapshot, analyse(snapshot), LABEL)) == 3


@pytest.mark.parametrize("suffix", exports.FORMATS)
def test_one_snapshot_has_one_file_byte_for_byte(snapshot, suffix):
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    first = exports.FORMATS[suffix].write(frame, "area", NOTE)
    assert exports.FORMATS[suffix].write(frame, "area", NOTE) == first


def noted(suffix, body, tmp_path):
    """The note as another program finds it in a file."""
    path = tmp_path / f"export.{suffix}"
    path.write_bytes(body)
    if suffix == "geojson":
        return json.loads(body)["methods"]
    if suffix == "parquet":
        return pq.read_schema(path).metadata[b"methods"].decode()
    if suffix == "zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read("methods.txt").decode()
    with sqlite3.connect(path) as file:
        return file.execute(
            "SELECT metadata FROM gpkg_metadata JOIN gpkg_metadata_reference ON id = md_file_id "
            "WHERE reference_scope = 'table' AND table_name = 'area' AND mime_type = 'text/plain'"
        ).fetchone()[0]


@pytest.mark.parametrize("suffix", sorted(set(exports.FORMATS) - {"csv"}))
def test_the_whole_note_is_in_the_file_and_its_figures_read_as_before(snapshot, suffix, tmp_path):
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    body = exports.FORMATS[suffix].write(frame, "area", NOTE)
    assert noted(suffix, body, tmp_path) == NOTE
    plain = read(suffix, exports.FORMATS[suffix].write(frame, "area"), tmp_path)
    back = read(suffix, body, tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(plain))


def test_a_csv_is_the_table_and_nothing_else(snapshot):
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    assert exports.FORMATS["csv"].write(frame, "area", NOTE) == exports.FORMATS["csv"].write(frame, "area")


def test_the_geopackage_names_its_metadata_tables_as_an_extension_and_stays_whole(snapshot, tmp_path):
    path = tmp_path / "export.gpkg"
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    path.write_bytes(exports.FORMATS["gpkg"].write(frame, "area", NOTE))
    with sqlite3.connect(path) as file:
        named = file.execute(
            "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_metadata'"
        ).fetchall()
        assert sorted(named) == [("gpkg_metadata",), ("gpkg_metadata_reference",)]
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["area"]


@pytest.mark.parametrize("suffix", exports.FORMATS)
@pytest.mark.parametrize("kind", ["area", "cell"])
def test_a_mission_without_a_single_row_can_be_exported(suffix, kind):
    empty = factory.snapshot()
    body = exports.FORMATS[suffix].write(exports.units(empty, analyse(empty, kind), LABEL), kind)
    assert body
