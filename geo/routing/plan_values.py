"""A plan's document as types: what `plan_document` writes and the desk's scripts read."""

from __future__ import annotations

from typing import TypedDict


class PinValues(TypedDict):
    """A stop that stays with its team."""

    team_id: str
    station_id: str
    service: str


class RequestValues(TypedDict):
    """What was asked for; None: as the mission has it. `no_go`: GeoJSON polygons."""

    teams: list[str]
    hours: list[str] | None
    day: str | None
    now: str | None
    needs: list[str] | None
    no_go: list[dict[str, object]]
    no_go_areas: list[str]
    excluded: list[str]
    locked: list[PinValues]
    q: float
    epsilon: float
    incident_bonus: float
    revisits: bool


class TravelValues(TypedDict):
    """Where travel times come from, and within which factors they may lie."""

    source: str
    says: str
    band: list[float]


class StopMinutes(TypedDict):
    """A stop's exact times, minutes of the team's own day."""

    drive: float
    arrive: float
    begin: float
    leave: float
    gain: float


class StopValues(TypedDict):
    """One stop of a team; clock times "HH:MM" of its own day, `_at` in ISO 8601."""

    station_id: str
    name: str
    settlement: str
    lon: float
    lat: float
    voters: int | None
    service: str
    arrive: str
    begin: str
    leave: str
    begin_at: str
    leave_at: str
    gain: float
    visits_before: int
    is_locked: bool
    is_begun: bool
    minutes: StopMinutes


class ReturnMinutes(TypedDict):
    """The way back to the base, minutes of the team's own day."""

    drive_back: float
    back: float


class TeamValues(TypedDict):
    """One team's day; `line`: lon, lat of the start, every stop and the base."""

    team_id: str
    base: list[float]
    start_station: str
    offset_minutes: int
    shift: list[str]
    needs: list[str]
    visits: int
    drive_minutes: float
    km: float
    gain: float
    back: str
    back_at: str
    minutes: ReturnMinutes
    line: list[list[float]]
    stops: list[StopValues]


class BeforeAfter(TypedDict):
    """What a plan changes in one unit; None where there is no plan's share to fall short of."""

    fair_share: float | None
    visited: int
    planned: int
    gap_before: float | None
    gap_after: float | None


class AreaGain(BeforeAfter):
    """What a plan changes in one area."""

    area_id: str


class CellGain(BeforeAfter):
    """What a plan changes in one cell."""

    cell: str


class GainValues(TypedDict):
    """What a plan changes: gaps closed of gaps, Duncan's D before and after, hours and way."""

    says: str
    gaps: int | None
    closed: int | None
    stations: int
    cells_first_visited: int
    duncan_before: float | None
    duncan_after: float | None
    minutes: float
    minutes_low: float
    minutes_high: float
    km: float
    areas: list[AreaGain]
    cells: list[CellGain]


class PlanValues(TypedDict):
    """A plan without its notes: the document's in English with their parts, the desk's as sentences."""

    format: str
    mission: str
    snapshot: str
    day: str
    seed: int
    now: float | None
    closed: list[str]
    ask: RequestValues
    travel: TravelValues
    value: float
    teams: list[TeamValues]
    gain: GainValues
    version: str
