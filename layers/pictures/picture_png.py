"""A picture as PNG, drawn with the font that comes with it: a server needs none of its own.

    python -m layers.pictures.picture_png 2 < picture.svg > picture.png

Drawing takes a second and would hold up every other request of the process, so each is a child of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from geo.model.errors import BaqylauError
from layers.pictures.picture_text import FILES, FOLDER, script_files

SCALE: Final = 2  # pixels of the PNG for one of the SVG: sharp in print and on dense screens
ROOT: Final = FOLDER.parents[3]
PATIENCE_S: Final = 60.0
LESS_URGENT: Final = 10  # the other readers' pages go first; 19 gets nothing at all on a crowded machine


class NotDrawn(BaqylauError):
    """A picture that could not be drawn; the text says why."""


class NotInTime(NotDrawn):
    """A picture that took too long on a machine with much to do; another time it may not."""


def drawn(svg: str, scale: int = SCALE) -> bytes:
    """Return the PNG of a picture, drawn in this process. Raises NotDrawn without the font's files."""
    import resvg_py  # only the child needs it

    files = [FOLDER / name for name in FILES.values()]
    missing = [path.name for path in files if not path.is_file()]
    files += script_files()
    if missing:
        raise NotDrawn(f"{', '.join(missing)} is missing: `make install` fetches it")
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        skip_system_fonts=True,
        font_files=[str(path) for path in files],
        font_family="Inter",
        sans_serif_family="Inter",
    )


def png(svg: str, scale: int = SCALE) -> bytes:
    """Return the PNG of a picture, `scale` pixels for one of the SVG. Raises NotDrawn, and NotInTime.

    Equal pictures give equal bytes. It takes a second of a core: how many are drawn at once, and that they
    are kept, is the caller's to see to.
    """
    command = (sys.executable, "-m", "layers.pictures.picture_png", str(scale))
    environment = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG") if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - every word of the command is ours
            command, cwd=ROOT, env=environment, input=svg.encode(), capture_output=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotInTime(f"not drawn within {PATIENCE_S:.0f} s") from None
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        raise NotDrawn((done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no picture"])[-1])
    return done.stdout


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(LESS_URGENT)
    sys.stdout.buffer.write(drawn(sys.stdin.buffer.read().decode(), int(sys.argv[1])))
