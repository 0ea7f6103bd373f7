"""`server.py journal` end to end: the same journal checked, copied, brought back and handed out."""

import json
import re
import sqlite3
import sys

import pytest
from click.testing import CliRunner

import server
from geo.commands import journal as journal_command
from geo.model.errors import InputError
from geo.serving.journal_door import JournalDoor
from tests.geo.journal.events import event
from tests.geo.reading import trap_missions


@pytest.fixture
def state(tmp_path):
    """A state directory whose journal has two events, and is being written to."""
    door = JournalDoor(tmp_path / "state")
    door.append([event(), event("r2", private={})])
    yield tmp_path / "state"
    door.close()


def run(state, *arguments, **options):
    return CliRunner().invoke(server.cli, ["journal", *map(str, arguments), "--state", str(state)], **options)


def test_a_whole_journal_is_told_with_its_head(state):
    told = run(state, "verify")
    assert told.exit_code == 0
    head = re.search(r"2 events, the chain holds; head (2:[0-9a-f]{64})", told.output)[1]
    assert run(state, "verify", "--head", head).exit_code == 0
    assert f"SQLite {sqlite3.sqlite_version}" in told.output


def test_a_journal_that_is_not_what_was_noted_fails(state):
    told = run(state, "verify", "--head", f"2:{'0' * 64}")
    assert told.exit_code == 1 and "event 2 is not the one that was noted" in told.output


@pytest.mark.capability("The journal is checked, backed up and restored by one command each", page="commands")
def test_a_backup_beside_a_running_server_is_restored_elsewhere(state, tmp_path):
    assert run(state, "backup", tmp_path / "copy", "--keys", tmp_path / "keys").exit_code == 0
    told = run(tmp_path / "new", "restore", tmp_path / "copy", "--keys", tmp_path / "keys")
    assert told.exit_code == 0 and "2 events, the chain holds" in told.output
    again = run(state, "restore", tmp_path / "copy")
    assert again.exit_code == 1 and "stop it first" in again.output


@pytest.mark.parametrize("is_database", [False, True])
def test_a_file_that_is_no_backup_is_said_to_be_none(tmp_path, is_database):
    if is_database:
        with sqlite3.connect(tmp_path / "other") as connection:
            connection.execute("CREATE TABLE accounts (name TEXT)")
    else:
        (tmp_path / "other").write_bytes(b"no database" * 100)
    told = run(tmp_path / "new", "restore", tmp_path / "other")
    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert "other is no backup of a journal" in told.output


NOBODY_ANSWERS = "postgresql+psycopg://baqylau:secret@127.0.0.1:1/baqylau"


@pytest.mark.parametrize("url", [NOBODY_ANSWERS, "no address", "mysql://baqylau:secret@host/baqylau"])
@pytest.mark.parametrize("step", ["verify", "backup", "restore", "export"])
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(state, tmp_path, step, url):
    run(state, "backup", tmp_path / "copy")
    file = {"verify": [], "backup": [tmp_path / "new"], "restore": [tmp_path / "copy"], "export": ["-"]}[step]
    told = run(tmp_path / "other", step, *file, "--database", url)
    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert "Nothing was done." in told.output and "secret" not in told.output


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("nowhere/copy", "there is no folder"), ("/proc/copy", "/proc/copy cannot be written")],
)
def test_a_backup_that_cannot_be_written_says_so(state, tmp_path, place, sentence):
    told = run(state, "backup", tmp_path / place)
    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert sentence in told.output.replace("\n", "")


def test_there_is_no_backup_of_a_journal_that_is_not_there(tmp_path):
    told = run(tmp_path / "mistyped", "backup", tmp_path / "copy")
    assert told.exit_code == 1 and "there is no journal in" in told.output
    assert not (tmp_path / "copy").exists()


def test_a_file_in_the_journals_place_that_is_no_database_is_said_to_be_none(state, tmp_path):
    run(state, "backup", tmp_path / "copy")
    (tmp_path / "other" / "journal").mkdir(parents=True)
    (tmp_path / "other" / "journal" / "journal.sqlite").write_bytes(b"no database" * 100)
    told = run(tmp_path / "other", "restore", tmp_path / "copy")
    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert "the journal's database cannot be written: file is not a database" in told.output


