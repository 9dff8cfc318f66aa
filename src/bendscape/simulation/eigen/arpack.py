"""Lowest eigenpairs by SciPy's ARPACK, one vector at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import count, positive, seed_sequence
from ...errors import AccuracyError, BendscapeError, InvalidParameterError
from ...memory import require_memory
from ..arrays import Array, one_blas_thread
from .lanczos import BlockLanczos, with_missed_copies
from .operator import SymmetricOperator, examined
from .result import Eigenpairs, default_tolerance, rounding_error, solver_seed, with_residuals

__all__ = ["Eigsh"]


@dataclass(frozen=True)
class Eigsh:
    """SciPy's ``eigsh`` (ARPACK): one vector at a time; kept to check the others by.

    Parameters
    ----------
    tolerance : float, optional
        Residual relative to the eigenvalue.
    basis : int, optional
        Vectors held, ``ncv`` of SciPy.
    seed : int
        Of the starting vector.
    """

    tolerance: float | None = None
    basis: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tolerance is not None:
            object.__setattr__(self, "tolerance", positive("tolerance", self.tolerance))
        if self.basis is not None:
            object.__setattr__(self, "basis", count("basis", self.basis))
        seed_sequence(self.seed)

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """See :func:`lowest`."""
        operator = examined(operator)
        number = count("number", number, operator.shape[0])
        if not number < operator.shape[0]:
            raise InvalidParameterError(f"number = {number}: eigsh finds fewer than there are; use Dense()")
        goal = default_tolerance(operator) if self.tolerance is None else self.tolerance
        values, vectors, norm = self._arpack(operator, number, goal)
        tolerance = max(goal * float(np.abs(values).max()), rounding_error(operator, norm))
        if number == 1:
            return with_residuals(operator, values, vectors, tolerance)
        solver = BlockLanczos(block=1, tolerance=goal, seed=self.seed)
        return with_residuals(operator, *with_missed_copies(operator, values, vectors, tolerance, norm, solver))

    def _arpack(self, operator: SymmetricOperator, number: int, goal: float) -> tuple[Array, Array, float]:
        """Values, vectors, and the largest norm of a product with a unit vector on the way."""
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

        norm = 0.0

        def matvec(x: Array) -> Array:
            nonlocal norm
            image = operator.apply(x.reshape(-1, 1))[:, 0]
            norm = max(norm, float(np.linalg.norm(image) / np.linalg.norm(x)))
            return image

        rows = operator.shape[0]
        basis = min(rows, max(2 * number + 1, 20)) if self.basis is None else self.basis
        require_memory(
            8 * rows * (basis + number), f"a basis of {basis} vectors", "Eigsh(basis=...) sets a smaller one"
        )
        start = np.random.default_rng(solver_seed(self.seed)).standard_normal(rows)
        linear = LinearOperator(operator.shape, matvec=matvec, dtype=operator.dtype)
        options = {"which": "SA", "v0": start.astype(operator.dtype), "tol": goal, "ncv": self.basis}
        try:
            with one_blas_thread():
                values, vectors = eigsh(linear, number, **options)
        except BendscapeError:  # of a product, on the way
            raise
        except ValueError as error:
            raise InvalidParameterError(f"basis = {self.basis}: eigsh says {error}") from error
        except ArpackError as error:
            raise AccuracyError(f"eigsh did not converge ({error}): give a larger basis or another solver") from error
        order = np.argsort(values)
        return values[order].astype(float), vectors[:, order].astype(float), norm
