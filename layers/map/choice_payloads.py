"""The types of one choice's figures, which are sent as columns."""

from __future__ import annotations

from typing import TypedDict

from geo.model.code_lists import Status


class ChoiceAssessments(TypedDict, total=False):
    """The overall assessments of every unit at a choice's stage; nothing where there are none."""

    assessment: list[Status]
    assessed: list[int]
    negative: list[int]
    negativeLow: list[float | None]
    negativeHigh: list[float | None]


class ChoiceUnits(ChoiceAssessments):
    """The figures of every unit under a choice, a column each. They count stations; below 0 is not told."""

    coverage: list[Status]
    observed: list[int]
    stations: list[int]
    status: list[Status]
    asked: list[int]
    found: list[int]
    low: list[float | None]
    high: list[float | None]
