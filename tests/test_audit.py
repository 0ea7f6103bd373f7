"""What the audit of pinned packages says when registries are silent, and when they are not."""

import subprocess

import pytest

from tests import audit


@pytest.fixture
def answers(monkeypatch):
    """Let both programs answer something."""

    def give(python, npm):
        monkeypatch.setattr(audit, "_json", lambda command, *_: python if "pip_audit" in command else npm)

    return give


WELL = {"dependencies": [{"name": "flask", "version": "3", "vulns": []}]}
WORSE = {
    "dependencies": [{"name": "flask", "version": "3", "vulns": [{"id": "PYSEC-1", "fix_versions": ["4"]}]}]
}


def test_nothing_known_is_well(answers, capsys):
    answers(WELL, {"vulnerabilities": {}})
    assert audit.main() == 0 and capsys.readouterr().out.count("no known weaknesses") == 2


def test_a_weakness_that_is_mended_somewhere_fails(answers, capsys):
    answers(WORSE, {"vulnerabilities": {"leaflet": {"severity": "high", "fixAvailable": False}}})
    assert audit.main() == 1
    assert "flask 3: PYSEC-1" in (said := capsys.readouterr().out) and "no mended version yet" in said


def test_a_registry_that_knows_nothing_is_said_to_be_silent_not_well(answers, capsys):
    answers({"dependencies": [{"name": "flask", "skip_reason": "not found"}]}, {"message": "405"})
    assert audit.main() == 0 and capsys.readouterr().out.count("not audited") == 2


def test_a_registry_that_cannot_be_reached_fails_nothing(monkeypatch, capsys):
    def silent(*_, **__):
        raise subprocess.TimeoutExpired("pip-audit", 120)

    monkeypatch.setattr(audit.subprocess, "run", silent)
    assert audit.main() == 0 and "no answer within 120 s" in capsys.readouterr().out
