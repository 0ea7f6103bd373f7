"""What the search works on: nodes to serve, the teams that may serve them, and what serving is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.model.columns import FloatArray, IntArray

# Sums of decimal travel times are off by 1e-12 or so; a stop must not be lost to that.
TOLERANCE: Final = 1e-7


@dataclass(frozen=True, eq=False)
class Team:
    """One team of a task: its name, its places, its shift, the nodes it may serve.

    `needs`: the kinds of which it must serve exactly one. `locked`: nodes it must serve.
    """

    name: str
    start: int
    end: int
    shift_start: float
    shift_end: float
    nodes: IntArray
    needs: tuple[int, ...] = ()
    locked: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """n nodes (a station with one of its services) over P places, and teams.

    `place`, `kind`, `group`, `cell`: (n,) int64; of a group at most one node is served. `service`,
    `opens`, `closes`, `bonus`: (n,). `weight`, `seen`: (C,) per cell, `seen` the visits it has already.
    `travel`: (P, P). Serving S is worth Σ weight (1 − (1 − q)^n) + Σ bonus − epsilon · minutes under way.
    """

    place: IntArray
    kind: IntArray
    group: IntArray
    cell: IntArray
    service: FloatArray
    opens: FloatArray
    closes: FloatArray
    bonus: FloatArray
    weight: FloatArray
    seen: FloatArray
    q: float
    epsilon: float
    travel: FloatArray
    teams: tuple[Team, ...]
