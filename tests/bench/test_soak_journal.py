"""The soak finds nothing wrong with a sound journal, and what is wrong with a damaged one."""

import sqlite3

from geo.journal import database
from geo.journal.chain_check import verify
from tests.bench import soak_journal
from tests.bench.soak_journal import Soak, figures, run


def test_a_moment_of_the_soak_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(soak_journal, "BACKUP_S", 0.2)
    soak = Soak(minutes=0.03, events_per_s=200, readers=2)
    assert run(soak, tmp_path / "journal") == []
    assert soak.acknowledged and soak.backups_s and len(soak.looks) == 2
    assert "acknowledged" in figures(soak)


def test_an_event_that_went_missing_is_told(tmp_path, monkeypatch):
    def damaged(reader):
        with sqlite3.connect(tmp_path / "journal" / database.FILE) as connection:
            connection.execute("DELETE FROM events WHERE seq = 1")
        return verify(reader)

    monkeypatch.setattr(soak_journal, "verify", damaged)
    wrong = run(Soak(minutes=0.01, events_per_s=100, readers=1), tmp_path / "journal")
    assert any("lost" in fault for fault in wrong)
