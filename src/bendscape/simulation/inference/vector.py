r"""Vector message passing, for inputs with any covariance and means.

Rows are divided by `d_mu`, their length over the root mean square of all lengths. Labels and inputs take turns, each
with a Gaussian guess from the other: from `N(z_1, V_1)` the labels make the mean `zhat` and the mean covariance `eta`,
so that they add

    P_2 = eta^-1 - V_1^-1,    h_2 = eta^-1 zhat - V_1^-1 z_1                                         :eq:`vector-labels`

and with `G = X^T X` (of the divided rows) the inputs answer

    vec W = (1 x T^-1 + G x P_2)^-1 vec X^T h_2
    V_1 = (e^-1 - P_2)^-1,    z_1 = V_1 (e^-1 X W - h_2)                                             :eq:`vector-inputs`

with `e` the mean covariance of `z` there (Schniter, Rangan and Fletcher, arXiv:1612.01186). The eigenvalues of `G` give
the covariances, its eigenvectors or conjugate gradients the means. Where `X` has independent entries, the fixed points
are those of :eq:`message-step`. The evidence there is, with `z_2 = P_2^-1 h_2`,

    log Z = sum_mu [log p(y | z_1, V_1) + log det(1 + V_1 P_2)/2 + h_2.(x W - z_2)/2
            + (z_1 - z_2).(V_1 + P_2^-1)^-1 (z_1 - z_2)/2] - log det(1 + G x T P_2)/2              :eq:`vector-evidence`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from .guesses import Messages
from .problem import Problem
from .steps import Proposal

__all__ = ["Vector"]

_LEAST = 1e-13  # variance of guesses in units of the first one, that is added for the sake of rounding
_CLIPPED = 1e-6  # least precision that labels add, in units of that of the guess, and one over the most


@dataclass(frozen=True, eq=False)
class VectorState:
    """Weights and their covariance, and the guess of the divided `z`."""

    weights: Array
    covariance: Array
    guess: Array
    spread: Array
    gram: Any


class Vector:
    """The steps of vector message passing."""

    def begin(self, problem: Problem, messages: Messages) -> VectorState:
        """Return the first state: the guess of `z` that the messages make."""
        memory = problem.rows.squared_lengths[:, None] * (messages.pull @ messages.covariance)
        guess = (problem.rows.forward(messages.weights) - memory) / _divisors(problem)[:, None]
        spread = float(np.mean(problem.rows.squared_lengths)) * messages.covariance
        return VectorState(messages.weights, messages.covariance, guess, spread, problem.rows.gram_solver)

    def propose(self, problem: Problem, state: VectorState) -> Proposal:
        """Return the state after labels and inputs have answered, and the free energy before."""
        d, p = _divisors(problem), problem.p_star
        V1 = _spread(problem, state)
        first = np.linalg.inv(V1)
        answer = problem.ask(*self.asked(problem, state))
        # zhat = omega + V g and Cov = V - V (-dg/domega) V, divided by d and d^2
        pull, firm = d[:, None] * answer.pull, answer.firmness / np.sum(problem.rows.squared_lengths)
        eta = V1 - V1 @ firm @ V1
        least = _LEAST * np.mean(problem.rows.squared_lengths) * problem.prior
        eta = _below(eta, V1) + least
        inverse = np.linalg.inv(eta)
        P2 = inverse - first
        h2 = (state.guess + pull @ V1) @ inverse - state.guess @ first
        back = problem.rows.backward(h2 / d[:, None])
        weights, covariance, e, log_det = _inputs_answer(problem, state, P2, back)
        image = problem.rows.forward(weights) / d[:, None]
        V1_new = np.linalg.inv(np.linalg.inv(e) - P2)
        guess = (image @ np.linalg.inv(e) - h2) @ V1_new
        _, label_det = np.linalg.slogdet(np.eye(p) + V1 @ P2)
        evidence = answer.log_evidence + 0.5 * (len(h2) * float(label_det) - log_det)
        evidence += _disagreement(state.guess, V1, P2, h2, image)
        new = VectorState(weights, covariance, guess, (V1_new + V1_new.T) / 2 + least, state.gram)
        return Proposal(new, -evidence / len(weights))

    def asked(self, problem: Problem, state: VectorState) -> tuple[Array, Array]:
        """Return mean and covariance of the guess of `z`."""
        d, V1 = _divisors(problem), _spread(problem, state)
        spread = d**2 * V1[0, 0] if problem.isotropic else d[:, None, None] ** 2 * V1
        return d[:, None] * state.guess, spread

    def mix(self, old: VectorState, new: VectorState, share: float) -> VectorState:
        """Return the state after this share of a step."""
        return VectorState(
            new.weights,
            new.covariance,
            old.guess + share * (new.guess - old.guess),
            old.spread + share * (new.spread - old.spread),
            old.gram,
        )


def _spread(problem: Problem, state: VectorState) -> Array:
    p = problem.p_star
    return np.eye(p) * (np.trace(state.spread) / p) if problem.isotropic else state.spread


def _divisors(problem: Problem) -> Array:
    lengths = problem.rows.squared_lengths
    return np.asarray(np.sqrt(lengths / np.mean(lengths)))


def _below(eta: Array, V1: Array) -> Array:
    """Return a covariance a little below `V_1`: labels cannot take precision away."""
    factor = np.linalg.cholesky(V1)
    inverse = np.linalg.inv(factor)
    values, vectors = np.linalg.eigh(inverse @ eta @ inverse.T)
    mixed = factor @ vectors
    return np.asarray((mixed * np.clip(values, _CLIPPED, 1 / (1 + _CLIPPED))) @ mixed.T)


def _inputs_answer(problem: Problem, state: VectorState, P2: Array, back: Array) -> tuple[Array, Array, Array, float]:
    """Return weights, their covariance, that of `z`, and `log det (1 + T G P_2)`, :eq:`vector-inputs`."""
    factor = np.linalg.cholesky(problem.prior)
    k, rotation = np.linalg.eigh(factor.T @ P2 @ factor)
    R, k = factor @ rotation, np.maximum(k, 0.0)
    near = np.linalg.solve(R, state.weights.T).T
    weights = state.gram.solve(back @ R, k, near) @ R.T
    shrunk = 1 / (1 + state.gram.values[:, None] * k)  # of each eigenvalue of G, along each column of R
    N = len(weights)
    covariance = (R * (state.gram.shares @ shrunk)) @ R.T
    e = (R * ((state.gram.shares * state.gram.values) @ shrunk * N / problem.rows.shape[0])) @ R.T
    log_det = -N * float(state.gram.shares @ np.sum(np.log(shrunk), axis=1))
    return weights, covariance, e, log_det


def _disagreement(guess: Array, V1: Array, P2: Array, h2: Array, image: Array) -> float:
    """Return the exponent of the two guesses of `z` and of the weights, :eq:`vector-evidence`."""
    z2 = np.linalg.solve(P2, h2.T).T
    apart = guess - z2
    both = np.linalg.solve(V1 + np.linalg.inv(P2), apart.T).T
    return 0.5 * float(np.sum(h2 * (image - z2)) + np.sum(apart * both))
