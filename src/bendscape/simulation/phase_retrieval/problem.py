"""A problem of phase retrieval: an operator, labels, a prior, and the size of the signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.priors import Prior
from ..arrays import Array
from ..sensing.gram import Gram
from ..sensing.operator import Sensing
from .measured import Measured

__all__ = ["Problem"]


@dataclass(frozen=True, eq=False)
class Problem:
    """`y` is made of `z = s A x`, and the prior of `x` has mean square one.

    Attributes
    ----------
    operator : Sensing
        With rows of one length.
    gram : Gram
        `A^H A`, or its real part for a real signal.
    measured : Measured
    prior : Prior
    scale : float
        `s`.
    """

    operator: Sensing
    gram: Gram
    measured: Measured
    prior: Prior
    scale: float

    @property
    def signal_type(self) -> type:
        """`complex` or `float`."""
        return complex if self.prior.complex_valued else float

    @property
    def components(self) -> tuple[int, int]:
        """Real numbers in one of the signal, and in one of `z`."""
        return (2 if self.prior.complex_valued else 1), int(self.measured.channel.p_star)

    def forward(self, x: Array) -> Array:
        """`s A x`, of the type of `z`."""
        z = self.operator.forward(x[None, :])[0]
        return np.asarray(self.scale * z, dtype=complex if self.components[1] == 2 else float)

    def adjoint(self, z: Array) -> Array:
        """`s A^H z`, its real part for a real signal."""
        x = self.operator.adjoint(z[None, :])[0]
        return np.asarray(self.scale * (x if self.prior.complex_valued else x.real))

    def mean_square(self) -> float:
        """`E|z|^2`, averaged over labels, by the trace of `A^H A`."""
        values, weights = self.gram.spectrum()
        m, n = self.operator.shape
        return self.scale**2 * n / m * float(weights @ values)
