"""Gaussian noise added to the output."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import positive
from .contract import Channel
from .outputs import Intensity
from .rules import between

__all__ = ["GaussianNoise"]

_WIDTHS = 9.0  # standard deviations beyond which the noise is left out


@dataclass(frozen=True)
class GaussianNoise(Channel):
    """Labels with Gaussian noise of this variance `Delta`, by default intensities `y = |z|^2/p_star + Delta^(1/2) xi`.

    Parameters
    ----------
    p_star : int
        Number of pre-activations, up to 100.
    variance : float
        Variance `Delta` of the noise, above zero.
    output : Output, optional
        What is measured: :class:`Intensity` by default, or :class:`Amplitude`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import GaussianNoise, posterior
    >>> there = posterior(GaussianNoise(1, 0.5), np.array([4.0]), np.array([[0.5]]), 1.0)
    >>> there.mean.round(6).tolist(), there.variance.round(6).tolist()
    ([[1.433526]], [1.673592])
    """

    p_star: int
    variance: float
    output: Any = field(default_factory=Intensity)

    def __post_init__(self) -> None:
        self._check()
        object.__setattr__(self, "variance", positive("variance", self.variance))

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return outputs with noise."""
        return np.asarray(output + math.sqrt(self.variance) * rng.standard_normal(np.shape(output)))

    def labels_of(self, low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
        """Return labels up to nine standard deviations around the outputs, dense near zero."""
        sigma = math.sqrt(self.variance)
        u, share = between(np.arcsinh(low / sigma - _WIDTHS), np.arcsinh(high / sigma + _WIDTHS), nodes)
        return sigma * np.sinh(u), sigma * share * np.cosh(u)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the normal density."""
        return np.asarray(-((y - output) ** 2) / (2 * self.variance) - 0.5 * math.log(2 * math.pi * self.variance))

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations."""
        spread = widths * math.sqrt(self.variance)
        return y - spread, y + spread
