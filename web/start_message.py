"""What the start of the server prints: where it is, and what opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from geo.commands import journal as journal_command
from geo.model.errors import BaqylauError
from web.accounts import people_commands
from web.settings import Settings

OPEN_TO_ALL: Final = """\
Careful: on {host} other machines reach this server, without TLS: whoever listens in learns the desk's key.
Put a reverse proxy with TLS before it (docs/operator-guide.md) and listen on 127.0.0.1."""


def lines(base: str, key: str, state: Path, settings: Settings, replays: str) -> Iterator[str]:
    """Yield what is printed; makes a link for the first admin while nobody has an account.

    `replays`: the mission whose simulated day is replayed, "" for none.
    """
    try:
        link = people_commands.first_link(state, settings.accounts, base)
    except BaqylauError as error:
        link = f"Nobody can have an account: {error}"
    yield f"Baqylau is ready at {base}/  (Ctrl+C stops it)"
    yield f"Journal: {journal_command.described(state)}"
    if link or settings.demo:
        until = "" if settings.demo else ", until somebody has an account,"
        yield f"Coordinators' desks open{until} with {base}/MISSION/desk/?token={key}"
    if replays:
        way = f"?token={key}" if link or replays in settings.demo else ""
        yield f"A simulated day is replayed, 60 times as fast: {base}/{replays}/desk/{way}"
    if link:
        yield f"Put your own data on a map: {base}/new/?token={key}"
    yield link or f"People sign in at {base}/account/"
