"""Fixtures for every test: a server on a free port, a browser that reaches nothing else."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import browser as chromium
from tests.browser import Record

ROOT = Path(__file__).resolve().parents[1]

# A busy machine is not a defect: no deadline. CI draws the same examples every time, a person new ones.
hypothesis.settings.register_profile("person", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "person")


class Serve(Protocol):
    """Starts a server for these mission folders and returns its address, without a slash at the end."""

    def __call__(self, folders: Sequence[Path]) -> str: ...


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serve mission folders on a free port; one server per set of folders, each with a state of its own."""
    addresses: dict[tuple[Path, ...], str] = {}
    stops: list[Callable[[], None]] = []

    def start(folders: Sequence[Path]) -> str:
        key = tuple(sorted(folders))
        if key not in addresses:
            addresses[key], stop = _start(folders, tmp_path_factory.mktemp("state"))
            stops.append(stop)
        return addresses[key]

    yield start
    for stop in stops:
        stop()


def _start(folders: Sequence[Path], state: Path) -> tuple[str, Callable[[], None]]:
    """Return the address of a running server and what stops it."""
    from waitress.server import create_server

    from server import create_app

    server = create_server(create_app(list(folders), state), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()

    def stop() -> None:
        # run() returns once its map of sockets is empty; the trigger wakes it from select
        server.close()
        with contextlib.suppress(OSError):  # the trigger may be gone with the last socket
            server.pull_trigger()
        thread.join(timeout=5)

    return f"http://127.0.0.1:{server.effective_port}", stop


@pytest.fixture(scope="session")
def site(serve: Serve) -> str:
    """Serve every mission in data/ and return the address."""
    return serve([path.parent for path in sorted((ROOT / "data").glob("*/mission.toml"))])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once for all tests of a process."""
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def record() -> Record:
    """Return what `page` did that a page of ours must not do."""
    return Record()


@pytest.fixture
def page(browser: Browser, record: Record) -> Iterator[Page]:
    """Open an empty page in a fresh profile that reaches 127.0.0.1 only; what it does is in `record`."""
    with chromium.open_context(browser, record, viewport={"width": 1280, "height": 800}) as context:
        yield context.new_page()


@pytest.fixture
def quiet_page(page: Page, record: Record) -> Iterator[Page]:
    """Like `page`, and at its end the test fails if the page asked other hosts or reported an error."""
    yield page
    assert record.complaints() == []
