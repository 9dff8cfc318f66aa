"""One look for all figures: colours, sizes, and labels taken from the data's own metadata."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.colors import LinearSegmentedColormap, to_hex

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

__all__ = ["BULK", "EDGE", "SIGNAL", "SIMULATION", "axes", "colours", "label", "style", "width_name"]

BULK, SIGNAL, EDGE, SIMULATION = "#5b6b8c", "#c8452d", "#9aa3b5", "#23324f"
_RAMP = LinearSegmentedColormap.from_list("widths", ["#e0a526", "#c8452d", "#7b2d5b", "#23324f"])
_RC: dict[Any, Any] = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.dpi": 120,
    "font.size": 10.0,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": "small",
    "lines.linewidth": 1.7,
    "mathtext.fontset": "dejavusans",
    "savefig.bbox": "tight",
    "svg.fonttype": "path",
    "svg.hashsalt": "bendscape",
}
_SYMBOLS = {
    "N": "$N$",
    "p": "$p$",
    "p_star": "$p^*$",
    "a": "$a$",
    "alpha": r"$\alpha$",
    "alpha_BBP": r"$\alpha_{\mathrm{BBP}}$",
    "alpha_bbp": r"$\alpha_{\mathrm{BBP}}$",
    "alpha_half": r"$\alpha_{1/2}$",
    "alpha_0": r"$\alpha_0$",
    "alpha_0_tangent": r"$\alpha_0$",
    "overlap2": "$m^2$",
    "overlap2_jump": "jump of $m^2$",
    "phi": r"$\varphi$",
    "captured": "$m^2$",
    "dominance": "dominance",
    "max_overlap2": "largest $m^2$ of a neuron",
    "recovered": "share of samples recovered",
    "generalisation": "generalisation error",
    "informed": "largest $m^2$ of a low eigenvector",
}


def style() -> AbstractContextManager[None]:
    """The library's Matplotlib settings, as a context."""
    return mpl.rc_context(_RC)


def axes(ax: Axes | None) -> Axes:
    """The axes given, or new ones."""
    return plt.subplots()[1] if ax is None else ax


def colours(count: int) -> list[str]:
    """Colours for an ordered family of curves."""
    return [to_hex(_RAMP(i / max(count - 1, 1))) for i in range(count)]


def label(data: xr.DataArray) -> str:
    """The field's symbol, or the long name and units the data carry."""
    name = str(data.name)
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    units: Any = data.attrs.get("units")
    return f"{data.attrs.get('long_name', name)}" + (f" ({units})" if units else "")


def width_name(p: float) -> str:
    """`p` as it is written in a legend."""
    return r"$\infty$" if math.isinf(p) else f"{p:g}"
