"""What the child process returns, made a `Raw`: cells, geometry, CRS, and limits on vertices."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.readers.arrow_cells import cells_of
from geo.reading.readers.reader import Limits, bad, check_cells, refused, unique_names
from geo.reading.readers.sandbox import SandboxAnswer

_BYTES_PER_VERTEX: Final = 16  # WKB of two float64; vertices with altitude count half as much again

_LAST_PLAIN: Final = 7  # WKB's number of a geometry collection; arcs and surfaces come after it


def raw_of(parsed: SandboxAnswer, source: TableSource, limits: Limits) -> Raw:
    """Return a child's table as `Raw`; row numbers are 1-based positions.

    Raises RefusedError for too many vertices, counted before a geometry is made, InputError for a
    coordinate system without an EPSG number.
    """
    file = source.path.name
    name = str(parsed.answer.get("geometry", ""))
    crs = str(parsed.answer.get("crs", "")) or None
    has_geometry = name in parsed.table.column_names and parsed.table.column_names.count(name) == 1
    if has_geometry and parsed.answer.get("has_crs") and not crs and not source.crs:
        raise bad(
            file,
            message('its coordinate system has no EPSG number; write crs = "EPSG:…" in mission.toml'),
        )
    rows = np.arange(1, parsed.table.num_rows + 1, dtype=np.int64)
    geometry, problems = None, defects.empty()
    table = parsed.table
    if has_geometry:
        geometry, lost = _geometry(table.column(name), file, limits)
        table = table.drop_columns([name])
        problems = defects.defects_at(
            "bad_geometry",
            table=source.table,
            file=file,
            rows=rows[lost],
            column=name,
            values=[""] * int(lost.sum()),
            expected="a point, line or polygon",
        )
    check_cells(table.num_rows, table.num_columns, file, limits)
    names, _ = unique_names([str(column) for column in table.column_names])
    cells, notes = cells_of(table, names)
    return Raw(
        file=file,
        cells=cells,
        row_numbers=rows,
        geometry=geometry,
        crs=crs if has_geometry else None,
        defects=problems,
        notes=notes,
    )


def _geometry(
    column: pa.ChunkedArray, file: str, limits: Limits
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Return (N,) geometries or None, and which of them were there but cannot be understood."""
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise refused(file, message("its geometry column does not hold WKB"))
    vertices = pc.fill_null(pc.divide(pc.binary_length(column), _BYTES_PER_VERTEX), 0).to_numpy()
    if len(vertices) and int(vertices.max()) > limits.vertices_per_feature:
        number = int(vertices.argmax()) + 1
        most = limits.vertices_per_feature
        many = message(
            "feature {row} has about {n} vertices, more than {most}",
            row=str(number), n=int(vertices.max()), most=most,
        )  # fmt: skip
        raise refused(file, many)
    if int(vertices.sum(dtype=np.int64)) > limits.vertices:
        raise refused(file, message("it has more than {n} vertices", n=limits.vertices))
    wkb = column.to_numpy(zero_copy_only=False)
    known = np.array([_is_known(value) for value in wkb], dtype=bool)
    shapes: npt.NDArray[np.object_] = np.asarray(
        shapely.from_wkb(np.where(known, wkb, None), on_invalid="ignore"), dtype=object
    )
    lost = np.array([value is not None for value in wkb], dtype=bool) & shapely.is_missing(shapes)
    shapes[shapely.is_empty(shapes)] = None
    return shapely.force_2d(shapes), lost


def _is_known(wkb: bytes | None) -> bool:
    """Return whether a geometry is none or of the plain kinds; of arcs and surfaces shapely raises."""
    if wkb is None or len(wkb) < 5:
        return True
    number = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & 0x0FFF_FFFF
    return 1 <= number % 1000 <= _LAST_PLAIN
