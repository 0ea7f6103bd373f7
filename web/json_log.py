"""Log lines as JSON objects, for programs: time, level, message; no key, no text of an error."""

from __future__ import annotations

import logging
import re
import time
from types import TracebackType
from typing import Final

from pythonjsonlogger.json import JsonFormatter

FIELDS: Final = "{asctime}{levelname}{name}{message}"
_KEY: Final = re.compile(r"((?:token=|Bearer\s+|key[=:]\s*))[\w.~+/-]{12,}=*", re.I)
_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlainJson(JsonFormatter):
    """One object per line. Of an error its kind and where it arose: its text may hold what somebody sent."""

    def format(self, record: logging.LogRecord) -> str:
        return _KEY.sub(r"\1…", super().format(record))

    def formatException(self, ei: _Error) -> str:
        error, places = ei[1], []
        while error is not None:
            trace = error.__traceback__
            while trace is not None:
                code = trace.tb_frame.f_code
                places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
                trace = trace.tb_next
            places.append(type(error).__name__)
            error = error.__cause__ or error.__context__
        return " < ".join(reversed(places))


def formatter() -> logging.Formatter:
    """Return what writes a record as JSON, times in UTC."""
    plain = PlainJson(
        FIELDS, style="{", rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        json_ensure_ascii=False, datefmt="%Y-%m-%dT%H:%M:%SZ",
    )  # fmt: skip
    plain.converter = time.gmtime
    return plain
