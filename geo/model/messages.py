"""A sentence of ours, kept apart from what fills it, so that a page can say it in its own language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, Union

# A text is from outside and stays as it is; a number is written the way of the reader's language; a Message
# is a part in words of ours, which is translated, too; a tuple lists any of these.
Value: TypeAlias = Union[str, int, float, "Message", tuple["Value", ...]]


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence, or a part of one; str() says it in English.

    `template`: English with {names}, the key of its translations. `values`: what fills them, by name.
    `many`: the plural, chosen by the value {n}; "" where there is none.
    """

    template: str
    values: tuple[tuple[str, Value], ...] = ()
    many: str = ""

    @property
    def n(self) -> int:
        """The number that decides between `template` and `many`."""
        n = dict(self.values).get("n", 1)
        return n if isinstance(n, int) else 1

    def __str__(self) -> str:
        return render(self, _english, lambda n: f"{n:,}" if isinstance(n, int) else f"{n:g}")


def message(template: str, /, **values: Value) -> Message:
    """Return a sentence with what fills it.

    >>> str(message("team {team} is unknown", team="{0}"))
    'team {0} is unknown'
    """
    return Message(template, tuple(values.items()))


def counted_message(singular: str, many: str, /, n: int, **values: Value) -> Message:
    """Return a sentence that depends on a number.

    >>> str(counted_message("{n} stop", "{n} stops", n=1200))
    '1,200 stops'
    """
    return Message(singular, (("n", n), *values.items()), many)


def untranslated(text: str) -> Message:
    """Return a text that nobody translates."""
    return Message("{text}", (("text", text),))


def with_texts(what: Message, change: Callable[[str], Value]) -> Message:
    """Return a sentence with every text from outside changed; the words of ours stay.

    >>> str(with_texts(message("{file} is empty", file="a.csv"), lambda text: text.upper()))
    'A.CSV is empty'
    """

    def changed(value: Value) -> Value:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, Message):
            return with_texts(value, change)
        return tuple(map(changed, value)) if isinstance(value, tuple) else value

    return replace(what, values=tuple((name, changed(value)) for name, value in what.values))


def json_of_message(what: Value) -> object:
    """Return a sentence as JSON holds it, for another process; `message_of_json` is its inverse.

    >>> json_of_message(message("{file} is empty", file="a.csv"))
    {'template': '{file} is empty', 'many': '', 'values': {'file': 'a.csv'}}
    """
    if isinstance(what, Message):
        values = {name: json_of_message(value) for name, value in what.values}
        return {"template": what.template, "many": what.many, "values": values}
    return [json_of_message(part) for part in what] if isinstance(what, tuple) else what


def message_of_json(what: Any) -> Any:
    """Return what `json_of_message` was given."""
    if isinstance(what, dict):
        values = tuple((name, message_of_json(value)) for name, value in what["values"].items())
        return Message(what["template"], values, what["many"])
    return tuple(map(message_of_json, what)) if isinstance(what, list) else what


def _english(what: Message) -> str:
    return what.many if what.many and what.n != 1 else what.template


def render(what: Value, sentence: Callable[[Message], str], number: Callable[[int | float], str]) -> str:
    """Return a sentence with all its parts in one language; names listed with commas, parts with semicolons.

    `sentence`: the translated template, its {names} left in. No value is ever read as a template.
    """
    if isinstance(what, str):
        return what
    if isinstance(what, Message):
        values = {name: render(value, sentence, number) for name, value in what.values}
        return sentence(what).format(**values) if values else sentence(what)
    if isinstance(what, tuple):
        between = "; " if any(isinstance(part, Message) for part in what) else ", "
        return between.join(render(part, sentence, number) for part in what)
    return number(what)
