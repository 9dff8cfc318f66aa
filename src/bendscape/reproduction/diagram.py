"""The threshold against `a` and against `p`, as Figs. 2, 6 and 7 show it."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

import bendscape as bs

from .experiment import Data

__all__ = ["FIGURE_WIDTHS", "INSET_CONSTANTS", "WIDEST", "draw_thresholds", "inset", "log_a", "main_panel"]

FIGURE_WIDTHS = (1, 2, 3, 5, 10, math.inf)
INSET_CONSTANTS = (0.3, 0.7, 1.5)
WIDEST = 100


def main_panel(p_star: int, widths: tuple[float, ...], points: int) -> xr.Dataset:
    """Thresholds over (`p`, `a`), with the critical constant of each width and the threshold there."""
    data = bs.phase_diagram(p=widths, p_star=p_star, a=np.geomspace(0.02, 3.0, points))
    critical = [bs.theory.critical_a(p, p_star) for p in widths]
    at = [bs.phase_diagram(p=p, p_star=p_star, a=a).alpha_BBP.item() for p, a in zip(widths, critical, strict=True)]
    return data.assign(a_critical=("p", critical), alpha_critical=("p", at))


def inset(p_star: int) -> xr.Dataset:
    """Thresholds over the widths from 1 to 100 at three constants."""
    return bs.phase_diagram(p=np.arange(1, WIDEST + 1), p_star=p_star, a=INSET_CONSTANTS)


def log_a(ax: Axes) -> None:
    """A logarithmic axis of `a` with plain numbers."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())


def draw_thresholds(data: Data, p_star: int, top: float) -> Figure:
    """The panel against `a` and the inset against `p`."""
    figure, (main, small) = plt.subplots(1, 2, figsize=(9.4, 4.0), layout="constrained", width_ratios=(1.7, 1.0))
    bs.plot.threshold(data["main"], x="a", ax=main)
    log_a(main)
    main.set(ylim=(0, top), title=rf"$p^* = {p_star}$: against $a$ (dots: $a_c$)")
    bs.plot.threshold(data["inset"], x="p", marker=".", ax=small)
    small.set(xscale="log", title="against $p$", ylim=(0.4 * p_star, 0.55 * top))
    return figure
