"""What is kept of a journal: the same figures without counting again, or nothing; nothing of the purged."""

import itertools
import logging
import shutil
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.live import LiveCounts, ReportError
from geo.commands import journal as journal_command
from geo.journal.chain_check import verify
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from geo.journal.person_keys import PersonKeys
from geo.journal.report_life import FILES
from geo.journal.report_stream import ReportStream
from geo.serving import kept_fold
from geo.serving.journal_follower import JournalFollower, with_journal
from geo.serving.kept_fold import KeptFold, KeptFolds
from geo.serving.missions import Missions
from tests import factory
from tests.building import built_once
from tests.examples import examples
from tests.geo.journal.events import edit, event
from tests.geo.journal.test_standing_reports import CATEGORIES, STATIONS, entries, histories, numbered
from tests.geo.serving.test_journal_follower import says, snapshot, visit
from tests.web.desks import many

CLOCK = datetime(2005, 12, 6, tzinfo=UTC)
NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)
CANARY = "canary-text-of-p1"
FIRST = [visit("r1"), visit("r2")]
LATER = [edit(mission="many", body={"overall": "bad"}), visit("r3")]
SLUG = "many"


@pytest.fixture(scope="module", autouse=True)
def _built_once(tmp_path_factory):
    with built_once(tmp_path_factory.mktemp("kept")):
        yield


@pytest.fixture
def journal(tmp_path):
    writer = JournalWriter(tmp_path / "state" / "journal")
    yield writer
    writer.close()


@pytest.fixture
def folder(tmp_path):
    return many(tmp_path / SLUG)


class Reader(JournalReader):
    """Remembers after which event its journal was followed."""

    def __init__(self, folder):
        super().__init__(folder)
        self.began = []

    def entries(self, after=0, until=None, mission=""):
        self.began.append(after)
        return super().entries(after, until, mission)


@pytest.fixture
def start(folder, tmp_path):
    """Start to serve the mission; `wait` until what was counted is kept."""
    seconds = itertools.count(step=2)  # a snapshot is published at most once a second

    def begin(keep_every=1):
        reader = Reader(tmp_path / "state" / "journal")
        follower = JournalFollower(reader, keep_every, rest=0)
        library = Missions(
            lambda: [folder], clock=lambda: CLOCK + timedelta(seconds=next(seconds)), journal=follower
        )
        library.reader, library.follower = reader, follower
        refresh(library)
        return library

    return begin


def refresh(library):
    library.refresh()
    library.follower.settle()


def kept(tmp_path):
    return tmp_path / "state" / "journal" / kept_fold.FOLDER / f"{SLUG}.fold"


def began(library):
    """After which event a library began to count."""
    return library.reader.began[0]


def base():
    rows = {"station_id": "A/1", "verification": "unverified", "received": "2005-12-04T09:00+06:00"}
    return factory.snapshot(
        areas=factory.squares("A"), stations=STATIONS, teams=[{"team_id": "T1"}, {"team_id": "T2"}],
        categories=CATEGORIES,
        visits=[{**rows, "visit_id": "V1"}, {**rows, "visit_id": "V2", "supersedes": "dev/r1"}],
        incidents=[{"incident_id": "I1", "category": "sealed", "visit_id": "dev/r0", "station_id": "A/2"}],
    )  # fmt: skip


BASE = base()


def follow(journal, number, fold=None):
    """Count the events after `number`, and after a fold; return the counts and the stream."""
    live = LiveCounts(BASE, reached=fold.reached if fold else None)
    stream = ReportStream(numbered(journal), live.last_id, fold.stream if fold else None)

    def take(report):
        try:
            live.apply(report)
        except ReportError:
            return False
        return True

    for entry in journal[number:]:
        stream.add(entry, take)
    return live, stream


def cells(published):
    """Every cell of the reports, and every counter."""
    tables = {
        (table, column.name): getattr(getattr(published, table), column.name)
        for table in ("visits", "incidents") for column in fields(getattr(published, table))
    }  # fmt: skip
    counts = {
        (*key, column.name): getattr(counts, column.name)
        for key, counts in published.tallied.items() for column in fields(counts)
    }  # fmt: skip
    return {name: np.asarray(value).tolist() for name, value in {**tables, **counts}.items()}


def decided(draw):
    body = {"decision": draw(st.sampled_from(["verify", "refute", "clear"])), "report": "V1"}
    return event(
        "V1", f"d{draw(st.integers(0, 9))}", kind="decision", source=FILES, supersedes="file",
        body={**body, "verification": "unverified"}, private={"reason": "so"}, person="p9",
    )  # fmt: skip


