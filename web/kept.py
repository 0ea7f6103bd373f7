"""Results kept for the snapshot now served: when a mission gets a new one, what was made of the old goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from geo.snapshot import Snapshot

MOST: Final = 4096  # results of one function and one mission; beyond it they are made anew
_Rest = ParamSpec("_Rest")
_Made = TypeVar("_Made")


def per_snapshot(
    make: Callable[Concatenate[Snapshot, _Rest], _Made],
) -> Callable[Concatenate[Snapshot, _Rest], _Made]:
    """Return the function with its results kept by its other arguments, positional and hashable.

    Two threads may make the same result at once; both get an equal one.
    """
    held: dict[str, tuple[Snapshot, dict[tuple[object, ...], _Made]]] = {}

    @wraps(make)
    def found(snapshot: Snapshot, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Made:
        slug = snapshot.mission.slug
        owner, made = held.get(slug, (None, {}))
        if owner is not snapshot or len(made) >= MOST:
            made = {}
            held[slug] = (snapshot, made)
        key: tuple[object, ...] = (*rest, *named.values())
        if key not in made:
            made[key] = make(snapshot, *rest, **named)
        return made[key]

    return found
