"""The journal's tables, for SQLAlchemy Core; migrations/ makes them in a database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

METADATA: Final = MetaData()
NUMBER: Final = Integer().with_variant(BigInteger(), "postgresql")

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("mission", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("supersedes", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),  # microseconds since 1970, UTC
    Column("person", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sealed_hash", Text, nullable=False),  # "" where nothing personal was sent
    Column("hash", Text, nullable=False),
)

# What says something of a person, sealed under that person's key.
PERSONAL_DATA: Final = Table(
    "personal_data",
    METADATA,
    Column("seq", NUMBER, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Events whose key another event has already with another body: they are not counted; a person looks at them.
QUARANTINE: Final = Table(
    "quarantine",
    METADATA,
    Column("mark", Text, primary_key=True),  # an HMAC of the content: the same sent again is the same row
    Column("key", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("person", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Only in backups: whose keys were destroyed, so that no restore brings one back.
PURGED: Final = Table("purged", METADATA, Column("person", Text, primary_key=True))
