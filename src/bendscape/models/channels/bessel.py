r"""Ratios of modified Bessel functions: moments of the von Mises-Fisher law `exp(kappa o.e)` of unit vectors `e`.

In `p` dimensions its mean along `o` is `A(kappa) = I_(p/2)(kappa)/I_(p/2-1)(kappa)`, its variance along `o` is the
derivative `A'(kappa)`, and its variance across is `A(kappa)/kappa`, :eq:`sphere-moments`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..._types import Array

__all__ = ["log_bessel", "sphere_mean", "sphere_moments"]

_STEPS = 12  # of the continued fraction, for kappa up to one
_TERMS = 12  # of the series in 1/kappa, for kappa above _far
_VANISHING = 1e-100  # kappa that stands for zero in a logarithm


def sphere_mean(p: int, kappa: Any) -> Array:
    """Return `A(kappa) = I_(p/2)(kappa)/I_(p/2-1)(kappa)` in `p` dimensions, for `kappa >= 0`.

    Examples
    --------
    >>> from bendscape.models.channels.bessel import sphere_mean
    >>> sphere_mean(1, [1e-300, 1.0, 1e300]).round(6).tolist()
    [0.0, 0.761594, 1.0]
    """
    return sphere_moments(p, kappa)[0]


def sphere_moments(p: int, kappa: Any) -> tuple[Array, Array, Array]:
    """Return `A(kappa)`, `A'(kappa)` and `A(kappa)/kappa`: the mean, and the variances along and across it."""
    k = np.asarray(kappa, dtype=float)
    if p == 1:
        mean = np.tanh(k)
        small = np.where(k < 1.0, 1.0 - mean**2, 4 * np.exp(-2 * k) / (1 + np.exp(-2 * k)) ** 2)
        return mean, small, np.divide(mean, k, out=np.ones_like(k), where=k > 0)
    near, far = k < 1.0, k > _far(p)
    parts = (_fraction(p, np.where(near, k, 0.5)), _middle(p, np.where(near | far, 1.0, k)))
    distant = _distant(p, np.where(far, k, np.inf))
    mean, along, across = (np.where(near, a, np.where(far, c, b)) for a, b, c in zip(*parts, distant, strict=True))
    return mean, along, across


def _far(p: int) -> float:
    return 40.0 + 2.0 * p**2


def _fraction(p: int, k: Array) -> tuple[Array, Array, Array]:
    """Return the moments by the continued fraction `A/kappa = 1/(p + kappa^2 (A/kappa of p + 2))`."""
    square = k**2
    ratio = np.full_like(k, 1.0 / (p + 2 * _STEPS))
    for step in range(_STEPS - 1, -1, -1):
        after, ratio = ratio, 1.0 / (p + 2 * step + square * ratio)
    return k * ratio, ratio * (1.0 + square * (after - ratio)), ratio


def _middle(p: int, k: Array) -> tuple[Array, Array, Array]:
    """Return the moments by Bessel functions; `A' = (A/kappa) (1 + kappa (A of p + 2 - A))`."""
    from scipy.special import i0e, i1e, ive

    if p == 2:
        mean = i1e(k) / i0e(k)
    elif p == 3:
        mean = 1.0 / np.tanh(k) - 1.0 / k
    elif p == 4:
        mean = i0e(k) / i1e(k) - 2.0 / k
    else:
        order = p / 2
        middle = ive(order, k)
        mean = middle / ive(order - 1, k)
        return mean, mean / k * (1.0 + k * (ive(order + 1, k) / middle - mean)), mean / k
    return mean, 1.0 - mean**2 - (p - 1) * mean / k, mean / k


def _distant(p: int, k: Array) -> tuple[Array, Array, Array]:
    """Return the moments by the series in `1/kappa`, which `A' = 1 - A^2 - (p - 1) A/kappa` determines."""
    inverse = 1.0 / k
    mean, along = np.zeros_like(k), np.zeros_like(k)
    for power, factor in reversed(list(enumerate(_series(p)))):
        mean = factor + inverse * mean
        along = -power * factor + inverse * along
    return mean, inverse * along, mean * inverse


@cache
def _series(p: int) -> tuple[float, ...]:
    factors = [1.0]
    for k in range(_TERMS):
        products = sum(factors[i] * factors[k + 1 - i] for i in range(1, k + 1))
        factors.append(((k - p + 1) * factors[k] - products) / 2)
    return tuple(factors)


def log_bessel(p: int, kappa: Array) -> Array:
    """Return the logarithm of `e^(-kappa) I_m(kappa) (kappa/2)^(-m)`, `m = p/2 - 1`, for `kappa >= 0`."""
    from scipy.special import i0e, i1e, ive

    if p == 1:
        return np.asarray(np.log1p(np.exp(-2 * kappa)) - 0.5 * math.log(4 * math.pi))
    if p == 2:
        return np.asarray(np.log(i0e(kappa)))
    k = np.maximum(kappa, _VANISHING)
    if p == 3:
        return np.asarray(np.log(-np.expm1(-2 * k) / k) - 0.5 * math.log(math.pi))
    if p == 4:
        return np.asarray(np.log(i1e(k)) - np.log(k / 2))
    return _log_of_any_order(p / 2 - 1, k, ive)


def _log_of_any_order(order: float, k: Array, ive: Any) -> Array:
    small, large = k < 1e-3, k > 1e5 * (1.0 + order**2)
    middle = np.where(small | large, 1.0, k)
    general = np.log(ive(order, middle)) - order * np.log(middle / 2)
    # I_m = (kappa/2)^m/m! (1 + kappa^2/(4 m + 4)), and e^kappa (2 pi kappa)^(-1/2) exp(-(4 m^2 - 1)/(8 kappa))
    first = k / (4 * order + 4) * np.minimum(k, 1.0)
    series = -math.lgamma(order + 1) - k + first
    u = (4 * order**2 - 1) / (8 * k)
    far = -0.5 * np.log(2 * math.pi * k) - order * np.log(k / 2) - u
    return np.asarray(np.where(small, series, np.where(large, far, general)))
