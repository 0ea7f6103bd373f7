"""Workbooks, Parquet and GDAL's formats, read in the child process."""

from __future__ import annotations

import datetime
import io
import zipfile
from dataclasses import replace

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.model.errors import InputError, RefusedError
from geo.reading.readers import UPLOAD

SHAPES = [shapely.Point(76.85, 43.22), shapely.box(0, 0, 1, 1)]


def book(*sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for cell, value in rows.items():
            sheet[cell] = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def frame(crs="EPSG:4326"):
    return gpd.GeoDataFrame(
        {"n": [186, 187], "name": ["Алматы", None]}, geometry=SHAPES, crs="EPSG:4326"
    ).to_crs(crs)


def written(tmp_path, name, table=None, **options):
    path = tmp_path / name
    (frame() if table is None else table).to_file(path, **options)
    return path.read_bytes()


@pytest.mark.capability("Excel workbooks", page="files")
def test_workbook_cells_are_the_text_a_person_saw(load):
    rows = {"A3": "n", "B3": "when", "C3": "day", "D3": "yes", "E3": "share", "A4": 186, "E4": 0.1 + 0.2}
    when = datetime.datetime(2005, 12, 4, 9, 41, 19)  # noqa: DTZ001 - a sheet knows no zone
    rows |= {"B4": when, "C4": datetime.date(2005, 12, 4), "D4": True}
    raw = load("a.xlsx", book(("visits", rows)))
    assert raw.cells.to_numpy().tolist() == [["186", "2005-12-04 09:41:19", "2005-12-04", "TRUE", "0.3"]]
    assert list(raw.cells.columns) == ["n", "when", "day", "yes", "share"]
    assert raw.row_numbers.tolist() == [4]


def test_workbook_row_numbers_count_empty_rows(load):
    raw = load("a.xlsx", book(("visits", {"A1": "n", "A2": "1", "A5": "2"})))
    assert raw.row_numbers.tolist() == [2, 5]
    assert raw.notes == ("2 empty rows left out",)


def test_sheet_called_like_the_table_is_taken(load):
    raw = load("a.xlsx", book(("Readme", {"A1": "text"}), ("visits", {"A1": "n", "A2": "1"})))
    assert list(raw.cells.columns) == ["n"]


def test_sheet_declared_is_taken(load):
    raw = load("a.xlsx", book(("visits", {"A1": "n"}), ("other", {"A1": "m"})), sheet="other")
    assert list(raw.cells.columns) == ["m"]


def test_several_sheets_without_a_choice_are_listed(load):
    with pytest.raises(InputError, match="one of: one, two"):
        load("a.xlsx", book(("one", {"A1": "n"}), ("two", {"A1": "m"})))


def test_workbook_without_header_is_numbered(load):
    raw = load("a.xlsx", book(("visits", {"A1": "x", "B1": "y"})), header=False)
    assert raw.cells.to_dict("records") == [{"1": "x", "2": "y"}]
    assert raw.row_numbers.tolist() == [1]


def test_empty_workbook_is_an_input_error(load):
    with pytest.raises(InputError, match="empty"):
        load("a.xlsx", book(("visits", {})))


def parquet(table):
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.capability("Parquet", page="files")
def test_parquet_keeps_types_that_lose_nothing_and_makes_ids_with_gaps_text(load):
    table = pa.table(
        {
            "whole": [1, 2],
            "gap": pa.array([186, None]),
            "float": [0.5, None],
            "flag": [True, False],
            "day": [datetime.date(2005, 12, 4), None],
            "list": [["a", "б"], None],
            "word": pa.array(["a", "a"]).dictionary_encode(),
            "bytes": [b"x", b"y"],
        }
    )
    raw = load("a.parquet", parquet(table))
    kinds = {name: str(kind) for name, kind in raw.cells.dtypes.items()}
    texts = {"gap": "str", "day": "str", "list": "str", "word": "str"}
    assert kinds == {"whole": "int64", "float": "float64", "flag": "bool", **texts}
    assert raw.cells["gap"].tolist() == ["186", ""]
    assert raw.cells["day"].tolist() == ["2005-12-04", ""]
    assert raw.cells["list"].tolist() == ['["a", "б"]', ""]
    assert raw.notes == ("column 'bytes' holds bytes and was left out",)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32643"])
@pytest.mark.capability("GeoParquet", page="files")
def test_geoparquet_has_its_geometry_and_epsg_number(load, crs):
    out = io.BytesIO()
    frame(crs).to_parquet(out)
    raw = load("a.parquet", out.getvalue())
    assert raw.crs == crs
    assert shapely.equals_exact(raw.geometry, frame(crs).geometry.to_numpy(), tolerance=1e-9).all()
    assert raw.cells["name"].tolist() == ["Алматы", ""]


@pytest.mark.parametrize(
    ("name", "options"), [("a.gpkg", {"layer": "x"}), ("a.fgb", {"driver": "FlatGeobuf"})]
)
@pytest.mark.capability("GeoPackage and FlatGeobuf", page="files")
def test_layers_of_gdal_are_read_with_geometry_and_crs(load, tmp_path, name, options):
    options |= {"SPATIAL_INDEX": "NO"} if name.endswith("fgb") else {}
    raw = load(name, written(tmp_path, "made_" + name, frame("EPSG:32643"), **options))
    assert raw.crs == "EPSG:32643"
    assert raw.cells["n"].tolist() == [186, 187]
    assert raw.cells["name"].tolist() == ["Алматы", ""]
    assert [shape.geom_type for shape in raw.geometry] == ["Point", "Polygon"]


def geopackage_of_two(tmp_path):
    path = tmp_path / "two.gpkg"
    frame().to_file(path, layer="one")
    frame().iloc[:1].to_file(path, layer="two")
    return path.read_bytes()


def test_several_layers_without_a_choice_are_listed(load, tmp_path):
    with pytest.raises(InputError, match="one of: one, two"):
        load("a.gpkg", geopackage_of_two(tmp_path))


def test_layer_declared_is_taken(load, tmp_path):
    assert len(load("a.gpkg", geopackage_of_two(tmp_path), layers=("two",)).cells) == 1


def zipped_shapefile(tmp_path, stems=("dir/roads",), skip=(), extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for stem in stems:
            path = tmp_path / "made.shp"
            frame().iloc[:1].to_file(path, encoding="utf-8")
            for part in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                if part not in skip:
                    archive.write(path.with_suffix(part), stem + part)
        for name in extra:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.capability("Zipped shapefiles", page="files")
def test_zipped_shapefile_is_read_with_its_encoding(load, tmp_path):
    body = zipped_shapefile(tmp_path, extra=("dir/roads.shp.xml", "__MACOSX/dir/._roads.shp", ".DS_Store"))
    raw = load("a.zip", body)
    assert raw.cells.to_dict("records") == [{"n": 186, "name": "Алматы"}]
    assert raw.crs == "EPSG:4326"
    assert raw.geometry.tolist() == SHAPES[:1]


def test_shapefile_without_its_table_still_has_its_points(load, tmp_path):
    assert load("a.zip", zipped_shapefile(tmp_path, skip=(".dbf",))).geometry.tolist() == SHAPES[:1]


def test_several_shapefiles_without_a_choice_are_listed(load, tmp_path):
    body = zipped_shapefile(tmp_path, stems=("one", "two"))
    with pytest.raises(InputError, match="one of: one, two"):
        load("a.zip", body)
    assert len(load("a.zip", body, layers=("two",)).cells) == 1


def test_zip_without_a_shapefile_is_an_input_error(load):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(InputError, match="zipped Shapefile"):
        load("a.zip", out.getvalue())


KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Алматы</name>'
    '<ExtendedData><Data name="number"><value>186</value></Data></ExtendedData>'
    "<Point><coordinates>76.85,43.22,850</coordinates></Point></Placemark></Document></kml>"
)


@pytest.mark.capability("KML and KMZ", page="files")
def test_kml_and_kmz_are_read_alike(load):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("doc.kml", KML)
        archive.writestr("files/icon.png", b"x")
    for raw in (load("a.kml", KML), load("a.kmz", out.getvalue())):
        assert raw.cells[["Name", "number"]].to_numpy().tolist() == [["Алматы", "186"]]
        assert raw.geometry.tolist() == [shapely.Point(76.85, 43.22)]
        assert raw.crs == "EPSG:4326"


def test_layer_in_a_system_without_epsg_number_asks_for_one(load, tmp_path):
    custom = "+proj=laea +lat_0=12.3 +lon_0=45.6 +a=6370997 +b=6370997 +units=m"
    body = written(tmp_path, "made.gpkg", gpd.GeoDataFrame({"n": [1]}, geometry=SHAPES[:1], crs=custom))
    with pytest.raises(InputError, match="EPSG"):
        load("a.gpkg", body)
    assert load("a.gpkg", body, crs="EPSG:3857").crs is None


def test_too_many_vertices_are_refused_before_a_geometry_is_made(load, tmp_path):
    body = written(tmp_path, "made.gpkg")
    with pytest.raises(RefusedError, match="vertices"):
        load("a.gpkg", body, limits=replace(UPLOAD, vertices_per_feature=4))


def test_same_table_is_the_same_from_workbook_csv_and_parquet(load):
    from_csv = load("a.csv", "n,name\n186,Алматы\n187,Ақтау\n").cells
    from_book = load(
        "a.xlsx",
        book(("visits", {"A1": "n", "B1": "name", "A2": "186", "B2": "Алматы", "A3": 187, "B3": "Ақтау"})),
    )
    from_parquet = load("a.parquet", parquet(pa.table({"n": ["186", "187"], "name": ["Алматы", "Ақтау"]})))
    pd.testing.assert_frame_equal(from_book.cells, from_csv)
    pd.testing.assert_frame_equal(from_parquet.cells, from_csv)
