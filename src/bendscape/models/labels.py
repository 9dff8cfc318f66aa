"""Laws of the labels: the distributions of `y` and `yhat` at random weights.

The mean of `k` squared standard normals is a chi-squared variable divided by `k`, which is a Gamma law of shape
`k/2` and mean one. A network of infinite width has the constant label one. A law is a description;
:mod:`bendscape.theory.law.quadrature` turns it into weighted points.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidParameterError

__all__ = ["ConstantLabel", "GammaLabel", "LabelLaw", "refused"]


_ORDER_MAX = 10**4  # of a moment, positive or negative


def refused(name: str, value: Any, wanted: str) -> InvalidParameterError:
    """Return the error of a value outside its domain."""
    from ..arguments import refuse  # imports NumPy, which the description of a network does not need

    return refuse(name, value, wanted)


def _order(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, numbers.Integral) or abs(int(n)) > _ORDER_MAX:
        raise refused("n", n, f"an integer from -{_ORDER_MAX} to {_ORDER_MAX}")
    return int(n)


def _number(name: str, value: Any, least: float) -> float:
    try:
        number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not least < number < math.inf:
        raise refused(name, value, f"one finite number above {least:g}")
    return number


@dataclass(frozen=True)
class GammaLabel:
    """The Gamma law of mean one and given shape: density proportional to `y^(shape-1) exp(-shape y)` for `y > 0`.

    Examples
    --------
    >>> from bendscape.models import GammaLabel
    >>> GammaLabel(0.5).moment(2), GammaLabel(0.5).moment(-1)
    (3.0, inf)
    """

    shape: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _number("shape", self.shape, 0.0))

    def moment(self, n: int) -> float:
        """Return the moment `E[y^n]`; infinite where it diverges, for a negative `n`."""
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
    """The law of a constant label.

    Examples
    --------
    >>> from bendscape.models import ConstantLabel
    >>> ConstantLabel(2.0).moment(3)
    8.0
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _number("value", self.value, 0.0))

    def moment(self, n: int) -> float:
        """Return the moment `value^n`; infinite where it overflows."""
        try:
            return self.value ** _order(n)
        except OverflowError:
            return math.inf


LabelLaw = GammaLabel | ConstantLabel
