"""Is there a circle in which stations with a finding lie closer together than chance puts them?

Kulldorff's scan with the polling station as the trial: n stations asked, k of them with a finding, summed
over leaves, small pieces of ground a circle holds whole. Circles are made once for all categories of a
page (`circles_around`); each category is judged against random maps with as many findings (`judge`), all
categories together (`false_discovery_limit`), and only what stands without any one group of visits, a
team or a piece of ground, is a cluster (`separate`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

from geo.analysis.statistics.argument_checks import BoolArray, FloatArray, IntArray
from geo.model.errors import Cancelled, StatisticError

LARGEST_SHARE: Final = 0.5  # of all stations in a circle; beyond it the rest would be the cluster
REPLICATES: Final = 999
SIGNIFICANT_P: Final = 0.05
LEAST_OBSERVERS: Final = 3  # in a cluster: a strict pair and a bad place cannot be told apart
SHIFTED_CIRCLES: Final = 2_000  # overlapping the best one that are tried when it rests on one group
_BLOCK: Final = 128  # random maps at a time: their counts then stay in a processor's cache
_BATCH: Final = 64  # circles tested at a time against leaving out every group
_COUNTED_DRAWS: Final = 20  # stations per leaf up to which shuffling beats drawing leaf by leaf
_FIRST_FLOOR: Final = 1.0  # likelihood ratios nearly every random map exceeds
_NONE_SPARED: Final = (1, np.inf)  # `spared` that no map reaches: all of them are made
_CONFIDENCE: Final = 0.95  # that more random maps would not change a verdict

ShouldStop = Callable[[], bool]


def never_stop() -> bool:
    """Return False: nobody calls this work off."""
    return False


@dataclass(frozen=True, eq=False)
class Circles:
    """All circles around L leaves: M entries, one for every leaf that enters one as it grows.

    Entries stand by rank (how many leaves were in before), then by place of the centre in `centre`, whose
    circles hold ever fewer leaves; so those of one rank belong to the first of `centre`, and the members
    of a circle stand at one place in the ranks up to its own.
    `leaf`: (M,) int32, who enters. `start`: (D + 1,) first entry of every rank. `centre`: (L,) leaves.
    `radius`: (M,) distance of who enters. `is_whole`: (M,) bool, nobody else enters at that distance.
    """

    leaf: npt.NDArray[np.int32]
    start: IntArray
    centre: IntArray
    radius: FloatArray
    is_whole: BoolArray

    def rank(self, entry: IntArray) -> IntArray:
        """Return how many leaves were in the circle before, for each of these entries."""
        return np.asarray(np.searchsorted(self.start, entry, side="right") - 1, dtype=np.int64)

    def members(self, entry: IntArray) -> sparse.csr_matrix:
        """Return which leaves these circles hold, (E, L) CSR of ones."""
        rank = self.rank(entry)
        place, length = entry - self.start[rank], rank + 1
        ends = np.cumsum(length)
        ranks = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - length, length)
        column = self.leaf[self.start[ranks] + np.repeat(place, length)]
        ones = np.ones(len(column), dtype=np.int64)
        shape = (len(entry), len(self.centre))
        return sparse.csr_matrix((ones, column, np.append(0, ends)), shape=shape)

    def inside(self, counts: IntArray) -> IntArray:
        """Return the sum of these counts, (L,), over the leaves of every circle, (M,)."""
        total, running = np.empty(len(self.leaf), dtype=np.int64), np.zeros(len(self.centre), dtype=np.int64)
        for first, last in zip(self.start[:-1].tolist(), self.start[1:].tolist(), strict=True):
            running[: last - first] += counts[self.leaf[first:last]]
            total[first:last] = running[: last - first]
        return total

    def first_rank_with(self, leaves: BoolArray) -> IntArray:
        """Return at which rank the first of these leaves (L,) enters the circles of every place, (L,)."""
        never = len(self.start)
        first = np.full(len(self.centre), never, dtype=np.int64)
        entry = np.flatnonzero(leaves[self.leaf])
        rank = self.rank(entry)
        np.minimum.at(first, entry - self.start[rank], rank)
        return first


def circles_around(points: FloatArray, max_radius: float) -> Circles:
    """Return every circle around these points, (L, d) metres in a plane or in space, up to a radius.

    Leaves at one distance enter together; in space a distance is the chord's, 1 m short in 100 km.
    O(M log M) for M pairs within the radius.
    """
    if points.ndim != 2 or not np.isfinite(points).all() or not max_radius > 0:
        raise StatisticError("points must be a (L, d) array of metres and max_radius above 0")
    from scipy.spatial import cKDTree  # a tenth of a second of imports, needed only here

    pairs = cKDTree(points).query_pairs(max_radius, output_type="ndarray").astype(np.int64)
    own = np.arange(len(points), dtype=np.int64)
    centre = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    leaf = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    distance = np.sqrt(((points[centre] - points[leaf]) ** 2).sum(axis=1))
    number = np.bincount(centre, minlength=len(points))
    by_centre = np.lexsort((leaf, leaf != centre, distance, centre))
    rank = np.empty(len(centre), dtype=np.int64)
    rank[by_centre] = np.arange(len(centre)) - np.repeat(np.cumsum(number) - number, number)
    far_first = np.lexsort((own, -number))
    place = np.empty(len(points), dtype=np.int64)
    place[far_first] = own
    entry = np.lexsort((place[centre], rank))
    ordered = distance[by_centre]
    is_last = np.append(centre[by_centre][1:] != centre[by_centre][:-1], True)[: len(centre)]
    is_whole = np.empty(len(centre), dtype=np.bool_)
    is_whole[by_centre] = is_last | np.append(ordered[1:] > ordered[:-1], True)[: len(centre)]
    return Circles(
        leaf=leaf[entry].astype(np.int32),
        start=np.append(0, np.cumsum(np.bincount(rank))).astype(np.int64),
        centre=far_first.astype(np.int64),
        radius=distance[entry],
        is_whole=is_whole[entry],
    )


def log_likelihood_ratio(
    k: npt.ArrayLike, n: npt.ArrayLike, all_k: npt.ArrayLike, all_n: npt.ArrayLike
) -> FloatArray:
    """Return the Bernoulli scan's log-likelihood ratio, 0 where the share inside is not higher.

    k of n stations inside have a finding, all_k of all_n everywhere; the likelihoods of two shares over
    that of one, 0 ln 0 = 0. Kulldorff (1997), Commun. Stat. Theory Methods 26:1481–1496,
    doi:10.1080/03610929708831995. 4 of 4 inside, none of 4 outside: 8 ln 2

    >>> log_likelihood_ratio([4, 1], [4, 4], 4, 8).round(4)
    array([5.5452, 0.    ])
    """
    k, n, all_k, all_n = (np.asarray(one, dtype=np.float64) for one in (k, n, all_k, all_n))
    rest_k, rest_n = all_k - k, all_n - n
    log = special.xlogy
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (
            log(k, k / n) + log(n - k, (n - k) / n)
            + log(rest_k, rest_k / rest_n) + log(rest_n - rest_k, (rest_n - rest_k) / rest_n)
            - log(all_k, all_k / all_n) - log(all_n - all_k, (all_n - all_k) / all_n)
        )  # fmt: skip
        is_higher = k * rest_n > rest_k * n
    return np.where(is_higher & np.isfinite(ratio), ratio, 0.0)


@dataclass(frozen=True, eq=False)
class CircleVerdict:
    """One category's circles and the random maps they are judged against.

    `k`, `n`: (M,) stations with a finding and stations asked in every circle; `ratio`: (M,) its
    log-likelihood ratio, 0 for one that is no candidate. `chance`: (R,) the largest ratio of every random
    map, ascending; small ones all stand at one value that nearly every map exceeds.
    """

    k: IntArray
    n: IntArray
    ratio: FloatArray
    all_k: int
    all_n: int
    chance: FloatArray

    @property
    def p(self) -> float:
        """The p of the best circle, never below 1/(R + 1)."""
        return float(self.p_of(self.ratio.max(keepdims=True))[0]) if len(self.ratio) else 1.0

    def is_candidate(self, circles: Circles) -> BoolArray:
        """(M,) bool, the circle is whole and holds at most half of the stations."""
        return circles.is_whole & (self.n > 0) & (self.n <= LARGEST_SHARE * self.all_n)

    def p_of(self, ratio: FloatArray) -> FloatArray:
        """Return the p of these likelihood ratios, allowing for every circle tried; 1 for a ratio of 0."""
        # equal ratios may differ in the last digits between the data and a random map
        beyond = len(self.chance) - np.searchsorted(self.chance, ratio * (1 - 1e-9))
        return np.asarray(np.where(ratio > 0, (beyond + 1) / (len(self.chance) + 1), 1.0))


def judge(
    circles: Circles,
    k: IntArray,
    n: IntArray,
    *,
    replicates: int = REPLICATES,
    significance: float = SIGNIFICANT_P,
    seed: int = 0,
    should_stop: ShouldStop = never_stop,
) -> CircleVerdict:
    """Return how far the circles of one category exceed those of random maps with as many findings.

    `k` of `n` stations of every leaf, (L,) whole numbers, have a finding. Random maps end early once p
    must exceed `significance` (Besag & Clifford 1991, Biometrika 78:301–304).
    Deterministic by `seed`, and the first of 9,999 random maps are those of 999.
    O(M · replicates): 0.3 s for 250,000 entries and 999. Raises Cancelled when told to stop.
    """
    k, n = np.asarray(k, dtype=np.int64), np.asarray(n, dtype=np.int64)
    if k.shape != n.shape or len(k) != len(circles.centre) or np.any((k < 0) | (k > n)):
        raise StatisticError("k and n must be (L,) whole numbers with 0 ≤ k ≤ n")
    all_k, all_n = int(k.sum()), int(n.sum())
    inside_k, inside_n = circles.inside(k), circles.inside(n)
    ratio = log_likelihood_ratio(inside_k, inside_n, all_k, all_n)
    unjudged = CircleVerdict(inside_k, inside_n, ratio, all_k, all_n, np.zeros(0))
    is_candidate = unjudged.is_candidate(circles)
    ratio = np.where(is_candidate, ratio, 0.0)
    best, chance = float(ratio.max(initial=0.0)), unjudged.chance
    if best > 0:
        size = np.where(is_candidate, inside_n, 0)
        spared = int(significance * (replicates + 1)), best
        chance = _largest_by_chance(circles, n, size, all_k, spared, replicates, seed, should_stop)
    return replace(unjudged, ratio=ratio, chance=np.sort(chance))


def _largest_by_chance(
    circles: Circles,
    n: IntArray,
    size: IntArray,
    all_k: int,
    spared: tuple[int, float],
    replicates: int,
    seed: int,
    should_stop: ShouldStop,
) -> FloatArray:
    """Return the largest likelihood ratio of every random map.

    `size`: (M,) stations in every circle, 0 for one that is no candidate. `spared`: once so many maps reach
    this ratio, the others are not made. The first maps show what
    nearly every map exceeds; smaller ratios of later ones are not looked at.
    """
    all_n, floor = int(n.sum()), _FIRST_FLOOR
    is_few = all_n <= _COUNTED_DRAWS * max(len(n), 500)
    method: Literal["count", "marginals"] = "count" if is_few else "marginals"
    least = _fewest_findings(size, all_k, all_n, floor)
    (enough, best), chance = spared, np.zeros(0)
    for block, first in enumerate(range(0, replicates, _BLOCK)):
        if should_stop():
            raise Cancelled("nobody waits for these clusters any more")
        rng = np.random.default_rng([seed, block])
        draws = rng.multivariate_hypergeometric(n, all_k, size=_BLOCK, method=method)
        maps = np.ascontiguousarray(draws[: replicates - first].T.astype(least.dtype))
        chance = np.append(chance, _largest(circles, maps, size, least, all_k, all_n, floor))
        if np.count_nonzero(chance >= best * (1 - 1e-9)) >= enough:
            break
        if block == 0:
            floor = max(floor, min(float(np.quantile(chance, 0.2)), best * (1 - 1e-6)))
            least = _fewest_findings(size, all_k, all_n, floor)
    return chance


def _fewest_findings(size: IntArray, all_k: int, all_n: int, floor: float) -> npt.NDArray[Any]:
    """Return with how many findings a circle of each size reaches a likelihood ratio; (M,)."""
    # counts that fit into half a word are added and compared twice as fast
    kind = np.int16 if all_k < np.iinfo(np.int16).max else np.int32
    distinct, place = np.unique(size, return_inverse=True)
    low, high = distinct * all_k // all_n, np.minimum(distinct, all_k)
    is_within = log_likelihood_ratio(high, distinct, all_k, all_n) >= floor
    while np.any(high - low > 1):
        middle = (low + high) // 2
        is_enough = log_likelihood_ratio(middle, distinct, all_k, all_n) >= floor
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    never = np.iinfo(kind).max
    return np.where(is_within & (distinct > 0), high, never).astype(kind)[place]


def _largest(
    circles: Circles,
    maps: npt.NDArray[Any],
    size: IntArray,
    least: npt.NDArray[Any],
    all_k: int,
    all_n: int,
    floor: float,
) -> FloatArray:
    """Return the largest ratio of every random map, `maps` (L, R) findings, `floor` where it is less."""
    width = maps.shape[1]
    running = np.zeros_like(maps)
    entries, owners, counts = [], [], []
    for first, last in zip(circles.start[:-1].tolist(), circles.start[1:].tolist(), strict=True):
        inside = running[: last - first]
        inside += maps[circles.leaf[first:last]]
        reaches = np.flatnonzero(inside >= least[first:last, None])
        if len(reaches):
            place, owner = np.divmod(reaches, width)
            entries.append(place + first)
            owners.append(owner)
            counts.append(inside.ravel()[reaches])
    largest = np.full(width, floor)
    if entries:
        at = np.concatenate(entries)
        ratio = log_likelihood_ratio(np.concatenate(counts), size[at], all_k, all_n)
        np.maximum.at(largest, np.concatenate(owners), ratio)
    return largest


def false_discovery_limit(p: npt.ArrayLike, q: float = SIGNIFICANT_P) -> float:
    """Return up to which p a category's circles stand, all categories of a page together; 0 for none.

    Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57:289–300. Three of four stand, at 3/4 of .05:

    >>> false_discovery_limit([0.001, 0.6, 0.037, 0.02])
    0.037500000000000006
    """
    ordered = np.sort(np.asarray(p, dtype=np.float64))
    limits = np.arange(1, len(ordered) + 1) * q / max(1, len(ordered))
    stands = np.flatnonzero(ordered <= limits)
    return float(limits[stands[-1]]) if len(stands) else 0.0


def is_undecided(verdict: CircleVerdict, limit: float) -> bool:
    """Return whether more random maps might move a p across a limit (95 % Clopper–Pearson)."""
    maps = len(verdict.chance)
    if not maps:
        return False
    beyond = round(verdict.p * (maps + 1)) - 1
    tail = (1 - _CONFIDENCE) / 2
    low = float(special.betaincinv(beyond, maps - beyond + 1, tail)) if beyond else 0.0
    high = float(special.betaincinv(beyond + 1, maps - beyond, 1 - tail))
    return low < limit < high


@dataclass(frozen=True, eq=False)
class Groups:
    """What the map loses without one group of visits: a team, or those on one piece of ground.

    `lost_k`, `lost_n`: (L, G) CSR, stations with a finding and stations asked that are then none.
    `observers`: (L, O) CSR of ones, who was there: teams, and stations whose observer is not named.
    `teams`: how many of the G are teams, the first ones; the others are pieces of ground.
    """

    lost_k: sparse.csr_matrix
    lost_n: sparse.csr_matrix
    observers: sparse.csr_matrix
    teams: int


@dataclass(frozen=True, eq=False)
class Cluster:
    """A circle that is no chance and no single group's work.

    `members`: leaves, ascending. `radius`: to the farthest, in metres. `expected`: stations with a finding
    if the share were the same everywhere. `p_without`: the largest p after leaving out any one group; see
    `separate`.
    """

    members: IntArray
    centre: int
    radius: float
    k: int
    n: int
    expected: float
    rest_k: int
    rest_n: int
    observers: int
    log_likelihood_ratio: float
    p: float
    p_without: float


@dataclass(frozen=True, eq=False)
class Separated:
    """`clusters`, most likely first, no two sharing a leaf. `leaning`: circles that rest on one group."""

    clusters: tuple[Cluster, ...] = ()
    leaning: int = 0


def separate(
    circles: Circles,
    verdict: CircleVerdict,
    n: IntArray,
    groups: Groups,
    limit: float,
    *,
    limit_without: float = SIGNIFICANT_P,
    replicates: int = REPLICATES,
    seed: int = 0,
    should_stop: ShouldStop = never_stop,
) -> Separated:
    """Return the circles with p at or below `limit` that stand without any one group, best first.

    They stand while p stays at or below `limit_without`.
    What is left of a circle without a team is judged against the largest ratio random maps have in any
    circle that touches it: whether a place stands out was asked of the whole map, whether one team made it
    so is a question about that place. (Asked of the whole map again, 60 mobile teams find the planted hot
    spot on 68 of 100 maps instead of 80; null maps are flagged on 0 and 2.) Where only the ground can be
    left out, nothing is known of who may have been strict, and what is left must stand out of the whole
    map. Where the best circle rests on one group, the best of those that touch it and do not is taken: a
    strict team in a bad place must not hide the place. Later circles share no leaf with earlier ones;
    their p errs towards larger values.
    """
    ratio, clusters, leaning = verdict.ratio, [], 0
    standing = np.flatnonzero((ratio > 0) & (verdict.p_of(ratio) <= limit))
    standing = standing[np.argsort(-ratio[standing], kind="stable")]
    rank = circles.rank(standing)
    place = standing - circles.start[rank]
    while len(standing):
        best = _among(circles.members(standing[:1]).indices, len(circles.centre))
        first = circles.first_rank_with(best)
        here = verdict
        if groups.teams:
            nearby, size = _touching(circles, verdict, first)
            chance = _largest_by_chance(
                nearby, n, size, verdict.all_k, _NONE_SPARED, replicates, seed, should_stop
            )
            here = replace(verdict, chance=np.sort(chance))
        touching = standing[rank >= first[place]][:SHIFTED_CIRCLES]
        entry, p_without, observers = _first_that_stands(
            circles, verdict, here, groups, touching, limit_without
        )
        if entry >= 0:
            clusters.append(_cluster(circles, verdict, entry, p_without, observers))
        leaning += entry < 0
        gone = _among(clusters[-1].members, len(circles.centre)) if entry >= 0 else best
        is_free = rank < circles.first_rank_with(gone)[place]
        standing, rank, place = standing[is_free], rank[is_free], place[is_free]
    return Separated(tuple(sorted(clusters, key=lambda one: -one.log_likelihood_ratio)), leaning)


def _among(leaves: npt.NDArray[Any], length: int) -> BoolArray:
    is_member = np.zeros(length, dtype=np.bool_)
    is_member[leaves] = True
    return is_member


def _touching(circles: Circles, verdict: CircleVerdict, first: IntArray) -> tuple[Circles, IntArray]:
    """Return the circles of the centres from which a cluster is reached, and the candidates' stations.

    `first`: (L,) the rank from which on the circles of every place touch it.
    """
    is_near = first < len(circles.start)
    every = np.arange(len(circles.leaf))
    rank = circles.rank(every)
    place = every - circles.start[rank]
    mine = is_near[place]
    number = np.bincount(rank[mine], minlength=1)
    nearby = Circles(
        leaf=circles.leaf[mine],
        start=np.append(0, np.cumsum(number)).astype(np.int64),
        centre=circles.centre[is_near],
        radius=circles.radius[mine],
        is_whole=circles.is_whole[mine],
    )
    is_candidate = verdict.is_candidate(circles) & (rank >= first[place])
    return nearby, np.where(is_candidate, verdict.n, 0)[mine]


def _first_that_stands(
    circles: Circles,
    verdict: CircleVerdict,
    here: CircleVerdict,
    groups: Groups,
    entries: IntArray,
    limit: float,
) -> tuple[int, float, int]:
    """Return the first of these circles that stays significant whichever group is left out, its p then
    and its observers; -1 for none.
    """
    first = 0
    while first < len(entries):
        batch = entries[first : first + (_BATCH if first else 1)]
        members = circles.members(batch)
        of_team, of_ground = _weakest_ratios(verdict, groups, batch, members)
        p = np.maximum(here.p_of(of_team), verdict.p_of(of_ground))
        observers = np.diff(sparse.csr_matrix(members @ groups.observers).indptr)
        stands = np.flatnonzero((p <= limit) & (observers >= LEAST_OBSERVERS))
        if len(stands):
            at = int(stands[0])
            return int(batch[at]), float(p[at]), int(observers[at])
        first += len(batch)
    return -1, 1.0, 0


def _weakest_ratios(
    verdict: CircleVerdict, groups: Groups, entries: IntArray, members: sparse.csr_matrix
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest ratio of these circles without any one team inside them, and ground, (E,) each."""
    lost_n = sparse.csr_matrix(members @ groups.lost_n)
    lost_k = sparse.csr_matrix(members @ groups.lost_k)
    inside = np.union1d(lost_n.indices, lost_k.indices).astype(np.int64)
    every_k = np.asarray(groups.lost_k.sum(axis=0)).ravel()[inside]
    every_n = np.asarray(groups.lost_n.sum(axis=0)).ravel()[inside]
    ratio = log_likelihood_ratio(
        verdict.k[entries, None] - lost_k[:, inside].toarray(),
        verdict.n[entries, None] - lost_n[:, inside].toarray(),
        verdict.all_k - every_k,
        verdict.all_n - every_n,
    )
    teams = int(np.searchsorted(inside, groups.teams))
    whole = verdict.ratio[entries]  # where no group of a sort is inside, leaving none out changes nothing
    return (
        np.minimum(whole, ratio[:, :teams].min(axis=1, initial=np.inf)),
        np.minimum(whole, ratio[:, teams:].min(axis=1, initial=np.inf)),
    )


def _cluster(
    circles: Circles, verdict: CircleVerdict, entry: int, p_without: float, observers: int
) -> Cluster:
    at = np.array([entry], dtype=np.int64)
    k, n, ratio = int(verdict.k[entry]), int(verdict.n[entry]), verdict.ratio[at]
    return Cluster(
        members=np.sort(circles.members(at).indices).astype(np.int64),
        centre=int(circles.centre[entry - circles.start[circles.rank(at)[0]]]),
        radius=float(circles.radius[entry]),
        k=k,
        n=n,
        expected=n * verdict.all_k / verdict.all_n,
        rest_k=verdict.all_k - k,
        rest_n=verdict.all_n - n,
        observers=observers,
        log_likelihood_ratio=float(ratio[0]),
        p=float(verdict.p_of(ratio)[0]),
        p_without=p_without,
    )
