"""When something happened: dates and times as people and programs write them, as UTC.

A time without a zone is in its area's zone. A time that the clocks showed twice or never, or whose
day and month cannot be told apart, stays missing and is reported; it is never guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import BoolArray, IntArray
from geo.model.mission import YEARS
from geo.model.text_cells import Cells
from geo.reading.parse_values import LONGEST_TYPED, Issue, Parsed, absent, each_distinct, matches

LAST_HOUR: Final = 27  # 24:00 to 27:59 are the hours after midnight of a day that goes on
NEAR_DAYS: Final = 60  # how near the election a date lies when it tells day-first from month-first
_NAIVE: Final = "datetime64[us]"
_SERIAL_DAY: Final = date(1899, 12, 30)  # day 0 of spreadsheets
_ISO: Final = r"^(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)?$"
_ISO_ZONED: Final = (
    r"^(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-][01]\d:?[0-5]\d)$"
)
_DOTTED: Final = r"^([0-3]\d)\.([01]\d)\.((?:19|20)\d\d)((?: [0-2]\d:[0-5]\d(?::[0-5]\d)?)?)$"
_MONTHS: Final[Mapping[str, int]] = {
    word: month % 12 + 1
    for words in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "қаң ақп нау сәу мам мау шіл там қыр қаз қар жел",
    )
    for month, word in enumerate(words.split())
} | {"мая": 5}
_CLOCK: Final = re.compile(
    r"(\d{1,2})(?:[:.]|\s?h\s?)(\d{2})(?:[:.](\d{2})(?:\.(\d{1,9}))?)?\s*([ap]\.?m\.?)?"
    r"\s*(z|(?:gmt|utc)?[+-]\d{1,2}(?::?\d{2})?|gmt|utc)?",
    re.IGNORECASE,
)
_NUMERIC: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})")
_WORDED: Final = re.compile(
    r"(?:(\d{1,2})[\s.-]+([^\W\d_]{3,})\.?|([^\W\d_]{3,})\.?\s+(\d{1,2}),?)[\s.,-]+(\d{4})(?:\s*(?:г|ж)\.?)?"
)
_ORDERS: Final = ("day/month", "month/day")
_RIGHT_TIME: Final = "a time such as 2005-12-04 09:30"
_RIGHT_DATE: Final = "a date such as 2005-12-04"


@dataclass(frozen=True, slots=True)
class Zones:
    """Which zone a naive time is in: `names[zone_of_row[i]]`; `election` dates times without a day."""

    names: tuple[str, ...]
    zone_of_row: npt.NDArray[np.int32]
    election: date


@dataclass(frozen=True, slots=True)
class _Moment:
    """One odd cell read: naive local unless `is_utc`; `other`: the same with day and month swapped."""

    moment: datetime | None
    is_utc: bool = False
    other: datetime | None = None
    note: str = ""


def read_time(column: pd.Series[Any] | None, cells: Cells, zones: Zones) -> Parsed:
    """Return datetime64[us, UTC], NaT for missing; naive times by `zones`, day-first by the dots.

    `column`: of datetimes already; then `cells` are not looked at.
    """
    if column is not None:
        empty, beyond = column.isna().to_numpy(), _is_beyond(column)
        issues = [Issue("time_unreadable", np.flatnonzero(beyond), _RIGHT_TIME)]
        column = column.mask(beyond)
        local, utc, rest = _typed(column), _no_times(len(column)), np.empty(0, np.int64)
        if column.dt.tz is not None:
            local, utc = utc, local
    else:
        empty, note = absent(cells)
        issues = [note] if note else []
        local, utc, rest = _plain(cells, empty)
    if len(rest):
        issues += _odd(cells, rest, zones.election, local, utc)
    zoned, clock_issues = moments_of(local, zones)
    issues += clock_issues
    values = pd.Series(np.where(np.isnat(utc), zoned, utc)).astype("datetime64[us]").dt.tz_localize("UTC")
    unread = ~empty & values.isna().to_numpy()
    return Parsed(values, unread, tuple(issue for issue in issues if len(issue.at)))


def read_date(column: pd.Series[Any] | None, cells: Cells, election: date) -> Parsed:
    """Return days as midnight UTC, datetime64[us, UTC], NaT for missing; a time of day is left off.

    `column`: of datetimes already; then `cells` are not looked at.
    """
    count = len(cells if column is None else column)
    zones = Zones(("UTC",), np.zeros(count, dtype=np.int32), election)
    if column is not None and column.dt.tz is not None:
        beyond, utc = _is_beyond(column), pd.Series(_typed(column), index=column.index)
        # the day as written, in whatever zone it was written
        column = column.mask(beyond).dt.tz_localize(None).where(~beyond, utc)
    read = read_time(column, cells, zones)
    issues = tuple(
        Issue("date_unreadable", issue.at, _RIGHT_DATE) if issue.code == "time_unreadable" else issue
        for issue in read.issues
    )
    return Parsed(read.values.dt.floor("D"), read.unread, issues)


def _typed(column: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    """Return datetimes as naive microseconds; in UTC when the column has a zone."""
    plain = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    return np.array(plain.to_numpy(dtype=_NAIVE))


def _is_beyond(column: pd.Series[Any]) -> BoolArray:
    """Return which datetimes lie in years that no date of a mission does, (N,) bool.

    Programs write the first or last year they know where nothing is known, and zones have no clocks there.
    """
    moments = _typed(column)
    years = moments.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.asarray(~np.isnat(moments) & ((years < YEARS[0]) | (years > YEARS[1])))


def _no_times(count: int) -> npt.NDArray[np.datetime64]:
    return np.full(count, np.datetime64("NaT"), dtype=_NAIVE)


def _plain(
    cells: Cells, empty: BoolArray
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64], IntArray]:
    """Return naive times, UTC times and the positions still to be read, by vectorised kernels alone."""
    local, utc, done = _no_times(len(cells)), _no_times(len(cells)), empty.copy()
    for pattern, target, is_dotted in (
        (_ISO, local, False),
        (_ISO_ZONED, utc, False),
        (_DOTTED, local, True),
    ):
        if done.all():
            break
        here = matches(cells, pattern) & ~done
        if not here.any():
            continue
        part = cells.filter(pa.array(here))
        if is_dotted:
            part = pc.replace_substring_regex(part, _DOTTED, r"\3-\2-\1\4")
        read = pd.to_datetime(
            pd.Series(pd.array(part, dtype="str")), format="ISO8601", errors="coerce", utc=target is utc
        )
        target[here] = _typed(read)
        done |= here
        done[np.flatnonzero(here)[read.isna().to_numpy()]] = False
    return local, utc, np.flatnonzero(~done)


def _odd(
    cells: Cells,
    at: IntArray,
    election: date,
    local: npt.NDArray[np.datetime64],
    utc: npt.NDArray[np.datetime64],
) -> list[Issue]:
    """Read the cells no kernel could, into `local` and `utc`, which this module has just made."""
    read, _ = each_distinct(cells, at, lambda text: _moment(text, election))
    month_first = _is_month_first(read, election)
    read, doubtful, swapped = _ordered(read, month_first)
    here = np.array([item.moment is not None for item in read], dtype=bool)
    is_utc = np.array([item.is_utc for item in read], dtype=bool)
    for target, chosen in ((local, here & ~is_utc), (utc, here & is_utc)):
        target[at[chosen]] = np.array([item.moment for item in read[chosen]], dtype=_NAIVE)
    notes = np.array(["" if item.note in _ORDERS else item.note for item in read], dtype=object)
    issues = [
        Issue("date_order_unknown", at[doubtful], "year first: 2005-12-04"),
        Issue("time_unreadable", at[~here & ~doubtful], _RIGHT_TIME),
        Issue("time_understood", at[here & (notes != "")], notes[here & (notes != "")]),
    ]
    order = "month/day/year" if month_first else "day/month/year"
    if swapped.any():
        issues.append(Issue("date_order_inferred", at[swapped], f"year first; read as {order}"))
    return issues


def _ordered(
    read: npt.NDArray[np.object_], month_first: bool | None
) -> tuple[npt.NDArray[np.object_], BoolArray, BoolArray]:
    """Return moments with the order of day and month decided; which cannot be, and which had two."""
    two = np.array([item.other is not None for item in read], dtype=bool)
    if month_first is None:
        read = read.copy()
        read[two] = _Moment(None)
        return read, two, np.zeros(len(read), dtype=bool)
    if month_first:
        read = read.copy()
        read[two] = [_Moment(item.other, item.is_utc) for item in read[two]] if two.any() else []
    return read, np.zeros(len(read), dtype=bool), two


def _is_month_first(read: Sequence[_Moment] | npt.NDArray[np.object_], election: date) -> bool | None:
    """Return whether a column of slashed dates puts the month first; None when nothing decides.

    Decided by dates only one order can mean, else by which order lies near the election.
    """
    sure = {item.note for item in read if item.note in _ORDERS}
    if len(sure) == 1:
        return sure == {_ORDERS[1]}
    two = [item for item in read if item.other is not None and item.moment is not None]
    if sure or not two:
        return None
    near = [
        sum(abs((moment.date() - election).days) <= NEAR_DAYS for moment in moments if moment)
        for moments in ([item.moment for item in two], [item.other for item in two])
    ]
    if 0 in near and sum(near) > 0:
        return bool(near[0] == 0)
    return None


def _moment(text: str, election: date) -> _Moment:
    """Return what one odd cell says; `_Moment(None)` if nothing can be made of it."""
    if len(text) > LONGEST_TYPED:
        return _Moment(None)
    tidy = re.sub(r"\s+", " ", text.strip().replace(" ", " ").replace(" ", " "))
    if re.fullmatch(r"\d{5}([.,]\d+)?", tidy):
        return _serial(float(tidy.replace(",", ".")))
    if re.fullmatch(r"1\d{9}|1\d{12}", tidy):
        seconds = int(tidy) / (1 if len(tidy) == 10 else 1000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        return _Moment(moment, True, None, f"read as seconds since 1970: {moment:%Y-%m-%d %H:%M} UTC")
    days, end = _days(tidy)
    if end == 0:
        days = [(election, f"a day as well; read as election day {election.isoformat()}")]
    clock = tidy[end:].lstrip(" ,T")
    offset = _offset_of_clock(clock)
    if not days or offset is None or (end == 0 and not clock):
        return _Moment(None)
    moments = [datetime.combine(day, datetime.min.time()) + offset[0] for day, _ in days]
    if offset[1] is not None:
        moments = [moment - offset[1] for moment in moments]
    other = moments[1] if len(moments) > 1 else None
    note = days[0][1]
    if offset[0] >= timedelta(days=1):
        note = note if note in _ORDERS else f"read as {moments[0]:%Y-%m-%d %H:%M}, after midnight"
    return _Moment(moments[0], offset[1] is not None, other, note)


def _serial(days: float) -> _Moment:
    """Return a spreadsheet's day number as a local time, to the second."""
    if not 20_000 <= days <= 80_000:  # 1954 to 2119
        return _Moment(None)
    seconds = round((days % 1) * 86_400)
    moment = datetime.combine(_SERIAL_DAY, datetime.min.time()) + timedelta(days=int(days), seconds=seconds)
    return _Moment(moment, note=f"read as a spreadsheet's day number: {moment:%Y-%m-%d %H:%M}")


