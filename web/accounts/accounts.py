"""The accounts of one server: opened when first needed, below the state directory or in PostgreSQL."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from geo.journal import database
from geo.journal.file_lock import try_alone
from geo.model.errors import BaqylauError, Busy
from web import session
from web.accounts.account_store import Account, AccountStore
from web.accounts.account_tables import ATTEMPTS, LINKS, SESSIONS
from web.accounts.credentials import Credentials, derived
from web.accounts.login_attempts import LoginAttempts, network
from web.accounts.login_sessions import LoginSession, LoginSessions, may_be_token
from web.accounts.passkeys import Passkeys
from web.policy import Actor

LOG: Final = logging.getLogger("baqylau")
FOLDER: Final = "accounts"
FILE: Final = "accounts.sqlite"
LONGEST_TRUST_S: Final = 1.0  # a session that another process ended is believed so long
MOST_TRUSTED: Final = 2_000
OPEN_WITHIN_S: Final = 20.0
LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class OpenAccounts:
    """What is there once the database is open."""

    store: AccountStore
    sessions: LoginSessions
    attempts: LoginAttempts
    credentials: Credentials
    passkeys: Passkeys
    numbering: str  # of which numbers of teams without a name are made (`geo.serving.redaction`)


class Accounts:
    """Owns the database of accounts, and whom it has believed within the last second."""

    def __init__(self, state: Path, url: str = "", clock: Callable[[], float] = time.time) -> None:
        self.folder = state / FOLDER
        self._url = url or database.of_file(self.folder / FILE)
        self._clock = clock
        self._turn = threading.Lock()
        self._open: OpenAccounts | None = None
        self._has_some = False
        self._trusted: dict[str, tuple[float, Actor | None]] = {}

    @property
    def now(self) -> int:
        return int(self._clock())

    def opened(self) -> OpenAccounts:
        """Return the open database, made and brought up to date first. Raises BaqylauError."""
        with self._turn:
            if self._open is None:
                try:
                    self._open = self._opening()
                except (OSError, SQLAlchemyError) as error:
                    raise BaqylauError(f"the accounts cannot be read: {error}") from error
            return self._open

    def _opening(self) -> OpenAccounts:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = database.shared_engine(self._url)
        end = time.monotonic() + OPEN_WITHIN_S
        while (lock := try_alone(self.folder / "opening.lock")) is None:
            if time.monotonic() > end:
                raise Busy("another process is bringing the accounts up to date")
            time.sleep(LOOK_S)
        try:
            with engine.begin() as connection:
                database.migrate(connection, Path(__file__).parent / "versions")
        finally:
            os.close(lock)
        if self.is_file:
            database.sqlite_file(self._url).chmod(0o600)
        store = AccountStore(engine)
        secret = session.kept_secret(self.folder / "secret")
        return OpenAccounts(
            store, LoginSessions(engine), LoginAttempts(engine), Credentials(store, secret), Passkeys(engine),
            derived(secret, "numbers of teams")[:16],
        )  # fmt: skip

    @property
    def is_file(self) -> bool:
        """Whether SQLite keeps them."""
        return database.is_sqlite(self._url)

    def copy(self, file: Path) -> None:
        """Copy them, as they are at this moment, into a new file, without sessions, attempts and links.

        A file that is written while it is copied may come out as half of two moments. Who was signed out, and
        a link that was used, stays so when the copy takes over. Raises BaqylauError, OSError.
        """
        self.opened()
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with database.told(f"{file} could not be written"):
                database.copy_sqlite(self._url, file)
                with database.shared_engine(database.of_file(file)).begin() as copied:
                    for table in (SESSIONS, ATTEMPTS, LINKS):
                        copied.execute(delete(table))
        except BaseException:
            file.unlink()
            raise

    def has_some(self) -> bool:
        """Return whether anybody has an account; without one the desk's key opens as it always did."""
        if not self._has_some and (not self.is_file or (self.folder / FILE).exists()):
            self._has_some = not self.opened().store.is_empty()
        return self._has_some

    def actor(self, token: str) -> Actor | None:
        """Return who holds the cookie of a session that is signed in, None for nobody."""
        if not may_be_token(token) or not self.has_some():
            return None
        now = time.monotonic()
        known = self._trusted.get(token)
        if known and now < known[0]:
            return known[1]
        account, current = self.signed_in(token)
        actor = account.actor() if account and current and current.stage == "full" else None
        if len(self._trusted) > MOST_TRUSTED:
            self._trusted.clear()
        self._trusted[token] = (now + LONGEST_TRUST_S, actor)
        return actor

    def signed_in(self, token: str) -> tuple[Account | None, LoginSession | None]:
        """Return the account and the session of a cookie, also of one on the way in; None for none."""
        if not may_be_token(token) or not (self._has_some or self.has_some()):
            return None, None
        opened = self.opened()
        current = opened.sessions.find(token, self.now)
        account = opened.store.find_user(id=current.account_id) if current and current.account_id else None
        is_usable = account is not None and account.active
        return (account if is_usable else None), (current if is_usable or not _needs_one(current) else None)

    def forget(self) -> None:
        """Believe nobody any more: somebody's session or roles have changed."""
        self._trusted.clear()

    def is_known(self, account: Account | None, address: str) -> bool:
        """Return whether an account is signed in from this address somewhere."""
        if account is None:
            return False
        here = network(address)
        sessions = self.opened().sessions.listed(account.id, self.now)
        return any(network(each.address) == here for each in sessions)


def _needs_one(current: LoginSession | None) -> bool:
    return current is not None and current.stage != "passkey"
