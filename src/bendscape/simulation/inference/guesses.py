r"""First guesses of message passing: a spectral one, a random one, and a given one.

A guess holds what the first step needs: posterior means, the covariance of each component, and the pulls of a step
before, which are the memory that the means have of the inputs. The leading eigenvector `x` of `X^T diag(T) X`, of
squared length `N`, is a fixed point of a linear message passing, with

    g = (T/s) X x,    omega = (1 - |x_mu|^2 T/s) X x
    s (1 + (1/N) sum_mu |x_mu|^2 T/(s - |x_mu|^2 T)) = lambda                                      :eq:`spectral-memory`

where `lambda` is the eigenvalue (Mondelli and Venkataramanan, J. Stat. Mech. 2022, 114003). Without the memory
`omega = X x` would count every label twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import number, refuse
from ...models.channels import posterior
from ...user_arrays import real_array
from ..arrays import Array
from ..eigen import BlockLanczos, Dense
from ..eigen.outermost import check_solver, highest
from ..eigen.result import Solver
from .problem import Problem

__all__ = ["GivenGuess", "Guess", "Messages", "RandomGuess", "SpectralGuess", "first_messages"]

_FLOOR = 1e-3  # of the variance of z, given the label, in the spectral weight: smaller ones make it infinite
_DENSE, _ROUGH = 500, 1e-3  # inputs up to which all eigenvectors are computed; residual of one above that
_LOGIT = 7.0  # overlaps are searched between 1/(1 + e^7) and its complement


@dataclass(frozen=True, eq=False)
class Messages:
    """The state from which message passing goes on.

    Attributes
    ----------
    weights : array, shape (N, p_star)
        Posterior means.
    covariance : array, shape (p_star, p_star)
        Of each component.
    pull : array, shape (M, p_star)
        `g` of the step before.
    """

    weights: Array
    covariance: Array
    pull: Array


@dataclass(frozen=True)
class SpectralGuess:
    """The leading eigenvectors with the channel's optimal weight `T = 1/|x|^2 - 1/Var[z | y]`, and their memory.

    How long the guess is follows from the labels: it is the overlap at which they are most probable.

    Parameters
    ----------
    solver : Dense, BlockLanczos or Eigsh, optional
        By default `Dense()` up to 500 inputs, and above `BlockLanczos(tolerance=1e-3)`, which is accurate enough for a
        guess.
    """

    solver: Solver | None = None

    def __post_init__(self) -> None:
        check_solver(self.solver)


@dataclass(frozen=True)
class RandomGuess:
    """A random Gaussian guess of this squared length, in units of the prior.

    Parameters
    ----------
    overlap2 : float
        Above zero and below one.
    """

    overlap2: float = 0.01

    def __post_init__(self) -> None:
        object.__setattr__(self, "overlap2", _share(self.overlap2))


@dataclass(frozen=True, eq=False)
class GivenGuess:
    """Posterior means that are given and do not depend on the inputs of the sample, with the overlap that they have.

    Parameters
    ----------
    weights : array, shape (p_star, N)
        Rows, as those of a student.
    overlap2 : float
        Squared overlap with the teacher: what is left, `1 - overlap2` of the prior, is their covariance.
    """

    weights: Array
    overlap2: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", real_array("weights", self.weights, ("p_star", "N")))
        object.__setattr__(self, "overlap2", _share(self.overlap2))


def _share(value: Any) -> float:
    wanted = "a number above zero and below one"
    share = number("overlap2", value, wanted)
    if not 0 < share < 1:
        raise refuse("overlap2", value, wanted)
    return share


Guess = SpectralGuess | RandomGuess | GivenGuess


def first_messages(guess: Guess, problem: Problem, rng: np.random.Generator) -> Messages:
    """Return the messages with which a guess begins."""
    if isinstance(guess, SpectralGuess):
        return _spectral(guess, problem)
    if isinstance(guess, RandomGuess):
        return _random(guess, problem, rng)
    shape = (problem.p_star, problem.rows.shape[1])
    return _independent(problem, real_array("guess.weights", guess.weights, shape).T, guess.overlap2)


def _spectral(guess: SpectralGuess, problem: Problem) -> Messages:
    p, lengths = problem.p_star, problem.rows.squared_lengths
    scale = float(np.trace(problem.prior)) / p
    before = lengths * scale
    there = posterior(problem.channel, problem.labels, np.zeros((len(lengths), p)), before)
    # z has variance |x|^2 scale before the label, and Var[z | y] after it
    weight = 1 / before - 1 / np.maximum(there.variance, _FLOOR * before)
    N = problem.rows.shape[1]
    solver = guess.solver or (Dense() if N <= _DENSE else BlockLanczos(tolerance=_ROUGH))
    pairs = highest(problem.rows.weighted(weight * scale), p, solver=solver)
    unit = pairs.vectors * math.sqrt(N)
    image = problem.rows.forward(unit)
    memory = np.empty_like(image)
    for k, value in enumerate(pairs.values.tolist()):
        memory[:, k] = image[:, k] * weight * scale / _anchor(value, lengths * weight * scale, len(unit))
    projections = image - lengths[:, None] * memory
    overlap2 = _likeliest(problem, projections * math.sqrt(scale), before)
    size = math.sqrt(overlap2 * scale)
    # V g is the memory of the means: g = |x|^2 memory/V
    pull = memory * (size / (scale * (1 - overlap2)))
    return Messages(size * unit, (1 - overlap2) * problem.prior, pull)


def _random(guess: RandomGuess, problem: Problem, rng: np.random.Generator) -> Messages:
    factor = np.linalg.cholesky(problem.prior)
    weights = math.sqrt(guess.overlap2) * rng.standard_normal((problem.rows.shape[1], problem.p_star)) @ factor.T
    return _independent(problem, weights, guess.overlap2)


def _independent(problem: Problem, weights: Array, overlap2: float) -> Messages:
    none = np.zeros((problem.rows.shape[0], problem.p_star))
    return Messages(np.array(weights), (1 - overlap2) * problem.prior, none)


def _anchor(value: float, weight: Array, n: int) -> float:
    """Return the largest solution `s` of :eq:`spectral-memory`; where there is none, the place of the minimum."""
    from scipy.optimize import brentq, minimize_scalar

    top = max(float(weight.max()), 1e-12)

    def above(log_distance: float) -> float:
        s = top + math.exp(log_distance)
        return s * (1 + float(np.sum(weight / (s - weight))) / n) - value

    span = (math.log(top) - 12, math.log(top + abs(value)) + 6)
    lowest = float(minimize_scalar(above, bounds=span, method="bounded").x)
    if above(lowest) >= 0 or above(span[1]) <= 0:  # labels of few values, or few of them
        return top + math.exp(lowest)
    at = float(brentq(above, lowest, span[1]))
    return top + math.exp(at)


def _likeliest(problem: Problem, projections: Array, before: Array) -> float:
    """Return the overlap `q` at which labels are most probable, given guesses `sqrt(q)` times these projections."""
    from scipy.optimize import minimize_scalar

    def surprise(logit: float) -> float:
        q = 1 / (1 + math.exp(-logit))
        there = posterior(problem.channel, problem.labels, math.sqrt(q) * projections, (1 - q) * before)
        return -float(np.sum(there.log_evidence))

    best = minimize_scalar(surprise, bounds=(-_LOGIT, _LOGIT), method="bounded", options={"xatol": 1e-2})
    return 1 / (1 + math.exp(-float(best.x)))
