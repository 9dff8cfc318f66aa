"""The lowest or highest eigenpairs of a symmetric operator; the algorithm is a value."""

from __future__ import annotations

from typing import Any

from ...arguments import count
from ...errors import InvalidParameterError
from .dense import DENSE_UP_TO, Dense
from .lanczos import BlockLanczos
from .operator import examined
from .result import Eigenpairs, Solver

__all__ = ["check_solver", "default_solver", "highest", "lowest"]


def check_solver(solver: Any) -> None:
    """An algorithm is a value: `Dense()`, not `Dense` and not a name."""
    if solver is not None and (isinstance(solver, type) or not hasattr(solver, "lowest")):
        raise InvalidParameterError(f"solver = {solver!r}: give Dense(), BlockLanczos() or Eigsh()")


def default_solver(size: int) -> Solver:
    """`Dense()` for small matrices, `BlockLanczos()` above."""
    return Dense() if size <= DENSE_UP_TO else BlockLanczos()


def lowest(operator: Any, number: int, *, solver: Solver | None = None) -> Eigenpairs:
    """Smallest eigenpairs of a symmetric operator.

    Parameters
    ----------
    operator : Hessian, or any SciPy LinearOperator or matrix
        Symmetric, with `shape`, `dtype` and products with blocks of vectors.
    number : int
        Number of eigenpairs, at most a quarter of the rows unless the solver is `Dense()`.
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
    >>> pairs = bs.simulation.lowest(H, 2, solver=bs.simulation.BlockLanczos())
    >>> pairs.converged, bool(abs(pairs.values - exact.values).max() < 1e-9)
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
