"""The desk's key until accounts exist: a token printed at start, and a cookie that is not the token."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

COOKIE: Final = "baqylau-desk"


def new_token() -> str:
    """Return a new token, 256 random bits in letters that need no quoting in an address."""
    return secrets.token_urlsafe(32)


def is_token(token: str, given: str) -> bool:
    """Return whether a visitor's text is the token; takes the same time whatever it is."""
    return bool(token) and hmac.compare_digest(token.encode(), _bytes(given))


def cookie_value(token: str, slug: str) -> str:
    """Return the cookie for one mission: it opens no other, and the token cannot be had from it."""
    return hmac.new(token.encode(), _bytes(f"baqylau desk {slug}"), "sha256").hexdigest()


def is_open(token: str, slug: str, cookie: str) -> bool:
    """Return whether a cookie opens a mission's desk."""
    return bool(token) and hmac.compare_digest(cookie_value(token, slug).encode(), _bytes(cookie))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a request may hold anything


def is_from_own_page(site: str, origin: str, root: str) -> bool:
    """Return whether a request that changes something was made by a page of this server.

    `site`: the header Sec-Fetch-Site, `origin`: Origin, "" if not sent; `root`: this server's address. A
    browser sends at least one of them with a POST; the cookie is `SameSite=Strict` besides.
    """
    if site:
        return site == "same-origin"
    return origin.rstrip("/") == root.rstrip("/")
