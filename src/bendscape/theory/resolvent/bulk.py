r"""The bulk, equation (14), :eq:`bulk`: `z(g) = 1/g + alpha <A>`, `A = f/(1 - g f)`, on the real axis outside of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._types import Array
from ..law.measure import CurvatureMeasure

__all__ = ["inverse_stieltjes", "inverse_stieltjes_slope"]


def inverse_stieltjes(measure: CurvatureMeasure, alpha: Any, g: Any) -> Array:
    """Return `z(g)`, the point at which the Stieltjes transform has the value `g`, :eq:`bulk`."""
    return np.asarray(1.0 / g + alpha * measure.mean(g))


def inverse_stieltjes_slope(measure: CurvatureMeasure, alpha: Any, g: Any) -> Array:
    """Return `g^2 z'(g) = alpha g^2 <A^2> - 1`, :eq:`slope`: negative outside the bulk, zero at a sharp edge."""
    g = np.asarray(g)
    return np.asarray(alpha * g**2 * measure.mean(g, power=2) - 1.0)
