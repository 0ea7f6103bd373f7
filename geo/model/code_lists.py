"""The closed sets of words that decide what a page may say."""

from __future__ import annotations

from typing import Literal

# How stations to visit were chosen: only a probability sample may speak of a margin of error.
Selection = Literal["probability", "purposive", "mixed", "census"]
# public_source: everything here is already public; simulated: invented; live: a running mission.
Nature = Literal["public_source", "simulated", "live"]
# What may be said of a unit; six words, six appearances on every map. merged: its figures are in those of a
# larger unit; not_reported: visits happened, their number is not known; not_known: a source that lists
# findings only cannot say whether anybody was there.
Status = Literal["published", "merged", "insufficient", "not_observed", "not_reported", "not_known"]
