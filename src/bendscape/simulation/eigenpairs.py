"""Outermost eigenpairs of a symmetric operator; the algorithm is a value: `Dense()`, `BlockLanczos()`, `Eigsh()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ..arguments import count, positive, seed_sequence
from ..errors import AccuracyError, BendscapeError, InvalidParameterError
from ..memory import reserve
from .arrays import one_blas_thread
from .operators import SymmetricOperator, examined
from .sample import Array

if TYPE_CHECKING:
    from .density import Density

__all__ = ["Dense", "Eigenpairs", "Eigsh", "Solver", "checked", "default_solver", "highest", "lowest"]

DENSE_UP_TO = 2000  # rows; below, a dense solver is the fastest

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


def check_solver(solver: Any) -> None:
    """An algorithm is a value: `Dense()`, not `Dense` and not a name."""
    if solver is not None and (isinstance(solver, type) or not hasattr(solver, "lowest")):
        raise InvalidParameterError(f"solver = {solver!r}: give Dense(), BlockLanczos() or Eigsh()")


def checked(
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


def own_stream(seed: Any) -> np.random.SeedSequence:
    """A stream of solvers and probes: neither that of ``default_rng(seed)`` nor one that spawning from the seed gives.

    The matrix may have been made from those, and would contain the vector that is to probe it.
    """
    root = seed_sequence(seed)
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, 2**31))


def _rotated(vectors: Array, images: Array) -> tuple[Array, Array, Array]:
    """Ritz values, vectors and their images in the space of the vectors.

    A component of one of them along another, of the size of rounding, is not small where the other's value is huge.
    """
    basis, mixing = np.linalg.qr(vectors)
    images = np.linalg.solve(mixing.T, images.T).T
    matrix = basis.T @ images
    values, mixing = np.linalg.eigh((matrix + matrix.T) / 2)
    return values, basis @ mixing, images @ mixing


def default_tolerance(operator: SymmetricOperator) -> float:
    """1e-6, or 1e-4 in single precision."""
    return 1e-6 if operator.rounding < 1e-12 else 1e-4


def rounding_error(operator: SymmetricOperator, norm: float) -> float:
    """What a residual cannot be asked to fall below; `norm` is that of `H/s`."""
    return max(100 * operator.rounding, 10 * operator.asymmetry) * norm


def lowest_of_matrix(matrix: Array, number: int, again: Callable[[], Array]) -> tuple[Array, Array]:
    """Smallest eigenpairs of a symmetric matrix, which is overwritten; `again` makes it anew where that is needed."""
    from scipy.linalg import LinAlgError, eigh

    try:
        values, vectors = eigh(matrix, subset_by_index=(0, number - 1), overwrite_a=True, check_finite=False)
    except LinAlgError:  # bisection fails on some matrices of low rank
        values, vectors = eigh(again(), driver="evd", overwrite_a=True, check_finite=False)
    return values[:number], vectors[:, :number]


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
        return checked(operator, values, vectors, tolerance)

    def density(self, operator: Any) -> Density:
        """See :func:`bendscape.simulation.density`."""
        from scipy.linalg import eigvalsh

        from .density import Density

        operator = examined(operator)
        with one_blas_thread():
            values = np.asarray(eigvalsh(operator.matrix(), overwrite_a=True, check_finite=False))[None, :]
        weights = np.full_like(values, 1 / values.size)
        return Density(values * operator.scale, weights, ())


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
            return checked(operator, values, vectors, tolerance)
        from .lanczos import BlockLanczos, with_missed_copies

        solver = BlockLanczos(block=1, tolerance=goal, seed=self.seed)
        return checked(operator, *with_missed_copies(operator, values, vectors, tolerance, norm, solver))

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
        reserve(8 * rows * (basis + number), f"a basis of {basis} vectors", "Eigsh(basis=...) sets a smaller one")
        start = np.random.default_rng(own_stream(self.seed)).standard_normal(rows)
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


def default_solver(size: int) -> Solver:
    """`Dense()` for small matrices, `BlockLanczos()` above."""
    from .lanczos import BlockLanczos

    return Dense() if size <= DENSE_UP_TO else BlockLanczos()


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
    check_solver(solver)
    seen = examined(operator)
    number = count("number", number, seen.shape[0])
    return (default_solver(seen.shape[0]) if solver is None else solver).lowest(seen, number)


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
    return lowest(-examined(operator), number, solver=solver)
