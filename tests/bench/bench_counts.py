"""How fast are all visits and findings counted, by area and by cell? Beside pandas, DuckDB and SedonaDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.model.counts import Choice, Counts, chosen_categories, considered, tally_considered
from geo.model.registry import raised
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, OVERALL, SEVERITIES, STAGES, VERIFICATIONS
from tests.bench import duck, inputs, sedona
from tests.bench.measure import Row, Setting, median, row, same

NAME: Final = "tally of all visits and findings, area and cell"
VERIFIED: Final = VERIFICATIONS.index("verified")
TABULATION: Final = STAGES.index("tabulation")
MEDIUM: Final = SEVERITIES.index("medium")
BAD: Final = OVERALL.index("bad")
UNITS: Final = ("area", "cell")
Frames = dict[str, pd.DataFrame]
Tallies = list[dict[str, list[int]]]


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the time of all sixteen counters of every area and every cell, headline choice."""
    snapshot = inputs.snapshot(setting.stations, setting.state)
    level = int(snapshot.registry.areas.level.max())
    ours = partial(_tallied, snapshot, _units(snapshot, level))
    counted = [{f.name: getattr(one, f.name).tolist() for f in fields(one)} for one in ours()]
    seconds = median(ours, setting.repeat)
    tables = frames(snapshot, level)
    with setting.peer(f"pandas: {NAME}"):
        theirs = partial(with_pandas, tables)
        _same(counted, theirs())
        yield row(NAME, seconds, "s", "pandas", median(theirs, min(setting.repeat, 3)))
    with setting.peer(f"DuckDB: {NAME}"):
        connection = duck.connection()
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        asked = partial(with_duckdb, connection, tables)
        _same(counted, asked())
        yield row(NAME, seconds, "s", "DuckDB", median(asked, min(setting.repeat, 3)))

    with setting.peer(f"SedonaDB: {NAME}"):
        engine = in_sedonadb(tables)
        asked_there = partial(with_sedonadb, engine, tables)
        _same(counted, asked_there())
        yield row(NAME, seconds, "s", "SedonaDB", median(asked_there, min(setting.repeat, 3)))


def _units(snapshot: Snapshot, level: int) -> list[tuple[Any, Any, int]]:
    """Return the unit of every station and of every area, and how many units, for areas and for cells."""
    areas = snapshot.registry.areas
    nowhere = np.full(len(areas) + 1, -1, dtype=np.int32)
    return [
        (snapshot.unit_of_station("area", level), raised(areas, level), len(areas)),
        (snapshot.unit_of_station("cell"), nowhere, len(snapshot.cells)),
    ]


def _tallied(snapshot: Snapshot, units: list[tuple[Any, Any, int]]) -> list[Counts]:
    """Return the counters, counted anew: a snapshot may remember them."""
    known = {name: getattr(snapshot, name) for name in ("visits", "incidents", "categories")}
    of = considered(stations=snapshot.registry.stations, choice=Choice(), **known)
    return [tally_considered(of, *unit) for unit in units]


def _same(ours: Tallies, theirs: Tallies) -> None:
    for kind, one, other in zip(UNITS, ours, theirs, strict=True):
        same(f"counters by {kind}", sorted(one), sorted(other))
        for name, values in one.items():
            same(f"{name} by {kind}", values, other[name])


def frames(snapshot: Snapshot, level: int) -> Frames:
    """Return the mission as the narrow tables of numbers an analyst would keep, units joined already."""
    stations, visits, incidents = snapshot.registry.stations, snapshot.visits, snapshot.incidents
    mask = sum(1 << int(c) for c in np.flatnonzero(chosen_categories(snapshot.categories, Choice())))
    return {
        "stations": pd.DataFrame(
            {
                "area": snapshot.unit_of_station("area", level),
                "cell": snapshot.unit_of_station("cell"),
                "voters": np.nan_to_num(stations.voters).astype(np.int64),
            }
        ),
        "visits": pd.DataFrame(
            {name: getattr(visits, name) for name in ("station", "team", "stage", "outcome", "verification")}
            | {"overall": visits.overall, "is_current": visits.is_current}
            | {
                "answered": visits.answered[:, 0].astype(np.int64),
                "asked": (visits.answered[:, 0] & np.uint64(mask)) != 0,
            }
        ),
        "incidents": pd.DataFrame(
            {name: getattr(incidents, name) for name in ("station", "area", "visit", "category", "severity")}
            | {"verification": incidents.verification, "is_current": incidents.is_current}
        ),
        # How many units there are, and which of them a finding known to an area only belongs to.
        "raised": pd.DataFrame(
            {"unit": raised(snapshot.registry.areas, level)[:-1], "cells": len(snapshot.cells)}
        ),
    }


