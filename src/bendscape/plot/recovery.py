"""Starts of gradient descent compared, and training trajectories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..errors import InvalidParameterError
from ..expected import dataset, instance
from .artists import Artists, axes, drawable, line_properties, members
from .style import colours, label_axes, palette
from .style import label as label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["recovery", "trajectory"]

_ATTRIBUTES = ("limit", "alpha_half", "width", "N", "alpha_BBP")  # of the data, drawn as vertical lines


def recovery(
    data: xr.Dataset,
    variable: str = "overlap2",
    *,
    ax: Axes | None = None,
    color: Any = None,
    label: Any = None,
    **line: Any,
) -> Artists:
    """Draw a quantity of every start against `alpha`: open and dashed alone, filled after gradient descent.

    Beside `overlap2` a grey line is the best possible: the squared overlap of the posterior mean at infinite `N`.
    Vertical lines: `p_star/2` (grey, dotted), the finite-`N` threshold with its width (a band), `alpha_BBP` (in its
    colour). Error bars of a share are cut off at zero and one.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.comparison.compare_starts`.
    variable : str
        ``"overlap2"``, ``"recovered"``, ``"generalisation"``, ``"max_overlap2"`` or ``"steps"``.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the curves; colours and labels may be lists with one for each start.

    Returns
    -------
    Artists
        A list with the names `alone` and `refined` (a curve for each start), `bars` (their error bars), `best`, `key`,
        `limit`, `half` and `threshold`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.
    """
    name = str(instance("variable", variable, str, "the name of a mean that the data have"))
    dims = ["start", "refined", "alpha"]
    data = dataset("data", data, "bs.comparison.compare_starts", dims, [name, f"{name}_stderr"], attributes=_ATTRIBUTES)
    data = drawable("data", data, name)
    ax = axes(ax)
    colour = palette(ax)
    named: dict[str, Any] = {"alone": [], "refined": [], "bars": []}
    given = members({"color": color, "label": label} | line, data.sizes["start"])
    for i, (start, shade) in enumerate(zip(data.start.values, colours(data.sizes["start"], ax), strict=True)):
        for refined in data.refined.values.tolist():
            row = data.isel(start=i).sel(refined=refined)
            mean, error = row[name].values, row[f"{name}_stderr"].values
            if name == "recovered":
                error = np.stack([np.minimum(error, mean), np.minimum(error, 1 - mean)])
            look = line_properties(
                given[i], color=shade, marker="o", ls="-" if refined else "--", lw=1.5 if refined else 1.0, ms=4
            )
            look |= {"label": look.get("label", str(start)) if refined else None}
            look = look if refined else {"markerfacecolor": colour.face} | look
            bars = ax.errorbar(row.alpha, mean, error, **look)
            named["refined" if refined else "alone"].append(bars.lines[0])
            named["bars"].extend(bars.get_children()[1:])
    if name == "overlap2" and "overlap2_bayes" in data:
        best: dict[str, Any] = {"color": colour.pale, "lw": 1.5, "label": "best possible"}
        named["best"] = ax.plot(np.ravel(data.alpha), np.ravel(data.overlap2_bayes), **best)
    about = data.attrs
    open_: dict[str, Any] = {"mfc": colour.face, "ms": 4, "lw": 1.0, "label": "a start alone"}
    (named["key"],) = ax.plot([], [], "o--", color=colour.pale, **open_)
    named["limit"] = ax.axvline(about["limit"], color=colour.pale, lw=1.2, ls=":", label="$p^*/2$")
    low, high = (about["alpha_half"] + sign * about["width"] for sign in (-1, 1))
    if np.isfinite(low):
        text = rf"$\alpha_{{1/2}}$ at $N = {about['N']}$"
        named["half"] = ax.axvspan(low, high, color=colour.signal, alpha=0.15, lw=0, label=text)
    named["threshold"] = ax.axvline(
        about["alpha_BBP"], color=colour.signal, lw=1.2, ls=":", label=r"$\alpha_{\mathrm{BBP}}$"
    )
    label_axes(ax, xlabel=label_of(data.alpha), ylabel=label_of(data[name]))
    return Artists(**named)


def trajectory(
    run: xr.Dataset,
    variable: str = "max_overlap2",
    *,
    ax: Axes | None = None,
    color: Any = None,
    label: Any = None,
    **line: Any,
) -> Artists:
    """Draw a quantity along a training run, against the number of steps, on a scale that is linear near zero.

    Parameters
    ----------
    run : xarray.Dataset
        From :func:`bendscape.train` or :func:`bendscape.comparison.hessian_trajectory`.
    variable : str
        A variable over `checkpoint`; a second dimension, such as eigenvalues, gives a line for each entry.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the lines; a single label belongs to the first line, a list has one for each.

    Returns
    -------
    Artists
        A list with the name `curves`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.
    """
    name = str(instance("variable", variable, str, "the name of a variable over checkpoint"))
    verb = "bs.train or bs.comparison.hessian_trajectory"
    seen = instance("run", run, xr.Dataset, f"what {verb} returns")
    second = [str(d) for d in getattr(seen.get(name), "dims", ()) if d != "checkpoint"]
    if len(second) > 1:
        raise InvalidParameterError(f"variable = {name!r} has dimensions {seen[name].dims}: give one with at most two")
    run = dataset("run", seen, verb, ["checkpoint", *second], [name, "steps"])
    run = drawable("run", run, name)
    steps = np.atleast_1d(run.steps.values)
    ax = axes(ax)
    values = run[name].values.reshape(run.sizes["checkpoint"], -1)
    single = isinstance(label, str)
    rows = members({"color": color, "label": None if single else label} | line, values.shape[1])
    many = {} if values.shape[1] == 1 else {"color": palette(ax).bulk}
    curves: list[Any] = []
    for i, (column, own) in enumerate(zip(values.T, rows, strict=True)):
        look = line_properties(own | ({"label": label} if single and i == 0 else {}), lw=1.2, **many)
        curves += ax.plot(steps, column, **look)
    ax.set_xscale("symlog", linthresh=float(max([1, *steps[1:2]])))
    label_axes(ax, xlabel="steps", ylabel=label_of(run[name]))
    return Artists(curves=curves)
