"""Families of thresholds: against one parameter, and as maps over two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from .style import axes, colours, label, width_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["phase_diagram", "threshold"]

Array = npt.NDArray[np.float64]


def threshold(data: xr.Dataset, *, x: str = "a", marker: str = "", ax: Axes | None = None) -> list[Artist]:
    """`alpha_BBP` against one parameter, a curve for each value of the other: dashed where discontinuous.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.phase_diagram`, with `alpha_BBP` and `kind` over `x` and at most one other dimension. A
        variable pair `a_critical`, `alpha_critical`, if present, is marked.
    x : str
        The parameter on the horizontal axis.
    marker : str
        Of the points, for a parameter that takes integers.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    if x not in data.alpha_BBP.dims:
        raise ValueError(f"alpha_BBP has dimensions {data.alpha_BBP.dims}: {x!r} is not one of them")
    others = [str(d) for d in data.alpha_BBP.dims if d != x]
    if len(others) > 1:
        raise ValueError(f"alpha_BBP has dimensions {data.alpha_BBP.dims}: select until one is left beside {x!r}")
    family = data[others[0]] if others else data[x][:1] * 0
    artists: list[Artist] = []
    for value, color in zip(family.values, colours(family.size), strict=True):
        row = data.sel({others[0]: value}) if others else data
        jumps = (row.kind == "discontinuous").values
        name = f"{label(family)[:-1]} = {width_name(value).strip('$')}$" if others else None
        # the branches share a point, so that the curve has no gap
        joint = jumps | np.roll(jumps, 1) | np.roll(jumps, -1)
        artists += ax.plot(row[x], row.alpha_BBP.where(~jumps), color=color, marker=marker, ms=3, label=name)
        artists += ax.plot(row[x], row.alpha_BBP.where(joint), color=color, ls=(0, (4, 2)), marker=marker, ms=3)
        if "a_critical" in row and x == "a" and row.a_critical > 0:
            artists += ax.plot(row.a_critical, row.alpha_critical, "o", color=color, ms=5, mec="white", mew=0.8)
    ax.set(xlabel=label(data[x]), ylabel=label(data.alpha_BBP))
    if others:
        ax.legend()
    return artists


def phase_diagram(
    data: xr.Dataset,
    variable: str = "alpha_BBP",
    *,
    x: str = "a",
    y: str = "p",
    simulated: xr.DataArray | None = None,
    ax: Axes | None = None,
) -> list[Artist]:
    """A map of one variable over two parameters, with the line where the transition changes its kind.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.phase_diagram`, over `x` and `y`.
    variable : str
        Which to draw.
    x, y : str
        Parameters on the axes; logarithmic where their values span more than a factor of twenty.
    simulated : xarray.DataArray, optional
        The same variable from simulations, over `x` and `y`, drawn as circles in the same colours.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    from matplotlib.colors import LogNorm, Normalize

    ax = axes(ax)
    table = data[variable].transpose(y, x)
    low, high = float(table.min()), float(table.max())
    norm = LogNorm(low, high) if low > 0 and high / low > 20 else Normalize(low, high)
    at_x, at_y = _positions(data[x], ax.xaxis), _positions(data[y], ax.yaxis)
    mesh = ax.pcolormesh(at_x, at_y, table, shading="nearest", cmap="viridis_r", norm=norm)
    ax.figure.colorbar(mesh, ax=ax, label=label(data[variable]))
    artists: list[Artist] = [mesh]
    if simulated is not None:
        points = simulated.transpose(y, x)
        across, up = np.meshgrid(_places(points[x], data[x], at_x), _places(points[y], data[y], at_y))
        artists.append(ax.scatter(across, up, c=points, cmap=mesh.cmap, norm=norm, edgecolors="white", zorder=3))
    jumps = (data.kind == "discontinuous").transpose(y, x) if {x, y} <= set(data.kind.dims) else None
    if jumps is not None and min(jumps.shape) > 1 and bool(jumps.any()) and not bool(jumps.all()):
        artists.append(ax.contour(at_x, at_y, jumps.astype(float), levels=[0.5], colors="white", linewidths=1.5))
        ax.text(0.98, 0.02, "white line: kind changes", transform=ax.transAxes, ha="right", color="white", size=8)
    for set_scale, values in ((ax.set_xscale, at_x), (ax.set_yscale, at_y)):
        if values.min() > 0 and values.max() / values.min() > 20:
            set_scale("log")
    ax.set(xlabel=label(data[x]), ylabel=label(data[y]))
    ax.grid(False)
    return artists


def _places(values: xr.DataArray, axis: xr.DataArray, at: Array) -> Array:
    """Where other values of a parameter lie on an axis that :func:`_positions` has laid out."""
    known, wanted = axis.values.astype(float), values.values.astype(float)
    finite = np.isfinite(known)
    return np.asarray(np.where(np.isinf(wanted), at[-1], np.interp(wanted, known[finite], at[finite])))


def _positions(values: xr.DataArray, axis: Axis) -> Array:
    """Where the values of a parameter lie on an axis: at themselves, or side by side if one of them is infinite."""
    numbers: Array = values.values.astype(float)
    if np.all(np.isfinite(numbers)):
        return numbers
    places = np.arange(numbers.size, dtype=float)
    axis.set_ticks(places, labels=[width_name(v) for v in numbers])
    return places
