"""Seeds that can be written down, and made into the seeds of the points of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import shown
from ...errors import InvalidParameterError

__all__ = ["plain_seed", "seed_parts"]


def plain_seed(seed: Any) -> int | tuple[int, ...]:
    """An integer or a tuple of them, so that a result can be made again from what is written in it.

    A seed sequence becomes the tuple whose streams are the same: its words, filled up to its pool, and its place.
    """
    if isinstance(seed, np.random.SeedSequence):
        return _words(seed)
    several = isinstance(seed, tuple | list) or getattr(seed, "ndim", 0) == 1
    parts = tuple(seed) if several else (seed,)
    if not parts or any(isinstance(s, bool) or not isinstance(s, int | np.integer) or s < 0 for s in parts):
        raise InvalidParameterError(f"seed = {shown(seed)}: give an integer, zero or positive, or a tuple of them")
    return tuple(int(s) for s in parts) if several else int(seed)


def _words(seed: np.random.SeedSequence) -> tuple[int, ...]:
    if seed.pool_size != 4:
        raise InvalidParameterError(f"seed = {seed!r}: give one with the usual pool_size of 4, or an integer")
    numbers = np.atleast_1d(np.array(seed.entropy, dtype=object))
    words: list[int] = []
    for number in map(int, numbers):
        words += [number >> shift & 0xFFFFFFFF for shift in range(0, max(number.bit_length(), 1), 32)]
    return (*words, *(0,) * (4 - len(words)), *seed.spawn_key) if seed.spawn_key else tuple(words)


def seed_parts(seed: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return the seed as a tuple, the first part of the seed of every point of a grid."""
    return seed if isinstance(seed, tuple) else (seed,)
