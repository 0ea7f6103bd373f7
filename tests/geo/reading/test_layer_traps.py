"""Boundaries as programs export them: arcs, Cyrillic without a word about it, folders, several layers."""

from __future__ import annotations

import io
import sqlite3
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo.model.errors import MissionError
from tests.examples import first_of
from tests.geo.reading.trap_missions import AREAS, built, checked, examples, mission


def frame(**names: str) -> gpd.GeoDataFrame:
    table = {"area_id": list(AREAS), "name_en": [names.get(one, f"Area {one}") for one in AREAS]}
    return gpd.GeoDataFrame(table, geometry=list(AREAS.values()), crs="EPSG:4326")


def with_an_arc(path: Path) -> bytes:
    """A GeoPackage of MultiPolygons whose first row is a multisurface of one half disc and its base."""
    gpd.GeoDataFrame(frame()).to_file(path, layer="areas", driver="GPKG")
    arc = [(70, 51), (71, 52), (72, 51)]
    circular = struct.pack("<BII", 1, 8, 3) + b"".join(struct.pack("<dd", *xy) for xy in arc)
    base = struct.pack("<BII", 1, 2, 2) + struct.pack("<dddd", 72, 51, 70, 51)
    compound = struct.pack("<BII", 1, 9, 2) + circular + base
    curve = struct.pack("<BII", 1, 10, 1) + compound
    surface = struct.pack("<BII", 1, 12, 1) + curve
    header = b"GP\x00\x01" + struct.pack("<i", 4326)
    with sqlite3.connect(path) as base_file:
        for (name,) in base_file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base_file.execute(f'DROP TRIGGER "{name}"')
        base_file.execute("UPDATE areas SET geom = ? WHERE area_id = 'N'", (header + surface,))
    return path.read_bytes()


def test_arcs_of_a_geopackage_are_drawn_as_lines(tmp_path):
    body = with_an_arc(tmp_path / "areas.gpkg")
    shape = built(mission(tmp_path / "m", areas__gpkg=body)).registry.areas.polygon[0]
    half_disc = 3.14159 / 2
    assert shape.is_valid and shapely.area(shape) == pytest.approx(half_disc, rel=0.01)


def old_shapefile(tmp_path: Path, language: int, cpg: bytes | None = None) -> bytes:
    """A zipped Shapefile whose names are cp1251, with the language byte an old program leaves."""
    folder = tmp_path / "shp"
    folder.mkdir()
    table = frame(N="Северная область", S="Южная область")
    pyogrio.write_dataframe(table, folder / "areas.shp", encoding="cp1251")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in sorted(folder.iterdir()):
            data = bytearray(part.read_bytes())
            if part.suffix == ".dbf":
                data[29] = language
            if part.suffix == ".cpg":
                if cpg is None:
                    continue
                data = bytearray(cpg)
            archive.writestr(part.name, bytes(data))
    return out.getvalue()


@pytest.mark.parametrize(("language", "cpg"), first_of([(0, None), (0x57, None), (0, b"UTF-8")]))
def test_cyrillic_of_an_old_shapefile_is_guessed_and_told(tmp_path, language, cpg):
    folder = mission(tmp_path / "m", areas__zip=old_shapefile(tmp_path, language, cpg))
    assert built(folder).registry.areas.names["en"] == ("Северная область", "Южная область")
    assert 'encoding = "cp1251"' in examples(checked(folder), "encoding_guessed")


def test_the_encoding_declared_for_a_shapefile_is_obeyed(tmp_path):
    settings = '[tables.areas]\nencoding = "cp1251"\n'
    folder = mission(tmp_path / "m", settings, areas__zip=old_shapefile(tmp_path, 0))
    assert built(folder).registry.areas.names["en"] == ("Северная область", "Южная область")
    assert "encoding_guessed" not in checked(folder)["codes"]


def test_a_shapefile_is_read_whatever_lies_beside_it_in_the_archive(tmp_path):
    body = io.BytesIO(old_shapefile(tmp_path, 0))
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("legend.jpg", b"\xff\xd8\xff")
        archive.writestr("areas.cst", b"")
    assert checked(mission(tmp_path / "m", areas__zip=body.getvalue()))["areas"] == 2


def placemark(area: str) -> str:
    corners = " ".join(f"{x},{y},0" for x, y in AREAS[area].exterior.coords)
    data = (
        f'<Data name="area_id"><value>{area}</value></Data><Data name="name_en"><value>{area}</value></Data>'
    )
    ring = f"<LinearRing><coordinates>{corners}</coordinates></LinearRing>"
    shape = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    return f"<Placemark><ExtendedData>{data}</ExtendedData>{shape}</Placemark>"


def kml(inside: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}<name>areas of all</name>{inside}</Document></kml>"


def kml_folder(name: str, inside: str) -> str:
    return f"<Folder><name>{name}</name>{inside}</Folder>"


def test_all_folders_of_a_kml_are_one_table(tmp_path):
    inside = kml_folder("All", kml_folder("North", placemark("N")) + kml_folder("South", placemark("S")))
    card = checked(mission(tmp_path / "m", areas__kml=kml(inside)))
    assert (card["areas"], card["stations_on_map"]) == (2, 10)
    assert "layer 'North', 'South' is read" in examples(card, "file_note")


def test_empty_folders_of_a_kml_do_not_count(tmp_path):
    inside = kml_folder("Empty", "") + kml_folder("All", placemark("N") + placemark("S"))
    assert checked(mission(tmp_path / "m", areas__kml=kml(inside)))["areas"] == 2


def test_two_folders_of_one_name_are_both_read(tmp_path):
    inside = kml_folder("Part", placemark("N")) + kml_folder("Part", placemark("S"))
    assert checked(mission(tmp_path / "m", areas__kml=kml(inside)))["areas"] == 2


def two_layers(path: Path) -> bytes:
    frame().iloc[:1].assign(extra=1).to_file(path, layer="north", driver="GPKG")
    frame().iloc[1:].to_file(path, layer="south", driver="GPKG")
    return path.read_bytes()


def test_several_layers_are_one_table_where_mission_toml_lists_them(tmp_path):
    body = two_layers(tmp_path / "two.gpkg")
    settings = '[tables.areas]\nlayer = ["north", "south"]\n'
    assert checked(mission(tmp_path / "m", settings, areas__gpkg=body))["areas"] == 2


def test_several_layers_of_a_geopackage_without_a_choice_are_asked_about(tmp_path):
    with pytest.raises(MissionError, match='write layer = "…", one of: north, south'):
        checked(mission(tmp_path / "m", areas__gpkg=two_layers(tmp_path / "two.gpkg")))
