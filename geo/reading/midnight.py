"""Times that people write without a day, or days without a time: which day, and when there is no hour.

Observers write clocks: 23:30 to 00:40, 00:15, 24:30. Their day is in a column that mission.toml names, or
election day. A departure before its arrival is the next day, and so are the end of a shift before its start
and a count before the polls open. A day without a time says nothing of an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.columns import BoolArray, IntArray
from geo.model.mission import minutes_of_clock
from geo.model.text_cells import cells_of
from geo.reading import parse_values
from geo.reading.id_forms import plain_digits
from geo.reading.parse_times import Zones, local_of, moments_of, read_date
from geo.reading.parse_values import Issue
from geo.reading.rejects import Finding, Job

LATE_STAGES: Final = ("closing", "counting", "tabulation")
TIMES: Final = ("arrived", "left", "occurred", "received", "due", "last_contact")
_INTERVALS: Final = (("arrived", "left"), ("shift_starts", "shift_ends"))
# 9:30, 24:10 or 9.30 pm and nothing else; the hours 24 to 27 are those after midnight.
_CLOCK_ONLY: Final = r"^\s*[0-2]?\d[:.][0-5]\d(?:[:.][0-5]\d(?:\.\d+)?)?\s*(?:[aApP]\.?[mM]\.?)?\s*$"
# A time of day somewhere in a cell that may hold a day, too.
_HAS_CLOCK: Final = (
    r"\d:\d\d|[T ,]\d{1,2}\.\d\d(?:\.\d\d)?\s*(?:[aApP]\.?[mM]\.?)?\s*$"
    r"|^\d{1,2}\.\d\d(?:\.\d\d)?$|\d\s*[aApP]\.?[mM]"
)
_MIDNIGHT: Final = r"(?:^|[T ])00:00(?::00(?:\.0+)?)?\s*$"
_DAY: Final = np.timedelta64(1, "D")
_FEWEST_DATES: Final = 5  # of a column: if all of so many stand at midnight, a spreadsheet added the hour
Days = npt.NDArray[np.datetime64]
LocalTimes = npt.NDArray[np.datetime64]


def with_days(job: Job, read: dict[str, pd.Series[Any]], zones: Zones) -> list[Finding]:
    """Give times in `read` the day they were on, take away hours nobody wrote; return what was done."""
    results: list[Finding] = []
    clocks: dict[str, BoolArray] = {}
    for name in TIMES:
        if name in read and name in job.headers:
            results += _without_hour(job, read, name)
            clocks[name] = _is_clock(job, name) & read[name].notna().to_numpy()
    days, issues = _days(job)
    results += job.findings(job.source.day_column, issues) if issues else []
    results += _on_their_days(job, read, clocks, days, zones)
    days = np.where(np.isnat(days), np.datetime64(zones.election, "D"), days)
    if "arrived" in clocks or "occurred" in clocks:
        results += _late(job, read, clocks, days, zones)
    for begins, ends in _INTERVALS:
        if {begins, ends} <= read.keys() & job.headers.keys():
            results += _ends(job, read, begins, ends, days, zones)
    return results


def _days(job: Job) -> tuple[Days, list[Issue]]:
    """Return the day each row says its clocks are on, (N,) datetime64[D], NaT for none, and what is odd."""
    header, count = job.source.day_column, len(job.raw.row_numbers)
    if not header or header not in job.raw.cells.columns:
        return np.full(count, np.datetime64("NaT"), dtype="datetime64[D]"), []
    column, election = job.raw.cells[header], job.mission.election_date
    is_typed = pd.api.types.is_datetime64_any_dtype(column.dtype)
    parsed = read_date(column if is_typed else None, cells_of(column), election)
    return parsed.values.to_numpy(dtype="datetime64[us]").astype("datetime64[D]"), list(parsed.issues)


def _on_their_days(
    job: Job, read: dict[str, pd.Series[Any]], clocks: Mapping[str, BoolArray], days: Days, zones: Zones
) -> list[Finding]:
    """Move clocks in `read` to the day of their row; say which have none where there were several."""
    results: list[Finding] = []
    election = np.datetime64(zones.election, "D")
    for name, is_clock in clocks.items():
        at = np.flatnonzero(is_clock & ~np.isnat(days) & (days != election))
        local = local_of(read[name], zones)[at]
        issues = _put(read, name, at, local + (days[at] - election), zones)
        results += job.findings(name, issues)
        lost = np.flatnonzero(is_clock & np.isnat(days)) if len(job.mission.voting_days) > 1 else at[:0]
        right = "a day as well, or the column with the day: day_column in mission.toml"
        results += job.findings(name, [Issue("clock_without_day", lost, right)])
    return results


def _is_clock(job: Job, name: str) -> BoolArray:
    column = job.raw.cells[job.headers[name]]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.zeros(len(column), dtype=bool)
    return parse_values.matches(plain_digits(cells_of(column))[0], _CLOCK_ONLY)


def _without_hour(job: Job, read: dict[str, pd.Series[Any]], name: str) -> list[Finding]:
    """Make the times missing that are only days: written so, or all of a column at midnight."""
    column = job.raw.cells[job.headers[name]]
    present = read[name].notna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return []
    cells = plain_digits(cells_of(column))[0]
    is_day = present & ~parse_values.matches(cells, _HAS_CLOCK) & parse_values.matches(cells, r"[-./\s]")
    is_day &= ~parse_values.matches(cells, r"^\s*\d+(?:[.,]\d+)?\s*$")  # a spreadsheet's number has its hour
    is_midnight = present & parse_values.matches(cells, _MIDNIGHT)
    if is_midnight.any() and (is_midnight | is_day)[present].all() and present.sum() >= _FEWEST_DATES:
        is_day |= is_midnight  # a spreadsheet's dates carry a midnight that nobody meant
    at = np.flatnonzero(is_day)
    if not len(at):
        return []
    read[name] = read[name].mask(pd.Series(is_day, index=read[name].index))
    return job.findings(
        name, [Issue("time_day_only", at, "a time such as 2005-12-04 09:30; no hour is known")]
    )


def _late(
    job: Job, read: dict[str, pd.Series[Any]], clocks: Mapping[str, BoolArray], days: Days, zones: Zones
) -> list[Finding]:
    """Put a clock before the opening of the polls, at a stage after their close, on the next day."""
    if "stage" not in read:
        return []
    is_late = read["stage"].isin(LATE_STAGES).to_numpy()
    before = np.timedelta64(minutes_of_clock(job.mission.polls_open), "m")
    results: list[Finding] = []
    for name in ("arrived", "occurred"):
        if name not in clocks:
            continue
        local = local_of(read[name], zones)
        day = local.astype("datetime64[D]")
        on_day = day == days  # 24:30 has moved already
        at = np.flatnonzero(is_late & clocks[name] & on_day & (local - day < before))
        results += _moved(job, read, name, at, local[at] + _DAY, zones)
    return results


def _ends(
    job: Job, read: dict[str, pd.Series[Any]], begins: str, ends: str, days: Days, zones: Zones
) -> list[Finding]:
    """Put an end that is only a clock on the day of its beginning, or on the next if it were before it."""
    is_clock = _is_clock(job, ends) & read[ends].notna().to_numpy()
    first, last = local_of(read[begins], zones), local_of(read[ends], zones)
    at = np.flatnonzero(is_clock & ~np.isnat(first))
    day = last[at].astype("datetime64[D]")
    hour = last[at] - day
    over = day > days[at]  # 24:30 says the next day itself
    moved = first[at].astype("datetime64[D]") + hour
    moved = np.where(moved < first[at], moved + _DAY, moved)
    differs = (moved != last[at]) & ~(over & (last[at] >= first[at]))
    return _moved(job, read, ends, at[differs], moved[differs], zones)


def _moved(
    job: Job, read: dict[str, pd.Series[Any]], name: str, at: IntArray, local: LocalTimes, zones: Zones
) -> list[Finding]:
    if not len(at):
        return []
    issues = _put(read, name, at, local, zones)
    right = np.array(
        [f"a day as well; read as {str(item)[:16].replace('T', ' ')}" for item in local], dtype=object
    )
    return job.findings(name, [Issue("time_next_day", at, right), *issues])


def _put(
    read: dict[str, pd.Series[Any]], name: str, at: IntArray, local: LocalTimes, zones: Zones
) -> list[Issue]:
    """Put local times into a column of `read`; return those that the clocks showed twice or never."""
    if not len(at):
        return []
    whole = np.full(len(read[name]), np.datetime64("NaT"), dtype="datetime64[us]")
    whole[at] = local
    values, issues = moments_of(whole, zones)
    changed = read[name].to_numpy(dtype="datetime64[us]", copy=True)
    changed[at] = values[at]
    read[name] = pd.Series(changed).dt.tz_localize("UTC")
    return issues
