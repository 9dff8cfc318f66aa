"""Posteriors against samples, against sums over a grid, in their limits, and under rotations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from every_channel import ISOTROPIC, UNEVEN, drawn, on_a_grid
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import special_ortho_group

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.models import (
    Amplitude,
    Channel,
    GaussianNoise,
    Noiseless,
    Poisson,
    Quantised,
    Saturated,
    TeacherOutput,
    WeightedSquares,
    posterior,
)

EVERY = ISOTROPIC | UNEVEN


def assert_zero_mean(values: Any, sigmas: float = 4.5) -> None:
    """Assert that means over samples are zero within their standard errors."""
    error = values.std(axis=0) / np.sqrt(len(values))
    assert np.all(np.abs(values.mean(axis=0)) <= sigmas * error + 1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_posteriors_of_samples_are_calibrated(name: str) -> None:
    """`z` less its mean has mean zero and the covariance of the posterior, also times a function of the label."""
    channel = EVERY[name]
    z, omega, y = drawn(channel, 4_000 if name in ISOTROPIC else 300)
    there = posterior(channel, y, omega, 0.5)
    left = z - there.mean
    square = left[:, :, None] * left[:, None, :] - there.covariance
    for factor in (np.ones(len(y)), np.tanh(y), y < np.median(y)):
        assert_zero_mean(left * factor[:, None])
        assert_zero_mean(left * (factor[:, None] * omega))
        assert_zero_mean((square * factor[:, None, None]).reshape(len(y), -1))
    # z along the mean is what the label tells of
    assert_zero_mean(np.sum(left * there.mean, axis=1))
    assert np.all(np.linalg.eigvalsh(there.covariance) > -1e-12)
    assert there.variance.mean() < 0.5


@pytest.mark.parametrize(
    "name", ["noiseless 3", "relative 2", "uneven 2", "uneven 3", "uneven with noise 2", "tanh", "hermite3"]
)
def test_evidence_is_the_density_of_labels(name: str) -> None:
    """The mean of `1(a < y < b)/p(y)` is `b - a`."""
    channel, rng = EVERY[name], np.random.default_rng(1)
    z = np.sqrt(0.5) * rng.standard_normal((500, channel.p_star)) + 0.3
    y = channel.draw(z, rng)
    low, high = np.quantile(y, [0.2, 0.7])
    evidence = posterior(channel, y, np.full_like(z, 0.3), 0.5).log_evidence
    assert_zero_mean((low < y) * (y < high) * np.exp(-evidence) - (high - low))


@pytest.mark.parametrize(
    "name",
    [
        *("gaussian 1", "relative 1", "few counts 1", "saturated counts 1", "rounded counts 1", "tanh with noise"),
        *("counts 2", "dark counts 2", "saturated with noise 2"),
    ],
)
def test_posterior_is_that_of_a_grid(name: str) -> None:
    channel = EVERY[name]
    rng = np.random.default_rng(3)
    for v in (0.01, 1.0):
        omega = rng.standard_normal(channel.p_star)
        y = channel.draw((omega + np.sqrt(v) * rng.standard_normal(channel.p_star))[None], rng)
        there, slow = posterior(channel, y, omega[None], v), on_a_grid(channel, y[0], omega, v * np.eye(channel.p_star))
        np.testing.assert_allclose(there.mean, slow.mean, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(there.covariance, slow.covariance, rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(there.log_evidence, slow.log_evidence, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["uneven with noise 2", "uneven counts 2", "product with noise", "erf 2 with noise"])
def test_posterior_with_a_covariance_matrix_is_that_of_a_grid(name: str) -> None:
    channel, omega, matrix = EVERY[name], np.array([0.4, -0.9]), np.array([[0.5, 0.3], [0.3, 0.4]])
    y = channel.draw(omega[None], np.random.default_rng(4))
    there, slow = posterior(channel, y, omega[None], matrix), on_a_grid(channel, y[0], omega, matrix)
    np.testing.assert_allclose(there.mean, slow.mean, atol=3e-5)
    np.testing.assert_allclose(there.covariance, slow.covariance, atol=3e-5)
    np.testing.assert_allclose(there.log_evidence, slow.log_evidence, atol=3e-5)


@pytest.mark.parametrize("name", ISOTROPIC)
@pytest.mark.parametrize("v", [1.0, 0.05])
def test_probabilities_of_all_labels_add_up_to_one(name: str, v: float) -> None:
    from bendscape.models.channels import radial_moments

    channel, p = ISOTROPIC[name], ISOTROPIC[name].p_star
    centre = np.array([0.0, 0.8])
    reach = (9.0 + np.sqrt(p)) * np.sqrt(v)
    y, share = channel.labels_between(np.maximum(centre - reach, 0.0) ** 2 / p, (centre + reach) ** 2 / p, 128)
    there = radial_moments(channel, y, centre[:, None], np.array(v))
    np.testing.assert_allclose(np.sum(share * np.exp(there.log_evidence), axis=1), 1.0, rtol=0, atol=2e-4)


LIMITS: dict[str, tuple[Channel, Channel, float]] = {
    "noise vanishes": (GaussianNoise(2, 1e-14), Noiseless(2), 1.0),
    "noise in proportion vanishes": (GaussianNoise(1, 0.0, relative_variance=1e-14), Noiseless(1), 1.0),
    "many counts": (Poisson(3, 1e13), Noiseless(3), 1e13),
    "no saturation": (Saturated(GaussianNoise(2, 0.1), 1e9), GaussianNoise(2, 0.1), 1.0),
    "no noise of amplitudes": (GaussianNoise(2, 1e-14, Amplitude()), Noiseless(2, Amplitude()), 1.0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_other_channels(name: str) -> None:
    near, limit, unit = LIMITS[name]
    _, omega, y = drawn(limit, 50)
    one, other = posterior(near, np.rint(y * unit) if unit > 1 else y, omega, 0.5), posterior(limit, y, omega, 0.5)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-5)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-5)
    np.testing.assert_allclose(one.log_evidence + np.log(unit), other.log_evidence, atol=1e-4)


@pytest.mark.parametrize("base", [Noiseless(2), GaussianNoise(1, 0.1)], ids=["noiseless", "gaussian"])
def test_a_small_step_rounds_nothing(base: Channel) -> None:
    step = 1e-7
    _, omega, y = drawn(base, 50)
    y = step * np.rint(y / step)
    one, other = posterior(Quantised(base, step), y, omega, 0.5), posterior(base, y, omega, 0.5)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-5)
    np.testing.assert_allclose(one.log_evidence - np.log(step), other.log_evidence, atol=1e-4)


def test_an_amplitude_is_the_root_of_an_intensity() -> None:
    _, omega, y = drawn(Noiseless(3), 50)
    one, other = posterior(Noiseless(3, Amplitude()), np.sqrt(y), omega, 0.5), posterior(Noiseless(3), y, omega, 0.5)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(one.log_evidence, other.log_evidence + np.log(2 * np.sqrt(y)), rtol=1e-10)


HALVES, THIRDS = WeightedSquares((0.5, 0.5)), WeightedSquares((1 / 3, 1 / 3, 1 / 3))


@pytest.mark.parametrize(
    ("base", "uneven"),
    [
        (Noiseless(2), Noiseless(2, HALVES)),
        (Noiseless(3), Noiseless(3, THIRDS)),
        (GaussianNoise(2, 0.1), GaussianNoise(2, 0.1, HALVES)),
        (Saturated(Noiseless(2), 1.0), Saturated(Noiseless(2, HALVES), 1.0)),
    ],
    ids=str,
)
def test_equal_weights_are_the_isotropic_channel(base: Channel, uneven: Channel) -> None:
    _, omega, y = drawn(base, 20)
    for v in (0.5, 1e-3):
        one, other = posterior(uneven, y, omega, v), posterior(base, y, omega, v)
        np.testing.assert_allclose(one.mean, other.mean, atol=3e-5)
        np.testing.assert_allclose(one.covariance, other.covariance, atol=3e-5)
        np.testing.assert_allclose(one.log_evidence, other.log_evidence, atol=3e-5)
        assert np.all(np.abs(one.log_evidence - other.log_evidence) <= one.error + 1e-6)


def test_the_square_of_one_neuron_by_its_roots_is_the_noiseless_channel() -> None:
    square = Noiseless(1, TeacherOutput(bs.Network(1, 1)))
    _, omega, y = drawn(Noiseless(1), 200)
    for v in (0.5, 1e-6):
        one, other = posterior(square, y, omega, v), posterior(Noiseless(1), y, omega, v)
        np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(one.log_evidence, other.log_evidence, rtol=1e-7, atol=1e-7)


@given(st.sampled_from(sorted(name for name in ISOTROPIC if ISOTROPIC[name].p_star > 1)), st.integers(0, 10**6))
@settings(max_examples=15)
def test_rotations_turn_means_and_covariances(name: str, seed: int) -> None:
    channel = ISOTROPIC[name]
    _, omega, y = drawn(channel, 5, seed)
    rotation = special_ortho_group.rvs(channel.p_star, random_state=seed)
    one, other = posterior(channel, y, omega, 0.5), posterior(channel, y, omega @ rotation.T, 0.5)
    np.testing.assert_allclose(one.mean @ rotation.T, other.mean, atol=1e-6)
    np.testing.assert_allclose(rotation @ one.covariance @ rotation.T, other.covariance, atol=1e-6)
    np.testing.assert_allclose(one.log_evidence, other.log_evidence, atol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_the_derivative_of_the_mean_is_the_covariance(name: str) -> None:
    """`dE[z]/domega = Cov V^-1`, on which message passing rests."""
    channel, h = EVERY[name], 1e-3
    _, omega, y = drawn(channel, 10)
    there = posterior(channel, y, omega, 0.5)
    tolerance = 2e-4 if name in ISOTROPIC else 0.05
    for k, step in enumerate(h * np.eye(channel.p_star)):
        ends = [posterior(channel, y, omega + sign * step, 0.5).mean for sign in (1, -1)]
        np.testing.assert_allclose((ends[0] - ends[1]) / (2 * h), there.covariance[:, :, k] / 0.5, atol=tolerance)


@given(st.sampled_from(sorted(ISOTROPIC)), st.floats(-12, 3), st.floats(-9, 6), st.floats(-6, 6), st.integers(0, 10**6))
@settings(max_examples=40)
def test_no_number_is_lost_at_any_scale(name: str, a: float, b: float, c: float, seed: int) -> None:
    """Labels far outside of what the mean and the variance expect: everything stays finite, and variances positive."""
    channel, rng = ISOTROPIC[name], np.random.default_rng(seed)
    omega, v = 10.0**a * rng.standard_normal((3, channel.p_star)), 10.0**b
    y = channel.draw(10.0 ** (c / 2) * rng.standard_normal((3, channel.p_star)), rng)
    there = posterior(channel, y, omega, v)
    assert np.all(np.isfinite(there.mean))
    assert np.all(np.isfinite(there.log_evidence))
    assert np.all(np.diagonal(there.covariance, axis1=1, axis2=2) >= 0)
    assert np.all(np.isfinite(there.covariance))


@pytest.mark.parametrize(
    ("channel", "y", "covariance", "message"),
    [
        (Noiseless(1), [-1.0], 1.0, "y has the label -1 at 0"),
        (Saturated(Noiseless(1), 2.0), [3.0], 1.0, "y has the label 3"),
        (Quantised(Noiseless(1), 0.5), [0.7], 1.0, "y has the label 0.7"),
        (Poisson(1, 1.0), [-2.0], 1.0, "y has the label -2"),
        (Noiseless(1), [1.0], 0.0, "covariance = 0.0"),
        (Noiseless(2), [1.0], np.eye(2), r"shape \(2, 2\).*\|z\| alone"),
        (Noiseless(2, WeightedSquares((0.5, 0.5))), [1.0], np.ones((2, 2)), "positive definite"),
        (Noiseless(2, TeacherOutput(bs.Network(1, 2, "tanh"))), [0.1], 1.0, "have no noise.*GaussianNoise"),
        (Noiseless(1, TeacherOutput(bs.Network(1, 1, "tanh"))), [2.0], 1.0, "y has the label 2 at 0"),
        (1, [1.0], 1.0, "channel = 1"),
    ],
)  # fmt: skip
def test_wrong_labels_and_covariances_are_refused(channel: Any, y: Any, covariance: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        posterior(channel, y, np.zeros((1, getattr(channel, "p_star", 1))), covariance)


def test_widths_of_channel_and_output_agree() -> None:
    with pytest.raises(InvalidParameterError, match="p_star = 3: give 2"):
        Noiseless(3, WeightedSquares((0.5, 0.5)))
    with pytest.raises(InvalidParameterError, match="variance = 0"):
        GaussianNoise(1, 0.0)
