"""The look of figures: colours that contrast with their axes, and labels from the metadata of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import xarray as xr
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb, to_rgba

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

__all__ = [
    *("BULK", "EDGE", "SIGNAL", "SIMULATION", "Palette"),
    *("colours", "label", "label_axes", "legend", "palette", "style", "width_name"),
]

BULK, SIGNAL, EDGE, SIMULATION = "#5b6b8c", "#c8452d", "#9aa3b5", "#23324f"
_RAMP = LinearSegmentedColormap.from_list("widths", ["#e0a526", "#c8452d", "#7b2d5b", "#23324f"])
_RC: dict[Any, Any] = {
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=[BULK, SIGNAL, SIMULATION, "#e0a526", "#7b2d5b"]),
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
_CONTRAST = {"#000000": 2.0, "#ffffff": 4.0}  # least ratio of luminances to the background, by the colour of text
_STEPS = 20  # mixtures of a colour with that of text, until the contrast is high enough
_PALE = 0.45  # share of the colour of text in a pale colour


def style() -> AbstractContextManager[None]:
    """Return the library's Matplotlib settings as a context; outside of it plots follow the current settings.

    Examples
    --------
    >>> import bendscape as bs
    >>> with bs.plot.style():
    ...     pass
    """
    return mpl.rc_context(_RC)


@dataclass(frozen=True)
class Palette:
    """Colours of one picture.

    Attributes
    ----------
    bulk, signal, simulation : str
        The first three colours of the current cycle, changed where their contrast is low.
    pale, ink, face : str
        Colours of reference lines, of text, and of the background.
    """

    bulk: str
    signal: str
    simulation: str
    pale: str
    ink: str
    face: str


def palette(ax: Axes) -> Palette:
    """Return the colours of the user's style, changed only where they would be invisible on these axes."""
    face, ink = _face(ax), _ink(ax)
    cycle = mpl.rcParams["axes.prop_cycle"].by_key().get("color") or ["C0"]
    bulk, signal, simulation = (_readable(cycle[i % len(cycle)], face, ink) for i in range(3))
    return Palette(bulk, signal, simulation, _mixed(face, ink, _PALE), ink, face)


def colours(count: int, ax: Axes | None = None) -> list[str]:
    """Return colours for an ordered family of curves, visible on these axes."""
    ramp = [to_hex(_RAMP(i / max(count - 1, 1))) for i in range(count)]
    return ramp if ax is None else [_readable(color, _face(ax), _ink(ax)) for color in ramp]


def _face(ax: Axes) -> str:
    """Colour behind the curves; a transparent picture counts as white."""
    for patch in (ax.patch, ax.figure.patch):
        if patch.get_visible() and to_rgba(patch.get_facecolor())[3] > 0.5:
            return to_hex(patch.get_facecolor())
    return "#ffffff"


def _ink(ax: Axes) -> str:
    """Colour of text: black or white, whichever has the higher contrast."""
    face = _luminance(_face(ax))
    return "#000000" if (face + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def _readable(color: Any, face: str, ink: str) -> str:
    """Return the colour, mixed with as little ink as its contrast requires."""
    for i in range(_STEPS + 1):
        mixture = _mixed(to_hex(color), ink, i / _STEPS)
        low, high = sorted((_luminance(mixture), _luminance(face)))
        if (high + 0.05) / (low + 0.05) >= _CONTRAST[ink]:
            break
    return mixture


def _mixed(first: str, second: str, share: float) -> str:
    red, green, blue = ((1 - share) * x + share * y for x, y in zip(to_rgb(first), to_rgb(second), strict=True))
    return to_hex((red, green, blue))


def _luminance(color: str) -> float:
    """Relative luminance of an sRGB colour."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def label(data: xr.DataArray) -> str:
    """Return a label of the data: the symbol of the field, or the long name with units."""
    name = str(data.name)
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    units: Any = data.attrs.get("units")
    return f"{data.attrs.get('long_name', name)}" + (f" ({units})" if units else "")


def label_axes(ax: Axes, *, xlabel: str, ylabel: str, title: str = "") -> None:
    """Set labels where the axes have none."""
    wanted = {"xlabel": xlabel, "ylabel": ylabel, "title": title}
    ax.set(**{name: text for name, text in wanted.items() if text and not getattr(ax, f"get_{name}")()})


def legend(ax: Axes) -> None:
    """Draw a legend, unless it would be empty."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend()


def width_name(p: float) -> str:
    """Return `p` as text of a legend."""
    return r"$\infty$" if math.isinf(p) else f"{p:g}"
