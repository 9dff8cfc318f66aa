r"""Noise and scale learned from the data, and the number of vectors chosen by the evidence.

At a fixed point the free energy `F` (per input) is stationary in all messages, so its slope along a parameter of the
channel, or along the size `t` of the prior `t T`, is that at fixed messages:

    dF/dtheta = -(1/N) sum_mu d log p(y | omega, V)/dtheta
    dF/dlog t = (p_star - tr T^-1 (W^T W/N + C)/t)/2                                                :eq:`learning-slope`

Both are zero at the best parameters. The change of the slopes with the parameters, messages following, is the
curvature; `1/N` times its inverse is the covariance of the parameters. Learning begins with much noise, which falls as
the weights become better: labels that seem exact too early hold a wrong guess fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...arguments import flag, number, refuse, seed_sequence
from ...errors import InvalidParameterError
from ...models.channels import posterior
from ...results import Estimate
from ...user_arrays import shown
from ..arrays import Array
from ..sample import Sample, given_sample
from ._message_passing import Method, algorithm_of, checked_guess, checked_method, posterior_of, suited
from .guesses import Guess, SpectralGuess, first_messages
from .problem import Problem, problem_of
from .result import WeightPosterior
from .steps import Algorithm, Run, run

__all__ = ["Learned", "VectorEvidence", "choose_vectors", "learn"]

_STEPS = 10  # of message passing between two changes of the parameters
_ROUNDS = 60  # of such steps
_FALL = math.log(4.0)  # largest change of the logarithm of a parameter at a time
_SETTLED = 1e-3  # change of the logarithm of a parameter, below which it is learned
_SMALLEST = 1e-6  # of a parameter, over its first value: labels have no noise that can be seen
_STEP = 0.02  # of the logarithm of a parameter, for the curvature


@dataclass(frozen=True, eq=False)
class Learned:
    """Parameters that were learned, and the posterior with them: the result of :func:`learn`.

    Attributes
    ----------
    posterior : WeightPosterior
        With the learned channel and prior.
    values : dict of Estimate
        The learned parameters of the channel by name, and `"scale"`, the factor of the prior, each with its standard
        error from the curvature of the free energy. The scale is the variance of a law, from `N p_star` components: its
        error has their `(2/(N p_star))^(1/2)`, which the length of the one teacher at hand has not. The error is nan
        where the curvature is not positive, or a parameter has fallen to the smallest value that is tried.
    settled : bool
        Whether parameters and weights no longer change.
    """

    posterior: WeightPosterior
    values: dict[str, Estimate]
    settled: bool


@dataclass(frozen=True, eq=False)
class VectorEvidence:
    """Evidence for each number of vectors: the result of :func:`choose_vectors`.

    Attributes
    ----------
    learned : tuple of Learned
        One for each channel, in the order in which they were given.
    """

    learned: tuple[Learned, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the number of vectors of each channel."""
        return tuple(len(each.posterior.weights) for each in self.learned)

    @property
    def log_evidence(self) -> Array:
        """Return the logarithm of the evidence of each, of all labels together."""
        return np.array([-each.posterior.free_energy * each.posterior.weights.shape[1] for each in self.learned])

    @property
    def best(self) -> Learned:
        """Return the result with the largest evidence."""
        return self.learned[int(np.argmax(self.log_evidence))]

    @property
    def count(self) -> int:
        """Return its number of vectors."""
        return len(self.best.posterior.weights)

    @property
    def margin(self) -> float:
        """Return the logarithm of its evidence over that of the second best; infinite for one channel alone."""
        ordered = np.sort(self.log_evidence)
        return float(ordered[-1] - ordered[-2]) if len(ordered) > 1 else math.inf


