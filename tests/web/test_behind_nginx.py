"""The operator guide's own set-up: nginx with TLS on a path, gunicorn with three processes, in a browser.

Attacks 9, 18 and 19, the cases 09 and 10, and what the desk says while its processes are restarted.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo.simulate import SimulationOptions, simulate
from tests.web.test_signed_release import live

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")
KEY = "the-key-of-the-nginx-test"
PATIENCE_S = 180

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx and openssl are not installed"
    ),
]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def gunicorn(port, state, folder, log):
    """The guide's command, with another port, state and mission."""
    block = re.search(r"```sh\n(BAQYLAU_STATE=.*?)```", GUIDE, re.DOTALL)[1]
    command = (
        block.replace("\\\n", " ")
        .split(".venv/bin/gunicorn", 1)[1]
        .replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    )
    environ = {
        **os.environ, "BAQYLAU_STATE": str(state), "BAQYLAU_BEHIND_PROXY": "1",
        "BAQYLAU_MISSIONS": str(folder), "BAQYLAU_DESK_KEY": KEY,
    }  # fmt: skip
    arguments = [word.strip("'") for word in command.split()]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments],
        cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/{folder.name}/en/"), log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=20).status == 200
    except OSError:
        return False


def wait_for(is_there, log):
    end = time.monotonic() + PATIENCE_S
    while not is_there():
        assert time.monotonic() < end, Path(log.name).read_text()[-2000:]
        time.sleep(0.3)


@contextmanager
def nginx(folder, port, behind):
    """The guide's server block, with other ports and a certificate of its own."""
    folder.mkdir()
    subject = ["-subj", "/CN=127.0.0.1", "-days", "2", "-nodes"]
    files = ["-keyout", folder / "maps.key", "-out", folder / "maps.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    block = re.search(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)[1]
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), ("http://127.0.0.1:8000/", f"http://127.0.0.1:{behind}/"),
        ("/etc/ssl/", f"{folder}/"), ("/var/log/nginx/", f"{folder}/"),
    ):  # fmt: skip
        assert old in block
        block = block.replace(old, new)
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
        f"events {{ worker_connections 512; }} http {{ {places} {block} }}"
    )
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        yield f"https://127.0.0.1:{port}/maps"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("missions") / "small"
    return simulate(SimulationOptions(stations=1500, teams=4, seed=3, until="14:00", out=out))


def test_press_desk_and_routes_work_behind_the_guides_proxy_and_outlive_a_restart(browser, folder, tmp_path):
    behind, port, state = free_port(), free_port(), tmp_path / "state"
    failed = []
    with (tmp_path / "gunicorn.log").open("w") as log, nginx(tmp_path / "nginx", port, behind) as site:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.on(
            "response", lambda answer: answer.status >= 400 and failed.append((answer.status, answer.url))
        )
        with gunicorn(behind, state, folder, log):
            page.goto(f"{site}/")
            page.locator(".mission-card h2 a").first.click()
            page.locator("html[data-areas]").wait_for(state="attached", timeout=60_000)
            assert page.url == f"{site}/{folder.name}/en/"
            page.goto(f"{site}/{folder.name}/desk?token={KEY}")
            assert page.url.startswith(f"{site}/{folder.name}/desk/en/") and KEY not in page.url
            cookie = next(one for one in context.cookies() if one["name"] == "baqylau-desk")
            assert cookie["secure"] and cookie["path"] == f"/maps/{folder.name}/desk"
            page.locator("html[data-stations]").wait_for(state="attached", timeout=60_000)
            plan = page.evaluate(PLAN)
            assert plan["status"] == "done" and plan["plan"]["teams"], plan
            assert failed == []
        page.get_by_text("No connection since").wait_for(timeout=30_000)
        with gunicorn(behind, state, folder, log):
            back = page.get_by_text("The connection is back.")  # shown for two seconds
            back.wait_for(state="attached", timeout=60_000)
            assert (
                page.evaluate("fetch('routes/plan.json').then(one => one.json()).then(one => one.version)")
                == plan["version"]
            )
            page.reload()
            page.locator("html[data-stations]").wait_for(state="attached", timeout=60_000)
        context.close()
    said = (tmp_path / "gunicorn.log").read_text()
    assert len(set(re.findall(r"process (\d+) does the desk's plans", said))) == 2
    assert "Traceback" not in said and KEY not in (tmp_path / "nginx" / "maps.log").read_text()


PLAN = """async () => {
    const headers = {'Content-Type': 'application/json'};
    const sent = body => body && {method: 'POST', headers, body: JSON.stringify(body)};
    const ask = (name, body) => fetch(`routes/${name}`, sent(body)).then(answer => answer.json());
    let now = await ask('plan.json', {ask: {now: '14:00'}, seconds: 1});
    while (['waiting', 'running'].includes(now.status)) {
        await new Promise(done => setTimeout(done, 300));
        now = await ask('plan.json');
    }
    return now;
}"""


def test_a_second_server_on_the_same_state_does_not_start_and_says_why(folder, tmp_path):
    port = free_port()
    with (tmp_path / "log").open("w") as log, gunicorn(port, tmp_path / "state", folder, log):
        command = [sys.executable, "server.py", "serve", str(folder), "--state", str(tmp_path / "state")]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 1 and "another server, process" in second.stderr


def test_the_list_of_missions_is_the_same_from_every_process(folder, tmp_path):
    port = free_port()
    with (tmp_path / "log").open("w") as log, gunicorn(port, tmp_path / "state", folder, log):
        said = [
            json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/{folder.name}/version.json").read())
            for _ in range(12)
        ]
    assert len({one["version"] for one in said}) == 1


def test_what_two_people_sign_is_seen_behind_the_guides_proxy(browser, tmp_path):
    mission, state, behind, port = live(tmp_path / "running"), tmp_path / "state", free_port(), free_port()

    def release(*options):
        command = [sys.executable, "server.py", "release", str(mission), "--state", str(state), *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    with (
        (tmp_path / "log").open("w") as log,
        nginx(tmp_path / "nginx", port, behind) as site,
        gunicorn(behind, state, mission, log),
    ):
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.goto(f"{site}/running/en/")
        page.get_by_text("Nothing released yet.").wait_for()
        version = re.search(r"version (\w+)", release())[1]
        release("--verify", version, "--by", "Aigul")
        release("--clear", version, "--by", "Boris")
        page.reload()
        page.locator("html[data-areas]").wait_for(state="attached", timeout=60_000)
        assert page.locator("#headline").inner_text()
        page.context.close()
