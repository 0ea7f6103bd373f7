"""The nested partition: units that tile the country, nest, and each pass the mission's rule.

docs/disclosure.md says why: no sum or difference of figures of such units speaks of fewer stations or teams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
CellArray = npt.NDArray[np.uint64]

CELL_RESOLUTION: Final = 5  # of H3, cells of 252 km² on average: the building blocks of patches
COARSEST: Final = 1  # of H3: cells as large still gather pieces, then the whole area does
COUNTRY, REGION, DISTRICT, PATCH = 0, 1, 2, 3  # levels of units
FAILS, PASSES, NOT_OBSERVED = 0, 1, 2  # states of units; only the country can fail
FEW_TEAMS: Final = 3  # fewer are said beside the figure: a strict team and a bad place look the same


@dataclass(frozen=True, slots=True)
class Rule:
    """What a unit needs to be shown.

    `stations`: visited ones, at least. `teams`: behind them, at least; 0 where no team is named. `spare`:
    stations of the register nobody visited, at least: "5 of 5" of observers who stay names five people.
    `merges_areas`: False where single stations may be shown; then only patches are put together.
    """

    stations: int = 5
    teams: int = 1
    spare: int = 0
    merges_areas: bool = True


@dataclass(frozen=True, eq=False)
class Leaves:
    """The smallest pieces of ground: the stations of one declared area in one H3 cell; L of them, ascending.

    `region`, `district`: (L,) positions of areas of level 1 and 2, -1 for none. `cell`: (L,) H3 numbers, 0
    for stations without a point. `of_station`: (S,) the leaf of every station. `stations`: (L,) how many
    each has.
    """

    region: IntArray
    district: IntArray
    cell: CellArray
    of_station: IntArray
    stations: IntArray

    def __len__(self) -> int:
        return len(self.region)


@dataclass(frozen=True, eq=False)
class Partition:
    """Units that nest, parents before their parts; unit 0 is the country.

    (U,) each: `parent`, -1 for the country's; `level`, one of COUNTRY to PATCH; `state`, one of FAILS, PASSES
    and NOT_OBSERVED; `stations` of the register, and how many of these were `visited`; `teams` behind the
    visits, counted up to `FEW_TEAMS` or the rule's number, whichever is more. `finest`: (L,) the innermost
    unit of every leaf.
    """

    parent: IntArray
    level: IntArray
    state: IntArray
    stations: IntArray
    visited: IntArray
    teams: IntArray
    finest: IntArray

    def __len__(self) -> int:
        return len(self.parent)

    @cached_property
    def has_parts(self) -> BoolArray:
        """Return which units are told in parts as well, (U,) bool."""
        inside = self.parent[self.parent >= 0]
        return np.bincount(inside, minlength=len(self)).astype(bool)


def leaves(region: IntArray, district: IntArray, cell: CellArray) -> Leaves:
    """Return the leaves of (S,) stations, in an order that does not depend on the stations'."""
    order = np.lexsort((cell, district, region))
    is_first = np.ones(len(order), dtype=bool)
    before, after = order[:-1], order[1:]
    is_first[1:] = (
        (region[before] != region[after])
        | (district[before] != district[after])
        | (cell[before] != cell[after])
    )
    of_station = np.empty(len(order), dtype=np.int64)
    of_station[order] = np.cumsum(is_first) - 1
    firsts = order[is_first]
    return Leaves(
        region=region[firsts].astype(np.int64),
        district=district[firsts].astype(np.int64),
        cell=cell[firsts].astype(np.uint64),
        of_station=of_station,
        stations=np.bincount(of_station, minlength=len(firsts)).astype(np.int64),
    )


def partition(
    of: Leaves, station: IntArray, team: IntArray, rule: Rule, borders: IntArray | None = None
) -> Partition:
    """Return the units of a mission, merged until each passes the rule or is not observed.

    `station`, `team`: (V,) positions, of every visit that observed; team -1 for none. `borders`: (B, 2)
    pairs of leaves that border each other; what borders nothing is merged with the sibling of fewest
    visited stations.
    """
    pieces = _pieces(of, station, team, rule)
    merging = _Merging(rule, _near(len(of), borders))
    return _flattened(merging.country(_regions(of, range(len(of)), pieces, merging)), len(of), merging)


