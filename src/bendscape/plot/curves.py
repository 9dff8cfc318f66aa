"""Curves of one network: its spectrum, and its overlap against `alpha`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..arguments import count, flag, number, positive
from ..errors import InvalidParameterError
from ..expected import dataset, instance
from ..results import Outlier
from ..simulation.eigen import Density
from ..theory.verbs.exact_spectrum import Spectrum
from ..user_arrays import numbers_of, real_array
from .artists import Artists, axes, drawable, line_properties, members
from .style import colours, label_axes, legend, palette
from .style import label as label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["overlap", "phi", "spectrum"]

_POINTS_MAX = 10**6  # of a curve
_EXPONENT_MAX = 10  # of N, in size
_ALPHA_MAX = 1e12  # that an axis can show


def _window(limit: Spectrum) -> tuple[float, float]:
    """Range of eigenvalues that contains every outlier and most of the bulk."""
    low, high = limit.left_edge.value, limit.right_edge.value
    if not math.isfinite(low):
        low = -_reach(limit, high if math.isfinite(high) else 0.0, -1.0)[1]
    if not math.isfinite(high):
        first, high = _reach(limit, low, 1.0)
        low = first if first - low > high - first else low
    ends = [low, high, *(o.value for o in limit.outliers)]
    margin = 0.06 * (max(ends) - min(ends))
    return min(ends) - margin, max(ends) + margin


def _reach(limit: Spectrum, start: float, sign: float) -> tuple[float, float]:
    """Return the eigenvalues at which the bulk begins, and below which most of it lies, going one way from a point."""
    distance = max(abs(start), 1e-3) * np.geomspace(1e-4, 1e5, 400)
    order = slice(None) if sign > 0 else slice(None, None, -1)
    data = limit.curves((start + sign * distance)[order])
    mass = np.cumsum(np.nan_to_num(data.density.values)[order] * np.gradient(distance))
    first, middle, most = (float(np.interp(q * mass[-1], mass, distance)) for q in (0.001, 0.5, 0.92))
    return sign * start + first, sign * start + min(most, 10 * middle)  # a tail may be very long


def spectrum(
    found: Spectrum,
    *,
    eigenvalues: Any = None,
    estimate: Density | None = None,
    width: float | None = None,
    signal: bool = True,
    points: int = 600,
    ax: Axes | None = None,
    color: Any = None,
    label: str | None = None,
    **line: Any,
) -> Artists:
    """Draw the density of the bulk, the signal's density, the outliers, and eigenvalues of one Hessian if given.

    Parameters
    ----------
    found : Spectrum
        Result of :func:`bendscape.spectrum`.
    eigenvalues : array_like, optional
        Eigenvalues of one Hessian, in the unit of the spectrum.
    estimate : Density, optional
        Result of :func:`bendscape.simulation.density`, drawn as a band of one standard error. It is smoothed over
        `width`, and so is a line of the theory.
    width : float
        Width of the smoothing, in the unit of the eigenvalues; by default twice the resolution of the estimate.
    signal : bool
        Whether to draw the distribution of a teacher's direction.
    points : int
        Number of points of the curves.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the curve of the bulk.

    Returns
    -------
    Artists
        A list with the names `histogram`, `band`, `smoothed`, `bulk`, `signal`, `zeros`, `outliers`.

    Raises
    ------
    InvalidParameterError
        If an argument is of another type, or Matplotlib does not accept a property.

    Examples
    --------
    >>> import bendscape as bs
    >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
    >>> with bs.plot.style():
    ...     drawn = bs.plot.spectrum(spectrum, points=50, color="k")
    >>> drawn.bulk.get_color(), len(drawn.outliers)
    ('k', 1)
    """
    instance("found", found, Spectrum, "what bs.spectrum returns")
    if estimate is not None:
        instance("estimate", estimate, Density, "what bs.simulation.density returns")
    smooth = None if width is None else positive("width", width)
    points, signal = count("points", points, _POINTS_MAX), flag("signal", signal)
    if points < 2:
        raise InvalidParameterError(f"points = {points}: give two or more")
    own = (
        None
        if eigenvalues is None
        else real_array("eigenvalues", np.ravel(numbers_of("eigenvalues", eigenvalues)), ("n",))
    )
    ax = axes(ax)
    colour = palette(ax)
    look = line_properties({"color": color, "label": label} | line, color=colour.bulk, label="bulk")
    low, high = _window(found)
    start = max(low, found.left_edge.value)
    inside = start + (high - start) * np.linspace(0, 1, points) ** 2
    data = found.curves(np.concatenate([[low], inside]))
    x = data.eigenvalue
    named: dict[str, Any] = {"histogram": None if own is None else _histogram(found, own, (low, high), ax)}
    if estimate is not None:
        eta = max(2 * estimate.resolution, (high - low) / 100) if smooth is None else smooth
        named["band"], named["smoothed"] = _smoothed(found, estimate, eta, np.linspace(low, high, points), ax)
    (named["bulk"],) = ax.plot(x, data.density.where(data.converged), **look)
    if signal and "teacher_density" in data:
        about: dict[str, Any] = {"color": colour.signal, "ls": "--", "lw": 1.2, "label": "teacher direction"}
        (named["signal"],) = ax.plot(x, data.teacher_density, **about)
    top = 1.25 * float(data.density.quantile(0.995))  # it may diverge at zero
    if found.zero_mass:
        (named["zeros"],) = ax.plot([], [], " ", label=f"not drawn: {found.zero_mass:.2g} of all, at zero")
    named["outliers"] = []
    for i, o in enumerate(found.outliers):
        name = f"outlier ({o.sector}), $m^2$ = {_overlaps(o)}"
        about = {"color": colour.signal, "lw": 2.2, "label": name if i < 3 else ""}
        named["outliers"].append(ax.vlines(o.value, 0, 0.55 * top, **about))
    if ax.get_autoscalex_on():
        ax.set(xlim=(low, high))
    if ax.get_autoscaley_on():
        ax.set(ylim=(0, top))
    title = rf"{_network(found.net)}, $\alpha = {found.alpha:g}$"
    label_axes(ax, xlabel=f"eigenvalue of ${found.unit}$", ylabel="density", title=title)
    legend(ax)
    return Artists(**named)


def _histogram(limit: Spectrum, values: Any, window: tuple[float, float], ax: Axes) -> Any:
    """Draw a histogram of the eigenvalues of one Hessian, without those that are zero."""
    bins = np.linspace(*window, 90)
    share = values[(np.abs(values) > 1e-9) | (limit.zero_mass == 0)]
    heights, _ = np.histogram(share, bins)
    heights = heights / (np.size(values) * np.diff(bins))
    return ax.stairs(heights, bins, fill=True, color=palette(ax).simulation, alpha=0.25, label="one Hessian")


def _smoothed(limit: Spectrum, estimate: Density, width: float, x: Any, ax: Axes) -> tuple[Any, Any]:
    """Draw stochastic Lanczos quadrature and the theory, at the same distance from the real axis."""
    curve, color = estimate.curves(x, width=width), palette(ax).simulation
    error = np.hypot(curve.stderr, curve.truncation)
    name = rf"one Hessian, $\eta = {width:.2g}$"
    band = ax.fill_between(x, curve.density - error, curve.density + error, color=color, alpha=0.3, lw=0, label=name)
    theory = [-complex(limit.stieltjes(complex(v, width))).imag / math.pi for v in x]
    (line,) = ax.plot(x, theory, color=color, lw=1, ls=":", label=rf"theory, $\eta = {width:.2g}$")
    return band, line


def overlap(
    data: xr.Dataset,
    *,
    simulated: xr.Dataset | None = None,
    color: Any = None,
    label: str | None = None,
    ax: Axes | None = None,
    **line: Any,
) -> Artists:
    """Draw the squared overlap against `alpha`, with simulations as symbols if given.

    For a :class:`~bendscape.BayesOptimal` model a grey line is the overlap of the posterior mean.

    Parameters
    ----------
    data : xarray.Dataset
        Result of :func:`bendscape.overlap`.
    simulated : xarray.Dataset, optional
        From :func:`bendscape.simulation.sample_means`: its `captured` is drawn with error bars.
    color, label, **line
        Properties of the curve.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Artists
        A list with the names `curve`, `simulated` (symbols for each `N`) and `best` (the posterior mean).

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.overlap(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=[1.0, 2.0, 3.0])
    >>> with bs.plot.style():
    ...     drawn = bs.plot.overlap(data, color="k")
    >>> drawn.curve.get_color()
    'k'
    """
    data = drawable("data", dataset("data", data, "bs.overlap", ["alpha"], ["overlap2"]), "overlap2")
    if simulated is not None:
        numbers = ["captured", "captured_stderr"]
        simulated = dataset("simulated", simulated, "bs.simulation.sample_means", ["N", "alpha"], numbers)
    ax = axes(ax)
    look = line_properties({"color": color, "label": label} | line, color=palette(ax).signal, label=r"$N \to \infty$")
    (curve,) = ax.plot(data.alpha, data.overlap2, **look)
    symbols = [] if simulated is None else _symbols(simulated, ax)
    best: list[Any] = []
    if "overlap2_bayes" in data:
        curve.set_zorder(2.5)
        about: dict[str, Any] = {"color": palette(ax).pale, "lw": 3.0, "label": "posterior mean"}
        best = ax.plot(np.ravel(data.alpha), np.ravel(data.overlap2_bayes), **about)
        curve.set_label(look["label"] if label is not None else "message passing")
    label_axes(ax, xlabel=label_of(data.alpha), ylabel=label_of(data.overlap2))
    legend(ax)
    return Artists(curve=curve, simulated=symbols, best=best)


def phi(
    data: xr.Dataset,
    variable: str = "phi",
    *,
    exponent: float = 0.0,
    threshold: float | None = None,
    ax: Axes | None = None,
    color: Any = None,
    label: Any = None,
    **line: Any,
) -> Artists:
    """Draw the mean of a number against `alpha`, a curve with error bars for each `N`; they cross at a threshold.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulation.sample_means`.
    variable : str
        Name of a mean in the data, such as `phi`.
    exponent : float
        Power of `N`: the curves are `N^exponent variable`.
    threshold : float, optional
        `alpha_BBP` of the theory, drawn as a line.
    ax : matplotlib.axes.Axes, optional
    color, label, **line
        Properties of the curves; colours and labels may be lists with one for each `N`.

    Returns
    -------
    Artists
        A list with the names `curves` and `threshold`.

    Raises
    ------
    InvalidParameterError
        If the data come from another function or have nothing to draw, or Matplotlib does not accept a property.
    """
    name = str(instance("variable", variable, str, "the name of a mean that the data have"))
    data = dataset("data", data, "bs.simulation.sample_means", ["N", "alpha"], [name, f"{name}_stderr"])
    data, exponent = drawable("data", data, name), number("exponent", exponent, "one finite number")
    if not abs(exponent) <= _EXPONENT_MAX:
        raise InvalidParameterError(f"exponent = {exponent}: give one from -{_EXPONENT_MAX} to {_EXPONENT_MAX}")
    if threshold is not None:
        threshold = number("threshold", threshold, "one finite number")
        if not abs(threshold) <= _ALPHA_MAX:
            raise InvalidParameterError(f"threshold = {threshold:g}: give an alpha up to {_ALPHA_MAX:g}")
    ax = axes(ax)
    given = members({"color": color, "label": label} | line, data.sizes["N"])
    curves: list[Any] = []
    for n, shade, own in zip(data.N.values, colours(data.sizes["N"], ax), given, strict=True):
        row, scale = data.sel(N=n), float(n) ** exponent
        mean, stderr = scale * row[name].values, scale * row[f"{name}_stderr"].values
        look = line_properties(own, color=shade, marker="o", ms=3.5, lw=1.2, label=f"$N = {n}$")
        curves.append(ax.errorbar(row.alpha.values, mean, stderr, **look).lines[0])
    mark = None
    if threshold is not None:
        mark = ax.axvline(threshold, color=palette(ax).pale, lw=1, ls=":", label=r"$\alpha_{\mathrm{BBP}}$")
    power = f"$N^{{{exponent:.2g}}}$ " if exponent else ""
    label_axes(ax, xlabel=label_of(data.alpha), ylabel=power + label_of(data[name]))
    legend(ax)
    return Artists(curves=curves, threshold=mark)


def _symbols(simulated: xr.Dataset, ax: Axes) -> list[Any]:
    """Draw means with error bars, darker for larger `N`."""
    artists: list[Any] = []
    for i, n in enumerate(simulated.N.values):
        row, shade = simulated.sel(N=n), 0.3 + 0.7 * (i + 1) / simulated.N.size
        look = {"ls": "", "marker": "o^sD"[i % 4], "ms": 4, "color": palette(ax).simulation, "alpha": shade}
        mean, stderr = row.captured.values, row.captured_stderr.values
        artists.append(ax.errorbar(row.alpha.values, mean, stderr, label=f"$N = {n}$", **look).lines[0])
    return artists


def _overlaps(outlier: Outlier) -> str:
    """Text of an outlier's squared overlap: with the teacher or the student, or with both where both are not zero."""
    teacher, student = float(outlier.overlap2_teacher), float(outlier.overlap2_student)
    return f"{teacher:.2f}, {student:.2f} with the student" if teacher * student else f"{teacher + student:.2f}"


def _network(net: Any) -> str:
    """Return a network as text of a title: its three numbers, or its text."""
    if not hasattr(net, "a"):
        return str(net).replace("$", r"\$")
    p = r"\infty" if math.isinf(net.p) else f"{net.p}"
    return rf"$p = {p}$, $p^* = {net.p_star}$, $a = {net.a:g}$"
