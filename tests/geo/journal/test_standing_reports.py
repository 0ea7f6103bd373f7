"""The reports that stand: the same whatever order their events came in."""

import functools
import itertools
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.live import IncidentReport, LiveCounts, ReportState, VisitReport
from geo.journal.event import JournalEntry
from geo.journal.journal_reader import JournalReader
from geo.journal.report_life import FILES
from geo.journal.report_stream import ReportStream
from geo.journal.standing_reports import fold
from tests import factory
from tests.examples import ALL, examples
from tests.geo.journal.events import edit, event

NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)
STATIONS = [{"area_id": "A", "number": str(n), "lon": 70.2, "lat": 50.5} for n in (1, 2)]
CATEGORIES = [{"category": "sealed", "title_en": "s", "severity": "high", "phase": "opening"}]


def entries(*events):
    return [JournalEntry(seq, NOON, sent, f"{seq:064}") for seq, sent in enumerate(events, 1)]


def values(*events):
    (report,) = fold(entries(*events)).reports
    return dict(report.values)


@functools.cache
def snapshot():
    return factory.snapshot(
        areas=factory.squares("A"), stations=STATIONS, teams=[{"team_id": "T1"}, {"team_id": "T2"}],
        categories=CATEGORIES,
    )  # fmt: skip


def followed(events):
    return counted(entries(*events))


def counted(journal):
    live = LiveCounts(snapshot())
    stream = ReportStream(numbered(journal), live.last_id)
    for entry in journal:
        stream.add(entry, lambda report: live.apply(report) is None)
    return live.publish(NOON)


def numbered(journal):
    """What reads events by their numbers."""
    return lambda numbers: [entry for entry in journal if entry.seq in numbers]


def followed_by_none(journal):
    """A stream of which nobody counts anything but its ids, and what takes a report."""
    ids = {}

    def take(report):
        own = report.visit_id if isinstance(report, VisitReport) else report.incident_id
        ids[type(report), own.partition("~")[0]] = own
        return True

    kinds = {"visit": VisitReport, "incident": IncidentReport}
    return ReportStream(numbered(journal), lambda about, own: ids.get((kinds[about], own), "")), take


def test_an_edit_changes_the_fields_it_sent_and_no_others():
    assert values(event(), edit(body={"team_id": "T2"})) == {
        "station_id": "A-1/1", "team_id": "T2", "answers": "all calm",
    }  # fmt: skip


def test_a_device_that_comes_back_empty_changes_only_what_it_sends():
    again = event(version="after-reset", body={"overall": "good"}, private={})
    assert values(event(), again) == {
        "station_id": "A-1/1", "team_id": "T1", "answers": "all calm", "overall": "good",
    }  # fmt: skip


def test_an_orphan_waits_for_its_parent():
    orphan = edit(version="3", supersedes="2", body={"overall": "bad"})
    assert "overall" not in values(event(), orphan)
    assert fold(entries(event(), orphan)).waiting == 1
    assert fold(entries(orphan)).reports == ()
    assert values(event(), orphan, edit(body={}))["overall"] == "bad"


def test_of_two_edits_of_one_version_the_one_written_later_holds():
    early = edit(version="z", body={"overall": "bad"}, made_at="2005-12-04T05:00:00Z")
    late = edit(version="a", body={"overall": "good"}, made_at="2005-12-04T06:00:00Z")
    assert values(event(), late, early)["overall"] == "good"


def test_a_version_that_a_device_calls_file_is_one_like_others():
    first, late = event(version="file"), edit(version="0", supersedes="file", body={"overall": "good"})
    assert fold(entries(late)).waiting == 1
    assert values(first, late)["overall"] == values(late, first)["overall"] == "good"
    assert values(event(version="file", body={"overall": "bad"}), late)["overall"] == "good"


def test_a_withdrawal_holds_against_an_edit_made_at_the_same_time():
    withdrawal = edit(version="w", kind="withdrawal", body={})
    assert (
        values(event(), edit(version="x", body={"overall": "bad"}), withdrawal)["verification"] == "withdrawn"
    )


WITHDRAWAL = edit(version="w", kind="withdrawal", body={})
AGAIN = edit(version="0", supersedes="w", body={"overall": "bad"})


