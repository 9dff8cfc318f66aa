"""Laws of the labels: what `y` and `yhat` are distributed as when the weights are random.

The mean of `k` squared standard normals is a chi-squared variable divided by `k`, which is a Gamma law of shape
`k/2` and mean one. A network of infinite width has the constant label one. A law is a description; turning it into
weighted points is the business of :mod:`bendscape.theory.quadrature`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConstantLabel", "GammaLabel", "LabelLaw"]


@dataclass(frozen=True)
class GammaLabel:
    """The Gamma law of mean one and given shape: density proportional to `y^(shape-1) exp(-shape y)` for `y > 0`."""

    shape: float

    def moment(self, n: int) -> float:
        """`E[y^n]`; infinite where a negative `n` makes it diverge."""
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

    def moment(self, n: int) -> float:
        """`value^n`."""
        return self.value**n


LabelLaw = GammaLabel | ConstantLabel
