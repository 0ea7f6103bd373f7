"""The process in which a binary file from outside is parsed; started by `sandbox.run`, never imported.

It gives up what it does not need before it touches the file: the network, memory and time beyond
its limits, core dumps, new privileges. It knows nothing of this project; it turns one file in its
own folder into one Arrow file beside it and answers with one line of JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
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
CURVES = frozenset(range(8, 15))  # WKB numbers of arcs and of what may hold them
REPEAT = frozenset({"_parent_index", "PARENT_KEY"})  # columns of a form's repeated group
MOST_MERGED = 1_000_000  # cells filled from one they are merged with
FOLDER = "folder"  # column that says which of several layers a row is from
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
        names = [str(name) for name in pyogrio.list_layers(job["input"])[:, 0]]
        layers = chosen_layers(job, names)
        options: Job = {"datetime_as_string": True, "batch_size": BATCH, "use_pyarrow": True}
        options |= {"encoding": job["encoding"]} if job["encoding"] else {}
        with pyogrio.raw.open_arrow(job["input"], layer=next(iter(layers)), **options) as (meta, reader):
            geometry = str(meta["geometry_name"] or "wkb_geometry")
            schema = reader.schema
        if len(layers) > 1:
            schema = joint_schema(job, layers, options)
        n = write_batches(job, layer_batches(job, layers, geometry, schema, options), schema)
    except (DataSourceError, DataLayerError, FeatureError, GeometryError):
        raise Refusal("unreadable") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError):
        raise Refusal("unreadable") from None
    return {
        "rows": n,
        "layers": list(layers.values())[:20],
        "others": [name for number, name in enumerate(names[:20]) if number not in layers],
        "crs": epsg(str(meta["crs"] or "")),
        "has_crs": bool(meta["crs"]),
        "geometry": geometry,
    }


def chosen_layers(job: Job, names: list[str]) -> dict[int, str]:
    """Return the layers to read by their number: those named, or the one called like the table, or the
    only one that holds anything.

    A KML's layers are its folders; where none is named, all that hold anything are one table.
    """
    import pyogrio

    layers = dict(enumerate(names))
    if not layers:
        raise Refusal("no_layers")
    if job["layers"]:
        if set(job["layers"]) <= set(names):
            return {number: name for number, name in layers.items() if name in job["layers"]}
        raise Refusal("layers", ", ".join(names[:20]))
    same = [number for number, name in layers.items() if name.casefold() == job["table"].casefold()]
    if len(same) == 1 or len(layers) == 1:
        return {number: layers[number] for number in same or layers}
    filled = {
        number: name
        for number, name in layers.items()
        if pyogrio.read_info(job["input"], layer=number, force_feature_count=True)["features"]
    }
    if len(filled) > 1 and job["driver"] != "LIBKML":
        raise Refusal("layers", ", ".join(names[:20]))
    return filled or {0: layers[0]}


def joint_schema(job: Job, layers: dict[int, str], options: Job) -> Any:
    """Return the columns that any of several layers has, and one for the layer's name.

    A column that two layers hold in different types becomes text.
    """
    import pyarrow as pa
    import pyogrio

    fields: dict[str, Any] = {}
    for number in layers:
        with pyogrio.raw.open_arrow(job["input"], layer=number, **options) as (_, reader):
            for field in reader.schema:
                known = fields.setdefault(field.name, field.type)
                fields[field.name] = known if known == field.type else pa.string()
    return pa.schema([*fields.items(), (FOLDER, pa.string())])


def layer_batches(
    job: Job, layers: dict[int, str], geometry: str, schema: Any, options: Job
) -> Iterator[Any]:
    """Yield the Arrow batches of one layer after the other, arcs as lines, in one schema."""
    import pyarrow as pa
    import pyogrio

    for number, name in layers.items():
        start = 0
        with pyogrio.raw.open_arrow(job["input"], layer=number, **options) as (_, reader):
            for read in reader:
                batch = without_arcs(job, number, read, geometry, start)
                start += batch.num_rows
                if len(layers) > 1:
                    columns = [
                        as_plain(batch.column(field.name), field.type)
                        if field.name in batch.schema.names
                        else pa.nulls(batch.num_rows, field.type)
                        for field in schema
                    ]
                    columns[-1] = pa.array([name] * batch.num_rows, pa.string())
                    batch = pa.record_batch(columns, schema=schema)
                yield batch


def without_arcs(job: Job, layer: int, batch: Any, geometry: str, start: int) -> Any:
    """Return a batch whose curves are lines, as no other reader knows arcs. Other batches as they are."""
    import numpy as np
    import pyarrow as pa
    import pyogrio

    if geometry not in batch.schema.names:
        return batch
    at = batch.schema.get_field_index(geometry)
    if not (set(wkb_types(batch.column(at))) & CURVES):
        return batch
    # read once more without Arrow, where GDAL makes lines of arcs
    _, _, shapes, _ = pyogrio.raw.read(
        job["input"], layer=layer, columns=[], skip_features=start, max_features=batch.num_rows
    )
    lines = pa.array(np.asarray(shapes, dtype=object).tolist(), pa.binary())
    return batch.set_column(at, geometry, lines)


def wkb_types(column: Any) -> Any:
    """Return the kinds of geometries by their WKB without dimensions, (N,), 0 for none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    head = pc.binary_slice(pc.fill_null(column.cast(pa.binary()), b""), 0, 5)
    filled = pc.if_else(pc.equal(pc.binary_length(head), 5), head, pa.scalar(bytes([1, 0, 0, 0, 0])))
    head = np.frombuffer(b"".join(filled.to_pylist()), dtype=np.uint8).reshape(-1, 5)
    little = head[:, 1:].copy().view("<u4")[:, 0]
    big = head[:, 1:].copy().view(">u4")[:, 0]
    return (np.where(head[:, 0] == 1, little, big) & 0x0FFF_FFFF) % 1000


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
    if crs.startswith("EPSG:") and crs[5:].isdecimal():
        return crs
    if not crs:
        return ""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        number = CRS.from_user_input(crs).to_epsg(min_confidence=70)  # pyproj's own default
    except CRSError:
        return ""
    return f"EPSG:{number}" if number else ""


