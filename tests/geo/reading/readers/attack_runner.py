"""Read every file of a folder as an upload and say what came of it, what it cost, and what it showed.

Run in a process of its own by `test_attacks.py`; prints one JSON object per file.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from geo.model.errors import InputError, RefusedError
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import UPLOAD, read, sandbox


def main(folder: str, child: str) -> None:
    if child:
        sandbox.CHILD = Path(child)  # type: ignore[misc]
    for path in sorted(Path(folder).iterdir()):
        before = cpu_s()
        try:
            raw = read(TableSource("visits", path), limits=UPLOAD)
            outcome, shown = "read", shown_of(raw)
        except RefusedError as error:
            outcome, shown = "refused", str(error)
        except InputError as error:
            outcome, shown = "not read", str(error)
        except BaseException as error:  # noqa: BLE001 - whatever else comes out is what the test looks for
            outcome, shown = type(error).__name__, repr(error)[:500]
        peak = max(
            resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(
            json.dumps(
                {"file": path.name, "outcome": outcome, "shown": shown[:20_000], "cpu_s": cpu_s() - before}
                | {"peak_mib": peak / 1024}
            ),
            flush=True,
        )


def shown_of(raw: Raw) -> str:
    frames = (raw.cells.head(1_000), raw.defects.head(1_000))
    return " ".join([*(frame.to_json() for frame in frames), *raw.notes])


def cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
