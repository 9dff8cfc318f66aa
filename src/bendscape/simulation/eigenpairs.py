"""Outermost eigenpairs of a symmetric operator; the algorithm is a value: `Dense()`, `BlockLanczos()`, `Eigsh()`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ..arguments import count, seed_sequence
from ..errors import AccuracyError, InvalidParameterError
from .arrays import one_blas_thread
from .sample import Array

if TYPE_CHECKING:
    from .density import Density

__all__ = ["Dense", "Eigenpairs", "Eigsh", "Solver", "checked", "default_solver", "highest", "lowest"]

DENSE_UP_TO = 2000  # rows; below, a dense solver is the fastest

Status = Literal["converged", "stopped: give more products or a larger tolerance"]


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Smallest eigenvalues in increasing order, or largest in decreasing order, and how far to trust them.

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


def precision(operator: Any) -> float:
    """Rounding of the operator's numbers."""
    return float(np.finfo(np.dtype(operator.dtype)).eps)


def apply(operator: Any, columns: Array) -> Array:
    """The operator on columns, in double precision outside."""
    return np.asarray(operator @ columns.astype(operator.dtype), dtype=float)


def native_rows(operator: Any, rows: Array) -> Any:
    """Rows of the host as the operator multiplies them."""
    return operator.native(rows) if hasattr(operator, "native") else rows.astype(operator.dtype)


def multiply_rows(operator: Any, rows: Any) -> Any:
    """The operator on every row, by its own product where it has one."""
    if hasattr(operator, "product"):
        return operator.product(rows)
    return np.ascontiguousarray((operator @ rows.T).T)


def check_solver(solver: Any) -> None:
    """An algorithm is a value: `Dense()`, not `Dense` and not a name."""
    if solver is not None and (isinstance(solver, type) or not hasattr(solver, "lowest")):
        raise InvalidParameterError(f"solver = {solver!r}: give Dense(), BlockLanczos() or Eigsh()")


def checked(operator: Any, values: Array, vectors: Array, tolerance: float, products: int) -> Eigenpairs:
    """Eigenpairs with the residuals that they have."""
    with one_blas_thread():
        images = apply(operator, vectors)
    residuals = np.linalg.norm(images - vectors * values, axis=0)
    good = bool(np.all(residuals <= tolerance))
    status: Status = "converged" if good else "stopped: give more products or a larger tolerance"
    return Eigenpairs(values, vectors, residuals, tolerance, products + vectors.shape[1], status)


def own_stream(seed: Any) -> np.random.SeedSequence:
    """A stream of solvers and probes: neither that of ``default_rng(seed)`` nor one that spawning from the seed gives.

    The matrix may have been made from those, and would contain the vector that is to probe it.
    """
    root = seed_sequence(seed)
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, 2**31))


def acceptable(operator: Any, wanted: Array, norm: float, relative: float | None) -> float:
    """The residual to reach: relative to the largest value wanted, and not below what rounding allows.

    By default 1e-6, or 1e-4 in single precision.
    """
    eps = precision(operator)
    relative = (1e-6 if eps < 1e-12 else 1e-4) if relative is None else relative
    return float(max(relative * np.max(np.abs(wanted)), 100 * eps * norm))


@dataclass(frozen=True)
class Dense:
    """The whole matrix and LAPACK: all digits, `8 (pN)^2` bytes, best up to about two thousand rows."""

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """See :func:`lowest`."""
        from scipy.linalg import eigh

        matrix = _matrix(operator)
        norm = float(np.linalg.norm(matrix))
        with one_blas_thread():  # all of a small matrix is faster at once than half of it by bisection
            subset = None if 4 * number >= operator.shape[0] else (0, number - 1)
            values, vectors = eigh(matrix, subset_by_index=subset, overwrite_a=True, check_finite=False)
        values, vectors = values[:number], np.ascontiguousarray(vectors[:, :number])
        tolerance = 20 * max(precision(operator), 1e-14) * norm
        return checked(operator, values, vectors, tolerance, 0 if hasattr(operator, "dense") else len(matrix))

    def density(self, operator: Any) -> Density:
        """See :func:`bendscape.simulation.density`."""
        from scipy.linalg import eigvalsh

        from .density import Density

        with one_blas_thread():
            values = np.asarray(eigvalsh(_matrix(operator), overwrite_a=True, check_finite=False))[None, :]
        weights = np.full_like(values, 1 / values.size)
        return Density(values, weights, ())


