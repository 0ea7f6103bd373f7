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
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.abc import MetaPathFinder
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


class Absent(MetaPathFinder):
    """Libraries that others import if they are there: half of the start-up time, not needed here."""

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        if fullname in ("pandas", "geopandas", "shapely"):
            raise ModuleNotFoundError(fullname)


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
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; the parent shall see it
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)
    except (AttributeError, OSError):  # not Linux
        return False


def write_batches(job: Job, batches: Iterator[Any], schema: Any) -> int:
    """Write Arrow batches to the output file, columns made plain, counting rows."""
    import pyarrow as pa

    if len(schema) > job["columns"]:
        raise Refusal("columns")
    n = 0
    plain = pa.schema([(str(field.name), plain_type(field.type)) for field in schema])
    with pa.OSFile(job["output"], "wb") as sink, pa.ipc.new_file(sink, plain) as writer:
        for batch in batches:
            n += batch.num_rows
            if n > job["rows"]:
                raise Refusal("rows")
            if n * len(schema) > job["cells"]:
                raise Refusal("cells")
            columns = [
                as_plain(column, kind) for column, kind in zip(batch.columns, plain.types, strict=True)
            ]
            writer.write(pa.record_batch(columns, schema=plain))
    return n


def plain_type(kind: Any) -> Any:
    """Return the type in which a column leaves this process: no dictionary, list, view or extension.

    They let a small file stand for a huge table, which must unfold here, under the limits.
    """
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return pa.large_binary()
    if types.is_floating(kind):
        return pa.float64()
    is_kept = types.is_boolean(kind) or types.is_integer(kind) or types.is_timestamp(kind)
    return kind if is_kept else pa.large_string()


def as_plain(column: Any, kind: Any) -> Any:
    """Return a column in its plain type, nested values as JSON text."""
    import pyarrow as pa

    if column.type == kind:
        return column
    if isinstance(column, pa.ExtensionArray):
        return as_plain(column.storage, kind)
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), kind)
    if pa.types.is_nested(column.type):
        texts = (
            None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in column.to_pylist()
        )
        return pa.array(texts, kind)
    if pa.types.is_dictionary(column.type):
        return as_plain(column.dictionary_decode(), kind)
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], kind)


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
        options = {"layer": layer, "datetime_as_string": True, "batch_size": BATCH}
        with pyogrio.raw.open_arrow(job["input"], use_pyarrow=True, **options) as (meta, reader):
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
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
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
            if file.metadata.num_rows * len(schema) > job["cells"]:
                raise Refusal("cells")
            geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
            n = write_batches(job, file.iter_batches(batch_size=BATCH), schema)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError):
        raise Refusal("unreadable") from None
    return {"rows": n, **geometry_of(geo)}


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
    sys.meta_path.insert(0, Absent())
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
