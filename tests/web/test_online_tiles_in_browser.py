"""Tiles of another host: one desk's policy opens for it alone, and nobody asks before a person does."""

import base64
import http.server
import threading

import pytest

import web
from geo.serving.missions import Missions
from tests.web.desks import TOKEN, many, open_desk, serving, small
from web.headers import CONTENT_SECURITY_POLICY

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CREDIT = "© the makers"


def with_online(folder, url):
    path = folder / "mission.toml"
    section = f'\n[online_tiles]\nurl = "{url}"\nattribution = "{CREDIT}"\n'
    path.write_text(path.read_text(encoding="utf-8") + section, encoding="utf-8")
    return folder


def test_the_policy_opens_for_that_host_on_that_desk_and_nowhere_else(tmp_path):
    named = with_online(many(tmp_path / "named"), "https://tiles.example.org/{z}/{x}/{y}.png")
    folders = [named, many(tmp_path / "plain")]
    library = Missions(lambda: folders)
    library.refresh()
    client = web.create_app(library, tmp_path / "state", token=TOKEN).test_client()
    for slug in ("named", "plain"):
        client.get(f"/{slug}/desk/?token={TOKEN}")
    policies = {
        path: client.get(path).headers["Content-Security-Policy"]
        for path in ("/named/desk/en/", "/plain/desk/en/", "/named/en/", "/named/en/embed/")
    }
    opened = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' https://tiles.example.org")
    assert policies.pop("/named/desk/en/") == opened
    assert all("example.org" not in policy for policy in policies.values())
    assert "example.org" not in client.get("/named/en/").get_data(as_text=True)


@pytest.fixture
def tile_host():
    """Another host, on this machine: its address, and what was asked of it."""
    asked = []

    class Host(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Referer"), self.headers.get("Cookie")))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, format, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.capability("Online tiles of a named host, off until asked for", page="desk")
def test_nothing_is_asked_of_the_host_before_a_coordinator_ticks_the_box(page, tmp_path, tile_host):
    host, asked = tile_host
    mission = with_online(small(tmp_path / "small"), f"{host}/{{z}}/{{x}}/{{y}}.png")
    with serving([mission], tmp_path / "state") as address:
        open_desk(page, address("small"))
        page.locator(".leaflet-base-near-pane path").first.wait_for(state="attached")
        assert asked == []
        page.locator("#online").check()
        page.locator(".leaflet-online-pane img.leaflet-tile-loaded").first.wait_for(state="attached")
        assert page.locator(".ground-credit").inner_text() == CREDIT
    assert asked and {(referer, cookie) for _, referer, cookie in asked} == {(None, None)}
