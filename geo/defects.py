"""What can be wrong with a row, in columns: code, where, what stands there, what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Severity = Literal["stops", "rejected", "warning", "note"]
COLUMNS: Final = ("code", "table", "file", "row", "column", "value", "expected")


@dataclass(frozen=True, slots=True)
class DefectKind:
    """One kind of defect. stops: no map can be built; rejected: the row is set aside and counted;
    warning: the row is used, a person should look; note: worth knowing, nothing is wrong."""

    code: str
    severity: Severity
    says: str  # one sentence for a person, used as a group heading


def empty() -> pd.DataFrame:
    """Return a defect frame without rows, columns as in `COLUMNS`."""
    frame = pd.DataFrame({name: pd.Series([], dtype="str") for name in COLUMNS})
    return frame.astype({"row": "int64"})


def of(
    code: str,
    *,
    table: str,
    file: str,
    rows: npt.ArrayLike,
    column: str,
    values: npt.ArrayLike,
    expected: str | npt.ArrayLike = "",
) -> pd.DataFrame:
    """Return one defect per row; `expected` is one sentence for all or one per row."""
    numbers = np.asarray(rows, dtype=np.int64)
    frame = pd.DataFrame({"row": numbers})
    frame["code"], frame["table"], frame["file"], frame["column"] = code, table, file, column
    frame["value"] = pd.Series(np.asarray(values, dtype=object), dtype="object").map(str).astype("str")
    frame["expected"] = (
        expected if isinstance(expected, str) else pd.Series(np.asarray(expected, dtype=object)).astype("str")
    )
    return frame[list(COLUMNS)]


def concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return all defects in one frame, in the order given."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else empty()
