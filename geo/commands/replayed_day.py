"""A simulated day as it came in: its mission without reports, and its reports as they were received.

Only missions that a simulation wrote are replayed: reports of a real one would stand on two maps.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from geo.model.errors import InputError
from geo.model.mission import FILE, Mission

Table = Literal["visits", "incidents"]
_Roots = Mapping[Table, Mapping[str, str]]  # table → version's id → first version's id
CHECKED_AFTER: Final = timedelta(minutes=30)  # a form was taken back; when, the files do not say
_KEYS: Final[Mapping[Table, str]] = {"visits": "visit_id", "incidents": "incident_id"}
# What the API takes under the same name as the table's column.
_SAME: Final = (
    "team_id", "stage", "outcome", "overall", "arrived", "left", "answers",
    "category", "severity", "occurred", "completeness", "text",
)  # fmt: skip
_TITLE: Final = {"en": "REPLAYED, ", "ru": "ПОВТОР, ", "kk": "ҚАЙТАЛАУ, "}
_LEFT_OUT: Final = re.compile(r"(visits|incidents|truth)\b.*|" + re.escape(FILE))


@dataclass(frozen=True, slots=True)
class TimedRow:
    """One row as the API takes it, and when it was received (aware). `row` names its id and version."""

    moment: datetime
    table: Table
    row: Mapping[str, Any]

    @property
    def key(self) -> tuple[Table, str, str]:
        """Table, id and version, which name the row for good."""
        return self.table, self.row["id"], self.row["version"]


def timed_rows(folder: Path) -> tuple[TimedRow, ...]:
    """Return every version of every report, in the order they were received, visits before findings.

    Raises InputError for files that a simulation would not have written.
    """
    visits, incidents = (_rows(folder, table) for table in _KEYS)
    roots: _Roots = {"visits": _roots(visits, "visits"), "incidents": _roots(incidents, "incidents")}
    timed: list[TimedRow] = []
    try:
        for row in visits:
            timed += _versions(row, "visits", roots, _of_visit(row))
        for row in incidents:
            timed += _versions(row, "incidents", roots, _of_incident(row, roots["visits"]))
    except (KeyError, ValueError) as error:
        raise InputError(f"{folder.name} is not as a simulation writes it: {error}") from None
    if not timed:
        raise InputError(f"{folder.name} has no reports to replay")
    return tuple(sorted(timed, key=lambda row: (row.moment, row.table == "incidents")))


def write_folder(mission: Mission, target: Path, begins: datetime) -> None:
    """Write a mission folder without reports, whose clock begins here and goes on with what is received.

    Raises InputError for a mission that is not simulated, and OSError.
    """
    if mission.nature != "simulated":
        raise InputError(f"{mission.slug} is not simulated; reports of a real mission are not replayed")
    text = _described(mission, begins)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    for path in sorted(mission.folder.iterdir()):
        if path.is_file() and not _LEFT_OUT.fullmatch(path.name):
            _copy(path, target / path.name)
    (target / FILE).write_text(text, encoding="utf-8", newline="\n")  # last: without it it is no mission


def _described(mission: Mission, begins: datetime) -> str:
    text = (mission.folder / FILE).read_text(encoding="utf-8")
    titles = {code: f"{_TITLE.get(code, _TITLE['en'])}{title}" for code, title in mission.title.items()}
    spelled = ", ".join(f'{code} = "{_escaped(title)}"' for code, title in titles.items())
    text = re.sub(r"(?m)^as_of\s*=.*\n?", "", text)
    as_of = f'as_of = "{begins.isoformat(timespec="minutes")}"\nclock = "reports"'
    text, n = re.subn(r"(?m)^title\s*=.*$", lambda _: f"title = {{ {spelled} }}\n{as_of}", text, count=1)
    if not n:
        raise InputError(f"{mission.slug}/{FILE} has no line that begins with title =")
    return text


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _copy(source: Path, target: Path) -> None:
    if source.name != "teams.csv":
        shutil.copyfile(source, target)
        return
    # when a team was heard of last is what the day will tell
    rows = _read(source)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name != "last_contact"] if rows else [])
        writer.writeheader()
        writer.writerows(
            {name: value for name, value in row.items() if name != "last_contact"} for row in rows
        )


def _rows(folder: Path, table: Table) -> list[dict[str, str]]:
    path = folder / f"{table}.csv"
    if not path.exists() and path.with_suffix(".parquet").exists():
        raise InputError(
            f"{folder.name} has {table}.parquet, as a large simulation does; replay a day with fewer teams"
        )
    if not path.exists():
        raise InputError(f"{folder.name} has no {path.name}; a day that was simulated has")
    return _read(path)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _roots(rows: list[dict[str, str]], table: Table) -> dict[str, str]:
    """Return the first version's id of every version's id."""
    earlier = {row[_KEYS[table]]: row.get("supersedes", "") for row in rows}
    roots: dict[str, str] = {}
    for own in earlier:
        root, steps = own, 0
        while earlier.get(root) and steps < len(earlier):
            root, steps = earlier[root], steps + 1
        roots[own] = root
    return roots


def _versions(
    row: Mapping[str, str], table: Table, roots: _Roots, fields: Mapping[str, Any]
) -> Iterator[TimedRow]:
    """Yield a row of a file as the version it is, and its withdrawal where it was taken back."""
    own, received = row[_KEYS[table]], _moment(row["received"])
    key = {"id": roots[table][own], "version": own}
    supersedes = {"supersedes": row["supersedes"]} if row.get("supersedes") else {}
    yield TimedRow(received, table, {**key, **supersedes, "made_at": received.isoformat(), **fields})
    if row.get("verification") == "withdrawn":
        taken_back = received + CHECKED_AFTER
        key |= {"version": f"{own}-W", "supersedes": own, "made_at": taken_back.isoformat()}
        yield TimedRow(taken_back, table, {**key, "withdrawn": True})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"received {text} needs its offset from UTC")
    return moment


def _of_visit(row: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {**_station(row), **_same(row)}
    if row.get("answered"):
        fields["answered"] = row["answered"].split(";")
    return fields | {name: float(row[name]) for name in ("lon", "lat") if row.get(name)}


def _of_incident(row: Mapping[str, str], roots: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {**_station(row), **_same(row)}
    if visit := row.get("visit_id"):
        fields["visit_id"] = roots.get(visit, visit)
    if not row.get("number") and row.get("area_id"):
        fields["area_id"] = row["area_id"]
    return fields


def _station(row: Mapping[str, str]) -> dict[str, str]:
    return {"station_id": f"{row['area_id']}/{row['number']}"} if row.get("number") else {}


def _same(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[name] for name in _SAME if row.get(name)}


def beginning(rows: Sequence[TimedRow]) -> datetime:
    """Return the quarter of an hour in which the first report was received."""
    first = rows[0].moment
    return first.replace(minute=first.minute // 15 * 15, second=0, microsecond=0)
