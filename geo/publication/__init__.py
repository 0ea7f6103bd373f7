"""What the press may see: `release` computes it from a snapshot and hands only that over."""

from __future__ import annotations

from geo.publication.listed_rows import Total
from geo.publication.release import Release, release
from geo.publication.unit_figures import HIDDEN, Coverage, Shares, Units

__all__ = ["HIDDEN", "Coverage", "Release", "Shares", "Total", "Units", "release"]
