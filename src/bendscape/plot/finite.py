"""Thresholds of samples of finite size: against `N`, and against `a`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from .style import BULK, EDGE, axes, colours, label, width_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["finite_phase_diagram", "finite_threshold"]


def finite_threshold(data: xr.Dataset, *, simulated: xr.Dataset | None = None, ax: Axes | None = None) -> list[Artist]:
    """`alpha_half` against `N`, a line with its width as a band for each value of the other parameter.

    Horizontal lines in the same colours are what infinite `N` has: `alpha_BBP`, dashed, and `alpha_0`, dotted.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.finite_phase_diagram`: `alpha_half` and `width` over `N` and one other dimension, over
        which `alpha_bbp` and `alpha_0` are.
    simulated : xarray.Dataset, optional
        `alpha_half` and `stderr` over the same dimensions, found in other ways, drawn as symbols with error bars.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
        For each value line, band, `alpha_BBP`, `alpha_0`, and symbols if there are any.
    """
    ax = axes(ax)
    others = [str(d) for d in data.alpha_half.dims if d != "N"]
    if "N" not in data.alpha_half.dims or len(others) > 1:
        raise ValueError(f"alpha_half has dimensions {data.alpha_half.dims}: select until one is left beside 'N'")
    table = data if others else data.expand_dims("a")
    (other,) = others or ["a"]
    artists: list[Artist] = []
    for value, color in zip(table[other].values, colours(table.sizes[other]), strict=True):
        row = table.sel({other: value}).dropna("N", subset=["alpha_half"])
        name = f"{label(table[other])[:-1]} = {width_name(value).strip('$')}$"
        half, width = row.alpha_half.values, row.width.values
        artists += ax.plot(row.N, half, color=color, marker=".", ms=5, label=name)
        artists.append(ax.fill_between(row.N, half - width, half + width, color=color, alpha=0.2, lw=0))
        artists.append(ax.axhline(float(row.alpha_bbp), color=color, lw=1, ls=(0, (4, 2))))
        artists.append(ax.axhline(float(row.alpha_0), color=color, lw=1, ls=":"))
        if simulated is not None and value in simulated[other].values:
            points = simulated.sel({other: value})
            half, error = points.alpha_half.values, points.stderr.values
            bars = ax.errorbar(points.N.values, half, error, color=color, fmt="s", ms=4, mfc="white")
            artists.append(bars.lines[0])
    ax.plot([], [], color=EDGE, lw=1, ls=(0, (4, 2)), label=label(table.alpha_bbp))
    ax.plot([], [], color=EDGE, lw=1, ls=":", label=label(table.alpha_0))
    ax.set(xscale="log", xlabel=label(table.N), ylabel=label(table.alpha_half))
    ax.legend()
    return artists


def finite_phase_diagram(data: xr.Dataset, *, ax: Axes | None = None) -> list[Artist]:
    """`alpha_half` against `a`, a line for each `N`, beside the two curves of infinite `N`.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.finite_phase_diagram`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
        A line for each `N`, then `alpha_BBP` and `alpha_0`; the second where it is positive.
    """
    ax = axes(ax)
    artists: list[Artist] = []
    for n, color in zip(data.N.values, colours(data.sizes["N"]), strict=True):
        row = data.sel(N=n)
        half, error = row.alpha_half.values, row.stderr.values
        line = ax.errorbar(row.a.values, half, error, color=color, marker=".", lw=1.4, label=_size(float(n)))
        artists.append(line.lines[0])
    artists += ax.plot(data.a, data.alpha_bbp, color=BULK, ls=(0, (4, 2)), label=label(data.alpha_bbp))
    artists += ax.plot(data.a, data.alpha_0.where(data.alpha_0 > 0), color=EDGE, ls=":", label=label(data.alpha_0))
    ax.set(
        xlabel=label(data.a),
        ylabel=label(data.alpha_half),
        title=rf"$p = {data.attrs['p']}$, $p^* = {data.attrs['p_star']}$",
    )
    ax.legend()
    return artists


def _size(n: float) -> str:
    """`N` as it is written in a legend."""
    power = round(np.log10(n))
    return f"$N = 10^{{{power}}}$" if n >= 1e4 and np.isclose(n, 10.0**power) else f"$N = {n:g}$"
