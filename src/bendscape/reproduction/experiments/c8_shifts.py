"""C8: the smallest eigenvalue approaches a sharp edge like `N^(-2/3)` and a smooth one like `1/log N`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from array_api_compat import numpy as xp
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

import bendscape as bs

from ..._types import Array
from ...plot.style import BULK, SIGNAL, SIMULATION
from ...simulation.arrays import one_blas_thread
from ...simulation.curvature import output
from ...simulation.sample import project
from ...units import hessian_scale
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed
from ..points import dense_seconds

CASES = {"sharp": (bs.QuadraticNetwork(1, 1, 0.5), 0.8), "smooth": (bs.QuadraticNetwork(1, 1, 2.0), 0.5)}
TOGETHER = 100  # samples of one part


@dataclass(frozen=True)
class Effort:
    """Sizes and numbers of simulated samples."""

    simulations: tuple[Samples, ...]


def parts(effort: Effort, seed: int) -> Parts:
    """The distances of a hundred samples each."""
    return {
        (name, size.N, first): Part(
            _shifts,
            (name, size, first, seed),
            seconds=min(TOGETHER, size.samples - first) * dense_seconds(size.N),
        )
        for name in CASES
        for size in effort.simulations
        for first in range(0, size.samples, TOGETHER)
    }


def _shifts(name: str, size: Samples, first: int, seed: int) -> list[float]:
    """Distances of the smallest eigenvalue from the edge, of some of the samples of one size."""
    net, alpha = CASES[name]
    g = bs.spectrum(net, alpha=alpha).left_edge.stieltjes * hessian_scale(net.p)
    children = np.random.SeedSequence((seed, size.N)).spawn(size.samples)
    with one_blas_thread():
        return [_shift(net, alpha, g, size.N, child) for child in children[first : first + TOGETHER]]


def _shift(net: bs.QuadraticNetwork, alpha: float, g: float, N: int, child: np.random.SeedSequence) -> float:
    """Smallest eigenvalue less what the edge of a sample is expected to do to first order.

    `z(g) = 1/g + (1/N) sum_mu <A_mu(g)>` over the labels of a sample, at the limit's own `g_-`, has the edge as its
    mean and shares its fluctuations of order `N^(-1/2)` with the smallest eigenvalue, which would hide the shift.
    """
    sample = bs.simulation.draw(net, alpha=alpha, N=N, seed=child)
    smallest = float(bs.simulation.lowest(bs.simulation.Hessian(sample), 1).values[0])
    yhat = output(project(sample.inputs, sample.student, xp), xp)
    curvatures = zip(net.modes, net.curvature(sample.labels, yhat), strict=True)
    mean = sum(mode.fraction * np.sum(f / (1 - g * f)) for mode, f in curvatures) / N
    return smallest - hessian_scale(net.p) * float(1 / g + mean)


def compute(run: Run[Effort]) -> Data:
    """Mean distances over `N` at both kinds of edge, with the laws that they are compared with."""
    sharp, smooth = (_table(name, run) for name in CASES)
    inverse = _inverse(smooth)
    return {
        "sharp": sharp.assign_attrs(amplitude=tracy_widom_amplitude(*CASES["sharp"])),
        "smooth": smooth.assign_attrs(amplitude=1 / inverse.slope, offset=inverse.intercept / inverse.slope),
    }


def _table(name: str, run: Run[Effort]) -> xr.Dataset:
    net, alpha = CASES[name]
    edge = bs.spectrum(net, alpha=alpha).left_edge
    sizes = run.effort.simulations
    each = [[x for first in range(0, size.samples, TOGETHER) for x in run.parts[name, size.N, first]] for size in sizes]
    mean, stderr = np.transpose([bs.simulation.mean_stderr(sorted(shifts)) for shifts in each])
    about = {"a": net.a, "alpha": alpha, "tail_constant": edge.tail_constant, "kind": edge.kind}
    coords = {"N": [size.N for size in sizes]}
    return xr.Dataset({"shift": ("N", mean), "stderr": ("N", stderr)}, coords=coords, attrs=about)


def tracy_widom_amplitude(net: bs.QuadraticNetwork, alpha: float) -> float:
    """Limit of `N^(2/3)` times the mean distance from a sharp edge, without a free parameter.

    A density `K d^(1/2)` counts `(2/3) p N K d^(3/2)` eigenvalues up to `d`; in the variable `xi` of the Airy process
    it is `(2/(3 pi)) xi^(3/2)`, and the mean of the first is 1.2065 (Tracy and Widom, the real symmetric case).
    """
    spectrum = bs.spectrum(net, alpha=alpha)
    distance = 1e-5 * abs(spectrum.left_edge.value)
    factor = float(spectrum.density(spectrum.left_edge.value + distance)) / math.sqrt(distance)
    return float(1.2065335745 * (math.pi * net.p * factor) ** (-2 / 3))


@dataclass(frozen=True)
class _Line:
    """A weighted straight line through means with errors."""

    slope: float
    error: float
    intercept: float
    chi2: float


def _line(x: Array, y: Array, error: Array) -> _Line:
    """Chi-squared is for each degree of freedom; if above one it widens the error of the slope."""
    design = np.stack([x, np.ones_like(x)], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    slope, intercept = covariance @ (design.T @ (y / error))
    chi2 = float(np.sum(((y - slope * x - intercept) / error) ** 2)) / max(len(x) - 2, 1)
    return _Line(float(slope), math.sqrt(covariance[0, 0] * max(chi2, 1.0)), float(intercept), chi2)


def _power(table: xr.Dataset) -> _Line:
    """The distance as a power of `N`."""
    shift, stderr = table["shift"].values, table.stderr.values
    return _line(np.log(table.N.values), np.log(shift), stderr / shift)


def _inverse(table: xr.Dataset) -> _Line:
    """The inverse distance as a straight line in `log N`."""
    shift, stderr = table["shift"].values, table.stderr.values
    return _line(np.log(table.N.values), 1 / shift, stderr / shift**2)


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C8."""
    sizes = f"N = {effort.simulations[0].N} to {effort.simulations[-1].N}"
    return (_sharp(data["sharp"], sizes), _smooth(data["smooth"], sizes), _differ(data["sharp"], data["smooth"]))


