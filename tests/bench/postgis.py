"""A PostgreSQL with PostGIS of our own: a cluster in a temporary folder, on a socket, gone afterwards."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.bench.measure import Missing

INSTALL: Final = "apt-get install postgresql postgis postgresql-15-postgis-3"
OWNER: Final = "postgres"  # PostgreSQL refuses to run as root
# Memory enough to hold everything, no waiting for the disk, no compiling of queries that run once.
SETTINGS: Final = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
    "jit": "off",
}


@contextmanager
def database() -> Iterator[Any]:
    """Give a connection to an empty database with PostGIS; raise Missing where there can be none."""
    try:
        import psycopg
    except ImportError:
        raise Missing("psycopg is not installed (make install)") from None
    with cluster(SETTINGS) as where, psycopg.connect(**where, autocommit=True) as connection:
        try:
            connection.execute("CREATE EXTENSION postgis")
        except psycopg.Error as error:
            raise Missing(f"PostGIS is not installed ({INSTALL}): {error}") from None
        yield connection


@contextmanager
def cluster(settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """Start a PostgreSQL in a temporary folder and give what connects to it; raise Missing where none is."""
    binaries, owner = _binaries(), _owner()
    # Not under the state folder: a socket's path may have 107 letters.
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    data = folder / "data"
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    given = f"{options} -c unix_socket_directories='{folder}'"
    try:
        shutil.chown(folder, owner)
        _run(owner, binaries / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        _run(owner, binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", given, "start")
        try:
            yield {"host": str(folder), "user": owner, "dbname": "postgres"}
        finally:
            _run(owner, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def versions() -> dict[str, str]:
    """Return the versions of PostgreSQL and PostGIS here, or that they are not installed."""
    try:
        with database() as connection:
            server = connection.execute("SHOW server_version").fetchone()[0]
            spatial = connection.execute("SELECT postgis_lib_version()").fetchone()[0]
    except Missing:
        return {"postgresql": "not installed", "postgis": "not installed"}
    return {"postgresql": str(server), "postgis": str(spatial)}


def copy(connection: Any, table: str, columns: dict[str, str], values: Any) -> None:
    """Make a table and fill it from a frame, row by row in the frame's order."""
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE UNLOGGED TABLE {table} ({described})")
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as into:
        for start in range(0, len(values), 200_000):
            into.write(values.iloc[start : start + 200_000].to_csv(header=False, index=False))


def _binaries() -> Path:
    """Return the folder with initdb and pg_ctl; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve()] if on_path else []
    for initdb in reversed(found):
        if (initdb.parent / "pg_ctl").exists():
            return initdb.parent
    raise Missing(f"PostgreSQL is not installed ({INSTALL})")


def _owner() -> str:
    if os.geteuid() != 0:
        return getpass.getuser()
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        raise Missing(f"PostgreSQL does not run as root, and there is no user {OWNER}") from None
    return OWNER


def _run(owner: str, program: Path, *arguments: object) -> None:
    """Run a program of PostgreSQL's as its owner. Raises Missing with what it said."""
    command = [str(program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", owner, "--", *command]
    # Into no pipe: the server would inherit it, and one would wait for its end for ever.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, stdout=said, stderr=said, cwd="/", check=False)
        if done.returncode:
            said.seek(0)
            raise Missing(f"{program.name} failed: {said.read().decode(errors='replace')[-300:]}")
