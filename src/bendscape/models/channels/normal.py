"""Probabilities of intervals under the normal law, as logarithms."""

from __future__ import annotations

import math

import numpy as np

from ..._types import Array

__all__ = ["log_normal_between"]

_NARROW = 1e-5  # interval, in standard deviations, in which the density is constant


def log_normal_between(low: Array, high: Array) -> Array:
    """Return `log(Phi(high) - Phi(low))` for `low < high`, infinite ends included.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.channels.normal import log_normal_between
    >>> log_normal_between(np.array([-1.0, 40.0]), np.array([1.0, np.inf])).round(4).tolist()
    [-0.3817, -804.6084]
    """
    from scipy.special import log_ndtr

    flip = low > 0  # both ends to the left of zero, where nothing cancels
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        wide = log_b + np.log1p(-np.exp(log_a - log_b))
        middle = (a + b) / 2
        narrow = -(middle**2) / 2 - 0.5 * math.log(2 * math.pi) + np.log(b - a)
    return np.asarray(np.where(b - a < _NARROW, narrow, wide))
