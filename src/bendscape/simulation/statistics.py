"""Means over samples, with standard errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["mean_stderr"]


def mean_stderr(values: Any, *, share: bool = False) -> tuple[float, float]:
    """Mean of independent values and its standard error.

    Parameters
    ----------
    values : array_like
        One number a sample.
    share : bool
        The values are zeros and ones, and the mean is the share of ones. Its error is that of a share
        `(ones + 1)/(samples + 2)`, which is not zero when all samples agree.

    Returns
    -------
    float, float
        The error is nan for a single value that is no share, both are nan for no value.

    Examples
    --------
    >>> mean, stderr = mean_stderr([1.0, 2.0, 3.0])
    >>> mean, round(stderr, 3)
    (2.0, 0.577)
    >>> mean, stderr = mean_stderr([1, 1, 1, 1], share=True)
    >>> mean, round(stderr, 3)
    (1.0, 0.186)
    """
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return math.nan, math.nan
    if share:
        q = (x.sum() + 1) / (x.size + 2)
        return float(x.mean()), math.sqrt(q * (1 - q) / x.size)
    return float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size) if x.size > 1 else math.nan