def read_xlsx(job: Job) -> Job:
    """Write one sheet as text cells, every row from the first, columns "0", "1", …"""
    import pyarrow as pa
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(job["input"])
        name, others = chosen_sheet(job, book)
        sheet = book.get_sheet_by_name(name)
        width = sheet.width
        if width > job["columns"]:
            raise Refusal("columns")
        if sheet.total_height > job["rows"]:
            raise Refusal("rows")
        schema = pa.schema([(str(i), pa.string()) for i in range(width)])
        left = int(sheet.start[1]) if sheet.start else 0
        merged = merged_down(sheet, left, width)
        n = write_batches(job, sheet_batches(filled(sheet.iter_rows(), merged), schema), schema)
    except CalamineError:
        raise Refusal("unreadable") from None
    odd = beside("workbook_cells").odd_cells(job["input"], name)
    counts: dict[str, int] = {}
    for places in merged.values():
        for column in places:
            counts[str(column)] = counts.get(str(column), 0) + 1
    return {"rows": n, "sheet": name, "others": others, "left": left, "odd": odd, "merged": counts}


def beside(name: str) -> Any:
    """Return a module that lies beside this script, of which nothing else is on the path."""
    path = __file__.rpartition("/")[0] + f"/{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def chosen_sheet(job: Job, book: Any) -> tuple[str, list[str]]:
    """Return the sheet to read and all others: the one named, or the visible one that is called like the
    table, or the only visible one with the columns the table needs, or with cells.

    A hidden sheet is an old draft or a list for a form's menus: only its name in mission.toml makes it read.
    A repeated group of a form has a sheet of its own, which names its parent; the form's own sheet does not.
    """
    everything = [str(name) for name in book.sheet_names]
    hidden = {s.name for s in book.sheets_metadata if not str(s.visible).endswith(".Visible")}
    shown = [name if name not in hidden else f"{name} (hidden)" for name in everything]

    def chosen(name: str) -> tuple[str, list[str]]:
        return name, [text for item, text in zip(everything, shown, strict=True) if item != name]

    wanted = (job["sheet"] or job["table"]).strip().casefold()
    candidates = everything if job["sheet"] else [name for name in everything if name not in hidden]
    same = [name for name in candidates if name.strip().casefold() == wanted]
    if job["sheet"] in everything:
        return chosen(job["sheet"])
    if len(same) == 1:
        return chosen(same[0])
    full = [name for name in candidates if len(candidates) == 1 or book.get_sheet_by_name(name).height]
    if len(full) > 1:
        headers = {name: header_of(book.get_sheet_by_name(name)) for name in full}
        needed = set(job["needed"])
        fitting = [name for name in full if needed and needed <= headers[name]]
        forms = [name for name in full if not REPEAT & headers[name]]
        if len(fitting) == 1:
            full = fitting
        elif len(forms) == 1 and job["table"] == "visits":
            full = forms
    if job["sheet"] or len(full) != 1:
        raise Refusal("sheets", ", ".join(shown[:20]))
    return chosen(full[0])


def header_of(sheet: Any) -> set[str]:
    """Return the cells of a sheet's first row that has any."""
    for row in sheet.iter_rows():
        cells = {str(cell).strip() for cell in row if cell != ""}
        if cells:
            return cells
    return set()


def merged_down(sheet: Any, left: int, width: int) -> dict[int, dict[int, tuple[int, int]]]:
    """Return row → column → the cell whose value stands there, for cells merged over several rows.

    Columns from `left`. Of cells merged sideways only the first column counts: that is a heading.
    """
    places: dict[int, dict[int, tuple[int, int]]] = {}
    n = 0
    for (top, first), (bottom, _) in sheet.merged_cell_ranges or []:
        for row in range(top + 1, min(bottom, sheet.total_height) + 1):
            if 0 <= first - left < width and n < MOST_MERGED:
                places.setdefault(row, {})[first - left] = (top, first - left)
                n += 1
    return places


def filled(rows: Iterator[list[Any]], merged: dict[int, dict[int, tuple[int, int]]]) -> Iterator[list[Any]]:
    """Yield rows with the value of a merged cell in every row it covers."""
    columns: dict[int, set[int]] = {}  # row of such a cell → its columns
    for top, left in (source for places in merged.values() for source in places.values()):
        columns.setdefault(top, set()).add(left)
    values: dict[tuple[int, int], Any] = {}
    for number, row in enumerate(rows):
        for left in columns.get(number, ()):
            values[number, left] = row[left]
        for column, source in merged.get(number, {}).items():
            if row[column] == "":
                row[column] = values.get(source, "")
        yield row


def sheet_batches(rows: Iterator[list[Any]], schema: Any) -> Iterator[Any]:
    """Yield rows of a sheet as Arrow batches of text, the last one perhaps empty."""
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
        if authority == "EPSG" and number.isdecimal():
            code = f"EPSG:{number}"
        elif (authority, number) == ("OGC", "CRS84"):
            code = "EPSG:4326"
    return {"geometry": primary, "crs": code, "has_crs": crs is not None}


KINDS: dict[str, Callable[[Job], Job]] = {"gdal": read_gdal, "xlsx": read_xlsx, "parquet": read_parquet}


def main() -> None:
    """Do the one job of this process and print its answer as a line of JSON."""
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
