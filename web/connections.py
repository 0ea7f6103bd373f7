"""How many connections the server holds, and for how long: as many as the system gives it files for."""

from __future__ import annotations

from typing import Any, Final

from web.request_limits import largest

MOST_CONNECTIONS: Final = 2_000
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
        "threads": 8,
        "ident": None,
        "connection_limit": most,
        "channel_timeout": 15,  # seconds of silence after which a connection is closed
        "cleanup_interval": 5,
        "asyncore_use_poll": True,  # select() takes 1,024 files at most
        "max_request_body_size": largest(),
        "max_request_header_size": 32 << 10,
    }
