"""What `server.py people …` does and prints: who has an account, a link for a new one, an end of sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from geo.model.errors import InputError
from geo.serving.known_ids import NOT_AT_HAND, check_ids
from web.accounts.account_pages import areas_text
from web.accounts.account_store import LINK_HOURS, Account
from web.accounts.accounts import Accounts
from web.policy import EVERYWHERE, PERSONS, Place

PATH: Final = "/account/en/start/?link="


def done(
    state: Path,
    step: str,
    name: str,
    roles: Iterable[str],
    areas: Iterable[str],
    url: str,
    folders: Sequence[Path] = (),
) -> str:
    """Do one step and return what is printed. `folders`: of missions. Raises InputError, MissionError."""
    if step == "first":
        return first_link(state, url) or "somebody has an account already"
    if step == "list":
        return listed(state, url)
    if not name:
        raise InputError(f"people {step} {'FILE: where to?' if step == 'backup' else 'NAME: whose?'}")
    if step == "backup":
        return backup(state, url, Path(name))
    if step == "add":
        return add(state, url, name, roles, areas, folders)
    return reset(state, url, name) if step == "reset" else end_sessions(state, url, name)


def first_link(state: Path, url: str, base: str = "") -> str:
    """Return what to tell whoever starts a server where nobody has an account; "" where somebody has."""
    accounts = Accounts(state, url)
    if accounts.has_some():
        return ""
    token = accounts.opened().store.new_link(None, accounts.now)
    return f"The first admin begins, once and within {LINK_HOURS} hours, at {base}{PATH}{token}"


def listed(state: Path, url: str) -> str:
    """Return a line per account: name, roles, areas, and whether it can be entered."""
    accounts = Accounts(state, url)
    if not accounts.has_some():
        return "nobody has an account yet; `server.py people first` prints a link for the first admin"
    return "\n".join(_line(account) for account in accounts.opened().store.listed())


def add(
    state: Path, url: str, name: str, roles: Iterable[str], areas: Iterable[str], folders: Sequence[Path]
) -> str:
    """Make an account; return the link by which its person chooses a password.

    An area that a mission of `folders` does not have is refused; a mission that is none of them may still be
    served, and is only told. Raises InputError, and MissionError where the areas cannot be read.
    """
    if not roles:
        raise InputError(f"--role ROLE: {', '.join(PERSONS)}")
    if unknown := sorted(set(roles) - set(PERSONS)):
        raise InputError(f"no role {', '.join(unknown)}; there are {', '.join(PERSONS)}")
    accounts = Accounts(state, url)
    places = [_place(area) for area in areas] or [EVERYWHERE]
    known = {folder.name: folder for folder in folders}
    for mission in dict.fromkeys(mission for mission, area in places if area and mission in known):
        check_ids(known[mission], [area for of, area in places if of == mission and area])
    link = _link(accounts, accounts.opened().store.add(name, roles, places, accounts.now))
    unseen = dict.fromkeys(mission for mission, _ in places if mission not in ("*", *known))
    return "\n".join([link, *(NOT_AT_HAND.format(mission=mission) for mission in unseen)])


def reset(state: Path, url: str, name: str) -> str:
    """Begin an account anew: no password, second factor, passkey or session; return the new link.

    Raises InputError; also for a closed account, whose link would open nothing.
    """
    accounts = Accounts(state, url)
    account = _account(accounts, name)
    if not account.active:
        raise InputError(f"the account of {name} is closed; an admin lets it sign in on the page of people")
    accounts.opened().store.reset(account)
    return _link(accounts, account)


def end_sessions(state: Path, url: str, name: str) -> str:
    """End the sessions of one person; return how many."""
    accounts = Accounts(state, url)
    return f"ended: {accounts.opened().sessions.end_all(_account(accounts, name).id)} session(s) of {name}"


def backup(state: Path, url: str, file: Path) -> str:
    """Copy the accounts into a new file beside a running server; say so. Raises InputError, OSError."""
    accounts = Accounts(state, url)
    if not accounts.is_file:
        raise InputError("the accounts are in PostgreSQL: copy them with pg_dump")
    if not accounts.has_some():
        return "nobody has an account yet: there is nothing to copy"
    accounts.copy(file)
    return f"written: {file}, without sessions and links; the file secret in {accounts.folder} belongs to it"


def _account(accounts: Accounts, name: str) -> Account:
    account = accounts.opened().store.find_user(name=name)
    if account is None:
        raise InputError(f"no account {name[:64]!r}")
    return account


def _link(accounts: Accounts, account: Account) -> str:
    token = accounts.opened().store.new_link(account, accounts.now)
    return f"{account.name} begins, once and within {LINK_HOURS} hours, at {PATH}{token}"


def _line(account: Account) -> str:
    state = "closed" if not account.active else "" if account.tf_totp_secret else "has not signed in yet"
    areas = ", ".join(areas_text(account.areas).splitlines())
    return "  ".join(filter(None, (account.name, ", ".join(account.held), f"in {areas}", state)))


def _place(text: str) -> Place:
    mission, _, area = text.partition("/")
    return EVERYWHERE if text == "*" else (mission, area)
