"""How many connections the server holds, and for how long: as many as the system gives it files for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import waitress

from geo.model.errors import BaqylauError
from web.request_limits import largest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_CONNECTIONS: Final = 2_000  # some 300 browsers with six each
FILES_BESIDES: Final = 200  # a process has open besides its connections


def listening() -> dict[str, Any]:
    """Return how waitress listens: idle connections cost a file each, no thread, and go after a while."""
    most = MOST_CONNECTIONS
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_CONNECTIONS + FILES_BESIDES
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < allowed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
        if soft != resource.RLIM_INFINITY:
            most = max(100, min(MOST_CONNECTIONS, soft - FILES_BESIDES))
    return {
        "threads": 8,  # as many requests at once; the rest waits in waitress's queue
        "ident": None,
        "connection_limit": most,
        "channel_timeout": 15,  # seconds of silence after which a connection is closed
        "cleanup_interval": 5,
        "asyncore_use_poll": True,  # select() takes 1,024 files at most
        "max_request_body_size": largest(),
        "max_request_header_size": 32 << 10,
    }


def listen(app: WSGIApplication, host: str, port: int) -> Any:
    """Return waitress listening for an application, whose `run` answers until the process ends.

    Raises BaqylauError for an address that cannot be had: taken by another program, or none of this machine.
    """
    try:
        return waitress.create_server(app, host=host, port=port, **listening())
    except (OSError, ValueError) as error:
        raise BaqylauError(f"{host}, port {port}: nothing can listen there: {error}") from error
