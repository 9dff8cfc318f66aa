"""The lowest eigenpairs of simulated samples, compared with the limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import xarray as xr

from ..arguments import number
from ..errors import InvalidParameterError
from ..expected import dataset, instance
from .artists import Artists, axes, drawable, tried
from .style import label_axes, legend, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["eigenvalues"]

_LIMIT = ("left_edge", "outlier", "overlap2")  # numbers of the limit that are drawn


def eigenvalues(
    data: xr.Dataset,
    *,
    theory: Mapping[str, float] | None = None,
    ax: Axes | None = None,
    color: Any = None,
    label: str | None = None,
    **points: Any,
) -> Artists:
    """Draw the squared overlap of every computed eigenvector against its eigenvalue, for all samples.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.simulate`.
    theory : mapping, optional
        `left_edge`, `outlier` and `overlap2` of the limit, from :func:`bendscape.comparison.limit`.
    ax : matplotlib.axes.Axes, optional
    color, label, **points
        Properties of the symbols of the lowest eigenvectors.

    Returns
    -------
    Artists
        A list with the names `rest`, `lowest`, `edge`, `limit`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.
    """
    dims, widths = ["sample", "eigenvalue"], ["p", "p_star"]
    data = dataset("data", data, "bs.simulate", dims, ["value", "overlap2"], attributes=widths)
    data = drawable("data", data, "overlap2")
    line = None if theory is None else _limit(theory)
    ax = axes(ax)
    colour = palette(ax)
    given = {key: value for key, value in {"color": color, "label": label, **points}.items() if value is not None}
    tried(lambda ax: ax.scatter([0.0], [0.0], **given), given)
    k = int(data.attrs["p"] * data.attrs["p_star"])
    end = "highest" if data.attrs.get("side") == "right" else "lowest"
    low, rest = data.isel(eigenvalue=slice(0, k)), data.isel(eigenvalue=slice(k, None))
    own: dict[str, Any] = {"s": 12, "label": f"the {end} {k} of each sample"} | given
    own |= {} if {"c", "facecolor", "facecolors"} & set(given) else {"color": given.get("color", colour.simulation)}
    named: dict[str, Any] = {
        "rest": ax.scatter(rest.value, rest.overlap2, s=8, color=colour.pale, label="the next"),
        "lowest": ax.scatter(low.value, low.overlap2, **own),
    }
    if line is not None:
        edge: dict[str, Any] = {"color": colour.pale, "lw": 1, "ls": ":", "label": "left edge of the limit"}
        named["edge"] = ax.axvline(line["left_edge"], **edge)
        if line["overlap2"] > 0:
            star: dict[str, Any] = {"ms": 13, "color": colour.signal, "label": "limit"}
            (named["limit"],) = ax.plot(line["outlier"], line["overlap2"], "*", **star)
    label_axes(ax, xlabel="eigenvalue of $H$", ylabel="$m^2$")
    if ax.get_autoscaley_on():
        ax.set(ylim=(0, None))
    legend(ax)
    return Artists(**named)


def _limit(theory: Any) -> dict[str, float]:
    """Return the three checked numbers of the limit; the outlier may be nan, where there is none."""
    given: Any = instance("theory", theory, Mapping, "what bs.comparison.limit returns")  # type: ignore[type-abstract]
    lacking = [name for name in _LIMIT if name not in given]
    if lacking:
        raise InvalidParameterError(f"theory has no {', '.join(lacking)}: give what bs.comparison.limit returns")
    overlap2 = number("overlap2 of theory", given["overlap2"], "one finite number")
    names = _LIMIT if overlap2 > 0 else ("left_edge",)
    return {name: number(f"{name} of theory", given[name], "one finite number") for name in names} | {
        "overlap2": overlap2
    }
