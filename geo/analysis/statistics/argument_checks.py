"""What a statistic accepts: shapes, ranges, and what counts as no exposure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model.columns import BoolArray as BoolArray
from geo.model.columns import FloatArray as FloatArray
from geo.model.columns import IntArray as IntArray
from geo.model.errors import StatisticError


def floats(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return a float64 array; raise StatisticError if it holds anything but numbers ≥ 0 or NaN."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise StatisticError(f"{name} must hold numbers") from problem
    if np.any(array < 0) or np.any(np.isinf(array)):
        raise StatisticError(f"{name} must be finite and not negative")
    return array


def together(**values: npt.ArrayLike) -> list[FloatArray]:
    """Return these arrays as float64 of one common shape, in order."""
    arrays = [floats(name, value) for name, value in values.items()]
    try:
        return [np.array(array) for array in np.broadcast_arrays(*arrays)]
    except ValueError as problem:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(values, arrays, strict=True))
        raise StatisticError(f"shapes do not fit together: {shapes}") from problem


def not_above(small: FloatArray, large: FloatArray, claim: str) -> None:
    """Raise StatisticError(claim) if any element of `small` exceeds its partner; NaN never does."""
    if np.any(small > large):
        raise StatisticError(claim)


def findings(k: npt.ArrayLike, m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return k and m as arrays of one shape, after checking 0 ≤ k ≤ m."""
    found, exposure = together(k=k, m=m)
    not_above(found, exposure, "k, the visits with a finding, cannot exceed m, the visits")
    return found, exposure


def open_share(name: str, value: float) -> float:
    """Return a share strictly between 0 and 1, or raise StatisticError."""
    if not 0 < value < 1:
        raise StatisticError(f"{name} must lie between 0 and 1, not {value!r}")
    return float(value)


def indices(name: str, value: npt.ArrayLike, length: int, below: int, missing: bool = False) -> IntArray:
    """Return a (length,) int64 array of indices in [0, below), or -1 too where `missing` is allowed."""
    array: npt.NDArray[Any] = np.asarray(value)
    if array.shape != (length,):
        raise StatisticError(f"{name} must have shape ({length},), not {array.shape}")
    if length and array.dtype.kind not in "iu":
        raise StatisticError(f"{name} must hold whole numbers")
    result = array.astype(np.int64)
    lowest = -1 if missing else 0
    if length and (result.min() < lowest or result.max() >= below):
        raise StatisticError(f"{name} must lie between {lowest} and {below - 1}")
    return result


def sums(index: IntArray, weights: npt.ArrayLike, length: int) -> FloatArray:
    """Return the sum of the weights at every index, (length,) float64."""
    return np.bincount(index, weights=np.asarray(weights, dtype=np.float64), minlength=length).astype(
        np.float64
    )
