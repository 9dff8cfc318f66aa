"""Means over samples, with standard errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import flag
from ..errors import InvalidParameterError
from ..user_arrays import numbers_of, shown

__all__ = ["mean_stderr"]

_HUGE = 1e150


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
    x = numbers_of(f"values = {shown(values)}", values)
    if x.size == 0:
        return math.nan, math.nan
    if flag("share", share):
        if not np.all((x == 0) | (x == 1) | np.isnan(x)):  # nan: not defined for a sample
            raise InvalidParameterError(f"values = {shown(values)}: give zeros and ones, of which there is a share")
        q = (x.sum() + 1) / (x.size + 2)
        return float(x.mean()), math.sqrt(q * (1 - q) / x.size)
    largest = float(np.abs(x).max())
    if math.isinf(largest):
        both = np.any(x == math.inf) and np.any(x == -math.inf)
        return math.nan if both else float(x.sum()), math.nan
    if largest > _HUGE:  # whose squares a double does not hold
        mean, error = mean_stderr(x / largest)
        return mean * largest, error * largest
    return float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size) if x.size > 1 else math.nan
