"""Starts compared, trajectories, and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from .style import BULK, EDGE, SIGNAL, axes, colours, label

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["recovery", "trajectory"]


def recovery(data: xr.Dataset, variable: str = "overlap2", *, ax: Axes | None = None) -> list[Artist]:
    """A quantity of every start against `alpha`: open and dashed alone, full after gradient descent.

    Vertical lines: `p_star/2` (grey, dotted), the finite-`N` threshold with its width (red band), `alpha_BBP` (red). A
    share has as its error that of a share, cut off at zero and one.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.recovery`.
    variable : str
        ``"overlap2"``, ``"recovered"``, ``"generalisation"``, ``"max_overlap2"`` or ``"steps"``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    artists: list[Artist] = []
    for start, color in zip(data.start.values, colours(data.sizes["start"]), strict=True):
        for refined in (False, True):
            row = data.sel(start=start, refined=refined)
            mean, error = row[variable].values, row[f"{variable}_stderr"].values
            if variable == "recovered":
                error = np.stack([np.minimum(error, mean), np.minimum(error, 1 - mean)])
            bars = ax.errorbar(
                row.alpha,
                mean,
                error,
                color=color,
                fmt="o-" if refined else "o--",
                mfc=color if refined else "white",
                lw=1.5 if refined else 1.0,
                ms=4,
                label=str(start) if refined else None,
            )
            artists.extend(bars.get_children())
    about = data.attrs
    artists.extend(ax.plot([], [], "o--", color=EDGE, mfc="white", ms=4, lw=1.0, label="a start alone"))
    artists.append(ax.axvline(about["limit"], color=EDGE, lw=1.2, ls=":", label="$p^*/2$"))
    low, high = (about["alpha_half"] + sign * about["width"] for sign in (-1, 1))
    if np.isfinite(low):
        name = rf"$\alpha_{{1/2}}$ at $N = {about['N']}$"
        artists.append(ax.axvspan(low, high, color=SIGNAL, alpha=0.15, lw=0, label=name))
    artists.append(ax.axvline(about["alpha_BBP"], color=SIGNAL, lw=1.2, ls=":", label=r"$\alpha_{\mathrm{BBP}}$"))
    ax.set(xlabel=label(data.alpha), ylabel=label(data[variable]))
    return artists


def trajectory(
    run: xr.Dataset, variable: str = "max_overlap2", *, name: str | None = None, ax: Axes | None = None
) -> list[Artist]:
    """A quantity along a training run, against the number of steps on a scale that is linear near zero.

    Parameters
    ----------
    run : xarray.Dataset
        From :func:`bendscape.train` or :func:`bendscape.along`.
    variable : str
        Any over `checkpoint`; with a second dimension, such as eigenvalues, there is a line for each.
    name : str, optional
        In a legend.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    values = run[variable].values.reshape(run.sizes["checkpoint"], -1)
    lines = ax.plot(run.steps.values, values, color=None if values.shape[1] == 1 else BULK, lw=1.2)
    lines[0].set_label(name)
    ax.set_xscale("symlog", linthresh=float(max(1, *run.steps.values[1:2])))
    ax.set(xlabel="steps", ylabel=label(run[variable]))
    return list(lines)
