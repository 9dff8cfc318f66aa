r"""Labels of `z = A x` and their channel, for complex and for real `z`.

A channel takes real vectors of `p_star` components, each of one variance, and its label depends on `|z|^2/p_star`. A
complex number is such a vector with `p_star = 2`: with

    z' = sqrt(2) (Re z, Im z),    |z'|^2/2 = |z|^2                                                 :eq:`complex-channel`

each component of `z'` has the variance `E|z|^2`. A real number is one with `p_star = 1`.

Rows of the operator are divided by their lengths over the root mean square of all. So is `z`, and labels are those of
`z` times these divisors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...models.channels import RadialMoments, radial_moments
from ..arrays import Array

__all__ = ["Measured"]

_SEARCHED = 5000  # labels with noise that are enough to find one number
_MOST, _CLOSE = 100, 1e-4  # steps to the mean square of z, and the relative change that ends them
_FLOOR = 0.05  # of E[|z|^2 | y] over its mean, below which the weight of a label would be too large


@dataclass(frozen=True, eq=False)
class Measured:
    """Labels, the rows that they belong to, and the channel that made them.

    Attributes
    ----------
    channel : Channel
        With `p_star` 2 for complex `z`, 1 for real.
    y : array, shape (k,)
    divisors : array, shape (k,) or (1,)
        Lengths of rows over their root mean square; all `z` here are divided by them.
    rows : array of int, shape (k,), or slice
        Rows of the operator with a label; the others are not measured.
    """

    channel: Any
    y: Array
    divisors: Array
    rows: Any

    def posterior(self, z: Array, v: float) -> tuple[Array, float]:
        """Mean of each `z`, and the mean over rows of `E|z - mean|^2`, given a guess with `E|z - guess|^2 = v`.

        A row that was not measured leaves the guess.
        """
        length = np.abs(z[self.rows])
        there = self._moments(length, v)
        along = there.along * (self._unit / self.divisors)
        mean = z.copy()
        mean[self.rows] *= np.divide(along, length, out=np.zeros_like(length), where=length > 0)
        share = self.y.size / z.size
        return mean, share * float(np.mean(self._variance(there))) + (1 - share) * v

    def log_evidence(self, z: Array, v: float) -> float:
        """Mean logarithm of the law of a label, given a guess with `E|z - guess|^2 = v` of its own row."""
        return float(np.mean(self._moments(np.abs(z), v).log_evidence))

    def intensities(self, power: float) -> Array:
        """`E[|z|^2 | y]`, given only that `E|z|^2` is `power`; the labels over squared divisors, without noise."""
        return self._variance(self._moments(np.zeros(self.y.size), power))

    def spectral_weights(self, power: float) -> Array:
        """`T(y) = 1 - E|z|^2/E[|z|^2 | y]`, the optimal weight of a label."""
        return np.asarray(1 - 1 / np.maximum(self.intensities(power) / power, _FLOOR))  # :eq:`sensing-weight`

    def power(self) -> float:
        """`E|z|^2` of the largest evidence of the labels, for a Gaussian `z` of mean zero."""
        few = self.part(self.some())
        above = few.y[few.y > 0]
        power = float(np.mean(above)) if above.size else 1.0
        for _ in range(_MOST):
            # expectation maximisation: E|z|^2 <- E[|z|^2 | y]
            before, power = power, float(np.mean(few.intensities(power)))
            if abs(power - before) <= _CLOSE * power:
                break
        return power

    @property
    def noiseless(self) -> bool:
        """Whether every label is `|z|^2` or `|z|` itself."""
        return bool(np.all(self.channel.exact(self.y)))

    def some(self) -> Array:
        """Places of labels that are enough to find one number."""
        return np.arange(0, self.y.size, 1 if self.noiseless else max(1, self.y.size // _SEARCHED))

    def part(self, places: Array) -> Measured:
        """These labels alone."""
        divisors = self.divisors if self.divisors.size == 1 else self.divisors[places]
        return Measured(self.channel, self.y[places], divisors, slice(None))

    @property
    def _unit(self) -> float:
        """Lengths `|z|` over those of vectors `z'`."""
        return 1 / math.sqrt(self.channel.p_star)

    def _moments(self, length: Array, v: float) -> RadialMoments:
        # |z'| = sqrt(2) |z|, and a component of z' has the variance E|z|^2                        :eq:`complex-channel`
        return radial_moments(self.channel, self.y, self.divisors * length / self._unit, self.divisors**2 * v)

    def _variance(self, there: RadialMoments) -> Array:
        variance = (there.parallel + (self.channel.p_star - 1) * there.across) / self.channel.p_star
        return np.asarray(variance / self.divisors**2)
