"""Where reports stand by the journal, whatever of its texts can still be read."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.journal.journal_backup import backup, restore
from geo.journal.journal_reader import JournalReader
from geo.journal.report_ledger import ReportLedger
from geo.journal.report_life import life_of, step_of
from tests.examples import examples
from tests.geo.journal.events import edit, event
from tests.geo.journal.test_standing_reports import entries, histories

KEY = ("m", "dev", "incident", "i1")
DECIDED = [
    ("verify", "bea", ""), ("clear", "cem", ""), ("publish", "cem", ""), ("withdraw", "key:Aigul", "untrue"),
]  # fmt: skip


@pytest.fixture
def withdrawn(writer):
    """Give a journal with a finding that was published and withdrawn, with a reason."""
    writer.append([event("i1", kind="incident", about="incident", body={"category": "sealed"})])
    before = "1"
    for name, by, reason in DECIDED:
        body, private = {"decision": name, "content": "1"}, {"reason": reason} if reason else {}
        decision = edit(
            "i1", name, before, kind="decision", about="incident", body=body, private=private, person=by
        )
        writer.append([decision])
        before = name
    return writer


def life(folder, url):
    ledger = ReportLedger(JournalReader(folder, url), "m")
    ledger.renew()
    return ledger.life(KEY)


def test_a_purge_of_who_decided_changes_nothing_that_they_decided(withdrawn, url):
    before = life(withdrawn._folder, url)
    withdrawn.keys.purge("key:Aigul")
    assert (before.clearance, life(withdrawn._folder, url)) == ("withdrawn", before)


def test_a_restore_without_keys_leaves_every_report_where_it_stood(withdrawn, url, tmp_path, request):
    backup(JournalReader(withdrawn._folder, url), tmp_path / "copy.sqlite")
    target = request.getfixturevalue("postgresql")() if url else ""
    restore(tmp_path / "copy.sqlite", tmp_path / "other", target)
    assert life(tmp_path / "other", target) == life(withdrawn._folder, url)


class Journal:
    """A journal in memory, of which a ledger asks what it asks of a reader; remembers what it gave."""

    Heading = namedtuple("Heading", ("seq", "kind", "about", "source", "root"))

    def __init__(self, events):
        self.entries, self.read = entries(*events), []

    def headings(self, after, mission):
        found = [entry for entry in self.entries if entry.seq > after and entry.event.mission == mission]
        if found:
            yield [
                self.Heading(e.seq, e.event.kind, e.event.about, e.event.source, e.event.root) for e in found
            ]

    def numbered(self, numbers, opened):
        self.read += numbers
        return [entry for entry in self.entries if entry.seq in set(numbers)]


def test_of_reports_nobody_decided_about_nothing_is_read_until_somebody_asks():
    journal = Journal([event("r1"), event("r2"), edit("r1"), event("r3")])
    ledger = ReportLedger(journal, "m")
    ledger.renew()
    assert journal.read == []
    assert ledger.life(("m", "dev", "visit", "r1")).content == "2" and journal.read == [1, 3]


def test_reports_that_were_foreseen_are_read_once():
    journal = Journal([event("r1"), event("r2")])
    ledger, keys = ReportLedger(journal, "m"), [("m", "dev", "visit", root) for root in ("r1", "r2")]
    ledger.renew()
    ledger.foresee(keys)
    assert [ledger.life(key).content for key in keys] == ["1", "1"] and journal.read == [1, 2]


@given(st.data())
@examples(200)
def test_a_ledger_renewed_at_any_moment_says_where_every_report_stands(data):
    events = data.draw(st.permutations(data.draw(histories())))
    journal, whole = Journal(events), entries(*events)
    ledger = ReportLedger(journal, "m")
    journal.entries = whole[: data.draw(st.integers(0, len(whole)))]
    ledger.renew()
    keys = {entry.event.report for entry in whole}
    ledger.foresee(data.draw(st.sets(st.sampled_from(sorted(keys)))))
    assert [ledger.life(key) is None for key in keys if not ledger.knows(key)].count(False) == 0
    journal.entries = whole
    ledger.renew()
    for key in keys:
        steps = [step_of(entry.event) for entry in whole if entry.event.report == key]
        assert (ledger.life(key), ledger.history(key)) == life_of(key[2], steps)
        assert all(ledger.has(key, step.version) for step in steps) and not ledger.has(key, "never")
