"""Message passing on a sample: ``bs.simulation.message_passing``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...arguments import refuse, seed_sequence
from ..arrays import Array, to_numpy
from ..directions import span_overlap2
from ..sample import Sample, given_sample
from .approximate import Approximate
from .guesses import GivenGuess, Guess, Messages, RandomGuess, SpectralGuess, first_messages
from .methods import MessagePassing, VectorMessagePassing
from .problem import Problem, problem_of
from .result import WeightPosterior, history_of
from .steps import Algorithm, Run, run
from .vector import Vector

__all__ = [
    "Method",
    "algorithm_of",
    "checked_guess",
    "checked_method",
    "infer",
    "message_passing",
    "posterior_of",
    "suited",
]

Method = MessagePassing | VectorMessagePassing

_CORRELATED = 0.1  # excess of the second moment of the inputs' covariance, from which on they are correlated
_PROBES = 16  # random vectors that estimate it


def message_passing(
    sample: Sample,
    channel: Any,
    *,
    method: Method | None = None,
    guess: Guess | None = None,
    prior: Any = 1.0,
    seed: Any = 0,
) -> WeightPosterior:
    """The posterior means of the teacher's weights, and their covariance, by message passing.

    Parameters
    ----------
    sample : Sample
    channel : Channel
        Law of a label, given the teacher's `p_star` pre-activations: a value of ``bendscape.models.channels``.
    method : MessagePassing or VectorMessagePassing, optional
        By default `MessagePassing()` for inputs with independent components, and `VectorMessagePassing()` where the
        second moment of their covariance is a tenth larger.
    guess : SpectralGuess, RandomGuess or GivenGuess, optional
        Where it begins; by default `SpectralGuess()`.
    prior : float or array, shape (p_star, p_star)
        Variance of a component of the teacher's vectors, or the covariance of the `p_star` components of one input.
    seed : int, SeedSequence or None
        Of a random guess.

    Returns
    -------
    WeightPosterior

    Raises
    ------
    InvalidParameterError
        If an argument is not of its kind, or labels are not finite.
    MemoryLimitError
        If the messages do not fit in the available memory.

    Examples
    --------
    >>> import bendscape as bs
    >>> from bendscape.models.channels import Noiseless
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=1, p_star=1, a=1.0), alpha=1.5, N=200, seed=1)
    >>> answer = bs.simulation.message_passing(sample, Noiseless(p_star=1))
    >>> answer.status, round(bs.simulation.span_overlap2(answer.weights, sample.teacher), 6)
    ('converged', 1.0)
    """
    given = given_sample(sample)
    stream = np.random.default_rng(seed_sequence(seed))
    problem = problem_of(given, channel, prior)
    chosen = suited(problem) if method is None else checked_method(method)
    begin = SpectralGuess() if guess is None else checked_guess(guess)
    return infer(problem, chosen, first_messages(begin, problem, stream), given.teacher)


def infer(problem: Problem, method: Method, messages: Messages, teacher: Any = None) -> WeightPosterior:
    """Return the posterior of a problem that was checked, from first messages on."""
    known = None if teacher is None else to_numpy(teacher)

    def overlap2(weights: Array) -> float:
        return math.nan if known is None else span_overlap2(weights.T, known)

    algorithm = algorithm_of(method)
    ran = run(problem, algorithm, method, algorithm.begin(problem, messages), overlap2)
    return posterior_of(ran, problem, method)


def posterior_of(ran: Run, problem: Problem, method: Method) -> WeightPosterior:
    """Return the end of a run as a posterior."""
    return WeightPosterior(
        np.ascontiguousarray(ran.state.weights.T),
        ran.state.covariance,
        problem.channel,
        problem.prior,
        ran.free_energy,
        history_of(ran, problem.channel, method),
        ran.status,
        str(method),
    )


def algorithm_of(method: Method) -> Algorithm:
    """Return the steps of a method."""
    return Approximate(method.fits) if isinstance(method, MessagePassing) else Vector()


def suited(problem: Problem) -> Method:
    """Return the method for these inputs: the vector one where their components are correlated.

    For rows of length one with independent components `E (x_mu.x_nu)^2 = 1/N`; random vectors estimate the sum over all
    pairs.
    """
    rows, lengths = problem.rows, problem.rows.squared_lengths
    (M, N), divisors = rows.shape, np.maximum(lengths, np.finfo(float).tiny)[:, None]
    stream = np.random.default_rng(np.random.SeedSequence(N, spawn_key=(2**31 + 2,)))
    probes = stream.choice([-1.0, 1.0], size=(N, _PROBES))
    total = float(np.sum(rows.backward(rows.forward(probes) / divisors) ** 2)) / _PROBES
    pairs = M * (M - 1) / N
    return VectorMessagePassing() if total - M > (1 + _CORRELATED) * pairs else MessagePassing()


def checked_method(value: Any) -> Method:
    """Return a method; raise for anything else."""
    if not isinstance(value, MessagePassing | VectorMessagePassing):
        raise refuse("method", value, "MessagePassing() or VectorMessagePassing()")
    return value


def checked_guess(value: Any) -> Guess:
    """Return a guess; raise for anything else."""
    if not isinstance(value, SpectralGuess | RandomGuess | GivenGuess):
        raise refuse("guess", value, "SpectralGuess(), RandomGuess() or GivenGuess(weights, overlap2)")
    return value
