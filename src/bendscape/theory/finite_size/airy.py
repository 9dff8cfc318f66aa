r"""Single eigenvalues of the bulk behind its edge: the points of the Airy process of a real symmetric matrix.

They are the lowest eigenvalues `a_i` of the stochastic Airy operator, with white noise `b'`,

    -d^2/dx^2 + x + 2 b'(x),    E #{a_i < a} = (2/(3 pi)) a^(3/2)                                          :eq:`fs-airy`

Read as a number of eigenvalues, the second places them in any density that starts like a square root.
"""

from __future__ import annotations

import math

import numpy as np

from ..._types import Array
from .background import BulkEquivalent, EdgeDensity

__all__ = ["airy_points", "place_modes"]

_MESH = 0.06  # step of the discretised Airy operator
_DECAY = 8.0  # length behind the last point, in which its eigenfunction decays


def airy_points(number: int, rng: np.random.Generator) -> Array:
    """Draw the lowest points of the Airy process, in increasing order, :eq:`fs-airy`."""
    from scipy.linalg import eigvalsh_tridiagonal

    # on a mesh h: -d^2/dx^2 -> (2, -1, -1)/h^2, and b' is a normal number of variance 1/h in each cell
    length = (1.5 * math.pi * number) ** (2 / 3) + _DECAY
    x = _MESH * np.arange(1, int(length / _MESH) + 1)
    diagonal = 2 / _MESH**2 + x + 2 / math.sqrt(_MESH) * rng.standard_normal(len(x))
    off_diagonal = np.full(len(x) - 1, -1 / _MESH**2)
    return np.asarray(eigvalsh_tridiagonal(diagonal, off_diagonal, select="i", select_range=(0, number - 1)))


def place_modes(points: Array, bulk: BulkEquivalent, edge_density: EdgeDensity) -> tuple[Array, Array]:
    """Return distances of modes behind the edge (negative in front of it), and squared couplings to the teacher."""
    x = edge_density.x_at(2 / (3 * math.pi) * np.maximum(points, 0.0) ** 1.5)  # :eq:`fs-place`
    depth = np.where(points > 0, x**2, bulk.scale * points)  # in front of the edge :eq:`fs-unit`
    return depth, np.asarray(edge_density.coupling(x))
