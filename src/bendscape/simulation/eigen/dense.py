"""All eigenvalues of a matrix, or its lowest eigenpairs, by LAPACK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import count
from ..arrays import Array, one_blas_thread
from .operator import examined
from .result import Eigenpairs, with_residuals
from .spectral_density import Density

__all__ = ["DENSE_UP_TO", "Dense", "lowest_of_matrix"]

DENSE_UP_TO = 2000  # rows; below, a dense solver is the fastest


@dataclass(frozen=True)
class Dense:
    """The whole matrix and LAPACK: all digits, `8 (pN)^2` bytes, best up to about two thousand rows."""

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """See :func:`lowest`."""
        from scipy.linalg import eigh

        operator = examined(operator)
        number = count("number", number, operator.shape[0])
        with one_blas_thread():
            matrix = operator.matrix()
            norm = float(np.linalg.norm(matrix))
            if 4 * number < len(matrix):
                values, vectors = lowest_of_matrix(matrix, number, again=operator.matrix)
            else:  # all of a small matrix is faster at once than half of it by bisection
                values, vectors = eigh(matrix, overwrite_a=True, check_finite=False)
        values, vectors = values[:number], np.ascontiguousarray(vectors[:, :number])
        tolerance = max(20 * max(operator.rounding, 1e-14), 10 * operator.asymmetry) * norm
        return with_residuals(operator, values, vectors, tolerance)

    def density(self, operator: Any) -> Density:
        """See :func:`bendscape.simulation.density`."""
        from scipy.linalg import eigvalsh

        operator = examined(operator)
        with one_blas_thread():
            values = np.asarray(eigvalsh(operator.matrix(), overwrite_a=True, check_finite=False))[None, :]
        weights = np.full_like(values, 1 / values.size)
        return Density(values * operator.scale, weights, ())


def lowest_of_matrix(matrix: Array, number: int, again: Callable[[], Array]) -> tuple[Array, Array]:
    """Smallest eigenpairs of a symmetric matrix, which is overwritten; `again` makes it anew where that is needed."""
    from scipy.linalg import LinAlgError, eigh

    try:
        values, vectors = eigh(matrix, subset_by_index=(0, number - 1), overwrite_a=True, check_finite=False)
    except LinAlgError:  # bisection fails on some matrices of low rank
        values, vectors = eigh(again(), driver="evd", overwrite_a=True, check_finite=False)
    return values[:number], vectors[:, :number]
