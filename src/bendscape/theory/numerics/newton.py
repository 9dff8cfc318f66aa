"""Newton's method, for one system of equations or many independent ones at once.

The loop is `init`, then `step` until `terminate`; a status says how it ended. What differs between equations is given
as functions: the correction, how large it is, and how much of it is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Newton", "State", "Status"]


class Status(IntEnum):
    """How the iteration of one point stands, or ended."""

    RUNNING = 0
    CONVERGED = 1
    LOST = 2  # a correction is not a finite number: there is no way on
    ASTRAY = 3  # corrections do not shrink


@dataclass(frozen=True, eq=False)
class State:
    """Of the iteration.

    Attributes
    ----------
    x : array, shape (points, ...)
    size : array, shape (points,)
        Of the last correction of each point.
    idle : array of int, shape (points,)
        Corrections that were more than half as large as the one before.
    status : array of Status, shape (points,)
    active : array of int
        Indices of the points that are still running.
    steps : int
    """

    x: npt.NDArray[Any]
    size: npt.NDArray[np.float64]
    idle: npt.NDArray[np.int8]
    status: npt.NDArray[np.int8]
    active: npt.NDArray[np.intp]
    steps: int

    @property
    def converged(self) -> bool:
        """Whether all points are."""
        return bool(np.all(self.status == Status.CONVERGED))


@dataclass(frozen=True, eq=False)
class Newton:
    """`x` less its correction, until that is small.

    Parameters
    ----------
    correction : callable
        From the running points and their indices, `J^{-1}` times the residual of each.
    size : callable
        From corrections and their points, one number for each.
    tolerance : float
        A point has converged after a correction no larger than this: what is left of its error is the square.
    most : int
        Steps, after which points that still run are left as they are.
    patience : int
        Corrections that may be more than half as large as the one before, until a point is given up.
    damping : callable, optional
        From points, corrections and their sizes, the share of each correction that is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.numerics.newton import Newton
    >>> squares = np.array([2.0, 9.0])
    >>> method = Newton(lambda x, i: (x**2 - squares[i]) / (2 * x), lambda step, x: abs(step / x), 1e-8, 20)
    >>> found = method.solve(np.array([1.0, 3.0]))
    >>> found.x.round(9).tolist(), found.converged, found.steps
    ([1.414213562, 3.0], True, 5)
    """

    correction: Callable[[Any, Any], Any]
    size: Callable[[Any, Any], Any]
    tolerance: float
    most: int
    patience: int = 100
    damping: Callable[[Any, Any, Any], Any] | None = None

    def init(self, x: npt.NDArray[Any]) -> State:
        """Every point runs."""
        n = len(x)
        return State(x, np.full(n, np.inf), np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int8), np.arange(n), 0)

    def step(self, state: State) -> State:
        """One correction of every point that runs; `state.x` is changed in place."""
        active = state.active
        x = state.x[active]
        correction = self.correction(x, active)
        size = self.size(correction, x)
        idle = state.idle[active] + (size > 0.5 * state.size[active])
        status = np.where(idle > self.patience, Status.ASTRAY, Status.RUNNING)
        status[size <= self.tolerance] = Status.CONVERGED
        status[~np.isfinite(size)] = Status.LOST
        share = 1.0 if self.damping is None else self.damping(x, correction, size)
        state.x[active] = x - share * correction
        state.size[active], state.idle[active], state.status[active] = size, idle, status
        return State(state.x, state.size, state.idle, state.status, active[status == 0], state.steps + 1)

    def terminate(self, state: State) -> bool:
        """Whether no point runs, or there were enough steps."""
        return state.active.size == 0 or state.steps >= self.most

    def solve(self, x: npt.NDArray[Any]) -> State:
        """From a first guess to the end."""
        state = self.init(np.array(x))
        while not self.terminate(state):
            state = self.step(state)
        return state