@dataclass(frozen=True, eq=False)
class Earlier:
    """The units of an earlier release: (U,) `parent`, `level`; (L,) `finest` of today's leaves.

    `is_fixed`: (U,) units that stay whole whatever their parts would be; None for none.
    """

    parent: IntArray
    level: IntArray
    finest: IntArray
    is_fixed: BoolArray | None = None


def refined(
    of: Leaves,
    station: IntArray,
    team: IntArray,
    rule: Rule,
    earlier: Earlier,
    borders: IntArray | None = None,
) -> Partition:
    """Return the units of a later release: those of an earlier one, split where all the parts may be shown.

    Nothing of what the earlier release told apart is put together; arguments as for `partition`.
    """
    pieces = _pieces(of, station, team, rule)
    merging = _Merging(rule, _near(len(of), borders))
    has_parts = np.bincount(earlier.parent[earlier.parent >= 0], minlength=len(earlier.parent)).astype(bool)
    members: list[list[int]] = [[] for _ in earlier.parent]
    for leaf, unit in enumerate(earlier.finest.tolist()):
        members[unit].append(leaf)
    parts: list[list[_Node]] = [[] for _ in earlier.parent]
    for unit in range(len(earlier.parent) - 1, -1, -1):  # parts come after what they are parts of
        level = int(earlier.level[unit])
        if not members[unit] and not parts[unit]:
            continue  # its stations are no longer in the register
        if has_parts[unit]:
            whole = merging.union(parts[unit], level)
            nodes = [merging.divided(whole, sorted(parts[unit], key=lambda one: one.leaves[0]))]
        elif earlier.is_fixed is not None and earlier.is_fixed[unit]:
            nodes = [merging.union([pieces[leaf] for leaf in members[unit]], level)]
        else:
            nodes = _split(of, members[unit], pieces, merging, level)
        if unit == 0:
            return _flattened(nodes[0], len(of), merging)
        parts[int(earlier.parent[unit])] += nodes
    raise ValueError("an earlier release has a country")


def _split(of: Leaves, members: list[int], pieces: list[_Node], merging: _Merging, level: int) -> list[_Node]:
    """What stands in place of one innermost unit: itself, with parts or without, or its parts."""
    if level == PATCH:
        nodes = _patches(of, members, pieces, merging)
    elif level == DISTRICT:
        rows = [one for _, one in _grouped(of.district, members)]
        nodes = merging.settled([_area(of, one, pieces, merging, DISTRICT) for one in rows], DISTRICT)
    elif level == REGION:
        nodes = merging.settled(_regions(of, members, pieces, merging), REGION)
    else:
        nodes = [merging.country(_regions(of, members, pieces, merging))]
    return nodes if len(nodes) > 1 or nodes[0].level == level else [merging.union(nodes, level)]


def _near(number_of_leaves: int, borders: IntArray | None) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in range(number_of_leaves)]
    for one, other in (borders if borders is not None else np.zeros((0, 2), np.int64)).tolist():
        near[one].append(other)
        near[other].append(one)
    return near


def _regions(of: Leaves, members: Iterable[int], pieces: list[_Node], merging: _Merging) -> list[_Node]:
    return [_region(of, region, pieces, merging) for _, region in _grouped(of.region, members)]


@dataclass(slots=True)
class _Node:
    """A unit in the making. `teams`: who visited, no more of them than `_Merging.cap`."""

    leaves: list[int]
    visited: int
    stations: int
    teams: frozenset[int]
    level: int
    parts: tuple[_Node, ...] = ()

    @property
    def order(self) -> tuple[int, int, int]:
        return self.visited, self.stations, self.leaves[0]


