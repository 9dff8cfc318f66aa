"""Eigenpairs as solvers return them: with the residuals that they have, and whether these are small enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from ...arguments import seed_sequence
from ...errors import InvalidParameterError
from ..arrays import Array, adjoint, one_blas_thread
from .operator import SymmetricOperator

__all__ = ["Eigenpairs", "Solver", "default_tolerance", "rounding_error", "solver_seed", "with_residuals"]

Status = Literal["converged", "stopped: give more products or a larger tolerance"]
CONVERGED: Status = "converged"
STOPPED: Status = "stopped: give more products or a larger tolerance"


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Smallest eigenvalues in increasing order, or largest in decreasing order, and whether they converged.

    Attributes
    ----------
    values : array, shape (k,)
    vectors : array, shape (n, k)
        Orthonormal columns.
    residuals : array, shape (k,)
        `||H v - value v||`, computed from the vectors returned: each value is that close to an eigenvalue.
    tolerance : float
        What the residuals had to reach, in the units of the eigenvalues.
    products : int
        Products of the operator with a vector.
    status : str
        ``"converged"``, or why not and what to do.
    """

    values: Array
    vectors: Array
    residuals: Array
    tolerance: float
    products: int
    status: Status

    @property
    def converged(self) -> bool:
        """Whether all residuals are within the tolerance."""
        return self.status == "converged"


class Solver(Protocol):
    """An algorithm for the smallest eigenpairs."""

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """The `number` smallest eigenpairs of an operator with `shape, dtype, matmat`."""


def with_residuals(
    operator: SymmetricOperator, values: Array, vectors: Array, tolerance: float, complete: bool = True
) -> Eigenpairs:
    """Eigenpairs of `H` from those of `H/s`, with the residuals that they have.

    `complete` says that nothing was left out as far as the solver can tell; without that they have not converged.
    """
    with one_blas_thread():
        images = operator.apply(vectors)
        residuals = np.linalg.norm(images - vectors * values, axis=0)
        if not np.all(residuals <= tolerance):
            values, vectors, images = _rotated(vectors, images)
            residuals = np.linalg.norm(images - vectors * values, axis=0)
    status = CONVERGED if complete and np.all(residuals <= tolerance) else STOPPED
    with np.errstate(over="ignore"):
        scaled = values * (operator.sign * operator.scale)
    if not np.isfinite(scaled).all():
        raise InvalidParameterError(
            f"operator has eigenvalues of about {float(np.abs(values).max()):.2g} times {operator.scale:.2g}, beyond "
            "double precision: divide it by a number"
        )
    sizes = residuals * operator.scale, tolerance * operator.scale
    return Eigenpairs(scaled, vectors, *sizes, operator.products, status)


def _rotated(vectors: Array, images: Array) -> tuple[Array, Array, Array]:
    """Ritz values, vectors and their images in the space of the vectors.

    A component of one of them along another, of the size of rounding, is not small where the other's value is huge.
    """
    basis, mixing = np.linalg.qr(vectors)
    images = np.linalg.solve(mixing.T, images.T).T
    matrix = adjoint(basis) @ images
    values, mixing = np.linalg.eigh((matrix + adjoint(matrix)) / 2)
    return values, basis @ mixing, images @ mixing


def default_tolerance(operator: SymmetricOperator) -> float:
    """1e-6, or 1e-4 in single precision."""
    return 1e-6 if operator.rounding < 1e-12 else 1e-4


def rounding_error(operator: SymmetricOperator, norm: float) -> float:
    """Return the rounding error of a residual, the smallest tolerance that it can reach; `norm` is that of `H/s`."""
    return max(100 * operator.rounding, 10 * operator.asymmetry) * norm


def solver_seed(seed: Any) -> np.random.SeedSequence:
    """A stream of solvers and probes: neither that of ``default_rng(seed)`` nor one that spawning from the seed gives.

    The matrix may have been made from those, and would contain the vector that is to probe it.
    """
    root = seed_sequence(seed)
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, 2**31))
