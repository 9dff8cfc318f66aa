r"""Vector message passing for a linear operator: labels, prior and operator exchange Gaussian messages.

Variances are those of one real component, so that complex numbers are pairs of real ones. With `z = A x`, `G = A^H A`:

    labels:    zhat, eta = E[z | y, z1, v1],    1/v2 = 1/eta - 1/v1,    z2 = v2 (zhat/eta - z1/v1)  :eq:`message-labels`
    prior:     xhat, chi = E[x | r1, w1],       1/w2 = 1/chi - 1/w1,    r2 = w2 (xhat/chi - r1/w1)   :eq:`message-prior`
    operator:  x = (1/w2 + G/v2)^-1 (r2/w2 + A^H z2/v2),    c = tr (1/w2 + G/v2)^-1/n
               e = tr G (1/w2 + G/v2)^-1/m                                                        :eq:`message-operator`
               1/w1 = 1/c - 1/w2,    r1 = w1 (x/c - r2/w2)
               1/v1 = 1/e - 1/v2,    z1 = v1 (A x/e - z2/v2)                                          :eq:`message-back`

and `z1, v1, r1, w1` are damped. For a Gaussian prior `r2 = 0` and `w2` is its variance. If `G` is a multiple of the
identity, a step takes one product with `A` and one with `A^H`.

`v1` has to be the error that `z1` has. The labels tell: averaged over them, `E[|z - z1|^2 | y]` is `v1`, if that is
right. Where it is larger, it becomes the new `v1`:

    v1 <- E[|z - z1|^2 | y] = |zhat - z1|^2 + eta                                                 :eq:`message-variance`

This is a step of expectation maximisation. With it a run cannot end at a wrong answer with a small variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ...arguments import count, number, positive, refuse
from ..arrays import Array
from .problem import Problem

__all__ = ["MessageState", "OperatorMessagePassing"]

_SURE = 1e-15  # smallest variance, relative to the mean square of z
_EXTRINSIC = 1e-6  # a posterior has at most this share of a variance less than its message
_OFF, _CLOSE, _TUNED = 1.3, 1.1, 5  # ratio of variances that is corrected, that is close enough, and corrections a step
_LESS, _MORE, _LEAST = 0.7, 1.05, 0.1  # factors of the damping, and its smallest value
_WIDE = 1e6  # variance of a message that says nothing, over that of the prior


@dataclass(frozen=True)
class OperatorMessagePassing:
    """Vector message passing for `z = A x`, :eq:`message-operator`.

    Parameters
    ----------
    steps : int
        Most steps.
    damping : float
        Share of a new message that is taken, at most one; less after a step that went back on the one before, or
        whose variance had to be corrected.
    tolerance : float
        Change of `z` in a step, relative to its size, at which to stop.
    """

    steps: int = 500
    damping: float = 0.95
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", count("steps", self.steps))
        object.__setattr__(self, "tolerance", positive("tolerance", self.tolerance))
        damping = number("damping", self.damping, "a number above zero and up to one", least=0.0)
        if not 0 < damping <= 1:
            raise refuse("damping", self.damping, "a number above zero and up to one")
        object.__setattr__(self, "damping", damping)

    def run(self, problem: Problem, direction: Array, overlap2: float) -> MessageState:
        """Follow the messages from a direction of the signal, of mean square one, and its squared overlap."""
        state = _first(problem, direction, overlap2, self.damping)
        while state.steps < self.steps and not state.converged:
            state = _step(problem, state, self.damping)
            state = replace(state, converged=state.change <= self.tolerance)
        return state


@dataclass(frozen=True, eq=False)
class MessageState:
    """Messages to labels and prior, and the estimate of the signal that they were made from.

    Attributes
    ----------
    z, z_variance : array, float
        `z1, v1`.
    r, r_variance : array, float
        `r1, w1`.
    x : array
        Estimate of the signal in units of its prior, by the operator.
    latest : tuple of array, float
        `r1, w1` before damping: with the prior they make the answer.
    damping : float
    moved : array
        Change of `z1` in the last step.
    change : float
        Its root mean square over that of `z`.
    turned : bool
        Whether it went back on the change before: then the messages oscillate, and less of a new one is taken.
    steps : int
    converged : bool
    history : tuple
        `v1`, change and damping of every step.
    """

    z: Array
    z_variance: float
    r: Array
    r_variance: float
    x: Array
    latest: tuple[Array, float]
    damping: float
    moved: Array
    change: float = math.inf
    turned: bool = False
    steps: int = 0
    converged: bool = False
    history: tuple[tuple[float, float, float], ...] = field(default=())


def _first(problem: Problem, direction: Array, overlap2: float, damping: float) -> MessageState:
    cx, cz = problem.components
    x: Array = np.asarray(overlap2**0.5 * direction, dtype=problem.signal_type)
    z = problem.forward(x)
    v = (1 - overlap2) * problem.mean_square() / cz
    nothing = np.zeros_like(x), _WIDE / cx
    return MessageState(z, v, *nothing, x, nothing, damping, np.zeros_like(z))


def _step(problem: Problem, state: MessageState, most: float) -> MessageState:
    """One step of all three."""
    z2, v2, v1, agrees = _from_labels(problem, state)
    damping = min(state.damping * _MORE, most) if agrees and not state.turned else max(state.damping * _LESS, _LEAST)
    r2, w2 = _from_prior(problem, state)
    values, weights = problem.gram.spectrum()
    (m, n), (cx, cz) = problem.operator.shape, problem.components
    values = values * problem.scale**2
    # x = (1/w2 + G/v2)^-1 (r2/w2 + A^H z2/v2)                                                :eq:`message-operator`
    right = r2 / w2 + problem.adjoint(z2) / v2
    x = problem.gram.solve(1 / w2, problem.scale**2 / v2, right, state.x)
    spread = weights / (1 / w2 + values / v2)
    c, e = float(np.sum(spread)), float(np.sum(spread * values)) * (n * cx) / (m * cz)
    # 1/v1 = 1/e - 1/v2,  z1 = v1 (A x/e - z2/v2)                                                 :eq:`message-back`
    r, w = _without(x, c, r2, w2, _WIDE / cx)
    z, v = _without(problem.forward(x), e, z2, v2, problem.mean_square() / cz)
    moved = damping * (z - state.z)
    change = float(np.linalg.norm(moved)) / math.sqrt(m * problem.mean_square())
    v = damping * v + (1 - damping) * v1
    return MessageState(
        z=state.z + moved,
        z_variance=v,
        r=damping * r + (1 - damping) * state.r,
        r_variance=damping * w + (1 - damping) * state.r_variance,
        x=x,
        latest=(r, w),
        damping=damping,
        change=change,
        moved=moved,
        turned=float(np.vdot(moved, state.moved).real) < 0,
        steps=state.steps + 1,
        history=(*state.history, (v, change, damping)),
    )


def _from_labels(problem: Problem, state: MessageState) -> tuple[Array, float, float, bool]:
    """`z2, v2`, the `v1` that was used, and whether that was the one of the message."""
    cz = problem.components[1]
    largest = problem.mean_square() / cz
    least = _SURE * largest
    v1 = max(state.z_variance, least)
    mean, eta = problem.measured.posterior(state.z, cz * v1)
    agrees = True
    for _ in range(_TUNED):
        # v1 <- |zhat - z1|^2 + eta                                                           :eq:`message-variance`
        seen = (float(np.mean(np.abs(mean - state.z) ** 2)) + eta) / cz
        if seen <= (_OFF if agrees else _CLOSE) * v1 or v1 >= largest:
            break
        agrees, v1 = False, min(seen, largest)
        mean, eta = problem.measured.posterior(state.z, cz * v1)
    eta = min(max(eta / cz, least / 10), v1 * (1 - _EXTRINSIC))
    # 1/v2 = 1/eta - 1/v1,  z2 = v2 (zhat/eta - z1/v1)                                          :eq:`message-labels`
    z2, v2 = _without(mean, eta, state.z, v1, np.inf)
    return z2, v2, v1, agrees


def _from_prior(problem: Problem, state: MessageState) -> tuple[Array, float]:
    """`r2, w2`, :eq:`message-prior`."""
    cx = problem.components[0]
    mean, variance = problem.prior.posterior(state.r, cx * state.r_variance)
    chi = min(float(np.mean(variance)) / cx, state.r_variance * (1 - _EXTRINSIC))
    return _without(mean, chi, state.r, state.r_variance, np.inf)


def _without(mean: Array, variance: float, message: Array, message_variance: float, most: float) -> tuple[Array, float]:
    """A Gaussian law divided by a message that is part of it, as mean and variance, the latter at most `most`."""
    precision = max(1 / variance - 1 / message_variance, 1 / most)
    return (mean / variance - message / message_variance) / precision, 1 / precision
