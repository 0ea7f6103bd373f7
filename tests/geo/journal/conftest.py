"""A journal on each database that it can live in; PostgreSQL is started in a temporary folder."""

import itertools
import os

import pytest

from geo.journal.journal_writer import JournalWriter
from tests.bench.measure import Missing
from tests.bench.postgis import cluster

# CI sets it where its own files install PostgreSQL: then being without is a failure.
WANTED = "BAQYLAU_POSTGRESQL"


@pytest.fixture(scope="session")
def postgresql():
    """Give what makes the address of a new empty database; skip, and say so, where there is no PostgreSQL."""
    import psycopg

    numbers = itertools.count()
    try:
        with cluster({"listen_addresses": ""}) as where:

            def fresh(options=""):
                name = f"journal{next(numbers)}"
                with psycopg.connect(**where, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name} {options}")
                return f"postgresql+psycopg://{where['user']}@/{name}?host={where['host']}"

            yield fresh
    except Missing as missing:
        if os.environ.get(WANTED):
            pytest.fail(f"{WANTED} is set, and there is no PostgreSQL: {missing}")
        pytest.skip(f"NO POSTGRESQL: the journal is tested on SQLite alone ({missing})")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """Give a database's address: "" for SQLite's file in the journal's folder."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgresql")()


@pytest.fixture
def writer(tmp_path, url):
    """Give an empty journal."""
    journal = JournalWriter(tmp_path / "journal", url)
    yield journal
    journal.close()
