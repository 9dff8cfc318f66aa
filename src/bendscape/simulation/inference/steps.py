"""The loop of message passing: steps of which a share is taken, the share adapted, and the record of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from ..arrays import Array
from .guesses import Messages
from .methods import Schedule
from .problem import Problem

__all__ = ["Algorithm", "Proposal", "Run", "Status", "run"]

Status = Literal["converged", "not converged", "diverged"]

_TURNED = 0.2  # cosine between two steps: below its negative they oscillate, above it they go on
_LESS, _MORE, _LEAST = 0.8, 1.05, 0.05  # factors of the share of a step, and its least value
_PATIENCE = 200  # steps without a shorter one than before, after which weights will not converge
_FAR = 100.0  # mean square of weights, in units of the prior, from which on they have diverged
_RETRIES = 6  # with half of the share of a step, from the last finite state
_ROUNDINGS = 30  # rounding errors of the inputs' precision that a step is left with
_EXACT = 1e-10  # variance of a component over that of the prior, below which nothing is left to find


class State(Protocol):
    """The state from which a method goes on."""

    @property
    def weights(self) -> Array:
        """Posterior means, shape (N, p_star)."""

    @property
    def covariance(self) -> Array:
        """Covariance of a component, shape (p_star, p_star)."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """The state after a whole step, and the free energy per input of the state before it."""

    state: Any
    free_energy: float


class Algorithm(Protocol):
    """Message passing, one step at a time."""

    def begin(self, problem: Problem, messages: Messages) -> Any:
        """Return the first state."""

    def propose(self, problem: Problem, state: Any) -> Proposal:
        """Return a whole step."""

    def mix(self, old: Any, new: Any, share: float) -> Any:
        """Return the state after a share of a step."""

    def asked(self, problem: Problem, state: Any) -> tuple[Array, Array]:
        """Return mean and covariance of the guess of `z` that labels are asked about."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run of message passing: its last state, how it ended, and its record, one row a step.

    Columns of the record: residual, variance, damping, free energy, weights' overlap where a teacher is given.
    """

    state: Any
    free_energy: float
    status: Status
    record: Array


def run(
    problem: Problem,
    algorithm: Algorithm,
    schedule: Schedule,
    state: Any,
    overlap2: Callable[[Array], float] = lambda weights: math.nan,  # noqa: ARG005  no teacher
) -> Run:
    """Take steps until the weights no longer change; `overlap2` is a function of the weights."""
    share, last, record, failures, shortest = schedule.damping, None, _Record(problem, overlap2), 0, (math.inf, 0)
    tolerance, exact = schedule.tolerance, max(_EXACT, (_ROUNDINGS * problem.rows.rounding) ** 2)
    good, free_energy = state, math.nan
    for _ in range(schedule.steps):
        proposal = _proposed(algorithm, problem, state)
        if proposal is None:
            failures += 1
            if failures > _RETRIES:
                return Run(good, free_energy, "diverged", record.table)
            state, share, last = good, max(share / 2, _LEAST), None
            continue
        good, free_energy = state, proposal.free_energy
        step = proposal.state.weights - state.weights
        if schedule.adaptive and last is not None:
            share = _adapted(share, step, last)
        residual, left = record.add(state, step, share, free_energy)
        if residual < tolerance * math.sqrt(left) or left < exact:
            return Run(good, free_energy, "converged", record.table)
        shortest = min(shortest, (residual, record.length))
        if record.length > shortest[1] + _PATIENCE:
            break
        state, last = algorithm.mix(state, proposal.state, share), step
    return Run(good, free_energy, "not converged", record.table)


class _Record:
    """The rows of the record."""

    def __init__(self, problem: Problem, overlap2: Callable[[Array], float]) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._overlap2, self._p, self._before = overlap2, problem.p_star, float(np.trace(problem.prior))

    def add(self, state: State, step: Array, share: float, free_energy: float) -> tuple[float, float]:
        """Add a row; return the length of the step over the teacher's, and the share of the variance that is left."""
        residual = float(np.linalg.norm(step)) / math.sqrt(len(step) * self._before)
        variance = float(np.trace(state.covariance))
        self._rows.append((residual, variance / self._p, share, free_energy, self._overlap2(state.weights)))
        return residual, variance / self._before

    @property
    def length(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    @property
    def table(self) -> Array:
        """Return all rows, shape (steps, 5)."""
        return np.array(self._rows).reshape(-1, 5)


def _proposed(algorithm: Algorithm, problem: Problem, state: Any) -> Proposal | None:
    """Return a step; None where it is not finite, or weights have grown beyond any teacher."""
    try:
        with np.errstate(all="ignore"):
            proposal = algorithm.propose(problem, state)
    except np.linalg.LinAlgError:  # a covariance is singular, or not finite
        return None
    if not (math.isfinite(proposal.free_energy) and np.all(np.isfinite(proposal.state.covariance))):
        return None
    weights = proposal.state.weights  # nan fails the next test
    return proposal if np.sum(weights**2) <= _FAR * len(weights) * float(np.trace(problem.prior)) else None


def _adapted(share: float, step: Array, last: Array) -> float:
    """Return a smaller share where the step turns back, a larger one where it goes on and is shorter than the last."""
    length, before = float(np.linalg.norm(step)), float(np.linalg.norm(last))
    along = float(np.sum(step * last))
    if along < -_TURNED * length * before:
        return max(share * _LESS, _LEAST)
    return min(share * _MORE, 1.0) if along > _TURNED * length * before and length < before else share
