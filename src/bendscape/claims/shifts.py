"""C8: the smallest eigenvalue approaches a sharp edge like `N^(-2/3)` and a smooth one like `1/log N`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..simulation.arrays import one_blas_thread
from ..simulation.curvature import output
from ..simulation.eigen import lowest
from ..simulation.jobs import map_unordered
from ..simulation.landscape import Hessian
from ..simulation.sample import draw, project
from ..statistics import mean_stderr
from ..theory.verbs._spectrum import spectrum
from ..units import hessian_scale
from .claim import Claim, Effort, Evidence

__all__ = ["shifts"]

Array = npt.NDArray[np.float64]
CASES = {"sharp": (QuadraticNetwork(1, 1, 0.5), 0.8), "smooth": (QuadraticNetwork(1, 1, 2.0), 0.5)}


def _shift(job: tuple[Any, ...]) -> float:
    """Smallest eigenvalue less what the edge of a sample is expected to do to first order.

    `z(g) = 1/g + (1/N) sum_mu <A_mu(g)>` over the labels of a sample, at the limit's own `g_-`, has the edge as its
    mean and shares its fluctuations of order `N^(-1/2)` with the smallest eigenvalue, which would hide the shift.
    """
    from array_api_compat import numpy as xp

    net, alpha, g, n, seed = job
    with one_blas_thread():
        sample = draw(net, alpha=alpha, N=n, seed=seed)
        smallest = float(lowest(Hessian(sample), 1).values[0])
    yhat = output(project(sample.inputs, sample.student, xp), xp)
    curvatures = zip(net.modes, net.curvature(sample.labels, yhat), strict=True)
    mean = sum(mode.fraction * np.sum(f / (1 - g * f)) for mode, f in curvatures) / n
    return smallest - hessian_scale(net.p) * float(1 / g + mean)


def _table(name: str, effort: Effort) -> xr.Dataset:
    net, alpha = CASES[name]
    edge = spectrum(net, alpha=alpha).left_edge
    g = edge.stieltjes * hessian_scale(net.p)
    jobs = [
        (net, alpha, g, n, child)
        for n, samples in effort.edges
        for child in np.random.SeedSequence((effort.seed, n)).spawn(samples)
    ]
    shifts: dict[int, list[float]] = {n: [] for n, _ in effort.edges}
    for job, shift in map_unordered(_shift, jobs[::-1], effort.workers):
        shifts[job[3]].append(shift)
    mean, stderr = np.transpose([mean_stderr(sorted(each)) for each in shifts.values()])
    about = {"a": net.a, "alpha": alpha, "tail_constant": edge.tail_constant, "kind": edge.kind}
    return xr.Dataset({"shift": ("N", mean), "stderr": ("N", stderr)}, coords={"N": list(shifts)}, attrs=about)


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


def _tracy_widom(net: QuadraticNetwork, alpha: float) -> float:
    """What `N^(2/3)` times the mean distance from a sharp edge tends to, without a free parameter.

    A density `K d^(1/2)` counts `(2/3) p N K d^(3/2)` eigenvalues up to `d`; in the variable `xi` of the Airy process
    it is `(2/(3 pi)) xi^(3/2)`, and the mean of the first is 1.2065 (Tracy and Widom, the real symmetric case).
    """
    found = spectrum(net, alpha=alpha)
    distance = 1e-5 * abs(found.left_edge.value)
    factor = float(found.density(found.left_edge.value + distance)) / math.sqrt(distance)
    return float(1.2065335745 * (math.pi * net.p * factor) ** (-2 / 3))


def _power(table: xr.Dataset) -> _Line:
    """The distance as a power of `N`."""
    shift, stderr = table["shift"].values, table.stderr.values
    return _line(np.log(table.N.values), np.log(shift), stderr / shift)


def shifts(effort: Effort) -> Evidence:
    """C8."""
    sharp, smooth = (_table(name, effort) for name in CASES)
    sharp = sharp.assign_attrs(amplitude=_tracy_widom(*CASES["sharp"]))
    log_n, shift, stderr = np.log(smooth.N.values), smooth["shift"].values, smooth.stderr.values
    inverse = _line(log_n, 1 / shift, stderr / shift**2)
    smooth = smooth.assign_attrs(amplitude=1 / inverse.slope, offset=inverse.intercept / inverse.slope)
    sizes = f"N = {effort.edges[0][0]} to {effort.edges[-1][0]}"
    claims = (_sharp(sharp, sizes), _smooth(smooth, inverse, sizes), _differ(sharp, smooth))
    return Evidence(claims, {"shift_sharp": sharp, "shift_smooth": smooth})


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


def _smooth(table: xr.Dataset, inverse: _Line, sizes: str) -> Claim:
    shift, stderr = table["shift"].values, table.stderr.values
    kappa = _line(np.log(np.log(table.N.values)), np.log(shift), stderr / shift)
    power = _power(table)
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
