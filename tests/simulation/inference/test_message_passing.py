"""Message passing on samples: against a literal transcription, its own stationarity, state evolution, other inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.models import GaussianNoise, Noiseless, Poisson, posterior
from bendscape.simulation import (
    GivenGuess,
    MessagePassing,
    RandomGuess,
    Sample,
    SpectralGuess,
    VectorMessagePassing,
    draw,
    message_passing,
    span_overlap2,
)
from bendscape.simulation.inference._message_passing import suited
from bendscape.simulation.inference.approximate import Approximate, divergence
from bendscape.simulation.inference.guesses import Messages, first_messages
from bendscape.simulation.inference.problem import problem_of

Array = np.ndarray
METHODS: dict[str, Any] = {"approximate": MessagePassing(), "vector": VectorMessagePassing()}
both = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def sample_of(channel: Any, alpha: float, N: int, seed: int, columns: Array | None = None) -> Sample:
    """A sample whose labels are of a channel, with inputs `X C^(1/2)` for a covariance of the columns."""
    drawn = draw(bs.QuadraticNetwork(channel.p_star, channel.p_star, 1.0), alpha=alpha, N=N, seed=seed)
    inputs = drawn.inputs if columns is None else drawn.inputs @ np.linalg.cholesky(columns).T
    labels = channel.draw(inputs @ drawn.teacher.T, np.random.default_rng(seed))
    return replace(drawn, inputs=inputs, labels=labels)


def autoregressive(N: int, r: float) -> Array:
    i = np.arange(N)
    return np.asarray(r ** np.abs(i[:, None] - i))


def messages_of(problem: Any, seed: int) -> Messages:
    rng = np.random.default_rng(seed)
    M, N = problem.rows.shape
    covariance = 0.4 * np.eye(problem.p_star)
    return Messages(
        0.7 * rng.standard_normal((N, problem.p_star)), covariance, rng.standard_normal((M, problem.p_star))
    )


@pytest.mark.parametrize("channel", [Noiseless(1), GaussianNoise(2, 0.2)])
def test_a_step_is_the_literal_transcription(channel: Any) -> None:
    problem = problem_of(sample_of(channel, 8.0, 12, 3), channel, 1.5)
    state, X, y = messages_of(problem, 5), problem.rows.sample.inputs, problem.labels
    M, N = X.shape
    p = channel.p_star
    A, pulls = np.zeros((p, p)), np.zeros((M, p))
    for m in range(M):
        length = sum(X[m, i] ** 2 for i in range(N))
        v = length * 0.4
        omega = sum(X[m, i] * state.weights[i] for i in range(N)) - v * state.pull[m]
        there = posterior(channel, y[m : m + 1], omega[None, :], v)
        pulls[m] = (there.mean[0] - omega) / v
        A += length / N * (np.eye(p) / v - there.covariance[0] / v**2)
    C = np.linalg.inv(np.eye(p) / 1.5 + A)
    W = np.array([C @ (sum(X[m, i] * pulls[m] for m in range(M)) + A @ state.weights[i]) for i in range(N)])
    new = Approximate().propose(problem, state).state
    np.testing.assert_allclose(new.covariance, C, rtol=1e-10)
    np.testing.assert_allclose(new.weights, W, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(new.pull, pulls, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("channel", [GaussianNoise(1, 0.1), Poisson(2, 4.0)])
def test_free_energy_is_stationary_at_the_fixed_point(channel: Any) -> None:
    sample, method = sample_of(channel, 4.0, 60, 2), Approximate()
    problem = problem_of(sample, channel, 1.0)
    state = first_messages(SpectralGuess(), problem, np.random.default_rng(0))
    for _ in range(300):
        state = method.mix(state, method.propose(problem, state).state, 0.5)
    lowest = method.propose(problem, state).free_energy
    rng = np.random.default_rng(1)
    shift = rng.standard_normal(state.weights.shape), rng.standard_normal(state.pull.shape)

    def moved(step: float) -> float:
        other = Messages(state.weights + step * shift[0], state.covariance * (1 + step), state.pull + step * shift[1])
        return method.propose(problem, other).free_energy

    slope, bend = (moved(1e-3) - moved(-1e-3)) / 2e-3, (moved(1e-3) + moved(-1e-3) - 2 * lowest) / 1e-6
    assert abs(slope) < 1e-4 * abs(bend)


def test_divergence_is_that_of_gaussians() -> None:
    weights, C, T = np.array([[0.3, -0.2]]), np.array([[0.5, 0.1], [0.1, 0.4]]), np.diag([1.0, 2.0])
    rng = np.random.default_rng(1)
    w = rng.multivariate_normal(weights[0], C, 200_000)

    def log_density(mean: Array, covariance: Array) -> Array:
        off = w - mean
        form = np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off)
        return np.asarray(-0.5 * form - 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1])

    difference = log_density(weights[0], C) - log_density(np.zeros(2), T)
    error = float(difference.std()) / np.sqrt(len(w))
    assert divergence(weights, C, T) == pytest.approx(float(difference.mean()), abs=4 * error)


def test_the_spectral_guess_is_a_fixed_point_of_its_linear_message_passing() -> None:
    channel = Noiseless(2)
    sample = sample_of(channel, 3.0, 80, 4)
    rows = np.exp(0.3 * np.random.default_rng(1).standard_normal((len(sample.labels), 1)))
    sample = replace(sample, inputs=sample.inputs * rows, labels=sample.labels * rows[:, 0] ** 2)
    problem = problem_of(sample, channel, 1.0)
    guess = first_messages(SpectralGuess(), problem, np.random.default_rng(0))
    lengths = problem.rows.squared_lengths
    memory = problem.spread(guess.covariance)[:, None] * guess.pull
    omega = problem.rows.forward(guess.weights) - memory
    for k in range(2):
        g = memory[:, k] / lengths
        gain = g / omega[:, k]  # g = T/(s - |x|^2 T) omega
        A = -np.sum(lengths * gain) / len(guess.weights)
        back = problem.rows.backward(g[:, None])[:, 0] + A * guess.weights[:, k]
        np.testing.assert_allclose(back, guess.weights[:, k], rtol=0, atol=1e-7 * np.abs(back).max())


@both
@pytest.mark.parametrize(("p_star", "alpha"), [(1, 1.4), (2, 2.5), (3, 3.6)])
def test_labels_without_noise_are_recovered_exactly(method: Any, p_star: int, alpha: float) -> None:
    for seed in range(2):
        sample = sample_of(Noiseless(p_star), alpha, 200, seed)
        answer = message_passing(sample, Noiseless(p_star), method=method)
        assert answer.converged
        assert span_overlap2(answer.weights, sample.teacher) > 1 - 1e-8
        assert answer.expected_overlap2 > 1 - 1e-8


def test_both_methods_agree_for_independent_inputs() -> None:
    channel = GaussianNoise(2, 0.2)
    sample = sample_of(channel, 4.0, 300, 1)
    one, other = (message_passing(sample, channel, method=method) for method in METHODS.values())
    assert one.free_energy == pytest.approx(other.free_energy, abs=5e-3)
    assert one.expected_overlap2 == pytest.approx(other.expected_overlap2, abs=2e-3)
    # both are determined up to one rotation
    u, _, v = np.linalg.svd(other.weights @ one.weights.T)
    assert np.linalg.norm(u.T @ other.weights - v @ one.weights) < 0.02 * np.linalg.norm(one.weights)
    overlap = span_overlap2(one.weights, sample.teacher)
    assert overlap == pytest.approx(one.expected_overlap2, abs=0.05)


def test_the_method_follows_from_the_inputs() -> None:
    for r, kind in ((0.0, MessagePassing), (0.3, VectorMessagePassing), (0.9, VectorMessagePassing)):
        sample = sample_of(Noiseless(1), 2.0, 400, 1, autoregressive(400, r))
        assert isinstance(suited(problem_of(sample, Noiseless(1), 1.0)), kind)
    lengths = np.exp(np.random.default_rng(1).standard_normal((800, 1)))
    uneven = sample_of(Noiseless(1), 2.0, 400, 1)
    uneven = replace(uneven, inputs=uneven.inputs * lengths)
    assert isinstance(suited(problem_of(uneven, Noiseless(1), 1.0)), MessagePassing)


def test_a_random_guess_finds_the_teacher_too_and_its_seed_is_its_own() -> None:
    sample = sample_of(Noiseless(1), 2.5, 300, 1)
    first, again = (message_passing(sample, Noiseless(1), guess=RandomGuess(0.05), seed=4) for _ in range(2))
    assert span_overlap2(first.weights, sample.teacher) > 0.999
    np.testing.assert_array_equal(first.weights, again.weights)


def test_no_data_leave_the_prior() -> None:
    """Labels that depend on nothing: the posterior stays near the prior, and the run does not diverge."""
    sample = sample_of(GaussianNoise(1, 1.0), 0.3, 300, 1)
    labels = sample.labels[np.random.default_rng(1).permutation(len(sample.labels))]
    answer = message_passing(replace(sample, labels=labels), GaussianNoise(1, 1.0))
    assert answer.status != "diverged"
    assert answer.expected_overlap2 < 0.1


@pytest.mark.parametrize("name", ["array_api_strict", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_other_arrays_give_the_same_posterior(name: str, dtype: Any) -> None:
    pytest.importorskip(name)
    channel = GaussianNoise(1, 0.1)
    drawn = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=60, seed=3, dtype=dtype)
    here = message_passing(drawn, channel)
    there = message_passing(drawn.to(name), channel)
    np.testing.assert_allclose(there.weights, here.weights, rtol=0, atol=1e-8 if dtype == "float64" else 1e-4)
    regenerated = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=60, seed=3, dtype=dtype, regenerate=True)
    np.testing.assert_allclose(message_passing(regenerated, channel).weights, here.weights, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channel": Noiseless}, "channel"),
        ({"channel": Noiseless(40)}, "at most 30 directions"),
        ({"prior": -1.0}, "prior"),
        ({"prior": [[1.0, 0.0]]}, "prior"),
        ({"method": MessagePassing}, "method"),
        ({"guess": SpectralGuess}, "guess"),
        ({"guess": GivenGuess(np.ones((2, 30)), 0.5)}, "weights"),
    ],
)
def test_bad_arguments_are_named(options: dict[str, Any], message: str) -> None:
    sample = sample_of(Noiseless(1), 2.0, 30, 1)
    with pytest.raises(InvalidParameterError, match=message):
        message_passing(sample, **({"channel": Noiseless(1)} | options))


def test_a_run_that_does_not_end_says_what_to_do() -> None:
    sample = sample_of(Noiseless(1), 2.0, 50, 1)
    answer = message_passing(sample, Noiseless(1), method=MessagePassing(steps=3))
    assert (answer.status, answer.steps) == ("not converged", 3)
    assert "more steps" in answer.message
    assert answer.to_dict()["status"] == "not converged"


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["correlated", "mean"])
def test_inputs_with_a_covariance_need_the_vector_method(kind: str, seed: int) -> None:
    columns = autoregressive(150, 0.9) if kind == "correlated" else np.eye(150) + 1.0
    sample = sample_of(Noiseless(1), 1.8, 150, seed, columns)
    chosen = message_passing(sample, Noiseless(1))
    assert chosen.method.startswith("VectorMessagePassing")
    assert chosen.converged
    assert span_overlap2(chosen.weights, sample.teacher) > 1 - 1e-8


def test_conjugate_gradients_give_the_answer_of_the_eigenvectors(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = GaussianNoise(1, 0.1)
    sample = sample_of(channel, 4.0, 120, 1, autoregressive(120, 0.6))
    exact = message_passing(sample, channel)
    monkeypatch.setattr("bendscape.simulation.inference.gram._DENSE_UP_TO", 10)
    other = message_passing(sample, channel)
    sign = np.sign(np.sum(exact.weights * other.weights))
    assert np.linalg.norm(sign * other.weights - exact.weights) < 0.05 * np.linalg.norm(exact.weights)
    assert other.free_energy == pytest.approx(exact.free_energy, abs=0.02)
