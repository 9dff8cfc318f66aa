r"""Approximate message passing, for inputs with independent components.

With posterior means `W` (N, p_star) and covariance `C` of each component of the teacher, one step is

    omega = X W - V g,    V_mu = |x_mu|^2 C,    g = V^-1 (E[z | y, omega, V] - omega)
    A = (1/N) sum_mu |x_mu|^2 (-dg/domega),    C = (T^-1 + A)^-1,    W = (X^T g + W A) C              :eq:`message-step`

`V g` is the memory that the means have of the label itself. At a fixed point the logarithm of the evidence,

    log Z = sum_mu [log p(y | omega, V) + g.V g/2] - sum_i KL(N(w_i, C) | N(0, T)),               :eq:`message-evidence`

does not change to first order with `W`, `C` and `g`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from .guesses import Messages
from .problem import Problem
from .steps import Proposal

__all__ = ["Approximate"]


@dataclass(frozen=True)
class Approximate:
    """The steps of approximate message passing, with this number of fits of the variance to the labels."""

    fits: int = 0

    def begin(self, problem: Problem, messages: Messages) -> Messages:  # noqa: ARG002  as the other one
        """Return the first state."""
        return messages

    def propose(self, problem: Problem, state: Messages) -> Proposal:
        """Return the messages of a whole step, and the free energy before it."""
        W, C, g = state.weights, state.covariance, state.pull
        omega, spread = self.asked(problem, state)
        answer = problem.ask(omega, spread)
        for _ in range(self.fits):  # a step of expectation maximisation for the size of the spread
            spread = spread * answer.ratio
            answer = problem.ask(omega, spread)
        N, lengths = len(W), problem.rows.squared_lengths
        A = answer.firmness / N
        covariance = posterior_covariance(problem.prior, A)
        weights = (problem.rows.backward(answer.pull) + W @ A) @ covariance
        memory = float(lengths @ np.sum((g @ C) * g, axis=1))
        evidence = answer.log_evidence + 0.5 * memory - N * divergence(W, C, problem.prior)
        return Proposal(Messages(weights, covariance, answer.pull), -evidence / N)

    def asked(self, problem: Problem, state: Messages) -> tuple[Array, Array]:
        """Return mean and covariance of the guess of `z`."""
        memory = problem.rows.squared_lengths[:, None] * (state.pull @ state.covariance)
        return problem.rows.forward(state.weights) - memory, problem.spread(state.covariance)

    def mix(self, old: Messages, new: Messages, share: float) -> Messages:
        """Return the state after this share of a step."""
        return Messages(
            old.weights + share * (new.weights - old.weights),
            old.covariance + share * (new.covariance - old.covariance),
            old.pull + share * (new.pull - old.pull),
        )


def posterior_covariance(prior: Array, precision: Array) -> Array:
    """Return `(T^-1 + A)^-1`; where a small sample makes `A` negative, labels take no precision away."""
    factor = np.linalg.cholesky(prior)
    values, vectors = np.linalg.eigh(factor.T @ precision @ factor)
    mixed = factor @ vectors
    return np.asarray((mixed / np.maximum(1 + values, 1.0)) @ mixed.T)


def divergence(weights: Array, covariance: Array, prior: Array) -> float:
    """Return the mean over components of the Kullback-Leibler divergence of the posterior from the prior."""
    inverse = np.linalg.inv(prior)
    second = covariance + weights.T @ weights / len(weights)
    _, log_ratio = np.linalg.slogdet(inverse @ covariance)
    return 0.5 * (float(np.sum(inverse * second)) - len(prior) - float(log_ratio))
