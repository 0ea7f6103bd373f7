"""One file per step, the first one first."""
