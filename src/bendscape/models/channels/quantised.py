"""Labels that are rounded, such as the numbers of a detector with few digits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import positive
from ...expected import instance
from .contract import Channel
from .rules import integers

__all__ = ["Quantised"]

_OFF = 1e-6  # steps by which a label may differ from a multiple


@dataclass(frozen=True)
class Quantised(Channel):
    """Labels of another channel, rounded to multiples of a step.

    Parameters
    ----------
    channel : Channel
        Law of the label before it is rounded.
    step : float
        Distance of two labels.

    Examples
    --------
    >>> from bendscape.models import Noiseless, Quantised, posterior
    >>> there = posterior(Quantised(Noiseless(1), 0.5), y=[1.0, 2.0], omega=[[1.0], [1.0]], covariance=0.5)
    >>> there.mean.round(4).tolist(), there.log_evidence.round(4).tolist()
    ([[0.9542], [1.3991]], [-1.9365, -2.4706])
    """

    channel: Channel
    step: float
    p_star: int = field(init=False, repr=False, compare=False)
    output: Any = field(init=False, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.channel}, rounded to multiples of {self.step:g}"

    def __post_init__(self) -> None:
        instance("channel", self.channel, Channel, "a channel, such as models.Noiseless(p_star)")  # type: ignore[type-abstract]
        for name in ("p_star", "output"):
            object.__setattr__(self, name, getattr(self.channel, name))
        object.__setattr__(self, "step", positive("step", self.step))

    def _edges(self, y: Array) -> tuple[Array, Array]:
        return y - self.step / 2, y + self.step / 2

    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return multiples of the step."""
        return np.asarray(self.step * np.floor(self.channel.measured(output, rng) / self.step + 0.5))

    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return the multiples, one by one up to a number, and from there on a rule."""
        first, last = (np.rint(end / self.step) for end in self.channel.range_of(low, high))
        index, share = integers(first, np.minimum(last, np.ceil(most / self.step) - 1), nodes)
        return self.step * index, share

    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return multiples of the step."""
        first, last = self.channel.range_of(low, high)
        return self.step * np.rint(first / self.step), self.step * np.rint(last / self.step)

    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the probability of the labels that are rounded to this one."""
        return self.channel.log_between(*self._edges(y), output)

    def log_between(self, low: Array, high: Array, output: Array) -> Array:
        """Return the logarithm of the probability of the multiples from `low` up to and without `high`."""
        return self.channel.log_between(self._start(low), self._start(high), output)

    def _start(self, end: Array) -> Array:
        """Return where rounding first leads to a multiple not below `end`."""
        return np.asarray(self.step * (np.ceil(end / self.step) - 0.5))

    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs that explain the labels that are rounded to this one."""
        return self.channel.span_between(*self._edges(y), widths)

    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:
        """Return the outputs that explain the multiples from `low` to `high`."""
        return self.channel.span_between(self._start(low), self._start(high), widths)

    @property
    def sharp(self) -> bool:
        """Whether an interval of labels is an interval of outputs."""
        return self.channel.sharp

    def sharp_at(self, y: Array) -> Array:
        """Return for which labels the likelihood is one inside of the span: all, or none."""
        return np.full(np.shape(y), self.channel.sharp)

    def impossible(self, y: Array) -> Array:
        """Return which labels are no multiples of the step, or are rounded from none that the channel gives."""
        low, high = self._edges(y)
        none = self.channel.impossible(low) & self.channel.impossible(high)
        return np.asarray(np.abs(y / self.step - np.rint(y / self.step)) > _OFF) | none
