"""Any bytes under any name are a table or an InputError, for as long as one cares to try.

Five seconds by default; BAQYLAU_FUZZ_SECONDS=60 for longer.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.geo.reading.readers.fuzz_target import NAMES, SEEDS, check

pytestmark = pytest.mark.slow
SECONDS = int(os.environ.get("BAQYLAU_FUZZ_SECONDS", "5"))
ROOT = Path(__file__).parents[4]
# A child process each, so only some of them: containers whose content is spoilt in one place.
BINARY = ("a.xlsx", "a.parquet", "a.gpkg", "a.fgb", "a.kml")
HEADS = (b"PK\x03\x04", b"PAR1", b"SQLite format 3\0", b"fgb\x03fgb\x00", b"<kml>")

spoilt = st.builds(
    lambda seed, at, new: seed[: int(at * len(seed))] + new + seed[int(at * len(seed)) + len(new) :],
    st.sampled_from(SEEDS),
    st.floats(0, 1),
    st.binary(max_size=8),
)
grammar = st.text(st.sampled_from(list('a1,;\t|"\n\r #{}[]:.<>&\0Ж')), max_size=60).map(str.encode)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=100 * SECONDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(NAMES),
    body=st.one_of(st.binary(max_size=200), grammar, spoilt),
    header=st.booleans(),
    table=st.sampled_from(("visits", "incidents", "stations", "areas")),
)
@example(name="a.json", body=b'[{"_uuid":{"a":1},"_submission_time":[]}]', header=True, table="visits")
@example(name="a.csv", body=b"_uuid,_submission_time,_uuid\n", header=False, table="incidents")
@pytest.mark.capability("Any bytes are a table or a message", page="files")
def test_any_bytes_are_a_table_or_an_input_error(folder, name, body, header, table):
    check(folder, name, body, header, table)


@settings(max_examples=2 * SECONDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, len(BINARY) - 1), body=st.binary(max_size=300))
def test_any_bytes_in_a_child_are_a_table_or_an_input_error(folder, which, body):
    check(folder, BINARY[which], HEADS[which] + body, header=True)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_guided_fuzzing_finds_no_other_exception():
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("fuzz_readers.py")), str(SECONDS)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * SECONDS + 600,  # against waiting for ever, on a machine however busy
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    assert "Uncaught Python exception" not in done.stderr
    runs = re.search(r"Done (\d+) runs in", done.stderr)
    assert runs is not None and int(runs[1]) > len(SEEDS), done.stderr[-3_000:]
