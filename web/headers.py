"""What every answer says about itself: what a page may load, how long it keeps, compressed or not."""

from __future__ import annotations

import gzip
import hashlib
from typing import Final

from flask import Request, Response

from layers.map.lru import Recent

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
SECURITY: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What can never be a page by itself (scripts, styles, fonts, tiles, figures) may do nothing at all; the
# headers of forty answers would otherwise weigh as much as the font.
PART: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DOCUMENTS: Final = ("text/html", "image/svg+xml")
# A picture may stand in anyone's page, and one page of a mission may be framed by anyone.
ANYWHERE: Final = {"Cross-Origin-Resource-Policy": "cross-origin"}
FRAMED: Final = {
    **ANYWHERE,
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'self'", "frame-ancestors *"),
}
FOREVER: Final = "public, max-age=31536000, immutable"
ASK_FIRST: Final = "no-cache"
NO_STORE: Final = "no-store"
# Fonts and pictures are compressed already.
COMPRESSED: Final = (
    "text/",
    "application/json",
    "image/svg+xml",
    "application/vnd.mapbox-vector-tile",
    "application/octet-stream",
)
WORTH_COMPRESSING_BYTES: Final = 1024  # what is shorter fits one packet of the network anyway
# Level 9 is slow: the same bytes are compressed once for all who ask.
_ZIPPED: Final[Recent[bytes]] = Recent(1 << 16, 32_000_000, lambda body: len(body) + 256)


def with_pictures_of(origin: str) -> str:
    """Return the policy of a page that may load pictures from one more host, "https://tiles.example.org"."""
    return CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' {origin}")


def answer(request: Request, body: bytes, media_type: str, *, cache: str = ASK_FIRST) -> Response:
    """Return an answer with its entity tag, compressed where the client can read it."""
    tag = hashlib.sha256(body).hexdigest()[:20]
    is_text = media_type.startswith(COMPRESSED)
    zipped = is_text and len(body) >= WORTH_COMPRESSING_BYTES and request.accept_encodings["gzip"] > 0
    response = Response(_zipped(tag, body) if zipped else body, mimetype=media_type)
    response.set_etag(f"{tag}-gz" if zipped else tag)
    response.headers["Cache-Control"] = cache
    if is_text:
        response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response


def _zipped(tag: str, body: bytes) -> bytes:
    # mtime 0: the same page is the same bytes whenever it is asked for
    return _ZIPPED.get(tag, lambda: gzip.compress(body, 9, mtime=0))


def secure(response: Response) -> Response:
    """Add what every answer must carry, errors included; what a view chose of `FRAMED` stays.

    What is wrong now may be right in a second: no cache on the way keeps an error, and each asks again
    before it repeats a redirect.
    """
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = NO_STORE if response.status_code >= 400 else ASK_FIRST
    is_part = bool(response.cache_control.immutable) and response.mimetype not in DOCUMENTS
    for name, value in (PART if is_part else SECURITY).items():
        response.headers.setdefault(name, value)
    return response
