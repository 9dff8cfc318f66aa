"""Newton's method, for one system of equations or many independent ones at once.

The loop is `init`, then `step` until `terminate`; a status says how it ended. An equation is given by functions: its
correction, the size of a correction, and the share of it that is taken.
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
    """State of the iteration of one point: running, or how it ended."""

    RUNNING = 0
    CONVERGED = 1
    LOST = 2  # a correction is not a finite number, and the iteration stops
    ASTRAY = 3  # corrections do not shrink


@dataclass(frozen=True, eq=False)
class State:
    """State of the iteration of all points.

    Attributes
    ----------
    x : array, shape (points, ...)
    size : array, shape (points,)
        Size of the last correction of each point.
    idle : array of int, shape (points,)
        Number of corrections more than half as large as the one before.
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
        """Whether all points have converged."""
        return bool(np.all(self.status == Status.CONVERGED))


@dataclass(frozen=True, eq=False)
class Newton:
    """Newton's method: `x` minus its correction, until the correction is small.

    Parameters
    ----------
    correction : callable
        Takes the running points and their indices; returns `J^{-1}` times the residual of each.
    size : callable
        Takes corrections and their points; returns the size of each correction, one number.
    tolerance : float
        A point has converged after a correction no larger than this; the error is then of the order of the square.
    most : int
        Largest number of steps; points that still run then are returned unconverged.
    patience : int
        Number of corrections that may be more than half as large as the one before; with one more, a point is astray.
    damping : callable, optional
        Takes points, corrections and their sizes; returns the share of each correction that is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.numerics.newton import Newton
    >>> squares = np.array([2.0, 9.0])
    >>> method = Newton(lambda x, i: (x**2 - squares[i]) / (2 * x), lambda step, x: abs(step / x), 1e-8, 20)
    >>> root = method.solve(np.array([1.0, 3.0]))
    >>> root.x.round(9).tolist(), root.converged, root.steps
    ([1.414213562, 3.0], True, 5)
    """

    correction: Callable[[Any, Any], Any]
    size: Callable[[Any, Any], Any]
    tolerance: float
    most: int
    patience: int = 100
    damping: Callable[[Any, Any, Any], Any] | None = None

    def init(self, x: npt.NDArray[Any]) -> State:
        """Return the first state, in which every point runs."""
        n = len(x)
        return State(x, np.full(n, np.inf), np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int8), np.arange(n), 0)

    def step(self, state: State) -> State:
        """Correct every point that runs, and return the next state; `state.x` is changed in place."""
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
        """Whether no point runs any more, or the number of steps is reached."""
        return state.active.size == 0 or state.steps >= self.most

    def solve(self, x: npt.NDArray[Any]) -> State:
        """Iterate from a first guess to the end, and return the last state."""
        state = self.init(np.array(x))
        while not self.terminate(state):
            state = self.step(state)
        return state
