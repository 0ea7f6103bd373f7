"""Write docs/capabilities.md: what works, on which page, proven by which test.

A test says what it proves with `@pytest.mark.capability("Coverage gaps by area", page="desk")`; several
tests may prove one row. `python -m tests.capabilities` (`make capabilities`) writes the page, and
`tests/test_capabilities.py` fails when it is not what the markers say. The marks are read from the source,
so that the page is the same whichever tests are run.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "capabilities.md"
# Where something shows, in the order of the table.
PAGES: Final = {
    "files": "Reading files",
    "every page": "Every page",
    "press": "Press page",
    "desk": "Coordinators' desk",
    "downloads": "Downloads and pictures",
    "routes": "Routes",
    "statistics": "Figures and statistics",
    "publication": "Publication",
    "accounts": "People and accounts",
    "commands": "Command line",
    "serving": "Serving",
    "simulation": "Simulated missions",
}
HEAD: Final = """# What works

Made by `make capabilities` from the tests that carry `@pytest.mark.capability`; a test fails when it is not
current. A row is true while its tests pass: `make test` runs them, `make test-all` also those marked *all*.
"""


@dataclass(frozen=True)
class Proof:
    """One test and what it proves."""

    page: str
    title: str
    path: str  # below the repository, with slashes
    test: str
    is_slow: bool


def proofs(folder: Path) -> list[Proof]:
    """Return what every marked test below a folder proves, by page, title, file and place in it.

    Raises ValueError for a mark without a title and a known page, written out as text.
    """
    marked = [proof for path in sorted(folder.rglob("test_*.py")) for proof in _of_file(path)]
    order = list(PAGES)
    return sorted(marked, key=lambda proof: (order.index(proof.page), proof.title.casefold()))


def _of_file(path: Path) -> Iterator[Proof]:
    source = path.read_text(encoding="utf-8")
    if "mark.capability" not in source:
        return
    body = ast.parse(source).body
    of_module = [mark for node in body if isinstance(node, ast.Assign) for mark in _module_marks(node)]
    for node in body:
        if isinstance(node, ast.FunctionDef):
            marks = of_module + [ast.unparse(mark) for mark in node.decorator_list]
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.capability":
                    title, page = _arguments(mark, f"{path.name}::{node.name}")
                    file = path.relative_to(ROOT).as_posix()
                    yield Proof(page, title, file, node.name, "pytest.mark.slow" in marks)


def _module_marks(node: ast.Assign) -> list[str]:
    if [ast.unparse(target) for target in node.targets] != ["pytestmark"]:
        return []
    return [
        ast.unparse(mark) for mark in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]


def _arguments(mark: ast.Call, where: str) -> tuple[str, str]:
    try:
        title, *others = [ast.literal_eval(argument) for argument in mark.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in mark.keywords}
    except ValueError:
        raise ValueError(f"{where}: a capability's title and page are written out") from None
    page = named.pop("page", None)
    if others or named or page not in PAGES or not isinstance(title, str) or not title:
        raise ValueError(f"{where}: capability(title, page=…), one of {', '.join(PAGES)}")
    return title, page


def markdown(marked: list[Proof]) -> str:
    """Return the page of these proofs."""
    rows: dict[str, dict[str, list[Proof]]] = defaultdict(lambda: defaultdict(list))
    for proof in marked:
        rows[proof.page][proof.title].append(proof)
    parts = [HEAD]
    for page, titles in rows.items():
        parts.append(f"\n## {PAGES[page]}\n\n| what works | proven by |\n|---|---|\n")
        parts += [f"| {title} | {'; '.join(map(_link, found))} |\n" for title, found in titles.items()]
    return "".join(parts)


def _link(proof: Proof) -> str:
    sentence = proof.test.removeprefix("test_").replace("_", " ")
    return f"[{sentence}](../{proof.path}){' *all*' if proof.is_slow else ''}"


if __name__ == "__main__":
    PAGE.write_text(markdown(proofs(ROOT / "tests")), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: written")