class _Merging:
    """Applies the merge rule to the children of a node.

    `near`: for every leaf, the leaves it borders. `cap`: how many teams of a node are remembered.
    """

    def __init__(self, rule: Rule, near: Sequence[Sequence[int]]) -> None:
        self.rule, self.near = rule, near
        self.cap = max(FEW_TEAMS, rule.teams)

    def is_seen_enough(self, node: _Node) -> bool:
        return node.visited >= max(1, self.rule.stations) and len(node.teams) >= self.rule.teams

    def is_unseen(self, node: _Node) -> bool:
        return node.visited == 0 and node.stations >= self.rule.stations

    def state(self, node: _Node) -> int:
        if not self.rule.merges_areas and node.level != PATCH:
            return PASSES if node.visited else NOT_OBSERVED
        if self.is_seen_enough(node) and node.stations - node.visited >= self.rule.spare:
            return PASSES
        return NOT_OBSERVED if self.is_unseen(node) else FAILS

    def union(self, nodes: Iterable[_Node], level: int) -> _Node:
        """Return one unit of several, without parts."""
        members = list(nodes)
        teams = frozenset().union(*(one.teams for one in members))
        return _Node(
            leaves=sorted(leaf for one in members for leaf in one.leaves),
            visited=sum(one.visited for one in members),
            stations=sum(one.stations for one in members),
            teams=teams if len(teams) <= self.cap else frozenset(sorted(teams)[: self.cap]),
            level=level,
        )

    def settled(self, children: list[_Node], level: int) -> list[_Node]:
        """Merge siblings until each passes or is not observed; a single one left is the node itself.

        One that lacks visited stations or teams is merged with a sibling that was visited, or is too small
        to be called not observed, whether it was visited itself or not: with whom it is merged must not
        tell. One that only has too few unvisited stations may be merged with any.
        """
        nodes = list(children)
        if all(one.visited == 0 for one in nodes):
            return [self.union(nodes, level)]
        owner = {leaf: node.leaves[0] for node in nodes for leaf in node.leaves}
        by_key = {node.leaves[0]: node for node in nodes}
        failing = {key for key, node in by_key.items() if self.state(node) == FAILS}
        while failing:
            if len(by_key) == 1:
                break
            weakest = by_key[min(failing, key=lambda key: by_key[key].order)]
            other = self._partner(weakest, by_key, owner)
            if other is None:
                return [self.union(by_key.values(), level)]
            for key in (weakest.leaves[0], other.leaves[0]):
                del by_key[key]
                failing.discard(key)
            merged = self.joined(weakest, other, level)
            by_key[merged.leaves[0]] = merged
            owner.update(dict.fromkeys(merged.leaves, merged.leaves[0]))
            if self.state(merged) == FAILS:
                failing.add(merged.leaves[0])
        return [by_key[key] for key in sorted(by_key)]

    def _partner(self, weakest: _Node, by_key: dict[int, _Node], owner: dict[int, int]) -> _Node | None:
        """The bordering sibling of fewest visited stations; where none borders, the smallest."""
        only_spare = self.is_seen_enough(weakest)
        own = weakest.leaves[0]

        def may_join(key: int) -> bool:
            return key != own and (only_spare or not self.is_unseen(by_key[key]))

        bordering = {owner[near] for leaf in weakest.leaves for near in self.near[leaf] if near in owner}
        keys = [key for key in bordering if may_join(key)] or [key for key in by_key if may_join(key)]
        return min((by_key[key] for key in keys), key=lambda node: node.order, default=None)

    def joined(self, one: _Node, other: _Node, level: int) -> _Node:
        """Return two siblings as one; what has parts takes the other in as one of them, by the same rule."""
        both = self.union((one, other), level)
        if not one.parts and not other.parts:
            return both
        inner = [part for node in (one, other) for part in (node.parts or (node,))]
        return self.divided(both, self.settled(inner, max(part.level for part in inner)))

    def divided(self, node: _Node, parts: list[_Node]) -> _Node:
        """Return a node with its parts; a single part is the node itself, and its parts the node's."""
        node.parts = tuple(parts) if len(parts) > 1 else parts[0].parts if parts else ()
        return node

    def country(self, regions: list[_Node]) -> _Node:
        """Return the country; where areas are not merged, every region stands as it is."""
        whole = self.union(regions, COUNTRY)
        if self.rule.merges_areas:
            return self.divided(whole, self.settled(regions, REGION) if regions else [])
        whole.parts = tuple(regions)
        return whole


