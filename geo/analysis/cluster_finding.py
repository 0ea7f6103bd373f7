"""Where do visited stations with a finding lie closer together than chance puts them? A mission's clusters.

The station is the trial: one that a form asked about the chosen findings counts once, however many forms
it has. All choices of a page are judged together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from geo.analysis import station_trials
from geo.analysis.station_trials import Answers, Ground, Observed, Trials, number_of
from geo.analysis.statistics import cluster_scan
from geo.analysis.statistics.argument_checks import IntArray
from geo.analysis.statistics.cluster_scan import (
    LEAST_OBSERVERS,
    REPLICATES,
    SIGNIFICANT_P,
    CircleVerdict,
    Cluster,
    Separated,
    ShouldStop,
    never_stop,
)
from geo.model import counts
from geo.model.columns import frozen
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot

# Fewer stations, or fewer with a finding, are not searched: hardly any circle could stand out of them.
LEAST_STATIONS: Final = 50
LEAST_FINDINGS: Final = 10
REFINED: Final = 9_999  # random maps where `REPLICATES` of them do not decide

_JUDGED: Final = 0.8  # the share of the work before it is known which choices need more random maps

Why = Literal["", "no_visits", "no_place", "few_stations", "few_findings", "few_teams", "all_findings"]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ScanRules:
    """How a page is judged. `q`: false discoveries among its choices; `p_without`: the largest p without a
    team; `refined`: random maps where `replicates` of them do not decide.
    """

    q: float = SIGNIFICANT_P
    p_without: float = SIGNIFICANT_P
    replicates: int = REPLICATES
    refined: int = REFINED
    seed: int = 0


@dataclass(frozen=True, eq=False)
class HotSpot:
    """A place where more stations have a finding than chance explains, whichever team is left out.

    `stations`: (n,) int64 positions in the registry of the stations asked there, ascending; `k` of those
    `n` have a finding, `expected` if the share were the same everywhere. `town`: of most voters among
    them, "" where no settlement is known; `area`: the town's area, or the one of most voters, -1 for none.
    `lon, lat`: degrees, the middle; `radius_m` to the farthest. `teams`: those named.
    """

    town: str
    area: int
    stations: IntArray
    k: int
    n: int
    expected: float
    rest_k: int
    rest_n: int
    teams: int
    lon: float
    lat: float
    radius_m: float
    p: float
    p_without: float

    @property
    def ratio(self) -> float:
        """The share here ÷ the share of the rest; inf if nowhere else has a finding."""
        return self.k / self.n / (self.rest_k / self.rest_n) if self.rest_k else float("inf")


@dataclass(frozen=True, eq=False)
class ClusterSearch:
    """What the search for one choice came to, most likely cluster first.

    `why`: why it could not be made, "" if it was. `stations`: asked and on the map; `with_finding`: of
    those; `teams`: named ones; `unplaced`: stations asked, without a point of their own. `leaning`:
    significant circles not shown because they rest on one team or one place. `p`: of the most likely
    circle, NaN without a search. `limit`: up to which p a circle stands, all choices together.
    `replicates`: random maps made, fewer where p was soon seen to be large. `by_team`: whole teams were
    left out; if not, no team stands for several stations, and pieces of ground were.
    """

    choice: Choice
    version: str
    why: Why
    stations: int
    with_finding: int
    teams: int
    unplaced: int
    clusters: tuple[HotSpot, ...] = ()
    leaning: int = 0
    p: float = float("nan")
    limit: float = 0.0
    replicates: int = 0
    by_team: bool = True


@dataclass(frozen=True, eq=False)
class Judged:
    """One choice's trials, what random maps say of them, and the circles that stand among the page's."""

    trials: Trials
    why: Why
    verdict: CircleVerdict | None = None
    limit: float = 0.0
    separated: Separated = field(default_factory=Separated)


def find_clusters(
    snapshot: Snapshot,
    choices: Sequence[Choice],
    *,
    seed: int = 0,
    should_stop: ShouldStop = never_stop,
    progress: Progress | None = None,
) -> tuple[ClusterSearch, ...]:
    """Return the clusters of every choice shown on one page, in their order.

    A circle of at most 100 km and half the stations stands if its p holds after Benjamini–Hochberg over
    the choices, and p stays low at its place without any one team; visits of teams that saw a single station,
    and of nobody named, are left out by the ground they lie on (declared area and H3 cell) instead.
    Thresholds are the mission's. `progress` is told the share done. Deterministic by `seed`.
    Raises Cancelled when told to stop.
    """
    visits, stations = snapshot.visits, snapshot.registry.stations
    answers = [_answers(snapshot, choice) for choice in choices]
    observed = Observed(
        lon=np.where(stations.is_on_map, stations.lon, np.nan),
        lat=np.where(stations.is_on_map, stations.lat, np.nan),
        area=stations.area.astype(np.int64),
        station=visits.station.astype(np.int64),
        team=visits.team.astype(np.int64),
    )
    asked = snapshot.mission.thresholds
    rules = ScanRules(q=asked.false_discovery_rate, p_without=asked.drop_team_p, seed=seed)
    judged = judge_together(observed, answers, rules, should_stop=should_stop, progress=progress)
    return tuple(
        _search(snapshot, choice, answer, one)
        for choice, answer, one in zip(choices, answers, judged, strict=True)
    )


def judge_together(
    observed: Observed,
    answers: Sequence[Answers],
    rules: ScanRules,
    *,
    should_stop: ShouldStop = never_stop,
    progress: Progress | None = None,
) -> list[Judged]:
    """Return the verdict on every choice of a page, all of them one family; see `find_clusters`."""
    tell = progress or (lambda _: None)
    ground = station_trials.ground_of(observed, answers)
    judged = []
    for i, answer in enumerate(answers):
        trials = station_trials.trials_of(ground, answer)
        why = why_not(trials, answer, observed)
        verdict = None if why else _judge(trials, rules, rules.replicates, should_stop)
        judged.append(Judged(trials, why, verdict))
        tell(_JUDGED * (i + 1) / len(answers))
    judged = _refined(judged, rules, should_stop)
    limit = _limit(judged, rules.q)
    return [_separated(one, limit, rules, should_stop) for one in judged]


def why_not(trials: Trials, answer: Answers, observed: Observed) -> Why:
    """Return why these trials cannot be searched, "" if they can."""
    n, k = int(trials.n.sum()), int(trials.k.sum())
    if not n:
        return "no_place" if (answer.is_asked & (observed.station >= 0)).any() else "no_visits"
    if n < LEAST_STATIONS:
        return "few_stations"
    if k < LEAST_FINDINGS:
        return "few_findings"
    if trials.observers < LEAST_OBSERVERS:
        return "few_teams"
    return "all_findings" if k == n else ""


def _answers(snapshot: Snapshot, choice: Choice) -> Answers:
    visits, categories = snapshot.visits, snapshot.categories
    has_finding, _ = counts.visits_with_finding(visits, snapshot.incidents, categories, choice)
    return Answers(counts.exposed_visits(visits, categories, choice), has_finding)


def _judge(trials: Trials, rules: ScanRules, replicates: int, should_stop: ShouldStop) -> CircleVerdict:
    return cluster_scan.judge(
        trials.ground.circles, trials.k, trials.n,
        replicates=replicates, significance=rules.q, seed=rules.seed, should_stop=should_stop,
    )  # fmt: skip


def _limit(judged: list[Judged], q: float) -> float:
    return cluster_scan.false_discovery_limit([one.verdict.p for one in judged if one.verdict], q)


def _refined(judged: list[Judged], rules: ScanRules, should_stop: ShouldStop) -> list[Judged]:
    """Return the verdicts, those from more random maps whose p might cross the limit."""
    tested = sum(one.verdict is not None for one in judged)
    limit = _limit(judged, rules.q) or rules.q / max(1, tested)
    return [
        replace(one, verdict=_judge(one.trials, rules, rules.refined, should_stop))
        if one.verdict and one.verdict.p <= rules.q and cluster_scan.is_undecided(one.verdict, limit)
        else one
        for one in judged
    ]


def _separated(one: Judged, limit: float, rules: ScanRules, should_stop: ShouldStop) -> Judged:
    if one.verdict is None or one.verdict.p > limit:
        return replace(one, limit=limit)
    trials = one.trials
    separated = cluster_scan.separate(
        trials.ground.circles, one.verdict, trials.n, trials.groups(), limit,
        limit_without=rules.p_without, replicates=rules.replicates, seed=rules.seed, should_stop=should_stop,
    )  # fmt: skip
    return replace(one, limit=limit, separated=separated)


def _search(snapshot: Snapshot, choice: Choice, answer: Answers, judged: Judged) -> ClusterSearch:
    trials, visits, stations = judged.trials, snapshot.visits, snapshot.registry.stations
    team = visits.team[trials.visit]
    asked = visits.station[answer.is_asked]
    return ClusterSearch(
        choice=choice,
        version=snapshot.version,
        why=judged.why,
        stations=int(trials.n.sum()),
        with_finding=int(trials.k.sum()),
        teams=number_of(team[team >= 0]),
        unplaced=number_of(asked[(asked >= 0) & ~stations.is_on_map[asked]]),
        clusters=tuple(_hot_spot(snapshot, trials, one) for one in judged.separated.clusters),
        leaning=judged.separated.leaning,
        p=judged.verdict.p if judged.verdict else float("nan"),
        limit=judged.limit,
        replicates=len(judged.verdict.chance) if judged.verdict else 0,
        by_team=trials.ground.teams > 0,
    )


def stations_of(ground: Ground, trials: Trials, cluster: Cluster) -> IntArray:
    """Return the positions of the stations asked inside a cluster, ascending."""
    is_member = np.zeros(len(ground.points), dtype=np.bool_)
    is_member[cluster.members] = True
    return ground.station[is_member[ground.leaf] & trials.is_asked]


def _hot_spot(snapshot: Snapshot, trials: Trials, cluster: Cluster) -> HotSpot:
    ground = trials.ground
    station = stations_of(ground, trials, cluster)
    is_inside = np.zeros(len(snapshot.registry.stations), dtype=np.bool_)
    is_inside[station] = True
    team = snapshot.visits.team[trials.visit]
    team = team[(team >= 0) & is_inside[snapshot.visits.station[trials.visit]]]
    town, area = _name(snapshot, station)
    lon, lat = station_trials.degrees(ground.points[cluster.centre])
    return HotSpot(
        town=town,
        area=area,
        stations=frozen(station),
        k=cluster.k,
        n=cluster.n,
        expected=cluster.expected,
        rest_k=cluster.rest_k,
        rest_n=cluster.rest_n,
        teams=number_of(team),
        lon=lon,
        lat=lat,
        radius_m=cluster.radius,
        p=cluster.p,
        p_without=cluster.p_without,
    )


def _name(snapshot: Snapshot, station: IntArray) -> tuple[str, int]:
    """Return the town of most voters among these stations and its area; the largest area without towns.

    Two towns of one name lie in different areas. Where no voters are known, stations are counted.
    """
    stations = snapshot.registry.stations
    voters = np.nan_to_num(stations.voters[station])
    weight = voters if voters.any() else np.ones(len(station))
    area = stations.area[station].astype(np.int64)
    towns = np.array(stations.settlement.take(pa.array(station)).to_pylist(), dtype=object)
    is_known = towns != ""
    if not is_known.any():
        areas, place = np.unique(area, return_inverse=True)
        return "", int(areas[np.bincount(place, weight).argmax()])
    sums: dict[tuple[str, int], float] = {}
    rows = zip(towns[is_known].tolist(), area[is_known].tolist(), weight[is_known].tolist(), strict=True)
    # once over the stations: a cluster may hold a hundred thousand in 5,000 towns
    for town, at, many in rows:
        sums[town, at] = sums.get((town, at), 0.0) + many
    return min(sums, key=lambda town: (-sums[town], town))