def learn(
    sample: Sample,
    channel: Any,
    *,
    parameters: Sequence[str] = ("variance",),
    scale: bool = True,
    method: Method | None = None,
    guess: Guess | None = None,
    prior: Any = 1.0,
    seed: Any = 0,
) -> Learned:
    """The posterior of the teacher's weights, with parameters of the channel and the size of the prior from the data.

    Parameters
    ----------
    sample : Sample
    channel : Channel
        With first values of its parameters. Noise that is too large is a good first value, such as
        ``GaussianNoise(p_star, 0.3)``: it falls during learning.
    parameters : sequence of str
        Positive parameters of the channel that are learned: ``"variance"`` of `GaussianNoise`, ``"mean"`` of `Poisson`.
        The mean of counts and the scale of the prior are one parameter: learn one of both.
    scale : bool
        Learn the factor of the prior, too.
    method, guess, prior, seed
        As for :func:`message_passing`.

    Returns
    -------
    Learned

    Raises
    ------
    InvalidParameterError
        If the channel has no such parameter, or an argument is not of its kind.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.Network(p=1, p_star=1, activation="quadratic", noise=bs.Noise(additive=0.3))
    >>> sample = bs.simulation.draw(net, alpha=4.0, N=200, seed=1)
    >>> answer = bs.simulation.learn(sample, bs.models.GaussianNoise(p_star=1, variance=0.5))
    >>> noise = answer.values["variance"]
    >>> answer.settled, abs(noise - 0.3**2) < 3 * noise.error
    (True, True)
    """
    given = given_sample(sample)
    names = _names(channel, parameters)
    problem = problem_of(given, channel, prior)
    chosen = suited(problem) if method is None else checked_method(method)
    stream = np.random.default_rng(seed_sequence(seed))
    begin = SpectralGuess() if guess is None else checked_guess(guess)
    learning = _Learning(problem, names, flag("scale", scale), algorithm_of(chosen), chosen)
    return learning.run(first_messages(begin, problem, stream))


def choose_vectors(sample: Sample, channels: Sequence[Any], **options: Any) -> VectorEvidence:
    """The evidence for each of several channels, such as those of one, two and three vectors, each learned.

    Parameters
    ----------
    sample : Sample
    channels : sequence of Channel
    options
        As for :func:`learn`.

    Returns
    -------
    VectorEvidence

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=2, a=1.0), alpha=4.0, N=40, seed=1)
    >>> evidence = bs.simulation.choose_vectors(sample, [bs.models.GaussianNoise(p, 0.3) for p in (1, 2)])
    >>> evidence.count
    2
    """
    if not isinstance(channels, Sequence) or isinstance(channels, str) or len(channels) == 0:
        raise refuse("channels", channels, "a list of channels, such as [GaussianNoise(p, 0.3) for p in (1, 2)]")
    return VectorEvidence(tuple(learn(sample, each, **options) for each in channels))


def _names(channel: Any, parameters: Any) -> tuple[str, ...]:
    if isinstance(parameters, str) or not isinstance(parameters, Sequence):
        raise refuse("parameters", parameters, "a list of names, such as ['variance']")
    for name in parameters:
        value = getattr(channel, name, None) if isinstance(name, str) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or name == "p_star":
            raise InvalidParameterError(
                f"parameters = {shown(parameters)}: {shown(channel)} has no number {shown(name)}; give names of its "
                "positive numbers, or an empty list"
            )
        number(name, value, "a positive first value", least=math.ulp(0.0))
    return tuple(parameters)


