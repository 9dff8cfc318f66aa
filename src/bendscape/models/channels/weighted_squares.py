r"""Teachers with vectors of unequal length: `f(z) = sum_l w_l z_l^2`, constant on ellipsoids.

With `z_l = r e_l/w_l^(1/2)` and a unit vector `e`, the output is `r^2`, and `dz = r^(p*-1) dr de/(w_1 .. w_p*)^(1/2)`,
:eq:`ellipsoid`. Averages at one output are averages over directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from ...errors import InvalidParameterError
from ...user_arrays import real_array, shown

__all__ = ["WeightedSquares"]


@dataclass(frozen=True)
class WeightedSquares:
    """`sum_l w_l z_l^2` with two or three positive weights: teachers with vectors of unequal length.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Noiseless, WeightedSquares, posterior
    >>> uneven = Noiseless(2, output=WeightedSquares((0.8, 0.2)))
    >>> there = posterior(uneven, y=[1.0], omega=[[0.5, 0.5]], covariance=1.0)
    >>> there.mean.round(4).tolist(), there.variance.round(4).tolist()
    ([[0.3888, 0.6562]], [0.9446])
    """

    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        numbers = real_array("weights", self.weights, ("p_star",))
        if len(numbers) not in (2, 3) or not np.all(numbers > 0):
            raise InvalidParameterError(f"weights = {shown(self.weights)}: give two or three positive numbers")
        object.__setattr__(self, "weights", tuple(numbers.tolist()))

    def __str__(self) -> str:
        return " + ".join(f"{weight:g} z_{i}^2" for i, weight in enumerate(self.weights, 1))

    @property
    def isotropic(self) -> bool:
        """Whether it depends on `|z|` alone: no."""
        return False

    @property
    def width(self) -> int:
        """Number of pre-activations."""
        return len(self.weights)

    @property
    def lowest(self) -> float:
        """Lower bound of its values: zero."""
        return 0.0

    def value(self, z: Array) -> Array:
        """Return its values, shape (...), at pre-activations of shape (..., p_star)."""
        return np.asarray(z**2 @ np.array(self.weights))

    @property
    def angles(self) -> tuple[Array, Array]:
        """Ends of the angles that point to the ellipsoid: an azimuth, and before it the cosine of the polar angle."""
        ends = [(-1.0, 1.0)] * (self.width - 2) + [(-math.pi, math.pi)]
        low, high = np.array(ends).T
        return low, high

    def at(self, output: Array, angles: Array) -> tuple[Array, Array]:
        """Return `z` at outputs and angles, and the logarithm of the density of `dz` in them."""
        azimuth = angles[..., -1]
        parts = [np.cos(azimuth), np.sin(azimuth)]
        if self.width == 3:
            across = np.sqrt(np.maximum(1.0 - angles[..., 0] ** 2, 0.0))
            parts = [across * parts[0], across * parts[1], angles[..., 0]]
        root = np.sqrt(np.maximum(output, 0.0))
        direction = np.stack(parts, axis=-1) / np.sqrt(self.weights)
        # r^(p*-1) dr = r^(p*-2) df/2
        power = (self.width - 2) * np.log(np.maximum(root, 1e-150)) if self.width > 2 else 0.0
        return root[..., None] * direction, np.asarray(power - 0.5 * math.log(math.prod(self.weights)) - math.log(2))
