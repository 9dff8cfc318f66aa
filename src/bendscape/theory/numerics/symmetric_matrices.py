r"""Symmetric `p x p` matrices as vectors, and linear maps between them.

A matrix `B` is kept as its elements `i <= j`, or as its coordinates in the orthonormal basis `e_i e_i^T`,
`(e_i e_j^T + e_j e_i^T)/2^(1/2)`: the same vector with its elements off the diagonal times `2^(1/2)`.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Symmetric", "symmetric"]


class Symmetric:
    """Bases and index arrays for the symmetric matrices of one size.

    Attributes
    ----------
    p : int
    i, j : array of int
        Row and column of each element of the vector.
    packed : array of int, shape (p, p)
        Index of element `ij` in the vector.
    diagonal : array of bool
        Whether an element of the vector is on the diagonal.
    root : array
        Coordinates over elements: one on the diagonal, the root of two off it.
    trace : array
        Traces of the basis, and coordinates of the identity.
    """

    def __init__(self, p: int) -> None:
        self.p = p
        self.i, self.j = np.triu_indices(p)
        self.diagonal = self.i == self.j
        self.packed = np.zeros((p, p), dtype=np.intp)
        self.packed[self.i, self.j] = self.packed[self.j, self.i] = np.arange(self.i.size)
        self.root = np.where(self.diagonal, 1.0, np.sqrt(2.0))
        self.trace = self.diagonal.astype(float)

    def matrix(self, coordinates: Any) -> Any:
        """Return the matrix with these coordinates."""
        return (coordinates / self.root)[self.packed]

    def coordinates(self, matrix: Any) -> Any:
        """Coordinates of a symmetric matrix."""
        return matrix[self.i, self.j] * self.root

    def sandwich(self, products: Any) -> Any:
        """Return the map `B -> sum A B A` in coordinates, from `sum a a^T` of the elements of the matrices `A`."""
        return self._weights * (products[self._near] + products[self._far])

    def turn(self, Q: Any) -> Any:
        """Return the map `B -> Q B Q^T` in coordinates."""
        i, j = self.i, self.j
        rows, columns = Q[i], Q[j]
        return self._weights * (rows[:, i] * columns[:, j] + rows[:, j] * columns[:, i])

    @cached_property
    def _weights(self) -> npt.NDArray[np.float64]:
        half = np.where(self.diagonal, np.sqrt(0.5), 1.0)
        return np.asarray(np.multiply.outer(half, half))

    @cached_property
    def _near(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Indices of `A_ik` and of `A_jl`, for row `ij` and column `kl`."""
        return self.packed[np.ix_(self.i, self.i)], self.packed[np.ix_(self.j, self.j)]

    @cached_property
    def _far(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Indices of `A_il` and of `A_jk`, for row `ij` and column `kl`."""
        return self.packed[np.ix_(self.i, self.j)], self.packed[np.ix_(self.j, self.i)]


@lru_cache(maxsize=16)
def symmetric(p: int) -> Symmetric:
    """Return the bases for matrices of size `p`, cached."""
    return Symmetric(p)