@given(st.data())
@examples(300)
def test_any_beginning_kept_and_the_rest_applied_is_what_all_of_it_comes_to(data):
    events = data.draw(st.permutations([*data.draw(histories()), decided(data.draw)]))
    journal = entries(*events)
    number = data.draw(st.integers(0, len(journal)))
    whole, _ = follow(journal, 0)
    part, stream = follow(journal[:number], 0)
    with TemporaryDirectory() as name:
        folds = KeptFolds(Path(name), PersonKeys(Path(name) / "keys"))
        assert folds.load(BASE, lambda seq: "link") is None
        fold = KeptFold(number, "link", BASE.version, part.publish(NOON), stream.state())
        assert folds.save(fold, folds.erased())
        again = folds.load(BASE, lambda seq: "link")
    resumed, _ = follow(journal, number, again)
    assert resumed.version == whole.version
    one, other = resumed.publish(NOON), whole.publish(NOON)
    assert (one.as_of, one.version) == (other.as_of, other.version)
    assert str(cells(one)) == str(cells(other))  # as texts: one NaN is not another


@pytest.mark.capability("A restart counts only what came since the counts were last kept", page="serving")
def test_a_restart_counts_only_what_came_since(start, journal, tmp_path):
    journal.append(FIRST)
    start()
    journal.append(LATER)
    assert began(start(keep_every=9)) == 2


def test_a_restart_serves_the_same_version_and_bytes_as_counting_all(start, journal, folder, tmp_path):
    toml = folder / "mission.toml"
    as_of = '[mission]\nas_of = "2005-12-04T15:00+06:00"\n'
    toml.write_text(toml.read_text(encoding="utf-8").replace("[mission]\n", as_of, 1), encoding="utf-8")
    journal.append(FIRST)
    start()
    journal.append(LATER)
    again = start(keep_every=9)
    shutil.rmtree(kept(tmp_path).parent)
    anew = start()
    assert (began(again), began(anew)) == (2, 0)
    assert snapshot(again).version == snapshot(anew).version
    assert says(snapshot(again)) == says(snapshot(anew))


def test_stations_that_were_moved_are_where_they_were_moved_to(start, journal, tmp_path):
    body = {"station": "A/N03", "point": [60.9, 46.1]}
    journal.append(
        [*FIRST, event("A-N03", mission=SLUG, kind="registry_fix", about="station", source="@desk", body=body,
                       private={}, made_at="2005-12-04T05:00:00+00:00")]
    )  # fmt: skip
    library = start()
    again = start()
    assert snapshot(again).version == snapshot(library).version and began(again) == 3


def test_what_is_signed_begins_where_the_server_kept_its_counts(start, journal):
    library = start()
    files = snapshot(library)
    journal.append(FIRST)
    refresh(library)
    reader = Reader(journal._folder)
    assert with_journal(files, reader).version == snapshot(library).version and reader.began == []


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def lose_key(path):
    (path.parents[1] / "keys" / kept_fold.FOLDER / f"{SLUG}.key").unlink()


def change_key(path):
    (path.parents[1] / "keys" / kept_fold.FOLDER / f"{SLUG}.key").write_bytes(bytes(32))


@pytest.mark.parametrize("spoil", [cut, flip, empty, lose_key, change_key])
def test_what_was_damaged_is_not_used(start, journal, tmp_path, spoil):
    journal.append(FIRST)
    library = start()
    spoil(kept(tmp_path))
    again = start()
    assert began(again) == 0 and snapshot(again).version == snapshot(library).version


def test_what_another_program_kept_is_not_used(start, journal, monkeypatch):
    journal.append(FIRST)
    start()
    monkeypatch.setattr(kept_fold, "source_hash", lambda: "another")
    assert began(start()) == 0


