"""Weight vectors on the sphere of radius `sqrt(N)`: projection, tangent part of a gradient, random students."""

from __future__ import annotations

import math

import numpy as np

from ..memory import require_memory
from .arrays import Array

__all__ = ["on_sphere", "random_students", "tangent"]


def on_sphere(weights: Array) -> Array:
    """Scale each row to the norm `sqrt(N)`; rows may be so large or small that their squares overflow or vanish."""
    largest = np.abs(weights).max(axis=1, keepdims=True)
    weights = weights / np.exp2(np.frexp(np.where(largest > 0, largest, 1.0))[1] - 1.0)  # by a power of two
    return np.asarray(weights * (math.sqrt(weights.shape[1]) / np.linalg.norm(weights, axis=1, keepdims=True)))


def tangent(gradient: Array, weights: Array) -> Array:
    """Return the part of a gradient that is tangent to the sphere, row by row; weights have rows of norm `sqrt(N)`."""
    along = np.sum(gradient * weights, axis=1, keepdims=True) / weights.shape[1]
    return np.asarray(gradient - along * weights)


def random_students(shape: tuple[int, int], number: int, rng: np.random.Generator) -> list[Array]:
    """Draw `number` students, uniform on the sphere, each of shape (p, N)."""
    require_memory(
        8 * 3 * number * math.prod(shape), f"{number} students of shape {shape}", "give fewer, or narrower ones"
    )
    return [on_sphere(rng.standard_normal(shape)) for _ in range(number)]
