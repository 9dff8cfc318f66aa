"""Noise, scale and the number of vectors, learned from labels."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.models import GaussianNoise, Noiseless, Poisson
from bendscape.simulation import Sample, choose_vectors, draw, learn, message_passing, span_overlap2

NOISE, SCALE = 0.1, 1.3


def noisy(p_star: int, alpha: float, N: int, seed: int, variance: float = NOISE, scale: float = 1.0) -> Sample:
    drawn = draw(bs.QuadraticNetwork(p_star, p_star, 1.0), alpha=alpha, N=N, seed=seed)
    noise = math.sqrt(variance) * np.random.default_rng(seed).standard_normal(len(drawn.labels))
    return replace(drawn, labels=scale * drawn.labels + noise)


def test_noise_and_scale_are_within_their_errors() -> None:
    """The sum of squared deviations, in standard errors, over samples: chi^2 of two for each."""
    off = []
    for seed in range(8):
        answer = learn(noisy(1, 3.0, 150, seed, scale=SCALE), GaussianNoise(1, 0.4))
        assert answer.settled
        variance, scale = answer.values["variance"], answer.values["scale"]
        off.append(((variance - NOISE) / variance.error, (scale - SCALE) / scale.error))
    # chi^2 of 16: below 32.0 with probability 0.99, above 5.8 with 0.99
    assert 5.8 < float(np.sum(np.square(off))) < 32.0


def test_the_learned_answer_is_that_of_message_passing_with_the_learned_channel() -> None:
    sample = noisy(1, 3.0, 150, 1)
    learned = learn(sample, GaussianNoise(1, 0.4)).posterior
    again = message_passing(sample, learned.channel, prior=learned.prior)
    assert again.free_energy == pytest.approx(learned.free_energy, abs=1e-4)
    for factor in (0.8, 1.25):  # lowest there
        other = message_passing(sample, GaussianNoise(1, learned.channel.variance * factor), prior=learned.prior)
        assert other.free_energy > learned.free_energy


@pytest.mark.parametrize("variance", [0.0, 1e-4])
def test_little_noise_does_not_diverge(variance: float) -> None:
    sample = noisy(1, 1.6, 150, 2, variance)
    answer = learn(sample, GaussianNoise(1, 0.3))
    assert answer.posterior.status != "diverged"
    assert span_overlap2(answer.posterior.weights, sample.teacher) > 0.99
    assert answer.values["variance"] < 2 * variance + 1e-5


def test_mean_of_counts() -> None:
    drawn = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=4.0, N=120, seed=3)
    labels = Poisson(1, 6.0).draw(drawn.inputs @ drawn.teacher.T, np.random.default_rng(3))
    answer = learn(replace(drawn, labels=labels), Poisson(1, 3.0), parameters=["mean"], scale=False)
    mean = answer.values["mean"]
    assert abs(mean - 6.0) < 3 * mean.error < 3.0


def test_number_of_vectors() -> None:
    sample = noisy(2, 4.0, 40, 1, 0.02)
    evidence = choose_vectors(sample, [GaussianNoise(p, 0.3) for p in (1, 2, 3)])
    assert (evidence.count, evidence.counts) == (2, (1, 2, 3))
    assert evidence.margin > 3


@pytest.mark.parametrize(
    ("channel", "parameters", "message"),
    [
        (Noiseless(1), ["variance"], "variance"),
        (GaussianNoise(1, 0.1), "variance", "list of names"),
        (GaussianNoise(1, 0.1), ["p_star"], "p_star"),
    ],
)
def test_bad_parameters_are_named(channel: Any, parameters: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        learn(noisy(1, 3.0, 30, 1), channel, parameters=parameters)
