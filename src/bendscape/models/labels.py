"""Laws of the labels: what `y` and `yhat` are distributed as when the weights are random.

The mean of `k` squared standard normals is a chi-squared variable divided by `k`, which is a Gamma law of shape
`k/2` and mean one. A network of infinite width has the constant label one. A law is a description; turning it into
weighted points is the business of :mod:`bendscape.theory.law.quadrature`.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidParameterError

__all__ = ["ConstantLabel", "GammaLabel", "LabelLaw", "refused"]


_HIGHEST = 10**4  # order of a moment


def refused(name: str, value: Any, wanted: str) -> InvalidParameterError:
    """The error of a value outside its domain."""
    from ..arguments import refuse  # with NumPy, which describing a network does not load

    return refuse(name, value, wanted)


def _order(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, numbers.Integral) or abs(int(n)) > _HIGHEST:
        raise refused("n", n, f"an integer from -{_HIGHEST} to {_HIGHEST}")
    return int(n)


def _number(name: str, value: Any, least: float) -> float:
    try:
        found = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        found = math.inf
    if not least < found < math.inf:
        raise refused(name, value, f"one finite number above {least:g}")
    return found


@dataclass(frozen=True)
class GammaLabel:
    """The Gamma law of mean one and given shape: density proportional to `y^(shape-1) exp(-shape y)` for `y > 0`."""

    shape: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _number("shape", self.shape, 0.0))

    def moment(self, n: int) -> float:
        """`E[y^n]`; infinite where a negative `n` makes it diverge."""
        n = _order(n)
        if self.shape + n <= 0:
            return float("inf")
        steps = range(n) if n >= 0 else range(n, 0)
        product = 1.0
        for j in steps:
            product *= (self.shape + j) / self.shape
        return product if n >= 0 else 1.0 / product


@dataclass(frozen=True)
class ConstantLabel:
    """The law of a label that does not fluctuate."""

    value: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _number("value", self.value, 0.0))

    def moment(self, n: int) -> float:
        """`value^n`, infinite where a double does not hold it."""
        try:
            return self.value ** _order(n)
        except OverflowError:
            return math.inf


LabelLaw = GammaLabel | ConstantLabel
