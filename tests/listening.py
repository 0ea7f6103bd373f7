"""A server of a test's own on a free port, gone when the test is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server


@contextmanager
def listening(app: Flask, **options: Any) -> Iterator[str]:
    """Serve an application and yield its address, without a slash at the end; `options` are waitress's."""
    server = create_server(app, host="127.0.0.1", port=0, **{"threads": 4, **options})
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()
        # by the server's own thread: a browser keeps its connections, and closed from elsewhere they would be
        # closed under its eyes
        server.trigger.pull_trigger(partial(wasyncore.close_all, server._map, ignore_all=True))
        thread.join(timeout=5)
