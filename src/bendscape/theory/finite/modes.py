r"""Eigenvalues of the rest behind its edge, one by one: the points of the Airy process of a real symmetric matrix.

The lowest eigenvalues of the stochastic Airy operator `-d^2/dx^2 + x + (2/beta^(1/2)) b'(x)`, with `beta = 1` and
white noise `b'`, are the points `a_i` of the process; the number of them below `a` is `(2/(3 pi)) a^(3/2)` on average.
Read as a number of eigenvalues, this places them in any density that starts like a square root.
"""

from __future__ import annotations

import math

import numpy as np

from ..measure import Array
from .background import Background, Interior

__all__ = ["airy_points", "place"]

_MESH = 0.06


def airy_points(number: int, rng: np.random.Generator) -> Array:
    """The lowest points of the Airy process, from the lowest."""
    from scipy.linalg import eigvalsh_tridiagonal

    length = (1.5 * math.pi * number) ** (2 / 3) + 8.0
    x = _MESH * np.arange(1, int(length / _MESH) + 1)
    diagonal = 2 / _MESH**2 + x + 2 / math.sqrt(_MESH) * rng.standard_normal(len(x))
    off = np.full(len(x) - 1, -1 / _MESH**2)
    return np.asarray(eigvalsh_tridiagonal(diagonal, off, select="i", select_range=(0, number - 1)))


def place(points: Array, background: Background, interior: Interior) -> tuple[Array, Array]:
    """Distance behind the edge (negative in front of it), and coupling, of modes at these points."""
    number = 2 / (3 * math.pi) * np.maximum(points, 0.0) ** 1.5
    x = interior.holding(number)
    depth = np.where(points > 0, x**2, background.scale * points)
    return depth, np.asarray(interior.coupling(x))
