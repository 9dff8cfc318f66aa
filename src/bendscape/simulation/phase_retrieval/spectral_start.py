r"""The spectral start: the top eigenvector of `A^H diag(T(y)) A`.

With the optimal weight of a label,

    T(y) = 1 - E|z|^2/E[|z|^2 | y]                                                                  :eq:`sensing-weight`

which is `1 - 1/y` for labels without noise, of mean one. The length that the eigenvector should have, `sqrt(q)`, is
the one of the largest evidence: the labels are most probable if `z` differs from `sqrt(q) A x` by noise of variance
`1 - q`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, one_blas_thread
from ..eigen.dense import Dense
from ..eigen.lanczos import BlockLanczos
from ..eigen.operator import RowOperator, SymmetricOperator
from .problem import Problem

__all__ = ["overlap_of_evidence", "spectral_direction"]

_TOLERANCE, _PRODUCTS = 0.03, 600  # a start need not be accurate
_DENSE = 60  # numbers of a signal up to which the matrix is formed
_OVERLAPS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9])


class _Weighted(RowOperator):
    """`A^H diag(T) A`."""

    multiplicity = 1

    def __init__(self, problem: Problem, weights: Array) -> None:
        self._problem, self._weights = problem, weights
        self.nbytes = 0
        n = problem.operator.shape[1]
        super().__init__(problem.signal_type, (n, n))

    def native(self, rows: Array) -> Array:
        return np.ascontiguousarray(rows, dtype=self.dtype)

    def product(self, rows: Array) -> Array:
        images = [self._problem.adjoint(self._weights * self._problem.forward(row)) for row in rows]
        return np.asarray(np.stack(images), dtype=self.dtype)

    def _matmat(self, columns: Array) -> Array:
        return self.product(columns.T).T

    def dense(self) -> Array:
        return self.product(np.eye(self.shape[0], dtype=self.dtype)).T


def spectral_direction(problem: Problem, seed: Any) -> tuple[Array, int]:
    """Return the top eigenvector, with mean square one, and the number of products that it took."""
    weights = np.zeros(problem.operator.shape[0])  # of rows that were not measured
    weights[problem.measured.rows] = problem.measured.spectral_weights(problem.mean_square())
    source, n = _Weighted(problem, weights), problem.operator.shape[1]
    largest = float(problem.gram.spectrum()[0].max()) * problem.scale**2  # the norm of the matrix is below |T| times it
    seen = SymmetricOperator(source, source.shape, source.dtype, scale=largest, rounding=float(np.finfo(float).eps))
    solver = Dense() if n <= _DENSE else BlockLanczos(block=1, tolerance=_TOLERANCE, max_products=_PRODUCTS, seed=seed)
    with one_blas_thread():
        pairs = solver.lowest(-seen, 1)
    return pairs.vectors[:, 0] * n**0.5, pairs.products


def overlap_of_evidence(problem: Problem, direction: Array) -> float:
    """Return the squared overlap `q` of a direction with the signal that makes the labels most probable."""
    some = problem.measured.some()
    labels, z = problem.measured.part(some), problem.forward(direction)[problem.measured.rows][some]
    power = problem.mean_square()
    evidence = [labels.log_evidence(q**0.5 * z, (1 - q) * power) for q in _OVERLAPS]
    return float(_OVERLAPS[int(np.argmax(evidence))])
