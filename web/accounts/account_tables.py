"""The tables of accounts, for SQLAlchemy Core; versions/ makes them in a database.

Times are seconds since 1970.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

METADATA: Final = MetaData()

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),  # Argon2; "" before the person has chosen one
    Column("tf_totp_secret", Text, nullable=False),  # sealed; "" before the second factor is set up
    Column("handle", Text, nullable=False),  # by which passkeys know the account
    Column("active", Boolean, nullable=False),
    Column("totp_counter", BigInteger, nullable=False),  # of the last code: none counts twice
    Column("recovery_codes", Text, nullable=False),  # JSON, sealed
    Column("roles", Text, nullable=False),  # JSON
    Column("areas", Text, nullable=False),  # JSON, pairs of mission and area
    Column("created_at", BigInteger, nullable=False),
)

PASSKEYS: Final = Table(
    "passkeys",
    METADATA,
    Column("credential", Text, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("mark", Text, primary_key=True),  # a hash: who reads the table cannot take a session over
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=True),
    Column("stage", Text, nullable=False),  # passkey, code, setup: not yet in; full: signed in
    Column("pending", Text, nullable=False),  # a passkey's challenge, or the sealed secret being set up
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("tries", BigInteger, nullable=False),
)

ATTEMPTS: Final = Table(
    "attempts",
    METADATA,
    Column("mark", Text, primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

LINKS: Final = Table(
    "links",
    METADATA,
    Column("mark", Text, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=True),  # None: makes the first admin
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),  # 0: not yet
)