def test_what_was_kept_of_other_files_is_not_used(start, journal, folder):
    journal.append(FIRST)
    start()
    visits = folder / "visits.csv"
    visits.write_text(
        "\n".join(visits.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8"
    )
    assert began(start()) == 0


def test_what_was_kept_of_another_journal_is_not_used(start, journal, tmp_path):
    journal.append(FIRST)
    start()
    journal.close()
    (tmp_path / "state" / "journal" / "journal.sqlite").unlink()
    other = JournalWriter(tmp_path / "state" / "journal")
    other.append([*FIRST, visit("r3")])
    other.close()
    assert began(start()) == 0


def test_an_event_that_could_not_be_read_for_want_of_a_key_is_read_once_it_is_there(start, journal, tmp_path):
    keys = tmp_path / "state" / "journal" / "keys"
    journal.append([visit("r1")])
    (keys / "p1.key").rename(tmp_path / "p1.key")
    assert snapshot(start()).visits.answers[-1].as_py() == ""
    (tmp_path / "p1.key").rename(keys / "p1.key")
    again = start()
    assert began(again) == 0 and snapshot(again).visits.answers[-1].as_py() == "all calm"


def test_a_restart_goes_on_beside_a_key_that_is_another_until_the_right_one_is_back(start, journal, tmp_path):
    key = tmp_path / "state" / "journal" / "keys" / "p1.key"
    journal.append([visit("r1")])
    key.rename(tmp_path / "p1.key")
    journal.append([visit("r2")])
    start()
    assert began(start()) == 2
    (tmp_path / "p1.key").replace(key)
    again = start()
    assert began(again) == 0 and snapshot(again).visits.answers[-2].as_py() == "all calm"


def test_what_another_process_kept_is_not_kept_again(start, journal, tmp_path):
    one, other = start(), start()
    journal.append(FIRST)
    refresh(one)
    first = kept(tmp_path).stat().st_ino
    refresh(other)
    assert kept(tmp_path).stat().st_ino == first


def test_where_nothing_can_be_kept_the_figures_are_the_same(start, journal, tmp_path, caplog):
    (tmp_path / "state" / "journal" / kept_fold.FOLDER).write_text("in the way", encoding="utf-8")
    journal.append(FIRST)
    with caplog.at_level(logging.WARNING):
        library = start()
    assert snapshot(library).visits.visit_id[-1].as_py() == "dev/r2" and "could not be kept" in caplog.text


def test_a_copy_of_the_keys_opens_nothing_that_is_kept(start, journal, tmp_path):
    journal.append(FIRST)
    start()
    PersonKeys(tmp_path / "state" / "journal" / "keys").copy_to(tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").rglob("*.key")] == ["p1.key"]


def readable(state):
    """All bytes below a state directory, and all that its keys open of what is sealed."""
    files = [path for path in state.rglob("*") if path.is_file()]
    keys = PersonKeys(state / "journal" / "keys" / kept_fold.FOLDER)
    opened = []
    for path in files:
        yield path.read_bytes()
        if path.parent.name == kept_fold.FOLDER and path.suffix != ".key":
            for key in (state / "journal" / "keys" / kept_fold.FOLDER).glob("*.key"):
                try:
                    opened.append(keys.open(key.stem, path.read_bytes()))
                except ValueError:
                    continue
    for content in opened:
        fold, _ = kept_fold._read(memoryview(content), BASE)
        yield str(cells(fold.reached)).encode()


def finds(state):
    return any(CANARY.encode() in content for content in readable(state))


@pytest.fixture
def canaries(journal):
    told = partial(visit, person="p1")
    journal.append([replace(told(root), private={"answers": CANARY}) for root in ("r1", "r2")])
    journal.append([replace(visit("r3"), person="p2")])


@pytest.mark.usefixtures("canaries")
def test_the_search_for_what_was_erased_finds_what_was_not(start, tmp_path):
    start()
    assert finds(tmp_path / "state")


@pytest.mark.usefixtures("canaries")
def test_after_a_purge_nothing_that_is_kept_can_be_read(start, tmp_path):
    start()
    journal_command.purge(tmp_path / "state", "p1")
    assert not kept(tmp_path).exists() and not finds(tmp_path / "state")


@pytest.mark.usefixtures("canaries")
def test_a_server_that_read_it_before_a_purge_keeps_nothing_after_it(start, journal, tmp_path):
    library = start()
    journal_command.purge(tmp_path / "state", "p1")
    for root in ("r4", "r5"):
        journal.append([replace(visit(root), person="p2")])
        refresh(library)
    assert snapshot(library).visits.visit_id[-1].as_py() == "dev/r5"
    assert not kept(tmp_path).exists() and not finds(tmp_path / "state")


@pytest.mark.usefixtures("canaries")
def test_a_server_started_after_a_purge_keeps_the_rest_again(start, journal, tmp_path):
    start()
    journal_command.purge(tmp_path / "state", "p1")
    again = start()
    assert began(again) == 0 and began(start()) == 3 and not finds(tmp_path / "state")
    assert verify(JournalReader(journal._folder)).erased == 2


@pytest.mark.usefixtures("canaries")
def test_a_purge_that_was_interrupted_is_brought_to_its_end_by_the_next_start(start, tmp_path):
    start()
    JournalReader(tmp_path / "state" / "journal").keys.purge("p1")
    assert finds(tmp_path / "state")
    assert began(start()) == 0 and not finds(tmp_path / "state")


@pytest.mark.usefixtures("canaries")
def test_what_is_being_written_while_a_person_is_purged_cannot_be_read(start, tmp_path, monkeypatch):
    written = kept_fold._written

    def purging(fold, head):
        journal_command.purge(tmp_path / "state", "p1")
        return written(fold, head)

    monkeypatch.setattr(kept_fold, "_written", purging)
    start()
    assert not finds(tmp_path / "state")