def _days(text: str) -> tuple[list[tuple[date, str]], int]:
    """Return the days a text may start with, each with what decided its order, and where they end."""
    numeric = _NUMERIC.match(text)
    if numeric:
        first, mark, second, third = numeric[1], numeric[2], int(numeric[3]), numeric[4]
        if len(first) == 4:
            return _valid([(int(first), second, int(third), "")]), numeric.end()
        if len(first) > 2 or len(third) != 4:
            return [], numeric.end()  # a year of two digits could be anything
        year, day = int(third), int(first)
        if mark == ".":
            return _valid([(year, second, day, "")]), numeric.end()
        if day == second:
            return _valid([(year, second, day, "")]), numeric.end()
        both = _valid([(year, second, day, _ORDERS[0]), (year, day, second, _ORDERS[1])])
        return ([(understood, "") for understood, _ in both] if len(both) == 2 else both), numeric.end()
    worded = _WORDED.match(text)
    if worded:
        month = _MONTHS.get((worded[2] or worded[3]).casefold()[:3], 0)
        return _valid([(int(worded[5]), month, int(worded[1] or worded[4]), "")]), worded.end()
    return [], 0


def _valid(days: list[tuple[int, int, int, str]]) -> list[tuple[date, str]]:
    valid = []
    for year, month, day, note in days:
        if YEARS[0] <= year <= YEARS[1] and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            valid.append((date(year, month, day), note))
    return valid


