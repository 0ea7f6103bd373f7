"""A small country made for the tests of the solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geo.routing.solver import Demand, Duty
from geo.routing.solver.objective import Q


def country(stations: int = 80, teams: int = 3, seed: int = 0, **changes: Any) -> Demand:
    """Return stations around 70° E 50° N in 16 cells, two areas west and east of 70°, one base."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(69, 71, stations), rng.uniform(49.4, 50.6, stations)
    cell = (np.floor((lon - 69) * 2) * 4 + np.floor((lat - 49.4) / 0.3)).astype(np.int64)
    known: dict[str, Any] = {
        "station_id": tuple(f"A/{i}" for i in range(stations)),
        "lon": lon,
        "lat": lat,
        "cell": cell,
        "area": (lon >= 70).astype(np.int64),
        "weight": rng.uniform(10, 60, 16),
        "seen": np.zeros(16),
        "teams": tuple(Duty(f"T{i}", 70.0, 50.0, 300.0, 1440.0) for i in range(teams)),
    }
    return Demand(**(known | changes))


def coverage(weight: npt.ArrayLike, visits: npt.ArrayLike, q: float = Q) -> float:
    """Return Σ W (1 − (1 − q)^n) over the cells.

    >>> round(coverage([10, 20], [1, 2], q=0.5), 3)
    20.0
    """
    left = (1.0 - q) ** np.asarray(visits, dtype=np.float64)
    return float((np.asarray(weight, dtype=np.float64) * (1.0 - left)).sum())
