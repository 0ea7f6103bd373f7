"""What the press may see: `release` computes it from a snapshot and hands only that over."""

from __future__ import annotations

from geo.disclosure.release import HIDDEN, SMALL, Coverage, Findings, Release, Units, release

__all__ = ["HIDDEN", "SMALL", "Coverage", "Findings", "Release", "Units", "release"]
