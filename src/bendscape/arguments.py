"""Arguments checked at the public door: numbers, counts, grids, seeds."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InvalidParameterError

__all__ = ["count", "flag", "grid", "positive", "seed_sequence"]


def positive(name: str, value: Any) -> float:
    """A positive finite number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < float(value) < math.inf:
        raise InvalidParameterError(f"{name} = {value!r}: give one positive finite number")
    return float(value)


def count(name: str, value: Any, most: float = math.inf) -> int:
    """A positive integer, not above `most`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not 1 <= int(value) <= most:
        limit = "" if math.isinf(most) else f" up to {most:.0f}"
        raise InvalidParameterError(f"{name} = {value!r}: give a positive integer{limit}")
    return int(value)


def flag(name: str, value: Any) -> bool:
    """True or False, and nothing that only resembles them."""
    if not isinstance(value, bool):
        raise InvalidParameterError(f"{name} = {value!r}: give True or False")
    return value


def grid(name: str, values: Any) -> npt.NDArray[Any]:
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


def seed_sequence(seed: Any) -> np.random.SeedSequence:
    """The root of all streams of a seed."""
    if isinstance(seed, np.random.SeedSequence):  # a fresh one: spawning from the one given would change it
        return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key, pool_size=seed.pool_size)
    try:
        return np.random.SeedSequence(seed)
    except (TypeError, ValueError):
        raise InvalidParameterError(f"seed = {seed!r}: give an integer, zero or positive, or a tuple of them") from None
