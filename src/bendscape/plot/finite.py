"""Thresholds of samples of finite size: against `N`, and against `a`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..expected import dataset, instance
from .artists import Artists, axes, drawable, line_properties, members
from .style import colours, label_axes, legend, palette, width_name
from .style import label as label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["finite_phase_diagram", "finite_threshold"]

_VERB = "bs.phase_diagram(..., N=...)"
_EARLIER = {"alpha_bbp": "alpha_BBP", "alpha_0": "alpha_0_tangent"}  # names in tables of version 0.1
_DASHED: Any = (0, (4, 2))  # line style


def finite_threshold(
    data: xr.Dataset,
    *,
    simulated: xr.Dataset | None = None,
    ax: Axes | None = None,
    color: Any = None,
    label: Any = None,
    **line: Any,
) -> Artists:
    """Draw `alpha_half` against `N`, a line with its width as a band for each value of the other parameter.

    Horizontal lines in the same colours show the limit of infinite `N`: `alpha_BBP`, dashed, and `alpha_0`, dotted.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.phase_diagram` with `N`: `alpha_half` and `width` over `N` and one other dimension,
        `alpha_BBP` and `alpha_0_tangent` over the latter.
    simulated : xarray.Dataset, optional
        `alpha_half` and `stderr` over the same dimensions, from simulations, drawn as symbols with error bars.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the lines; colours and labels may be lists with one for each value of the other parameter.

    Returns
    -------
    Artists
        For each value: line, band, `alpha_BBP`, `alpha_0`, and symbols if there are any. Their names are `curves`,
        `bands`, `thresholds`, `tangents`, `simulated`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.
    """
    seen = _renamed(data)
    other = next((str(d) for d in getattr(seen.get("alpha_half"), "dims", ()) if d != "N"), "a")
    dims = [other, "N"]
    table = dataset("data", seen, _VERB, dims, ["alpha_half", "width", *_EARLIER.values()])
    table = drawable("data", table, "alpha_half")
    if simulated is not None:
        simulated = dataset("simulated", simulated, _VERB, dims, ["alpha_half", "stderr"])
    ax = axes(ax)
    pale, face = palette(ax).pale, palette(ax).face
    drawn: list[Any] = []
    named: dict[str, list[Any]] = {name: [] for name in ("curves", "bands", "thresholds", "tangents", "simulated")}
    given = members({"color": color, "label": label} | line, table.sizes[other])
    for value, shade, own in zip(table[other].values, colours(table.sizes[other], ax), given, strict=True):
        row = table.sel({other: value}).dropna("N", subset=["alpha_half"])
        name = f"{label_of(table[other])[:-1]} = {width_name(value).strip('$')}$"
        half, width = row.alpha_half.values, row.width.values
        (curve,) = ax.plot(row.N, half, **line_properties(own, color=shade, marker=".", ms=5, label=name))
        same: dict[str, Any] = {"color": curve.get_color()}
        parts = {
            "curves": curve,
            "bands": ax.fill_between(row.N, half - width, half + width, alpha=0.2, lw=0, **same),
            "thresholds": ax.axhline(float(table.alpha_BBP.sel({other: value}).max()), lw=1, ls=_DASHED, **same),
            "tangents": ax.axhline(float(table.alpha_0_tangent.sel({other: value}).max()), lw=1, ls=":", **same),
        }
        if simulated is not None and value in simulated[other].values:
            points = simulated.sel({other: value})
            half, error = points.alpha_half.values, points.stderr.values
            bars = ax.errorbar(points.N.values, half, error, fmt="s", ms=4, mfc=face, **same)
            parts["simulated"] = bars.lines[0]
        for key, artist in parts.items():
            named[key].append(artist)
            drawn.append(artist)
    ax.plot([], [], color=pale, lw=1, ls=_DASHED, label=label_of(table.alpha_BBP))
    ax.plot([], [], color=pale, lw=1, ls=":", label=label_of(table.alpha_0_tangent))
    ax.set(xscale="log")
    label_axes(ax, xlabel=label_of(table.N), ylabel=label_of(table.alpha_half))
    legend(ax)
    return Artists(drawn, **named)


def finite_phase_diagram(
    data: xr.Dataset, *, ax: Axes | None = None, color: Any = None, label: Any = None, **line: Any
) -> Artists:
    """Draw `alpha_half` against `a`, a line for each `N`, and the two curves of infinite `N`.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.phase_diagram` with `N`, over `N` and `a`.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the lines of finite `N`; colours and labels may be lists with one for each.

    Returns
    -------
    Artists
        A list with the names `curves`, a line for each `N`, `threshold`, `alpha_BBP`, and `tangent`, `alpha_0` where it
        is positive.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.phase_diagram(p=1, p_star=1, a=[0.5, 2.0], N=[1e3, 1e9], samples=4, seed=1)
    >>> with bs.plot.style():
    ...     drawn = bs.plot.finite_phase_diagram(data)
    >>> drawn.names, len(drawn.curves)
    (('curves', 'threshold', 'tangent'), 2)
    """
    numbers = ["alpha_half", "stderr", *_EARLIER.values()]
    data = dataset("data", _renamed(data), _VERB, ["N", "a"], numbers)
    data = drawable("data", data, "alpha_half")
    ax = axes(ax)
    curves: list[Any] = []
    given = members({"color": color, "label": label} | line, data.sizes["N"])
    for n, shade, own in zip(data.N.values, colours(data.sizes["N"], ax), given, strict=True):
        row = data.sel(N=n)
        half, error = row.alpha_half.values, row.stderr.values
        look = line_properties(own, color=shade, marker=".", lw=1.4, label=_size(float(n)))
        curves.append(ax.errorbar(row.a.values, half, error, **look).lines[0])
    limit = data.isel(N=0)
    alpha_0, colour = limit.alpha_0_tangent, palette(ax)
    (bbp,) = ax.plot(data.a, limit.alpha_BBP, color=colour.bulk, ls=_DASHED, label=label_of(data.alpha_BBP))
    (tangent,) = ax.plot(data.a, alpha_0.where(alpha_0 > 0), color=colour.pale, ls=":", label=label_of(alpha_0))
    widths = data.attrs | {name: f"{float(x):g}" for name, x in data.coords.items() if x.ndim == 0}
    title = rf"$p = {widths['p']}$, $p^* = {widths['p_star']}$" if {"p", "p_star"} <= set(widths) else ""
    label_axes(ax, xlabel=label_of(data.a), ylabel=label_of(data.alpha_half), title=title)
    legend(ax)
    return Artists(curves=curves, threshold=bbp, tangent=tangent)


def _renamed(data: Any) -> xr.Dataset:
    """Return the data with the present names of variables."""
    seen = instance("data", data, xr.Dataset, f"what {_VERB} returns")
    return seen.rename({old: new for old, new in _EARLIER.items() if old in seen and new not in seen})


def _size(n: float) -> str:
    """Return `N` as text of a legend."""
    power = round(np.log10(n))
    return f"$N = 10^{{{power}}}$" if n >= 1e4 and np.isclose(n, 10.0**power) else f"$N = {n:g}$"
