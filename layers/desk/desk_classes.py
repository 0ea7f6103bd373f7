"""Where the desk's classes start: from the mission's own areas, so that no map is one colour for nothing."""

from __future__ import annotations

import numpy as np

from geo.analysis.choice_analysis import analyse
from geo.model.columns import FloatArray
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from layers.desk.desk_payloads import ClassStarts
from layers.map import ramps
from layers.map.classes import class_limits, thirds


def class_starts(snapshot: Snapshot) -> ClassStarts:
    """Return where the classes of every ramp start, chosen once for a snapshot: one colour means one thing.

    Shares take the limits of `class_limits` over the areas of level 1, all stages, findings from medium
    severity on; of a mission that shows none yet, and for gaps, the fixed ones of `ramps`.
    """
    areas = analyse(snapshot, "area", Choice(verified_only=False))
    counts, rate = areas.counts, areas.results["rate"]
    seen = np.where(counts.stations_observed > 0, counts.stations_observed, np.nan)
    coverage = seen / np.maximum(counts.stations, 1) if areas.material.has_frame else np.empty(0)
    is_told = np.array([status == "published" for status in rate.status], dtype=bool)
    shares = rate.columns["rate"][is_told]
    return {
        "coverage": _starts(coverage, ramps.COVERAGE),
        "rate": _starts(shares, ramps.RATE),
        "gap": {unit: list(starts) for unit, starts in ramps.GAP.items()},
        "bothCoverage": list(thirds(coverage) or ramps.BOTH_COVERAGE),
        "bothRate": list(thirds(shares) or ramps.BOTH_RATE),
    }


def _starts(values: FloatArray, otherwise: tuple[float, ...]) -> list[float]:
    return [0.0, *class_limits(values)] if np.isfinite(values).any() else list(otherwise)
