"""Binary files from outside are parsed in a child process that can reach nothing and cannot grow.

Layers, each enough against some attack and none trusted alone: a fresh interpreter with an empty
environment, one GDAL driver and all others skipped, a dead proxy, no network namespace where the
system permits, limits on CPU, memory, output and open files, our own file names in a private
folder. What comes back is an Arrow file and one line of JSON; the child's own words are not shown.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from geo.model.errors import InputError
from geo.model.messages import Message, Value, message
from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME
from geo.reading.readers.reader import Limits, bad, megabytes, refused

CHILD: Final = Path(__file__).with_name("sandboxed_parser.py")
ANSWER_BYTES: Final = 65_536
# Vector drivers of GDAL 3.12. A driver that a newer GDAL adds is reported by the child and skipped then.
DRIVERS: Final = frozenset(
    {
        "MEM", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "ESRI Shapefile",
        "MapInfo File", "LVBAG", "S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON",
        "GeoJSONSeq", "ESRIJSON", "TopoJSON", "OGR_GMT", "GPKG", "SQLite", "WAsP", "OpenFileGDB", "DXF",
        "FlatGeobuf", "GeoRSS", "VFK", "PGDUMP", "OSM", "GPSBabel", "OGR_PDS", "WFS", "OAPIF", "EDIGEO",
        "Idrisi", "ODS", "XLSX", "Elasticsearch", "Carto", "AmigoCloud", "SXF", "Selafin", "JML",
        "PLSCENES", "CSW", "VDV", "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG", "MiraMonVector",
        "ADBC", "AVCBin", "AVCE00", "AIVector", "HTTP",
    }
)  # fmt: skip
MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unreadable": "it cannot be read as {kind}; it is damaged or something else",
        "memory": "reading it takes more memory than {memory}",
        "rows": "it has more than {n} rows",
        "columns": "it has more than {n} columns",
        "cells": "it has more than {n} cells",
        "database": "it holds views or virtual tables, which can reach other files",
        "no_layers": "it holds no layer",
        "layers": 'it holds several layers or not the one asked for; write layer = "…", one of: {detail}',
        "sheets": 'it holds several sheets or not the one asked for; write sheet = "…", one of: {detail}',
        "encoding": "its geometry is encoded as {detail}; only WKB is read",
    }
)
_NOT_HOSTILE: Final = frozenset({"layers", "sheets", "no_layers", "encoding"})
# GDAL opens these by name from the content of a file; none of it may work.
_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # others reserve a gigabyte of addresses at start
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "GDAL_NUM_THREADS": "1",
        "GDAL_HTTP_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
        "GDAL_HTTP_CONNECTTIMEOUT": "1",
        "GDAL_HTTP_TIMEOUT": "1",
        "GDAL_HTTP_MAX_RETRY": "0",
        "CPL_VSIL_CURL_ALLOWED_FILENAME": "/none",
        "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_CACHEMAX": "64",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "PROJ_NETWORK": "OFF",
    }
)


@dataclass(frozen=True, eq=False, slots=True)
class SandboxAnswer:
    """A table from the child, and its answer (layer, crs, geometry column, …)."""

    table: pa.Table
    answer: Mapping[str, Any]


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a private folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="baqylau-") as name:
        yield Path(name)


def run(
    kind: str, input_path: Path, source: TableSource, limits: Limits, *, says: str, driver: str = ""
) -> SandboxAnswer:
    """Return the table that a child process finds in `input_path`, a file of ours in a private folder.

    Raises InputError for a file that needs a setting, RefusedError for anything a child cannot
    read within its limits.
    """
    job = _job(kind, input_path, source, limits, driver)
    answer = _answer(job, frozenset(), source.path.name, limits)
    if "drivers" in answer:  # a newer GDAL than `DRIVERS` knows
        answer = _answer(job, frozenset(answer["drivers"]), source.path.name, limits)
    if "error" in answer or "drivers" in answer:
        raise _error(answer, source.path.name, limits, says)
    try:
        with pa.memory_map(job["output"]) as stream:
            table = pa.ipc.open_file(stream).read_all()
            table.validate(full=True)  # a child taken over by its file could write anything
            return SandboxAnswer(table, MappingProxyType(answer))
    except (pa.ArrowInvalid, OSError):
        raise refused(source.path.name, message("it cannot be read as {kind}", kind=Message(says))) from None


def _job(kind: str, input_path: Path, source: TableSource, limits: Limits, driver: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "driver": driver,
        "input": str(input_path),
        "output": str(input_path.with_name("output.arrow")),
        "table": source.table,
        "layers": list(source.layers),
        "encoding": source.encoding if driver == "ESRI Shapefile" else "",
        "sheet": source.sheet,
        "needed": _needed(source),
        "rows": limits.rows,
        "columns": limits.columns,
        "cells": limits.cells,
        "cpu_s": limits.sandbox_cpu_s,
        "memory_bytes": limits.sandbox_memory_bytes,
        "output_bytes": limits.sandbox_output_bytes,
        "paths": _package_folders(),
    }


def _needed(source: TableSource) -> list[str]:
    """Return the headers a sheet must have to be the table's, without ids that a platform gives."""
    columns = BY_NAME[source.table].columns if source.table in BY_NAME else ()
    ids = {"visit_id", "incident_id"}
    return [source.columns.get(c.name, c.name) for c in columns if c.required and c.name not in ids]


