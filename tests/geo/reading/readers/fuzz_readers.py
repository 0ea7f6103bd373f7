"""Coverage-guided fuzzing of the readers that run in this process: `fuzz_readers.py SECONDS`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["geo.reading.readers", "csv", "zipfile"]):
    import geo.reading.readers  # noqa: F401

from tests.geo.reading.readers.fuzz_target import NAMES, SEEDS, check


def main(seconds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, corpus = Path(name) / "in", Path(name) / "corpus"
        folder.mkdir()
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            for kind in range(len(NAMES)):
                (corpus / f"{number}-{kind}").write_bytes(bytes([kind]) + seed)

        def one(data: bytes) -> None:
            if data:
                check(folder, NAMES[data[0] % len(NAMES)], data[1:], header=data[0] < 128)

        options = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=2048", "-timeout=120"]
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={name}/", str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]))
