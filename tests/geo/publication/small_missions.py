"""Small missions as arrays: stations in regions, districts and cells, and visits to them."""

from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np

from geo.publication import partition as cut
from geo.publication.national_estimate import turnout_forms
from geo.publication.pools import CLOSING, FINDING, tables, turnout_passes
from geo.publication.visit_facts import FactColumn, VisitFacts, stations_by, teams_by
from tests.geo.publication.lp_oracle import Statement

SEVERITY = (0, 1, 2)  # of the categories: one each from low, medium, high
CENTRE = h3.latlng_to_cell(50.0, 70.0, 5)
CELLS = np.array(sorted(h3.grid_disk(CENTRE, 2)), dtype=np.uint64)


@dataclass
class Mission:
    """Stations with their places and a table of visits, rows in any order."""

    region: np.ndarray
    district: np.ndarray
    cell: np.ndarray
    facts: VisitFacts
    rule: cut.Rule

    def leaves(self):
        return cut.leaves(self.region, self.district, self.cell)


def mission(rng, stations, regions, rule, *, is_static, share=0.5, districts=False, forms="all"):
    """A mission drawn by a generator. `forms`: "all" forms ask everything; "stage": each stage its own."""
    region = rng.integers(regions, size=stations)
    district = np.where(rng.random(stations) < 0.9, 100 + 2 * region + rng.integers(2, size=stations), -1)
    cell = CELLS[rng.integers(len(CELLS), size=stations)]
    cell = np.where(rng.random(stations) < 0.1, np.uint64(0), cell)
    return Mission(
        region=region.astype(np.int64),
        district=district.astype(np.int64) if districts else np.full(stations, -1),
        cell=cell.astype(np.uint64),
        facts=visits(rng, stations, is_static=is_static, share=share, forms=forms),
        rule=rule,
    )


