"""The notebook in docs/ runs, on an export made now, and its assertions hold."""

import contextlib
import io
import json
from pathlib import Path

import pytest

from geo.analysis import exports
from geo.analysis.choice_analysis import analyse
from geo.serving import build_snapshot

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.capability("A notebook that arrives at the map's figures", page="commands")
def test_the_notebook_arrives_at_the_maps_numbers(tmp_path, monkeypatch):
    snapshot = build_snapshot.snapshot(ROOT / "data" / "kazakhstan-2005-simulated")
    label = exports.ExportLabel(method="method", licence="licence", source="source")
    frame = exports.units(snapshot, analyse(snapshot), label)
    (tmp_path / "areas.csv").write_bytes(exports.FORMATS["csv"].write(frame, "areas"))
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / "docs" / "reproduce.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert sum("assert" in cell for cell in code) >= 4
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate(code):
            exec(compile(cell, f"cell {number}", "exec"), names)
