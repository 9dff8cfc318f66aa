r"""Teachers whose vectors have unequal lengths: the law of `y = sum_l c_l s_l^2`, and `E[s_l^2 | y]`.

The Laplace transforms of the density, and of the density times the conditional moment, are products,

    E[exp(-t y)] = prod_k (1 + 2 c_k t)^(-1/2),    E[s_l^2 exp(-t y)] = E[exp(-t y)]/(1 + 2 c_l t),   :eq:`squares-law`

so that both are integrals over one contour. All singularities lie on the negative real axis, the last of them at
`-1/(2 max c)`; that one is moved to zero, which takes the factor `exp(-y/(2 max c))` out. On Talbot's contour
(Weideman, SIAM J. Numer. Anal. 44, 2006) the trapezoidal rule with 32 points has an error near rounding, for all `y`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._types import Array

__all__ = ["log_density", "squares_given_label"]

_POINTS = 32
_ROWS = 4096  # labels at a time: what is made of them takes 16 complex numbers for each vector


def _contour() -> tuple[Array, Array]:
    """Points `y (t + 1/(2 max c))` of the upper half of the contour, and weights of `exp` in the integral."""
    angle = (2 * np.arange(_POINTS // 2) + 1) * np.pi / _POINTS
    tau = _POINTS * (0.5017 * angle / np.tan(0.6407 * angle) - 0.6122 + 0.2645j * angle)
    sine = np.sin(0.6407 * angle)
    slope = _POINTS * (0.5017 / np.tan(0.6407 * angle) - 0.5017 * 0.6407 * angle / sine**2 + 0.2645j)
    # (1/(2 pi i)) dt = slope d(angle)/(2 pi i y), twice the real part for the lower half
    return tau, np.exp(tau) * slope * (2 / _POINTS) / 1j


_TAU, _WEIGHT = _contour()


def _moments(y: Array, weights: Sequence[float]) -> tuple[Array, Array]:
    """`y exp(y/(2 max c))` times the density, shape (n,), and times `E[s_l^2 | y]`, shape (k, n)."""
    c = np.asarray(weights, dtype=float)[:, None, None]
    # 1 + 2 c t with t = tau/y - 1/(2 max c)
    factors = 1 - c / c.max() + 2 * c * _TAU / np.asarray(y)[:, None]
    transform = _WEIGHT / np.prod(np.sqrt(factors), axis=0)
    return np.sum(transform, axis=-1).real, np.sum(transform / factors, axis=-1).real


def log_density(y: Array, weights: Sequence[float]) -> Array:
    """The logarithm of the density of `sum_l c_l s_l^2` at positive labels.

    Parameters
    ----------
    y : array, shape (n,)
    weights : sequence of float
        `c_l`, positive.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.law.squares import log_density
    >>> log_density(np.array([0.5, 2.0]), (0.5, 0.5)).round(12).tolist()  # -y for two equal ones
    [-0.5, -2.0]
    """
    density, _ = _moments(np.asarray(y, dtype=float), weights)
    return np.asarray(np.log(density / y) - y / (2 * max(weights)))


def squares_given_label(y: Array, weights: Sequence[float]) -> Array:
    """`E[s_l^2 | y]` for each direction of a teacher `y = sum_l c_l s_l^2`, of which `sum_l c_l E[s_l^2 | y] = y`.

    Parameters
    ----------
    y : array, shape (n,)
        Zero or positive.
    weights : sequence of float
        `c_l`, positive: the squared lengths of the vectors.

    Returns
    -------
    array, shape (k, n)

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.law.squares import squares_given_label
    >>> squares_given_label(np.array([0.0, 1.0]), (0.8, 0.2)).round(6).tolist()
    [[0.0, 0.889879], [0.0, 1.440485]]
    """
    label = np.asarray(y, dtype=float)
    squares, positive = np.zeros((len(weights), label.size)), np.flatnonzero(label > 0)
    for start in range(0, positive.size, _ROWS):
        rows = positive[start : start + _ROWS]
        density, moments = _moments(label[rows], weights)
        squares[:, rows] = moments / density
    return squares
