"""Roots on one side of the bulk: `g = g_end exp(-u)`, from the end of the law (`u = 0`) to infinity (`u = FAR`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import AccuracyError
from .measure import Array

__all__ = ["FAR", "find_root"]

FAR = 300.0
_TOLERANCE = 2e-15


def find_root(function: Callable[..., Array], low: Any, high: Any, *args: Any) -> Array:
    """The root of an elementwise function between `low` and `high`, where it changes sign, to rounding.

    One element goes to a scalar routine, which has a twentieth of the overhead.

    Raises
    ------
    AccuracyError
        If the function does not change sign, or an element does not converge.
    """
    from scipy.optimize import brentq, elementwise

    if max(np.size(x) for x in (low, high, *args)) == 1:
        shape = np.broadcast(low, high, *args).shape
        ends = float(np.squeeze(low)), float(np.squeeze(high))
        try:
            root = brentq(lambda x: float(np.squeeze(function(np.full(shape, x), *args))), *ends, xtol=_TOLERANCE)
        except ValueError as error:
            raise AccuracyError(f"no root is bracketed between {low!r} and {high!r}") from error
        return np.full(shape, root)
    limits = {"xatol": _TOLERANCE, "xrtol": _TOLERANCE, "fatol": 0.0, "frtol": 0.0}
    found = elementwise.find_root(function, (low, high), args=args, tolerances=limits)
    if not np.all(found.success):
        raise AccuracyError(f"no root is bracketed between {low!r} and {high!r}: status {np.unique(found.status)}")
    return np.asarray(found.x)
