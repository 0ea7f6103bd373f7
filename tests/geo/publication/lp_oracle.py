"""What a reader with every published figure can work out exactly: integer programs over all tables jointly.

The reader knows the register, which stations make up each unit, every figure, and how the figures hang
together: a station is seen if it is seen at some stage, a form asks about a severity if it asks about one
of its categories, a finding of some severity is one of some category that was asked about, whoever was
assessed badly was assessed. The program knows nothing of how figures were chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, vstack

from geo.publication.pools import CLOSING
from geo.publication.visit_facts import SEVERITIES_COUNT, STAGES_COUNT, FactColumn

MOST_VISITS = 30  # of one station at one stage: more than anybody would believe
EXCHANGES = 40
TIME_LIMIT_S = 300


@dataclass(frozen=True)
class Statement:
    """A published figure: so many of these stations (or visits to them) count towards a column.

    `release`: the release each station's figure speaks for. `since`: if not empty, the value is how much
    more that is than the release each station's figure spoke for then.
    """

    stations: tuple[int, ...]
    release: tuple[int, ...]
    column: FactColumn
    value: int
    is_visits: bool = False
    since: tuple[int, ...] = ()


@dataclass
class Oracle:
    """The integer program of some stations over some releases; `severity`: of each category, 0 to 2."""

    stations: int
    releases: int
    severity: Sequence[int]
    grows: bool = True  # a later release only adds visits
    _index: dict = field(default_factory=dict)
    _upper: list = field(default_factory=list)
    _rows: list = field(default_factory=list)

    def __post_init__(self):
        for release in range(self.releases):
            for station in range(self.stations):
                self._station(release, station)
        if self.grows:
            for (release, *rest), at in list(self._index.items()):
                if release:
                    self._below([(self._index[(release - 1, *rest)], 1), (at, -1)], 0)

    def columns(self):
        """Every column of one stage or of all."""
        found = [FactColumn(kind, 0, of) for kind in ("asked", "found") for of in range(SEVERITIES_COUNT)]
        found += [
            FactColumn(kind, 0, of)
            for kind in ("category", "category_found")
            for of in range(len(self.severity))
        ]
        plain = ("seen", "rated", "negative", "turnout")
        return [*(FactColumn(kind) for kind in plain), *found]

    def _station(self, release, station):
        for column in self.columns():
            inner = [
                self._variable(release, station, column._replace(stage=s)) for s in range(1, STAGES_COUNT + 1)
            ]
            whole = self._variable(release, station, column)
            self._is_any(whole, inner)
        for stage in range(1, STAGES_COUNT + 1):

            def at(kind, of=0, stage=stage):
                return self._index[release, station, FactColumn(kind, stage, of), False]

            visits = self._variable(
                release, station, FactColumn("seen", stage), is_visits=True, upper=MOST_VISITS
            )
            self._below([(at("seen"), 1), (visits, -1)], 0)
            self._below([(visits, 1), (at("seen"), -MOST_VISITS)], 0)
            self._below([(at("rated"), 1), (at("seen"), -1)], 0)
            self._below([(at("negative"), 1), (at("rated"), -1)], 0)
            self._below([(at("turnout"), 1), *([(at("seen"), -1)] if stage >= CLOSING else [])], 0)
            for category in range(len(self.severity)):
                self._below([(at("category", category), 1), (at("seen"), -1)], 0)
                self._below([(at("category_found", category), 1), (at("category", category), -1)], 0)
            for least in range(SEVERITIES_COUNT):
                chosen = [c for c, severity in enumerate(self.severity) if severity >= least]
                self._is_any(at("asked", least), [at("category", c) for c in chosen])
                self._is_any(at("found", least), [at("category_found", c) for c in chosen])
        visits = self._variable(release, station, FactColumn("seen"), is_visits=True, upper=4 * MOST_VISITS)
        inner = [
            self._index[release, station, FactColumn("seen", s), True] for s in range(1, STAGES_COUNT + 1)
        ]
        self._below([(visits, 1), *((one, -1) for one in inner)], 0)
        self._below([(visits, -1), *((one, 1) for one in inner)], 0)

    def _variable(self, release, station, column, is_visits=False, upper=1):
        self._index[release, station, column, is_visits] = len(self._upper)
        self._upper.append(upper)
        return len(self._upper) - 1

    def _below(self, terms, most):
        self._rows.append((terms, -np.inf, most))

    def _is_any(self, whole, inner):
        for one in inner:
            self._below([(one, 1), (whole, -1)], 0)
        self._below([(whole, 1), *((one, -1) for one in inner)], 0)

    def terms(self, statement):
        """The variables a statement adds up, with their signs."""
        found = []
        for releases, sign in ((statement.release, 1), (statement.since, -1)):
            for station, release in zip(statement.stations if releases else (), releases, strict=True):
                found.append((self._index[release, station, statement.column, statement.is_visits], sign))
        return found

    def truth(self, missions):
        """Return the values of all variables for the visits every release was made at."""
        found = np.zeros(len(self._upper))
        for (release, station, column, is_visits), at in self._index.items():
            facts = missions[release]
            rows = facts.has(column) & (facts.station == station)
            found[at] = rows.sum() if is_visits else rows.any()
        return found

    def worked_out(self, published, targets, missions, alike, seed=0):
        """Return those of the target statements whose value no other mission with these figures has.

        `missions`: the visits every release was made at. `alike`: a label per station; two with the same
        label are in every figure together, so that their visits may be exchanged. Raises AssertionError
        if the figures are not those of the missions.
        """
        rows = list(self._rows)
        rows += [(self.terms(one), one.value, one.value) for one in published]
        upper = np.array(self._upper, dtype=float)
        true = self.truth(missions)
        assert all(low <= sum(true[at] * w for at, w in terms) <= high for terms, low, high in rows)
        left = [(one, *np.array(self.terms(one)).T) for one in targets]
        assert all(sign @ true[at] == one.value for one, at, sign in left)

        def unshaken(mission):
            return [(one, at, sign) for one, at, sign in left if sign @ mission[at] == one.value]

        rng = np.random.default_rng(seed)
        program = _matrix(rows, len(upper)), [low for _, low, _ in rows], [high for _, _, high in rows]
        for _ in range(EXCHANGES):
            left = unshaken(self._exchanged(true, alike, rng))
        exact = []
        while left:
            one, *_ = left.pop()
            terms = self.terms(one)
            for more in ((terms, one.value + 1, np.inf), (terms, -np.inf, one.value - 1)):
                mission = _solved(program, more, upper)
                if mission is not None:  # another mission: it may show the same of other targets
                    left = unshaken(mission)
                    break
            else:
                exact.append(one)
        return exact

    def _exchanged(self, mission, alike, rng):
        """A mission with the visits of like stations exchanged: every figure stays as it is."""
        order = np.argsort(alike, kind="stable")
        mixed = order[np.lexsort((rng.random(len(order)), np.asarray(alike)[order]))]
        source = np.arange(self.stations)
        source[order] = mixed
        found = mission.copy()
        for (release, station, column, is_visits), at in self._index.items():
            found[at] = mission[self._index[release, int(source[station]), column, is_visits]]
        return found


def _matrix(rows, width):
    entries = [(i, at, weight) for i, (terms, _, _) in enumerate(rows) for at, weight in terms]
    i, at, weight = np.array(entries, dtype=float).T
    return coo_matrix((weight, (i.astype(int), at.astype(int))), shape=(len(rows), width)).tocsr()


def _solved(program, more, upper):
    """Any mission that obeys the rows of the program and one more; None if there is none."""
    matrix, low, high = program
    rows = vstack([matrix, _matrix([more], len(upper))])
    answer = milp(
        np.zeros(len(upper)),
        constraints=LinearConstraint(rows, [*low, more[1]], [*high, more[2]]),
        bounds=Bounds(np.zeros(len(upper)), upper),
        integrality=np.ones(len(upper)),
        # simplifying these programs takes five times as long as solving them as they are
        options={"time_limit": TIME_LIMIT_S, "presolve": False},
    )
    assert answer.status in (0, 2), answer.message
    return None if answer.x is None else np.round(answer.x)
