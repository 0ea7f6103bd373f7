"""The browser libraries as a browser sees them: modules, a font, nothing inline, nothing from elsewhere."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from templates.browser_libraries import FONT_SUBSETS, LIBRARIES, SERVED
from tests.browser import Record, axe_violations

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'"
PAGE = """<!doctype html><html lang="en"><title>t</title>
<link rel="stylesheet" href="vendor/leaflet/leaflet.css"><link rel="stylesheet" href="vendor/inter/wght.css">
<script src="vendor/leaflet/leaflet.js"></script><script type="module" src="decode.js"></script>
<main><h1>h</h1></main></html>"""
# One layer "s" with one point: id 7, at 25 | 17 of an extent of 4096; protobuf written by hand.
TILE = bytes.fromhex("1a13 7802 0a0173 1209 0807 1801 2203 09 32 22 288020")
DECODE = f"""import {{ PbfReader }} from "./vendor/pbf/index.js";
import {{ VectorTile }} from "./vendor/vector-tile/index.js";
const tile = new VectorTile(new PbfReader(new Uint8Array({list(TILE)})));
const feature = tile.layers.s.feature(0);
document.title = JSON.stringify([feature.id, feature.extent, feature.loadGeometry()[0][0]]);
"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "vendor").symlink_to(SERVED)
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "decode.js").write_text(DECODE, encoding="utf-8")
    (tmp_path / "favicon.ico").touch()  # every browser asks for it
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_leaflet_and_the_tile_decoder_load_under_a_policy_of_self_only(
    quiet_page: Page, address: str
) -> None:
    quiet_page.goto(address)
    assert quiet_page.evaluate("L.version") == "1.9.4"
    assert quiet_page.title() == '[7,4096,{"x":25,"y":17}]'


@pytest.mark.parametrize("letters", ["Observers", "Наблюдатели", "Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі"])
def test_the_font_draws_every_letter_of_the_three_languages(
    quiet_page: Page, address: str, letters: str
) -> None:
    quiet_page.goto(address)
    loaded = quiet_page.evaluate("text => document.fonts.load('16px Inter Variable', text).then(f => f.length)", letters)  # noqa: E501  # fmt: skip
    # a face is loaded for each subset that covers a letter; every letter must lie in one of them
    covered = quiet_page.evaluate(
        """text => [...text].filter(letter => letter.trim() && ![...document.fonts].some(face =>
               face.status === 'loaded' && face.unicodeRange.split(',').some(range => {
                   const [from, to] = range.trim().slice(2).split('-').map(hex => parseInt(hex, 16));
                   const code = letter.codePointAt(0);
                   return code >= from && code <= (to ?? from);
               })))""",
        letters,
    )
    assert loaded >= 1
    assert covered == []


def test_a_request_to_another_host_is_refused_and_recorded(page: Page, record: Record, address: str) -> None:
    page.goto(address)
    page.evaluate("fetch('http://192.0.2.1/x').catch(() => 0)")
    page.evaluate("new Promise(done => { const image = new Image(); image.onerror = done; image.src = 'http://192.0.2.2/y'; })")  # noqa: E501  # fmt: skip
    assert [entry.split(":")[0] for entry in record.csp] == ["connect-src", "img-src"]
    assert len(record.complaints()) > len(record.csp)


def test_a_foreign_page_is_never_reached(page: Page, record: Record) -> None:
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://192.0.2.1/")
    page.close()  # it is still on its way to the browser's own page of errors
    assert record.foreign == ["http://192.0.2.1/"]


def test_accessibility_faults_are_found(quiet_page: Page, address: str) -> None:
    quiet_page.goto(address)
    assert axe_violations(quiet_page) == []
    quiet_page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [entry.split(" ")[0] for entry in axe_violations(quiet_page)] == ["button-name"]


def test_every_library_comes_with_its_licence() -> None:
    assert {folder.name for folder in SERVED.iterdir() if folder.is_dir()} == set(LIBRARIES)
    assert [name for name in LIBRARIES if not list((SERVED / name).glob("LICENSE*"))] == []
    assert len(list((SERVED / "inter").glob("*.woff2"))) == len(FONT_SUBSETS)
