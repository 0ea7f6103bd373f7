"""Step 1: accounts, passkeys, sessions, attempts to sign in, one-time links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables. Written out: a step stays what it was when `account_tables` changes."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("password", "tf_totp_secret", "handle")),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("totp_counter", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("recovery_codes", "roles", "areas")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    account = ("account_id", sa.Integer, sa.ForeignKey("accounts.id"))
    op.create_table(
        "passkeys",
        sa.Column("credential", sa.Text, primary_key=True),
        sa.Column(*account, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("stage", "pending", "address", "browser")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("begun_at", "seen_at", "tries")),
    )
    op.create_table(
        "attempts",
        sa.Column("mark", sa.Text, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("failures", "last_at")),
    )
    op.create_table(
        "links",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("expires_at", "used_at")),
    )
