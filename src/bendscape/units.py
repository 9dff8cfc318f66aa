r"""The factors between the equations and the Hessian: here and nowhere else.

Inside the library a spectrum is measured in units of `2/p`: the curvature weights are
`f0 = (yhat - y)/(a + y)` and `f1 = (3 yhat - y)/(a + y)`. The Hessian `H` of the loss as it is written,

    L = sum_mu (y - yhat)^2 / (2 (a + y)),        yhat = (1/p) sum_k u_k^2,

has eigenvalues `2/p` times larger. For `p = inf` every eigenvalue of `H` vanishes and what has a limit is
`(p/2) H`, so the factor there is one.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

__all__ = ["hessian_scale", "unit_name"]


def hessian_scale(p: float) -> float:
    """What multiplies an eigenvalue of the equations to give one of the Hessian (or of `(p/2) H` at `p = inf`)."""
    return 1.0 if math.isinf(_width(p)) else 2.0 / p


def unit_name(p: float) -> str:
    """The matrix whose eigenvalues a result holds: ``"H"``, or ``"(p/2) H"`` at `p = inf`."""
    return "(p/2) H" if math.isinf(_width(p)) else "H"


def _width(p: Any) -> float:
    """A number of neurons, or infinity."""
    try:
        width = float(p) if isinstance(p, numbers.Real) and not isinstance(p, bool) else math.nan
    except OverflowError:
        width = math.nan
    if not width > 0:
        from .arguments import refuse

        raise refuse("p", p, "a positive width, or inf")
    return width
