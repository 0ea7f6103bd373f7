"""A snapshot is registry, reports of files and journal, also after a restart or a change of files."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from geo.journal.device_tokens import DeviceTokens
from geo.journal.journal_backup import backup, restore
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from geo.model.counts import Choice
from geo.serving.journal_follower import JournalFollower, with_journal
from geo.serving.missions import MOST_EARLIER, Missions
from tests.building import built_once
from tests.geo.journal.events import edit, event
from tests.web.desks import many
from web import desk_resources

CLOCK = datetime(2005, 12, 6, tzinfo=UTC)
BODY = {
    "station_id": "A/N03",
    "team_id": "T1",
    "verification": "verified",
    "arrived": "2005-12-04T12:00+06:00",
}


def visit(root="r1", **body):
    return event(root, mission="many", body={**BODY, **body})


@pytest.fixture(scope="module", autouse=True)
def _built_once(tmp_path_factory):
    with built_once(tmp_path_factory.mktemp("kept")):
        yield


@pytest.fixture
def journal(tmp_path):
    writer = JournalWriter(tmp_path / "journal")
    yield writer
    writer.close()


@pytest.fixture
def folder(tmp_path):
    return many(tmp_path / "many")


@pytest.fixture
def start(folder, tmp_path):
    seconds = itertools.count(step=2)  # a snapshot is published at most once a second

    def ticking():
        return CLOCK + timedelta(seconds=next(seconds))

    def begin():
        follower = JournalFollower(JournalReader(tmp_path / "journal"))
        library = Missions(lambda: [folder], clock=ticking, journal=follower)
        library.refresh()
        return library

    return begin


def snapshot(library):
    return library.get("many").snapshot


@pytest.mark.capability("Reports that come in are on the map within seconds", page="serving")
def test_an_acknowledged_visit_is_in_the_next_snapshot(start, journal):
    library = start()
    before = len(snapshot(library).visits)
    journal.append([visit()])
    library.refresh()
    assert len(snapshot(library).visits) == before + 1
    assert snapshot(library).visits.visit_id[-1].as_py() == "dev/r1"


def test_a_restart_serves_the_same_version_and_the_same_rows(start, journal):
    library = start()
    for events in (
        [visit(), visit("r2")],
        [edit(mission="many", version="3", supersedes="2", body={"overall": "bad"})],
        [edit(mission="many", body={"team_id": "T2"}), visit("r4")],
        [edit("r2", mission="many", kind="withdrawal", body={})],
    ):
        journal.append(events)
        library.refresh()
    again = start()
    assert snapshot(again).version == snapshot(library).version
    for name in ("visit_id", "supersedes", "answers"):
        columns = [getattr(snapshot(one).visits, name).to_pylist() for one in (library, again)]
        assert columns[0] == columns[1]
    assert snapshot(again).visits.is_current.tolist() == snapshot(library).visits.is_current.tolist()


def test_a_report_of_a_station_that_the_files_bring_later_is_counted_then(start, journal, folder):
    journal.append([visit(area_id="", station_id="A/N99")])
    library = start()
    before = len(snapshot(library).visits)
    stations = folder / "stations.csv"
    header, *rows = stations.read_text(encoding="utf-8").splitlines()
    stations.write_text("\n".join([header, *rows, rows[0].replace("N00", "N99"), ""]), encoding="utf-8")
    library.refresh()
    assert len(snapshot(library).visits) == before + 1


def test_a_journal_that_is_not_there_changes_nothing(start):
    library = start()
    version = snapshot(library).version
    library.refresh()
    assert snapshot(library).version == version


def test_a_version_that_was_just_replaced_is_still_there_and_no_other(start, journal):
    library = start()
    before = snapshot(library)
    journal.append([visit()])
    library.refresh()
    assert library.earlier("many", before.version) is before
    assert library.earlier("many", "never-1-was") is None


def test_no_more_than_some_replaced_versions_are_kept(start, journal):
    library = start()
    versions = [snapshot(library).version]
    for number in range(MOST_EARLIER + 2):
        journal.append([visit(f"r{number}")])
        library.refresh()
        versions.append(snapshot(library).version)
    assert [library.earlier("many", version) is None for version in versions[:3]] == [True, True, False]


@pytest.fixture
def restored(journal, start, tmp_path):
    """Give the journal's writer after a restore without keys, two visits of one person in it."""
    journal.append([visit(), visit("r2")])
    backup(JournalReader(tmp_path / "journal"), tmp_path / "copy.sqlite")
    journal.close()
    (tmp_path / "journal").rename(tmp_path / "before")
    restore(tmp_path / "copy.sqlite", tmp_path / "journal")
    writer = JournalWriter(tmp_path / "journal")
    yield writer
    writer.close()


