"""Channels of every kind, and a slow posterior on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

import bendscape as bs
from bendscape.models import (
    Amplitude,
    Channel,
    GaussianNoise,
    Noiseless,
    Poisson,
    Posterior,
    Quantised,
    Saturated,
    WeightedSquares,
    channel_of,
)

ISOTROPIC = {
    "noiseless 1": Noiseless(1),
    "noiseless 3": Noiseless(3),
    "noiseless 8": Noiseless(8),
    "amplitudes 2": Noiseless(2, Amplitude()),
    "gaussian 1": GaussianNoise(1, 0.1),
    "gaussian 2": GaussianNoise(2, 1e-3),
    "gaussian 4": GaussianNoise(4, 0.5),
    "relative 1": GaussianNoise(1, 0.0, relative_variance=0.04),
    "relative 2": GaussianNoise(2, 0.02, relative_variance=0.09),
    "amplitudes with noise 1": GaussianNoise(1, 0.05, Amplitude()),
    "amplitudes with noise 3": GaussianNoise(3, 0.05, Amplitude()),
    "few counts 1": Poisson(1, 0.3),
    "counts 2": Poisson(2, 10.0),
    "many counts 3": Poisson(3, 1e4),
    "dark counts 2": Poisson(2, 5.0, 20.0),
    "saturated 1": Saturated(Noiseless(1), 1.2),
    "saturated with noise 2": Saturated(GaussianNoise(2, 0.05), 1.2),
    "saturated counts 1": Saturated(Poisson(1, 10.0), 12.0),
    "saturated amplitudes 2": Saturated(Noiseless(2, Amplitude()), 1.0),
    "rounded 2": Quantised(Noiseless(2), 0.5),
    "rounded with noise 1": Quantised(GaussianNoise(1, 0.05), 0.25),
    "rounded counts 1": Quantised(Poisson(1, 10.0), 4.0),
    "rounded and saturated 1": Saturated(Quantised(Noiseless(1), 0.5), 1.5),
    "saturated and rounded 2": Quantised(Saturated(GaussianNoise(2, 0.1), 1.5), 0.5),
}
UNEVEN = {
    "uneven 2": Noiseless(2, WeightedSquares((0.8, 0.2))),
    "uneven 3": Noiseless(3, WeightedSquares((0.5, 0.3, 0.2))),
    "uneven with noise 2": GaussianNoise(2, 0.05, WeightedSquares((0.8, 0.2))),
    "uneven counts 2": Poisson(2, 10.0, output=WeightedSquares((0.3, 0.7))),
    "uneven saturated 2": Saturated(Noiseless(2, WeightedSquares((0.8, 0.2))), 1.0),
    "tanh": channel_of(bs.Network(1, 1, "tanh")),
    "tanh with noise": channel_of(bs.Network(1, 1, "tanh", noise=bs.Noise(0.1, 0.1))),
    "hermite3": channel_of(bs.Network(1, 1, "hermite3")),
    "product with noise": channel_of(bs.Network(1, 2, link="s1*s2", noise=bs.Noise(0.2))),
    "erf 2 with noise": channel_of(bs.Network(1, 2, "erf", noise=bs.Noise(0.2))),
}


def drawn(channel: Channel, samples: int, seed: int = 0, spread: float = 0.7) -> tuple[Any, Any, Any]:
    """Pre-activations, their Gaussian means for variance one half, and labels."""
    rng = np.random.default_rng(seed)
    omega = spread * rng.standard_normal((samples, channel.p_star))
    z = omega + np.sqrt(0.5) * rng.standard_normal((samples, channel.p_star))
    return z, omega, channel.draw(z, rng)


def on_a_grid(channel: Channel, y: float, omega: Any, covariance: Any, points: int = 801) -> Posterior:
    """The posterior by a plain sum over a grid of pre-activations, 9 standard deviations wide, one or two of them."""
    p = channel.p_star
    axes = np.meshgrid(*[np.linspace(-9, 9, points if p > 1 else 400_001)] * p, indexing="ij")
    e = np.stack([axis.ravel() for axis in axes], axis=1)
    z = omega + e @ np.linalg.cholesky(covariance).T
    log_weight = channel.log_likelihood(np.array(y), channel.output.value(z)) - np.sum(e**2, axis=1) / 2
    weight = np.exp(log_weight - log_weight.max())
    cell = (18 / (len(axes[0]) - 1)) ** p / (2 * np.pi) ** (p / 2)
    mean = weight @ z / weight.sum()
    covariance = (weight[:, None] * (z - mean)).T @ (z - mean) / weight.sum()
    evidence = np.log(weight.sum() * cell) + log_weight.max()
    return Posterior(mean[None], covariance[None], np.array([evidence]), np.zeros(1))
