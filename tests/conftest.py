"""Fixtures for every test: a server on a free port, a browser that reaches nothing else."""

from __future__ import annotations

import gc
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.routing import Rule

from geo.serving import releases
from tests import browser as chromium
from tests.browser import CleanPage, Record
from tests.examples import ALL
from tests.listening import listening

# A busy machine is not a defect: no deadline, and drawing examples may take as long as it likes.
# `make test-all`, which is what CI runs, draws many, the same every time; a person gets a few, new ones.
BUSY = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("few", max_examples=20, deadline=None, suppress_health_check=BUSY)
hypothesis.settings.register_profile(
    "many", max_examples=200, deadline=None, suppress_health_check=BUSY, derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("many" if ALL else "few")

# Nor is it one of the product that a first release takes a busy machine longer than a reader wants to wait.
releases.PATIENCE_S = 600.0  # type: ignore[misc]

# An application compiles a function for each of its addresses, which takes a tenth of a second; a run makes
# hundreds with the same addresses. What Werkzeug made for one rule serves all rules that read the same.
_compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: begun last, one of them keeps a single worker busy."""
    long = {i.path for i in items if i.get_closest_marker("slow") or i.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among the million objects that are imported and collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 30)


NO_POSTGRESQL = "NO POSTGRESQL"  # how the skip of tests/geo/journal/conftest.py begins


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that the journal was tested on SQLite alone, where that is so."""
    skipped = terminalreporter.stats.get("skipped", [])
    if n := sum(NO_POSTGRESQL in str(report.longrepr) for report in skipped):
        says = f"{NO_POSTGRESQL} HERE: {n} tests of the journal were skipped (apt-get install postgresql)"
        terminalreporter.write_sep("!", says, red=True, bold=True)


class Serve(Protocol):
    """Starts a server for these mission folders and returns its address, without a slash at the end."""

    def __call__(self, folders: Sequence[Path]) -> str: ...


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serve mission folders on a free port; one server per set of folders, each with a state of its own."""
    addresses: dict[tuple[Path, ...], str] = {}
    with ExitStack() as servers:

        def start(folders: Sequence[Path]) -> str:
            from server import create_app

            key = tuple(sorted(folders))
            if key not in addresses:
                app = create_app(list(folders), tmp_path_factory.mktemp("state"))
                addresses[key] = servers.enter_context(listening(app))
                for folder in folders:
                    _wait_for_release(f"{addresses[key]}/{folder.name}/en/")
            return addresses[key]

        yield start


def _wait_for_release(address: str) -> None:
    """Ask for a press page until it is there: a request waits some seconds only for a first release."""
    for _ in range(30):
        try:
            urllib.request.urlopen(address).close()
        except urllib.error.HTTPError as error:
            if error.code == 503:
                continue
        return


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once for all tests of a process."""
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="session")
def clean_page(browser: Browser) -> Iterator[CleanPage]:
    """Open one page for all tests of a process: a profile and a renderer cost more than most tests do."""
    with chromium.clean_page(browser) as shared:
        yield shared


@pytest.fixture
def record(clean_page: CleanPage) -> Record:
    """Return what `page` did that a page of ours must not do."""
    return clean_page.record


@pytest.fixture
def page(clean_page: CleanPage) -> Page:
    """Give an empty page that reaches 127.0.0.1 only and knows nothing of earlier tests."""
    return clean_page.cleaned()


@pytest.fixture
def quiet_page(page: Page, record: Record) -> Iterator[Page]:
    """Like `page`, and at its end the test fails if the page asked other hosts or reported an error."""
    yield page
    assert record.complaints() == []
