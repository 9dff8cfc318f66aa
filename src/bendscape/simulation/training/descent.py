r"""Gradient descent and gradient flow, from one checkpoint to the next: the method is a value.

    w_k -> N^(1/2) (w_k - eta g_k)/|w_k - eta g_k|,    g_k tangent to the sphere                       :eq:`sphere-step`
    L(W_new) <= L(W) - 10^-4 eta |g|^2                                                                      :eq:`armijo`
    dW/dt = -g(W)                                                                                             :eq:`flow`

What a method needs to go on from a checkpoint is in a :class:`State`, so that a run that was stopped takes the same
steps as one that was not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, cast

import numpy as np

from ...arguments import MANY, count, flag, number, positive, shown
from ...errors import AccuracyError, InvalidParameterError
from ...expected import choice, instance
from ..arrays import Array
from ..sphere import on_sphere, tangent
from .objective import Objective

__all__ = ["DescentMethod", "GradientDescent", "GradientFlow", "State", "given_method"]

_ARMIJO, _SHRINK, _GROW = 1e-4, 0.5, 1.5  # share of the expected fall; factors of the step size
_ROUNDING = 4 * np.finfo(float).eps  # relative change of a loss that may be none
_LEAST_ERROR = 1e-13  # error of a step that double precision allows


@dataclass(frozen=True, eq=False)
class State:
    """Where a trajectory is.

    Attributes
    ----------
    weights : array, shape (p, N)
    step : float
        The step size with which to go on; nan before the first step.
    steps : int
        Taken so far.
    time : float
        Sum of step sizes, in which `dW/dt = -grad L`.
    loss, gradient_norm : float
        There; the gradient is that along the sphere where the run is on it.
    stopped : str
        Why no further steps were taken, or empty.
    """

    weights: Array
    step: float
    steps: int
    time: float
    loss: float
    gradient_norm: float
    stopped: str = ""


class DescentMethod(Protocol):
    """Follows the gradient."""

    @property
    def end(self) -> float:
        """Where the run ends: a number of steps, or a time."""

    def advance(self, objective: Objective, state: State, to: float, sphere: bool, tolerance: float) -> State:
        """From one checkpoint to the next, or until the norm of the gradient is below the tolerance."""


def _check_advance(objective: Any, state: Any, to: Any, sphere: Any, tolerance: Any) -> float:
    """Where to stop; refuses arguments of the wrong kind, since methods are public. Once a checkpoint costs nothing."""
    instance("objective", objective, Objective, "an Objective of a sample")
    instance("state", state, State, "a State of a run")
    flag("sphere", sphere)
    end = number("to", to, "a finite number, where to stop")
    if not isinstance(tolerance, float) or math.isinf(tolerance):  # nan is that of a gradient that is nan
        number("tolerance", tolerance, "a number")
    return end


def loss_and_gradient(objective: Objective, weights: Array, sphere: bool) -> tuple[float, Array]:
    """Loss, and the gradient in the directions that are free."""
    value, gradient = objective(weights)
    return value, tangent(gradient, weights) if sphere else gradient


@dataclass(frozen=True)
class GradientDescent:
    """Full-batch gradient descent, :eq:`sphere-step`. The loss never rises, unless a fixed step is given.

    Parameters
    ----------
    steps : int
        At most.
    step : float, optional
        A fixed step size. Without one every step is halved until the loss falls by 1e-4 of the step size times the
        squared norm of the gradient, :eq:`armijo`, and the next one is tried half as large again.

    Examples
    --------
    >>> from bendscape.simulation import GradientDescent
    >>> GradientDescent(steps=500)
    GradientDescent(steps=500, step=None)
    """

    steps: int = 1000
    step: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", count("steps", self.steps))
        if self.step is not None:
            object.__setattr__(self, "step", positive("step", self.step))

    @property
    def end(self) -> float:
        """A number of steps."""
        return self.steps

    def advance(self, objective: Objective, state: State, to: float, sphere: bool, tolerance: float) -> State:
        """See :class:`DescentMethod`."""
        end = _check_advance(objective, state, to, sphere, tolerance)
        weights, loss, time, taken, stopped = state.weights, state.loss, state.time, state.steps, ""
        _, gradient = loss_and_gradient(objective, weights, sphere)
        norm = float(np.linalg.norm(gradient))
        if not math.isfinite(loss + norm):
            raise AccuracyError("the loss or its gradient is not finite at the start: give weights where they are")
        step = self._first(weights, norm) if math.isnan(state.step) else state.step
        while taken < end and not stopped:
            if norm <= tolerance:
                stopped = "converged"
                break
            moved = self._step(objective, weights, loss, gradient, norm, step, sphere)
            if moved is None:
                stopped = "no step lowers the loss by more than rounding"
                break
            weights, loss, gradient, used = moved
            norm, time, taken = float(np.linalg.norm(gradient)), time + used, taken + 1
            step = used if self.step else used * _GROW
            if not math.isfinite(loss):
                raise AccuracyError(f"step = {self.step}: the loss is no longer finite after {taken} steps; give less")
        return State(weights, step, taken, time, loss, norm, stopped)

    def _first(self, weights: Array, norm: float) -> float:
        """The step that was given, or one that moves the weights by a tenth of their norm."""
        return self.step or 0.1 * float(np.linalg.norm(weights)) / max(norm, 1e-300)

    def _step(
        self, objective: Objective, weights: Array, loss: float, gradient: Array, norm: float, step: float, sphere: bool
    ) -> tuple[Array, float, Array, float] | None:
        """Weights, loss and gradient after one step, and its size; None if no step helps."""
        while True:
            # W - eta g, on the sphere with rows of norm N^(1/2)                                       :eq:`sphere-step`
            trial = weights - step * gradient
            trial = on_sphere(trial) if sphere else trial
            value, new_gradient = loss_and_gradient(objective, trial, sphere)
            if self.step or value <= loss - _ARMIJO * step * norm**2:  # :eq:`armijo`
                return trial, value, new_gradient, step
            if not step * norm**2 > _ROUNDING * abs(loss):  # nor if a number is not finite
                return None
            step *= _SHRINK


@dataclass(frozen=True)
class GradientFlow:
    r"""Gradient flow `dW/dt = -grad L`, :eq:`flow`, by one of SciPy's solvers of ordinary differential equations.

    Parameters
    ----------
    time : float
        Where it ends.
    solver : {"RK45", "DOP853", "LSODA"}
        See :func:`scipy.integrate.solve_ivp`.
    rtol, atol : float
        Errors of a step, relative and absolute (weights are of order one).

    Examples
    --------
    >>> from bendscape.simulation import GradientFlow
    >>> GradientFlow(time=50.0).solver
    'RK45'
    """

    time: float = 100.0
    solver: Literal["RK45", "DOP853", "LSODA"] = "RK45"
    rtol: float = 1e-4
    atol: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("time", "rtol", "atol"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        if self.time > MANY:
            raise InvalidParameterError(f"time = {self.time:g}: give one up to {MANY:g}; a longer flow does not end")
        for name in ("rtol", "atol"):
            if not _LEAST_ERROR <= getattr(self, name) <= 1:
                raise InvalidParameterError(f"{name} = {getattr(self, name):g}: give one from {_LEAST_ERROR:g} to 1")
        choice("solver", self.solver, ("RK45", "DOP853", "LSODA"))

    @property
    def end(self) -> float:
        """A time."""
        return self.time

    def advance(self, objective: Objective, state: State, to: float, sphere: bool, tolerance: float) -> State:
        """See :class:`DescentMethod`. Each segment starts the solver anew, with the last step of the one before."""
        from scipy import integrate

        end = _check_advance(objective, state, to, sphere, tolerance)
        shape = state.weights.shape

        def place(flat: Any) -> Array:
            # on the sphere the solver drifts off in the norm, by its errors
            return on_sphere(flat.reshape(shape)) if sphere else np.asarray(flat.reshape(shape))

        def velocity(_: float, flat: Any) -> Any:  # :eq:`flow`
            return -loss_and_gradient(objective, place(flat), sphere)[1].ravel()

        if state.gradient_norm <= tolerance:
            return replace(state, stopped="converged")
        if end <= state.time:
            return state
        first = None if math.isnan(state.step) else min(state.step, end - state.time)
        run = getattr(integrate, self.solver)(
            velocity, state.time, state.weights.ravel(), end, first_step=first, rtol=self.rtol, atol=self.atol
        )
        steps, longest, stopped = state.steps, 0.0, ""
        while run.status == "running" and not stopped:
            message = run.step()
            if run.status == "failed":
                raise AccuracyError(f"the flow stopped at time {run.t:.6g} ({message}): give a larger rtol or atol")
            steps, longest = steps + 1, max(longest, float(run.t - run.t_old))
            weights = place(np.array(run.y))
            value, gradient = loss_and_gradient(objective, weights, sphere)
            stopped = "converged" if np.linalg.norm(gradient) <= tolerance else ""
        return State(weights, longest, steps, float(run.t), value, float(np.linalg.norm(gradient)), stopped)


def given_method(method: Any) -> DescentMethod:
    """A way to follow the gradient; that of a thousand steps where none is given."""
    if method is None:
        return GradientDescent()
    if isinstance(method, type) or not hasattr(method, "advance"):
        raise InvalidParameterError(f"method = {shown(method)}: give GradientDescent(...) or GradientFlow(...)")
    return cast("DescentMethod", method)