@dataclass(frozen=True, eq=False)
class _Learning:
    """One run of learning: the first problem, and what is learned of it."""

    problem: Problem
    names: tuple[str, ...]
    scale: bool
    algorithm: Algorithm
    method: Method

    @property
    def labels(self) -> tuple[str, ...]:
        """Return names of all parameters."""
        return (*self.names, "scale") if self.scale else self.names

    def at(self, logs: Array) -> Problem:
        """Return the problem with these logarithms of the parameters over their first values."""
        factors = dict(zip(self.labels, np.exp(logs).tolist(), strict=True))
        channel = replace(
            self.problem.channel, **{name: getattr(self.problem.channel, name) * factors[name] for name in self.names}
        )
        return self.problem.with_labels(channel, self.problem.prior * factors.get("scale", 1.0))

    def run(self, messages: Any) -> Learned:
        """Return the learned posterior."""
        logs, state = np.zeros(len(self.labels)), self.algorithm.begin(self.problem, messages)
        short, settled, width = replace(self.method, steps=_STEPS), False, _FALL
        for _ in range(_ROUNDS):
            ran = run(self.at(logs), self.algorithm, short, state)
            if ran.status == "diverged":
                break
            state, best = ran.state, self._best(logs, ran.state, width)
            moved = np.clip(best - logs, -_FALL, _FALL)
            settled = ran.status == "converged" and bool(np.all(np.abs(moved) < _SETTLED))
            logs = logs + moved
            if settled or np.any(logs < math.log(_SMALLEST)):
                break
            width = min(max(float(np.abs(moved).max()), _STEP), _FALL)
        last = run(self.at(logs), self.algorithm, self.method, state)
        errors = self._errors(logs, last)
        values = {
            name: Estimate(self._first(name) * math.exp(x), error)
            for name, x, error in zip(self.labels, logs.tolist(), errors, strict=True)
        }
        answer = posterior_of(last, self.at(logs), self.method)
        return Learned(answer, values, settled and last.status == "converged")

    def _first(self, name: str) -> float:
        return float(getattr(self.problem.channel, name)) if name in self.names else 1.0

    def _best(self, logs: Array, state: Any, width: float) -> Array:
        """Return parameters that are better at these messages, by values at this distance; one after the other."""
        best = logs.copy()
        omega, spread = self.algorithm.asked(self.at(logs), state)
        for i, name in enumerate(self.labels):
            if name == "scale":
                best[i] = logs[i] + math.log(_second_moment(self.at(logs), state) / self.problem.p_star)
                continue

            sides = [self._surprise(best, i, step, omega, spread) for step in (-width, 0.0, width)]
            best[i] += _lowest_of_parabola(sides, width)
        return best

    def _surprise(self, logs: Array, i: int, step: float, omega: Array, spread: Array) -> float:
        """Return minus the logarithm of the evidence of all labels, with one parameter moved."""
        trial = logs.copy()
        trial[i] += step
        there = posterior(self.at(trial).channel, self.problem.labels, omega, spread)
        return -float(np.sum(there.log_evidence))

    def _slopes(self, logs: Array, state: Any) -> Array:
        """Return the slope of the free energy along each logarithm, :eq:`learning-slope`."""
        problem, slopes = self.at(logs), np.empty(len(logs))
        omega, spread = self.algorithm.asked(problem, state)
        for i, name in enumerate(self.labels):
            if name == "scale":
                slopes[i] = (self.problem.p_star - _second_moment(problem, state)) / 2
                continue
            sides = [self._surprise(logs, i, step, omega, spread) for step in (-_STEP, _STEP)]
            slopes[i] = (sides[1] - sides[0]) / (2 * _STEP * problem.rows.shape[1])
        return slopes

    def _errors(self, logs: Array, last: Run) -> list[float]:
        """Return standard errors of the parameters: from the change of the slopes, messages following."""
        none = [math.nan] * len(logs)
        if last.status != "converged" or len(logs) == 0 or np.any(logs < math.log(_SMALLEST)):
            return none
        curvature = np.empty((len(logs), len(logs)))
        for i in range(len(logs)):
            sides = []
            for step in (-_STEP, _STEP):
                trial = logs.copy()
                trial[i] += step
                ran = run(self.at(trial), self.algorithm, self.method, last.state)
                if ran.status != "converged":
                    return none
                sides.append(self._slopes(trial, ran.state))
            curvature[i] = (sides[1] - sides[0]) / (2 * _STEP)
        curvature = (curvature + curvature.T) / 2
        if np.any(np.linalg.eigvalsh(curvature) <= 0):
            return none
        relative = np.sqrt(np.diag(np.linalg.inv(curvature)) / self.problem.rows.shape[1])
        values = np.array([self._first(name) for name in self.labels]) * np.exp(logs)
        return [float(x) for x in relative * values]


def _lowest_of_parabola(values: Sequence[float], width: float) -> float:
    """Return where a parabola through values at `-width`, 0, `width` is lowest; the lower end if it has no minimum."""
    low, middle, high = values
    bend = low + high - 2 * middle
    if not bend > 0:
        return width if high < low else -width
    return min(max(width * (low - high) / (2 * bend), -2 * width), 2 * width)


def _second_moment(problem: Problem, state: Any) -> float:
    """Return `tr T^-1 (W^T W/N + C)`: `p_star` where the prior has the size of the weights."""
    second = state.weights.T @ state.weights / len(state.weights) + state.covariance
    return float(np.trace(np.linalg.solve(problem.prior, second)))
