"""What `plan` does: plan a mission's day, write it in four formats, and say what it gains."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from geo import build, plan_crews
from geo.errors import InputError, RouteError
from geo.planning import ask, document, geojson, gpx, ical
from geo.planning.bridge import demand_of
from geo.planning.gain import gain_of, sentence
from geo.planning.made import Made, make
from geo.reports import Teams
from geo.routes.demand import clock
from geo.snapshot import Snapshot

Progress = Callable[[str, float], None]
_OF_A_TEAM: Final = re.compile(r"\d+-[A-Za-z0-9_-]+\.(gpx|ics)")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Options:
    """The command's options. `teams`: a file, ids with commas between, a number, or "" for all."""

    teams: str = ""
    hours: str = ""
    day: str = ""
    seconds: float = 20.0
    seed: int = 0
    now: str = ""
    exclude: tuple[str, ...] = ()
    no_go: tuple[str, ...] = ()


def write(folder: Path, options: Options, out: Path, progress: Progress | None = None) -> str:
    """Plan the day of a mission's folder and write it to `out`; return what it gains, as lines.

    Raises MissionError for a folder that is no mission, InputError for options that cannot be read,
    RouteError naming the constraint that leaves no plan. Nothing is written then.
    """
    tell = progress or (lambda _step, _share: None)
    asked = _ask(options)
    snapshot = build.snapshot(folder, progress=progress)
    crews, told = _crews(snapshot, options.teams)
    if crews is None and options.teams:
        asked = replace(
            asked, teams=ask.ids([one for one in options.teams.split(",") if one.strip()], "teams")
        )
    made = make(
        demand_of(snapshot, asked, crews=crews), options.seconds, options.seed,
        report=lambda step, share, _value: tell(step, share),
    )  # fmt: skip
    written = _written(made, out)
    return "\n".join([*told, *_said(made), f"written: {len(written)} files in {out}"])


def _ask(options: Options) -> ask.Ask:
    day = None
    if options.day:
        try:
            day = date.fromisoformat(options.day)
        except ValueError:
            raise InputError(f'"{options.day}" is not a date such as 2005-12-04') from None
    return ask.Ask(
        hours=ask.hours_of(options.hours) if options.hours else None,
        day=day,
        now=ask.minutes_of(options.now) if options.now else None,
        excluded=ask.ids(list(options.exclude), "exclude"),
        no_go_areas=ask.ids(list(options.no_go), "no-go"),
    )


def _crews(snapshot: Snapshot, teams: str) -> tuple[Teams | None, list[str]]:
    """Return teams from elsewhere and what was odd about them; None for the mission's own."""
    if teams.isdecimal() and teams not in snapshot.teams.team_id:
        if len(teams) > 6:
            raise InputError(f"so many teams cannot be planned: at most {plan_crews.MOST_TEAMS:,}")
        return plan_crews.in_towns(snapshot, int(teams)), []
    path = Path(teams) if teams and "," not in teams else None
    if path is not None and teams not in snapshot.teams.team_id:
        if path.is_file():
            return plan_crews.of_file(path, snapshot.mission, snapshot.as_of)
        if path.suffix:
            raise InputError(f"{path.name}: no such file, and no such team")
    if not teams and not len(snapshot.teams):
        raise RouteError(
            "the mission has no teams; give --teams FILE.csv with a table of teams, "
            "or a number: that many teams in the largest towns"
        )
    return None, []


def _said(made: Made) -> list[str]:
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


def _written(made: Made, out: Path) -> list[Path]:
    """Write plan.json, plan.geojson and per team a GPX and a calendar; the whole set or an error."""
    files: dict[str, str] = {
        "plan.json": document.text_of(made),
        "plan.geojson": json.dumps(geojson.of(made), ensure_ascii=False) + "\n",
    }
    width = len(str(len(made.plan.teams)))
    for index, team in enumerate(made.plan.teams):
        name = f"{index + 1:0{width}d}-{_UNSAFE.sub('_', team.team_id)[:60]}"
        files[f"{name}.gpx"] = gpx.of(made, index)
        files[f"{name}.ics"] = ical.of(made, index)
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
