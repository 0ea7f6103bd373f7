"""What `server.py replay` does: a simulated day goes through the HTTP API as it came in, only faster.

The mission it goes into is a copy without reports, below the state directory. What is there already is not
sent again, so a replay that was stopped goes on where it was. Whoever begins another one takes the day over:
the key of the first ends.
"""

from __future__ import annotations

import http.client
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from geo.commands.replayed_day import Table, TimedRow, beginning, timed_rows, write_folder
from geo.intake.report_rows import MOST_ROWS
from geo.model.errors import BaqylauError, InputError
from geo.model.mission import FILE, load
from geo.serving.journal_door import JournalDoor

LOG: Final = logging.getLogger("baqylau")
FOLDER: Final = "replay"  # below the state directory
SOURCE: Final = "replay"  # as which it sends
URL: Final = "http://127.0.0.1:8000"
SPEED: Final = 60.0
TICK_S: Final = 1.0
AGAIN_S: Final = 2.0  # until a server that did not answer, or was busy, is asked again
PATIENCE: Final = 30  # times: a mission that was just written is not served at once
QUIET: Final = timedelta(minutes=10)  # of the day; longer silence is skipped down to this
TIMEOUT_S: Final = 60.0
PAUSE_S: Final = 3.0  # longer than a batch takes
# Answers of the API: rows taken, of which some may have been there otherwise (409) or be wrong (422).
_TAKEN: Final = frozenset({200, 201, 409, 422})
_ASKED_AGAIN: Final = frozenset({404, 429})  # not served yet, and too many requests
Wait = Callable[[float], bool]  # waits so many seconds; True once the replay shall stop


class ReplayEnded(BaqylauError):
    """The replay cannot go on; the text says why and what would help."""


class ReplayStopped(Exception):
    """Somebody stopped the replay while it waited for the server."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`speed`: seconds of the day per second. `start`, `until`: HH:MM by the first report's clock, "" for
    where it was and for the end. `again`: from the beginning, in a mission of its own.
    """

    speed: float = SPEED
    start: str = ""
    until: str = ""
    again: bool = False


