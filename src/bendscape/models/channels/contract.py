r"""Contract of a channel: an output of the teacher, and the law of a label given that output.

Before the label is seen, `z = W* x` is Gaussian with mean `omega` and a covariance. The law of the label enters through
its likelihood and the outputs that can explain a label; how `z` is averaged depends on the output alone.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import count, refuse
from ...errors import InvalidParameterError
from .outputs import Output

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
        return 0.0

    def draw(self, z: Array, rng: np.random.Generator) -> Array:
        """Return labels, shape (n,), of pre-activations of shape (n, p_star)."""
        return self.measured(self.output.value(z), rng)

    def labels_between(self, low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
        """Return labels and shares, along a last axis, for averages over labels.

        The labels are those of `low <= |z|^2/p_star <= high`. A sum over shares times the law of the label is an
        average over labels; for counts the shares are one.
        """
        self.require_isotropic()
        first, last = (self.output.of_length(np.sqrt(self.p_star * t), self.p_star) for t in (low, high))
        return self.labels_of(first, last, nodes)

    @abstractmethod
    def measured(self, output: Array, rng: np.random.Generator) -> Array:
        """Return a label for each output."""

    @abstractmethod
    def labels_of(self, low: Array, high: Array, nodes: int, most: float = math.inf) -> tuple[Array, Array]:
        """Return labels and shares as :meth:`labels_between`, for outputs from `low` to `high`; labels below `most`."""

    @abstractmethod
    def range_of(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the smallest and largest label of outputs from `low` to `high`, but for negligible ones."""

    @abstractmethod
    def log_likelihood(self, y: Array, output: Array) -> Array:
        """Return the logarithm of the law of the label (density or probability) at these outputs."""

    @abstractmethod
    def log_between(self, low: Array, high: Array, output: Array) -> Array:
        """Return the logarithm of the probability of a label from `low` up to and without `high`."""

    @abstractmethod
    def span(self, y: Array, widths: float) -> tuple[Array, Array]:
        """Return the interval of outputs that explain a label within this number of standard deviations."""

    @abstractmethod
    def span_between(self, low: Array, high: Array, widths: float) -> tuple[Array, Array]:
        """Return the interval of outputs that explain a label from `low` to `high`."""

    def exact(self, y: Array) -> Array:
        """Return which labels are the output itself, a continuous number without noise."""
        return np.zeros(np.shape(y), dtype=bool)

    @property
    def sharp(self) -> bool:
        """Whether an interval of labels is an interval of outputs, without noise."""
        return False

    def sharp_at(self, y: Array) -> Array:
        """Return for which labels the likelihood is one inside of the span, and zero outside."""
        return np.zeros(np.shape(y), dtype=bool)

    def impossible(self, y: Array) -> Array:
        """Return which labels the channel cannot give."""
        return np.zeros(np.shape(y), dtype=bool)

    def require_isotropic(self) -> None:
        """Raise unless the label depends on `|z|` alone."""
        if not self.isotropic:
            raise InvalidParameterError(
                f"labels of {self} do not depend on |z| alone: give a channel whose output is models.Intensity() or "
                "models.Amplitude()"
            )

    def _check(self) -> None:
        object.__setattr__(self, "p_star", count("p_star", self.p_star, P_STAR_MAX))
        if isinstance(self.output, type) or not isinstance(self.output, Output):
            raise refuse("output", self.output, "models.Intensity(), models.Amplitude() or models.WeightedSquares(...)")
        if self.output.width not in (None, self.p_star):
            raise refuse("p_star", self.p_star, f"{self.output.width}, the pre-activations of {self.output}")


def refuse_impossible(channel: Channel, y: Array) -> None:
    """Raise for labels that the channel cannot give, with the first of them."""
    bad = channel.impossible(y)
    if np.any(bad):
        place = int(np.argmax(bad))
        raise InvalidParameterError(
            f"y has the label {y[place]:g} at {place}, which {channel} cannot give: "
            "leave it out, or give a channel with noise"
        )
