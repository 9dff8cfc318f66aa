r"""The factors between eigenvalues of the equations and of the Hessian; no other module defines them.

Inside the library a spectrum is measured in units of `2/p`: the curvature weights are
`f0 = (yhat - y)/(a + y)` and `f1 = (3 yhat - y)/(a + y)`. The Hessian `H` of the loss

    L = sum_mu (y - yhat)^2 / (2 (a + y)),        yhat = (1/p) sum_k u_k^2,

has eigenvalues `2/p` times as large. For `p = inf` every eigenvalue of `H` tends to zero, but `(p/2) H` has a limit,
so the factor is one.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

__all__ = ["hessian_scale", "unit_name"]


def hessian_scale(p: float) -> float:
    """Return the ratio of an eigenvalue of the Hessian (of `(p/2) H` at `p = inf`) to that of the equations.

    Examples
    --------
    >>> from bendscape.units import hessian_scale
    >>> hessian_scale(4), hessian_scale(float("inf"))
    (0.5, 1.0)
    """
    return 1.0 if math.isinf(_width(p)) else 2.0 / p


def unit_name(p: float) -> str:
    """Return the unit of eigenvalues in results: ``"H"``, or ``"(p/2) H"`` at `p = inf`.

    Examples
    --------
    >>> from bendscape.units import unit_name
    >>> unit_name(4), unit_name(float("inf"))
    ('H', '(p/2) H')
    """
    return "(p/2) H" if math.isinf(_width(p)) else "H"


def _width(p: Any) -> float:
    """Return a checked number of neurons, or infinity."""
    try:
        width = float(p) if isinstance(p, numbers.Real) and not isinstance(p, bool) else math.nan
    except OverflowError:
        width = math.nan
    if not width > 0:
        from .arguments import refuse

        raise refuse("p", p, "a positive width, or inf")
    return width