def test_an_export_is_a_line_per_event(state, tmp_path):
    run(state, "export", tmp_path / "plain")
    run(state, "export", tmp_path / "full", "--personal")
    lines = [json.loads(line) for line in (tmp_path / "plain").read_text().splitlines()]
    assert [line["root"] for line in lines] == ["r1", "r2"] and "private" not in lines[0]
    assert json.loads((tmp_path / "full").read_text().splitlines()[0])["private"] == {"answers": "all calm"}


def test_a_key_that_was_made_opens_until_it_is_ended(state):
    told = run(state, "token", "m", "phone-1", "--team", "T1")
    key = re.search(r"key of phone-1 for m: (\S+)", told.output)[1]
    tokens = JournalDoor(state).tokens
    assert (tokens.device(key).name, tokens.device(key).team) == ("phone-1", "T1")
    assert not [path for path in state.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    run(state, "token", "m", "phone-1", "--end")
    assert tokens.device(key) is None


def test_a_key_made_for_places_is_of_them(state):
    told = run(state, "token", "m", "phone-1", "--station", "A/1", "--station", "A/2", "--area", "B")
    assert "it may send of: B, A/1, A/2" in told.output
    device = JournalDoor(state).tokens.device(re.search(r"key of phone-1 for m: (\S+)", told.output)[1])
    assert (device.areas, device.stations) == (("B",), ("A/1", "A/2"))


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ({"areas": ["N", "X"]}, "no area X in m; there are N, S"),
        ({"stations": ["N/99"]}, "no station N/99 in m"),
    ],
)
def test_a_key_for_a_place_that_is_none_is_refused_and_says_which_there_are(state, tmp_path, places, says):
    folder = trap_missions.mission(tmp_path / "m")
    with pytest.raises(InputError, match=says):
        journal_command.token(state, "m", "phone-1", "", folders=[folder], **places)
    told = journal_command.token(state, "m", "phone-1", "", ["N"], ["N/1"], [folder])
    assert "it may send of: N, N/1" in told and "not checked" not in told


def test_a_key_for_a_mission_that_is_not_at_hand_says_so(state):
    assert "no mission m is at hand" in run(state, "token", "m", "phone-1").output


def test_a_key_that_was_made_before_keys_had_places_is_of_the_whole_mission(state):
    token, _ = JournalDoor(state).tokens.make("m", "phone-1")
    (path,) = (state / "journal" / "tokens").glob("*.json")
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({name: kept[name] for name in ("mission", "name", "team", "person")}))
    device = JournalDoor(state).tokens.device(token)
    assert (device.name, device.areas, device.stations) == ("phone-1", (), ())


def test_a_place_without_a_name_is_refused(state):
    assert run(state, "token", "m", "phone-1", "--station", " ").exit_code == 1


def test_a_purge_takes_the_personal_fields_and_leaves_the_chain(state):
    assert run(state, "purge", "p1", "--yes").exit_code == 0
    assert "personal fields erased: 1;" in run(state, "verify").output


def test_personal_fields_under_a_key_that_is_another_now_are_counted_apart(state):
    (state / "journal" / "keys" / "p1.key").write_bytes(bytes(32))
    told = run(state, "verify")
    assert told.exit_code == 0
    assert "personal fields erased: 0; sealed under keys that are not here: 1;" in told.output


def test_a_name_that_cannot_be_a_source_is_refused(state):
    assert run(state, "token", "m", "a b").exit_code == 1


def test_nothing_else_opens_a_connection_that_writes(state, tmp_path):
    """All that the program does with a journal, watched by Python's own hook."""
    opened = []

    def watch(name, arguments):
        if name == "sqlite3.connect" and watching:
            opened.append(str(arguments[0]))

    watching = True
    sys.addaudithook(watch)  # for the life of the process: it cannot be taken away
    try:
        for arguments in (["verify"], ["backup", tmp_path / "copy"], ["export", tmp_path / "plain"]):
            assert run(state, *arguments).exit_code == 0
        door = JournalDoor(state)
        door.reader.sent_by("m", "dev", "visit", 0, 10)
        door.state()
    finally:
        watching = False
    own = [file for file in opened if "journal.sqlite" in file]
    assert own and all(file.endswith("?mode=ro") for file in own)
