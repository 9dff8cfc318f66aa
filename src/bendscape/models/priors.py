r"""Priors of the numbers of a signal: the posterior mean and variance, given a Gaussian message.

Message passing tells the prior that each number `x` was measured as `r` with Gaussian noise of variance `v`. The prior
answers with `E[x | r, v]` and `E[|x - mean|^2 | r, v]`:

    E[x | r] = int x P(x) N(r; x, v) dx / int P(x) N(r; x, v) dx                                  :eq:`signal-posterior`

Every prior has `E|x|^2 = 1`: the size of a signal is a number of its own, which the labels tell. The variance of a
complex number is `E|x - mean|^2`, that of its real and imaginary part together.

A new prior is one class with `complex_valued` and `posterior`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .._types import Array
from ..arguments import flag, number, refuse
from ..user_arrays import numbers_of
from .channels.bessel import sphere_mean

__all__ = ["Gaussian", "NonNegative", "OnSupport", "Prior", "PurePhase", "Sparse"]

_FAR = -25.0  # standard deviations below zero from which on a truncated normal law is its series


class Prior(Protocol):
    """The law of one number of the signal, with `E|x|^2 = 1`."""

    @property
    def complex_valued(self) -> bool:
        """Whether the signal is complex."""

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """Mean and variance of each number, measured as `r` with noise of variance `v`, :eq:`signal-posterior`."""


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian signal.

    Parameters
    ----------
    complex_valued : bool
        Complex with independent real and imaginary parts of variance 1/2, or real of variance one.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.priors import Gaussian
    >>> Gaussian().posterior(np.array([2.0 + 1.0j]), 1.0)
    (array([1.+0.5j]), array([0.5]))
    """

    complex_valued: bool = True

    def __post_init__(self) -> None:
        flag("complex_valued", self.complex_valued)

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """See :class:`Prior`."""
        return np.asarray(r / (1 + v)), np.full(r.shape, v / (1 + v))


@dataclass(frozen=True)
class NonNegative:
    """A real signal without negative numbers: the absolute value of a normal number.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.priors import NonNegative
    >>> mean, variance = NonNegative().posterior(np.array([-1.0, 0.0, 1.0]), 0.1)
    >>> mean.round(4), variance.round(4)
    (array([0.085 , 0.2406, 0.9104]), array([0.0064, 0.033 , 0.0897]))
    """

    complex_valued: bool = field(default=False, init=False)

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """See :class:`Prior`."""
        from scipy.special import erfcx

        centre, spread = r / (1 + v), (v / (1 + v)) ** 0.5
        a = centre / spread  # the normal law with this mean and variance one, where it is positive
        near = np.maximum(a, _FAR)
        hazard = (2 / np.pi) ** 0.5 / erfcx(-near / 2**0.5)
        far = 1 / np.minimum(a, _FAR) ** 2
        mean = np.where(a > _FAR, near + hazard, far**0.5 * (1 - 2 * far + 10 * far**2 - 74 * far**3))
        variance = np.where(a > _FAR, 1 - hazard * (near + hazard), far * (1 - 6 * far + 50 * far**2 - 518 * far**3))
        return np.asarray(spread * mean), np.asarray(spread**2 * variance)


@dataclass(frozen=True)
class Sparse:
    """A signal most of whose numbers are zero, and the others Gaussian.

    Parameters
    ----------
    share : float
        Of the numbers that differ from zero, between zero and one.
    complex_valued : bool

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.priors import Sparse
    >>> mean, variance = Sparse(0.1, complex_valued=False).posterior(np.array([0.3, 3.0]), 0.1)
    >>> mean.round(4), variance.round(4)
    (array([0.005 , 2.9703]), array([0.0032, 0.099 ]))
    """

    share: float
    complex_valued: bool = True

    def __post_init__(self) -> None:
        share = number("share", self.share, "a number between zero and one", least=0.0)
        if not 0 < share <= 1:
            raise refuse("share", self.share, "a number between zero and one")
        object.__setattr__(self, "share", share)
        flag("complex_valued", self.complex_valued)

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """See :class:`Prior`."""
        from scipy.special import expit, logit

        wide, power = 1 / self.share, np.abs(r) ** 2
        halves = 1.0 if self.complex_valued else 0.5
        # log of the ratio of the laws of r for a number that is zero and one that is not
        gain = halves * (power * wide / (v * (v + wide)) - np.log((v + wide) / v))
        odds = gain + logit(self.share) if self.share < 1 else np.full(r.shape, np.inf)
        there = expit(odds)
        mean, spread = r * (wide / (wide + v)), wide * v / (wide + v)
        variance = there * spread + there * expit(-odds) * np.abs(mean) ** 2
        return np.asarray(there * mean), np.asarray(variance)


@dataclass(frozen=True)
class PurePhase:
    """A complex signal of modulus one everywhere, such as light behind a transparent object.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.priors import PurePhase
    >>> mean, variance = PurePhase().posterior(np.array([1j, 0.1]), 0.5)
    >>> mean.round(4), variance.round(4)
    (array([0.    +0.8635j, 0.1961+0.j    ]), array([0.2543, 0.9615]))
    """

    complex_valued: bool = field(default=True, init=False)

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """See :class:`Prior`: a von Mises law of the phase."""
        modulus = np.abs(r)
        length = sphere_mean(2, 2 * modulus / v)
        direction = np.divide(r, modulus, out=np.zeros_like(r, dtype=complex), where=modulus > 0)
        return np.asarray(length * direction), np.asarray((1 - length) * (1 + length))


@dataclass(frozen=True, eq=False)
class OnSupport:
    """A signal that is zero outside of a given support.

    Parameters
    ----------
    support : array of bool
        With the axes of the signal; True where it may differ from zero.
    prior : Prior
        Of the numbers on the support.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.priors import Gaussian, OnSupport
    >>> OnSupport(np.array([True, False]), Gaussian()).posterior(np.array([1.0, 1.0]), 1.0)[0]
    array([0.5, 0. ])
    """

    support: Any
    prior: Prior = field(default_factory=Gaussian)

    def __post_init__(self) -> None:
        support = numbers_of("support", self.support, dtype=None)
        if support.dtype.kind != "b" or not support.any():
            raise refuse("support", self.support, "an array of True and False that is True somewhere")
        object.__setattr__(self, "support", support)

    @property
    def complex_valued(self) -> bool:
        """Whether the signal is complex."""
        return self.prior.complex_valued

    def posterior(self, r: Array, v: float) -> tuple[Array, Array]:
        """See :class:`Prior`; the numbers of `r` are those of the whole signal."""
        inside = self.support.reshape(r.shape)
        mean, variance = self.prior.posterior(r, v)
        return np.where(inside, mean, 0), np.where(inside, variance, 0.0)
