"""Losses that weigh labels: `w(y) (y - yhat)^2/2`, with any positive weight. Their minimum is at `yhat = y`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .._types import Array
from ..arguments import RUNS
from ..errors import InvalidParameterError
from ..expected import instance
from ..user_arrays import numbers_of, real_array
from .losses import Loss

__all__ = ["LabelWeight", "weighted"]

_LISTED = 12  # largest number of knots that a text lists


@dataclass(frozen=True)
class LabelWeight:
    """A weight `w` of labels by their size: `log w` is interpolated in `log |y|`.

    The interpolation is piecewise cubic, and monotone wherever its values are. The weight is constant below the first
    knot, and falls as `1/|y|` beyond the last: the curvatures of a network with positive outputs are then bounded
    below, and its bulk has a left edge.

    Parameters
    ----------
    knots : tuple of float
        Sizes of labels, positive and increasing.
    values : tuple of float
        Weights `w` at the knots, positive.

    Raises
    ------
    InvalidParameterError
        If a number violates these conditions.

    Examples
    --------
    >>> from bendscape.models import LabelWeight
    >>> weight = LabelWeight((0.5, 1.0, 2.0), (3.0, 2.0, 1.0))
    >>> weight([0.0, -1.0, 4.0]).round(6).tolist()
    [3.0, 2.0, 0.5]
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("knots", "values"):
            numbers = real_array(name, getattr(self, name), ("n",))
            if numbers.size > RUNS:
                raise InvalidParameterError(f"{name} has {numbers.size} numbers: give at most {RUNS}")
            object.__setattr__(self, name, tuple(numbers.tolist()))
        knots, values = np.array(self.knots), np.array(self.values)
        if knots.size < 2 or not knots[0] > 0 or not np.all(np.diff(knots) > 0) or not np.isfinite(knots[-1]):
            raise InvalidParameterError(f"knots = {self.knots}: give two or more positive numbers that rise")
        if values.shape != knots.shape or not np.all(np.isfinite(values) & (values > 0)):
            raise InvalidParameterError(f"values = {self.values}: give {knots.size} positive numbers, one a knot")

    @cached_property
    def _curve(self) -> Any:
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(np.log(self.knots), np.log(self.values))

    def __getstate__(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self.knots, self.values

    def __setstate__(self, state: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
        self.__dict__.update(zip(("knots", "values"), state, strict=True))

    def __call__(self, y: npt.ArrayLike) -> Array:
        """Return `w(y)`, of the shape of `y`."""
        size, last = np.abs(numbers_of("y", y)), self.knots[-1]
        inside = np.exp(self._curve(np.log(np.clip(size, self.knots[0], last))))
        return np.asarray(inside * last / np.maximum(size, last))

    def __str__(self) -> str:
        if len(self.knots) > _LISTED:
            digest = hashlib.sha256(np.array([self.knots, self.values]).tobytes()).hexdigest()[:12]
            return f"label weight of {len(self.knots)} knots #{digest}"
        pairs = ", ".join(f"{knot:g}: {value!r}" for knot, value in zip(self.knots, self.values, strict=True))
        return f"label weight {{{pairs}}}"


@dataclass(frozen=True)
class _Weighted:
    """A derivative of the loss in `yhat`, as a value that can be pickled and compared."""

    weight: LabelWeight
    order: int

    @property
    def text(self) -> str:
        """Name of the loss."""
        return str(self.weight)

    def __call__(self, y: Array, yhat: Array) -> Array:
        off = np.asarray(yhat - y)
        return np.asarray(self.weight(y) * (off**2 / 2, off, np.ones_like(off))[self.order])


def weighted(weight: LabelWeight) -> Loss:
    """Return the loss `w(y) (y - yhat)^2/2`.

    Examples
    --------
    >>> from bendscape.models import LabelWeight, Network, weighted
    >>> print(Network(2, 1, loss=weighted(LabelWeight((0.5, 1.0, 4.0), (1.0, 0.5, 0.25)))))
    p=2, p*=1, quadratic, label weight {0.5: 1.0, 1: 0.5, 4: 0.25} loss
    """
    instance("weight", weight, LabelWeight, "models.LabelWeight(knots, values)")
    value, first, second = (_Weighted(weight, order) for order in range(3))
    return Loss(str(weight), value, first, second)
