"""Of several processes one does the desk's long work and writes the journal; the others hand requests on.

A plan or a search for clusters is begun by one request and looked at by the next, which may reach another
process of the same server. The process that holds the lock `jobs.lock` below the state directory does all
of it and listens on a Unix socket beside the lock, which its owner alone may open. When it ends, the next
process that is asked takes its place: plans are on disk, what was underway is begun anew by whoever wants it.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import waitress.server

from geo.journal.file_lock import try_alone
from geo.model.errors import BaqylauError
from web import request_limits
from web.headers import NO_STORE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG: Final = logging.getLogger("baqylau")
LOCK: Final = "jobs.lock"
SOCKET: Final = "jobs.sock"
LONGEST_PATH: Final = 100  # bytes; the kernel takes 107 for a socket's
PATIENCE_S: Final = 60.0  # without a byte; then the process that works counts as gone
THREADS: Final = 4  # so many requests are handed on at once; the rest waits
JOBS: Final = re.compile(r"/[^/]+/desk/[a-z]{2}/(?:routes|scan|work)/.*|/api/v1/.*")
_TOLD: Final = frozenset(
    {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "SERVER_NAME",
        "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "wsgi.url_scheme",
    }
)  # fmt: skip
_SIZE: Final = 8  # bytes of a length
_OF_CONNECTION: Final = frozenset({"connection", "date", "server", "transfer-encoding", "via"})


class JobProcess:
    """A WSGI application around another; owns the lock, if this is the process that works."""

    def __init__(self, inner: WSGIApplication, state: Path) -> None:
        """Raises BaqylauError where the state directory's path is too long for a socket."""
        self._inner, self._state = inner, state.resolve()
        self._held: int | None = None
        self._turn = threading.Lock()
        if len(os.fsencode(self._state / SOCKET)) > LONGEST_PATH:
            raise BaqylauError(f"{self._state} is too long a path for several processes; use a shorter one")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not JOBS.fullmatch(environ.get("PATH_INFO", "")) or self._leads():
            return self._inner(environ, start_response)
        body = _body(environ)
        try:
            return self._hand_on(environ, body, start_response)
        except (OSError, http.client.HTTPException):
            LOG.info("the process that did the desk's work has ended")
        start_response(
            "503 Service Unavailable",
            [("Content-Type", "application/json"), ("Cache-Control", NO_STORE), ("Retry-After", "1")],
        )
        return [b'{"busy":true,"message":"the server is being restarted"}']

    def _leads(self) -> bool:
        """Return whether this process does the work; it begins to if no other does."""
        if self._held is not None:
            return True
        with self._turn:
            if self._held is None:
                self._held = try_alone(self._state / LOCK)
                if self._held is not None:
                    self._listen()
            return self._held is not None

    def _listen(self) -> None:
        server = waitress.server.create_server(
            self._handed_on,
            unix_socket=str(self._state / SOCKET),
            unix_socket_perms="600",
            threads=THREADS,
            max_request_body_size=request_limits.largest() + (1 << 20),
        )
        threading.Thread(target=server.run, name="baqylau-jobs", daemon=True).start()
        LOG.info("process %d does the desk's plans and searches", os.getpid())

    def _handed_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what another process of this server was asked: what surrounds the request, then its body."""
        stream = environ["wsgi.input"]
        size = int.from_bytes(stream.read(_SIZE))
        surroundings = json.loads(stream.read(size))
        rest = {key: value for key, value in environ.items() if not key.startswith("HTTP_")}
        length = int(environ["CONTENT_LENGTH"]) - _SIZE - size
        return self._inner({**rest, **surroundings, "CONTENT_LENGTH": str(length)}, start_response)

    def _hand_on(
        self, environ: WSGIEnvironment, body: bytes, start_response: StartResponse
    ) -> Iterable[bytes]:
        surroundings = {
            key: value for key, value in environ.items() if key in _TOLD or key.startswith("HTTP_")
        }
        around = json.dumps(surroundings).encode()
        connection = _UnixConnection(str(self._state / SOCKET))
        try:
            # the method itself travels in what surrounds the request; here it only says if a body comes back
            method = "HEAD" if environ["REQUEST_METHOD"] == "HEAD" else "POST"
            connection.request(method, "/", len(around).to_bytes(_SIZE) + around + body)
            answer = connection.getresponse()
            answered = answer.read()
            passed = [
                (name, value) for name, value in answer.getheaders() if name.lower() not in _OF_CONNECTION
            ]
            start_response(f"{answer.status} {answer.reason}", passed)
            return [answered]
        finally:
            connection.close()


def _body(environ: WSGIEnvironment) -> bytes:
    """The request's body, whose length `request_limits` has seen to."""
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
