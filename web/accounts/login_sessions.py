"""Who is signed in: random tokens in cookies, a row each, so that each can be seen and ended."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Engine, delete, insert, select, update

from web.accounts.account_store import hashed
from web.accounts.account_tables import SESSIONS

Stage = Literal["passkey", "code", "setup", "full"]
IDLE_S: Final = 12 * 3600  # a shift on election day
LONGEST_S: Final = 14 * 86400
HALF_S: Final = 10 * 60  # between the password and the second factor
SEEN_EVERY_S: Final = 60
LONGEST_TOKEN: Final = 100  # characters
MOST_TRIES: Final = 5  # of a second factor; then the password again
# Passkeys that one address asks for and does not show: a whole office behind one router.
MOST_ASKED: Final = 100


MARK: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One browser that is signed in, or on the way to be. `account_id`: 0 where nobody said who."""

    mark: str
    account_id: int
    stage: str
    pending: str
    address: str
    browser: str
    begun_at: int
    seen_at: int
    tries: int

    def is_alive(self, now: int) -> bool:
        if self.stage != "full":
            return now < self.begun_at + HALF_S and self.tries < MOST_TRIES
        return now < min(self.seen_at + IDLE_S, self.begun_at + LONGEST_S)


class LoginSessions:
    """Owns the rows of sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(
        self, account_id: int, stage: Stage, address: str, browser: str, now: int, pending: str = ""
    ) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        values = {
            "mark": hashed(token), "account_id": account_id or None, "stage": stage, "pending": pending,
            "address": address, "browser": browser.replace("\0", "")[:120],
            "begun_at": now, "seen_at": now, "tries": 0,
        }  # fmt: skip
        half = (SESSIONS.c.stage != "full") & (SESSIONS.c.begun_at < now - HALF_S)
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(half | (SESSIONS.c.begun_at < now - LONGEST_S)))
            if stage == "passkey":  # nobody has said who they are: an address has only so many rows
                asked = (SESSIONS.c.stage == stage) & (SESSIONS.c.address == address)
                older = select(SESSIONS.c.mark).where(asked).order_by(SESSIONS.c.begun_at.desc())
                marks = connection.execute(older.offset(MOST_ASKED - 1)).scalars().all()
                connection.execute(delete(SESSIONS).where(SESSIONS.c.mark.in_(marks)))
            connection.execute(insert(SESSIONS).values(**values))
        return token

    def find(self, token: str, now: int) -> LoginSession | None:
        """Return the session of a cookie, None for none or one that has ended."""
        if not may_be_token(token):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.mark == hashed(token))).first()
        session = _session(row) if row else None
        if session is None or not session.is_alive(now):
            return None
        if session.stage == "full" and now > session.seen_at + SEEN_EVERY_S:
            self._set(session.mark, seen_at=now)
        return session

    def try_second(self, session: LoginSession) -> bool:
        """Count a try of a second factor before it is looked at; False if there were too many."""
        few = (SESSIONS.c.mark == session.mark) & (SESSIONS.c.tries < MOST_TRIES)
        with self._engine.begin() as connection:
            more = update(SESSIONS).where(few).values(tries=SESSIONS.c.tries + 1)
            return bool(connection.execute(more).rowcount)

    def pend(self, session: LoginSession, pending: str) -> None:
        """Keep what the next step needs to know."""
        self._set(session.mark, pending=pending)

    def end(self, mark: str, account_id: int) -> None:
        """End one session of an account; a mark that can be none ends nothing."""
        if not MARK.fullmatch(mark):
            return
        ours = (SESSIONS.c.mark == mark) & (SESSIONS.c.account_id == account_id)
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(ours))

    def drop(self, session: LoginSession) -> None:
        """End this session, whoever it is of."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.mark == session.mark))

    def end_all(self, account_id: int, but: str = "") -> int:
        """End every session of an account but one; return how many."""
        theirs = (SESSIONS.c.account_id == account_id) & (SESSIONS.c.mark != but)
        with self._engine.begin() as connection:
            return connection.execute(delete(SESSIONS).where(theirs)).rowcount

    def listed(self, account_id: int, now: int) -> list[LoginSession]:
        """Return the sessions of an account that are signed in, the one seen last first."""
        theirs = (SESSIONS.c.account_id == account_id) & (SESSIONS.c.stage == "full")
        with self._engine.connect() as connection:
            rows = connection.execute(select(SESSIONS).where(theirs).order_by(SESSIONS.c.seen_at.desc()))
            return [session for session in map(_session, rows) if session.is_alive(now)]

    def _set(self, mark: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.mark == mark).values(**values))


def may_be_token(text: str) -> bool:
    """Return whether a cookie may be of a session at all: ours have 43 characters."""
    return 0 < len(text) <= LONGEST_TOKEN


def _session(row: Any) -> LoginSession:
    return LoginSession(**{**row._mapping, "account_id": row.account_id or 0})
