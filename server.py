"""Baqylau: the app factory and the command line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask
from tqdm import tqdm

from geo import build, report_card
from geo.counts import Choice
from geo.defects import printable
from geo.errors import BaqylauError, MissionError
from geo.library import Library, find
from geo.store import Store
from geo.tables import SEVERITIES, STAGES

HERE = Path(__file__).parent
DATA = HERE / "data"
STATE = HERE / "var"


def create_app(
    folders: Sequence[Path] | None = None, state: Path | None = None, watch: bool = False
) -> Flask:
    """Return the WSGI application serving these mission folders; every mission under data/ if None.

    `state`: where it may keep what it made; None keeps nothing.
    """
    import web  # commands that serve nothing do not pay for the page
    from layers import desk_live

    store = Store(state / "cache") if state else None
    library = Library(lambda: find(DATA) if folders is None else list(folders), store=store)
    library.follow(desk_live.follow, desk_live.DESK)
    library.watch() if watch else library.refresh()
    app = web.create_app(library, state or STATE, store=store)
    if watch:
        app.extensions["baqylau.releases"].warm()
        web.desk_pages.warm(library)
    return app


class _Commands(click.Group):
    """Lets `server.py` and `server.py MISSION …` mean `server.py serve …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Baqylau: where election observers were, and what they reported.

    `python server.py [MISSION …]` serves every mission under data/, or the folders named.
    """


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_STATE = click.option(
    "--state",
    default=STATE,
    envvar="BAQYLAU_STATE",
    show_default="var",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for what the program writes: caches, plans, releases.",
)


@cli.command()
@click.argument("missions", nargs=-1, type=_FOLDER)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@_STATE
def serve(missions: tuple[Path, ...], host: str, port: int, state: Path) -> None:
    """Serve maps; a mission is renewed within 2 s when its files change."""
    import waitress

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # It warns of every request that waits: a map asks for dozens at once; a line costs more than a tile.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(missions or None, state, watch=True)
    token = app.config["DESK_TOKEN"]
    click.echo(f"Baqylau is ready at http://{host}:{port}/  (Ctrl+C stops it)")
    click.echo(f"Coordinators' desks open with http://{host}:{port}/MISSION/desk/?token={token}")
    waitress.serve(app, host=host, port=port, threads=8, ident=None)


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder; var/check/MISSION.")
def check(mission: Path, as_json: bool, out: Path | None) -> None:
    """Load a mission, join it, and print totals and defects; exit 1 if no map can be built.

    Writes rejects.csv and defects.geojson, a map of the defects.
    """
    target = out or STATE / "check" / mission.resolve().name
    try:
        card = report_card.of(mission, target, None if as_json else _progress())
    except MissionError as error:
        _fail([str(problem) for problem in error.problems], as_json)
    except BaqylauError as error:
        _fail([str(error)], as_json)
    click.echo(
        json.dumps(card, ensure_ascii=False, indent=2) if as_json else printable(report_card.text(card))
    )


@cli.command()
@click.option(
    "--preset", type=click.Choice(["international", "citizen"]), default="international", show_default=True
)
@click.option("--stations", type=click.IntRange(100, 1_050_000), default=9_580, show_default=True)
@click.option(
    "--teams", type=click.IntRange(1), help="Teams or static observers; the preset's own if not given."
)
@click.option("--days", type=click.IntRange(1), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2005, show_default=True)
@click.option("--until", metavar="HH:MM", help="Stop the clock, to see a day in progress.")
@click.option(
    "--districts", type=click.IntRange(0), default=0, help="Split the areas into synthetic districts."
)
@click.option(
    "--areas", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another country's areas."
)
@click.option("--no-cluster", is_flag=True, help="Plant no hot spot.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder; data/kazakhstan-2005-simulated."
)
def simulate(no_cluster: bool, **chosen: Any) -> None:
    """Write a simulated mission whose truth is known, beside the truth itself."""
    from geo.simulate import Options  # only this command pays for the optimiser it imports
    from geo.simulate import simulate as run_simulation

    options = Options(
        cluster=not no_cluster, **{key: value for key, value in chosen.items() if value is not None}
    )
    try:
        folder = run_simulation(options, _progress())
    except BaqylauError as error:
        _fail(str(error).splitlines(), as_json=False, heading="Nothing was simulated.")
    click.echo(f"written: {folder}")


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option("--units", type=click.Choice(["area", "cell", "station"]), default="area", show_default=True)
@click.option("--stage", type=click.Choice(STAGES), help="One stage; all if not given.")
@click.option(
    "--severity", type=click.Choice(SEVERITIES), default="medium", show_default=True, help="From here on."
)
@click.option("--category", "categories", multiple=True, help="Only this category; may be given again.")
@click.option("--unverified", is_flag=True, help="Count visits nobody has checked, too.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="FILE.csv, .zip, .geojson, .gpkg or .parquet.",
)
def export(
    mission: Path,
    units: str,
    stage: str | None,
    severity: str,
    categories: tuple[str, ...],
    unverified: bool,
    out: Path,
) -> None:
    """Write a coordinator's figures of one choice to a file; not for publication as it is."""
    from layers import export_file

    choice = Choice(stage or "", categories, severity, not unverified)
    try:
        snapshot = build.snapshot(mission, progress=_progress())
        out.write_bytes(export_file.of(snapshot, units, choice, out.suffix.lstrip(".")))
        beside = out.with_suffix(".methods.txt")  # CSV has no place for the note that other formats carry
        if out.suffix == ".csv":
            beside.write_text(export_file.note(snapshot, choice), encoding="utf-8", newline="\n")
    except MissionError as error:
        _fail([str(problem) for problem in error.problems], as_json=False)
    except BaqylauError as error:
        _fail([str(error)], as_json=False, heading="Nothing was exported.")
    click.echo(f"written: {out}{f' and {beside}' if out.suffix == '.csv' else ''}")


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option(
    "--teams", default="", help="FILE.csv, ids with commas between, or a number; all teams if not given."
)
@click.option(
    "--hours", default="", metavar="HH:MM-HH:MM", help="Hours of duty; each team's own shift if not given."
)
@click.option("--date", "day", default="", metavar="YYYY-MM-DD", help="Election day if not given.")
@click.option("--now", default="", metavar="HH:MM", help="Plan the rest of the day from here.")
@click.option("--exclude", multiple=True, metavar="STATION", help="Never go there; may be given again.")
@click.option(
    "--no-go", multiple=True, metavar="AREA", help="Neither go there nor through; may be given again."
)
@click.option("--seconds", type=click.FloatRange(0, 3600), default=20.0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder.")
def plan(mission: Path, out: Path, **chosen: Any) -> None:
    """Plan the teams' routes: JSON, GeoJSON, and a GPX and a calendar file per team. Not for publication."""
    from geo import day_plan

    try:
        said = day_plan.write(mission, day_plan.Options(**chosen), out, _progress())
    except MissionError as error:
        _fail([str(problem) for problem in error.problems], as_json=False)
    except BaqylauError as error:
        _fail([str(error)], as_json=False, heading="Nothing was planned.")
    click.echo(printable(said))


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option("--verify", metavar="VERSION", help="Keep this version as it is: somebody has looked at it.")
@click.option(
    "--clear", metavar="VERSION", help="Let the press see a verified version; takes another person."
)
@click.option("--withdraw", metavar="VERSION", help="Take a version back; --note says in public why.")
@click.option("--by", default="", help="Name of whoever signs; only a salted hash of it is kept.")
@click.option("--note", default="", help="A note; of a withdrawal, the public correction notice.")
@_STATE
def release(mission: Path, verify: str, clear: str, withdraw: str, by: str, note: str, state: Path) -> None:
    """Sign off what the press sees of a live mission; without options, show what would be released."""
    from geo.signoff import signed  # only this command pays for the programs behind it

    steps = {"verify": verify, "clear": clear, "withdraw": withdraw}
    asked = {step: version for step, version in steps.items() if version}
    if len(asked) > 1:
        raise click.UsageError("one of --verify, --clear and --withdraw at a time")
    try:
        snapshot = build.snapshot(mission, progress=_progress())
        lines = signed(state / "releases", snapshot, *next(iter(asked.items()), ("", "")), by=by, note=note)
    except MissionError as error:
        _fail([str(problem) for problem in error.problems], as_json=False)
    except BaqylauError as error:
        _fail([str(error)], as_json=False, heading="Nothing was changed.")
    click.echo("\n".join(printable(line) for line in lines))


def _fail(problems: list[str], as_json: bool, heading: str = "No map can be built.") -> NoReturn:
    if as_json:
        click.echo(json.dumps({"problems": problems}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{heading} What stands in the way:", err=True)
        for problem in problems:
            click.echo(f"  {printable(problem)}", err=True)
    sys.exit(1)


def _progress() -> Callable[[str, float], None]:
    """Return a callback that draws one bar per step on a terminal, and nothing into a pipe."""
    bars: dict[str, Any] = {}

    def show(step: str, share: float) -> None:
        bar = bars.get(step)
        if bar is None:
            for earlier in bars.values():  # a small file is read before its reader says how far it is
                earlier.close()
            bar = bars[step] = tqdm(
                total=100, desc=step, unit="%", leave=False, disable=not sys.stderr.isatty()
            )
        bar.update(round(100 * share) - bar.n)
        if share >= 1:
            bar.close()

    return show


if __name__ == "__main__":
    cli()
