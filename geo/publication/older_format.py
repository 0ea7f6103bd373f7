"""A release kept by the first edition, read once more: its country and areas, with what they counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final

import numpy as np

from geo.model.code_lists import Status
from geo.model.columns import frozen
from geo.model.errors import InputError
from geo.publication import serialization
from geo.publication.release import About, Release
from geo.publication.unit_figures import HIDDEN, Coverage, Shares, Units, no_shares

OLDER: Final = 1  # its format number
NOW: Final[Mapping[str, Status]] = MappingProxyType({"suppressed": "insufficient"})
GONE: Final = frozenset({"small_count", "area_visits", "cell_visits", "observed_areas"})


def migrated(plain: Any) -> Release:
    """Return a release of the first edition as one of this: visits stay visits, cells are left out.

    That edition counted visits, not stations, and told figures of cells that are no units now. Raises
    InputError for anything else.
    """
    try:
        old = _part(plain)
        about = {name: value for name, value in vars(old.about).items() if name not in GONE}
        units = _units(old)
        return Release(
            state=old.state,
            about=About(**about, minimum_spare=0),
            areas=old.areas,
            area=old.area,
            area_unit=frozen(_area_unit(old, len(old.areas))),
            area_status=units.status[1:],
            units=units,
            outline=frozen(np.full(len(units), None, dtype=object)),
            clusters=MappingProxyType({}),
            **{
                name: getattr(old, name)
                for name in (
                    "visits_known", "held_back", "may_show_stations", "categories", "mentions", "stations",
                    "presence", "notes", "totals", "version",
                )
            },
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"a release that was kept cannot be read: {error}") from None


def _part(plain: Any) -> Any:
    """A part as it was kept: what changed since then with its fields by name, all else as it is now."""
    if isinstance(plain, list):
        return tuple(_part(one) for one in plain)
    if not isinstance(plain, dict):
        return plain
    kind = plain["is"]
    if kind == "map":
        return MappingProxyType({key: _part(value) for key, value in plain["of"]})
    if kind in ("Release", "About", "Units", "Findings", "Assessments", "Coverage"):
        return SimpleNamespace(**{key: _part(value) for key, value in plain.items() if key != "is"})
    return serialization.part(plain)


def _area_unit(old: Any, areas: int) -> Any:
    unit = np.full(areas, -1, dtype=np.int64)
    unit[old.area] = 1 + np.arange(len(old.area))
    return unit


def _units(old: Any) -> Units:
    both = old.nation, old.by_area
    size = 1 + len(old.by_area.unit_id)
    is_country = np.arange(size) == 0
    no = frozen(np.zeros(size, dtype=bool))

    def joined(table: str, make: Any) -> Mapping[str, Any]:
        first, second = (getattr(one, table) for one in both)
        return MappingProxyType({name: make(first[name], second[name]) for name in first if name in second})

    coverage = joined("coverage", _coverage)
    return Units(
        unit_id=("", *old.by_area.unit_id),
        parent=frozen(np.where(is_country, -1, 0)),
        level=frozen(np.where(is_country, 0, 1)),
        members=((), *((int(one),) for one in old.area)),
        is_part=no,
        town=("",) * size,
        status=coverage["all"].status,
        stations=frozen(_column(both, "stations")),
        few_teams=no,
        nearly_all=no,
        as_of=frozen(np.zeros(size, dtype=np.int64)),
        coverage=coverage,
        findings=joined("findings", lambda one, other: _shares(one, other, "with_finding")),
        assessments=joined("assessments", lambda one, other: _shares(one, other, "negative")),
        categories=MappingProxyType({}),
    )


def _column(both: tuple[Any, Any], name: str) -> Any:
    return np.concatenate([np.asarray(getattr(one, name)) for one in both])


def _words(both: tuple[Any, Any]) -> tuple[Status, ...]:
    return tuple(NOW.get(word, word) for one in both for word in one.status)


def _coverage(one: Any, other: Any) -> Coverage:
    return Coverage(_words((one, other)), frozen(_column((one, other), "observed")))


def _shares(one: Any, other: Any, part: str) -> Shares:
    both = one, other
    found = _column(both, part)
    plain = no_shares(len(found), _words(both))
    visits = frozen(_column(both, "visits"))
    return Shares(
        **{**vars(plain), "visits": visits, "visits_found": frozen(np.maximum(found, HIDDEN))}
    )  # fmt: skip
