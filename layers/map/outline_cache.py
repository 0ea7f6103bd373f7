"""Simplify area outlines once per set of polygons, as a country's districts take many seconds."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from geo.model.columns import content_hash
from geo.model.registry import Areas
from geo.serving.disk_cache import KeepsBytes
from layers.map import area_outlines

FORMAT: Final = 1  # of what `area_outlines.outlines_of` returns; to be raised when that changes


def outlines(areas: Areas, drawn: npt.NDArray[np.int64], keep: KeepsBytes | None = None) -> dict[str, Any]:
    """Return `area_outlines.outlines_of`, from `keep` if it was made of the same polygons before."""
    if keep is None:
        return area_outlines.outlines_of(areas, drawn)
    shape = (
        FORMAT,
        area_outlines.TOLERANCE,
        area_outlines.DIGITS,
        shapely.__version__,
        shapely.geos_version_string,
    )
    key = f"outlines-{content_hash(areas.polygon[drawn], *shape)}"
    kept = keep.get(key)
    if kept is not None:
        try:
            found: dict[str, Any] = orjson.loads(kept)
        except orjson.JSONDecodeError:
            pass
        else:
            return found
    made = area_outlines.outlines_of(areas, drawn)
    keep.put(key, orjson.dumps(made))
    return made
