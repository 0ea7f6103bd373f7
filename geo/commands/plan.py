"""What `plan` does: plan a mission's day, write it in four formats, and say what it gains."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from geo.model.errors import InputError, RouteError
from geo.model.reports import Teams
from geo.model.snapshot import Snapshot
from geo.routing import invented_teams, plan_document, plan_geojson, plan_gpx, plan_ical, plan_request
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_gain import gain_of, sentence
from geo.routing.planner import PlanState, make
from geo.routing.solver.demand import clock
from geo.serving import build_snapshot

Progress = Callable[[str, float], None]
_OF_A_TEAM: Final = re.compile(r"\d+-[A-Za-z0-9_-]+\.(gpx|ics)")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The command's options, "" or () for not given.

    `teams`: a file, ids with commas between, or how many to invent; "" for all of the mission's. `hours`: of
    every team, local, such as 06:00-22:00. `day`: ISO 8601. `seconds`: to search for. `now`: HH:MM local,
    from which the plan goes on. `exclude`: stations; `no_go`: areas.
    """

    teams: str = ""
    hours: str = ""
    day: str = ""
    seconds: float = 20.0
    seed: int = 0
    now: str = ""
    exclude: tuple[str, ...] = ()
    no_go: tuple[str, ...] = ()


def write(folder: Path, options: PlanOptions, out: Path, progress: Progress | None = None) -> str:
    """Plan the day of a mission's folder and write it to `out`; return what it gains, as lines.

    Raises MissionError for a folder that is no mission, InputError for options that cannot be read,
    RouteError naming the constraint that leaves no plan. Nothing is written then.
    """
    tell = progress or (lambda _step, _share: None)
    asked = _ask(options)
    snapshot = build_snapshot.snapshot(folder, progress=progress)
    teams, remarks = _other_teams(snapshot, options.teams)
    if teams is None and options.teams:
        asked = replace(
            asked, teams=plan_request.ids([one for one in options.teams.split(",") if one.strip()], "teams")
        )
    made = make(
        demand_of(snapshot, asked, teams=teams), options.seconds, options.seed,
        report=lambda step, share, _value: tell(step, share),
    )  # fmt: skip
    written = _written(made, out)
    return "\n".join([*remarks, *_said(made), f"written: {len(written)} files in {out}"])


def _ask(options: PlanOptions) -> plan_request.PlanRequest:
    day = None
    if options.day:
        try:
            day = date.fromisoformat(options.day)
        except ValueError:
            raise InputError(f'"{options.day}" is not a date such as 2005-12-04') from None
    return plan_request.PlanRequest(
        hours=plan_request.hours_of(options.hours) if options.hours else None,
        day=day,
        now=plan_request.minutes_of(options.now) if options.now else None,
        excluded=plan_request.ids(list(options.exclude), "exclude"),
        no_go_areas=plan_request.ids(list(options.no_go), "no-go"),
    )


def _other_teams(snapshot: Snapshot, teams: str) -> tuple[Teams | None, list[str]]:
    """Return teams from elsewhere and what was odd about them; None for the mission's own."""
    if teams.isdecimal() and teams not in snapshot.teams.team_id:
        if len(teams) > 6:
            raise InputError(f"so many teams cannot be planned: at most {invented_teams.MOST_TEAMS:,}")
        return invented_teams.in_towns(snapshot, int(teams)), []
    path = Path(teams) if teams and "," not in teams else None
    if path is not None and teams not in snapshot.teams.team_id:
        if path.is_file():
            return invented_teams.of_file(path, snapshot.mission, snapshot.as_of)
        if path.suffix:
            raise InputError(f"{path.name}: no such file, and no such team")
    if not teams and not len(snapshot.teams):
        raise RouteError(
            "the mission has no teams; give --teams FILE.csv with a table of teams, "
            "or a number: that many teams in the largest towns"
        )
    return None, []


def _said(made: PlanState) -> list[str]:
    """Return the plan as lines for a terminal."""
    gain = gain_of(made)
    lines = [f"The plan for {made.asked.day.isoformat()} {sentence(gain)}."]
    if gain.gaps is not None:
        d = (
            f"{gain.d_before:.3f} → {gain.d_after:.3f}"
            if gain.d_before == gain.d_before
            else f"{gain.d_after:.3f}"
        )
        lines.append(
            f"  {gain.stations} stations more, {gain.first_visits} cells for the first time; Duncan's D {d}"
        )
    for duty, team in zip(made.demand.teams, made.plan.teams, strict=True):
        first, last = (team.stops[0], team.stops[-1]) if team.stops else (None, None)
        hours = f"{clock(round(first.begin))}–{clock(round(last.leave))}" if first and last else "no stop"
        missing = [need for need in duty.needs if need not in {stop.service for stop in team.stops}]
        lines.append(
            f"  {team.team_id:<12}{len(team.stops):>3} stops  {hours:<16}  {team.drive:>5.0f} min under way"
            + (f"  no {', '.join(missing)}" if missing else "")
        )
    return lines + [f"note: {one.says}" for one in made.notes] + [f"note: {one}" for one in made.plan.notes]


def _written(made: PlanState, out: Path) -> list[Path]:
    """Write plan.json, plan.geojson and per team a GPX and a calendar; the whole set or an error."""
    files: dict[str, str] = {
        "plan.json": plan_document.text_of(made),
        "plan.geojson": json.dumps(plan_geojson.geojson_of_plan(made), ensure_ascii=False) + "\n",
    }
    width = len(str(len(made.plan.teams)))
    for index, team in enumerate(made.plan.teams):
        name = f"{index + 1:0{width}d}-{_UNSAFE.sub('_', team.team_id)[:60]}"
        files[f"{name}.gpx"] = plan_gpx.gpx_of_team(made, index)
        files[f"{name}.ics"] = plan_ical.calendar_of_team(made, index)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if (out / "plan.json").is_file():  # a team must not find the sheet of a plan before
            for old in out.iterdir():
                if _OF_A_TEAM.fullmatch(old.name) and old.name not in files:
                    old.unlink()
        for name, text in files.items():
            (out / name).write_bytes(text.encode())
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from None
    return [out / name for name in files]
