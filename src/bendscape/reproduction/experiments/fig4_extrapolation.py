"""Fig. 4, C9: the extrapolated threshold `alpha_0` lies below `alpha_BBP` and falls with `p`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK, SIGNAL, colours, width_name
from ..experiment import Claim, Data, Experiment, Run
from ..finite_samples import draw_prediction
from .b1_finite import NETS

A, P_STAR, WINDOW = 1.5, 1, (1.0, 1.2)
WIDTHS = (1, 2, 3, 4, 6, 10, 20, 50, 100, math.inf)
DRAWN = (1, 2, 3, 10)


@dataclass(frozen=True)
class Effort:
    """Points of a theoretical curve."""

    curve: int


def _table(nets: dict[float, bs.QuadraticNetwork]) -> xr.Dataset:
    limits = [bs.threshold(net, window=WINDOW) for net in nets.values()]
    windows = [limit.alpha_0_window for limit in limits]
    columns = {
        "alpha_BBP": [limit.alpha for limit in limits],
        "alpha_0_tangent": [limit.alpha_0_tangent for limit in limits],
        "alpha_0_window": [window.alpha for window in windows],
        "alpha_0_window_error": [window.error for window in windows],
        "overlap2_jump": [limit.overlap2_jump for limit in limits],
    }
    attrs = {"a": A, "p_star": P_STAR, "window": WINDOW}
    return xr.Dataset({k: ("p", v) for k, v in columns.items()}, coords={"p": list(WIDTHS)}, attrs=attrs)


def compute(run: Run[Effort]) -> Data:
    """Thresholds with both readings of `alpha_0` over `p`, the curves of some widths, and samples beside theory."""
    nets = {p: bs.QuadraticNetwork(p, P_STAR, A) for p in WIDTHS}
    table = _table(nets)
    curves = {}
    for p in DRAWN:
        alpha = np.linspace(1 + 1e-9, 1.6, run.effort.curve) * table.alpha_BBP.sel(p=p).item()
        curves[f"overlap_p_{p}"] = bs.overlap(nets[p], alpha=alpha)
    return {"alpha_0": table, "finite": run.needs["finite"]["b"], **curves}


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """C9."""
    table, window = data["alpha_0"], f"a straight line over {WINDOW[0]:g} to {WINDOW[1]:g} alpha_BBP"
    return (
        _claim("C9a", table, "alpha_0_tangent", "the tangent to m^2(alpha) at alpha_BBP from above"),
        _claim("C9b", table, "alpha_0_window", window),
    )


def _claim(number: str, table: xr.Dataset, key: str, how: str) -> Claim:
    values = table[key].values
    good = np.append(values < table.alpha_BBP.values, np.diff(values) < 0)
    first = ", ".join(f"{p:g}: {v:.4f}" for p, v in zip(WIDTHS[:4], values, strict=False))
    return Claim(
        number,
        f"alpha_0 from {how} lies below alpha_BBP and falls with p.",
        "Section 4.2 and Fig. 4; the window of the paper's fit is not stated.",
        f"Share of the comparisons alpha_0 < alpha_BBP and alpha_0(p) < alpha_0(p') for p > p', over p = 1 to infinity "
        f"at a = {A}, p* = {P_STAR}.",
        expected=1.0,
        found=float(good.mean()),
        tolerance=0.0,
        remark=f"alpha_0 by width: {first}, ...",
    )


def draw(data: Data) -> Figure:
    """Overlaps with their tangents, samples of finite size, and `alpha_0` against `p`."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12.6, 3.8), layout="constrained")
    table = data["alpha_0"]
    for p, color in zip(DRAWN, colours(len(DRAWN)), strict=True):
        row = table.sel(p=p)
        bs.plot.overlap(data[f"overlap_p_{p}"], color=color, label=f"$p = {p}$", ax=left)
        zero, alpha, jump = (float(row[k]) for k in ("alpha_0_tangent", "alpha_BBP", "overlap2_jump"))
        left.plot([zero, alpha], [0, jump], color=color, ls=":", lw=1.3)
        left.plot([alpha, alpha], [0, jump], color=color, lw=0.8, alpha=0.4)
    left.set(ylim=(0, 0.5), title=r"$a = 1.5$, $p^* = 1$; dotted: tangent at $\alpha_{\mathrm{BBP}}$")
    _onset_at_finite_size(data["finite"], middle)
    _against_width(table, right)
    return figure


def _onset_at_finite_size(table: xr.Dataset, ax: Axes) -> None:
    """Mean overlap of simulations beside theory, the limit, and the line from `alpha_0`."""
    net, bbp, zero = NETS["b"], table.attrs["alpha_BBP"], table.attrs["alpha_0"]
    alpha = np.linspace(1 + 1e-9, 1.4, 80) * bbp
    bs.plot.overlap(bs.overlap(net, alpha=alpha), simulated=table, color=BULK, ax=ax)
    theory = {"captured_theory": "captured", "captured_stderr_theory": "captured_stderr"}
    draw_prediction(table[list(theory)].rename(theory), "captured", ax)
    ax.plot([0.6 * bbp, bbp], [0, 0], color=BULK)
    ax.plot([zero, bbp], [0, table.attrs["jump"]], color=BULK, ls=":", lw=1.3, label=r"line from $\alpha_0$")
    ax.set(title=rf"$p = {net.p}$, $a = {net.a:g}$, at finite $N$")
    ax.legend()


def _against_width(table: xr.Dataset, ax: Axes) -> None:
    finite = table.sel(p=np.isfinite(table.p))
    low, high = table.attrs["window"]
    ax.semilogx(finite.p, finite.alpha_BBP, "o-", ms=4, color=BULK, label=r"$\alpha_{\mathrm{BBP}}$")
    ax.semilogx(finite.p, finite.alpha_0_tangent, "o-", ms=4, color=SIGNAL, label=r"$\alpha_0$, tangent")
    name = rf"$\alpha_0$, line over {low:g} to {high:g} $\alpha_{{\mathrm{{BBP}}}}$"
    ax.errorbar(
        finite.p, finite.alpha_0_window, finite.alpha_0_window_error, fmt="s--", ms=4, color="#e0a526", label=name
    )
    for key, color in (("alpha_BBP", BULK), ("alpha_0_tangent", SIGNAL)):
        ax.axhline(float(table[key].sel(p=np.inf)), color=color, lw=0.8, ls=":")
    ax.set(xlabel="$p$", ylabel=r"$\alpha$", ylim=(0, None), title=rf"dotted: $p = ${width_name(np.inf)}")
    ax.legend()


EXPERIMENT = Experiment(
    name="fig4",
    place=4,
    title="Fig. 4: extrapolation to alpha_0",
    caption="Left: overlap above the threshold, with the tangent at it. Middle: the case p = 2 at finite N, "
    "simulations beside the theory of finite samples, the limit, and the line from alpha_0. Right: alpha_0 in two "
    "readings, against p. Bars on the window fit: the shift when its lower half alone is used.",
    claims=("C9a", "C9b"),
    quick=Effort(curve=120),
    full=Effort(curve=400),
    compute=compute,
    judge=judge,
    draw=draw,
    needs=("finite",),
)