def test_a_version_that_supersedes_a_withdrawal_makes_the_report_count_again_in_any_order():
    first = event(body={"station_id": "A/1", "verification": "verified"})
    for order in itertools.permutations([first, WITHDRAWAL, AGAIN]):
        assert values(*order)["verification"] == "unverified"
        assert followed(order).visits.is_current.sum() == 1


def test_a_withdrawal_holds_while_another_one_is_superseded():
    other = edit(version="x", kind="withdrawal", body={})
    assert values(event(), WITHDRAWAL, other, AGAIN)["verification"] == "withdrawn"


def test_a_version_after_a_decision_supersedes_the_withdrawal_before_it():
    body = {"decision": "assign", "content": "w", "to": "bea"}
    assigned = edit(version="d", supersedes="w", kind="decision", body=body, person="p2")
    after = replace(AGAIN, supersedes="d")
    assert values(event(), WITHDRAWAL, assigned)["verification"] == "withdrawn"
    assert values(event(), WITHDRAWAL, assigned, after)["verification"] == "unverified"


def test_a_report_sent_as_withdrawn_counts_with_the_version_that_supersedes_it():
    sent = edit(version="w", body={"verification": "withdrawn"})
    assert values(event(), sent)["verification"] == "withdrawn"
    assert values(event(), sent, AGAIN)["verification"] == "unverified"


def test_a_decision_changes_nothing_but_the_state():
    body = {"decision": "verify", "content": "1", "team_id": "T9"}
    decision = edit(version="d", kind="decision", body=body, person="p2")
    assert values(event(), decision)["verification"] == "verified"
    assert values(event(), decision)["team_id"] == "T1"


def test_sources_do_not_share_their_root_ids():
    assert len(fold(entries(event(), event(source="other"))).reports) == 2


BODIES = st.sampled_from(
    [
        {},
        {"overall": "bad"},
        {"overall": "good"},
        {"team_id": "T2"},
        {"station_id": "A/2"},
        {"stage": "counting"},
    ]
)


DECIDED = st.sampled_from(["verify", "clear", "assign"])


@st.composite
def histories(draw):
    """Some reports with edits of any earlier version, withdrawals, decisions, orphans and a finding."""
    events = []
    for number in range(draw(st.integers(1, 3))):
        root, versions = f"r{number}", ["0"]
        events.append(event(root, "0", body={"station_id": "A/1", "team_id": "T1"}))
        for version in range(1, draw(st.integers(1, 6))):
            parent = draw(st.sampled_from([*versions, "never"]))
            kind = draw(st.sampled_from(["correction", "correction", "withdrawal", "decision"]))
            made_at = draw(st.sampled_from(["", "2005-12-04T05:00:00Z", "2005-12-04T06:00:00Z"]))
            decision = {"decision": draw(DECIDED), "content": draw(st.sampled_from(versions))}
            body = decision if kind == "decision" else draw(BODIES)
            by = draw(st.sampled_from(["p1", "p2", "p3"]))
            events.append(edit(root, str(version), parent, kind=kind, body=body, made_at=made_at, person=by))
            versions.append(str(version))
    finding = {"category": "sealed", "visit_id": "r0"}
    events.append(event("i", "0", kind="incident", about="incident", body=finding, private={"text": "x"}))
    return events


def current(published):
    """What a snapshot counts, whatever its rows are called."""
    tables = [(published.visits, ("station", "team", "stage", "verification", "overall")),
              (published.incidents, ("station", "category", "stage", "verification"))]  # fmt: skip
    return [
        sorted(zip(*(getattr(table, name)[table.is_current].tolist() for name in names), strict=True))
        for table, names in tables
    ]


@given(st.data())
@examples(1000)
def test_any_order_with_anything_twice_ends_in_one_result_and_one_version(data):
    events = data.draw(histories())
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    assert fold(entries(*shuffled)) == fold(entries(*events))
    if data.draw(st.integers(0, 4)) == 0:  # counting costs a hundred times what folding does
        unique = list(dict.fromkeys(map(id, shuffled)))
        by_id = {id(sent): sent for sent in events}
        other, snapshot_of_events = followed([by_id[one] for one in unique]), followed(events)
        assert current(other) == current(snapshot_of_events)


@given(st.data())
@examples(100)
def test_who_begins_anew_gives_the_same_version(data):
    events = data.draw(st.permutations(data.draw(histories())))
    assert followed(events).version == followed(events).version


