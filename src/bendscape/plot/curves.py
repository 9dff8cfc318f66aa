"""Curves of one network: its spectrum, and its overlap against `alpha`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .style import BULK, EDGE, SIGNAL, SIMULATION, axes, colours, label

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from ..simulation.density import Density
    from ..theory.spectrum import Spectrum

__all__ = ["overlap", "phi", "spectrum"]


def _window(found: Spectrum) -> tuple[float, float]:
    """A range that holds every outlier and most of the bulk, from its left edge unless that is far from anything."""
    edge = found.left_edge.value
    if found.right_edge is not None:
        high = found.right_edge.value
    else:
        distance = max(abs(edge), 1e-3) * np.geomspace(1e-4, 1e5, 400)
        data = found.curves(edge + distance)
        mass = np.cumsum(data.density.values * np.gradient(distance))
        first, middle, most = (float(edge + np.interp(q * mass[-1], mass, distance)) for q in (0.001, 0.5, 0.92))
        high = min(most, edge + 10 * (middle - edge))  # a tail may be very long
        if first - edge > high - first:
            edge = first
    low = min([edge, *(o.value for o in found.outliers)])
    high = max([high, *(o.value for o in found.outliers)])
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def spectrum(
    found: Spectrum,
    *,
    eigenvalues: Any = None,
    estimate: Density | None = None,
    width: float | None = None,
    signal: bool = True,
    points: int = 600,
    ax: Axes | None = None,
) -> list[Artist]:
    """Density of the bulk, the signal's density, the outliers; beside them eigenvalues of a real Hessian, if given.

    Parameters
    ----------
    found : Spectrum
        From :func:`bendscape.spectrum`.
    eigenvalues : array_like, optional
        Of a Hessian, in the same unit.
    estimate : Density, optional
        From :func:`bendscape.simulation.density`, drawn as a band of one standard error. It is smoothed over `width`,
        and so is the theory in a line beside it.
    width : float
        Of the smoothing, in the unit of the eigenvalues; by default twice what the estimate resolves.
    signal : bool
        Draw the distribution of a teacher direction as well.
    points : int
        Resolution of the curves.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    low, high = _window(found)
    start = max(low, found.left_edge.value)
    inside = start + (high - start) * np.linspace(0, 1, points) ** 2
    data = found.curves(np.concatenate([[low], inside]))
    x = data.eigenvalue
    artists: list[Artist] = []
    if eigenvalues is not None:
        bins = np.linspace(low, high, 90)
        share = np.asarray(eigenvalues)
        share = share[(np.abs(share) > 1e-9) | (found.zero_mass == 0)]
        heights, _ = np.histogram(share, bins)
        heights = heights / (np.size(eigenvalues) * np.diff(bins))
        artists.append(ax.stairs(heights, bins, fill=True, color=SIMULATION, alpha=0.25, label="one Hessian"))
    if estimate is not None:
        eta = max(2 * estimate.resolution, (high - low) / 100) if width is None else width
        artists += _smoothed(found, estimate, eta, np.linspace(low, high, points), ax)
    artists += ax.plot(x, data.density.where(data.converged), color=BULK, label="bulk")
    if signal:
        artists += ax.plot(x, data.teacher_density, color=SIGNAL, ls="--", lw=1.2, label="teacher direction")
    top = 1.25 * float(data.density.quantile(0.995))  # it may diverge at zero
    if found.zero_mass:
        artists += ax.plot([], [], " ", label=f"not drawn: {found.zero_mass:.2g} of all, at zero")
    for i, o in enumerate(found.outliers):
        name = f"outlier ({o.sector}), $m^2$ = {o.overlap2_teacher + o.overlap2_student:.2f}"
        artists.append(ax.vlines(o.value, 0, 0.55 * top, color=SIGNAL, lw=2.2, label=name if i < 3 else ""))
    ax.set(xlim=(low, high), ylim=(0, top), xlabel=f"eigenvalue of ${found.unit}$", ylabel="density")
    ax.set_title(rf"{_network(found.net)}, $\alpha = {found.alpha:g}$")
    ax.legend()
    return artists


