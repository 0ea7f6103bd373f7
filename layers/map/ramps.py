"""Where the classes of every ramp start, and the mark of every severity, for all that draws.

The colours are in `templates/static/css/tokens.css`, one per class: `--rate-0`, `--coverage-3`, `--gap-2` …
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from geo.model.tables import SEVERITIES

# Shares at which the next darker class starts on a desk that has no figures yet; `classes` makes all others.
COVERAGE: Final = (0.0, 0.01, 0.03, 0.05, 0.10)
RATE: Final = (0.0, 0.08, 0.16, 0.24, 0.32)
# Visits short at which the second, third … class of a gap starts, by unit: cells and districts owe fewer.
GAP: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"area": (0.5, 2.0, 5.0, 10.0), "district": (0.5, 1.0, 2.0, 5.0), "cell": (0.25, 0.5, 1.0, 2.0)}
)
# Where the middle and the upper third start in the map of both, on such a desk.
BOTH_COVERAGE: Final = (0.02, 0.05)
BOTH_RATE: Final = (0.10, 0.25)

RING: Final = 0.8  # radius of the least severe mark, which has no corners
# Corners, reach, share of the reach of every second corner: triangle, diamond, star weigh as much to the eye.
_POLYGONS: Final = ((3, 1.12, 1.0), (4, 1.08, 1.0), (10, 1.34, 0.5))
_GLYPH_RADIUS: Final = 5.4  # in the box of a legend's glyph, 16 wide

Corner = tuple[float, float]


def severity_corners(rank: int) -> tuple[Corner, ...]:
    """Return the corners of a severity's mark around 0, 0 at radius 1, y downwards; () for the ring.

    >>> [len(severity_corners(rank)) for rank in range(4)]
    [0, 3, 4, 10]
    """
    if rank == 0:
        return ()
    many, reach, inner = _POLYGONS[rank - 1]
    # a diamond stands on its corner as it is; triangle and star begin at the top
    first = 0.0 if rank == 2 else -math.pi / 2
    turns = [first + i * 2 * math.pi / many for i in range(many)]
    return tuple(
        (
            (inner if i % 2 else 1.0) * reach * math.cos(turn),
            (inner if i % 2 else 1.0) * reach * math.sin(turn),
        )
        for i, turn in enumerate(turns)
    )


def glyph_path(severity: str) -> str:
    """Return the path of a severity's glyph for the pages; "" for the ring, and for what is no severity."""
    corners = severity_corners(SEVERITIES.index(severity)) if severity in SEVERITIES else ()
    if not corners:
        return ""
    return "M" + "L".join(f"{_GLYPH_RADIUS * x:.2f} {_GLYPH_RADIUS * y:.2f}" for x, y in corners) + "Z"
