"""A DuckDB in memory, with its spatial extension where a package brought it along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.measure import Missing


def connection(*, spatial: bool = False) -> Any:
    """Return a connection to an empty database. Raises Missing with the reason there is none.

    The extension is not fetched: DuckDB would ask its vendor's host. The package duckdb-extension-spatial
    holds the vendor's signed file for one version of DuckDB, and DuckDB checks the signature.
    """
    try:
        import duckdb
    except ImportError:
        raise Missing("duckdb is not installed (make install)") from None
    made = duckdb.connect()
    if spatial:
        made.execute(f"LOAD '{_extension(duckdb.__version__)}'")
    return made


def versions() -> dict[str, str]:
    """Return the version of the spatial extension here, or why there is none."""
    try:
        made = connection(spatial=True)
    except Missing as reason:
        return {"duckdb-spatial": str(reason)}
    asked = "SELECT extension_version FROM duckdb_extensions() WHERE extension_name = 'spatial'"
    return {"duckdb-spatial": str(made.execute(asked).fetchone()[0])}


def _extension(version: str) -> Path:
    spec = find_spec("duckdb_extension_spatial")
    if spec is None or spec.origin is None:
        raise Missing("the package duckdb-extension-spatial is not installed; DuckDB alone would fetch it")
    held = sorted(Path(spec.origin).parent.rglob("spatial.duckdb_extension"))
    for file in held:
        if file.parent.name == f"v{version}":
            return file
    known = ", ".join(file.parent.name for file in held) or "nothing"
    raise Missing(f"duckdb-extension-spatial holds the extension for {known}, not for DuckDB {version}")
