"""Accounts in their database, and the one-time links that let a person choose a password."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from flask_security import RoleMixin, UserDatastore, UserMixin
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from geo.model.errors import InputError
from layers.words.language import mark
from web.accounts.account_tables import ACCOUNTS, LINKS, PASSKEYS, SESSIONS
from web.policy import EVERYWHERE, PERSONS, Actor, Place

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@\-]{1,63}")  # also a form's pattern
LINK_HOURS: Final = 24
TAKEN: Final = mark("This name is taken.")
BAD_NAME: Final = mark("A name has 2 to 64 small letters, digits or any of . _ @ -")
LAST_ADMIN: Final = mark("Somebody must stay admin.")


@dataclass(eq=False)
class Account(UserMixin):
    """A person who may sign in, as read; each of the steps of `AccountStore` writes what it changes alone.

    The names of some fields are those that Flask-Security looks for. `matched`: counter of a code just seen.
    """

    id: int = 0
    name: str = ""
    password: str = ""
    tf_totp_secret: str = ""
    fs_uniquifier: str = ""
    active: bool = True
    totp_counter: int = 0
    mf_recovery_codes: list[str] = field(default_factory=list)
    matched: int = 0
    held: tuple[str, ...] = ()
    areas: tuple[Place, ...] = ()

    def actor(self) -> Actor:
        """Return what the policy needs to know of this person."""
        return Actor(self.name, frozenset(self.held), frozenset(self.areas))


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """What a link opens: an account whose person chooses a password; None makes the first admin."""

    account: Account | None


class AccountStore(UserDatastore):
    """Owns the rows of accounts and of links; also what Flask-Security writes an account with."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(Account, RoleMixin)
        self.engine = engine

    def put(self, model: Account) -> Account:
        """Write the recovery codes of an account: all else that changes has a step of its own below."""
        codes = update(ACCOUNTS).where(ACCOUNTS.c.id == model.id)
        with self.engine.begin() as connection:
            connection.execute(codes.values(recovery_codes=_json(model.mf_recovery_codes)))
        return model

    def set_password(self, account: Account, chosen: str) -> bool:
        """Keep another password (its hash); False if it, or the whole account, is not as it was read.

        Passkeys end: whoever changes a password may fear that somebody has added one.
        """
        same = (ACCOUNTS.c.id == account.id) & (ACCOUNTS.c.password == account.password)
        with self.engine.begin() as connection:
            changed = connection.execute(update(ACCOUNTS).where(same).values(password=chosen)).rowcount
            if changed:
                connection.execute(delete(PASSKEYS).where(PASSKEYS.c.account_id == account.id))
        account.password = chosen if changed else account.password
        return bool(changed)

    def set_second(self, account: Account, sealed: str) -> bool:
        """Keep a first second factor; False if there is one, or the account was begun anew since.

        Whoever else was on the way in with the password alone is so no more.
        """
        same = (ACCOUNTS.c.id == account.id) & (ACCOUNTS.c.password == account.password)
        half = (SESSIONS.c.account_id == account.id) & (SESSIONS.c.stage != "full")
        first = update(ACCOUNTS).where(same, ACCOUNTS.c.tf_totp_secret == "")
        with self.engine.begin() as connection:
            changed = connection.execute(first.values(tf_totp_secret=sealed)).rowcount
            if changed:
                connection.execute(delete(SESSIONS).where(half))
        account.tf_totp_secret = sealed if changed else account.tf_totp_secret
        return bool(changed)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Account | None:  # noqa: ARG002
        """Return the account of a name, an id or a passkey's handle; None for no such.

        What cannot be a name is looked up nowhere: PostgreSQL refuses to be asked for some texts.
        """
        (column, value), *_ = kwargs.items()
        if column == "name" and not NAME.fullmatch(value):
            return None
        column = {"fs_uniquifier": "handle"}.get(column, column)
        with self.engine.connect() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c[column] == value)).first()
        return _account(row) if row else None

    def listed(self) -> list[Account]:
        """Return all accounts by name."""
        with self.engine.connect() as connection:
            return [_account(row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name))]

    def is_empty(self) -> bool:
        with self.engine.connect() as connection:
            return not connection.scalar(select(func.count()).select_from(ACCOUNTS))

    def add(self, name: str, roles: Iterable[str], areas: Iterable[Place], now: int) -> Account:
        """Make an account that nobody can enter yet. Raises InputError."""
        with self.engine.begin() as connection:
            account_id = _added(connection, name, roles, areas, now)
        return self._of_id(account_id)

    def begin(self, token: str, chosen: str, name: str, now: int) -> Account | None:
        """Use a link up and keep the password (its hash) that a person chose; None if it opens nothing.

        Sessions end: one may have been begun with an earlier password while that was taken away.
        `name`: of the first admin, for whose link there is no account yet. Raises InputError for a name that
        cannot be, and the link is as it was.
        """
        with self.engine.begin() as connection:
            account_id = _used(connection, token, now)
            if account_id is None:
                return None
            if not account_id:
                everything = ("admin", "coordinator"), (EVERYWHERE,)
                account_id = _added(connection, name, *everything, now)
            ours = update(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
            connection.execute(ours.values(password=chosen))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account_id))
        return self._of_id(account_id)

    def _of_id(self, account_id: int) -> Account:
        account = self.find_user(id=account_id)
        assert account is not None
        return account

    def change(self, account: Account, roles: Iterable[str], areas: Iterable[Place], is_active: bool) -> None:
        """Give a person these roles and areas. Raises InputError rather than leave nobody who may."""
        held, places = _known(roles), tuple(areas)
        ours = update(ACCOUNTS).where(ACCOUNTS.c.id == account.id)
        others = select(ACCOUNTS.c.roles).where(ACCOUNTS.c.active).order_by(ACCOUNTS.c.id)
        with self.engine.begin() as connection:
            # of two who close each other the second one waits here, or before the next step in SQLite
            connection.execute(others.with_for_update()).all()
            connection.execute(ours.values(roles=_json(held), areas=_json(places), active=is_active))
            if not any("admin" in orjson.loads(roles) for roles in connection.scalars(others)):
                raise InputError(LAST_ADMIN)
        account.held, account.areas, account.active = held, places, is_active

    def reset(self, account: Account) -> None:
        """Take password, second factor, passkeys and sessions away: the person begins with a new link."""
        nothing = {"password": "", "tf_totp_secret": "", "totp_counter": 0, "recovery_codes": "[]"}
        with self.engine.begin() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account.id).values(**nothing))
            for table in (PASSKEYS, SESSIONS):
                connection.execute(delete(table).where(table.c.account_id == account.id))

    def use_code(self, account: Account, counter: int) -> bool:
        """Count a code of this moment as used; False if it, or a later one, was before."""
        older = (ACCOUNTS.c.id == account.id) & (ACCOUNTS.c.totp_counter < counter)
        with self.engine.begin() as connection:
            changed = connection.execute(update(ACCOUNTS).where(older).values(totp_counter=counter)).rowcount
        account.totp_counter = max(account.totp_counter, counter)
        return bool(changed)

    def use_recovery_code(self, account: Account, left: list[str]) -> bool:
        """Leave an account these codes; False if another request took one since it was read."""
        same = (ACCOUNTS.c.id == account.id) & (ACCOUNTS.c.recovery_codes == _json(account.mf_recovery_codes))
        with self.engine.begin() as connection:
            changed = connection.execute(update(ACCOUNTS).where(same).values(recovery_codes=_json(left)))
        account.mf_recovery_codes = left
        return bool(changed.rowcount)

    def new_link(self, account: Account | None, now: int) -> str:
        """Return what opens a one-time link, for an account or, None, for whoever becomes the first admin."""
        token = secrets.token_urlsafe(32)
        of_whom = None if account is None else account.id
        values = {
            "mark": hashed(token), "account_id": of_whom, "expires_at": now + LINK_HOURS * 3600, "used_at": 0
        }  # fmt: skip
        with self.engine.begin() as connection:
            if account is not None:  # an earlier link of the same person ends
                connection.execute(delete(LINKS).where(LINKS.c.account_id == account.id))
            connection.execute(delete(LINKS).where(LINKS.c.expires_at < now - LINK_HOURS * 3600))
            connection.execute(insert(LINKS).values(**values))
        return token

    def linked(self, token: str, now: int) -> OneTimeLink | None:
        """Return what a link opens, None for nothing."""
        fresh = (LINKS.c.mark == hashed(token)) & (LINKS.c.used_at == 0) & (LINKS.c.expires_at > now)
        with self.engine.connect() as connection:
            row = connection.execute(select(LINKS.c.account_id).where(fresh)).first()
        if row is None:
            return None
        if row.account_id is None:
            return OneTimeLink(None) if self.is_empty() else None
        account = self.find_user(id=row.account_id)
        return OneTimeLink(account) if account is not None and account.active else None


