"""Every figure of one choice, as downloads and methods page give it. A release holds all of them."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np

from geo.model.columns import FloatArray
from geo.publication import Units
from geo.publication.publishable_reports import SEVERITY_CHOICES, STAGE_CHOICES
from layers.map.choice_payloads import ChoiceAssessments, ChoiceUnits

STAGES: Final = tuple(stage or "all" for stage in STAGE_CHOICES)
SEVERITIES: Final = SEVERITY_CHOICES


def choices() -> tuple[str, ...]:
    """Return the names of all choices, "all/low" … "counting/high"; no other exists."""
    return tuple(f"{stage}/{severity}" for stage in STAGES for severity in SEVERITIES)


def units(made: Units, choice: str) -> ChoiceUnits:
    """Return the figures of every unit under a choice, stations counted; counts below 0 are not told."""
    stage = choice.partition("/")[0]
    covered = made.coverage.get(stage, made.coverage["all"])
    found = made.findings[choice]
    return {
        "coverage": list(covered.status),
        "observed": covered.observed.tolist(),
        "stations": made.stations.tolist(),
        "status": list(found.status),
        "asked": found.asked.tolist(),
        "found": found.found.tolist(),
        "low": _ends(found.low),
        "high": _ends(found.high),
    }


def _ends(ends: FloatArray) -> list[float | None]:
    return [None if np.isnan(one) else round(float(one), 3) for one in ends]


def assessed(made: Units, choice: str) -> ChoiceAssessments:
    """Return the overall assessments of every unit at a choice's stage; {} where there are none."""
    found = made.assessments.get(choice.partition("/")[0])
    if found is None:
        return {}
    return {
        "assessment": list(found.status),
        "assessed": found.asked.tolist(),
        "negative": found.found.tolist(),
        "negativeLow": _ends(found.low),
        "negativeHigh": _ends(found.high),
    }


def first_of(columns: ChoiceAssessments) -> dict[str, Any]:
    """Return what columns say of their first unit, by name."""
    return {name: cast(list[Any], column)[0] for name, column in columns.items()}
