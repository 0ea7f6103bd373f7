"""Where reports stand by the journal, whatever of its texts can still be read."""

import pytest

from geo.journal.journal_backup import backup, restore
from geo.journal.journal_reader import JournalReader
from geo.journal.report_ledger import ReportLedger
from tests.geo.journal.events import edit, event

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
