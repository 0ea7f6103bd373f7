"""The closed sets of words that decide what a page may say."""

from __future__ import annotations

from typing import Literal

# How stations to visit were chosen: only a probability sample may speak of a margin of error.
Selection = Literal["probability", "purposive", "mixed", "census"]
# public_source: everything here is already public; simulated: invented; live: a running mission.
Nature = Literal["public_source", "simulated", "live"]
# What may be said of a unit; five words, five appearances on every map.
Status = Literal["published", "suppressed", "insufficient", "not_observed", "not_reported"]
