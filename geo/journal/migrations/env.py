"""What Alembic runs: the steps, in one transaction, on the connection it was given."""

from __future__ import annotations

from alembic import context

from geo.journal.journal_tables import METADATA


def migrate() -> None:
    """Bring the database of the connection in the configuration's attributes up to date."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=METADATA,
        version_table=attributes.get("version_table", "alembic_version"),
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # Alembic's name for this file; whoever imports it runs nothing
    migrate()
