"""Gaussian noise added to the output."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import number, refuse
from .contract import Channel
from .normal import log_normal_between
from .outputs import Intensity
from .rules import between

__all__ = ["GaussianNoise"]

_DENSE = 1e-6  # share of the range of labels within which their rule is dense near zero
_FARTHEST = 1e150  # standard deviations, whose square does not overflow
_SMALLEST = 1e-150  # standard deviation that stands for zero
_WIDTHS = 9.0  # standard deviations beyond which the noise is left out


@dataclass(frozen=True)
class GaussianNoise(Channel):
    """Labels with Gaussian noise of this variance `Delta`, by default intensities `y = |z|^2/p_star + Delta^(1/2) xi`.

    Parameters
    ----------
    p_star : int
        Number of pre-activations, up to 100.
    variance : float
        Variance `Delta` of the noise.
    output : Output, optional
        What is measured: :class:`Intensity` by default, or :class:`Amplitude`.
    relative_variance : float, optional
        Variance of noise in proportion to the output, over the squared output; zero by default. One of both is
        above zero.

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
    relative_variance: float = 0.0

    def __str__(self) -> str:
        relative = f" + {self.relative_variance:g} of its square" if self.relative_variance else ""
        return f"y = {self.output} + noise of variance {self.variance:g}{relative}, p* = {self.p_star}"

    def __post_init__(self) -> None:
        self._check()
        for name in ("variance", "relative_variance"):
            given = getattr(self, name)
            object.__setattr__(self, name, number(name, given, "a finite number, zero or positive", least=0.0))
        if self.variance == self.relative_variance == 0:
            raise refuse("variance", self.variance, "a positive number, or take models.Noiseless")

    def _scale(self, output: Array) -> Array:
        """Return the standard deviation of the noise."""
        if not self.relative_variance:
            return np.array(math.sqrt(self.variance))
        return np.maximum(np.sqrt(self.variance + self.relative_variance * output**2), _SMALLEST)

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return outputs with noise."""
        return np.asarray(output + self._scale(output) * rng.standard_normal(np.shape(output)))

    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return labels up to nine standard deviations around the outputs, dense near zero."""
        first, last = (np.minimum(end, most) for end in self.range_of(low, high))
        dense = np.maximum(self._scale(low), _DENSE * (last - first))
        u, share = between(np.arcsinh(first / dense), np.arcsinh(last / dense), nodes)
        return dense[..., None] * np.sinh(u), dense[..., None] * share * np.cosh(u)

    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return labels nine standard deviations away from the outputs."""
        return low - _WIDTHS * self._scale(low), high + _WIDTHS * self._scale(high)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the normal density."""
        scale = self._scale(output)
        away = np.minimum(np.abs(y - output) / scale, _FARTHEST)
        return np.asarray(-(away**2) / 2 - np.log(scale) - 0.5 * math.log(2 * math.pi))

    def log_between(self, low: Array, high: Array, output: Array) -> Array:
        """Return the logarithm of the difference of two normal distribution functions."""
        scale = self._scale(output)
        return log_normal_between((low - output) / scale, (high - output) / scale)

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations; unbounded where the noise grows as fast."""
        return self.span_between(y, y, widths)

    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations of the interval."""
        spread, growth = widths * math.sqrt(self.variance), widths * math.sqrt(self.relative_variance)
        # |y - f| <= spread + growth |f|
        least, most = low - spread, high + spread
        nearer, farther = 1.0 + growth, max(1.0 - growth, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(least > 0, least / nearer, least / farther if farther else -np.inf)
            last = np.where(most < 0, most / nearer, most / farther if farther else np.inf)
        return first, last
