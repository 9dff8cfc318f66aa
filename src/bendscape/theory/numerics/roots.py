"""Roots of functions on one side of the bulk: `g = g_end exp(-u)`, from the end of the law (`u = 0`) to `u = U_MAX`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError, BendscapeError

__all__ = ["U_MAX", "bracketed_root", "find_root"]

U_MAX = 300.0  # of u: exp(-300) is zero beside every average, and still a double
_TOLERANCE = 2e-15  # absolute and relative, of u
_RTOL_MIN = 4 * float(np.finfo(float).eps)  # the smallest relative tolerance that SciPy accepts


def bracketed_root(
    function: Callable[[float], float], low: float, high: float, name: str, *, xtol: float, rtol: float = _RTOL_MIN
) -> float:
    """Return the root of a function of one number that has different signs at `low` and `high`.

    Raises
    ------
    AccuracyError
        If the signs are equal, or the search does not converge; the message begins with `name`.

    Examples
    --------
    >>> from bendscape.theory.numerics.roots import bracketed_root
    >>> round(bracketed_root(lambda x: x**2 - 2, 1.0, 2.0, "a square root", xtol=1e-12), 9)
    1.414213562
    """
    from scipy.optimize import brentq

    try:
        return float(brentq(function, low, high, xtol=xtol, rtol=rtol))
    except BendscapeError:
        raise
    except (ValueError, RuntimeError) as error:
        raise AccuracyError(
            f"{name}: no root is bracketed between {low:.6g} and {high:.6g}: give other parameters"
        ) from error


def find_root(function: Callable[..., Array], low: Any, high: Any, *args: Any) -> Array:
    """Return the roots of an elementwise function between `low` and `high`, where it changes sign, to rounding.

    A single element is solved by a scalar routine, which has a twentieth of the overhead.

    Raises
    ------
    AccuracyError
        If the function does not change sign, or an element does not converge.
    """
    from scipy.optimize import elementwise

    if max(np.size(x) for x in (low, high, *args)) == 1:
        shape = np.broadcast(low, high, *args).shape
        ends = float(np.squeeze(low)), float(np.squeeze(high))

        def scalar(x: float) -> float:
            return float(np.squeeze(function(np.full(shape, x), *args)))

        return np.full(shape, bracketed_root(scalar, *ends, "an edge or outlier", xtol=_TOLERANCE))
    limits = {"xatol": _TOLERANCE, "xrtol": _TOLERANCE, "fatol": 0.0, "frtol": 0.0}
    root = elementwise.find_root(function, (low, high), args=args, tolerances=limits)
    if not np.all(root.success):
        raise AccuracyError(
            f"an edge or outlier is not bracketed between {low!r} and {high!r} (status {np.unique(root.status)}): give "
            "other parameters"
        )
    return np.asarray(root.x)
