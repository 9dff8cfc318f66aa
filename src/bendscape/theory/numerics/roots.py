"""Roots on one side of the bulk: `g = g_end exp(-u)`, from the end of the law (`u = 0`) to infinity (`u = FAR`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError, BendscapeError

__all__ = ["FAR", "bracketed_root", "find_root"]

FAR = 300.0
_TOLERANCE = 2e-15
_RELATIVE = 4 * float(np.finfo(float).eps)  # the least that SciPy takes


def bracketed_root(
    function: Callable[[float], float], low: float, high: float, place: str, *, xtol: float, rtol: float = _RELATIVE
) -> float:
    """The root of a function of one number that has different signs at `low` and `high`.

    Raises
    ------
    AccuracyError
        If it has not, or the search does not converge; the message says where (`place`).

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
            f"{place}: no root is bracketed between {low:.6g} and {high:.6g}: give other parameters"
        ) from error


def find_root(function: Callable[..., Array], low: Any, high: Any, *args: Any) -> Array:
    """The root of an elementwise function between `low` and `high`, where it changes sign, to rounding.

    One element goes to a scalar routine, which has a twentieth of the overhead.

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
    found = elementwise.find_root(function, (low, high), args=args, tolerances=limits)
    if not np.all(found.success):
        raise AccuracyError(
            f"no root is bracketed between {low!r} and {high!r}: status {np.unique(found.status)}, give others"
        )
    return np.asarray(found.x)