def _matrix(operator: Any) -> Array:
    return np.asarray(operator.dense() if hasattr(operator, "dense") else apply(operator, np.eye(operator.shape[0])))


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

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """See :func:`lowest`."""
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

        if not number < operator.shape[0]:
            raise InvalidParameterError(f"number = {number}: eigsh finds fewer than there are; use Dense()")
        products, norm = 0, 0.0

        def matvec(x: Array) -> Array:
            nonlocal products, norm
            products += 1
            image = np.asarray(operator @ x)
            norm = max(norm, float(np.linalg.norm(image) / np.linalg.norm(x)))
            return image

        counted = LinearOperator(operator.shape, matvec=matvec, dtype=operator.dtype)
        start = np.random.default_rng(own_stream(self.seed)).standard_normal(operator.shape[0])
        tolerance = (1e-6 if precision(operator) < 1e-12 else 1e-4) if self.tolerance is None else self.tolerance
        try:
            with one_blas_thread():
                values, vectors = eigsh(
                    counted, number, which="SA", v0=start.astype(operator.dtype), tol=tolerance, ncv=self.basis
                )
        except ValueError as error:
            raise InvalidParameterError(f"basis = {self.basis}: eigsh says {error}") from error
        except ArpackError as error:
            raise AccuracyError(f"eigsh did not converge ({error}): give a larger basis or another solver") from error
        order = np.argsort(values)
        values, vectors = values[order].astype(float), vectors[:, order].astype(float)
        return checked(operator, values, vectors, acceptable(operator, values, norm, tolerance), products)


def default_solver(size: int) -> Solver:
    """`Dense()` for small matrices, `BlockLanczos()` above."""
    from .lanczos import BlockLanczos

    return Dense() if size <= DENSE_UP_TO else BlockLanczos()


def rows(operator: Any) -> int:
    """Of an operator that has as many columns, and floating-point numbers."""
    shape = getattr(operator, "shape", None)
    if shape is None or len(shape) != 2 or shape[0] != shape[1]:
        raise InvalidParameterError(f"operator has shape {shape}: give a symmetric matrix or LinearOperator")
    if np.dtype(operator.dtype).kind != "f":
        raise InvalidParameterError(f"operator has dtype {operator.dtype}: give one of floating-point numbers")
    return int(shape[0])


def lowest(operator: Any, number: int, *, solver: Solver | None = None) -> Eigenpairs:
    """Smallest eigenpairs of a symmetric operator.

    Parameters
    ----------
    operator : Hessian, or any SciPy LinearOperator or matrix
        Symmetric, with `shape`, `dtype` and products with blocks of vectors.
    number : int
        How many eigenpairs, at most a quarter of the rows unless the solver is `Dense()`.
    solver : Dense, BlockLanczos or Eigsh, optional
        By default `Dense()` up to 2000 rows and `BlockLanczos()` above.

    Returns
    -------
    Eigenpairs

    Raises
    ------
    InvalidParameterError
        If `number` does not fit the size of the operator.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5, N=300, seed=1)
    >>> H = bs.simulation.Hessian(sample)
    >>> exact = bs.simulation.lowest(H, 2, solver=bs.simulation.Dense())
    >>> found = bs.simulation.lowest(H, 2, solver=bs.simulation.BlockLanczos())
    >>> found.converged, bool(abs(found.values - exact.values).max() < 1e-9)
    (True, True)
    """
    size = rows(operator)
    number = count("number", number, size)
    check_solver(solver)
    return (default_solver(size) if solver is None else solver).lowest(operator, number)


def highest(operator: Any, number: int, *, solver: Solver | None = None) -> Eigenpairs:
    """Largest eigenpairs of a symmetric operator, in decreasing order: the lowest of its negative.

    Parameters
    ----------
    operator, number, solver
        As for :func:`lowest`.

    Returns
    -------
    Eigenpairs

    Raises
    ------
    InvalidParameterError
        If `number` does not fit the size of the operator.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> bs.simulation.highest(np.diag([1.0, 5.0, -7.0, 3.0]), 2).values
    array([5., 3.])
    """
    rows(operator)
    pairs = lowest(_negative(operator), number, solver=solver)
    return replace(pairs, values=-pairs.values)


def _negative(operator: Any) -> Any:
    """`-H` in the precision of `H`, which SciPy's own minus does not keep."""
    return -operator if hasattr(operator, "product") else operator * np.dtype(operator.dtype).type(-1)
