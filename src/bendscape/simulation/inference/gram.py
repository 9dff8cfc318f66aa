r"""The matrix `G = X^T X` of vector message passing: averages over its eigenvalues, and linear systems with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...memory import available
from ..arrays import Array, one_blas_thread
from ..eigen.quadrature import LanczosQuadrature

__all__ = ["ConjugateGradients", "Eigenbasis", "GramSolver", "solver_of"]

_DENSE_UP_TO = 4000  # inputs of which all eigenvectors are taken
_PROBES, _NODES = 8, 80  # of the quadrature of the density of eigenvalues
_SOLVED = 1e-9  # relative residual of the linear systems


class GramSolver(Protocol):
    """`G = X^T X`: its eigenvalues, and solutions of `(1 + k G) u = b`."""

    @property
    def values(self) -> Array:
        """Nodes of averages over the eigenvalues."""

    @property
    def shares(self) -> Array:
        """Their weights, of sum one."""

    def solve(self, columns: Array, factors: Array, near: Array) -> Array:
        """Return `(1 + k_j G)^-1 b_j` for each column; `near` is close to it."""


@dataclass(frozen=True, eq=False)
class Eigenbasis:
    """All eigenvalues and eigenvectors of `G`."""

    values: Array
    shares: Array
    vectors: Array

    def solve(self, columns: Array, factors: Array, near: Array) -> Array:  # noqa: ARG002  it is exact
        """Return `(1 + k_j G)^-1 b_j` for each column."""
        with one_blas_thread():
            inside = (self.vectors.T @ columns) / (1 + self.values[:, None] * factors)
            return np.asarray(self.vectors @ inside)


@dataclass(frozen=True, eq=False)
class ConjugateGradients:
    """Nodes and weights for averages over the eigenvalues of `G`, and products with it."""

    values: Array
    shares: Array
    rows: Any
    scale: Array

    def solve(self, columns: Array, factors: Array, near: Array) -> Array:
        """Return `(1 + k_j G)^-1 b_j` for each column."""
        from scipy.sparse.linalg import LinearOperator, cg

        solutions = np.empty_like(columns)
        n = len(columns)
        for j, factor in enumerate(factors.tolist()):

            def product(v: Array, factor: float = factor) -> Array:
                image = self.scale[:, None] * self.rows.forward(v.reshape(-1, 1))
                return np.asarray(v.ravel() + factor * self.rows.backward(image)[:, 0])

            operator = LinearOperator((n, n), matvec=product, dtype=float)
            solutions[:, j] = cg(operator, columns[:, j], x0=near[:, j], rtol=_SOLVED, maxiter=n)[0]
        return solutions


def solver_of(rows: Any) -> GramSolver:
    """Return `G` of the divided rows: its eigenvectors where they fit, else products and a quadrature."""
    lengths = rows.squared_lengths
    scale = np.mean(lengths) / lengths
    N = rows.shape[1]
    if N <= _DENSE_UP_TO and available() > 3 * 8 * N**2:
        from scipy.linalg import eigh

        with one_blas_thread():
            values, vectors = eigh(rows.gram(scale), overwrite_a=True, check_finite=False)
        return Eigenbasis(np.maximum(values, 0.0), np.full(N, 1 / N), vectors)
    density = LanczosQuadrature(probes=_PROBES, steps=min(_NODES, N)).density(rows.weighted(scale))
    nodes, weights = density.nodes.ravel(), density.weights.ravel() / len(density.nodes)
    return ConjugateGradients(np.maximum(nodes, 0.0), weights, rows, scale)
