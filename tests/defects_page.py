"""Write docs/defects.md: every kind of defect, worst first.

`python -m tests.defects_page` writes the page; a test fails when it is not what `geo.reading.defects` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from geo.reading.defects import KINDS, Severity

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "defects.md"
MEANS: Final[Mapping[Severity, str]] = {
    "stops": "No map can be built until this is mended.",
    "rejected": "The row is set aside, counted and written to `rejects.csv`.",
    "warning": "The row is used; a person should look.",
    "note": "Nothing is wrong; it is said because nothing is changed silently.",
}


def markdown() -> str:
    """Return the page."""
    lines = [
        "# What `check` can report",
        "",
        "Written by `python -m tests.defects_page`; a test keeps it true.",
    ]
    for severity, means in MEANS.items():
        lines += ["", f"## {severity}", "", means, "", "| code | what it says |", "|---|---|"]
        lines += [f"| `{kind.code}` | {kind.says} |" for kind in KINDS.values() if kind.severity == severity]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
    print("docs/defects.md: written")
