"""The table of what works is the one the tests' markers make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import capabilities

MARKED = "import pytest\n@pytest.mark.capability({})\ndef test_it() -> None:\n    pass\n"


def test_the_page_of_capabilities_is_what_the_markers_say() -> None:
    wanted = capabilities.markdown(capabilities.proofs(capabilities.ROOT / "tests"))
    assert capabilities.PAGE.read_text(encoding="utf-8") == wanted, "run `make capabilities`"


@pytest.mark.parametrize(
    "arguments", ['"A thing"', '"A thing", page="moon"', 'page="desk"', 'name, page="desk"']
)
def test_a_mark_without_a_title_and_a_known_page_is_an_error(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "test_one.py").write_text(MARKED.format(arguments), encoding="utf-8")
    with pytest.raises(ValueError, match="test_it"):
        capabilities.proofs(tmp_path)


def test_tests_of_one_title_share_a_row() -> None:
    one = capabilities.Proof("desk", "Tables", "tests/test_a.py", "test_rows_are_drawn", is_slow=False)
    two = capabilities.Proof("desk", "Tables", "tests/test_b.py", "test_rows_are_read", is_slow=True)
    row = "| Tables | [rows are drawn](../tests/test_a.py); [rows are read](../tests/test_b.py) *all* |"
    assert row in capabilities.markdown([one, two])


def test_a_test_of_a_slow_file_is_said_to_be_one_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capabilities, "ROOT", tmp_path)
    head = "pytestmark = [pytest.mark.browser, pytest.mark.slow]\n"
    (tmp_path / "test_one.py").write_text(head + MARKED.format('"Tables", page="desk"'), encoding="utf-8")
    assert [proof.is_slow for proof in capabilities.proofs(tmp_path)] == [True]
