"""PostgreSQL for tests of accounts, as for those of the journal."""

from tests.geo.journal.conftest import postgresql as postgresql