def _sharp(table: xr.Dataset, sizes: str) -> Claim:
    large, power = table.isel(N=slice(table.sizes["N"] // 2, None)), _power(table)
    scale = table.attrs["amplitude"] * large.N.values ** (-2 / 3)
    weight = (scale / large.stderr.values) ** 2
    ratio = float(np.sum(weight * large["shift"].values / scale) / weight.sum())
    return Claim(
        "C8a",
        "At a sharp edge the smallest eigenvalue approaches the edge like N^(-2/3).",
        "Finite-size discussion; the sizes are ours.",
        "Mean distance of the smallest eigenvalue from the limit's edge over what the edge's density and the "
        f"Tracy-Widom law say it is, mean over the larger half of {sizes}, p = p* = 1, a = {table.attrs['a']}, "
        f"alpha = {table.attrs['alpha']}.",
        expected=1.0,
        found=ratio,
        tolerance=0.25,
        decided=weight.sum() ** -0.5 < 0.08,
        remark=f"The statistical error is {weight.sum() ** -0.5:.3f}. A power of N fitted to all sizes has the "
        f"exponent {power.slope:.3f} +- {power.error:.3f}: at these sizes terms beyond the leading one show. Each "
        "sample's edge is corrected to first order for its own labels, whose mean effect is zero.",
    )


def _smooth(table: xr.Dataset, sizes: str) -> Claim:
    shift, stderr = table["shift"].values, table.stderr.values
    kappa = _line(np.log(np.log(table.N.values)), np.log(shift), stderr / shift)
    power, inverse = _power(table), _inverse(table)
    return Claim(
        "C8b",
        "At a smooth edge it approaches like 1/log N.",
        "Finite-size discussion; the sizes are ours.",
        f"Exponent of log N in the same distance, {sizes}, a = {table.attrs['a']}, alpha = {table.attrs['alpha']}. "
        "Tolerance: three standard errors of the fit, at most 0.25.",
        expected=-1.0,
        found=kappa.slope,
        tolerance=min(3 * kappa.error, 0.25),
        decided=kappa.error < 0.25,
        remark=f"As a power of N the exponent is {power.slope:.3f} +- {power.error:.3f}. The form A/(log N + c) fits "
        f"with A = {1 / inverse.slope:.2f} +- {inverse.error / inverse.slope**2:.2f}, "
        f"c = {inverse.intercept / inverse.slope:.1f} and chi^2 = {inverse.chi2:.1f} for each degree of freedom; the "
        f"leading order says c = 0 and A = A_tail = {table.attrs['tail_constant']:.2f}.",
    )


def _differ(sharp: xr.Dataset, smooth: xr.Dataset) -> Claim:
    one, other = _power(sharp), _power(smooth)
    return Claim(
        "C8c",
        "The two edges differ: at the smooth edge the approach is slower than at the sharp one.",
        "Finite-size discussion.",
        "Exponent of N at the smooth edge over that at the sharp edge; below 0.6 counts as slower.",
        expected=0.3,
        found=other.slope / one.slope,
        tolerance=0.3,
        remark=f"{other.slope:.3f} +- {other.error:.3f} against {one.slope:.3f} +- {one.error:.3f}.",
    )


def draw(data: Data) -> Figure:
    """The distance against `N` at a sharp edge, and its inverse against `log N` at a smooth one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    _draw_sharp(data["sharp"], left)
    _draw_smooth(data["smooth"], right)
    for ax in (left, right):
        ax.legend()
    return figure


def _draw_sharp(table: xr.Dataset, ax: Axes) -> None:
    ax.errorbar(table.N, table["shift"], table.stderr, fmt="o", ms=4, color=SIMULATION)
    law = table.attrs["amplitude"] * table.N ** (-2 / 3)
    ax.plot(table.N, law, color=SIGNAL, ls="--", lw=1, label="$N^{-2/3}$, Tracy-Widom")
    ax.set(xscale="log", yscale="log", xlabel="$N$", ylabel=r"$\langle\lambda_{\min}\rangle - \lambda_-$")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_title(rf"sharp: $a = {table.attrs['a']}$, $\alpha = {table.attrs['alpha']}$")


def _draw_smooth(table: xr.Dataset, ax: Axes) -> None:
    log_n, shift, about = np.log(table.N), table["shift"], table.attrs
    ax.errorbar(log_n, 1 / shift, table.stderr / shift**2, fmt="o", ms=4, color=SIMULATION)
    x = np.array([0.0, 1.05 * float(log_n[-1])])
    ax.plot(x, (x + about["offset"]) / about["amplitude"], color=BULK, lw=1, label=r"$(\log N + c)/A$")
    ax.plot(x, x / about["tail_constant"], color=SIGNAL, ls="--", lw=1, label=r"$\log N/A_{\mathrm{tail}}$")
    ax.set(xlabel=r"$\log N$", ylabel="1/distance", ylim=(0, None))
    ax.set_title(rf"smooth: $a = {about['a']}$, $\alpha = {about['alpha']}$")


EXPERIMENT = Experiment(
    name="shifts",
    place=3.2,
    title="How the smallest eigenvalue approaches the edge",
    caption="Mean distance from the limit's edge with standard errors, p = p* = 1. Left: sharp, with the Tracy-Widom "
    "law. Right: its inverse against log N at a smooth edge, where 1/log N is a straight line through the origin.",
    claims=("C8a", "C8b", "C8c"),
    quick=Effort((Samples(50, 800), Samples(100, 600), Samples(200, 400), Samples(400, 150), Samples(800, 60))),
    full=Effort(
        (
            *(Samples(50, 4000), Samples(100, 3000), Samples(200, 2000), Samples(400, 1000)),
            *(Samples(800, 400), Samples(1600, 80), Samples(3200, 20)),
        )
    ),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
)
