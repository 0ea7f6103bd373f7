"""The steps that bring the accounts' database to today's shape, for Alembic; the first one first."""
