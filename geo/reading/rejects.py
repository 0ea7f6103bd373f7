"""How what is odd about cells becomes defects of a file, and rows set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from geo.model.columns import BoolArray, IntArray
from geo.model.mission import Mission
from geo.model.table_source import TableSource
from geo.model.tables import Raw, Table
from geo.model.text_cells import cells_of
from geo.reading import defects, parse_points, parse_values
from geo.reading.known_places import KnownPlaces
from geo.reading.parse_values import Issue

REJECT_COLUMNS: Final = ("file", "table", "row", "column", "value", "reason", "raw")


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """An issue in one column of this file; `shown`: the cells as written, one per position."""

    column: str
    issue: Issue
    shown: npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What every step needs to know, never changed on the way."""

    raw: Raw
    table: Table
    mission: Mission
    source: TableSource
    now: datetime
    headers: Mapping[str, str]  # our column → the source's
    places: KnownPlaces

    def shown(self, column: str, at: IntArray) -> npt.NDArray[np.object_]:
        """Return the cells as written at some positions; "" for a column the file does not have."""
        header = self.headers.get(column)
        if header is None:
            return np.full(len(at), "", dtype=object)
        part = self.raw.cells[header].iloc[at]
        return parse_values.texts_at(cells_of(part), np.arange(len(at)))

    def findings(self, column: str, issues: tuple[Issue, ...] | list[Issue]) -> list[Finding]:
        """Return the issues that concern any cell, each with those cells as the file has them."""
        return [Finding(column, issue, self.shown(column, issue.at)) for issue in issues if len(issue.at)]


def rejected_rows(count: int, findings: list[Finding]) -> BoolArray:
    """Return which of so many rows a finding sets aside, (count,) bool."""
    bad = np.zeros(count, dtype=bool)
    for finding in findings:
        if defects.KINDS[finding.issue.code].severity == "rejected":
            bad[finding.issue.at] = True
    return bad


def rejects(job: Job, findings: list[Finding], bad: BoolArray, about_file: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rejected source row, its first reason named by column and value."""
    unreadable = _readers_rejects(job.raw, job.table)
    if not bad.any():
        return unreadable
    reasons = [
        pd.DataFrame({"at": f.issue.at, "column": f.column, "value": f.shown, "reason": _reason(f)})
        for f in findings
        if defects.KINDS[f.issue.code].severity == "rejected"
    ]
    missing = about_file[about_file["code"] == "column_missing"]
    if len(missing):
        text = "the file has no column " + ", ".join(missing["column"])
        at = np.flatnonzero(bad)
        reasons.append(
            pd.DataFrame({"at": at, "column": missing["column"].iloc[0], "value": "", "reason": text})
        )
    every = pd.concat(reasons, ignore_index=True)
    every["row"] = job.raw.row_numbers[every["at"].to_numpy()]
    per_row = every.groupby("row", sort=True).agg(
        at=("at", "first"), column=("column", "first"), value=("value", "first"), reason=("reason", "; ".join)
    )
    per_row = per_row.reset_index()
    per_row["raw"] = _rows_as_json(job.raw.cells.iloc[per_row["at"].to_numpy()])
    per_row["file"], per_row["table"] = job.raw.file, job.table.name
    per_row["value"] = per_row["value"].map(_short)
    strings = {name: "str" for name in REJECT_COLUMNS if name != "row"}
    rows = per_row[list(REJECT_COLUMNS)].astype(strings)
    return pd.concat([unreadable, rows], ignore_index=True) if len(unreadable) else rows


def no_rejects() -> pd.DataFrame:
    """Return a rejects frame without rows."""
    return _no_rejects().copy(deep=False)


@cache
def _no_rejects() -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series([], dtype="str") for name in REJECT_COLUMNS})
    return frame.astype({"row": "int64"})


def _readers_rejects(raw: Raw, table: Table) -> pd.DataFrame:
    """Return the rows that the reader itself set aside, whose cells it keeps as JSON in `value`."""
    if raw.defects is None:
        return no_rejects()
    problems = raw.defects
    aside = problems[problems["code"].map(defects.severity_of) == "rejected"]
    if not len(aside):
        return no_rejects()
    says = aside["code"].map(lambda code: defects.KINDS[code].says.rstrip("."))
    frame = aside.assign(
        table=table.name, raw=aside["value"], value="", reason=says + ": there should be " + aside["expected"]
    )
    return frame[list(REJECT_COLUMNS)].astype({"row": "int64"}).reset_index(drop=True)


def _reason(finding: Finding) -> npt.NDArray[np.object_]:
    says = defects.KINDS[finding.issue.code].says.rstrip(".")
    right = finding.issue.expected
    if isinstance(right, str):
        return np.full(len(finding.issue.at), f"{says}: {finding.column} should be {right}", dtype=object)
    return np.array([f"{says}: {finding.column} should be {expected}" for expected in right], dtype=object)


def _rows_as_json(rows: pd.DataFrame) -> list[str]:
    return [orjson.dumps(row).decode() for row in rows.astype("str").to_dict(orient="records")]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= parse_values.SHOWN else text[: parse_values.SHOWN] + "…"


def all_defects(job: Job, findings: list[Finding], about_file: pd.DataFrame) -> pd.DataFrame:
    """Return every defect: the reader's, the file's, then the cells', worst first and by row."""
    frames = [
        defects.defects_at(
            finding.issue.code,
            table=job.table.name,
            file=job.raw.file,
            rows=job.raw.row_numbers[finding.issue.at],
            column=finding.column,
            values=np.array([_short(value) for value in finding.shown], dtype=object),
            expected=finding.issue.expected,
        )
        for finding in findings
    ]
    frames += parse_points.crs_defects(job.raw, job.table, job.source)
    every = defects.concat([_readers_defects(job), about_file, *frames])
    return defects.ordered(every.drop_duplicates(ignore_index=True))


def _readers_defects(job: Job) -> pd.DataFrame:
    """Return what the reader reported, less the HTML entities in columns that were looked at here."""
    problems = job.raw.defects if job.raw.defects is not None else defects.empty()
    again = (problems["code"] == "html_entity") & problems["column"].isin(set(job.headers.values()))
    return problems[~again].assign(table=job.table.name)