def _offset_of_clock(clock: str) -> tuple[timedelta, timedelta | None] | None:
    """Return the time since midnight and the offset from UTC (None: naive); None when unreadable."""
    if not clock:
        return timedelta(), None
    match = _CLOCK.fullmatch(clock)
    if not match:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if match[5][0] in "pP" else 0)
    if hours > LAST_HOUR or minutes > 59 or seconds > 59 or (hours > 23 and match[6]):
        return None
    passed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    passed += timedelta(microseconds=int((match[4] or "0").ljust(6, "0")[:6]))
    if not match[6]:
        return passed, None
    zone = re.fullmatch(r"(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?", match[6].casefold())
    if zone is None:
        return passed, timedelta()
    ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3] or 0))
    return (passed, ahead if zone[1] == "+" else -ahead) if ahead <= timedelta(hours=14) else None


def moments_of(
    local: npt.NDArray[np.datetime64], zones: Zones
) -> tuple[npt.NDArray[np.datetime64], list[Issue]]:
    """Return what the clocks of their rows' zones showed as UTC, naive (N,) datetime64[us], and issues.

    What clocks showed twice or never becomes NaT and is an issue.
    """
    utc, issues = _no_times(len(local)), []
    for index, name in enumerate(zones.names):
        here = np.flatnonzero((zones.zone_of_row == index) & ~np.isnat(local))
        if not len(here):
            continue
        naive = pd.DatetimeIndex(local[here])
        zone = ZoneInfo(name)
        moved = naive.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        utc[here] = moved.tz_convert("UTC").tz_localize(None).to_numpy(dtype=_NAIVE)
        lost = np.flatnonzero(moved.isna())
        if len(lost):
            shifted = naive[lost].tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
            is_twice = np.asarray(shifted.isna())
            twice, never = here[lost[is_twice]], here[lost[~is_twice]]
            issues.append(
                Issue("time_ambiguous", twice, f"a time with its offset; clocks in {name} showed this twice")
            )
            issues.append(
                Issue("time_nonexistent", never, f"a time that existed; clocks in {name} skipped this")
            )
    return utc, issues


def local_of(moments: pd.Series[Any], zones: Zones) -> npt.NDArray[np.datetime64]:
    """Return moments as the clocks of their rows' zones showed them, naive (N,) datetime64[us]."""
    utc = moments.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype=_NAIVE)
    local = _no_times(len(utc))
    for index, name in enumerate(zones.names):
        here = np.flatnonzero((zones.zone_of_row == index) & ~np.isnat(utc))
        if len(here):
            shown = pd.DatetimeIndex(utc[here]).tz_localize("UTC").tz_convert(ZoneInfo(name))
            local[here] = shown.tz_localize(None).to_numpy(dtype=_NAIVE)
    return local


def outside(values: pd.Series[Any], first: datetime, last: datetime) -> tuple[IntArray, IntArray]:
    """Return the positions of moments before `first` and after `last` (both aware)."""
    moments = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype=_NAIVE)
    low, high = (np.datetime64(m.astimezone(UTC).replace(tzinfo=None), "us") for m in (first, last))
    return np.flatnonzero(moments < low), np.flatnonzero(moments > high)