def ids(library):
    return [name for name in snapshot(library).visits.visit_id.to_pylist() if name.startswith("dev/")]


def test_who_sends_again_after_a_restore_without_keys_is_counted_at_once(restored, start):
    library = start()
    restored.append([visit("r3")])
    restored.append([edit(mission="many", body={"overall": "bad"})])
    library.refresh()
    assert ids(library) == ["dev/r1", "dev/r2", "dev/r3", "dev/r1~4"]


def test_who_sends_again_after_a_restore_without_keys_is_counted_after_a_start(restored, start):
    restored.append([visit("r3")])
    assert ids(start()) == ["dev/r1", "dev/r2", "dev/r3"]


@pytest.mark.parametrize("content", [b"", b"short", bytes(31), bytes(33)])
def test_a_damaged_key_stops_nobody_from_being_counted(start, journal, tmp_path, content):
    journal.append([visit(), visit("r2")])
    (tmp_path / "journal" / "keys" / "p1.key").write_bytes(content)
    assert ids(start()) == ["dev/r1", "dev/r2"]


def is_begun(library):
    return "many" in library._live


def test_counting_begins_before_the_first_report_where_a_device_may_send(start, tmp_path):
    tokens = DeviceTokens(tmp_path / "journal" / "tokens")
    library = start()
    library.refresh()
    assert not is_begun(library)
    tokens.make("many", "phone")
    library.refresh()
    assert is_begun(library)


def test_a_start_is_ready_before_it_begins_to_count_for_devices(start, tmp_path):
    DeviceTokens(tmp_path / "journal" / "tokens").make("many", "phone")
    library = start()
    assert library.has_caught_up and not is_begun(library)
    library.refresh()
    assert is_begun(library)


def test_devices_of_other_missions_begin_nothing(start, tmp_path):
    DeviceTokens(tmp_path / "journal" / "tokens").make("other", "phone")
    library = start()
    library.refresh()
    assert not is_begun(library)


def test_what_is_signed_has_all_that_the_journal_has(folder, journal):
    library = Missions(lambda: [folder], clock=lambda: CLOCK)
    library.refresh()
    snapshot, reader = library.get("many").snapshot, JournalReader(journal._folder)
    assert with_journal(snapshot, reader) is snapshot
    journal.append([visit()])
    both = with_journal(snapshot, reader)
    assert (len(both.visits) - len(snapshot.visits), both.as_of) == (1, snapshot.as_of)


def says(published):
    """What the desk is told of one version, byte for byte."""
    names = ("start", "area", "figures-area", "figures-cell", "visits", "gaps", "overdue", "doubts")
    choice = Choice(verified_only=False)
    return {name: desk_resources.resource(published, name, "en", choice) for name in names}


@pytest.mark.parametrize(
    "events",
    [
        [visit()],  # the same again
        [visit(team_id="T2")],  # another body under the same key: quarantine
        [edit(mission="many", body={"team_id": "T1"})],  # says what stands already
        [edit(mission="many", version="7", supersedes="6", body={"team_id": "T3"})],  # waits for its parent
        [event("i1", "1", mission="many", kind="incident", about="incident",
               body={"category": "sealed", "visit_id": "never"})],
        [visit("r9", station_id="A/N77")],  # names what this mission does not have
        [event("r8", mission="another", body=BODY)],
    ],
)  # fmt: skip
def test_events_that_change_nothing_leave_version_and_bytes_alone(start, journal, events):
    journal.append([visit()])
    library = start()
    before = snapshot(library)
    journal.append(events)
    library.refresh()
    assert snapshot(library).version == before.version
    assert says(snapshot(library)) == says(before)


def test_a_restart_serves_the_same_bytes(start, journal, folder):
    toml = folder / "mission.toml"
    as_of = '[mission]\nas_of = "2005-12-04T15:00+06:00"\n'
    toml.write_text(toml.read_text(encoding="utf-8").replace("[mission]\n", as_of, 1), encoding="utf-8")
    library = start()
    for events in ([visit(), visit("r2")], [edit(mission="many", body={"overall": "bad"})]):
        journal.append(events)
        library.refresh()
    again = start()
    assert snapshot(again).version == snapshot(library).version
    assert says(snapshot(again)) == says(snapshot(library))
