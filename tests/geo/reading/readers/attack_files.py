"""Hostile files, made on the spot: each tries to read another file, reach the network, or never end."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MIB = 2**20
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
PLACEMARK = "<Placemark><name>{}</name><Point><coordinates>71,51</coordinates></Point></Placemark>"
XLSX_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
SCHEMAS = "http://schemas.openxmlformats.org"
RELS = (
    f'<?xml version="1.0"?><Relationships xmlns="{SCHEMAS}/package/2006/relationships">{{}}</Relationships>'
)
REL = f'<Relationship Id="{{}}" Type="{SCHEMAS}/officeDocument/2006/relationships/{{}}" Target="{{}}"/>'
BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="visits" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


Files = Iterator[tuple[str, bytes | str]]


def write_all(folder: Path, secret: Path, port: int, which: str = "all") -> None:
    """Write attacks into a folder, aimed at a secret file and a listener.

    `which`: "cunning" for those that point elsewhere or lie, "bulky" for those that are too much, or "all".
    """
    cunning, bulky = (pointing_elsewhere, archives, databases), (markup, workbooks, tables, texts)
    for make in {"cunning": cunning, "bulky": bulky, "all": cunning + bulky}[which]:
        for name, body in make(secret, port):
            (folder / name).write_bytes(body if isinstance(body, bytes) else body.encode())


def pointing_elsewhere(secret: Path, port: int) -> Files:
    """GDAL documents that name another file or an address, under every suffix that is read."""
    vrt = (
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource>'
        "<GeometryType>wkbPoint</GeometryType></OGRVRTLayer></OGRVRTDataSource>"
    )
    suffixes = ("csv", "tsv", "geojson", "json", "kml", "kmz", "gpkg", "fgb", "parquet", "xlsx", "zip", "xml")
    for suffix in suffixes:
        yield f"vrt.{suffix}", vrt.format(secret)
        yield f"vrt_curl.{suffix}", vrt.format(f"/vsicurl/http://127.0.0.1:{port}/items")
        yield f"wfs.{suffix}", f"<OGRWFSDataSource><URL>http://127.0.0.1:{port}/</URL></OGRWFSDataSource>"
    for suffix in ("geojson", "json", "csv"):
        command = f"gdal vector pipeline ! read {secret} ! write --of=stream streamed_dataset"
        yield f"gdalg.{suffix}", json.dumps({"type": "gdal_streamed_alg", "command_line": command})
    crs = {"type": "link", "properties": {"href": f"http://127.0.0.1:{port}/crs", "type": "proj4"}}
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    yield "crs_link.geojson", json.dumps({"type": "FeatureCollection", "crs": crs, "features": [point]})


def markup(secret: Path, port: int) -> Files:
    """XML with entities, in two encodings and inside a KMZ; depth without end."""
    declared = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}">]>'
    stealing = declared + KML.format(PLACEMARK.format("&x;"))
    yield "xxe.kml", stealing
    yield "xxe_utf16.kml", stealing.replace("1.0", '1.0" encoding="UTF-16').encode("utf-16")
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY l0 "lol">' + levels + "]>"
    yield "entity_bomb.kml", bomb + KML.format(PLACEMARK.format("&l9;"))
    yield "entity_bomb.xml", bomb + "<data><meta><instanceID>&l9;</instanceID></meta></data>"
    yield "deep.kml", KML.format("<Folder>" * 300_000 + "</Folder>" * 300_000)
    yield "deep.xml", "<data><instanceID/>" + "<a>" * 500_000 + "</a>" * 500_000 + "</data>"
    yield "wide.xml", "<data><instanceID/>" + "<a/>" * 8_000_000 + "</data>"
    yield "xxe.kmz", zipped({"doc.kml": stealing.encode()})


def archives(secret: Path, port: int) -> Files:
    """Archives that unpack to too much, lie, or point outside."""
    zeros = bytes(100 * MIB)
    yield "bomb.zip", zipped({"a.shp": zeros, "a.dbf": b"", "a.shx": b""})
    yield "bomb.kmz", zipped({"doc.kml": b" " * (100 * MIB)})
    honest = zipped({"a.shp": zeros})
    yield "lie.zip", honest.replace(struct.pack("<I", len(zeros)), struct.pack("<I", 100))
    yield "nested.zip", zipped({"a.shp": honest})
    yield "nested_name.zip", zipped({"a.shp": b"", "more.zip": b""})
    yield "outside.zip", zipped({"../a.shp": b"x"})
    yield "absolute.zip", zipped({"/tmp/a.shp": b"x"})
    yield "members.zip", zipped({f"{n}.shp": b"" for n in range(65)})
    yield "long_list.zip", zipped({f"{n:0200}.shp": b"" for n in range(6_000)})
    yield "other.zip", zipped({"run.exe": b"MZ" * 10})
    yield "inner_vrt.zip", zipped({"visits.geojson": b"<OGRVRTDataSource></OGRVRTDataSource>"})
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    yield "link.zip", zipped({link: str(secret).encode()})
    yield "cut.zip", honest[: len(honest) // 2]
    body = bytearray(zipped({"a.shp": b"x" * 100}))
    body[body.rfind(b"PK\x01\x02") + 8] |= 1  # the flag of a password
    yield "password.zip", bytes(body)


def workbooks(secret: Path, port: int) -> Files:
    """Workbooks that unpack to too much, or unfold in memory."""
    blank = SHEET.encode() + b" " * (100 * MIB)
    yield "blank.xlsx", workbook(blank)
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    yield "corner.xlsx", workbook((SHEET + corner + "</sheetData></worksheet>").encode())
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 200_001))
    shared = f'<sst xmlns="{SCHEMAS}/spreadsheetml/2006/main"><si><t>{"x" * 32_000}</t></si></sst>'
    yield "shared.xlsx", workbook((SHEET + rows + "</sheetData></worksheet>").encode(), shared.encode())
    entity = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file://{secret}">]>'
    stolen = (
        SHEET.replace('<?xml version="1.0"?>', entity) + '<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>'
    )
    yield "xxe.xlsx", workbook((stolen + "</sheetData></worksheet>").encode())
    yield "no_book.xlsx", zipped({"a.txt": b"x"})


def tables(secret: Path, port: int) -> Files:
    """Parquet in which a few bytes stand for billions of cells; damaged Parquet and FlatGeobuf."""
    n = 2_000_000
    long_text = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array(["x" * MIB]))
    yield "dictionary.parquet", parquet(pa.table({"a": long_text}))
    yield "hidden_dictionary.parquet", parquet(pa.table({"a": long_text}), store_schema=False)
    nulls = pa.table({f"c{i}": pa.nulls(1_000_000) for i in range(60)})
    yield "nulls.parquet", parquet(nulls)
    yield "rows.parquet", parquet(pa.table({"a": pa.nulls(3_000_000, pa.int8())}))
    good = parquet(pa.table({"a": [1, 2, 3]}))
    yield "cut.parquet", good[:-20] + b"PAR1"
    yield "noise.parquet", b"PAR1" + bytes(range(256)) * 40 + b"PAR1"
    yield "noise.fgb", b"fgb\x03fgb\x00" + b"\xff" * 4_000


def databases(secret: Path, port: int) -> Files:
    """GeoPackages with a view without end or a table that is another file."""
    yield (
        "view.gpkg",
        geopackage(
            "CREATE VIEW visits AS WITH RECURSIVE r(n) AS"
            " (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
        ),
    )
    yield (
        "virtual.gpkg",
        geopackage(
            "CREATE TABLE visits (fid INTEGER PRIMARY KEY)",
            "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0,"
            f" 'CREATE VIRTUAL TABLE v USING VirtualOGR(''{secret}'')')",
        ),
    )
    yield "noise.gpkg", b"SQLite format 3\0" + bytes(range(256)) * 40


def texts(secret: Path, port: int) -> Files:
    """CSV and JSON that are large in an unusual way."""
    n = 32 * MIB
    yield "commas.csv", b"a,b\n" + b"," * n
    yield "header_commas.csv", b"," * n
    yield "lines.csv", b"a,b\n" + b"\n" * n
    yield "quotes.csv", b"a,b\n" + b'"' * n
    yield "open_quote.csv", b'a,b\n"' + b"x,y\n" * (n // 4)
    yield "one_cell.csv", b"a,b\n" + b"x" * n
    yield "ragged.csv", b"a,b\n" + b"1,2,3\n1,2\n" * (n // 20)
    yield "nul.csv", b"a,b\n" + b"\0" * n
    yield "returns.csv", b"a,b\n" + b"1,2\r" * 500_000
    yield "deep.geojson", b'{"type":"Feature","properties":{"a":' + b"[" * n
    yield "deep_values.json", b'{"_uuid":"1","_submission_time":"","a":' + b'{"a":' * 900 + b"1" + b"}" * 901
    keys = ",".join(f'{{"_uuid":"1","k{i}":"1"}}' for i in range(300_000))
    yield "keys.json", '[{"_submission_time":""},' + keys + "]"
    for number in ("NaN", "1e400", "-Infinity"):
        body = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[NUMBER,51]}}'
        yield f"number_{number}.geojson", body.replace("NUMBER", number)
    features = b'{"type":"FeatureCollection","features":['
    yield "lists.geojson", features + b"[]," * (n // 3) + b"[]]}"
    yield "strays.geojson", features + b"[]," * 1_900_000 + b"[]]}"
    yield "bare.geojson", features + b'{"type":"Feature"},' * 900_000 + b'{"type":"Feature"}]}'
    point = b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}'
    yield "points.geojson", features + (point + b",") * 490_000 + point + b"]}"
    ring = [[i / 1e6, (i * 7919) % 1_000 / 1e3] for i in range(600_000)]
    polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    yield "vertices.geojson", json.dumps({"type": "Feature", "properties": {}, "geometry": polygon})


def zipped(members: dict[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in members.items():
            archive.writestr(name, body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def workbook(sheet: bytes, shared: bytes = b"") -> bytes:
    relations = REL.format("rId1", "worksheet", "worksheets/sheet1.xml")
    relations += REL.format("rId2", "sharedStrings", "sharedStrings.xml") if shared else ""
    members: dict[str | zipfile.ZipInfo, bytes] = {
        "[Content_Types].xml": XLSX_TYPES.encode(),
        "_rels/.rels": RELS.format(REL.format("rId1", "officeDocument", "xl/workbook.xml")).encode(),
        "xl/workbook.xml": BOOK.encode(),
        "xl/_rels/workbook.xml.rels": RELS.format(relations).encode(),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return zipped(members | ({"xl/sharedStrings.xml": shared} if shared else {}))


def parquet(table: pa.Table, store_schema: bool = True) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=store_schema)
    return out.getvalue()


def geopackage(*statements: str) -> bytes:
    database = sqlite3.connect(":memory:")
    database.executescript(
        "PRAGMA application_id = 1196444487; PRAGMA user_version = 10300;"
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
        " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
        "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT,"
        " description TEXT, last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,"
        " srs_id INTEGER);"
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('visits', 'attributes', 'v');"
        "PRAGMA writable_schema = ON;"
    )
    for statement in statements:
        database.execute(statement)
    database.commit()
    return database.serialize()


Maker = Callable[[Path, int], Files]
