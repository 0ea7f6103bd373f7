"""Every error Baqylau raises on purpose.

    BaqylauError
    ├── MissionError       mission.toml or the folder cannot be used; all problems at once
    ├── InputError         a file from outside cannot be read as what it claims to be
    │   └── RefusedError   a file is hostile or over a limit; nothing of it was used
    ├── StatisticError     a figure cannot be computed from what was passed
    ├── RouteError         no plan of routes can satisfy what was demanded; names the constraint
    ├── Busy               too much work is underway already; the same may be asked again later
    ├── Cancelled          work was called off before it ended
    └── NotFound           no such mission, area, station or layer

A bad *row* is never an error: it becomes a reject with file, row, column and reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geo.model.messages import Message, Value, message, untranslated


class BaqylauError(Exception):
    """Base of all errors raised on purpose; its text may be shown to a user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a mission's files: where, what, and what would be right.

    `what`: a plain text is in English everywhere, as all is that is about mission.toml. str() says it in
    English, for logs and the command line.
    """

    file: str
    line: int  # 1-based; 0 when the whole file is meant
    what: str | Message

    @property
    def said(self) -> Message:
        """The whole of it for a page, in any language."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return Message("{where}: {what}", (("where", where), ("what", self.what)))

    def __str__(self) -> str:
        return str(self.said)


class MissionError(BaqylauError):
    """Raised with every problem found, so that one edit can mend them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(BaqylauError):
    """A file from outside cannot be read; the text names the file and what would be right.

    `said`: the same for a page in another language; a plain text is in English everywhere. `names`: what
    fills a sentence of the accounts, in `args`.
    """

    def __init__(self, what: str | Message, /, *names: str) -> None:
        self.said = what if isinstance(what, Message) else untranslated(what)
        super().__init__(str(what), *names)


class RefusedError(InputError):
    """A file is hostile or beyond a limit and was refused as a whole."""


class StatisticError(BaqylauError):
    """A figure cannot be computed from these arguments."""


class RouteError(BaqylauError):
    """No plan can satisfy what was demanded; the text names the constraint and whose it is.

    `said`: the same for a page in another language. str() is English, for logs and the command line.
    """

    def __init__(self, template: str | Message, /, **values: Value) -> None:
        self.said = template if isinstance(template, Message) else message(template, **values)
        super().__init__(str(self.said))


class Busy(BaqylauError):
    """Too much work is underway to begin more; asking again later may do."""


class Cancelled(BaqylauError):
    """Work was called off: nobody waits for its result any more."""


class NotFound(BaqylauError):
    """What was asked for does not exist."""
