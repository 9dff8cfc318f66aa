"""Labels of a detector that saturates: none is above a level."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import number
from ...expected import instance
from .contract import Channel

__all__ = ["Saturated"]


@dataclass(frozen=True)
class Saturated(Channel):
    """Labels of another channel, up to a level: `min(y, level)`.

    Parameters
    ----------
    channel : Channel
        Law of the label without saturation.
    level : float
        Largest label.

    Examples
    --------
    >>> from bendscape.models import Noiseless, Saturated, posterior
    >>> there = posterior(Saturated(Noiseless(1), 2.0), y=[1.0, 2.0], omega=[[1.0], [1.0]], covariance=0.5)
    >>> there.mean.round(4).tolist(), there.variance.round(4).tolist()
    ([[0.964], [1.8477]], [0.0707, 0.1409])
    """

    channel: Channel
    level: float
    p_star: int = field(init=False, repr=False, compare=False)
    output: Any = field(init=False, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.channel}, cut off at {self.level:g}"

    def __post_init__(self) -> None:
        instance("channel", self.channel, Channel, "a channel, such as models.Noiseless(p_star)")  # type: ignore[type-abstract]
        for name in ("p_star", "output"):
            object.__setattr__(self, name, getattr(self.channel, name))
        object.__setattr__(self, "level", number("level", self.level))

    @property
    def exact_share(self) -> float:
        """Share of labels without noise, below the level."""
        from scipy.special import gammainc

        if not self.channel.exact_share:
            return 0.0
        self.require_isotropic()
        square = float(self.output.length(np.array(self.level), self.p_star)) ** 2
        return float(gammainc(self.p_star / 2, square / 2))

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return labels up to the level."""
        return np.minimum(self.channel.measured(output, rng), self.level)

    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return labels below the level, and the level."""
        y, share = self.channel.labels_of(low, high, nodes, min(most, self.level))
        top = np.full((*y.shape[:-1], 1), self.level)
        return np.concatenate([y, top], axis=-1), np.concatenate([share, np.where(top < most, 1.0, 0.0)], axis=-1)

    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return labels up to the level."""
        first, last = self.channel.range_of(low, high)
        return np.minimum(first, self.level), np.minimum(last, self.level)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return that of the channel below the level, and the logarithm of the probability of more at the level."""
        y, output = np.broadcast_arrays(y, output)
        top = y >= self.level
        result = np.empty(y.shape)
        result[~top] = self.channel.log_likelihood(y[~top], output[~top])
        level = np.full(np.count_nonzero(top), self.level)
        result[top] = self.channel.log_between(level, np.full_like(level, np.inf), output[top])
        return result

    def log_between(self, low: Array, high: Array, output: Array) -> Array:
        """Return that of the channel; an interval with the level in it has no end."""
        return self.channel.log_between(low, np.where(high > self.level, np.inf, high), output)

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return that of the channel, and all outputs that explain more at the level."""
        first, last = self.channel.span(y, widths)
        least, most = self.channel.span_between(np.full_like(y, self.level), np.full_like(y, np.inf), widths)
        top = y >= self.level
        return np.where(top, least, first), np.where(top, most, last)

    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:
        """Return that of the channel; an interval with the level in it has no end."""
        return self.channel.span_between(low, np.where(high > self.level, np.inf, high), widths)

    def exact(self, y: Array) -> Array:
        """Return which labels are the output itself."""
        return self.channel.exact(y) & (y < self.level)

    @property
    def sharp(self) -> bool:
        """Whether an interval of labels is an interval of outputs."""
        return self.channel.sharp

    def sharp_at(self, y: Array) -> Array:
        """Return for which labels the likelihood is one inside of the span, and zero outside."""
        return np.where(y < self.level, self.channel.sharp_at(y), self.channel.sharp)

    def impossible(self, y: Array) -> Array:
        """Return which labels the channel cannot give, or lie above the level."""
        return self.channel.impossible(y) | (y > self.level)
