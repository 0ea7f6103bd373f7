"""Opens every database of the program. The journal has one connection that writes and any number that read.

Up to 3.51.2 (fixed in 3.51.3, 3.50.7 and 3.44.6) SQLite may damage a database in WAL mode when two
connections write or do checkpoints at the same time. So one object writes and does the checkpoints
(`JournalWriter`, held by a lock), and whoever else opens the file cannot write. What is small and written by
several processes, such as accounts, is not in WAL mode at all (`shared_engine`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from geo.journal.event import JournalUnavailable

FILE: Final = "journal.sqlite"
DRIVERS: Final = ("sqlite", "postgresql", "postgresql+psycopg")  # that an address may begin with
WAIT_S: Final = 10.0  # that SQLite waits for a lock another process holds
# The versions in which SQLite's release lines 3.44, 3.50 and 3.51 got the repair.
_MENDED: Final = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
# The number of PostgreSQL's advisory lock of whoever writes: "baqy" in ASCII, one that nobody else uses.
_ADVISORY: Final = 0x6261_7179


def sqlite_state() -> dict[str, Any]:
    """Return the version of SQLite, and whether the defect of its WAL mode is mended in it."""
    return {"sqlite": sqlite3.sqlite_version, "wal_defect_mended": is_mended(sqlite3.sqlite_version_info)}


def is_mended(version: tuple[int, ...]) -> bool:
    """Return whether a version of SQLite has its WAL defect mended.

    >>> [is_mended(v) for v in ((3, 40, 1), (3, 44, 6), (3, 50, 6), (3, 51, 3), (3, 52, 0))]
    [False, True, False, True, True]
    """
    same_line = [mended for mended in _MENDED if mended[:2] == version[:2]]
    return version >= same_line[0] if same_line else version > _MENDED[-1]


def address(folder: Path, url: str = "") -> str:
    """Return the database's address: the one given, or the file in the journal's folder.

    Raises JournalUnavailable for one that nothing here opens, not repeated: it may hold a password.
    """
    if not url:
        return of_file(folder / FILE)
    try:
        is_known = make_url(url).drivername in DRIVERS
    except (SQLAlchemyError, ValueError):
        is_known = False
    if not is_known:
        raise JournalUnavailable("the journal's database is named by postgresql+psycopg://USER@HOST/NAME")
    return url


def of_file(path: Path) -> str:
    """Return the address of a SQLite file; a "?" or "%" of its name is part of the name."""
    return f"sqlite:///{quote(str(path))}"


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def exists(url: str) -> bool:
    """Return whether a database file is there; True for a server's database, which is not asked."""
    return not is_sqlite(url) or sqlite_file(url).exists()


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn every error of a database in the block into JournalUnavailable: `doing`, a colon, the cause."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, CommandError, ImportError) as error:
        raise JournalUnavailable(f"{doing}: {cause(error)}") from None


def cause(error: BaseException) -> str:
    """Return what went wrong without the statement and its values: a log holds no reports."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0][:200]


def write_connection(url: str) -> Connection:
    """Open the connection that writes, with today's tables; for `JournalWriter` and new files alone.

    Raises SQLAlchemyError, CommandError or ImportError, which `told` turns into words, and JournalUnavailable
    where another server writes to the same database of PostgreSQL.
    """
    engine = _sqlite_engine(url, "rwc") if is_sqlite(url) else _server_engine(url, poolclass=NullPool)
    connection = engine.connect()
    try:
        if is_sqlite(url):
            # every commit reaches the disk before it is acknowledged; checkpoints are the writer's own
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "foreign_keys=ON"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
        elif not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": _ADVISORY}):
            raise JournalUnavailable("another server writes to this journal's database")
        connection.commit()
        migrate(connection)
        connection.commit()
    except BaseException:
        connection.close()
        engine.dispose()
        raise
    return connection


def read_engine(url: str) -> Engine:
    """Return an engine whose connections can only read; a file that is not there is not made."""
    if is_sqlite(url):
        return _sqlite_engine(url, "ro")
    return _server_engine(url, {"options": "-c default_transaction_read_only=on"}, pool_size=2)


def copy_sqlite(url: str, file: Path) -> None:
    """Copy a SQLite database, as it is at this moment, into a new file; whoever writes it goes on.

    Page by page, by SQLite itself: row by row a million events took half a minute more.
    """
    engine = read_engine(url)
    with closing(engine.raw_connection()) as pooled, closing(sqlite3.connect(file)) as target:
        source: Any = pooled.driver_connection
        source.backup(target)
    engine.dispose()


def shared_engine(url: str) -> Engine:
    """Return an engine for a small database that several processes write: SQLite's with a rollback journal.

    A transaction that writes holds the database from its first statement that does.
    """
    if not is_sqlite(url):
        return _server_engine(url, pool_size=4)
    sqlite_file(url).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = _sqlite_engine(url, "rwc")
    event.listen(engine, "connect", _as_shared)
    return engine


def _server_engine(url: str, arguments: Mapping[str, str] | None = None, **pool: Any) -> Engine:
    # a cluster made without a locale is SQL_ASCII, and its texts would come as bytes
    return create_engine(url, connect_args={"client_encoding": "utf8", **(arguments or {})}, **pool)


def _as_shared(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_engine(url: str, mode: str) -> Engine:
    file = f"file:{quote(str(sqlite_file(url)))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # the writer's thread is not the one that opened it; only one uses a connection at a time
        return sqlite3.connect(file, uri=True, timeout=WAIT_S, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def migrate(connection: Connection, steps: Path | None = None) -> None:
    """Bring a database's tables up to date. `steps`: the folder of its migrations; the journal's if None."""
    attributes: dict[str, Any] = {"connection": connection}
    if steps is not None:  # accounts may share a database with a journal: each notes its own progress
        attributes["version_table"] = "steps_of_accounts"
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if steps is not None:
        config.set_main_option("version_locations", str(steps))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")
