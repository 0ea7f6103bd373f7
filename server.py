"""Baqylau: the app factory and the command line."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click
from flask import Flask
from tqdm import tqdm

from geo.commands import check as check_command
from geo.commands import journal as journal_command
from geo.commands import replay as replay_command
from geo.model.counts import Choice
from geo.model.errors import BaqylauError, MissionError
from geo.model.tables import SEVERITIES, STAGES
from geo.reading.defects import printable
from geo.serving import build_snapshot
from geo.serving.disk_cache import DiskCache
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower, with_journal
from geo.serving.missions import Missions, find, own_moment
from geo.serving.own_missions import OwnMissions
from geo.serving.state_lock import StateLock, began_of

if TYPE_CHECKING:
    from web.settings import Settings

LOG = logging.getLogger("baqylau")
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
HERE = Path(__file__).parent
DATA = HERE / "data"
STATE = HERE / "var"
NOT_LOADED = 4  # the exit status that tells gunicorn not to try again
LOOPBACK = ("127.0.0.1", "::1", "localhost")
NO_MAP = "No map can be built."
SWITCH_S = 0.0005  # a page in a thread waits ten times less for one that composes a picture or a map
_held: list[StateLock] = []  # for the life of the process; the kernel lets go of them with it


def create_app(
    folders: Sequence[Path] | None = None,
    state: Path | None = None,
    watch: bool = False,
    settings: Settings | None = None,
) -> Flask:
    """Return the WSGI application serving these mission folders: the one start, under any server.

    What is None comes from the environment: BAQYLAU_MISSIONS (folders, else all under data/), BAQYLAU_STATE
    (else var/), and the doors' (`web.settings`). `watch`: follow changed files, and hold the state directory
    together with the other processes of this server. Raises BaqylauError if another server holds it.
    """
    if _is_gunicorn():
        _log()  # does nothing where somebody else did
    try:
        return _application(folders, state, watch, settings or _settings())
    except BaqylauError as error:
        if not _is_gunicorn():
            raise
        LOG.critical("Baqylau does not start: %s", error)
        sys.exit(NOT_LOADED)


def _log(as_json: bool = False) -> None:
    """Let the log go to the terminal: a line of text, or a JSON object where one or the environment asks."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    if as_json or os.environ.get("BAQYLAU_LOG_JSON", "").strip() == "1":
        from web import json_log  # commands that serve nothing do not pay for it

        handler.setFormatter(json_log.formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _settings() -> Settings:
    from web.settings import DEMO, from_environment  # commands that serve nothing do not pay for the page

    settings = from_environment(os.environ)
    return _as_demo(settings) if os.environ.get(DEMO) else settings


def _as_demo(settings: Settings) -> Settings:
    """Let the key open the missions that come with the program, although people have accounts."""
    return replace(settings, demo=frozenset(folder.name for folder in find(DATA)))


def _application(
    folders: Sequence[Path] | None, state: Path | None, watch: bool, settings: Settings
) -> Flask:
    from layers.desk import live_tiles

    state = state or Path(os.environ.get("BAQYLAU_STATE") or STATE)
    lock = _hold(state) if watch else None
    store = DiskCache(state / "cache")
    moment = lock.moment if lock else own_moment
    door = JournalDoor(state, os.environ.get("BAQYLAU_JOURNAL", ""))
    follower = JournalFollower(door.reader)
    library = Missions(
        lambda: _mission_folders(state, folders),
        store=store,
        moment=moment,
        journal=follower,
    )
    library.follow(live_tiles.follow, live_tiles.DESK)
    library.watch() if watch else library.refresh()
    import web  # while the first mission is built; commands that serve nothing do not pay for the page
    from web import preparation

    is_one_of_many = watch and _is_gunicorn()
    app = web.create_app(
        library, state, store=store, settings=settings, is_one_of_many=is_one_of_many, journal=door
    )
    if watch:
        sys.setswitchinterval(SWITCH_S)
        app.extensions["baqylau.releases"].warm()
        preparation.begin(library, app.extensions["baqylau.releases"], door)
        threading.Thread(target=_sum_up, args=(library, store), name="baqylau-sums", daemon=True).start()
    return app


def _mission_folders(state: Path, folders: Sequence[Path] | None = None) -> list[Path]:
    """Return the missions' folders: of days replayed, those given or named or all of data/, and made here."""
    named = [Path(name) for name in os.environ.get("BAQYLAU_MISSIONS", "").split(os.pathsep) if name]
    chosen = folders or named or find(DATA)
    return [*find(state / replay_command.FOLDER), *chosen, *OwnMissions(state).folders()]


def _sum_up(library: Missions, store: DiskCache) -> None:
    """Once all missions are served: read again what is kept, and build anew if some of it is damaged."""
    library.missions()
    if store.sum_up():
        library.read_again()


def _is_gunicorn() -> bool:
    """Return whether several processes may serve this: each of gunicorn's loads the application anew."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def _hold(state: Path) -> StateLock | None:
    """Hold the state directory as long as this process lives; None where it cannot be written to.

    Raises StateInUse. The processes of gunicorn have one parent, by which they know each other.
    """
    pid = os.getppid() if _is_gunicorn() else os.getpid()
    try:
        _held.append(StateLock(state, f"{pid} begun {began_of(pid)}"))
    except OSError as error:
        LOG.warning("nothing can be kept below %s: %s", state, error)
        return None
    return _held[-1]


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
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A reverse proxy stands before this server; believe its X-Forwarded-For, -Proto, -Host and -Prefix.",
)
@click.option("--trusted-host", "hosts", multiple=True, help="Answer to this name only; may be given again.")
@click.option("--replay", "replayed", type=_FOLDER, help="Replay this simulated mission's day while serving.")
@click.option("--log-json", "as_json", is_flag=True, help="Log one JSON object per line.")
@click.option(
    "--demo", is_flag=True, help="The key opens the shipped missions although people have accounts."
)
@_STATE
def serve(
    missions: tuple[Path, ...],
    host: str,
    port: int,
    state: Path,
    behind_proxy: bool,
    hosts: tuple[str, ...],
    replayed: Path | None,
    as_json: bool,
    demo: bool,
) -> None:
    """Serve maps; a mission is renewed within 2 s when its files change."""
    from web import connections, start_message

    _log(as_json)
    # It warns of every request that waits: a map asks for dozens at once; a line costs more than a tile.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    with _told("Baqylau does not start."):
        settings = _settings()
        settings = replace(
            settings,
            proxies=max(settings.proxies, int(behind_proxy)),
            trusted_hosts=hosts or settings.trusted_hosts,
        )
        settings = _as_demo(settings) if demo else settings
        app = create_app(missions or None, state, watch=True, settings=settings)
        listener = connections.listen(app, host, port)
        replays = replay_command.begin_beside(replayed, state, address) if replayed else ""
    for line in start_message.lines(address, app.config["DESK_TOKEN"], state, settings, replays):
        click.echo(line)
    if host not in LOOPBACK and not settings.proxies:
        click.echo(start_message.OPEN_TO_ALL.format(host=host), err=True)
    listener.run()


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder; var/check/MISSION.")
def check(mission: Path, as_json: bool, out: Path | None) -> None:
    """Load a mission, join it, and print totals and defects; exit 1 if no map can be built.

    Writes rejects.csv and defects.geojson, a map of the defects.
    """
    from layers.pictures.picture_text import is_writable  # pages need no fonts of pictures at a start

    target = out or STATE / "check" / mission.resolve().name
    with _told(as_json=as_json):
        card = check_command.check_mission(mission, target, None if as_json else _progress(), is_writable)
    click.echo(
        json.dumps(card, ensure_ascii=False, indent=2) if as_json else printable(check_command.text(card))
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
    from geo.simulate import SimulationOptions  # only this command pays for the optimiser it imports
    from geo.simulate import simulate as run_simulation

    options = SimulationOptions(
        cluster=not no_cluster, **{key: value for key, value in chosen.items() if value is not None}
    )
    with _told("Nothing was simulated."):
        folder = run_simulation(options, _progress())
    click.echo(f"written: {folder}")


@cli.command()
@click.argument("mission", type=_FOLDER)
@click.option("--speed", default=replay_command.SPEED, show_default=True, type=click.FloatRange(0.1, 36_000))
@click.option("--start", default="", metavar="HH:MM", help="Jump there: all before it is sent at once.")
@click.option("--until", default="", metavar="HH:MM", help="Stop there; the day's end if not given.")
@click.option("--again", is_flag=True, help="From the beginning, in a mission of its own.")
@click.option(
    "--url", default=replay_command.URL, show_default=True, help="The server; its --state is this one."
)
@_STATE
def replay(mission: Path, state: Path, url: str, **chosen: Any) -> None:
    """Send the day of a simulated mission through the API as it came in; takes over from an earlier replay.

    Ctrl+C stops it; the same command goes on from there.
    """
    _log()
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with _told("Nothing more is replayed."):
        options = replay_command.ReplayOptions(**chosen)
        click.echo(printable(replay_command.replay(mission, state, url, options, stopped.wait)))


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", default="", help="The file's name if not given.")
@click.option("--date", "day", default="", metavar="YYYY-MM-DD", help="Election day; today if not given.")
@click.option("--zone", default="", metavar="AREA/CITY", help="Time zone; that of the stations if not given.")
@click.option(
    "--areas",
    default="",
    help="units-KAZ, whole-KAZ, hull, or FILE.geojson; the country's units if not given.",
)
@_STATE
def new(file: Path, state: Path, **chosen: str) -> None:
    """Put a list of stations (CSV, XLSX, GeoJSON) on a map: guess its columns, write a mission folder."""
    from geo.commands import new_mission

    with _told("No map was made."):
        written = new_mission.from_file(file, OwnMissions(state), **chosen)
    click.echo(printable(new_mission.text(written)))


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
    from layers.desk import export_file

    choice = Choice(stage or "", categories, severity, not unverified)
    with _told("Nothing was exported."):
        snapshot = build_snapshot.snapshot(mission, progress=_progress())
        out.write_bytes(export_file.export_of_choice(snapshot, units, choice, out.suffix.lstrip(".")))
        beside = out.with_suffix(".methods.txt")  # CSV has no place for the note that other formats carry
        if out.suffix == ".csv":
            beside.write_text(export_file.note(snapshot, choice), encoding="utf-8", newline="\n")
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
    from geo.commands import plan

    with _told("Nothing was planned."):
        said = plan.write(mission, plan.PlanOptions(**chosen), out, _progress())
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
    from geo.publication.sign_off import signed  # only this command pays for the programs behind it

    steps = {"verify": verify, "clear": clear, "withdraw": withdraw}
    asked = {step: version for step, version in steps.items() if version}
    if len(asked) > 1:
        raise click.UsageError("one of --verify, --clear and --withdraw at a time")
    with _told("Nothing was changed."):
        door = JournalDoor(state, os.environ.get("BAQYLAU_JOURNAL", ""))
        snapshot = with_journal(build_snapshot.snapshot(mission, progress=_progress()), door.reader)
        lines = signed(state / "releases", snapshot, *next(iter(asked.items()), ("", "")), by=by, note=note)
    click.echo("\n".join(printable(line) for line in lines))


@cli.group()
def journal() -> None:
    """Check, copy, bring back or hand out the journal of reports; make keys for devices. docs/journal.md"""


_DATABASE = click.option(
    "--database", "url", default="", envvar="BAQYLAU_JOURNAL", help="PostgreSQL; a file if not given."
)
_KEYS = click.option("--keys", type=click.Path(file_okay=False, path_type=Path), help="Folder of keys.")
_BACKUP = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


def _print(step: Callable[[], str]) -> None:
    with _told("Nothing was done."):
        click.echo(printable(step()))


@journal.command()
@click.option("--head", default="", metavar="SEQUENCE:HASH", help="As printed earlier: nothing was cut off.")
@_DATABASE
@_STATE
def verify(state: Path, url: str, head: str) -> None:
    """Read every event and check that it is what was written, while the server runs; exit 1 if not."""
    _print(lambda: journal_command.verify(state, url, head))


@journal.command()
@_BACKUP
@_KEYS
@_DATABASE
@_STATE
def backup(state: Path, url: str, file: Path, keys: Path | None) -> None:
    """Write a backup to FILE, while the server runs. Personal fields need the keys, copied apart."""
    _print(lambda: journal_command.backup(state, url, file, keys))


@journal.command()
@_BACKUP
@_KEYS
@_DATABASE
@_STATE
def restore(state: Path, url: str, file: Path, keys: Path | None) -> None:
    """Fill an empty journal from a backup; the server must not run."""
    _print(lambda: journal_command.restore(state, url, file, keys))


@journal.command("export")
@click.argument("out", type=click.File("w", encoding="utf-8"))
@click.option("--mission", default="", help="Only this one.")
@click.option("--personal", is_flag=True, help="With names, telephones, texts and positions.")
@_DATABASE
@_STATE
def export_journal(state: Path, url: str, out: TextIO, mission: str, personal: bool) -> None:
    """Write every event to OUT (- for the terminal), one JSON object per line."""
    _print(lambda: journal_command.export(state, url, out, mission, personal))


@journal.command()
@click.argument("mission")
@click.argument("name")
@click.option("--team", default="", help="It may speak for this team only.")
@click.option("--area", "areas", multiple=True, help="It may send of this area only; may be said again.")
@click.option("--station", "stations", multiple=True, help="It may send of this station only; or of several.")
@click.option("--end", is_flag=True, help="End the key of this name instead.")
@_STATE
def token(
    state: Path,
    mission: str,
    name: str,
    team: str,
    areas: tuple[str, ...],
    stations: tuple[str, ...],
    end: bool,
) -> None:
    """Make a key by which a device called NAME sends reports of MISSION; an earlier one of that name ends."""
    if end:
        _print(lambda: journal_command.end_token(state, mission, name))
    else:
        _print(
            lambda: journal_command.token(
                state, mission, name, team, areas, stations, _mission_folders(state)
            )
        )


@journal.command()
@click.argument("person")
@click.confirmation_option(prompt="What is known of this person can never be read again. Go on?")
@_STATE
def purge(state: Path, person: str) -> None:
    """Destroy the key of PERSON, as export names them: also backups hold noise then, and the chain holds."""
    _print(lambda: journal_command.purge(state, person))


@cli.command()
@click.argument("step", type=click.Choice(["first", "list", "add", "reset", "end-sessions", "backup"]))
@click.argument("name", default="")
@click.option("--role", "roles", multiple=True, help="Of a new person; may be given again.")
@click.option("--area", "areas", multiple=True, help="MISSION or MISSION/AREA; everywhere if not given.")
@click.option(
    "--database", "url", default="", envvar="BAQYLAU_ACCOUNTS", help="PostgreSQL; a file if not given."
)
@_STATE
def people(state: Path, **asked: Any) -> None:
    """Accounts: a link for the first admin, who there is, a new one, begun anew, signed out; all copied."""
    from web.accounts import people_commands

    _print(lambda: people_commands.done(state, **asked, folders=_mission_folders(state)))


@contextmanager
def _told(heading: str = NO_MAP, *, as_json: bool = False) -> Iterator[None]:
    """Say what stands in a command's way instead of a stack trace, and exit 1."""
    try:
        yield
    except MissionError as error:
        _fail([str(problem) for problem in error.problems], as_json)
    except (BaqylauError, OSError) as error:
        _fail(str(error).splitlines(), as_json, heading)


def _fail(problems: list[str], as_json: bool, heading: str = NO_MAP) -> NoReturn:
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
