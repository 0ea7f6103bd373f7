"""Which scripts a module needs before it can run, so that a page asks for all of them at once."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Final

from web.assets import assets

# At the start of a line, with what is imported by name; not `import("./x.js")`, which is for later.
_IMPORTED: Final = re.compile(
    r"""^(?:import|export)\s(?:[^;"'()=]*?\sfrom\s+)?["'](\.[^"']+)["']""", re.MULTILINE
)


@lru_cache(maxsize=8)
def needed(*roots: str) -> tuple[str, ...]:
    """Return files of the static folder that modules import, and theirs, the roots first; each once."""
    static, files = assets().static, list(roots)
    for name in files:  # grows while it is walked
        text = static[name].body.decode("utf-8")
        for link in _IMPORTED.findall(text):
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
            if wanted not in files:
                files.append(wanted)
    return tuple(files)
