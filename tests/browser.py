"""Find or install the Chromium the tests drive, and record what a page does in it.

`python tests/browser.py` makes sure that there is one (`make test` runs it): $BAQYLAU_CHROMIUM, an installed
Chromium or Chrome, one Playwright has installed, else Debian's package (as root), else Playwright's download.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a process kept ready for the next site costs as much as one that shows a page
    "--disable-features=SpareRendererForSitePerProcess",
    "--disable-site-isolation-trials",
    # nothing a page or the browser itself does reaches another host, be it a name or a number
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# Tests wait for what they want to see; this only ends what would wait for ever, on a machine however busy.
PATIENCE_MS: Final = 180_000
expect.set_options(timeout=PATIENCE_MS)  # a page draws a frame after a key: what it shows is waited for
_FOREIGN: Final = re.compile(r"^(?!(?:http|ws)://127\.0\.0\.1[:/])(?!data:|blob:|about:)")
AXE: Final = Path(__file__).resolve().parents[1] / "var" / "browser-test" / "axe-core" / "axe.min.js"
_REPORT_CSP: Final = """
document.addEventListener("securitypolicyviolation", event =>
    window.reportCspViolation(`${event.effectiveDirective}: ${event.blockedURI} in ${event.sourceFile}`));
"""


@dataclass(slots=True)
class Record:
    """What pages did that a page of ours must never do; every entry names what and where."""

    foreign: list[str] = field(default_factory=list)  # requests to any host but 127.0.0.1
    console: list[str] = field(default_factory=list)  # console errors and uncaught exceptions
    csp: list[str] = field(default_factory=list)  # violations of the Content-Security-Policy

    def clear(self) -> None:
        """Forget everything."""
        for kind in (self.foreign, self.console, self.csp):
            kind.clear()

    def complaints(self) -> list[str]:
        """Return everything recorded, each with its kind."""
        return [
            *(f"request to another host: {entry}" for entry in self.foreign),
            *(f"console: {entry}" for entry in self.console),
            *(f"content security policy: {entry}" for entry in self.csp),
        ]


def installed(playwright: Playwright) -> str | None:
    """Return the path of a Chromium that can be started, or None."""
    chosen = os.environ.get("BAQYLAU_CHROMIUM")
    if chosen:
        return chosen
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found:
        return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def launch(playwright: Playwright) -> Browser:
    """Return a running Chromium. Raises FileNotFoundError when there is none to start."""
    path = installed(playwright)
    if path is None:
        raise FileNotFoundError(
            "no Chromium: `make test` installs one, or name one in the environment variable BAQYLAU_CHROMIUM"
        )
    # Chromium refuses to sandbox root's processes; everyone else keeps the sandbox.
    return playwright.chromium.launch(
        executable_path=path, args=list(FLAGS), chromium_sandbox=os.geteuid() != 0
    )


@contextmanager
def open_context(browser: Browser, record: Record, **options: Any) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile that reaches 127.0.0.1 only, every page of it recorded in `record`.

    `options` are Playwright's: viewport, locale, color_scheme, reduced_motion, java_script_enabled …
    """
    context = browser.new_context(service_workers="block", **options)
    try:
        context.set_default_timeout(PATIENCE_MS)
        # watched, not intercepted: that would cost a third of a page's processor time and its cache
        context.on("request", lambda request: _note_foreign(request.url, record))
        context.expose_function("reportCspViolation", lambda text: record.csp.append(text))
        context.add_init_script(_REPORT_CSP)
        context.on("page", lambda page: _watch(page, record))
        yield context
    finally:
        context.close()


VIEWPORT: Final[ViewportSize] = {"width": 1280, "height": 800}


@dataclass(slots=True)
class CleanPage:
    """One page that many tests use, one after another, and each finds as if it were new."""

    context: BrowserContext
    page: Page
    record: Record

    def cleaned(self) -> Page:
        """Return the page: online, empty, of the usual size; no cookies, storage, routes or permissions."""
        self.context.set_offline(False)
        if self.page.is_closed():
            self.page = self.context.new_page()
        for other in self.context.pages:
            if other != self.page:
                other.close()
        if self.page.url.startswith("http://127.0.0.1"):
            self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.page.set_viewport_size(VIEWPORT)
        self.page.emulate_media(
            color_scheme="light", reduced_motion="no-preference", media="screen", forced_colors="none"
        )
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.record.clear()
        return self.page


@contextmanager
def clean_page(browser: Browser) -> Iterator[CleanPage]:
    """Yield a page that can be cleaned, in a profile of its own."""
    record = Record()
    with open_context(browser, record, viewport=VIEWPORT) as context:
        yield CleanPage(context, context.new_page(), record)


def _note_foreign(url: str, record: Record) -> None:
    if _FOREIGN.match(url):
        record.foreign.append(url)


def _watch(page: Page, record: Record) -> None:
    page.on("websocket", lambda socket: _note_foreign(socket.url, record))
    page.on("pageerror", lambda error: record.console.append(f"{error} on {page.url}"))
    page.on(
        "console",
        lambda message: (
            record.console.append(f"{message.text} at {message.location.get('url', '')}")
            if message.type == "error"
            else None
        ),
    )


def axe_violations(page: Page, *, rules: tuple[str, ...] = ("wcag2a", "wcag2aa", "wcag21aa")) -> list[str]:
    """Return what axe-core finds wrong on the page as it is now: the rule, its impact, the element."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations)",
        list(rules),
    )
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}"
        for violation in found
        for node in violation["nodes"]
    ]


def install() -> int:
    """Return 0 when a Chromium is there, after installing one if need be; else the installer's status."""
    with sync_playwright() as playwright:
        if installed(playwright):
            return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("browser for the tests: Debian's chromium")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ("apt-get", "-qq", "update"),
            ("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"),
        ):
            status = _run(command, environment)
            if status:
                break
        else:
            return 0
    print("browser for the tests: Playwright's Chromium")
    status = _run((sys.executable, "-m", "playwright", "install", "chromium"), dict(os.environ))
    if status:
        print(
            "no Chromium could be installed: install one with the system's package manager, "
            "or name one in the environment variable BAQYLAU_CHROMIUM",
            file=sys.stderr,
        )
    return status


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(install())
