"""How much a request may bring: looked at before anything else, so that no address takes more."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from web.headers import NO_STORE, SECURITY
from web.problem_details import MEDIA_TYPE, PROGRAMS, described

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY: Final = 1 << 20  # bytes; a plan of thousands of excluded stations has fewer
# Addresses that may be sent more: a pattern of the path, and bytes.
UPLOADS: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (
        re.compile(r"/new/[a-z-]{2,8}/file"),
        (32 << 20) + (64 << 10),
    ),  # two files, and what a form puts around them
    (re.compile(r"/[^/]+/desk/[a-z-]{2,8}/work/file[.]json"), 8 << 20),  # `report_file.LARGEST`
)
LONGEST_ADDRESS: Final = 4_096  # bytes of path and query together


def largest() -> int:
    """Return the bytes that some address may be sent: no more needs to be received at all."""
    return max((LARGEST_BODY, *(most for _, most in UPLOADS)))


def allowed(path: str) -> int:
    """Return the bytes that may be sent to a path."""
    return next((most for pattern, most in UPLOADS if pattern.fullmatch(path)), LARGEST_BODY)


class RequestLimits:
    """A WSGI application around another that refuses what is too large.

    A body whose length is said is not read for that. One that comes in chunks is, to a byte past what may be
    sent, and has a length for everybody further in.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if len(path) + len(environ.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
            return _refuse(start_response, path, "414 URI Too Long", "The address is too long.")
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            _measure(environ, allowed(path))
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()) or len(length) > 15:
            return _refuse(start_response, path, "400 Bad Request", "The length of the request is no number.")
        if int(length) > allowed(path):
            says = f"At most {allowed(path):,} bytes."
            return _refuse(start_response, path, "413 Content Too Large", says)
        return self._inner(environ, start_response)


def _measure(environ: WSGIEnvironment, most: int) -> None:
    """Say the length of a body in chunks, of one that is too long that it is."""
    body = environ["wsgi.input"].read(most + 1)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def _refuse(start_response: StartResponse, path: str, status: str, says: str) -> Iterable[bytes]:
    is_program = path.startswith(PROGRAMS)
    body = described(int(status[:3]), says) if is_program else f"{says}\n".encode()
    # no `Connection`: an application may not say it, and servers read what is left of a body themselves
    start_response(
        status,
        [
            ("Content-Type", MEDIA_TYPE if is_program else "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", NO_STORE),
            *SECURITY.items(),
        ],
    )
    return [body]
