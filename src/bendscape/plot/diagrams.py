"""Families of thresholds: against one parameter, and as maps over two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .._types import Array
from ..errors import InvalidParameterError
from ..expected import dataset, instance
from .artists import Artists, axes, drawable, line_properties, members, tried
from .style import colours, label_axes, legend, palette, width_name
from .style import label as label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["phase_diagram", "threshold"]

_VERB = "bs.phase_diagram"


def threshold(
    data: xr.Dataset,
    *,
    x: str = "a",
    ax: Axes | None = None,
    color: Any = None,
    label: Any = None,
    **line: Any,
) -> Artists:
    """Draw `alpha_BBP` against one parameter, a curve for each value of the other: dashed where discontinuous.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.phase_diagram`: `alpha_BBP` and `kind` over `x` and at most one other dimension. A
        pair of variables `a_critical`, `alpha_critical`, if present, is marked.
    x : str
        The parameter on the horizontal axis.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the curves, such as ``marker="."`` for a parameter that takes integers; colours and labels may be
        lists with one for each value of the other parameter.

    Returns
    -------
    Artists
        A list with the names `continuous`, `discontinuous` and `critical`, one artist for each value of the other
        parameter.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.7, 1.5])
    >>> with bs.plot.style():
    ...     drawn = bs.plot.threshold(data)
    >>> drawn.names, len(drawn.continuous)
    (('continuous', 'discontinuous', 'critical'), 2)
    """
    x = instance("x", x, str, "the name of a dimension, such as 'a'")
    seen = instance("data", data, xr.Dataset, f"what {_VERB} returns")
    others = [str(d) for d in getattr(seen.get("alpha_BBP"), "dims", ()) if d != x][:1]
    data = dataset("data", seen, _VERB, [*others, x], ["alpha_BBP"], texts=["kind"])
    data = drawable("data", data, "alpha_BBP")
    ax = axes(ax)
    family = data[others[0]] if others else data[x][:1] * 0
    named: dict[str, list[Any]] = {"continuous": [], "discontinuous": [], "critical": []}
    drawn: list[Any] = []
    given = members({"color": color, "label": label} | line, family.size)
    for value, shade, own in zip(family.values, colours(family.size, ax), given, strict=True):
        row = data.sel({others[0]: value}) if others else data
        jumps = (row.kind == "discontinuous").values
        name = f"{label_of(family)[:-1]} = {width_name(value).strip('$')}$" if others else None
        look = line_properties(own, color=shade, ms=3, label=name)
        # the branches share a point, so that the curve has no gap
        joint = jumps | np.roll(jumps, 1) | np.roll(jumps, -1)
        (solid,) = ax.plot(row[x], row.alpha_BBP.where(~jumps), **look)
        (dashed,) = ax.plot(row[x], row.alpha_BBP.where(joint), **look | {"linestyle": (0, (4, 2)), "label": None})
        named["continuous"].append(solid)
        named["discontinuous"].append(dashed)
        drawn += [solid, dashed]
        if "a_critical" in row and x == "a" and row.a_critical > 0:
            dot: dict[str, Any] = {"color": solid.get_color(), "ms": 5, "mec": palette(ax).face, "mew": 0.8}
            named["critical"] += ax.plot(row.a_critical, row.alpha_critical, "o", **dot)
            drawn.append(named["critical"][-1])
    label_axes(ax, xlabel=label_of(data[x]), ylabel=label_of(data.alpha_BBP))
    legend(ax)
    return Artists(drawn, **named)


def phase_diagram(
    data: xr.Dataset,
    variable: str = "alpha_BBP",
    *,
    x: str = "a",
    y: str = "p",
    simulated: xr.DataArray | None = None,
    ax: Axes | None = None,
    label: str | None = None,
    **mesh: Any,
) -> Artists:
    """Draw a map of one variable over two parameters, with the line where the transition changes its kind.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.phase_diagram`, over `x` and `y`.
    variable : str
        Variable to draw.
    x, y : str
        Parameters on the axes; logarithmic where their values span more than a factor of twenty.
    simulated : xarray.DataArray, optional
        The same variable from simulations, over `x` and `y`, drawn as circles in the same colours.
    ax : matplotlib.axes.Axes, optional
    label : str, optional
        Label of the colour bar.
    **mesh
        Properties of the map, such as `cmap` or `norm`.

    Returns
    -------
    Artists
        A list with the names `mesh`, `simulated`, `border`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.7, 1.5])
    >>> with bs.plot.style():
    ...     drawn = bs.plot.phase_diagram(data)
    >>> drawn.names
    ('mesh', 'border')
    """
    for name, value in (("variable", variable), ("x", x), ("y", y)):
        instance(name, value, str, "a name, such as 'alpha_BBP' or 'p'")
    if x == y:
        raise InvalidParameterError(f"x = {x!r}, y = {y!r}: give two parameters")
    data = drawable("data", dataset("data", data, _VERB, [y, x], [variable]), variable)
    if simulated is not None:
        instance("simulated", simulated, xr.DataArray, f"an xarray.DataArray over {x!r} and {y!r}")
        simulated = dataset("simulated", simulated.to_dataset(name=variable), "a simulation", [y, x], [variable])[
            variable
        ]
    ax = axes(ax)
    table = data[variable].transpose(y, x)
    at_x, at_y = _positions(data[x], ax.xaxis), _positions(data[y], ax.yaxis)
    look = {"cmap": "viridis_r"} | ({} if {"norm", "vmin", "vmax"} & set(mesh) else {"norm": _norm(table)}) | mesh
    tried(lambda ax: ax.pcolormesh([[0.0, 1.0]], shading="nearest", **mesh), mesh)
    drawn = ax.pcolormesh(at_x, at_y, table, shading="nearest", **look)
    ax.figure.colorbar(drawn, ax=ax, label=label_of(data[variable]) if label is None else str(label))
    named: dict[str, Any] = {"mesh": drawn}
    if simulated is not None:
        across, up = np.meshgrid(_places(simulated[x], data[x], at_x), _places(simulated[y], data[y], at_y))
        same: dict[str, Any] = {"cmap": drawn.cmap, "norm": drawn.norm}
        named["simulated"] = ax.scatter(across, up, c=simulated, edgecolors="white", zorder=3, **same)
    if "kind" in data and {x, y} == set(data.kind.dims):
        jumps = (data.kind == "discontinuous").transpose(y, x)
        if min(jumps.shape) > 1 and bool(jumps.any()) and not bool(jumps.all()):
            named["border"] = ax.contour(at_x, at_y, jumps.astype(float), levels=[0.5], colors="white", linewidths=1.5)
            ax.text(0.98, 0.02, "white line: kind changes", transform=ax.transAxes, ha="right", color="white", size=8)
    for set_scale, values in ((ax.set_xscale, at_x), (ax.set_yscale, at_y)):
        if values.min() > 0 and values.max() / values.min() > 20:
            set_scale("log")
    label_axes(ax, xlabel=label_of(data[x]), ylabel=label_of(data[y]))
    ax.grid(False)
    return Artists(None, **named)


def _norm(table: xr.DataArray) -> Any:
    """Scale of the colours: logarithmic where values span more than a factor of twenty."""
    from matplotlib.colors import LogNorm, Normalize

    finite = table.values[np.isfinite(table.values)]
    low, high = float(finite.min()), float(finite.max())
    return LogNorm(low, high) if low > 0 and high / low > 20 else Normalize(low, high)


def _places(values: xr.DataArray, axis: xr.DataArray, at: Array) -> Array:
    """Return positions of other values of a parameter on an axis laid out by :func:`_positions`."""
    ticks, wanted = axis.values.astype(float), values.values.astype(float)
    finite = np.isfinite(ticks)
    return np.asarray(np.where(np.isinf(wanted), at[-1], np.interp(wanted, ticks[finite], at[finite])))


def _positions(values: xr.DataArray, axis: Axis) -> Array:
    """Return positions of a parameter's values on an axis: the values, or equal distances if one is infinite."""
    numbers: Array = values.values.astype(float)
    if np.all(np.isfinite(numbers)):
        return numbers
    places = np.arange(numbers.size, dtype=float)
    axis.set_ticks(places, labels=[width_name(v) for v in numbers])
    return places
