"""C3: the transition is continuous for small `a` and discontinuous for large, with the two edge laws (16) and (17)."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK, SIGNAL
from ...theory.verbs.exact_spectrum import Spectrum
from ..experiment import Claim, Data, Experiment, Run

SHARP, SMOOTH = (bs.QuadraticNetwork(2, 1, 0.7), 2.5), (bs.QuadraticNetwork(2, 1, 1.5), 0.5)
WIDTHS = [(p, k) for p in (1, 2, 3, 5, 10, 30, 100) for k in (1, 2, 5, 20)]


@dataclass(frozen=True)
class Effort:
    """Points of a density."""

    curve: int


def _kinds_agree(p: float, p_star: int) -> bool:
    a_c = bs.theory.critical_a(p, p_star)
    below, above = (bs.threshold(bs.QuadraticNetwork(p, p_star, a_c * f)).kind for f in (0.99, 1.01))
    return (below, above) == ("continuous", "discontinuous")


def _near_edge(spectrum: Spectrum, distance: np.ndarray) -> xr.Dataset:
    data = spectrum.curves(spectrum.left_edge.value + distance)
    return data.assign_coords(distance=("eigenvalue", distance, {"long_name": "distance to the left edge"}))


def compute(run: Run[Effort]) -> Data:
    """Densities next to both kinds of edge, and whether the kinds are those on both sides of `a_c`."""
    sharp, smooth = (bs.spectrum(net, alpha=alpha) for net, alpha in (SHARP, SMOOTH))
    tail, points = smooth.left_edge.tail_constant, run.effort.curve
    smooth_table = _near_edge(smooth, np.geomspace(tail / 20, tail / 2, points))
    return {
        "kinds": xr.Dataset({"agree": ("widths", [_kinds_agree(p, k) for p, k in WIDTHS])}),
        "sharp": _near_edge(sharp, np.geomspace(1e-7, 1e-2, points)),
        "smooth": smooth_table.assign_attrs(tail_constant=tail),
    }


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """C3."""
    share = float(data["kinds"].agree.mean())
    kinds = Claim(
        "C3a",
        "The transition is continuous for a below a_c(p) and discontinuous above.",
        "Equations (16) and (17) and the discussion of a_c.",
        f"Share of {len(WIDTHS)} pairs (p, p*) with a continuous transition at 0.99 a_c and a discontinuous one at "
        "1.01 a_c.",
        expected=1.0,
        found=share,
        tolerance=0.0,
    )
    return (kinds, _square_root(data["sharp"]), _exponential(data["smooth"]))


def _square_root(near: xr.Dataset) -> Claim:
    half = near.sizes["eigenvalue"] // 2
    exponent = np.polyfit(np.log(near.distance[:half]), np.log(near.density[:half]), 1)[0]
    return Claim(
        "C3b",
        "In the continuous case the density starts as a square root.",
        "Equation (16).",
        "Exponent of the density against the distance d to the left edge, fitted for 1e-7 < d < 3e-5, at p = 2, "
        "p* = 1, a = 0.7, alpha = 2.5.",
        expected=0.5,
        found=float(exponent),
        tolerance=1e-3,
    )


def _exponential(near: xr.Dataset) -> Claim:
    visible = near.where((near.density > 1e-8) & (near.density < 1e-4), drop=True)
    slope = np.polyfit(-1 / visible.distance, np.log(visible.density), 1)[0]
    return Claim(
        "C3c",
        "In the discontinuous case the density starts as exp(-A_tail/d).",
        "Equation (17).",
        "Slope of log density against -1/d where the density is between 1e-8 and 1e-4, over A_tail = (p* a/2)(1 - "
        "alpha/alpha_s), at p = 2, p* = 1, a = 1.5, alpha = 0.5.",
        expected=1.0,
        found=float(slope / near.attrs["tail_constant"]),
        tolerance=0.05,
        remark="A_tail is the leading order: powers of d multiply the exponential, and a straight line takes "
        "some of them into its slope.",
    )


def draw(data: Data) -> Figure:
    """Both densities, on axes on which they are straight lines."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.4), layout="constrained")
    _draw_sharp(data["sharp"], left)
    _draw_smooth(data["smooth"], right)
    for ax in (left, right):
        ax.legend()
    return figure


def _draw_sharp(near: xr.Dataset, ax: Axes) -> None:
    ax.loglog(near.distance, near.density, color=BULK)
    first = float(near.density[0] / np.sqrt(near.distance[0]))
    line = first * np.sqrt(near.distance)
    ax.loglog(near.distance, line, color=SIGNAL, ls="--", lw=1, label=r"$\propto d^{1/2}$")
    ax.set(title=r"sharp: $a = 0.7$, $\alpha = 2.5$", xlabel="distance $d$ to the left edge", ylabel="density")


def _draw_smooth(near: xr.Dataset, ax: Axes) -> None:
    seen = near.where(near.density > 1e-9, drop=True)
    tail = near.attrs["tail_constant"]
    ax.semilogy(1 / seen.distance, seen.density, color=BULK)
    middle = seen.sel(eigenvalue=seen.eigenvalue[seen.sizes["eigenvalue"] // 3])
    line = float(middle.density) * np.exp(-tail * (1 / seen.distance - 1 / float(middle.distance)))
    ax.semilogy(1 / seen.distance, line, color=SIGNAL, ls="--", lw=1, label=r"$\propto e^{-A_{\mathrm{tail}}/d}$")
    ax.set(title=r"smooth: $a = 1.5$, $\alpha = 0.5$", xlabel="$1/d$", ylabel="density")


EXPERIMENT = Experiment(
    name="edges",
    place=2.1,
    title="Two kinds of edge",
    caption="Density of the bulk next to its left edge, p = 2, p* = 1, on axes on which the two laws are straight "
    "lines.",
    claims=("C3a", "C3b", "C3c"),
    quick=Effort(curve=120),
    full=Effort(curve=400),
    compute=compute,
    judge=judge,
    draw=draw,
)
