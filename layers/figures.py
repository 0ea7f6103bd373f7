"""Every figure of one choice as map, list and downloads give it: a release's, never computed anew."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import grid
from geo.disclosure import Units
from geo.disclosure.cut import SEVERITY_CHOICES, STAGE_CHOICES
from geo.words import Status
from layers.tally import IntArray
from layers.view import View

FloatArray = npt.NDArray[np.float64]
STAGES: Final = tuple(stage or "all" for stage in STAGE_CHOICES)
SEVERITIES: Final = SEVERITY_CHOICES
DIGITS: Final = 3  # 1e-3 degrees is 100 m; a cell is tens of kilometres wide
# Shares at which the next darker class starts. Fixed, so that two missions can be compared by eye.
RATE_CLASSES: Final = (0.0, 0.05, 0.10, 0.20, 0.30)


def choices() -> tuple[str, ...]:
    """Return the names of all choices, "all/low" … "counting/high"; no other exists."""
    return tuple(f"{stage}/{severity}" for stage in STAGES for severity in SEVERITIES)


def units(made: Units, choice: str) -> dict[str, Any]:
    """Return the figures of every unit under a choice; counts below 0 are not told (-2: "<3")."""
    stage = choice.partition("/")[0]
    covered = made.coverage.get(stage, made.coverage["all"])
    found = made.findings[choice]
    return {
        "coverage": list(covered.status),
        "observed": covered.observed.tolist(),
        "stations": made.stations.tolist(),
        "status": list(found.status),
        "visits": found.visits.tolist(),
        "found": found.with_finding.tolist(),
        "low": [None if np.isnan(one) else round(float(one), 2) for one in found.rate_low],
        "high": [None if np.isnan(one) else round(float(one), 2) for one in found.rate_high],
        "hot": np.flatnonzero(found.is_hot_spot).tolist(),
    }


def assessed(made: Units, choice: str) -> dict[str, Any]:
    """Return the overall assessments of every unit at a choice's stage; {} where there are none."""
    found = made.assessments.get(choice.partition("/")[0])
    if found is None:
        return {}
    return {
        "assessment": list(found.status),
        "assessed": found.visits.tolist(),
        "negative": found.negative.tolist(),
        "negativeLow": [None if np.isnan(one) else round(float(one), 2) for one in found.rate_low],
        "negativeHigh": [None if np.isnan(one) else round(float(one), 2) for one in found.rate_high],
    }


def choice_values(view: View, choice: str, fills: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what the browser needs of one choice, in no language. `fills`: by name of layer."""
    nation, areas = view.release.nation, view.release.by_area
    whole = units(nation, choice) | assessed(nation, choice)
    return {
        "choice": choice,
        "nation": {key: one[0] for key, one in whole.items() if key != "hot"},
        "areas": units(areas, choice) | assessed(areas, choice),
        "cells": units(view.release.by_cell, choice),
        "fills": {name: list(tokens) for name, tokens in fills.items()},
    }


def cell_outlines(view: View) -> list[list[float]]:
    """Return every cell's corners, lon and lat in turn, EPSG:4326; in the order of the release's cells."""
    ids = np.array([int(one, 16) for one in view.release.by_cell.unit_id], dtype=np.uint64)
    found = []
    for shape in grid.polygons(ids):
        corners = np.asarray(shape.exterior.coords)[:-1, :2]
        found.append([round(float(value), DIGITS) for value in corners.ravel()])
    return found


def rate_tokens(made: Units, choice: str) -> tuple[str, ...]:
    """Return the appearance of every unit by its share of visits with a finding."""
    found = made.findings[choice]
    return share_tokens(found.status, found.rate, found.with_finding)


def share_tokens(statuses: tuple[Status, ...], rates: FloatArray, counts: IntArray) -> tuple[str, ...]:
    """Return an appearance for every unit by its share of visits; `counts`: below 0 where not told."""
    tokens = []
    for status, rate, count in zip(statuses, rates.tolist(), counts.tolist(), strict=True):
        if np.isfinite(rate):
            tokens.append(f"rate-{np.searchsorted(RATE_CLASSES, rate, side='right') - 1}")
        elif status == "published" and count < 0:
            tokens.append("rate-small")
        else:
            tokens.append(f"status-{status}")
    return tuple(tokens)
