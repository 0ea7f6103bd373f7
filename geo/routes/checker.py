"""Is a plan allowed? Every rule anew, in plain steps: nothing here is shared with what made the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.routes.problem import Problem, team_of

SLACK: Final = 1e-6  # sums of decimal times are off by less; a minute's millionth hurts nobody

RULES: Final = (
    "routes", "place", "depot", "repeated", "way", "opens", "closes", "shift",
    "service", "station", "needed", "excluded", "locked", "no_go", "responsibility", "frozen", "times",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: which (of RULES), which team and which stop (-1: none in particular), in words."""

    rule: str
    team: int
    stop: int
    text: str

    def __str__(self) -> str:
        return self.text


def check(problem: Problem, routes: Sequence[Sequence[int]]) -> tuple[Violation, ...]:
    """Return every rule that the stop lists of a published problem break; empty if they are feasible.

    `routes`: one list of places per team, without its start and end.
    """
    opens, closes, service, travel = (
        np.asarray(column, dtype=float)
        for column in (problem.opens, problem.closes, problem.service, problem.travel)
    )
    teams = [team_of(one) for one in problem.teams]
    if len(routes) != len(teams):
        return (Violation("routes", -1, -1, f"{len(routes)} routes for {len(teams)} teams"),)
    ends = {team.start for team in teams} | {team.end for team in teams}
    found: list[Violation] = []
    seen: dict[int, int] = {}
    for number, (team, stops) in enumerate(zip(teams, routes, strict=True)):
        who = f"team {number + 1}"
        now, here = team.shift_start, team.start
        for stop in stops:
            if not 0 <= stop < len(opens):
                found.append(Violation("place", number, stop, f"{who}: {stop} is no place"))
                continue
            if stop in ends:
                found.append(Violation("depot", number, stop, f"{who}: {stop} is a start or end, not a stop"))
            if stop in seen:
                first = f"team {seen[stop] + 1}"
                found.append(Violation("repeated", number, stop, f"{who}: {first} serves {stop} already"))
            seen.setdefault(stop, number)
            if not np.isfinite(travel[here, stop]):
                found.append(Violation("way", number, stop, f"{who}: no way from {here} to {stop}"))
            now = max(now + float(travel[here, stop]), float(opens[stop]))
            if now > closes[stop] + SLACK:
                text = f"{who}: begins {stop} at {now:g}, after {closes[stop]:g}"
                found.append(Violation("closes", number, stop, text))
            now += float(service[stop])
            here = stop
        now += float(travel[here, team.end])
        if not now <= team.shift_end + SLACK:
            text = f"{who}: is back at {now:g}, after its shift ends at {team.shift_end:g}"
            found.append(Violation("shift", number, -1, text))
    return tuple(found)
