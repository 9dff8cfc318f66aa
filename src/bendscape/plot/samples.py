"""The lowest eigenpairs of real samples, with the limit beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import xarray as xr

from .style import EDGE, SIGNAL, SIMULATION, axes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["eigenvalues"]


def eigenvalues(data: xr.Dataset, *, theory: Mapping[str, float] | None = None, ax: Axes | None = None) -> list[Artist]:
    """Squared overlap of every computed eigenvector against its eigenvalue, all samples in one picture.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulate`.
    theory : mapping, optional
        `left_edge`, `outlier` and `overlap2` of the limit, from :func:`bendscape.comparison.limit`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    k = int(data.attrs["p"] * data.attrs["p_star"])
    end = "highest" if data.attrs.get("side") == "right" else "lowest"
    low, rest = data.isel(eigenvalue=slice(0, k)), data.isel(eigenvalue=slice(k, None))
    artists: list[Artist] = [
        ax.scatter(rest.value, rest.overlap2, s=8, color=EDGE, label="the next"),
        ax.scatter(low.value, low.overlap2, s=12, color=SIMULATION, label=f"the {end} {k} of each sample"),
    ]
    if theory is not None:
        artists.append(ax.axvline(theory["left_edge"], color=EDGE, lw=1, ls=":", label="left edge of the limit"))
        if theory["overlap2"] > 0:
            star = ax.plot(theory["outlier"], theory["overlap2"], "*", ms=13, color=SIGNAL, label="limit")
            artists += star
    ax.set(xlabel="eigenvalue of $H$", ylabel="$m^2$", ylim=(0, None))
    ax.legend()
    return artists
