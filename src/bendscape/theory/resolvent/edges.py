r"""Edges of the bulk, equations (16) and (17).

Outside the bulk `z'(g) < 0`. Going towards it, either `z'` vanishes before `g` meets the end of the law of `f`, and
the density starts like a square root (**sharp**), or `g` gets to `g_end = 1/f_end` first, and the density inherits the
thin end of the law itself: exponentially small (**smooth**), or a **power** where the law ends as a power above one.
The second happens for `alpha <= alpha_smooth = 1/(g_end^2 <A(g_end)^2>)`.
"""

from __future__ import annotations

import math

import numpy as np

from ..._types import Array
from ...models.network import LawEdge
from ...results import Edge, EdgeKind, Side
from ..law.measure import CurvatureMeasure
from ..numerics.roots import U_MAX, find_root
from .bulk import inverse_stieltjes, inverse_stieltjes_slope

__all__ = ["Edge", "EdgeKind", "Side", "edge_at", "edge_position", "law_end", "nearest", "smooth_limit"]

_ROUNDING = 4e-16  # relative; rounding of one sum of doubles


def law_end(measure: CurvatureMeasure, side: Side) -> LawEdge | None:
    """Return the end of the law of `f` that limits `g` on this side of the bulk; None if the law has none."""
    return measure.lower if side == "left" else measure.upper


def smooth_limit(measure: CurvatureMeasure, end: LawEdge) -> Array:
    """Return `alpha_smooth = 1/(g^2 <A^2>)` at `g = 1/f_end`, :eq:`alpha-smooth`; zero where the average diverges."""
    g = np.full(measure.f.shape[:-1], 1.0 / end.value)
    square = np.full_like(g, end.mean_square) if end.kind == "power" else measure.mean(g, power=2)
    return np.asarray(1.0 / (g**2 * square))


def nearest(end: LawEdge) -> float:
    """Return the smallest `u` at which averages can be evaluated: at a power they may diverge at `u = 0`."""
    return 0.0 if end.kind == "exponential" else 1e-14


def edge_position(measure: CurvatureMeasure, alpha: Array, end: LawEdge) -> Array:
    """Solve for `u >= 0`, `g = exp(-u)/f_end` at the edge, for each `alpha`; zero where the edge is not sharp."""
    alpha = np.asarray(alpha, dtype=float)
    u = np.zeros_like(alpha)
    sharp = alpha > smooth_limit(measure, end)

    def slope(u: Array, alpha: Array) -> Array:
        return inverse_stieltjes_slope(measure, alpha, np.exp(-u) / end.value)

    # at a power <A^2> may diverge so slowly that the root is closer to u = 0 than rounding
    sharp &= slope(np.full_like(u, nearest(end)), alpha) > 0
    if np.any(sharp):
        u[sharp] = find_root(slope, nearest(end), U_MAX, alpha[sharp])
    return u


def edge_at(measure: CurvatureMeasure, alpha: float, side: Side, scale: float, advice: str = "") -> Edge:
    """Solve for the edge on one side of the bulk; `advice` is added to the reason if there is none."""
    end = law_end(measure, side)
    if end is None:
        return _no_edge(side, advice)
    u = float(edge_position(measure, np.asarray(alpha), end))
    g = math.exp(-u) / end.value
    limit = float(smooth_limit(measure, end))
    value = float(inverse_stieltjes(measure, alpha, g))
    kind: EdgeKind = "sharp" if u > 0 or alpha > limit else "smooth" if end.kind == "exponential" else "power"
    # rho ~ exp(-A/d), A = parameter (1 - alpha/alpha_smooth) at a smooth edge                               :eq:`tail`
    tail = end.parameter * (1.0 - alpha / limit) * scale if kind == "smooth" else math.nan
    exponent = {"sharp": 0.5, "smooth": math.nan, "power": end.parameter}[kind]
    return Edge(scale * value, kind, scale * rounding(measure, alpha, g), "", g / scale, tail, exponent, limit)


def _no_edge(side: Side, advice: str) -> Edge:
    bound, sign = ("below", -1) if side == "left" else ("above", 1)
    reason = f"the curvature of a sample is unbounded {bound}, so the bulk is too{advice}"
    return Edge(sign * math.inf, "none", reason=reason)


def rounding(measure: CurvatureMeasure, alpha: float, g: float) -> float:
    """Absolute error of `z(g)`, from the error of the averages and from rounding."""
    size = abs(1 / g) + alpha * float(measure.average(g, lambda g, f: np.abs(f / (1.0 - g * f))))
    return (measure.error + _ROUNDING) * size
