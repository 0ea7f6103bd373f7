"""The process in which a binary file from outside is parsed; started by `sandbox.run`, never imported.

It gives up what it does not need before it touches the file: the network, memory and time beyond
its limits, core dumps, new privileges. It knows nothing of this project; it turns one file in its
own folder into one Arrow file beside it and answers with one line of JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Any

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x1000_0000, 0x4000_0000, 0x0800_0000
PR_SET_NO_NEW_PRIVS = 38
BATCH = 20_000  # rows per Arrow batch
Job = dict[str, Any]


class Refusal(Exception):
    """What the parent shall say; `code` is one of `sandbox.MESSAGES`."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.answer = {"error": code, "detail": detail[:500]}
        super().__init__(code)


def lock_down(job: Job) -> bool:
    """Set limits and leave the network; return whether the network is gone.

    Limits first: they hold even where namespaces are not permitted.
    """
    for what, most in (
        (resource.RLIMIT_CPU, job["cpu_s"]),
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_FSIZE, job["output_bytes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no address space limit
            resource.setrlimit(what, (most, most))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)
    except (AttributeError, OSError):  # not Linux
        return False


def write_batches(job: Job, batches: Iterator[Any], schema: Any) -> int:
    """Write Arrow batches to the output file, counting rows."""
    import pyarrow as pa

    n = 0
    with pa.OSFile(job["output"], "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            n += batch.num_rows
            if n > job["rows"]:
                raise Refusal("rows")
            writer.write(batch)
    return n


def read_gdal(job: Job) -> Job:
    """Write one layer with its geometry as WKB; answer with its CRS."""
    import pyarrow as pa

    if job["driver"] == "GPKG":
        check_sqlite(job["input"])
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    loose = sorted(set(pyogrio.list_drivers()) - {job["driver"], "MEM", "Memory"})
    if loose:
        return {"drivers": loose}
    try:
        layer = chosen_layer(job, [str(name) for name in pyogrio.list_layers(job["input"])[:, 0]])
        options = {"layer": layer, "force_2d": True, "datetime_as_string": True, "batch_size": BATCH}
        with pyogrio.raw.open_arrow(job["input"], use_pyarrow=True, **options) as (meta, reader):
            if len(reader.schema) > job["columns"]:
                raise Refusal("columns")
            n = write_batches(job, reader, reader.schema)
    except (DataSourceError, DataLayerError, FeatureError, GeometryError):
        raise Refusal("unreadable") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError):
        raise Refusal("unreadable") from None
    return {
        "rows": n,
        "layer": str(layer),
        "crs": epsg(str(meta["crs"] or "")),
        "has_crs": bool(meta["crs"]),
        "geometry": str(meta["geometry_name"] or "wkb_geometry"),
    }


def chosen_layer(job: Job, layers: list[str]) -> str:
    if not layers:
        raise Refusal("no_layers")
    wanted = job["layer"] or job["table"]
    if wanted in layers:
        return str(wanted)
    if job["layer"] or len(layers) > 1:
        raise Refusal("layers", ", ".join(layers[:20]))
    return layers[0]


def check_sqlite(path: str) -> None:
    """Refuse a database with views or with virtual tables other than the spatial index.

    GDAL's SQL can open other files from a virtual table, and a view may never end.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            rows = database.execute("SELECT type, lower(sql) FROM sqlite_master").fetchmany(100_000)
    except sqlite3.Error:
        raise Refusal("unreadable") from None
    for kind, sql in rows:
        words = (sql or "").split()
        is_virtual = words[:3] == ["create", "virtual", "table"]
        if kind == "view" or (is_virtual and not any(word.startswith("rtree") for word in words[4:6])):
            raise Refusal("database")


def epsg(crs: str) -> str:
    """Return "EPSG:<integer>" of a CRS text, "" if it has none."""
    if crs.startswith("EPSG:") and crs[5:].isdigit():
        return crs
    if not crs:
        return ""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        number = CRS.from_user_input(crs).to_epsg(min_confidence=70)
    except CRSError:
        return ""
    return f"EPSG:{number}" if number else ""


def read_xlsx(job: Job) -> Job:
    """Write one sheet as text cells, every row from the first, columns "0", "1", …"""
    import pyarrow as pa
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(job["input"])
        name = chosen_sheet(job, book)
        sheet = book.get_sheet_by_name(name)
        width = sheet.width
        if width > job["columns"]:
            raise Refusal("columns")
        if sheet.total_height > job["rows"]:
            raise Refusal("rows")
        schema = pa.schema([(str(i), pa.string()) for i in range(width)])
        n = write_batches(job, sheet_batches(sheet.iter_rows(), schema), schema)
    except CalamineError:
        raise Refusal("unreadable") from None
    return {"rows": n, "sheet": name}


def chosen_sheet(job: Job, book: Any) -> str:
    sheets = [s.name for s in book.sheets_metadata if str(s.visible).endswith("Visible")]
    everything = list(book.sheet_names)
    wanted = job["sheet"] or job["table"]
    if wanted in everything:
        return str(wanted)
    filled = [name for name in sheets if book.get_sheet_by_name(name).height] if len(sheets) > 1 else sheets
    if job["sheet"] or len(filled) != 1:
        raise Refusal("sheets", ", ".join(everything[:20]))
    return str(filled[0])


def sheet_batches(rows: Iterator[list[Any]], schema: Any) -> Iterator[Any]:
    import pyarrow as pa

    def batch(part: list[list[str]]) -> Any:
        columns = zip(*part, strict=True) if part else [()] * len(schema)
        return pa.record_batch([pa.array(column, pa.string()) for column in columns], schema=schema)

    part: list[list[str]] = []
    for row in rows:
        part.append([as_seen(value) for value in row])
        if len(part) == BATCH:
            yield batch(part)
            part = []
    yield batch(part)


def as_seen(value: Any) -> str:
    """Return a cell as a person saw it: whole numbers without a point, 15 digits, ISO dates."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)


def read_parquet(job: Job) -> Job:
    """Write a Parquet file as Arrow; answer with its GeoParquet metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(job["input"]) as file:
            if file.metadata.num_rows > job["rows"]:
                raise Refusal("rows")
            schema = file.schema_arrow
            if len(schema) > job["columns"]:
                raise Refusal("columns")
            if any(pa.types.is_nested(kind) and nesting(kind) > 8 for kind in schema.types):
                raise Refusal("unreadable")
            geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
            n = write_batches(job, file.iter_batches(batch_size=BATCH), schema)
    except (pa.ArrowException, OSError, ValueError):
        raise Refusal("unreadable") from None
    return {"rows": n, **geometry_of(geo)}


def nesting(kind: Any) -> int:
    import pyarrow as pa

    if not pa.types.is_nested(kind):
        return 0
    return 1 + max((nesting(kind.field(i).type) for i in range(kind.num_fields)), default=0)


def geometry_of(geo: Any) -> Job:
    """Return the primary geometry column, its encoding and CRS from GeoParquet metadata."""
    columns = geo.get("columns") if isinstance(geo, dict) else None
    primary = geo.get("primary_column") if isinstance(geo, dict) else None
    if not isinstance(columns, dict) or not isinstance(primary, str) or primary not in columns:
        return {"geometry": "", "crs": "", "has_crs": False}
    column = columns[primary] if isinstance(columns[primary], dict) else {}
    if column.get("encoding") not in ("WKB", None):
        raise Refusal("encoding", str(column.get("encoding")))
    if "crs" not in column:  # the specification's default
        return {"geometry": primary, "crs": "EPSG:4326", "has_crs": True}
    crs = column["crs"]
    identifier = crs.get("id") if isinstance(crs, dict) else None
    code = ""
    if isinstance(identifier, dict):
        authority, number = str(identifier.get("authority")), str(identifier.get("code"))
        if authority == "EPSG" and number.isdigit():
            code = f"EPSG:{number}"
        elif (authority, number) == ("OGC", "CRS84"):
            code = "EPSG:4326"
    return {"geometry": primary, "crs": code, "has_crs": crs is not None}


KINDS: dict[str, Callable[[Job], Job]] = {"gdal": read_gdal, "xlsx": read_xlsx, "parquet": read_parquet}


def main() -> None:
    job: Job = json.loads(sys.argv[1])
    is_alone = lock_down(job)
    sys.path += job["paths"]
    for name in ("pandas", "geopandas", "shapely"):  # half of the start-up time, and not needed here
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        answer = KINDS[job["kind"]](job) | {"is_alone": is_alone}
    except Refusal as refusal:
        answer = refusal.answer
    except MemoryError:
        answer = {"error": "memory"}
    except Exception as error:  # noqa: BLE001 - the edge of the process; its name tells which library failed
        kind = type(error).__name__
        answer = {"error": "memory" if kind == "ArrowMemoryError" else "unreadable", "detail": kind}
    os.write(1, json.dumps(answer).encode())
    os._exit(0)  # libraries' exit handlers have nothing to add


if __name__ == "__main__":
    main()