def visits(rng, stations, *, is_static, share, forms, teams=5):
    """Visits to a share of the stations: one team each that stays, or teams that come by."""
    visited = np.flatnonzero(rng.random(stations) < share)
    rows = []
    for station in visited.tolist():
        stages = (
            np.flatnonzero(rng.random(4) < 0.6) + 1
            if is_static
            else [rng.choice(4, p=[0.1, 0.7, 0.1, 0.1]) + 1]
        )
        for stage in list(stages) or [2]:
            team = station if is_static else int(rng.integers(teams))
            rows.append((station, team, int(stage)))
    if not is_static and len(visited):
        for station in rng.choice(visited, size=len(visited) // 4).tolist():
            rows.append((station, int(rng.integers(teams)), int(rng.integers(1, 5))))
    station, team, stage = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    n = len(station)
    every = np.ones((n, 3), dtype=bool)
    asks = (
        every
        if forms == "all"
        else np.eye(3, dtype=bool)[np.minimum(stage - 1, 2)] | (rng.random((n, 3)) < 0.2)
    )
    finds = asks & (rng.random((n, 3)) < 0.3)
    rated = rng.random(n) < 0.9
    bits = (1 << np.arange(3)).astype(np.uint64)
    votes = (stage >= CLOSING) & (rng.random(n) < 0.8)
    return VisitFacts(
        station=station,
        team=team,
        stage=stage,
        seen=np.ones(n, dtype=bool),
        asked=np.column_stack([asks[:, least:].any(axis=1) for least in range(3)]),
        found=np.column_stack([finds[:, least:].any(axis=1) for least in range(3)]),
        categories_asked=(asks.astype(np.uint64) @ bits)[:, None],
        categories_found=(finds.astype(np.uint64) @ bits)[:, None],
        rated=rated,
        negative=rated & (rng.random(n) < 0.3),
        registered=np.where(votes, 100, -1),
        voted=np.where(votes, 60 + station % 7, -1),
        numbers=np.empty((n, 0), dtype=np.int64),
    )


def forms_of(day_facts, stations):
    """The forms a first release counts its turnout from, if it tells one."""
    return turnout_forms(day_facts, np.ones(stations, dtype=bool))


def statements(day_facts, stage_facts, finest, parts, told, *, of_day, of_stages, rule, turnout=None):
    """Every figure a release shows. `of_day`, `of_stages`: (S,) the release each station speaks for.

    `turnout`: the forms of the turnout and the release each station speaks for in it, (S,).
    """
    forms, of_forms = turnout or (forms_of(day_facts, len(finest)), of_day)
    found = []
    unit = finest.copy()
    held = []  # per level, the unit of every station
    while (unit >= 0).any():
        held.append(unit.copy())
        unit = np.where(unit >= 0, np.append(parts.parent, -1)[unit], -1)

    def say(of, facts, column, release, is_visits=False):
        members = np.flatnonzero(np.any([one == of for one in held], axis=0))
        inside = np.full(len(finest), -1)
        inside[members] = 0
        count = (_visits_by if is_visits else stations_by)(facts, column, inside, 1)
        found.append(
            Statement(
                tuple(members.tolist()), tuple(release[members].tolist()), column, int(count[0]), is_visits
            )
        )

    for of in range(len(parts)):
        if parts.state[of] == cut.FAILS:
            continue
        say(of, day_facts, FactColumn("seen"), of_day)
        if of == 0 and turnout_passes(day_facts, forms.station, rule):
            say(of, forms, FactColumn("turnout"), of_forms)
        if told.day[of]:
            for column in told.columns:
                say(of, day_facts, column, of_day)
                if column.kind in FINDING:
                    say(of, day_facts, column._replace(kind=FINDING[column.kind]), of_day)
        if told.categories[of]:
            for category in told.categories_shown:
                say(of, stage_facts, FactColumn("category", 0, category), of_stages)
                say(of, stage_facts, FactColumn("category_found", 0, category), of_stages)
        if told.stages[of]:
            for stage in range(5):
                say(of, stage_facts, FactColumn("seen", stage), of_stages, is_visits=True)
            for stage in range(1, 5):
                for kind in ("seen", "rated", "negative"):
                    say(of, stage_facts, FactColumn(kind, stage), of_stages)
                for least in range(3):
                    say(of, stage_facts, FactColumn("asked", stage, least), of_stages)
                    say(of, stage_facts, FactColumn("found", stage, least), of_stages)
    return found


def released(made):
    """The partition and tables of a mission's first release."""
    leaves = made.leaves()
    seen = made.facts.taken(made.facts.seen)
    parts = cut.partition(leaves, seen.station, seen.team, made.rule)
    finest = parts.finest[leaves.of_station]
    told = tables(made.facts, made.facts, finest, parts, made.rule, range(len(SEVERITY)))
    return leaves, parts, finest, told


def too_telling(facts, rule, groups, release):
    """True statements about fewer stations or teams than the rule asks: what nobody may work out.

    `groups`: lists of stations; each single station comes on top.
    """
    size = int(max((max(one, default=0) for one in groups), default=0)) + 1
    found = []
    columns = [
        FactColumn("seen"),
        FactColumn("rated"),
        FactColumn("turnout"),
        FactColumn("found"),
        FactColumn("negative"),
        *(FactColumn("category_found", 0, of) for of in range(3)),
        *(FactColumn("asked", 0, of) for of in range(3)),
    ]
    columns += [FactColumn("seen", stage) for stage in range(1, 5)] + [
        FactColumn("category", 0, of) for of in range(3)
    ]
    columns += [FactColumn("asked", stage, 0) for stage in range(1, 5)]
    for group in groups:
        inside = np.full(size, -1)
        inside[list(group)] = 0
        at = facts.taken(facts.station < size)
        for column in columns:
            stations = int(stations_by(at, column, inside, 1)[0])
            # teams: those that were at these stations; that all who came also asked names nobody else
            counted = np.isin(at.station, at.station[at.has(column)])
            teams = len(teams_by(at.taken(counted), FactColumn("seen"), inside, 1).indices)
            if not stations or (stations >= rule.stations and teams >= rule.teams):
                continue
            if column.kind in FINDING.values() and len(group) > 1:
                continue  # how many commissions had a finding is told exactly; which ones never
            of = tuple(release for _ in group)
            found.append(Statement(tuple(group), of, column, stations))
            if column.kind == "seen":
                visits = int(_visits_by(at, column, inside, 1)[0])
                found.append(Statement(tuple(group), of, column, visits, is_visits=True))
    return found


def _visits_by(facts, column, unit_of_station, units):
    """How many visits count towards a column in every unit, (U,)."""
    unit = unit_of_station[facts.station[facts.has(column)]]
    return np.bincount(unit[unit >= 0], minlength=units)
