"""Small missions made in memory: conformed frames from rows, and a snapshot of them."""

import pickle
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import shapely

from geo.model import registry, reports
from geo.model.columns import content_hash
from geo.model.mission import Disclosure, Mission, Thresholds
from geo.model.snapshot import Snapshot
from geo.model.tables import BY_NAME, station_id

DTYPES = {"integer": "Int64", "number": "float64", "lon": "float64", "lat": "float64", "boolean": "boolean"}
NOW = datetime(2005, 12, 5, 12, tzinfo=UTC)


def frame(table, rows):
    """A frame as `conforming` would make it: every column, typed, "" or missing where not given."""
    rows = list(rows)
    return _conformed(table, rows) if rows else _empty(table).copy()


@cache
def _empty(table):
    return _conformed(table, [])


def _conformed(table, rows):
    made = pd.DataFrame(rows, columns=None if rows else [])
    full = pd.DataFrame(
        {
            column.name: _typed(column.kind, column.default or "", made[column.name])
            if column.name in made
            else _missing(column.kind, column.default or "", len(made))
            for column in BY_NAME[table].columns
        }
    )
    if {"area_id", "number", "stream"} <= set(full.columns):
        ids = [
            station_id(a, n, s) if a and n else own
            for a, n, s, own in zip(
                full["area_id"], full["number"], full["stream"],
                full["station_id"] if "station_id" in full else [""] * len(full), strict=True,
            )
        ]  # fmt: skip
        full["station_id"] = pd.Series(ids, dtype="str")
    full["row"] = range(2, len(full) + 2)
    return full


@cache  # most columns of most tables are not given
def _missing(kind, default, n):
    return _typed(kind, default, pd.Series([None] * n, dtype=object))


def _typed(kind, default, given):
    if kind in ("time", "date"):
        return pd.to_datetime(given, utc=True).astype("datetime64[us, UTC]")
    if kind == "polygon":
        return given.astype(object)
    if kind in DTYPES:
        return given.astype(DTYPES[kind])
    return given.fillna(default).astype("str")


def mission(**changes):
    """A mission called `test` with every setting at its default."""
    settings = {
        "slug": "test", "folder": Path("test"), "title": {"en": "Test"}, "subtitle": {},
        "election_date": date(2005, 12, 4), "time_zone": "Asia/Almaty", "time_zones": {},
        "selection": "purposive", "frame": "partial", "nature": "public_source",
        "languages": ("en", "ru", "kk"), "sources": (), "tables": (), "thresholds": Thresholds(),
        "disclosure": Disclosure(), "credit": {}, "contact": "", "planned_visits": None, "as_of": "",
    }  # fmt: skip
    settings.update(changes)
    return Mission(**{k: MappingProxyType(v) if isinstance(v, dict) else v for k, v in settings.items()})


def squares(*names):
    """Areas side by side, each one degree wide, from lon 70, lat 50."""
    return [
        {"area_id": name, "name_en": f"Area {name}", "geometry": shapely.box(70 + i, 50, 71 + i, 51)}
        for i, name in enumerate(names)
    ]


def categories(**severity):
    """Categories by slug and severity: categories(sealed="high", poster="low")."""
    return [{"category": k, "title_en": k, "severity": v, "phase": "voting"} for k, v in severity.items()]


@dataclass(frozen=True)
class _Register:
    """What a registry is made of, equal to another that says the same."""

    areas: list = field(compare=False)
    stations: list = field(compare=False)
    about: Mission = field(compare=False)
    text: tuple[bytes, str]


@lru_cache(maxsize=64)  # a test's missions have the same stations more often than not
def _registry(told):
    return registry.build(frame("areas", told.areas), frame("stations", told.stations), told.about)


def snapshot(*, about=None, **tables):
    """A snapshot of rows per table; a table not given is empty."""
    about = about or mission()
    areas, stations = list(tables.get("areas", [])), list(tables.get("stations", []))
    static = _registry(_Register(areas, stations, about, (pickle.dumps((areas, stations)), repr(about))))
    frames = {n: frame(n, tables.get(n, [])) for n in BY_NAME if n not in ("areas", "stations")}
    known = reports.categories(frames["categories"])
    seen = {t for name in ("visits", "incidents", "assignments") for t in frames[name]["team_id"]}
    teams = reports.teams(frames["teams"], seen)
    visits = reports.visits(frames["visits"], static, known, teams)
    incidents = reports.incidents(frames["incidents"], static, known, teams, visits)
    return Snapshot(
        mission=about, registry=static, categories=known, teams=teams, visits=visits, incidents=incidents,
        assignments=reports.assignments(frames["assignments"], static, teams),
        totals=frames["totals"], presence=frames["presence"], notes=frames["notes"],
        rejects=pd.DataFrame(), defects=pd.DataFrame(), as_of=NOW,
        version=f"{static.version}-{len(visits) + len(incidents)}-{content_hash(visits, incidents)}",
    )  # fmt: skip
