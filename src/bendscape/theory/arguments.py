"""Arguments checked at the public door: scalars and grids."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from ..errors import InvalidParameterError
from .measure import Array

__all__ = ["grid", "positive"]


def positive(name: str, value: Any) -> float:
    """A positive finite number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < float(value) < math.inf:
        raise InvalidParameterError(f"{name} = {value!r}: give one positive finite number")
    return float(value)


def grid(name: str, values: Any) -> Array:
    """One axis of numbers, not empty."""
    try:
        given = np.asarray(values)
    except ValueError:  # a ragged list
        given = np.asarray(None)
    if given.dtype.kind not in "iuf" and given.size:
        raise InvalidParameterError(f"{name} = {values!r}: give a number or one axis of numbers")
    points = np.atleast_1d(given.astype(float))
    if points.ndim != 1 or points.size == 0:
        raise InvalidParameterError(f"{name} has shape {points.shape}: give one axis with at least one number")
    return points
