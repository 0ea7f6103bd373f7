"""A picture as PNG, drawn with the font that comes with it: a server needs none of its own.

    python -m layers.picture_png < picture.svg > picture.png

Drawing takes a second and would hold up every other request of the process, so each is a child of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import lru_cache
from typing import Final

from geo.errors import BaqylauError
from layers.picture_text import FILES, FOLDER

SCALE: Final = 2  # pixels of the PNG for one of the SVG: sharp in print and on dense screens
ROOT: Final = FOLDER.parents[3]
PATIENCE_S: Final = 60.0
# At most two at once: the rest wait here and the machine keeps a core for the other readers.
_turn: Final = threading.BoundedSemaphore(2)


class NotDrawn(BaqylauError):
    """A picture that could not be drawn; the text says why."""


def drawn(svg: str) -> bytes:
    """Return the PNG of a picture, drawn in this process. Raises NotDrawn without the font's files."""
    import resvg_py  # only the child needs it

    files = [FOLDER / name for name in FILES.values()]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise NotDrawn(f"{', '.join(missing)} is missing: `make install` fetches it")
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=SCALE,
        skip_system_fonts=True,
        font_files=[str(path) for path in files],
        font_family="Inter",
        sans_serif_family="Inter",
    )


@lru_cache(maxsize=24)
def png(svg: str) -> bytes:
    """Return the PNG of a picture, 2,400 pixels wide. Raises NotDrawn.

    Equal pictures give equal bytes; the last two dozen are kept.
    """
    command = (sys.executable, "-m", "layers.picture_png")
    environment = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG") if key in os.environ}
    with _turn:
        try:
            done = subprocess.run(  # noqa: S603 - every word of the command is ours
                command, cwd=ROOT, env=environment, input=svg.encode(), capture_output=True,
                timeout=PATIENCE_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NotDrawn(f"not drawn within {PATIENCE_S:.0f} s") from None
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        raise NotDrawn((done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no picture"])[-1])
    return done.stdout


if __name__ == "__main__":
    sys.stdout.buffer.write(drawn(sys.stdin.buffer.read().decode()))