def with_pandas(tables: Frames) -> Tallies:
    """Return the counters by merges and groupbys."""
    stations, visits = tables["stations"], tables["visits"]
    kept = visits[
        visits["is_current"]
        & (visits["station"] >= 0)
        & (visits["verification"] == VERIFIED)
        & (visits["stage"] != TABULATION)
    ]
    kept = kept.join(stations, on="station")
    observed = kept[kept["outcome"] == OUTCOMES.index("observed")]
    exposed = observed[observed["asked"]]
    incidents = tables["incidents"]
    chosen = incidents[
        incidents["is_current"] & (incidents["severity"] >= MEDIUM) & (incidents["verification"] == VERIFIED)
    ]
    of_visit = exposed[["station", "answered", "area", "cell"]].add_prefix("visit_")
    chosen = chosen.join(of_visit, on="visit").join(
        stations[["area", "cell"]].add_prefix("own_"), on="station"
    )
    answered = chosen["visit_answered"].fillna(0).to_numpy(dtype=np.int64)
    asked = (answered >> chosen["category"].clip(lower=0).to_numpy()) & 1
    is_there = (chosen["station"] < 0) | (chosen["station"] == chosen["visit_station"])
    counted = (asked == 1) & (chosen["category"] >= 0) & is_there
    named = stations.loc[chosen.loc[chosen["station"] >= 0, "station"].unique()]
    raised = tables["raised"]["unit"].reindex(chosen["area"]).to_numpy()
    chosen["raised"] = np.nan_to_num(raised, nan=-1)
    parts = (kept, observed, exposed, chosen[counted], chosen[~counted], named)
    return [_of_unit(tables, kind, *parts) for kind in UNITS]


def _of_unit(
    tables: Frames,
    kind: str,
    kept: pd.DataFrame,
    observed: pd.DataFrame,
    exposed: pd.DataFrame,
    counted: pd.DataFrame,
    apart: pd.DataFrame,
    named: pd.DataFrame,
) -> dict[str, list[int]]:
    stations = tables["stations"]
    units = len(tables["raised"]) if kind == "area" else int(tables["raised"]["cells"].iloc[0])

    def all_units(series: Any) -> list[int]:
        return list(series.reindex(range(units), fill_value=0).astype("int64"))

    def size(frame: pd.DataFrame, by: str = kind) -> list[int]:
        return all_units(frame.groupby(by).size())

    seen = stations.loc[observed["station"].unique()]
    assessed = observed[observed["overall"] >= 0]
    own = apart[f"own_{kind}"]
    if kind == "area":
        own = own.where(apart["station"] >= 0, apart["raised"])
    return {
        "stations": size(stations),
        "voters": all_units(stations.groupby(kind)["voters"].sum()),
        "visits": size(observed),
        **{
            name: size(kept[kept["outcome"] == OUTCOMES.index(name)])
            for name in ("denied", "closed", "unreachable")
        },
        "stations_observed": size(seen),
        "voters_observed": all_units(seen.groupby(kind)["voters"].sum()),
        "exposure": size(exposed),
        "with_finding": size(counted.drop_duplicates("visit"), f"visit_{kind}"),
        "findings": size(counted, f"visit_{kind}"),
        "findings_apart": all_units(own.value_counts()),
        "stations_named": size(named),
        "teams": all_units(observed[observed["team"] >= 0].groupby(kind)["team"].nunique()),
        "assessed": size(assessed),
        "negative": size(assessed[assessed["overall"] >= BAD]),
    }