def _used(connection: Connection, token: str, now: int) -> int | None:
    """Use a link up; return whose account it opens, 0 for a first admin's to be made, None for nothing.

    All links for a first admin end with one of them: of two requests at once the second finds none unused.
    """
    of_this, is_fresh = LINKS.c.mark == hashed(token), (LINKS.c.used_at == 0) & (LINKS.c.expires_at > now)
    row = connection.execute(select(LINKS.c.account_id).where(of_this, is_fresh)).first()
    if row is None:
        return None
    chosen = of_this if row.account_id else LINKS.c.account_id.is_(None)
    if not connection.execute(update(LINKS).where(chosen, is_fresh).values(used_at=now)).rowcount:
        return None
    if row.account_id:
        return int(row.account_id)
    return None if connection.scalar(select(func.count()).select_from(ACCOUNTS)) else 0


def _added(connection: Connection, name: str, roles: Iterable[str], areas: Iterable[Place], now: int) -> int:
    """Write a new account that nobody can enter yet; return its id. Raises InputError."""
    if not NAME.fullmatch(name):
        raise InputError(BAD_NAME)
    values = {
        "name": name, "password": "", "tf_totp_secret": "", "handle": secrets.token_urlsafe(32),
        "active": True, "totp_counter": 0, "recovery_codes": "[]", "created_at": now,
        "roles": _json(_known(roles)), "areas": _json(tuple(areas)),
    }  # fmt: skip
    try:
        key = connection.execute(insert(ACCOUNTS).values(**values)).inserted_primary_key
    except IntegrityError:
        raise InputError(TAKEN) from None
    assert key is not None
    return int(key[0])


def hashed(token: str) -> str:
    """Return what a table holds of a token: 256 random bits cannot be guessed from a hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _known(roles: Iterable[str]) -> tuple[str, ...]:
    asked = set(roles)
    return tuple(role for role in PERSONS if role in asked)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id, name=row.name, password=row.password, tf_totp_secret=row.tf_totp_secret,
        fs_uniquifier=row.handle, active=row.active, totp_counter=row.totp_counter,
        mf_recovery_codes=orjson.loads(row.recovery_codes), held=tuple(orjson.loads(row.roles)),
        areas=tuple((mission, area) for mission, area in orjson.loads(row.areas)),
    )  # fmt: skip
