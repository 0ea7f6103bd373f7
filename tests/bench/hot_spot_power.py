"""How often is a planted hot spot found, and how often one that is not there?

Simulated missions with teams of unequal strictness (intraclass correlation .05), cells of H3, q = .05.
`python -m tests.bench.hot_spot_power [SEEDS]` prints the rows as JSON; 50 seeds take a few minutes.

"false" is a flagged cell that holds no station of the planted cluster. "false_window": nor does any of
its neighbours, so that even the statement Gi* makes (this cell with its neighbours) is wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import grid
from geo.simulate import Options, draw
from geo.simulate.options import Preset
from geo.statistics import hotspots, rates, robust
from geo.tables import OUTCOMES, STAGES

FIRST_SEED: Final = 5_000  # none of these was looked at while the method was chosen
NULL_SEED: Final = 7_000
MISSIONS: Final[tuple[tuple[str, Preset, int | None, int], ...]] = (
    ("citizen, 2,000 static observers, H3 4", "citizen", None, 4),
    ("200 travelling teams, H3 4", "international", 200, 4),
    ("international, 15 travelling teams, H3 4", "international", None, 4),
    ("citizen, 2,000 static observers, H3 5", "citizen", None, 5),
    ("200 travelling teams, H3 5", "international", 200, 5),
)
STEPS: Final = ("plain", "with_teams", "hot_spot")

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trial:
    """One simulated map: which cells each step of the method flagged, and the truth."""

    flagged: dict[str, BoolArray]  # plain; allowing for shared teams; and surviving without any team
    is_planted: BoolArray
    is_near: BoolArray  # planted, or next to it
    tested: int
    reason: str


def trial(preset: Preset, teams: int | None, resolution: int, seed: int, planted: bool) -> Trial:
    """Return what the method says of one simulated mission."""
    options = Options(preset=preset, teams=teams, seed=seed, cluster=planted, script=False, team_icc=0.05)
    day = draw(options)
    counted = (
        (day.outcome == OUTCOMES.index("observed"))
        & day.is_verified
        & (day.stage_of_visit != STAGES.index("tabulation"))
    )
    stations, station = np.unique(day.station_of_visit[counted], return_inverse=True)
    cells, cell_of_station = np.unique(
        grid.cell_of(day.lon[stations], day.lat[stations], resolution), return_inverse=True
    )
    unit, finding, n = cell_of_station[station], day.is_finding[counted], len(cells)
    neighbours = grid.neighbours(cells)
    found = robust.hot_spots(unit, day.team_of_visit[counted], finding, neighbours, n_units=n)
    is_planted = np.bincount(cell_of_station, day.is_in_cluster[stations], n) > 0
    return Trial(
        flagged={
            "plain": _plain(unit, finding, neighbours, np.isfinite(found.p)),
            "with_teams": np.isin(found.status, [robust.HOT_SPOT, robust.POSSIBLE, robust.ONE_TEAM]),
            "hot_spot": found.status == robust.HOT_SPOT,
        },
        is_planted=is_planted,
        is_near=is_planted | (neighbours @ is_planted.astype(np.int64) > 0),
        tested=int(np.isfinite(found.p).sum()),
        reason=found.reason,
    )


def _plain(unit: Any, finding: Any, neighbours: Any, is_tested: BoolArray) -> BoolArray:
    """Return the cells flagged when nobody asks which team was there."""
    if not is_tested.any():
        return is_tested
    n = len(is_tested)
    m, k = np.bincount(unit, minlength=n), np.bincount(unit, finding, n)
    judged = m >= robust.Rules().visits
    x = rates.eb_standardised(np.where(judged, k, 0), np.where(judged, m, 0), clip=True)
    p = hotspots.permutation_p(x, neighbours)
    return hotspots.false_discovery(np.where(is_tested, p, np.nan))


def summary(name: str, planted: list[Trial], empty: list[Trial]) -> list[dict[str, Any]]:
    """Return one row per step of the method."""
    testable = [one for one in planted if not one.reason]
    rows = []
    for step in STEPS:
        flagged = [(one, one.flagged[step]) for one in planted]
        some = [(one, cells) for one, cells in flagged if cells.any()]
        rows.append(
            {
                "name": name,
                "step": step,
                "maps": len(planted),
                "maps_that_can_be_tested": len(testable),
                "cells_tested": _mean(one.tested for one in planted),
                "found": _mean((cells & one.is_planted).any() for one, cells in flagged),
                "cells_flagged": _mean(cells.sum() for _, cells in flagged),
                "false": _mean((cells & ~one.is_planted).sum() / cells.sum() for one, cells in some),
                "false_window": _mean((cells & ~one.is_near).sum() / cells.sum() for one, cells in some),
                "null_maps_flagged": _mean(one.flagged[step].any() for one in empty),
            }
        )
    return rows


def _mean(values: Iterable[Any]) -> float | None:
    kept = [float(value) for value in values]
    return round(float(np.mean(kept)), 3) if kept else None


def mission_rows(
    name: str, preset: Preset, teams: int | None, resolution: int, seeds: int
) -> list[dict[str, Any]]:
    """Return the figures of one mission, one row per step."""
    planted = [trial(preset, teams, resolution, FIRST_SEED + i, True) for i in range(seeds)]
    empty = [trial(preset, teams, resolution, NULL_SEED + i, False) for i in range(seeds)]
    return summary(name, planted, empty)


def rows(seeds: int = 50) -> list[dict[str, Any]]:
    """Return the figures of every mission and step."""
    return [row for mission in MISSIONS for row in mission_rows(*mission, seeds)]


if __name__ == "__main__":
    for mission in MISSIONS:
        for row in mission_rows(*mission, int(sys.argv[1]) if len(sys.argv) > 1 else 50):
            print(json.dumps(row), flush=True)
