"""Probabilities of intervals under the Poisson law, as logarithms."""

from __future__ import annotations

import numpy as np

from ..._types import Array

__all__ = ["log_counts_between", "log_law"]

_SMALL = 1e-200  # probability below which a tail is summed from its largest term
_TERMS = 400
_LEAST, _STIRLING = 1e-9, 1e4  # count that stands for zero; count above which its factorial is Stirling's


def log_counts_between(low: Array, high: Array, mean: Array) -> Array:
    """Return the logarithm of `P(low <= k < high)` for a Poisson `k`, integers `low < high`, `high` up to infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.channels.counts import log_counts_between
    >>> log_counts_between(np.array([0.0, 2.0]), np.array([1.0, np.inf]), np.array([1.0, 1.0])).round(4).tolist()
    [-1.0, -1.3309]
    """
    low, high, mean = np.broadcast_arrays(np.maximum(low, 0.0), high, mean)
    upper = mean < low  # the mean is below: differences of the probabilities of more
    near, far = (_log_more(low, mean), _log_more(high, mean)), (_log_less(high, mean), _log_less(low, mean))
    larger, smaller = (np.where(upper, a, b) for a, b in zip(near, far, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = larger + np.log1p(-np.exp(np.minimum(smaller - larger, 0.0)))
    return np.where(larger == -np.inf, -np.inf, between)


def _log_more(k: Array, mean: Array) -> Array:
    """Return `log P(K >= k)`."""
    from scipy.special import gammainc

    finite = np.where(np.isfinite(k), k, 1.0)
    with np.errstate(divide="ignore"):
        value = np.log(np.where(finite > 0, gammainc(np.maximum(finite, 1.0), mean), 1.0))
    rare = (value < np.log(_SMALL)) & (finite > mean)
    if np.any(rare):
        n, m = finite[rare], mean[rare]
        total = np.ones_like(m)
        for j in range(_TERMS, 0, -1):
            total = 1.0 + total * m / (n + j)
        value[rare] = log_law(n, m) + np.log(total)
    return np.where(np.isfinite(k), value, -np.inf)


def _log_less(k: Array, mean: Array) -> Array:
    """Return `log P(K < k)`."""
    from scipy.special import gammaincc

    finite = np.where(np.isfinite(k), k, 1.0)
    with np.errstate(divide="ignore"):
        value = np.log(np.where(finite > 0, gammaincc(np.maximum(finite, 1.0), mean), 0.0))
    rare = (value < np.log(_SMALL)) & (finite > 0) & (finite < mean)
    if np.any(rare):
        n, m = finite[rare] - 1.0, mean[rare]
        total = np.ones_like(m)
        for j in range(_TERMS, 0, -1):
            total = 1.0 + total * np.maximum(n - j + 1.0, 0.0) / m
        value[rare] = log_law(n, m) + np.log(total)
    return np.where(np.isfinite(k), value, 0.0)


def log_law(k: Array, mean: Array) -> Array:
    """Return the logarithm of the Poisson law, whose large terms cancel before they are computed."""
    from scipy.special import gammaln, xlogy

    some = np.maximum(k, _LEAST)
    # k log(mean) - mean - log k! = -k (d - log(1 + d)) + [k log k - k - log k!],  d = mean/k - 1
    d = mean / some - 1.0
    with np.errstate(divide="ignore"):
        away = some * (d - np.log1p(d))
    few = np.minimum(some, _STIRLING)
    constant = np.where(
        some < _STIRLING, xlogy(few, few) - few - gammaln(few + 1), -0.5 * np.log(2 * np.pi * some) - 1 / (12 * some)
    )
    return np.asarray(np.where(k > _LEAST, constant - away, -mean + xlogy(k, mean)))
