"""What the press may see: `release` computes it from a snapshot and hands only that over."""

from __future__ import annotations

from geo.disclosure.release import Release, release
from geo.disclosure.units import HIDDEN, SMALL, Assessments, Coverage, Findings, Units

__all__ = ["HIDDEN", "SMALL", "Assessments", "Coverage", "Findings", "Release", "Units", "release"]
