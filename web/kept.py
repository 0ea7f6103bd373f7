"""Results kept for what is served now: with a new snapshot or release, what was made of the old goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from geo.released import Released
from geo.snapshot import Snapshot

MOST: Final = 4096  # results of one function and one mission; beyond it they are made anew
_Rest = ParamSpec("_Rest")
_Made = TypeVar("_Made")
_Owner = TypeVar("_Owner", Snapshot, Released)


def per_snapshot(
    make: Callable[Concatenate[_Owner, _Rest], _Made],
) -> Callable[Concatenate[_Owner, _Rest], _Made]:
    """Return the function with its results kept by its other arguments, positional and hashable.

    Its first argument owns the results: a snapshot or a release, one at a time per mission. Two threads
    may make the same result at once; both get an equal one.
    """
    held: dict[str, tuple[_Owner, dict[tuple[object, ...], _Made]]] = {}

    @wraps(make)
    def found(owner: _Owner, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Made:
        slug = owner.slug if isinstance(owner, Released) else owner.mission.slug
        last, made = held.get(slug, (None, {}))
        if last is not owner or len(made) >= MOST:
            made = {}
            held[slug] = (owner, made)
        key: tuple[object, ...] = (*rest, *named.values())
        if key not in made:
            made[key] = make(owner, *rest, **named)
        return made[key]

    return found
