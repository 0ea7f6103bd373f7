"""JSON from outside, parsed within a memory bound, and its values as text."""

from __future__ import annotations

from typing import Any, Final

import orjson

from geo.model.messages import message
from geo.reading.readers.reader import Limits, refused, without_bom

_EXACT: Final = 1e15  # below it a float holds every whole number


def check_memory(data: bytes, file: str, limits: Limits) -> None:
    """Raise RefusedError if the objects of a JSON text would not fit the memory.

    A small file of `[],[],[],…` takes thirty times its size once parsed.
    """
    # bytes of CPython objects per character that makes one: list, dict, number or slot, string
    estimate = (
        len(data)
        + 64 * data.count(b"[")
        + 232 * data.count(b"{")
        + 32 * data.count(b",")
        + 26 * data.count(b'"')
    )
    if estimate > limits.memory_bytes:
        raise refused(
            file, message("parsed it would take more than {n} MiB of memory", n=limits.memory_bytes >> 20)
        )


def parsed(data: bytes, file: str) -> Any:
    """Return JSON parsed by orjson, which knows no NaN, no Infinity, no 1e400 and no depth over 1024.

    Call `check_memory` first. Raises RefusedError naming the line.
    """
    try:
        return orjson.loads(without_bom(data))
    except orjson.JSONDecodeError as error:
        line = error.doc.count("\n", 0, error.pos) + 1
        reason = error.msg.split(":")[0]
        raise refused(
            file, message("it is not JSON (line {line}: {reason})", line=str(line), reason=reason)
        ) from None


def text_of(value: Any, file: str) -> str:
    """Return a JSON value as the text a person would write; "" for null.

    Raises RefusedError for values nested deeper than orjson writes (254 levels).

    >>> [text_of(v, "x.json") for v in (None, True, 186, 43.5, "a", {"b": [1]})]
    ['', 'true', '186', '43.5', 'a', '{"b":[1]}']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))  # 2.0 is the id 2 that went through a table with gaps
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise refused(file, message("its values nest too deeply")) from None
