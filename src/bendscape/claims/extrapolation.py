"""C9: the extrapolated threshold `alpha_0` lies below `alpha_BBP` and falls with `p` (Fig. 4)."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..theory.verbs._overlap import overlap
from ..theory.verbs._threshold import threshold
from ..theory.verbs.exact_threshold import Threshold
from .claim import Claim, Effort, Evidence

__all__ = ["extrapolation"]

A, P_STAR, WINDOW = 1.5, 1, (1.0, 1.2)
WIDTHS = (1, 2, 3, 4, 6, 10, 20, 50, 100, math.inf)
DRAWN = (1, 2, 3, 10)


def _table(found: list[Threshold]) -> xr.Dataset:
    columns = {
        "alpha_BBP": [t.alpha for t in found],
        "alpha_0_tangent": [t.alpha_0_tangent for t in found],
        "alpha_0_window": [t.alpha_0_window.alpha for t in found],
        "alpha_0_window_error": [t.alpha_0_window.error for t in found],
        "overlap2_jump": [t.overlap2_jump for t in found],
    }
    attrs = {"a": A, "p_star": P_STAR, "window": WINDOW}
    return xr.Dataset({k: ("p", v) for k, v in columns.items()}, coords={"p": list(WIDTHS)}, attrs=attrs)


def extrapolation(effort: Effort) -> Evidence:
    """C9."""
    nets = {p: QuadraticNetwork(p, P_STAR, A) for p in WIDTHS}
    table = _table([threshold(net, window=WINDOW) for net in nets.values()])
    curves = {
        f"overlap_p_{p}": overlap(
            nets[p], alpha=np.linspace(1 + 1e-9, 1.6, effort.grid) * table.alpha_BBP.sel(p=p).item()
        )
        for p in DRAWN
    }
    readings = {
        "C9a": ("alpha_0_tangent", "the tangent to m^2(alpha) at alpha_BBP from above"),
        "C9b": ("alpha_0_window", f"a straight line over {WINDOW[0]:g} to {WINDOW[1]:g} alpha_BBP"),
    }
    claims = tuple(_claim(name, table, key, how) for name, (key, how) in readings.items())
    return Evidence(claims, {"alpha_0": table, **curves})


def _claim(name: str, table: xr.Dataset, key: str, how: str) -> Claim:
    values = table[key].values
    good = np.append(values < table.alpha_BBP.values, np.diff(values) < 0)
    listed = ", ".join(f"{p:g}: {v:.4f}" for p, v in zip(WIDTHS[:4], values, strict=False))
    return Claim(
        name,
        f"alpha_0 from {how} lies below alpha_BBP and falls with p.",
        "Section 4.2 and Fig. 4; the window of the paper's fit is not stated.",
        f"Share of the comparisons alpha_0 < alpha_BBP and alpha_0(p) < alpha_0(p') for p > p', over p = 1 to infinity "
        f"at a = {A}, p* = {P_STAR}.",
        expected=1.0,
        found=float(good.mean()),
        tolerance=0.0,
        remark=f"alpha_0 by width: {listed}, ...",
    )
