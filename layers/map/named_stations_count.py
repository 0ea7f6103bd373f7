"""What was reported where: distinct stations named per area, by severity and by category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.model.columns import IntArray
from geo.model.tables import SEVERITIES

# A station's findings as a set of severities, one bit each: 1 low, 2 medium, 4 high, 8 critical.
MASKS: Final = 1 << len(SEVERITIES)
ABOVE_LOW: Final = MASKS - 2


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of distinct stations with at least one finding, per drawn area.

    `by_mask`: (A + 1, 16) int64, stations whose findings have exactly this set of severities; the last
    row counts stations in no drawn area. `by_category`: (A, C) int64. Both are as small for a million
    stations as for a hundred.
    """

    by_mask: IntArray
    by_category: IntArray

    def named(self, severities: int = MASKS - 1) -> IntArray:
        """Return stations with a finding of one of these severities, (A + 1,) int64."""
        wanted = (np.arange(MASKS) & severities) != 0
        return np.asarray(self.by_mask[:, wanted].sum(axis=1), dtype=np.int64)


def tally(mentions: pd.DataFrame, areas: int, categories: int) -> Tally:
    """Return the tally of mentions with a station (`station` ≥ 0); others are listed, never counted here.

    `mentions`: columns station, area, category, severity as positions, -1 for none.
    """
    placed = mentions[mentions["station"] >= 0]
    graded = placed[placed["severity"] >= 0]
    bits = pd.DataFrame(
        {
            "station": graded["station"].to_numpy(),
            "area": graded["area"].to_numpy(),
            "bit": np.left_shift(1, graded["severity"].to_numpy(dtype=np.int64)),
        }
    ).drop_duplicates()
    per_station = bits.groupby("station", sort=True).agg(mask=("bit", "sum"), area=("area", "first"))
    row = np.where(per_station["area"] >= 0, per_station["area"], areas).astype(np.int64)
    flat = row * MASKS + per_station["mask"].to_numpy(dtype=np.int64)
    by_mask = np.bincount(flat, minlength=(areas + 1) * MASKS).reshape(areas + 1, MASKS)

    pairs = placed[["station", "area", "category"]].drop_duplicates()
    pairs = pairs[(pairs["area"] >= 0) & (pairs["category"] >= 0)]
    cell = pairs["area"].to_numpy(dtype=np.int64) * categories + pairs["category"].to_numpy(dtype=np.int64)
    by_category = np.bincount(cell, minlength=areas * categories).reshape(areas, categories)
    return Tally(by_mask.astype(np.int64), by_category.astype(np.int64))