def _smoothed(found: Spectrum, estimate: Density, width: float, x: Any, ax: Axes) -> list[Artist]:
    """Stochastic Lanczos quadrature and the theory, at the same distance from the real axis."""
    curve = estimate.curves(x, width=width)
    error = np.hypot(curve.stderr, curve.truncation)
    name = rf"one Hessian, $\eta = {width:.2g}$"
    band = ax.fill_between(
        x, curve.density - error, curve.density + error, color=SIMULATION, alpha=0.3, lw=0, label=name
    )
    theory = [-complex(found.stieltjes(complex(v, width))).imag / math.pi for v in x]
    return [band, *ax.plot(x, theory, color=SIMULATION, lw=1, ls=":", label=rf"theory, $\eta = {width:.2g}$")]


def overlap(
    data: xr.Dataset,
    *,
    simulated: xr.Dataset | None = None,
    color: str = SIGNAL,
    name: str = r"$N \to \infty$",
    ax: Axes | None = None,
) -> list[Artist]:
    """Squared overlap against `alpha`, with simulations as symbols if given.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.overlap`.
    simulated : xarray.Dataset, optional
        From :func:`bendscape.sweep`: its `captured` is drawn with error bars.
    color, name : str
        Of the curve.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    artists: list[Artist] = list(ax.plot(data.alpha, data.overlap2, color=color, label=name))
    if simulated is not None:
        artists += _symbols(simulated, ax)
    ax.set(xlabel=label(data.alpha), ylabel=label(data.overlap2))
    ax.legend()
    return artists


def phi(
    data: xr.Dataset,
    variable: str = "phi",
    *,
    exponent: float = 0.0,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> list[Artist]:
    """A number per sample against `alpha`, a curve with error bars for each `N`; where they cross is a threshold.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.sweep`.
    variable : str
        `phi`, or another mean that the data have.
    exponent : float
        The curves are `N^exponent variable`.
    threshold : float, optional
        `alpha_BBP` of the theory, drawn as a line.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    list of Artist
    """
    ax = axes(ax)
    artists: list[Artist] = []
    for n, color in zip(data.N.values, colours(data.sizes["N"]), strict=True):
        row, scale = data.sel(N=n), float(n) ** exponent
        mean, stderr = scale * row[variable].values, scale * row[f"{variable}_stderr"].values
        bars = ax.errorbar(row.alpha.values, mean, stderr, color=color, marker="o", ms=3.5, lw=1.2, label=f"$N = {n}$")
        artists.append(bars.lines[0])
    if threshold is not None:
        line = ax.axvline(threshold, color=EDGE, lw=1, ls=":", label=r"$\alpha_{\mathrm{BBP}}$")
        artists.append(line)
    power = f"$N^{{{exponent:.2g}}}$ " if exponent else ""
    ax.set(xlabel=label(data.alpha), ylabel=power + label(data[variable]))
    ax.legend()
    return artists


def _symbols(simulated: xr.Dataset, ax: Axes) -> list[Artist]:
    """Means with error bars, darker for larger `N`."""
    artists: list[Artist] = []
    for i, n in enumerate(simulated.N.values):
        row, shade = simulated.sel(N=n), 0.3 + 0.7 * (i + 1) / simulated.N.size
        look = {"ls": "", "marker": "o^sD"[i % 4], "ms": 4, "color": SIMULATION, "alpha": shade}
        mean, stderr = row.captured.values, row.captured_stderr.values
        artists.append(ax.errorbar(row.alpha.values, mean, stderr, label=f"$N = {n}$", **look).lines[0])
    return artists


def _network(net: Any) -> str:
    p = r"\infty" if math.isinf(net.p) else f"{net.p}"
    return rf"$p = {p}$, $p^* = {net.p_star}$, $a = {net.a:g}$"
