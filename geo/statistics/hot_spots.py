"""Which cells have more findings than expected, tested once for everything one page can show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.statistics import robust
from geo.statistics.material import (
    Absence,
    BoolArray,
    Material,
    Result,
    Statistic,
    StatisticColumn,
    where_status,
)
from geo.words import Status


def compute(material: Material) -> Result:
    """Return the verdict on every cell for the choice shown, out of the page's whole family of tests.

    Areas have no verdict: with fewer than 30 of them there are no local statistics (METHODS §3).
    """
    units = len(material.counts)
    nothing = np.full(units, np.nan)
    if material.neighbours is None or material.counts.exposure.sum() == 0:
        absence: Absence = "areas_only" if material.neighbours is None else "no_visits"
        codes = np.full(units, robust.NOT_TESTED)
        columns = {"hot_spot": codes, "hot_z": nothing, "hot_p": nothing, "hot_p_without_team": nothing}
        return Result(columns, _status(material, codes), absence)
    shown = robust.hot_spot_family(
        [_visits(material, exposed, found) for exposed, found in material.family],
        material.neighbours,
        n_units=units,
        q=material.thresholds.false_discovery_rate,
        rules=_rules(material),
        only=material.shown,
    )[0]
    columns = {
        "hot_spot": shown.status,
        "hot_z": shown.z,
        "hot_p": shown.p,
        "hot_p_without_team": shown.p_without_team,
    }
    reasons: dict[str, Absence] = {"too_few_units": "too_few_units", "too_few_teams": "too_few_teams"}
    return Result(columns, _status(material, shown.status), reasons.get(shown.reason, ""))


def _visits(material: Material, exposed: BoolArray, found: BoolArray) -> robust.Visits:
    return robust.Visits(
        unit=material.unit_of_visit[exposed], team=material.team_of_visit[exposed], is_finding=found[exposed]
    )


def _rules(material: Material) -> robust.Rules:
    asked = material.thresholds
    return robust.Rules(
        visits=asked.cell_visits,
        units=asked.observed_areas,
        neighbourhood_visits=asked.neighbourhood_visits,
        neighbours=asked.observed_neighbours,
        p_without_team=asked.drop_team_p,
    )


def _status(material: Material, codes: npt.NDArray[np.str_]) -> tuple[Status, ...]:
    exposure = material.counts.exposure
    few = np.isin(codes, [robust.TOO_FEW_VISITS, robust.TOO_FEW_NEIGHBOURS, robust.NOT_TESTED])
    return where_status(
        "published",
        (material.is_not_reported & (exposure == 0), "not_reported"),
        (exposure == 0, "not_observed"),
        (few, "insufficient"),
    )


STATISTIC = Statistic(
    name="hot_spot",
    says="Cells with more findings than expected, that stay so without any one team.",
    source="Gi* (Ord & Getis 1995) on EB-standardised rates (Assunção & Reis 1999), permutation p, BH",
    columns=(
        StatisticColumn("hot_spot", "code", f"one of {', '.join(robust.STATUSES)}"),
        StatisticColumn("hot_z", "standard deviations", "Gi* of the cell and its neighbours"),
        StatisticColumn("hot_p", "probability", "permutation p, one-sided; empty where not tested"),
        StatisticColumn("hot_p_without_team", "probability", "the largest p after leaving out any one team"),
    ),
    compute=compute,
)
