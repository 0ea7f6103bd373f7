"""What the restart is measured with: a journal of first reports, and of edits and decisions about them."""

from collections import Counter

from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter
from geo.journal.standing_reports import fold
from tests.bench.restart_journal import MISSION, events


def test_nine_of_ten_events_are_first_reports_and_every_event_finds_its_report(tmp_path):
    writer = JournalWriter(tmp_path)
    receipts = writer.append(list(events(400, ["A/1", "A/2"], ("T1",), ["sealed"])))
    writer.close()
    entries = list(JournalReader(tmp_path).entries(mission=MISSION.name))
    assert Counter(receipt.status for receipt in receipts) == {"accepted": 400}
    assert (len(fold(entries).reports), fold(entries).waiting) == (360, 0)
