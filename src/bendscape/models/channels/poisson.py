"""Counts: Poisson noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import number, positive
from .contract import Channel
from .outputs import Intensity
from .rules import between

__all__ = ["Poisson"]

_WIDTHS = 6.5  # of the root of a count, whose standard deviation is 1/2
_SINGLE = 4  # counts that are summed one by one, over the nodes of a rule


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

    def __post_init__(self) -> None:
        self._check()
        object.__setattr__(self, "mean", positive("mean", self.mean))
        object.__setattr__(self, "dark", number("dark", self.dark, "a finite number, zero or positive", least=0.0))

    def _expected(self, output: Array) -> Array:
        return np.asarray(self.dark + self.mean * output)

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return counts."""
        return np.asarray(rng.poisson(self._expected(output)), dtype=float)

    def labels_of(self, low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
        """Return the counts, one by one up to a number, and from there on a rule for their root."""
        root_low, root_high = (np.sqrt(self._expected(end)) for end in (low, high))
        first = np.floor(np.maximum(root_low - _WIDTHS, 0.0) ** 2)[..., None]
        last = np.ceil((root_high + _WIDTHS) ** 2)[..., None]
        single = first + np.arange(_SINGLE * nodes)
        start = first + _SINGLE * nodes - 0.5
        root, share = between(np.sqrt(start[..., 0]), np.sqrt(np.maximum(last, start)[..., 0]), nodes)
        return np.concatenate([single, root**2], axis=-1), np.concatenate([single <= last, 2 * root * share], axis=-1)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the Poisson law."""
        from scipy.special import gammaln, xlogy

        mean = self._expected(output)
        return np.asarray(xlogy(y, mean) - mean - gammaln(y + 1))

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs within this number of standard deviations, which is 1/2 for the root of a count."""
        low = np.maximum(np.sqrt(y) - widths, 0.0) ** 2
        high = (np.sqrt(y) + widths) ** 2
        return (np.maximum(low - self.dark, 0.0)) / self.mean, (np.maximum(high - self.dark, widths**2)) / self.mean

    def impossible(self, y: Array) -> Array:
        """Return which labels are negative: fractions of counts are allowed."""
        return np.asarray(y < 0)
