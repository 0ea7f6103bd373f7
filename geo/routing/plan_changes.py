"""What a coordinator changes in a plan, or what happens to it during the day; read from hostile JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import shapely

from geo.model.errors import InputError
from geo.routing.plan_request import ids, number_of, pin_of, polygons_of, text_of

MOST_CHANGES: Final = 200
LATEST: Final = 24 * 60.0  # minutes a team can be late
# kind → what it needs; what it may have besides. `now` goes beside the list, once for all.
KINDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "lock": (("team_id", "station_id"), ("service",)),
        "unlock": (("station_id",), ()),
        "exclude": (("station_id",), ()),
        "include": (("station_id",), ()),
        "no_go": (("polygon",), ()),
        "no_go_area": (("area_id",), ()),
        "clear_no_go": ((), ()),
        "reorder": (("team_id", "stations"), ()),
        "late": (("team_id", "minutes"), ()),
        "closed": (("station_id",), ()),
        "incident": (("station_id",), ("is_security",)),
    }
)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One change; `kind` of KINDS says which fields count.

    lock: this team visits this station for this service, whoever had it before, also one in nobody's
    plan. reorder: `stations` is the whole rest of the team's day in its new order. late: by `minutes`.
    closed: cannot be observed any more. incident: a finding was reported there.
    """

    kind: str
    team_id: str = ""
    station_id: str = ""
    service: str = "voting"
    minutes: float = 0.0
    stations: tuple[str, ...] = ()
    polygon: shapely.Geometry | None = None
    area_id: str = ""
    is_security: bool = False


def of_json(value: object) -> tuple[PlanChange, ...]:
    """Return the changes in a list of objects. Raises InputError naming what is wrong with which."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_CHANGES:
        raise InputError(f"changes must be a list of 1 to {MOST_CHANGES}")
    return tuple(_change(item, number) for number, item in enumerate(value, start=1))


def _change(value: object, number: int) -> PlanChange:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str) or value["kind"] not in KINDS:
        raise InputError(f"change {number} needs a kind, one of {', '.join(KINDS)}")
    needed, possible = KINDS[value["kind"]]
    missing = [key for key in needed if key not in value]
    if missing or set(value) - {"kind", *needed, *possible}:
        keys = ", ".join((*needed, *possible)) or "nothing else"
        raise InputError(f"change {number} ({value['kind']}) takes {keys}")
    given: dict[str, Any] = {}
    for key in (*needed, *possible):
        if key in value:
            given[key] = _field(key, value)
    return PlanChange(value["kind"], **given)


def _field(key: str, value: Mapping[str, Any]) -> Any:
    if key == "minutes":
        return number_of(value[key], key, 0.0, LATEST)
    if key == "stations":
        return ids(value[key], key)
    if key == "polygon":
        return polygons_of([value[key]])[0]
    if key == "service":
        return pin_of({"team_id": "-", "station_id": "-", "service": value[key]}).service
    if key == "is_security":
        if not isinstance(value[key], bool):
            raise InputError("is_security must be true or false")
        return value[key]
    return text_of(value[key], key)