def _pieces(of: Leaves, station: IntArray, team: IntArray, rule: Rule) -> list[_Node]:
    """The leaves as nodes, with the stations visited and the first few teams of each."""
    visited = np.zeros(len(of.of_station), dtype=bool)
    visited[station] = True
    seen = np.bincount(of.of_station[visited], minlength=len(of))
    named = team >= 0
    pairs = np.unique(of.of_station[station[named]] << 32 | team[named])
    leaf_of_pair = pairs >> 32
    starts = np.searchsorted(leaf_of_pair, np.arange(len(of) + 1))
    teams = (pairs & 0xFFFFFFFF).tolist()
    cap = max(FEW_TEAMS, rule.teams)
    rows = zip(seen.tolist(), of.stations.tolist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    return [
        _Node([leaf], n, size, frozenset(teams[first : min(last, first + cap)]), PATCH)
        for leaf, (n, size, first, last) in enumerate(rows)
    ]


def _grouped(labels: IntArray, members: Iterable[int]) -> list[tuple[int, list[int]]]:
    """Members by their label, both ascending."""
    groups: dict[int, list[int]] = {}
    for member in members:
        groups.setdefault(int(labels[member]), []).append(member)
    return sorted(groups.items())


def _region(of: Leaves, members: list[int], pieces: list[_Node], merging: _Merging) -> _Node:
    """One area of level 1 with its districts, or with its patches where it has none."""
    districts = _grouped(of.district, members)
    if len(districts) == 1 and districts[0][0] < 0:
        return _area(of, members, pieces, merging, REGION)
    parts = [_area(of, rows, pieces, merging, DISTRICT) for _, rows in districts]
    node = merging.union(parts, REGION)
    if not merging.rule.merges_areas:
        node.parts = tuple(parts) if len(parts) > 1 else ()
        return node
    return merging.divided(node, merging.settled(parts, DISTRICT))


def _area(of: Leaves, members: list[int], pieces: list[_Node], merging: _Merging, level: int) -> _Node:
    """One area with its patches."""
    node = merging.union([pieces[leaf] for leaf in members], level)
    return merging.divided(node, _patches(of, members, pieces, merging))


def _patches(of: Leaves, members: list[int], pieces: list[_Node], merging: _Merging) -> list[_Node]:
    """The patches of some ground: cells gathered under ever coarser H3 parents, then all together."""
    groups = {(leaf, int(of.cell[leaf])): [pieces[leaf]] for leaf in members if of.cell[leaf]}
    for resolution in range(CELL_RESOLUTION - 1, COARSEST - 1, -1):
        gathered: dict[tuple[int, int], list[_Node]] = {}
        for (_, cell), nodes in groups.items():
            gathered.setdefault((0, h3.cell_to_parent(cell, resolution)), []).extend(nodes)
        groups = {key: merging.settled(nodes, PATCH) for key, nodes in sorted(gathered.items())}
    patches = [one for nodes in groups.values() for one in nodes]
    patches += [pieces[leaf] for leaf in members if not of.cell[leaf]]
    return merging.settled(patches, PATCH)


def _flattened(country: _Node, number_of_leaves: int, merging: _Merging) -> Partition:
    """The tree as arrays: the country, then level by level, each in the order of its first leaf."""
    listed, parents = [country], [-1]
    finest = np.zeros(number_of_leaves, dtype=np.int64)
    place = 0
    while place < len(listed):
        node = listed[place]
        for part in sorted(node.parts, key=lambda one: one.leaves[0]):
            listed.append(part)
            parents.append(place)
        if not node.parts:
            finest[node.leaves] = place
        place += 1
    return Partition(
        parent=np.array(parents, dtype=np.int64),
        level=np.array([one.level for one in listed], dtype=np.int64),
        state=np.array([merging.state(one) for one in listed], dtype=np.int64),
        stations=np.array([one.stations for one in listed], dtype=np.int64),
        visited=np.array([one.visited for one in listed], dtype=np.int64),
        teams=np.array([len(one.teams) for one in listed], dtype=np.int64),
        finest=finest,
    )
