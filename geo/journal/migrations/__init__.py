"""The steps that bring a journal's database to today's shape, for Alembic."""