def _package_folders() -> list[str]:
    """Return the folders of the libraries a child needs, found without importing them."""
    specs = (importlib.util.find_spec(name) for name in ("numpy", "pyarrow", "pyogrio", "python_calamine"))
    return sorted({str(Path(spec.origin).parent.parent) for spec in specs if spec and spec.origin})


def _answer(job: dict[str, Any], also_skip: frozenset[str], file: str, limits: Limits) -> dict[str, Any]:
    skip = ",".join(sorted((DRIVERS | also_skip) - {job["driver"]}))
    home = str(Path(job["input"]).parent)
    environment = {**_ENVIRONMENT, "GDAL_SKIP": skip, "HOME": home, "TMPDIR": home}
    command = [sys.executable, "-I", "-S", "-B", str(CHILD), json.dumps(job)]
    with tempfile.TemporaryFile(dir=home) as out:
        try:
            child = subprocess.Popen(  # noqa: S603 - our interpreter, our script, the job as one JSON argument
                command,
                env=environment,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            reason = str(error.strerror)
            raise bad(
                file, message("no process to read it could be started ({reason})", reason=reason)
            ) from None
        try:
            code = child.wait(timeout=limits.sandbox_wall_s)
        except subprocess.TimeoutExpired:
            raise refused(
                file, message("reading it took longer than {n} seconds", n=limits.sandbox_wall_s)
            ) from None
        finally:
            _end(child)
        out.seek(0)
        text = out.read(ANSWER_BYTES)
    if code == 0:
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        return answer if isinstance(answer, dict) else {"error": "unreadable"}
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise refused(
            file, message("reading it took more than {n} seconds of computing", n=limits.sandbox_cpu_s)
        )
    if code == -signal.SIGXFSZ:
        size = megabytes(limits.sandbox_output_bytes)
        raise refused(file, message("it unpacks to more than {size}", size=size))
    return {"error": "memory" if code == -signal.SIGABRT else "unreadable"}


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started; it leads its own process group."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _error(answer: Mapping[str, Any], file: str, limits: Limits, says: str) -> InputError:
    code = str(answer.get("error", "unreadable"))
    most = {"rows": limits.rows, "columns": limits.columns, "cells": limits.cells}
    values: tuple[tuple[str, Value], ...] = (
        ("kind", Message(says)),
        ("detail", str(answer.get("detail", ""))[:500]),
        ("memory", megabytes(limits.sandbox_memory_bytes)),
        ("n", most.get(code, 0)),
    )
    why = Message(MESSAGES.get(code, MESSAGES["unreadable"]), values)
    return bad(file, why) if code in _NOT_HOSTILE else refused(file, why)
