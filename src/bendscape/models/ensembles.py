r"""Ensembles of sensing matrices: Gaussian, with orthonormal columns, products of two Gaussian ones.

Message passing sees the law of the eigenvalues of `A^H A` alone, if the eigenvectors have no preferred directions. Let
a guess of `z = A x` have the error `v = 1 - q`, and let `Psi` be the gain of the labels, :eq:`bayes-step`. The overlap
of `x` is then `alpha v Psi`, and `q` is a fixed point at one `alpha`, :eq:`bayes-ensembles`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..arguments import positive
from ..errors import InvalidParameterError
from ..user_arrays import column, shown

__all__ = ["ColumnOrthogonal", "Ensemble", "FixedSpectrum", "GaussianEnsemble", "GaussianProduct"]

_LARGEST = 1e200  # parameter of the equation of a spectrum, from which on it is infinite


@runtime_checkable
class Ensemble(Protocol):
    """Contract of an ensemble of sensing matrices, of shape (alpha N, N), whose outputs have variance one."""

    def alpha(self, q: Any, psi: Any) -> Any:
        """Return the `alpha` at which `q` is a fixed point, for labels of gain `psi`, :eq:`bayes-ensembles`."""

    def gain(self, q: Any, alpha: float) -> Any:
        """Return the gain of labels for which `q` is a fixed point at this `alpha`: the inverse of :meth:`alpha`."""

    def __hash__(self) -> int:
        """Return the hash: curves are cached by ensemble."""

    @property
    def least(self) -> float:
        """Least `alpha` of such matrices."""

    @property
    def complete(self) -> bool:
        """Whether matrices with more rows than columns have full rank, so that labels can determine every weight."""


@dataclass(frozen=True)
class GaussianEnsemble:
    """Independent normal elements: `alpha(q) = q/(v Psi)`.

    Examples
    --------
    >>> from bendscape.models import GaussianEnsemble
    >>> GaussianEnsemble().alpha(0.5, 1.0)
    1.0
    """

    @property
    def least(self) -> float:
        """Least `alpha` of such matrices."""
        return 0.0

    @property
    def complete(self) -> bool:
        """Whether such matrices have full rank: yes."""
        return True

    def alpha(self, q: Any, psi: Any) -> Any:
        """Return the `alpha` at which `q` is a fixed point."""
        return q / ((1 - q) * psi)

    def gain(self, q: Any, alpha: float) -> Any:
        """Return the gain of labels for which `q` is a fixed point."""
        return q / ((1 - q) * alpha)

    def __str__(self) -> str:
        return "Gaussian matrix"


@dataclass(frozen=True)
class ColumnOrthogonal:
    """Orthonormal columns in random directions: `alpha(q) = q/(v Psi) + v`, for `alpha` from one upwards.

    Coded diffraction patterns and parts of Fourier transforms behave like them.

    Examples
    --------
    >>> import bendscape as bs
    >>> best = bs.BayesOptimal(bs.models.Noiseless(p_star=2), bs.models.ColumnOrthogonal())  # complex: p_star is 2
    >>> onset = bs.threshold(best)
    >>> round(onset.alpha, 4), round(onset.alpha_perfect, 4)
    (2.0, 2.264)
    """

    @property
    def least(self) -> float:
        """Least `alpha` of such matrices."""
        return 1.0

    @property
    def complete(self) -> bool:
        """Whether such matrices have full rank: yes."""
        return True

    def alpha(self, q: Any, psi: Any) -> Any:
        """Return the `alpha` at which `q` is a fixed point."""
        return q / ((1 - q) * psi) + (1 - q)

    def gain(self, q: Any, alpha: float) -> Any:
        """Return the gain of labels for which `q` is a fixed point."""
        return q / ((1 - q) * (alpha - (1 - q)))

    def __str__(self) -> str:
        return "matrix with orthonormal columns"


@dataclass(frozen=True)
class GaussianProduct:
    """Product of two Gaussian matrices, with `ratio` times as many inner dimensions as columns.

    `alpha(q) = x/(v Psi)` with the overlap `x` from `(1 - x)(1 - x/ratio) = v`.

    Parameters
    ----------
    ratio : float

    Examples
    --------
    >>> import bendscape as bs
    >>> best = bs.BayesOptimal(bs.models.Noiseless(p_star=1), bs.models.GaussianProduct(ratio=1.0))
    >>> round(bs.threshold(best).alpha, 4)
    0.25
    """

    ratio: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "ratio", positive("ratio", self.ratio))

    @property
    def least(self) -> float:
        """Least `alpha` of such matrices."""
        return 0.0

    @property
    def complete(self) -> bool:
        """Whether such matrices have full rank: with at least as many inner dimensions as columns."""
        return self.ratio >= 1

    def alpha(self, q: Any, psi: Any) -> Any:
        """Return the `alpha` at which `q` is a fixed point."""
        return self._overlap2(q) / ((1 - q) * psi)

    def gain(self, q: Any, alpha: float) -> Any:
        """Return the gain of labels for which `q` is a fixed point."""
        return self._overlap2(q) / ((1 - q) * alpha)

    def _overlap2(self, q: Any) -> Any:
        """The smaller root of `x^2 - (1 + ratio) x + ratio q = 0`, without a difference of large numbers."""
        c = self.ratio
        return 2 * c * q / (1 + c + ((1 + c) ** 2 - 4 * c * q) ** 0.5)

    def __str__(self) -> str:
        return f"product of two Gaussian matrices, ratio {self.ratio:g}"


@dataclass(frozen=True)
class FixedSpectrum:
    """Matrices with given eigenvalues of `A^H A`, up to a factor, whatever their number of rows.

    With `lambda` of mean one, `x(t) = <t lambda/(1 + t lambda)>` and `t` from `x(t)/t = v (1 - v Psi)`,
    `alpha(q) = x/(v Psi)`. It describes one measured matrix at its own `alpha`. Where the eigenvalues change as rows
    are added, thresholds at another `alpha` are those of matrices with the old ones.

    Parameters
    ----------
    eigenvalues : array_like
        Eigenvalues of `A^H A`, zero or positive, with equal weights.

    Examples
    --------
    >>> import bendscape as bs
    >>> one = bs.models.FixedSpectrum([0.5, 1.0, 1.5])
    >>> round(bs.threshold(bs.BayesOptimal(bs.models.Noiseless(p_star=1), one)).alpha, 4)  # 3/2 over <l^2>/<l>^2
    1.2857
    """

    eigenvalues: Any

    def __post_init__(self) -> None:
        values = column("eigenvalues", self.eigenvalues)
        if not values.size or values.min() < 0 or values.max() == 0:
            raise InvalidParameterError(
                f"eigenvalues = {shown(self.eigenvalues)}: give numbers that are zero or positive, not all zero"
            )
        object.__setattr__(self, "eigenvalues", tuple((values / values.mean()).tolist()))

    @property
    def least(self) -> float:
        """Least `alpha` of such matrices: the share of eigenvalues that are not zero."""
        return float(np.mean(np.asarray(self.eigenvalues) > 0))

    @property
    def complete(self) -> bool:
        """Whether such matrices have full rank: no eigenvalue is zero."""
        return bool(min(self.eigenvalues) > 0)

    def alpha(self, q: Any, psi: Any) -> Any:
        """Return the `alpha` at which `q` is a fixed point."""
        v = 1 - np.asarray(q, dtype=float)
        error = v * (1 - v * psi)  # x(t)/t = <lambda/(1 + t lambda)>
        t = self._solved(lambda t, e: self._mean(t) - e, error)
        return t * error / (v * psi)

    def gain(self, q: Any, alpha: float) -> Any:
        """Return the gain of labels for which `q` is a fixed point."""
        v = 1 - np.asarray(q, dtype=float)
        t = self._solved(lambda t, each: self._mean(t) * (alpha + t * each) - each * alpha, v)
        return t / (alpha + t * v)

    def _mean(self, t: float) -> float:
        values = np.asarray(self.eigenvalues)
        return float(np.mean(values / (1 + t * values)))

    @staticmethod
    def _solved(function: Callable[[float, float], float], each: Any) -> Any:
        """Return the positive zeros in `t` of a function that is positive at zero, for each parameter."""
        from scipy.optimize import brentq

        def zero(value: float) -> float:
            high = 1.0
            while function(high, value) > 0:
                high *= 4
                if high > _LARGEST:
                    return math.inf
            return float(brentq(function, 0.0, high, args=(value,), xtol=1e-300, rtol=1e-13))

        return np.vectorize(zero, otypes=[float])(each)

    def __str__(self) -> str:
        return f"matrix with {len(self.eigenvalues)} given eigenvalues"
