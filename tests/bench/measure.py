"""What every benchmark is made of: rows, medians, peers that are missing, and the check of answers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

Row = dict[str, Any]
T = TypeVar("T")
FULL_SIZE: Final = 1_050_000


class Missing(Exception):
    """A peer that cannot take part here, with the reason in words."""


class Disagreement(AssertionError):
    """Ours and a peer gave different answers: then no time means anything."""


@dataclass(frozen=True)
class Setting:
    """What one run was asked for.

    `seconds`: what each solver gets per plan. `seeds`: how many plans. `instances`: a folder of published
    orienteering instances, or None. `state`: where inputs are kept. `skipped`: filled as peers are missed.
    """

    stations: int
    state: Path
    repeat: int = 5
    seconds: float = 5.0
    seeds: int = 5
    instances: Path | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)

    @contextmanager
    def peer(self, name: str) -> Iterator[None]:
        """Note a peer that is missing, and go on without it."""
        try:
            yield
        except Missing as reason:
            self.skipped.append({"peer": name, "reason": str(reason)})


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call gave, and the seconds it took."""
    began = time.perf_counter()
    made = call()
    return made, time.perf_counter() - began


def median(call: Callable[[], object], repeat: int) -> float:
    """Return the median seconds of some runs after one that warms up."""
    call()
    return statistics.median(timed(call)[1] for _ in range(max(1, repeat)))


def same(what: str, ours: object, theirs: object) -> None:
    """Raise Disagreement unless both are equal."""
    if ours != theirs:
        raise Disagreement(f"{what}: ours {str(ours)[:200]}, theirs {str(theirs)[:200]}")


def row(
    name: str,
    ours: float,
    unit: str,
    peer: str = "",
    value: float | None = None,
    better: Literal["low", "high"] = "low",
) -> Row:
    """Return {name, ours, peer, peer_value, unit, ratio}; above 1 is ours better, None is no peer."""
    ratio = None
    if value is not None and ours and value:
        ratio = value / ours if better == "low" else ours / value
    return {
        "name": name,
        "ours": _short(ours),
        "peer": peer,
        "peer_value": None if value is None else _short(value),
        "unit": unit,
        "ratio": None if ratio is None else _short(ratio),
    }


def _short(value: float) -> float:
    """Return a figure to four digits, as many as a benchmark can claim."""
    return float(f"{value:.4g}") if abs(value) < 1e4 else float(round(value))
