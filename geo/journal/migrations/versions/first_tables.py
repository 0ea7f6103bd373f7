"""Step 1: events, personal data, quarantine, purged persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXTS = ("mission", "kind", "about", "source", "root", "version", "supersedes", "made_at")


def upgrade() -> None:
    """Make the tables. Written out: a step stays what it was when `journal_tables` changes."""
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("person", "body", "sealed_hash", "hash")),
    )
    op.create_index("events_of_source", "events", ["mission", "source", "about", "seq"])
    op.create_table(
        "personal_data",
        sa.Column("seq", NUMBER, sa.ForeignKey("events.seq"), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table("purged", sa.Column("person", sa.Text, primary_key=True))
