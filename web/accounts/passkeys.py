"""Passkeys: public keys by which an account is opened, and the last count each has told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, insert, select, update

from web.accounts.account_tables import PASSKEYS

BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")  # how a browser spells a passkey's id


@dataclass(frozen=True, slots=True)
class Passkey:
    """`credential`: its id in base64url. `sign_count`: of its last use; a copied key falls behind."""

    credential: str
    account_id: int
    public_key: bytes
    sign_count: int
    created_at: int


class Passkeys:
    """Owns the rows of passkeys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, credential: str) -> Passkey | None:
        if not BASE64URL.fullmatch(credential):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(select(PASSKEYS).where(PASSKEYS.c.credential == credential)).first()
        return Passkey(**row._mapping) if row else None

    def listed(self, account_id: int) -> list[Passkey]:
        """Return the passkeys of an account, the oldest first."""
        theirs = select(PASSKEYS).where(PASSKEYS.c.account_id == account_id).order_by(PASSKEYS.c.created_at)
        with self._engine.connect() as connection:
            return [Passkey(**row._mapping) for row in connection.execute(theirs)]

    def add(self, passkey: Passkey) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(PASSKEYS).values(
                    credential=passkey.credential,
                    account_id=passkey.account_id,
                    public_key=passkey.public_key,
                    sign_count=passkey.sign_count,
                    created_at=passkey.created_at,
                )
            )

    def used(self, passkey: Passkey, sign_count: int) -> None:
        of_this = update(PASSKEYS).where(PASSKEYS.c.credential == passkey.credential)
        with self._engine.begin() as connection:
            connection.execute(of_this.values(sign_count=sign_count))

    def remove(self, credential: str, account_id: int) -> None:
        """Remove a passkey of an account; of another account's nothing happens."""
        if not BASE64URL.fullmatch(credential):
            return
        theirs = (PASSKEYS.c.credential == credential) & (PASSKEYS.c.account_id == account_id)
        with self._engine.begin() as connection:
            connection.execute(delete(PASSKEYS).where(theirs))