class ReplayClock:
    """Owns which moment of the replayed day it is: `speed` seconds of it pass per second."""

    def __init__(self, moment: datetime, speed: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._speed, self._seconds = speed, seconds
        self.jump(moment)

    def now(self) -> datetime:
        """Return the moment of the day."""
        return self._from + timedelta(seconds=(self._seconds() - self._since) * self._speed)

    def jump(self, moment: datetime) -> None:
        """Go on from another moment of the day."""
        self._from, self._since = moment, self._seconds()


class ReplayDoor:
    """Owns how one mission's API is reached, with a device's key."""

    def __init__(self, url: str, slug: str, key: str, wait: Wait) -> None:
        self._url, self._slug, self._key, self._wait = urlsplit(url), slug, key, wait

    def sent(self) -> set[tuple[Table, str, str]]:
        """Return table, id and version of all that this source sent before."""
        keys: set[tuple[Table, str, str]] = set()
        tables: tuple[Table, ...] = ("visits", "incidents")
        for table in tables:
            after, is_more = 0, True
            while is_more:
                _, page = self._ask("GET", f"{table}?after={after}&limit={MOST_ROWS}")
                keys |= {(table, event["id"], event["version"]) for event in page["events"]}
                after, is_more = page["after"], bool(page["events"])
        return keys

    def send(self, rows: Sequence[TimedRow]) -> int:
        """Send rows of one table; return how many were refused. Sent again they change nothing."""
        left, refused = list(rows), 0
        while left:
            status, answer = self._ask("POST", left[0].table, [row.row for row in left])
            refused += sum(result["status"] == "conflict" for result in answer.get("results", ()))
            if status != 422 or not answer.get("errors"):
                break
            wrong = {error["row"] for error in answer["errors"]}
            left = [row for number, row in enumerate(left, 1) if number not in wrong]
            refused += len(wrong)
        return refused

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Return status and answer; a server that is not there or has no room is asked again."""
        unknown = 0
        while True:
            try:
                status, answer = self._once(method, path, body)
            except (OSError, http.client.HTTPException):
                status, answer = 503, {}  # it is being restarted
            if status == 401 or unknown > PATIENCE:
                raise ReplayEnded(
                    f"the server at {self._url.geturl()} does not take it: another replay goes on, "
                    "or the server's --state is not this one"
                )
            if status in _TAKEN:
                return status, answer
            if status < 500 and status not in _ASKED_AGAIN:
                says = str(answer.get("detail", ""))[:200] or "it takes no reports"
                raise ReplayEnded(f"the server at {self._url.geturl()} answered {status}: {says}")
            unknown += status == 404
            if self._wait(AGAIN_S):
                raise ReplayStopped

    def _once(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT_S)
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            address = f"{self._url.path.rstrip('/')}/api/v1/{self._slug}/{path}"
            connection.request(method, address, None if body is None else orjson.dumps(body), headers)
            response = connection.getresponse()
            status, body = response.status, response.read()
            try:
                return status, orjson.loads(body or b"{}")
            except orjson.JSONDecodeError:  # a proxy speaks, perhaps for a server that is not there
                return (status if 300 <= status < 500 else 503), {}
        finally:
            connection.close()


def folder_of(source: Path, state: Path, again: bool) -> Path:
    """Return the folder of the mission that is replayed into: the last one, or where the next one will be."""
    slug = source.resolve().name
    runs = _runs(slug, state)
    newest = max(runs, default=0)
    if newest and not again and (runs[newest] / FILE).exists():
        return runs[newest]
    return state / FOLDER / (f"{slug}-replay" + (f"-{newest + 1}" if newest else ""))


def _runs(slug: str, state: Path) -> dict[int, Path]:
    name = re.compile(re.escape(slug) + r"-replay(?:-(\d+))?")
    paths = (state / FOLDER).glob("*")
    return {int(match[1] or 1): path for path in paths if (match := name.fullmatch(path.name))}


def _over(folder: Path) -> Path:
    """Return the file that says that a day was replayed to its end."""
    return folder.with_name(f".{folder.name}.over")


def replay(source: Path, state: Path, url: str, options: ReplayOptions, wait: Wait) -> str:
    """Replay a day until it is over or `wait` says to stop; return where it is then.

    Raises BaqylauError for what cannot be replayed, or where the server does not take it, and OSError.
    """
    mission, rows = load(source), timed_rows(source)
    folder = folder_of(source, state, options.again)
    if not (folder / FILE).exists():
        write_folder(mission, folder, beginning(rows))
        for path in _runs(mission.slug, state).values():
            if path != folder:
                shutil.rmtree(path, ignore_errors=True)
                _over(path).unlink(missing_ok=True)
    key, _ = JournalDoor(state).tokens.make(folder.name, SOURCE)
    try:
        where = feed(rows, ReplayDoor(url, folder.name, key, wait), options, wait)
    except ReplayStopped:
        where = "stopped; the same command goes on from there"
    if where == OVER:
        _over(folder).touch()
    return f"{folder.name}: {where}"


OVER: Final = "the day is over"


def feed(
    rows: Sequence[TimedRow],
    door: ReplayDoor,
    options: ReplayOptions,
    wait: Wait,
    seconds: Callable[[], float] = time.monotonic,
) -> str:
    """Send what is not there yet, each row when the day's clock comes to it; return where it stopped."""
    known = door.sent()
    left = [row for row in rows if row.key not in known]
    position = max((row.moment for row in rows if row.key in known), default=beginning(rows))
    start, until = _at(options.start, rows), _at(options.until, rows)
    clock = ReplayClock(max(position, start or position), options.speed, seconds)
    said = ""
    while left:
        now = min(clock.now(), until or clock.now())
        n = next((number for number, row in enumerate(left) if row.moment > now), len(left))
        if refused := sum(door.send(batch) for batch in _batches(left[:n])):
            LOG.info("replay: %d rows name what this mission does not have", refused)
        left = left[n:]
        if (clock.now() - now).total_seconds() > PAUSE_S * options.speed:
            clock.jump(now)  # the server was not ready, and the day waited for it
        if until and now >= until:
            return f"stopped at {options.until}, {len(rows) - len(left):,} of {len(rows):,} reports"
        if left and left[0].moment - now > QUIET:
            clock.jump(left[0].moment - QUIET)
        if now.strftime("%H") != said:
            said = now.strftime("%H")
            LOG.info("replay: %s, %d of %d reports", now.strftime("%H:%M"), len(rows) - len(left), len(rows))
        if left and wait(TICK_S):
            return f"stopped at {now:%H:%M}; the same command goes on from there"
    return OVER


def _batches(rows: Sequence[TimedRow]) -> Iterator[Sequence[TimedRow]]:
    """Yield the visits, then the findings, as many at a time as one request takes."""
    for table in ("visits", "incidents"):
        of_table = [row for row in rows if row.table == table]
        for first in range(0, len(of_table), MOST_ROWS):
            yield of_table[first : first + MOST_ROWS]


def _at(text: str, rows: Sequence[TimedRow]) -> datetime | None:
    """Return a time of day as the moment on the clock that the first report tells; None for ""."""
    if not text:
        return None
    try:
        hour = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 (only its hour and minute are used)
    except ValueError:
        raise InputError(f"{text!r} is not a time (HH:MM)") from None
    moment = rows[0].moment.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return moment if moment >= beginning(rows) else moment + timedelta(days=1)


def begin_beside(source: Path, state: Path, url: str) -> str:
    """Replay a day in a thread of the server that takes it; return the mission's name.

    A day that was stopped goes on; one that is over begins anew.
    """
    is_over = _over(folder_of(source, state, again=False)).exists()
    folder, options = folder_of(source, state, is_over), ReplayOptions(again=is_over)

    def run() -> None:
        try:
            LOG.info("replay: %s", replay(source, state, url, options, threading.Event().wait))
        except (BaqylauError, OSError) as error:
            LOG.warning("replay: %s", error)

    threading.Thread(target=run, name="baqylau-replay", daemon=True).start()
    return folder.name
