"""Labels without noise: the output itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from .contract import Channel
from .outputs import Intensity
from .rules import between

__all__ = ["Noiseless"]


@dataclass(frozen=True)
class Noiseless(Channel):
    """Labels without noise, by default intensities `y = |z|^2/p_star`.

    Parameters
    ----------
    p_star : int
        Number of pre-activations, up to 100.
    output : Output, optional
        What is measured: :class:`Intensity` by default, or :class:`Amplitude`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Noiseless, posterior
    >>> there = posterior(Noiseless(1), np.array([4.0]), np.array([[0.5]]), 1.0)
    >>> there.mean.round(6).tolist(), there.variance.round(6).tolist()
    ([[1.523188]], [1.679897])
    """

    p_star: int
    output: Any = field(default_factory=Intensity)

    def __str__(self) -> str:
        return f"y = {self.output}, p* = {self.p_star}"

    def __post_init__(self) -> None:
        self._check()

    @property
    def exact_share(self) -> float:
        """Share of labels without noise: all."""
        return 1.0

    def measured(self, output: Array, rng: np.random.Generator) -> Array:  # noqa: ARG002
        """Return the outputs."""
        return output

    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return labels at a rule over the length."""
        first, last = (self.output.length(np.minimum(end, most), self.p_star) for end in (low, high))
        length, share = between(first, last, nodes)
        return self.output.of_length(length, self.p_star), share * np.exp(self.output.log_slope(length, self.p_star))

    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the outputs."""
        return low, high

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return zero where the label is the output, minus infinity elsewhere."""
        return np.where(y == output, 0.0, -np.inf)

    def log_between(self, low: Array, high: Array, output: Array) -> Array:  # noqa: ARG002
        """Return zero: averages are taken inside of the span."""
        return np.zeros(np.broadcast_shapes(np.shape(low), np.shape(output)))

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:  # noqa: ARG002
        """Return the label itself, twice."""
        return y, y

    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:  # noqa: ARG002
        """Return the ends themselves."""
        return low, high

    def exact(self, y: Array) -> Array:
        """Return which labels are the output itself: all."""
        return np.ones(np.shape(y), dtype=bool)

    @property
    def sharp(self) -> bool:
        """Whether an interval of labels is an interval of outputs: yes."""
        return True

    def impossible(self, y: Array) -> Array:
        """Return which labels lie below all outputs."""
        return np.asarray(y < self.output.lowest)
