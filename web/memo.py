"""Results kept for what is served now: with a new snapshot or release, what was made of the old goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from geo.model.snapshot import Snapshot
from geo.publication.released import Released
from layers.map.lru import Recent

MOST: Final = 4096  # results of one function and one mission
MOST_BYTES: Final = 64_000_000  # … and bytes of them; the oldest go first, the newest always stays
_Rest = ParamSpec("_Rest")
_Made = TypeVar("_Made")
_Owner = TypeVar("_Owner", Snapshot, Released)


def per_snapshot(
    make: Callable[Concatenate[_Owner, _Rest], _Made],
) -> Callable[Concatenate[_Owner, _Rest], _Made]:
    """Return the function with its results kept by its other arguments, positional and hashable.

    Its first argument owns the results: a snapshot or a release, one at a time per mission. Who asks for
    what is being made waits for it: eight threads that each make a press page take eight times as long.
    """
    held: dict[tuple[str, str], tuple[_Owner, Recent[_Made]]] = {}

    @wraps(make)
    def remembered(owner: _Owner, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Made:
        key_of_owner = _whose(owner)
        last, results = held.get(key_of_owner, (None, None))
        if results is None or last is not owner:
            if not key_of_owner[1]:  # views of the snapshot before would keep all of it in memory
                for view in [known for known in list(held) if known[0] == key_of_owner[0]]:
                    held.pop(view, None)
            results = Recent[_Made](MOST, MOST_BYTES, _size)
            held[key_of_owner] = (owner, results)
        return results.get((*rest, *named.values()), lambda: make(owner, *rest, **named))

    return remembered


def _whose(owner: Snapshot | Released) -> tuple[str, str]:
    """Return the mission, and the view of it: a snapshot from which something was taken out is another."""
    return (owner.slug, "") if isinstance(owner, Released) else (owner.mission.slug, owner.view)


def _size(result: object) -> int:
    """Return the bytes a result holds: of answers their length, of their ingredients next to nothing."""
    parts = result if isinstance(result, tuple) else (result,)
    return 256 + sum(len(part) for part in parts if isinstance(part, bytes))
