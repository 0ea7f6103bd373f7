"""Which program this is: a hash of our own source, so that what an older one cached is made anew."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

GEO: Final = Path(__file__).resolve().parents[1]


@cache
def source_hash(*rooms: str) -> str:
    """Return the SHA-256, in hexadecimal, of all Python files of some rooms of geo; of all for none."""
    digest = hashlib.sha256()
    for room in rooms or (".",):
        for path in sorted((GEO / room).rglob("*.py")):
            digest.update(path.relative_to(GEO).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
