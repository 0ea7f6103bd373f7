"""One function for every fuzzer: any bytes under any name are a table or an InputError."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from geo.model.errors import InputError
from geo.model.table_source import TableSource
from geo.reading.readers import UPLOAD, read

# Readers that run in this process; what runs in a child is fuzzed by `test_fuzz.py`, a few a second.
NAMES: Final = ("a.csv", "a.tsv", "a.geojson", "a.json", "a.xml", "a.geojsonl", "a.zip", "a.kmz")
LIMITS: Final = replace(UPLOAD, body_bytes=2**20, rows=10_000, cells=100_000)
SEEDS: Final = (
    b"a,b\n1,2\n",
    b'\xef\xbb\xbf"a";"b"\r\n"1";"x\ny"\r\n',
    "область,номер\nАлматы,186\n".encode("cp1251"),
    "a\tb\n1\tж\n".encode("utf-16"),
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},'
    b'"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}',
    b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2,3]}}\n',
    b'{"results":[{"_uuid":"1","_submission_time":"2005-12-04T03:41:19","_geolocation":[43,76],"r":[{"a":1}]}]}',
    b'{"@odata.context":"x","value":[{"__id":"1","__system":{},"p":{"type":"Point","coordinates":[1,2]}}]}',
    b'<data id="a"><gps>43.2 76.8 0 4</gps><meta><instanceID>uuid:1</instanceID></meta></data>',
    b"Participant ID,Location Code,Timestamp\n1,2,3\n",
    b"Post ID,Created (UTC),x.lat,x.lon\n#a,#b,,\n1,2005-12-04 03:41:19,1,2\n",
    b"_uuid,_submission_time,_g_latitude,_g_longitude\n1,2,3,4\n",
    b"SubmissionDate,KEY,g-Latitude,g-Longitude\n1,2,3,4\n",
)


def check(folder: Path, name: str, body: bytes, header: bool, table: str = "visits") -> None:
    """Read bytes as an upload. Anything but a whole table or an InputError is a failure."""
    path = folder / name
    path.write_bytes(body)
    try:
        raw = read(TableSource(table, path, header=header), limits=LIMITS)
    except InputError as error:
        assert str(error).startswith(f"{name}: ")
        return
    assert len(raw.cells) == len(raw.row_numbers)
    assert raw.cells.columns.is_unique
    assert raw.geometry is None or len(raw.geometry) == len(raw.cells)
    assert raw.row_numbers.size == 0 or int(raw.row_numbers.min()) >= 1
    assert raw.defects is not None
