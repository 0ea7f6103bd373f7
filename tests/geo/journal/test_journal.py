"""The journal on SQLite and on PostgreSQL: written once, chained, sealed, copied."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from geo.journal import database, journal_reader
from geo.journal.chain_check import verify
from geo.journal.event import EventError, JournalBusy, JournalUnavailable
from geo.journal.journal_backup import backup, export, restore
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_tables import EVENTS, PERSONAL_DATA
from geo.journal.journal_writer import JournalWriter, Receipt
from geo.journal.person_keys import PersonKeys
from tests.examples import ALL
from tests.geo.journal.events import edit, event

ROOT = Path(__file__).parents[3]


def reader_of(writer):
    return JournalReader(writer._folder, "" if database.is_sqlite(writer.url) else writer.url)


def test_an_event_is_read_as_it_was_sent(writer):
    writer.append([event()])
    (entry,) = reader_of(writer).entries()
    assert (entry.seq, entry.event) == (1, event())


def test_the_letters_that_spell_a_nul_are_letters(writer):
    sent = event(body={"x": "\\u0000"}, private={"text": "a\\\\u0000"})
    writer.append([sent])
    assert [entry.event for entry in reader_of(writer).entries()] == [sent]


def test_the_same_again_is_the_same_event(writer):
    first = writer.append([event()])
    assert (first, writer.append([event(), event()])) == (
        [Receipt("accepted", 1)],
        [Receipt("known", 1)] * 2,
    )
    assert writer.head[0] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"body": {"station_id": "A-1/2"}}, {"private": {"answers": "trouble"}}, {"private": {}},
        {"made_at": "2005"},
    ],
)  # fmt: skip
def test_another_body_under_a_known_key_is_quarantined(writer, changes):
    writer.append([event()])
    receipts = writer.append([event(**changes), event("r2")])
    assert receipts == [Receipt("conflict", 1), Receipt("accepted", 2)]
    writer.append([event(**changes)])
    assert reader_of(writer).quarantined() == 1


def at_once(writer, *sendings):
    """What becomes of sendings that are written in one transaction."""
    held, entered, clock = threading.Event(), threading.Event(), writer._clock

    def slow():
        entered.set()
        held.wait(30)
        return clock()

    def send(events):
        return [receipt.status for receipt in writer.append(events)]

    writer._clock = slow
    with ThreadPoolExecutor() as senders:
        senders.submit(send, [event("before", private={})])
        try:
            entered.wait(30)
            answers = [senders.submit(send, events) for events in sendings]
            with writer._turn:
                assert writer._turn.wait_for(lambda: len(writer._queue) == len(sendings), 30)
        finally:
            held.set()
    return [answer.result() for answer in answers]


def test_another_body_of_an_erased_person_is_a_conflict_and_harms_nobody_else(writer):
    writer.append([event(private={})])
    writer.keys.purge("p1")
    answers = at_once(writer, [event(body={}, private={})], [event("r2", person="p2")])
    assert answers == [["conflict"], ["accepted"]]
    assert reader_of(writer).quarantined() == 0  # of somebody who was erased nothing more is taken down


def test_the_same_over_damaged_bytes_is_a_conflict_and_harms_nobody_else(writer, url):
    writer.append([event()])
    writer.close()
    with database.write_connection(writer.url) as connection:
        connection.execute(sa.update(PERSONAL_DATA).values(sealed=b"damaged" * 9))
        connection.commit()
    again = JournalWriter(writer._folder, url)
    try:
        assert at_once(again, [event()], [event("r2", person="p2")]) == [["conflict"], ["accepted"]]
        assert reader_of(again).quarantined() == 1
    finally:
        again.close()


def test_two_bodies_under_one_key_in_one_sending_are_a_conflict(writer):
    assert writer.append([event(), event(body={})])[1] == Receipt("conflict", 1)


def test_what_would_become_of_events_is_foreseen_and_nothing_written(writer):
    reader, others = reader_of(writer), (event(private={"answers": "trouble"}), event("r2"))
    assert reader.foreseen([event()]) == ["accepted"]
    writer.append([event()])
    head = reader.head()
    assert reader.foreseen([event(person="p2"), *others]) == ["known", "conflict", "accepted"]
    assert (reader.head(), reader.quarantined()) == (head, 0)


def test_of_what_was_erased_the_rest_foresees(writer):
    writer.append([event()])
    writer.keys.purge("p1")
    told = reader_of(writer).foreseen([event(private={"answers": "?"}), event(body={})])
    assert told == ["known", "conflict"]


def test_the_chain_holds_after_many_senders_at_once(writer):
    def send(sender):
        for number in range(10):
            writer.append([event(f"{sender}-{number}"), event(f"{sender}-{number}", "2")])

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify(reader_of(writer))
    assert (report.events, report.faults, report.head) == (160, (), writer.head[1])


def test_a_journal_opened_again_goes_on_where_it_was(writer, url):
    writer.append([event()])
    writer.close()
    again = JournalWriter(writer._folder, url)
    try:
        assert again.append([event(), event("r2")]) == [Receipt("known", 1), Receipt("accepted", 2)]
        assert verify(reader_of(again)).faults == ()
    finally:
        again.close()


def test_a_second_writer_is_kept_out(writer, url):
    with pytest.raises(JournalUnavailable, match="another server"):
        JournalWriter(writer._folder, url)


def test_an_empty_database_of_postgresql_is_a_journal_without_events(tmp_path, postgresql):
    reader = JournalReader(tmp_path / "journal", postgresql())
    assert reader.head()[0] == 0 and list(reader.entries()) == []
    with pytest.raises(JournalUnavailable, match="no journal"):
        backup(reader, tmp_path / "copy.sqlite")
    reader.close()


def test_a_database_made_without_a_locale_keeps_every_letter(tmp_path, postgresql):
    url = postgresql("TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
    sent = event(body={"station_id": "Әйтеке би/№ 7"})
    writer = JournalWriter(tmp_path / "journal", url)
    writer.append([sent])
    assert [entry.event for entry in reader_of(writer).entries()] == [sent]
    assert verify(reader_of(writer)).faults == ()
    writer.close()


def test_a_second_server_is_kept_out_of_a_database_of_postgresql(tmp_path, postgresql):
    shared = postgresql()
    first = JournalWriter(tmp_path / "one", shared)
    try:
        with pytest.raises(JournalUnavailable, match="another server"):
            JournalWriter(tmp_path / "two", shared)
    finally:
        first.close()


def test_a_reader_cannot_write(writer):
    writer.append([event()])
    with database.read_engine(writer.url).connect() as connection, pytest.raises(sa.exc.SQLAlchemyError):
        connection.execute(sa.delete(PERSONAL_DATA))
    assert verify(reader_of(writer)).faults == ()


def test_the_last_event_of_every_mission_with_a_new_one_is_told(writer):
    writer.append([event("r1"), event("r2"), event("r3", mission="other")])
    reader = reader_of(writer)
    assert (reader.newest(0), reader.newest(2), reader.newest(3)) == ({"m": 2, "other": 3}, {"other": 3}, {})
    assert [entry.seq for entry in reader.entries(1, 3, "m")] == [2]


def planned(folder, query):
    """How SQLite would answer a query of a journal."""
    JournalWriter(folder).close()
    text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite3.connect(folder / database.FILE) as connection:
        return connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()[0][-1]


@pytest.mark.parametrize("query", [journal_reader._following(7, 9, "m"), journal_reader._newest(7)])
def test_what_is_new_is_found_by_its_number_and_not_by_going_through_a_mission(tmp_path, query):
    assert "SEARCH events USING INTEGER PRIMARY KEY (rowid>?" in planned(tmp_path, query)


def test_a_start_asks_for_the_last_events_without_reading_what_they_say(tmp_path):
    assert "USING COVERING INDEX" in planned(tmp_path, journal_reader._newest(0))


@pytest.mark.parametrize("so_far", ["", "CREATE TABLE alembic_version (version_num TEXT)"])
def test_a_file_that_the_writer_is_making_reads_as_empty(tmp_path, so_far):
    connection = sqlite3.connect(tmp_path / database.FILE)
    connection.execute(so_far or "PRAGMA user_version = 1")
    connection.close()
    assert JournalReader(tmp_path).newest(0) == {}


@pytest.mark.parametrize("column", [column.name for column in EVENTS.columns if column.name != "seq"])
def test_one_flipped_bit_in_an_event_is_seen(writer, url, column):
    writer.append([event(), edit(made_at="2005-12-04"), event("r3")])
    writer.close()
    with database.write_connection(writer.url) as connection:
        value = connection.scalar(sa.select(EVENTS.c[column]).where(EVENTS.c.seq == 2))
        flipped = (
            value ^ 1 if isinstance(value, int) else chr(ord(value[0]) ^ 1) + value[1:] if value else "!"
        )
        connection.execute(sa.update(EVENTS).where(EVENTS.c.seq == 2).values({column: flipped}))
        connection.commit()
    assert verify(JournalReader(writer._folder, url)).faults[0].startswith("event 2: ")


def test_every_flipped_bit_of_sealed_fields_is_seen(writer, url):
    writer.append([event()])
    writer.close()
    with database.write_connection(writer.url) as connection:
        sealed = connection.scalar(sa.select(PERSONAL_DATA.c.sealed))
        for bit in range(0, 8 * len(sealed), 37):
            changed = bytearray(sealed)
            changed[bit // 8] ^= 1 << bit % 8
            connection.execute(sa.update(PERSONAL_DATA).values(sealed=bytes(changed)))
            connection.commit()
            assert verify(JournalReader(writer._folder, url)).faults == (
                "event 1: its personal fields were changed",
            )


def test_sealed_fields_that_are_a_text_are_a_fault_a_conflict_and_no_event(tmp_path):
    folder = tmp_path / "journal"
    writer = JournalWriter(folder)
    writer.append([event()])
    with sqlite3.connect(folder / database.FILE) as file:
        file.execute("UPDATE personal_data SET sealed = 'a text'")
    reader = JournalReader(folder)
    assert verify(reader).faults == ("event 1: its personal fields were changed",)
    with pytest.raises(ValueError, match="not of the kind"):
        list(reader.entries())
    assert at_once(writer, [event()], [event("r2", person="p2")]) == [["conflict"], ["accepted"]]
    writer.close()


def test_a_name_with_signs_of_an_address_is_the_files_own(tmp_path):
    folder = tmp_path / "50%3F of what?"
    writer = JournalWriter(folder / "journal")
    writer.append([event()])
    backup(JournalReader(folder / "journal"), folder / "copy?mode=%20.sqlite")
    assert sorted(path.name for path in folder.iterdir()) == ["copy?mode=%20.sqlite", "journal"]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert restore(folder / "copy?mode=%20.sqlite", tmp_path / "other").events == 1
    writer.close()


def test_an_event_taken_out_is_seen(writer, url):
    writer.append([event(private={}), event("r2"), event("r3")])
    writer.close()
    with database.write_connection(writer.url) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.seq == 1))
        connection.commit()
    assert verify(JournalReader(writer._folder, url)).faults[0] == "event 1: the number after 0 is 2"


def test_a_check_ends_where_the_journal_ended_when_it_began(writer):
    writer.append([event()])
    reader, raw = reader_of(writer), JournalReader.raw

    def grown(*asked, **until):
        writer.append([event("r2")])
        return raw(reader, *asked, **until)

    reader.raw = grown
    assert verify(reader).events == 1


def test_an_end_that_was_cut_off_is_seen_against_a_head_that_was_noted(writer, url):
    writer.append([event(), event("r2", private={})])
    head = writer.head
    writer.close()
    with database.write_connection(writer.url) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.seq == 2))
        connection.commit()
    reader = JournalReader(writer._folder, url)
    assert verify(reader).faults == ()
    assert verify(reader, head).faults == ("event 2 is not the one that was noted",)


def test_a_head_noted_before_the_first_event_is_that_of_every_journal(writer):
    noted = writer.head
    assert verify(reader_of(writer), noted).faults == ()
    writer.append([event()])
    assert verify(reader_of(writer), noted).faults == ()


def test_no_personal_field_stands_in_the_file_in_the_clear(writer):
    writer.append([event(private={"answers": "Aliya told me", "phone": "+7 701 000"})])
    folder = writer._folder
    writer.close()
    assert not [path for path in folder.rglob("*") if path.is_file() and b"Aliya" in path.read_bytes()]


def test_a_purged_person_is_noise_in_the_journal_and_its_backups_and_the_chain_holds(writer, tmp_path):
    writer.append([event(), event("r2", person="p2")])
    reader = reader_of(writer)
    backup(reader, tmp_path / "copy.sqlite")
    writer.keys.purge("p1")
    assert [dict(entry.event.private) for entry in reader.entries()] == [{}, {"answers": "all calm"}]
    report = verify(reader)
    assert (report.faults, report.erased) == ((), 1)
    copy = JournalReader(writer._folder, f"sqlite:///{tmp_path / 'copy.sqlite'}")
    assert [dict(entry.event.private) for entry in copy.entries()] == [{}, {"answers": "all calm"}]
    with pytest.raises(EventError, match="erased"):
        writer.append([event("r3")])
    assert writer.append([event("r3", private={}), event()][:1]) == [Receipt("accepted", 3)]


def test_a_backup_is_restored_into_an_empty_journal(writer, tmp_path, url, request):
    writer.append([event(f"r{number}") for number in range(20)])
    writer.append([event(body={})])
    assert backup(reader_of(writer), tmp_path / "copy.sqlite", tmp_path / "keys").faults == ()
    target = request.getfixturevalue("postgresql")() if url else ""
    report = restore(tmp_path / "copy.sqlite", tmp_path / "other", target, tmp_path / "keys")
    assert (report.faults, report.head, report.erased) == ((), writer.head[1], 0)
    again = JournalReader(tmp_path / "other", target)
    assert [entry.event for entry in again.entries()] == [
        entry.event for entry in reader_of(writer).entries()
    ]
    assert again.quarantined() == 1
    with pytest.raises(JournalUnavailable, match="already"):
        restore(tmp_path / "copy.sqlite", tmp_path / "other", target)


def test_under_a_damaged_key_nothing_is_taken_and_the_writer_says_what_to_do(writer):
    writer.append([event()])
    (writer.keys._folder / "p1.key").write_bytes(b"short")
    with pytest.raises(JournalUnavailable, match="5 bytes and not 32; put it back from a copy"):
        writer.append([event("r2")])


def test_a_restore_brings_no_destroyed_key_back(writer, tmp_path):
    writer.append([event()])
    reader = reader_of(writer)
    backup(reader, tmp_path / "before.sqlite", tmp_path / "keys")
    writer.keys.purge("p1")
    backup(reader, tmp_path / "after.sqlite")
    report = restore(tmp_path / "after.sqlite", tmp_path / "other", keys=tmp_path / "keys")
    assert (report.faults, report.erased) == ((), 1)


def files_of(folder):
    return {path.name: path.read_bytes() for path in (folder / "keys").iterdir()}


@pytest.fixture
def purged(writer, tmp_path):
    """Give a backup of a journal in which somebody is erased of whom other journals have a key."""
    writer.append([event()])
    writer.keys.purge("p1")
    backup(reader_of(writer), tmp_path / "purged.sqlite")
    return tmp_path / "purged.sqlite"


def test_a_restore_into_a_journal_with_events_destroys_no_key(purged, tmp_path, url, request):
    target = request.getfixturevalue("postgresql")() if url else ""
    other = JournalWriter(tmp_path / "other", target)
    other.append([event(private={"answers": "precious"})])
    other.close()
    with pytest.raises(JournalUnavailable, match="already"):
        restore(purged, tmp_path / "other", target)
    (entry,) = JournalReader(tmp_path / "other", target).entries()
    assert entry.event.private == {"answers": "precious"}


def test_a_restore_of_a_damaged_backup_touches_no_key(purged, tmp_path):
    with sqlite3.connect(purged) as connection:
        connection.execute("UPDATE events SET root = 'another'")
    kept = PersonKeys(tmp_path / "other" / "keys")
    kept.seal("p1", b"precious")
    before = files_of(tmp_path / "other")
    with pytest.raises(JournalUnavailable, match="not whole"):
        restore(purged, tmp_path / "other", keys=tmp_path / "journal" / "keys")
    assert files_of(tmp_path / "other") == before


def test_a_restore_beside_other_keys_of_its_persons_is_refused(writer, tmp_path):
    writer.append([event()])
    backup(reader_of(writer), tmp_path / "copy.sqlite", tmp_path / "keys")
    PersonKeys(tmp_path / "other" / "keys").seal("p1", b"another key")
    with pytest.raises(JournalUnavailable, match="another key of p1"):
        restore(tmp_path / "copy.sqlite", tmp_path / "other", keys=tmp_path / "keys")
    assert JournalReader(tmp_path / "other").head()[0] == 0


def test_an_export_holds_personal_fields_only_if_asked(writer):
    writer.append([event(), event("r2", mission="other")])
    plain, full = io.StringIO(), io.StringIO()
    assert export(reader_of(writer), plain, mission="m") == 1
    export(reader_of(writer), full, is_personal=True)
    assert "private" not in json.loads(plain.getvalue())
    assert json.loads(full.getvalue().splitlines()[0])["private"] == {"answers": "all calm"}


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "rumour"}, {"root": ""}, {"source": "a b"}, {"about": "incident"}, {"version": "x" * 101},
        {"kind": "correction"}, {"supersedes": "1"}, {"body": {"phone": "1"}}, {"body": {"x": {1, 2}}},
        {"private": {"text": "\ud800"}}, {"person": "../p"},
        {"source": "@desk", "version": "file"}, {"made_at": "2005\0"}, {"body": {"x": ["a\0b"]}},
        {"private": {"text": "\\\0"}},
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(tmp_path, changes):
    writer = JournalWriter(tmp_path)
    with pytest.raises(EventError):
        writer.append([event(**changes)])
    writer.close()
    assert verify(JournalReader(tmp_path)).events == 0


def test_more_than_may_wait_is_told_to_come_again(tmp_path):
    held, entered = threading.Event(), threading.Event()

    class Slow(JournalWriter):
        def _write(self, sendings):
            entered.set()
            held.wait(30)
            return super()._write(sendings)

    writer = Slow(tmp_path, most_waiting=2)
    senders = [threading.Thread(target=writer.append, args=([event("a")],))]
    senders[0].start()
    entered.wait(30)
    senders.append(threading.Thread(target=writer.append, args=([event("b"), event("c")],)))
    senders[1].start()
    try:
        with writer._turn:
            assert writer._turn.wait_for(lambda: writer._queue, 30)
        with pytest.raises(JournalBusy):
            writer.append([event("d")])
    finally:
        held.set()
        for sender in senders:
            sender.join()
        writer.close()


def test_the_journal_tells_whether_its_sqlite_has_the_wal_defect():
    assert database.sqlite_state() == {
        "sqlite": sqlite3.sqlite_version,
        "wal_defect_mended": database.is_mended(sqlite3.sqlite_version_info),
    }


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path):
    """Each round a child appends and writes down what was acknowledged until it is killed."""
    acknowledged = set()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.geo.journal.ingest", str(tmp_path / "journal")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as children:  # fmt: skip
        for turn in range(100 if ALL else 5):
            children.stdin.write(f"{turn}\n")
            child = int(children.stdout.readline())
            for number in range(3 + turn * 7 % 40):
                line = children.stdout.readline()
                assert line.strip(), f"round {turn} ended by itself after {number} batches"
                acknowledged.update(line.split())
            os.kill(child, signal.SIGKILL)
            while (line := children.stdout.readline()).strip():
                acknowledged.update(line.split())
    reader = JournalReader(tmp_path / "journal")
    report = verify(reader)
    roots = [entry.event.root for entry in reader.entries()]
    batches = {root.rpartition("-")[0] for root in roots}
    assert report.faults == ()
    assert acknowledged - set(roots) == set()
    assert len(roots) == 25 * len(batches) == len(set(roots))  # no half batches, nothing twice
    with sqlite3.connect(f"file:{tmp_path / 'journal' / database.FILE}?mode=ro", uri=True) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_disk_is_told_and_writing_goes_on_when_there_is_room(tmp_path):
    """In a child, whose files may for a while not grow: what a full disk says to SQLite."""
    code = """
import resource, sys
from pathlib import Path
from geo.journal.chain_check import verify
from geo.journal.event import JournalUnavailable
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from tests.geo.journal.events import event
folder = Path(sys.argv[1])
writer = JournalWriter(folder)
sent = writer.append([event(f"a{n}") for n in range(100)])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
refused = 0
for turn in range(30):
    try:
        sent += writer.append([event(f"b{turn}-{n}") for n in range(100)])
    except JournalUnavailable:
        refused += 1
read = sum(1 for _ in JournalReader(folder).entries())
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
for turn in range(30):
    sent += writer.append([event(f"b{turn}-{n}") for n in range(100)])
report = verify(JournalReader(folder))
print(refused > 5, read, report.events, len(report.faults), sum(r.status == "accepted" for r in sent))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "journal")],
        capture_output=True, text=True, check=True, env=environment, cwd=ROOT,
    )  # fmt: skip
    was_refused, read, events, faults, accepted = run.stdout.split()
    assert (was_refused, int(events), faults, int(accepted)) == ("True", 3_100, "0", 3_100)
    assert int(read) >= 100
