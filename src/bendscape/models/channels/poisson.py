"""Counts: Poisson noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import number, positive
from .contract import Channel
from .counts import log_counts_between, log_law
from .outputs import Intensity
from .rules import integers

__all__ = ["Poisson"]

_WIDTHS = 6.5  # of the root of a count, whose standard deviation is 1/2


@dataclass(frozen=True)
class Poisson(Channel):
    """Counts whose mean is `dark + mean |z|^2/p_star`.

    Parameters
    ----------
    p_star : int
        Number of pre-activations, up to 100.
    mean : float
        Mean number of counts of a sample, above zero, without the dark ones.
    dark : float, optional
        Mean number of counts without a signal, zero or positive.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Poisson, posterior
    >>> there = posterior(Poisson(1, 10.0), np.array([40.0]), np.array([[0.5]]), 1.0)
    >>> there.mean.round(6).tolist(), there.variance.round(6).tolist()
    ([[1.485448]], [1.685956])
    """

    p_star: int
    mean: float
    dark: float = 0.0
    output: Any = field(default_factory=Intensity)

    def __str__(self) -> str:
        dark = f"{self.dark:g} + " if self.dark else ""
        return f"counts of mean {dark}{self.mean:g} {self.output}, p* = {self.p_star}"

    def __post_init__(self) -> None:
        self._check()
        object.__setattr__(self, "mean", positive("mean", self.mean))
        object.__setattr__(self, "dark", number("dark", self.dark, "a finite number, zero or positive", least=0.0))

    def _expected(self, output: Array) -> Array:
        return np.asarray(self.dark + self.mean * output)

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return counts."""
        return np.asarray(rng.poisson(self._expected(output)), dtype=float)

    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return the counts, one by one up to a number, and from there on a rule."""
        first, last = self.range_of(low, high)
        return integers(first, np.minimum(last, np.ceil(most) - 1), nodes)

    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the counts that are not negligible."""
        least, most = (np.sqrt(self._expected(end)) for end in (low, high))
        return np.floor(np.maximum(least - _WIDTHS, 0.0) ** 2), np.ceil((most + _WIDTHS) ** 2)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the Poisson law."""
        return log_law(y, self._expected(output))

    def log_between(self, low: Array, high: Array, output: Array) -> Array:
        """Return the logarithm of the probability of counts from `low` up to and without `high`."""
        return log_counts_between(np.ceil(low), np.ceil(high), self._expected(output))

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations, which is 1/2 for the root of a count."""
        return self.span_between(y, y, widths)

    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations of the interval."""
        least = np.maximum(np.sqrt(np.maximum(low, 0.0)) - widths, 0.0) ** 2
        most = (np.sqrt(np.maximum(high, 0.0)) + widths) ** 2
        return np.maximum(least - self.dark, 0.0) / self.mean, np.maximum(most - self.dark, widths**2) / self.mean

    def impossible(self, y: Array) -> Array:
        """Return which labels are negative: fractions of counts are allowed."""
        return np.asarray(y < 0)