def test_a_decision_about_a_report_of_the_files_is_its_state():
    body = {"decision": "verify", "report": "I 7", "verification": "unverified"}
    decision = edit(
        "sha", "d", "file", kind="decision", about="incident", source=FILES, body=body, person="p2"
    )
    (state,) = followed_by_none([])[0].add(*entries(decision))
    assert state == ReportState("incident", "I 7", "verified", "private")


def test_a_finding_waits_for_its_visit():
    finding = event(
        "i", kind="incident", about="incident", body={"category": "sealed", "visit_id": "r1"}, private={}
    )
    first, second = entries(finding, event())
    stream, take = followed_by_none([first, second])
    assert stream.add(first, take) == []
    visit, incident = stream.add(second, take)
    assert isinstance(visit, VisitReport) and isinstance(incident, IncidentReport)
    assert incident.visit_id == visit.visit_id == "dev/r1"


def test_what_was_taken_back_before_it_was_counted_is_never_counted():
    late = [edit(version="w", kind="withdrawal", body={}), event()]
    assert len(followed(late).visits) == 0


def test_a_report_that_was_refused_is_offered_again_with_its_correction():
    first, second = entries(event(body={"station_id": "A/9"}), edit(body={"station_id": "A/1"}))
    stream, take = followed_by_none([first, second])
    assert stream.add(first, lambda _: False) == []
    (report,) = stream.add(second, take)
    assert (report.visit_id, report.station_id, report.supersedes) == ("dev/r1", "A/1", "")


def test_a_report_that_says_again_what_it_said_is_not_given_again():
    journal = entries(event(), edit(version="2", body={"team_id": "T2"}),
                      edit(version="3", supersedes="2", body={"team_id": "T2"}))  # fmt: skip
    stream, take = followed_by_none(journal)
    assert [len(stream.add(entry, take)) for entry in journal] == [1, 1, 0]


def test_nothing_is_read_again_for_a_first_report():
    def never(numbers):
        raise AssertionError(numbers)

    stream = ReportStream(never, lambda about, own: "")
    assert [len(stream.add(entry)) for entry in entries(event(), event("r2"), event("r3"))] == [1, 1, 1]


def test_an_event_whose_report_could_not_be_read_may_be_added_again():
    first, second = entries(event(), edit(body={"team_id": "T2"}))
    stream, take = followed_by_none([first, second])
    stream.add(first, take)
    stream._read, read = lambda numbers: 1 / 0, stream._read
    with pytest.raises(ZeroDivisionError):
        stream.add(second, take)
    stream._read = read
    assert [len(stream.add(second, take)) for _ in range(2)] == [1, 0]


def test_random_orders_in_either_database_end_in_one_version(writer, url, tmp_path):
    """Duplicates, edits, withdrawals and orphans, sent in batches of any size."""
    body = {"station_id": "A/1", "team_id": "T1"}
    events = [
        event("r1", "0", body=body),
        edit("r1", "1", "0", body={"team_id": "T2"}, made_at="2005-12-04T05:00:00+00:00"),
        edit("r1", "2", "0", body={"overall": "bad"}, made_at="2005-12-04T06:00:00+00:00"),
        edit("r1", "3", "2", body={"stage": "counting"}), event("r2", "0", body=body),
        edit("r2", "1", "0", kind="withdrawal", body={}), edit("r3", "1", "0", body={"team_id": "T1"}),
        event("i", "0", kind="incident", about="incident", body={"category": "sealed", "visit_id": "r1"}),
    ]  # fmt: skip
    versions, counts, reader = set(), [], JournalReader(tmp_path / "journal", url)
    for turn in range(1000 if ALL and not url else 100 if ALL else 10):
        random = Random(turn)
        order = random.sample(events + random.choices(events, k=3), len(events) + 3)
        mission = f"m{turn}"
        while order:
            batch, order = order[: (n := random.randint(1, 4))], order[n:]
            writer.append([replace(sent, mission=mission, person=mission) for sent in batch])
        entries_of_mission = list(reader.entries(mission=mission))
        assert reader.numbered([entry.seq for entry in entries_of_mission]) == entries_of_mission
        versions.add(fold(entries_of_mission).version.partition("-")[0])
        counts.append(current(counted(entries_of_mission)))
    assert len(versions) == 1
    assert any(counts[0]) and all(one == counts[0] for one in counts)
