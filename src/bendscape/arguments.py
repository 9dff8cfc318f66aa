"""Checks of public arguments: numbers, counts, flags, grids, seeds.

Each accepts all kinds of numbers: Python's, NumPy's scalars, arrays without axes of any library (the entries of a loop
over an xarray coordinate), fractions, decimals.
"""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from typing import Any

import numpy as np

from .errors import InvalidParameterError
from .user_arrays import Array, numbers_of, scalar, shown

__all__ = [
    "MANY",
    "RUNS",
    "TOGETHER",
    "count",
    "flag",
    "grid",
    "number",
    "positive",
    "refuse",
    "sample_ratio",
    "sample_ratios",
    "seed_sequence",
    "shown",
]

RUNS, TOGETHER = 10**6, 4096  # most separate computations, one after the other; and at a time
LARGEST_RATIO = 1e100  # of samples over inputs, so that its square fits into a double
MANY = 10**9  # largest count of things that are treated one by one: a longer run would not end


def number(
    name: str, value: Any, wanted: str = "one finite number", *, least: float = -math.inf, infinite: bool = False
) -> float:
    """Return one real number, not below `least`, finite unless `infinite`; `wanted` is the remedy in the message."""
    single = scalar(name, value)
    if isinstance(single, bool) or not isinstance(single, numbers.Real | Decimal):
        raise refuse(name, value, wanted)
    try:
        real = float(single)
    except (OverflowError, ValueError):  # an integer of 400 digits, a signalling nan
        raise refuse(name, value, wanted) from None
    if not real >= least or (math.isinf(real) and not infinite):  # nan fails the first test
        raise refuse(name, value, wanted)
    return real


def refuse(name: str, value: Any, wanted: str) -> InvalidParameterError:
    """Return the error of a value outside its domain: the value, and the remedy `wanted`."""
    return InvalidParameterError(f"{name} = {shown(value)}: give {wanted}")


def positive(name: str, value: Any) -> float:
    """Return a positive finite number; raise for anything else."""
    return number(name, value, "one positive finite number", least=math.ulp(0.0))


def sample_ratio(value: Any) -> float:
    """Return `alpha = M/N`, a positive number whose square does not overflow; raise for anything else."""
    alpha = positive("alpha", value)
    if alpha > LARGEST_RATIO:
        raise refuse("alpha", value, f"one positive finite number up to {LARGEST_RATIO:g}")
    return alpha


def sample_ratios(values: Any) -> Array:
    """Return one axis of `alpha`, each as for :func:`sample_ratio`."""
    points = grid("alpha", values)
    if not np.all((points > 0) & (points <= LARGEST_RATIO)):
        raise refuse("alpha", values, f"positive finite numbers up to {LARGEST_RATIO:g}")
    return points


def count(name: str, value: Any, most: float = MANY) -> int:
    """Return a positive integer, not above `most`; raise for anything else."""
    single = scalar(name, value)
    if isinstance(single, bool) or not isinstance(single, numbers.Integral) or not 1 <= int(single) <= most:
        raise refuse(name, value, f"a positive integer up to {most:.0f}")
    return int(single)


def flag(name: str, value: Any) -> bool:
    """Return True or False, Python's or NumPy's; raise for anything else, such as one and zero."""
    single = scalar(name, value)
    if not isinstance(single, bool):
        raise refuse(name, value, "True or False")
    return single


def is_axis(value: Any) -> bool:
    """Whether a value is meant as several numbers: a list, tuple or array that has a length."""
    if isinstance(value, str | bytes | dict | type):
        return False
    dims = getattr(value, "ndim", None)
    return dims > 0 if isinstance(dims, int) else hasattr(value, "__len__")


def grid(name: str, values: Any) -> Array:
    """Return one axis of numbers, not empty; the caller checks for infinite numbers and nan."""
    try:
        points = np.atleast_1d(numbers_of(name, values, booleans=False))
    except InvalidParameterError as error:
        raise refuse(name, values, f"a number or one axis of numbers ({error})") from error.__cause__
    if points.ndim != 1 or points.size == 0:
        raise InvalidParameterError(f"{name} has shape {points.shape}: give one axis with at least one number")
    if points.size > RUNS:
        raise InvalidParameterError(f"{name} has {points.size} numbers: give at most {RUNS}")
    return points


def seed_sequence(seed: Any) -> np.random.SeedSequence:
    """Return the root of all random streams of a seed."""
    if isinstance(seed, np.random.SeedSequence):  # a copy: spawning from the given one would change it
        return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key, pool_size=seed.pool_size)
    wanted = "an integer, zero or positive, or a tuple of them"
    if isinstance(seed, np.random.Generator | np.random.BitGenerator | np.random.RandomState):
        raise refuse("seed", seed, f"{wanted}; a generator keeps no seed, draw one from it: int(rng.integers(2**63))")
    single = scalar("seed", seed)
    if isinstance(single, bool):
        raise refuse("seed", seed, wanted)
    try:
        return np.random.SeedSequence(single)
    except (TypeError, ValueError, OverflowError):
        raise refuse("seed", seed, wanted) from None
