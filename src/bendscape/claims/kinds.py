"""C3: the transition is continuous for small `a` and discontinuous for large, with the two edge laws (16) and (17)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..theory.verbs._spectrum import spectrum
from ..theory.verbs._threshold import threshold
from ..theory.verbs.critical import critical_a
from ..theory.verbs.exact_spectrum import Spectrum
from .claim import Claim, Effort, Evidence

__all__ = ["kinds"]

SHARP, SMOOTH = (QuadraticNetwork(2, 1, 0.7), 2.5), (QuadraticNetwork(2, 1, 1.5), 0.5)


def _kinds_agree(p: float, p_star: int) -> bool:
    a_c = critical_a(p, p_star)
    below, above = (threshold(QuadraticNetwork(p, p_star, a_c * f)).kind for f in (0.99, 1.01))
    return (below, above) == ("continuous", "discontinuous")


def _near_edge(found: Spectrum, distance: np.ndarray) -> xr.Dataset:
    data = found.curves(found.left_edge.value + distance)
    return data.assign_coords(distance=("eigenvalue", distance, {"long_name": "distance to the left edge"}))


def kinds(effort: Effort) -> Evidence:
    """C3."""
    widths = [(p, k) for p in (1, 2, 3, 5, 10, 30, 100) for k in (1, 2, 5, 20)]
    share = float(np.mean([_kinds_agree(p, k) for p, k in widths]))
    sharp, smooth = (spectrum(net, alpha=alpha) for net, alpha in (SHARP, SMOOTH))
    near_sharp = _near_edge(sharp, np.geomspace(1e-7, 1e-2, effort.grid))
    exponent = np.polyfit(
        np.log(near_sharp.distance[: effort.grid // 2]), np.log(near_sharp.density[: effort.grid // 2]), 1
    )
    tail = smooth.left_edge.tail_constant
    near_smooth = _near_edge(smooth, np.geomspace(tail / 20, tail / 2, effort.grid)).assign_attrs(tail_constant=tail)
    visible = near_smooth.where((near_smooth.density > 1e-8) & (near_smooth.density < 1e-4), drop=True)
    slope = np.polyfit(-1 / visible.distance, np.log(visible.density), 1)[0]
    claims = (
        Claim(
            "C3a",
            "The transition is continuous for a below a_c(p) and discontinuous above.",
            "Equations (16) and (17) and the discussion of a_c.",
            f"Share of {len(widths)} pairs (p, p*) with a continuous transition at 0.99 a_c and a discontinuous one at "
            "1.01 a_c.",
            expected=1.0,
            found=share,
            tolerance=0.0,
        ),
        Claim(
            "C3b",
            "In the continuous case the density starts as a square root.",
            "Equation (16).",
            "Exponent of the density against the distance d to the left edge, fitted for 1e-7 < d < 3e-5, at p = 2, "
            "p* = 1, a = 0.7, alpha = 2.5.",
            expected=0.5,
            found=float(exponent[0]),
            tolerance=1e-3,
        ),
        Claim(
            "C3c",
            "In the discontinuous case the density starts as exp(-A_tail/d).",
            "Equation (17).",
            "Slope of log density against -1/d where the density is between 1e-8 and 1e-4, over A_tail = (p* a/2)(1 - "
            "alpha/alpha_s), at p = 2, p* = 1, a = 1.5, alpha = 0.5.",
            expected=1.0,
            found=float(slope / tail),
            tolerance=0.05,
            remark="A_tail is the leading order: powers of d multiply the exponential, and a straight line takes "
            "some of them into its slope.",
        ),
    )
    return Evidence(claims, {"sharp_edge": near_sharp, "smooth_edge": near_smooth})
