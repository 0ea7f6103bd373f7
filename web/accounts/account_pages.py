"""The pages of accounts as bytes, and what their forms say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from geo.journal.device_tokens import Device
from geo.model.languages import LANGUAGES
from layers.words.language import NAMES, language, mark
from web import policy
from web.accounts.account_store import Account
from web.accounts.login_sessions import LoginSession
from web.accounts.passkeys import Passkey
from web.assets import assets
from web.press_resources import PAGES

# An address of ours, relative to the start page: no host, no scheme, no step upwards can be written so.
WAY_BACK: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,128}/){1,4}")
ROLES: Final = {
    "admin": (
        mark("Admin"),
        mark("Lets people and devices in, ends their sessions and keys; sees no reports by this role."),
    ),
    "coordinator": (mark("Coordinator"), mark("Sees, plans, decides and clears in these areas.")),
    "observer": (mark("Long-term observer"), mark("Sees, enters and verifies in these areas.")),
    "analyst": (mark("Analyst"), mark("Figures and files of them, without names and texts.")),
    "entry": (mark("Data entry"), mark("Enters visits and brings files.")),
    "press": (mark("Press officer"), mark("Clears findings and signs releases; sees no names.")),
    "security": (mark("Security"), mark("Where teams are and who is overdue.")),
    "viewer": (mark("Viewer"), mark("Looks at the desk, without names and texts.")),
}
WRONG: Final = mark("Name or password is not right.")
WRONG_CODE: Final = mark("This code is not right, or was used before.")
TOO_SHORT: Final = mark("A password has {n} characters or more.")
NOT_TWICE: Final = mark("The two passwords are not the same.")
AGAIN: Final = mark("Sign in again.")


def rendered(template: str, code: str, root: str, here: str, **values: Any) -> bytes:
    """Return a page. `root`: the way to the start page, `here`: what follows the language in the address.

    `folder` among the values: what follows it in the address of the page itself, where that is another.
    """
    speaks = language(code)
    static = f"{root}/static/{assets().digest}"
    shared = {
        "language": speaks,
        "languages": LANGUAGES,
        "names": NAMES,
        "say": speaks.say,
        "root": root,
        "here": here,
        "folder": "",
        "error": "",
    }
    return PAGES.get_template(template).render(**{**shared, **values}, static=static).encode()


def way_back(asked: str) -> str:
    """Return where to go once signed in, relative to the start page; "" for anything but a page of ours.

    >>> way_back("kz/desk/en/"), way_back("//evil.example/"), way_back("https:evil/"), way_back("%2F%2Fevil/")
    ('kz/desk/en/', '', '', '')
    """
    return asked if WAY_BACK.fullmatch(asked) else ""


def session_rows(sessions: Sequence[LoginSession], current: str) -> list[dict[str, Any]]:
    """Return what a page says of sessions; times in UTC."""
    return [
        {
            "mark": each.mark,
            "is_current": each.mark == current,
            "address": each.address,
            "browser": each.browser,
            "begun": _moment(each.begun_at),
            "seen": _moment(each.seen_at),
        }
        for each in sessions
    ]


def passkey_rows(passkeys: Sequence[Passkey]) -> list[dict[str, str]]:
    """Return what a page says of passkeys."""
    return [{"credential": each.credential, "begun": _moment(each.created_at)} for each in passkeys]


def person_row(account: Account, sessions: Sequence[LoginSession]) -> dict[str, Any]:
    """Return what the list of people says of one."""
    return {
        "name": account.name,
        "roles": [ROLES[role][0] for role in account.held],
        "held": account.held,
        "areas": areas_text(account.areas),
        "active": account.active,
        "has_password": bool(account.password),
        "has_second": bool(account.tf_totp_secret),
        "sessions": session_rows(sessions, ""),
    }


def device_row(device: Device, made_at: int) -> dict[str, Any]:
    """Return what the list of devices says of one; its key is known to nobody."""
    return {
        "name": device.name,
        "team": device.team,
        "areas": device.areas,
        "stations": device.stations,
        "made": _moment(made_at),
    }


def areas_text(areas: Sequence[policy.Place]) -> str:
    """Return areas as the form takes them: a line each, MISSION or MISSION/AREA, * for everywhere.

    >>> areas_text([("*", ""), ("kz", ""), ("kz", "A")]).splitlines()
    ['*', 'kz', 'kz/A']
    """
    return "\n".join(f"{mission}/{area}" if area else mission for mission, area in areas)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