_PREPARED: Final = f"""
CREATE OR REPLACE TEMP TABLE kept AS
SELECT v.*, v.rowid AS visit, s.area, s.cell, s.voters, v.outcome = 0 AS seen
FROM visits v JOIN stations s ON s.rowid = v.station
WHERE v.is_current AND v.verification = {VERIFIED} AND v.stage <> {TABULATION};
CREATE OR REPLACE TEMP TABLE told AS
SELECT i.station, i.visit, k.area AS visit_area, k.cell AS visit_cell,
       coalesce(s.area, r.unit, -1) AS own_area, coalesce(s.cell, -1) AS own_cell,
       s.voters IS NOT NULL AS is_named,
       coalesce((k.answered >> greatest(i.category, 0)) & 1 = 1 AND i.category >= 0
                AND (i.station < 0 OR i.station = k.station), false) AS counted
FROM incidents i
LEFT JOIN kept k ON k.visit = i.visit AND k.seen AND k.asked
LEFT JOIN stations s ON s.rowid = i.station
LEFT JOIN raised r ON r.rowid = i.area
WHERE i.is_current AND i.severity >= {MEDIUM} AND i.verification = {VERIFIED};
"""
_VISIT_COLUMNS: Final = (  # v.* would bring a second rowid along
    "v.station, v.team, v.stage, v.outcome, v.verification, v.overall, v.answered, v.asked, v.rowid"
)
_COUNTED: Final = f"""
SELECT {{unit}} AS unit, count(*) FILTER (WHERE seen) AS visits,
       count(*) FILTER (WHERE outcome = 1) AS denied,
       count(*) FILTER (WHERE outcome = 2) AS closed, count(*) FILTER (WHERE outcome = 3) AS unreachable,
       count(*) FILTER (WHERE seen AND asked) AS exposure,
       count(DISTINCT team) FILTER (WHERE seen AND team >= 0) AS teams,
       count(*) FILTER (WHERE seen AND overall >= 0) AS assessed,
       count(*) FILTER (WHERE seen AND overall >= {BAD}) AS negative
FROM kept GROUP BY 1"""
_OTHERS: Final = (
    "SELECT {unit} AS unit, count(*) AS stations, sum(voters) AS voters FROM stations GROUP BY 1",
    "SELECT {unit} AS unit, count(*) AS stations_observed, sum(voters) AS voters_observed FROM stations"
    " WHERE rowid IN (SELECT station FROM kept WHERE seen) GROUP BY 1",
    "SELECT visit_{unit} AS unit, count(*) AS findings, count(DISTINCT visit) AS with_finding"
    " FROM told WHERE counted GROUP BY 1",
    "SELECT own_{unit} AS unit, count(*) AS findings_apart FROM told WHERE NOT counted GROUP BY 1",
    "SELECT {unit} AS unit, count(*) AS stations_named FROM stations"
    " WHERE rowid IN (SELECT station FROM told WHERE is_named) GROUP BY 1",
)


def with_duckdb(connection: Any, tables: Frames) -> Tallies:
    """Return the counters by SQL over tables that are in DuckDB already."""
    connection.execute(_PREPARED)
    return _by_sql(tables, lambda asked: connection.execute(asked).fetchnumpy())


def in_sedonadb(tables: Frames) -> Any:
    """Return a SedonaDB that holds the tables, their rows numbered. Raises Missing."""
    engine = sedona.engine()
    for name, frame in tables.items():
        numbered = frame.assign(rowid=np.arange(len(frame)))
        engine.create_data_frame(numbered).to_memtable().to_view(name, overwrite=True)
    return engine


def with_sedonadb(engine: Any, tables: Frames) -> Tallies:
    """Return the counters by the same SQL over tables that are in SedonaDB already."""
    for statement in filter(str.strip, _PREPARED.split(";")):
        name, asked = statement.replace("CREATE OR REPLACE TEMP TABLE", "").split(" AS", 1)
        answer = engine.sql(asked.replace("v.*, v.rowid", _VISIT_COLUMNS)).to_arrow_table()
        engine.create_data_frame(answer).to_view(name.strip(), overwrite=True)

    def ask(asked: str) -> dict[str, Any]:
        answer = engine.sql(asked).to_pandas()
        return {column: answer[column].to_numpy() for column in answer}

    return _by_sql(tables, ask)


def _by_sql(tables: Frames, ask: Callable[[str], dict[str, Any]]) -> Tallies:
    made = []
    for kind in UNITS:
        units = len(tables["raised"]) if kind == "area" else int(tables["raised"]["cells"].iloc[0])
        counters: dict[str, list[int]] = {}
        for asked in (_COUNTED, *_OTHERS):
            found = ask(asked.format(unit=kind))
            unit = found.pop("unit")
            for name, values in found.items():
                dense = np.zeros(units, dtype=np.int64)
                dense[unit[unit >= 0]] = values[unit >= 0]
                counters[name] = dense.tolist()
        made.append(counters)
    return made
