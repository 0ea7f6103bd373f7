"""What can be chosen about a simulated mission, and the refusal of what cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from geo.model.errors import InputError
from geo.model.mission import RESERVED_SLUGS, SLUG

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT / "data"
KAZAKHSTAN: Final = DATA / "kazakhstan-2005" / "areas.geojson"
Preset = Literal["international", "citizen"]
TEAMS: Final = {"international": 15, "citizen": 2_000}
# A form that left a station after midnight belongs to the election day until this hour.
NIGHT_ENDS: Final = 6


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """Everything a simulation depends on; two equal options give the same bytes.

    `teams`: None for the preset's own number (15 teams, or 2,000 static observers).
    `days`: consecutive days of polling, the last one being `election_date`.
    `until`: HH:MM in the mission's zone; hours before 06:00 are the night after. None: the night is over.
    `cluster`: plant the hot spot, of `cluster_ratio` times the base rate within `cluster_radius_km`.
    `team_icc`: intra-team correlation of "the visit has a finding" (variance between teams / p(1−p)).
    `districts`: 0, or how many synthetic districts to split the areas into.
    `script`: stage the events of docs/simulation.md; a study of statistics leaves them out.
    `settlements`: None for the file that belongs to `areas`, or an even population where there is none.
    """

    preset: Preset = "international"
    stations: int = 9_580
    teams: int | None = None
    days: int = 1
    seed: int = 2005
    until: str | None = None
    cluster: bool = True
    team_icc: float = 0.05
    out: Path = DATA / "kazakhstan-2005-simulated"
    areas: Path = KAZAKHSTAN
    settlements: Path | None = None
    categories: Path = DATA / "kazakhstan-2005" / "categories.csv"
    districts: int = 0
    script: bool = True
    base_rate: float = 0.08
    cluster_ratio: float = 3.5
    cluster_radius_km: float = 80.0
    election_date: date = date(2005, 12, 4)
    time_zone: str = ""

    @property
    def team_count(self) -> int:
        """How many teams there are: `teams`, or the preset's own number."""
        return TEAMS.get(self.preset, 1) if self.teams is None else self.teams

    @property
    def is_static(self) -> bool:
        """Whether every observer stays at one station all day."""
        return self.preset == "citizen"

    @property
    def is_kazakhstan(self) -> bool:
        """Whether the areas are Kazakhstan's own, whose settlements and zones are known."""
        return self.areas.resolve() == KAZAKHSTAN

    @property
    def settlements_file(self) -> Path | None:
        """The settlements given, or Kazakhstan's own for Kazakhstan's areas."""
        if self.settlements is not None:
            return self.settlements
        return DATA / "settlements" / "kz.csv" if self.is_kazakhstan else None

    @property
    def zone(self) -> ZoneInfo:
        """The mission's zone: `time_zone`, or that of the areas where it is not given."""
        return ZoneInfo(self.time_zone or ("Asia/Almaty" if self.is_kazakhstan else "UTC"))


def stops(options: SimulationOptions) -> int:
    """Return when the clock stops: minutes after midnight in the mission's zone."""
    if options.until is None:
        return (24 + NIGHT_ENDS) * 60
    hour, minute = (int(part) for part in options.until.split(":"))
    return (hour + 24 if hour < NIGHT_ENDS else hour) * 60 + minute


def check(options: SimulationOptions) -> None:
    """Raise InputError with every problem of the options in one text."""
    problems = [text for is_wrong, text in _rules(options) if is_wrong]
    if problems:
        raise InputError("\n".join(problems))


def _rules(options: SimulationOptions) -> list[tuple[bool, str]]:
    until = options.until
    slug = options.out.resolve().name
    return [
        (options.preset not in TEAMS, f"preset {options.preset!r} must be one of {', '.join(TEAMS)}"),
        (not 100 <= options.stations <= 2_000_000, f"stations {options.stations} must be 100 to 2000000"),
        (options.team_count < 1, f"teams {options.team_count} must be at least 1"),
        (
            options.team_count > options.stations,
            f"teams {options.team_count} cannot be more than the {options.stations} stations",
        ),
        (not 1 <= options.days <= 60, f"days {options.days} must be 1 to 60"),
        (options.seed < 0, f"seed {options.seed} must be 0 or more"),
        (not 0 <= options.districts <= 20_000, f"districts {options.districts} must be 0 to 20000"),
        (not 0 <= options.team_icc <= 0.3, f"team_icc {options.team_icc} must be 0 to 0.3"),
        (not 0.005 <= options.base_rate <= 0.5, f"base_rate {options.base_rate} must be 0.005 to 0.5"),
        (
            not 1 <= options.cluster_ratio <= 0.9 / options.base_rate,
            f"cluster_ratio {options.cluster_ratio} must be 1 to {0.9 / options.base_rate:.1f}",
        ),
        (not 1 <= options.cluster_radius_km <= 2_000, "cluster_radius_km must be 1 to 2000"),
        (
            until is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", until),
            f"until {until!r} must be a time of day such as 14:00",
        ),
        (
            bool(options.time_zone) and options.time_zone not in available_timezones(),
            f"time_zone {options.time_zone!r} is not an IANA time zone such as Asia/Almaty",
        ),
        (not SLUG.fullmatch(slug), f"out: folder name {slug!r} may only have letters, digits, - and _"),
        (slug in RESERVED_SLUGS, f"out: folder name {slug!r} is an address of the server's own"),
    ]
