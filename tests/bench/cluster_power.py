"""How often does the cluster search find a planted hot spot, and how often one that is not there?

Simulated missions, teams of unequal strictness (intraclass correlation .05), judged as a page is: all
findings together and every category, one family. `python -m tests.bench.cluster_power [SEEDS] [NAME…]`
prints the rows as JSON; 100 seeds of all missions take about twenty minutes of one core.

A null map counts as flagged if any choice of the page shows any cluster. A planted map counts as found if
a cluster of all findings together holds stations of the planted one; `mostly`: if half of its stations
are. `false_stations`: of the stations in clusters of planted maps, those outside the planted circle.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.analysis import cluster_finding
from geo.analysis.cluster_finding import ScanRules
from geo.analysis.station_trials import Answers, Observed
from geo.model.tables import OUTCOMES, STAGES
from geo.simulate import Deployment, SimulationOptions, draw
from geo.simulate.options import Preset

FIRST_SEED: Final = 5_000  # none of these was looked at while the method was chosen
NULL_SEED: Final = 7_000
DISTRICTS: Final = 160


@dataclass(frozen=True, slots=True)
class Design:
    """One kind of mission: who observes, how many, and whether a hot spot is planted."""

    preset: Preset
    teams: int
    is_planted: bool
    names_teams: bool = True


DESIGNS: Final = {
    "null, 400 static observers": Design("citizen", 400, False),
    "null, 2,000 static observers": Design("citizen", 2_000, False),
    "null, 60 mobile teams": Design("international", 60, False),
    "null, 60 mobile teams, unnamed": Design("international", 60, False, names_teams=False),
    "null, 200 mobile teams": Design("international", 200, False),
    "planted, 400 static observers": Design("citizen", 400, True),
    "planted, 2,000 static observers": Design("citizen", 2_000, True),
    "planted, 15 mobile teams": Design("international", 15, True),
    "planted, 60 mobile teams": Design("international", 60, True),
    "planted, 60 mobile teams, unnamed": Design("international", 60, True, names_teams=False),
    "planted, 200 mobile teams": Design("international", 200, True),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What the search said of one simulated day."""

    is_tested: bool
    is_flagged: bool  # any choice of the page
    is_headline_flagged: bool  # all findings together
    is_hit: bool
    is_mostly_hit: bool
    shown: int  # stations in clusters of all findings together
    false: int  # of those, outside the planted circle
    seconds: float  # of processor time


def trial(design: Design, seed: int) -> Trial:
    """Return what the search says of one simulated mission."""
    day = draw(
        SimulationOptions(
            preset=design.preset, teams=design.teams, seed=seed, cluster=design.is_planted, script=False,
            team_icc=0.05, districts=DISTRICTS,
        )
    )  # fmt: skip
    observed, answers = page_of(day, design.names_teams)
    began = time.process_time()
    judged = cluster_finding.judge_together(observed, answers, ScanRules(seed=seed))
    seconds = time.process_time() - began
    headline = judged[0]
    inside = [
        day.is_in_cluster[cluster_finding.stations_of(headline.trials.ground, headline.trials, one)]
        for one in headline.separated.clusters
    ]
    return Trial(
        is_tested=not headline.why,
        is_flagged=any(one.separated.clusters for one in judged),
        is_headline_flagged=bool(inside),
        is_hit=any(one.any() for one in inside),
        is_mostly_hit=any(one.mean() >= 0.5 for one in inside),
        shown=sum(len(one) for one in inside),
        false=sum(int((~one).sum()) for one in inside),
        seconds=seconds,
    )


def page_of(day: Deployment, names_teams: bool = True) -> tuple[Observed, list[Answers]]:
    """Return what a page offers: all findings that are not low together, then each such category."""
    catalog = day.ground.catalog
    counted = (
        (day.outcome == OUTCOMES.index("observed"))
        & day.is_verified
        & (day.stage_of_visit != STAGES.index("tabulation"))
    )
    forms = np.where(
        day.is_short[:, None], catalog.asked_short[day.stage_of_visit], catalog.asked[day.stage_of_visit]
    )
    forms &= counted[:, None] & ~catalog.is_low
    has: npt.NDArray[np.bool_] = np.zeros(forms.shape, dtype=np.bool_)
    has[day.visit_of_finding, day.category_of_finding] = True
    has &= forms
    every = [Answers(forms.any(axis=1), has.any(axis=1))]
    every += [Answers(forms[:, c], has[:, c]) for c in np.flatnonzero(~catalog.is_low).tolist()]
    team = day.team_of_visit if names_teams else np.full(len(day.team_of_visit), -1)
    return Observed(
        lon=day.lon,
        lat=day.lat,
        area=day.area_of_station.astype(np.int64),
        station=day.station_of_visit.astype(np.int64),
        team=team.astype(np.int64),
    ), every


def row(name: str, seeds: int) -> dict[str, Any]:
    """Return the figures of one kind of mission."""
    design = DESIGNS[name]
    first = FIRST_SEED if design.is_planted else NULL_SEED
    trials = [trial(design, first + i) for i in range(seeds)]
    shown = sum(one.shown for one in trials)
    return {
        "name": name,
        "maps": len(trials),
        "tested": _mean(one.is_tested for one in trials),
        "flagged": _mean(one.is_flagged for one in trials),
        "flagged_all_findings": _mean(one.is_headline_flagged for one in trials),
        "found": _mean(one.is_hit for one in trials) if design.is_planted else None,
        "mostly": _mean(one.is_mostly_hit for one in trials) if design.is_planted else None,
        "false_stations": round(sum(one.false for one in trials) / shown, 3) if shown else None,
        "processor_seconds": _mean(one.seconds for one in trials),
    }


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean([float(value) for value in values])), 3)


if __name__ == "__main__":
    wanted = sys.argv[2:] or list(DESIGNS)
    for name in wanted:
        print(json.dumps(row(name, int(sys.argv[1]) if len(sys.argv) > 1 else 100)), flush=True)
