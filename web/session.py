"""The desk's key while nobody has an account: kept on disk, and a cookie that is not the key."""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

LOG: Final = logging.getLogger("baqylau")
COOKIE: Final = "baqylau-desk"
ACCOUNT_COOKIE: Final = "baqylau-account"  # of who is signed in (`web.accounts`)
FILE: Final = "desk-key"
MOST_COOKIES: Final = 4  # of our name in one request: of a mission, of this server below another path


def new_token() -> str:
    """Return a new token, 256 random bits in letters that need no quoting in an address."""
    return secrets.token_urlsafe(32)


def kept_token(state: Path) -> str:
    """Return the token kept in a state directory, made if there is none: it survives a restart.

    All processes that ask get the same one, readable by its owner only; the one that makes it logs it, once.
    Where it cannot be kept it lives as long as this process, and the log says so.
    """
    path = state / FILE
    try:
        if not path.exists() and (fresh := _make(path)):
            LOG.info("a key was made and kept in %s", path)
            LOG.info("coordinators' desks open with /MISSION/desk/?token=%s", fresh)
        from_before = path.read_text(encoding="ascii").strip()
        if len(from_before) >= len(new_token()):
            return from_before
        LOG.warning("%s holds no key; another one is made for as long as this process lives", path)
    except (OSError, UnicodeDecodeError) as error:
        LOG.warning("the desk's key cannot be kept (%s); it lives as long as this process", error)
    token = new_token()
    LOG.info("coordinators' desks open with /MISSION/desk/?token=%s", token)
    return token


def kept_secret(path: Path) -> str:
    """Return the secret in a file, made if there is none, readable by its owner only. Raises OSError."""
    if not path.exists():
        _make(path)
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < len(new_token()):
        raise OSError(f"{path} holds no secret")
    return secret


def _make(path: Path) -> str:
    """Write a token into a file; return it, "" where another process was first: its token is everybody's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    token, fresh = new_token(), path.with_name(f".{FILE}-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
            return token
        return ""
    finally:
        fresh.unlink(missing_ok=True)


def is_token(token: str, given: str) -> bool:
    """Return whether a visitor's text is the token; takes the same time whatever it is."""
    return bool(token) and hmac.compare_digest(token.encode(), _bytes(given))


def cookie_value(token: str, slug: str) -> str:
    """Return the cookie for one mission: it opens no other, and the token cannot be had from it."""
    return hmac.new(token.encode(), _bytes(f"baqylau desk {slug}"), "sha256").hexdigest()


def is_open(token: str, slug: str, cookies: Iterable[str]) -> bool:
    """Return whether one of the cookies of our name opens a mission's desk.

    A browser sends several where an older one was set for another path.
    """
    wanted = cookie_value(token, slug).encode()
    given = list(cookies)[:MOST_COOKIES]
    return bool(token) and any(hmac.compare_digest(wanted, _bytes(cookie)) for cookie in given)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a request may hold anything


def is_from_own_page(site: str, origin: str, root: str) -> bool:
    """Return whether a request that changes something was made by a page of this server.

    `site`: the header Sec-Fetch-Site, `origin`: Origin, "" if not sent; `root`: this server's address. A
    browser sends at least one of them with a POST; the cookie is `SameSite=Lax` besides, and does not go
    with another site's POST.
    """
    if site:
        return site == "same-origin"
    return origin.rstrip("/") == root.rstrip("/")
