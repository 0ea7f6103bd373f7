"""Results kept for what is served now: with a new snapshot or release, what was made of the old goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from geo.model.snapshot import Snapshot
from geo.publication.released import Released
from geo.serving.missions import EARLIER_S
from layers.map.lru import Recent

MOST: Final = 4096  # results of one function and one snapshot or release
MOST_BYTES: Final = 64_000_000  # … and bytes of them; the oldest go first, the newest always stays
MOST_OLDER: Final = 2  # snapshots or releases of a mission, and views of them, beside the newest
_Rest = ParamSpec("_Rest")
_Made = TypeVar("_Made")
_Owner = TypeVar("_Owner", Snapshot, Released)


@dataclass
class _Owned:
    """What was made of one owner, by function. `used`: when it was last asked for, monotonic seconds."""

    used: float = 0.0
    results: dict[object, Recent[Any]] = field(default_factory=dict)


_HELD: Final[dict[tuple[type, str], dict[Snapshot | Released, _Owned]]] = {}  # by kind and mission
_CAME: Final[WeakKeyDictionary[Snapshot | Released, float]] = WeakKeyDictionary()  # first asked for
_LOCK: Final = threading.Lock()


def per_snapshot(
    make: Callable[Concatenate[_Owner, _Rest], _Made],
) -> Callable[Concatenate[_Owner, _Rest], _Made]:
    """Return the function with its results kept by its other arguments, positional and hashable.

    Its first argument owns the results: a snapshot, a view of one, or a release. An older one that pages
    still ask for has its own, a while. Who asks for what is being made waits for it: eight threads that
    each make a press page take eight times as long.
    """

    @wraps(make)
    def remembered(owner: _Owner, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Made:
        results: Recent[_Made] = _results_of(owner, make)
        return results.get((*rest, *named.values()), lambda: make(owner, *rest, **named))

    return remembered


def forget(slugs: Collection[str]) -> None:
    """Let go of all that was made of these missions: they are no longer served."""
    with _LOCK:
        for known in [known for known in _HELD if known[1] in slugs]:
            del _HELD[known]


def _results_of(owner: Snapshot | Released, make: object) -> Recent[Any]:
    now = time.monotonic()
    slug = owner.slug if isinstance(owner, Released) else owner.mission.slug
    with _LOCK:
        owners = _HELD.setdefault((type(owner), slug), {})
        owned = owners.setdefault(owner, _Owned())
        owned.used = now
        _CAME.setdefault(owner, now)
        _let_go(owners, now)
        if make not in owned.results:
            owned.results[make] = Recent(MOST, MOST_BYTES, _size)
        return owned.results[make]


def _let_go(owners: dict[Snapshot | Released, _Owned], now: float) -> None:
    """Let go of what came before the newest and nobody asks for: it would keep all of it in memory."""
    newest = max((_CAME[owner] for owner in owners if _is_whole(owner)), default=0.0)
    older = [(owned.used, owner) for owner, owned in owners.items() if _CAME[owner] < newest]
    for place, (used, owner) in enumerate(sorted(older, key=lambda pair: pair[0], reverse=True)):
        if place >= MOST_OLDER or now - used > EARLIER_S:
            del owners[owner]


def _is_whole(owner: Snapshot | Released) -> bool:
    """Whether nothing was taken out: views of a snapshot come and go with who looks at it."""
    return isinstance(owner, Released) or not owner.view


def _size(result: object) -> int:
    """Return the bytes a result holds: of answers their length, of their ingredients next to nothing."""
    parts = result if isinstance(result, tuple) else (result,)
    return 256 + sum(len(part) for part in parts if isinstance(part, bytes))
