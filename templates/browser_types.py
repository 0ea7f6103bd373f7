"""Write the types of what the server answers to the browser's scripts, from the server's own.

    python templates/browser_types.py           → templates/static/js/types.d.ts

Every `TypedDict` that a tuple `ANSWERS` names, and every other that one of them holds, becomes an interface;
the words of a page become one with a key for each sentence, so that `tsc` knows when a script asks for a
sentence that is not sent. A test fails when the file is not what this would write.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

ROOT: Final = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from layers.desk import desk_payloads, route_sheets, work_payloads  # noqa: E402
from layers.press import page_data, press_payloads  # noqa: E402
from layers.words import desk_wording, work_wording  # noqa: E402
from layers.words.language import Language, language  # noqa: E402

TYPES: Final = ROOT / "templates" / "static" / "js" / "types.d.ts"
HEAD: Final = "// Written by templates/browser_types.py: what the server answers. Not for editing.\n"
_PLAIN: Final = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
Words = Mapping[str, str | dict[str, str]]
WORDS: Final[Mapping[str, Callable[[Language], Words]]] = {
    "PressWords": page_data.browser_words,
    "DeskWords": desk_wording.browser_words,
    "RouteWords": route_sheets.browser_words,
    "WorkWords": work_wording.browser_words,
}


def declarations() -> str:
    """Return the text of types.d.ts."""
    answers = (*press_payloads.ANSWERS, *desk_payloads.ANSWERS, *work_payloads.ANSWERS)
    parts = [HEAD, "/** A sentence per plural form of the page's language. */\n" + _PLURAL]
    parts += [_words(name, words(language("en"))) for name, words in WORDS.items()]
    parts += [_interface(one) for one in _all_within(answers)]
    return "\n".join(parts)


_PLURAL: Final = "interface PluralForms {\n  other: string;\n  [form: string]: string;\n}\n"


def _words(name: str, words: Words) -> str:
    lines = [
        f"  {_key(key)}: {'string' if isinstance(text, str) else 'PluralForms'};"
        for key, text in words.items()
    ]
    return (
        f"/** The sentences a page's scripts put together, by key. */\ninterface {name} {{\n"
        + "\n".join(lines)
        + "\n}\n"
    )


def _all_within(answers: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the answers and every other TypedDict they hold, by name."""
    known: dict[str, Any] = {}
    waiting = list(answers)
    while waiting:
        one = waiting.pop()
        if one.__name__ in known:
            if known[one.__name__] is not one:
                raise TypeError(f"two payloads are called {one.__name__}")
            continue
        known[one.__name__] = one
        for hint in get_type_hints(one).values():
            waiting += _dicts_in(hint)
    yield from (known[name] for name in sorted(known))


def _dicts_in(hint: Any) -> Iterator[Any]:
    if is_typeddict(hint):
        yield hint
    for part in get_args(hint):
        yield from _dicts_in(part)


def _interface(one: Any) -> str:
    hints = get_type_hints(one, include_extras=True)
    lines = [_field(name, hint, name in one.__optional_keys__) for name, hint in hints.items()]
    says = inspect.cleandoc(one.__doc__ or "").splitlines()[:1]
    note = f"/** {says[0]} */\n" if says and not says[0].startswith("dict(") else ""
    return f"{note}interface {one.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def _field(name: str, hint: Any, is_optional: bool) -> str:
    return f"  {_key(name)}{'?' if is_optional else ''}: {typescript(hint)};"


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def typescript(hint: Any) -> str:
    """Return a Python type in TypeScript's words. Raises TypeError for one that JSON has no word for."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is object:
        return "unknown"
    if is_typeddict(hint):
        return str(hint.__name__)
    if origin is Annotated:
        return str(parts[1])
    if origin in (NotRequired, Required):
        return typescript(parts[0])
    if origin is Literal:
        return " | ".join(f'"{one}"' for one in parts)
    if origin in (Union, types.UnionType):
        return " | ".join(map(typescript, parts))
    if origin is dict:
        return f"Record<string, {typescript(parts[1])}>"
    if origin is list:
        item = typescript(parts[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if origin is tuple:
        return f"[{', '.join(map(typescript, parts))}]"
    raise TypeError(f"no word of TypeScript for {hint}")


if __name__ == "__main__":
    TYPES.write_text(declarations(), encoding="utf-8")
