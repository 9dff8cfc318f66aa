r"""Descent on the misfit of the labels: the fallback where message passing does not converge.

    amplitude:  1/2 sum (|z| - sqrt(y))^2,    gradient A^H (z - sqrt(y) z/|z|)                      :eq:`amplitude-loss`
    intensity:  1/4 sum (|z|^2 - y)^2,        gradient A^H (|z|^2 - y) z                            :eq:`intensity-loss`

(Wirtinger's gradients for complex signals.) The steps are those of L-BFGS with a line search: the misfit never grows,
so that no step size can diverge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...arguments import count, positive, refuse
from ..arrays import Array
from .problem import Problem

__all__ = ["DescentState", "OperatorDescent"]

_MEMORY = 10  # pairs of vectors of L-BFGS


@dataclass(frozen=True, eq=False)
class DescentState:
    """Where descent ended: the signal in units of its prior, and how.

    Attributes
    ----------
    x : array, shape (n,)
    loss : float
    steps, products : int
        Steps, and evaluations of loss and gradient, each a product with `A` and one with `A^H`.
    converged : bool
    """

    x: Array
    loss: float
    steps: int
    products: int
    converged: bool


@dataclass(frozen=True)
class OperatorDescent:
    """Descent on the misfit of amplitudes or intensities, :eq:`amplitude-loss`.

    Parameters
    ----------
    loss : str
        ``"amplitude"`` or ``"intensity"``.
    steps : int
        Most steps.
    tolerance : float
        Decrease of the misfit in a step, relative to its size, at which to stop.
    """

    loss: Literal["amplitude", "intensity"] = "amplitude"
    steps: int = 1000
    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        if not isinstance(self.loss, str) or self.loss not in ("amplitude", "intensity"):
            raise refuse("loss", self.loss, "'amplitude' or 'intensity'")
        object.__setattr__(self, "steps", count("steps", self.steps))
        object.__setattr__(self, "tolerance", positive("tolerance", self.tolerance))

    def run(self, problem: Problem, x: Array) -> DescentState:
        """Descend from a signal in units of its prior."""
        from scipy.optimize import minimize

        rows = problem.measured.rows
        targets = problem.measured.intensities(problem.mean_square())
        unit = float(np.sum(targets)) if self.loss == "amplitude" else float(np.sum(targets**2))
        misfit = _amplitude if self.loss == "amplitude" else _intensity

        def cost(flat: Array) -> tuple[float, Array]:
            z = problem.forward(_signal(flat, problem))
            slope = np.zeros_like(z)
            value, slope[rows] = misfit(z[rows], targets)
            return value / unit, _flat(problem.adjoint(slope)) / unit

        start: Array = np.asarray(x, dtype=problem.signal_type)
        options = {"maxiter": self.steps, "maxfun": 2 * self.steps, "maxcor": _MEMORY, "ftol": 0.0, "gtol": 0.0}
        stop = _Stop(self.tolerance)
        end = minimize(cost, _flat(start), jac=True, method="L-BFGS-B", options=options, callback=stop)
        return DescentState(_signal(end.x, problem), float(end.fun), int(end.nit), int(end.nfev), stop.reached)


class _Stop:
    """Ends descent where the misfit falls by less than this share of it for ten steps, or is zero up to rounding."""

    def __init__(self, tolerance: float) -> None:
        self._tolerance, self._last, self._slow, self.reached = tolerance, np.inf, 0, False

    def __call__(self, intermediate_result: object) -> None:
        value = float(intermediate_result.fun)  # type: ignore[attr-defined]
        self._slow = self._slow + 1 if self._last - value <= 1e-4 * value else 0
        self._last = value
        if value < self._tolerance or self._slow >= 10:
            self.reached = True
            raise StopIteration


def _amplitude(z: Array, y: Array) -> tuple[float, Array]:
    length = np.abs(z)
    off = length - np.sqrt(y)
    return float(off @ off) / 2, z * np.divide(off, length, out=np.zeros_like(off), where=length > 0)


def _intensity(z: Array, y: Array) -> tuple[float, Array]:
    off = np.abs(z) ** 2 - y
    return float(off @ off) / 4, off * z


def _flat(x: Array) -> Array:
    return np.ascontiguousarray(x).view(float).reshape(-1)


def _signal(flat: Array, problem: Problem) -> Array:
    return np.asarray(np.ascontiguousarray(flat).view(problem.signal_type))
