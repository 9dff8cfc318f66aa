r"""Contract of a channel: an output of the teacher, and the law of a label given that output.

Before the label is seen, `z = W* x` is Gaussian with mean `omega` and a covariance. The law of the label enters through
its likelihood and the outputs that can explain a label; how `z` is averaged depends on the output alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import count
from ...errors import InvalidParameterError
from ...expected import instance
from .outputs import Amplitude, Intensity

__all__ = ["Channel"]

P_STAR_MAX = 100


class Channel(ABC):
    """The law of a label, given the teacher's pre-activations `z`.

    A channel holds `p_star`, the number of pre-activations, and `output`, the function of them that is measured.
    """

    p_star: int
    output: Any

    @property
    def isotropic(self) -> bool:
        """Whether the label depends on `|z|` alone."""
        return bool(self.output.isotropic)

    @property
    def exact_share(self) -> float:
        """Share of labels without noise, each of which fixes one number, at a standard normal `z`."""
        return 1.0 if self.exact else 0.0

    @property
    def exact(self) -> bool:
        """Whether the label is the output itself, a continuous number without noise."""
        return False

    def draw(self, z: Array, rng: np.random.Generator) -> Array:
        """Return labels, shape (n,), of pre-activations of shape (n, p_star)."""
        return self.measured(self.output.value(z), rng)

    def labels_between(self, low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
        """Return labels and shares, along a last axis, for averages over labels.

        The labels are those of `low <= |z|^2/p_star <= high`. A sum over shares times the law of the label is an
        average over labels; for counts the shares are one.
        """
        first, last = (self.output.of_length(np.sqrt(self.p_star * t), self.p_star) for t in (low, high))
        return self.labels_of(first, last, nodes)

    @abstractmethod
    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return a label for each output."""

    @abstractmethod
    def labels_of(self, low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
        """Return labels and shares as :meth:`labels_between`, for outputs from `low` to `high`."""

    @abstractmethod
    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the law of the label (density or probability) at these outputs."""

    @abstractmethod
    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the interval of outputs that explain a label within this number of standard deviations."""

    def impossible(self, y: Array) -> Array:
        """Return which labels the channel cannot give."""
        return np.zeros(np.shape(y), dtype=bool)

    def _check(self) -> None:
        object.__setattr__(self, "p_star", count("p_star", self.p_star, P_STAR_MAX))
        instance("output", self.output, Intensity | Amplitude, "models.Intensity() or models.Amplitude()")  # type: ignore[arg-type]


def refuse_impossible(channel: Channel, y: Array) -> None:
    """Raise for labels that the channel cannot give, with the first of them."""
    bad = channel.impossible(y)
    if np.any(bad):
        place = int(np.argmax(bad))
        raise InvalidParameterError(
            f"y has the label {y[place]:g} at {place}, which {channel} cannot give: "
            "leave it out, or give a channel with noise"
        )
