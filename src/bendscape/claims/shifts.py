"""C8: the smallest eigenvalue approaches a sharp edge like `N^(-2/3)` and a smooth one like `1/log N`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..simulation.curvature import output
from ..simulation.eigenpairs import lowest
from ..simulation.hessian import Hessian
from ..simulation.parallel import finished
from ..simulation.sample import draw, project
from ..simulation.statistics import mean_stderr
from ..theory.spectrum import spectrum
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
    for job, shift in finished(_shift, jobs[::-1], effort.workers, None):
        shifts[job[3]].append(shift)
    mean, stderr = np.transpose([mean_stderr(sorted(each)) for each in shifts.values()])
    about = {"a": net.a, "alpha": alpha, "tail_constant": edge.tail_constant, "kind": edge.kind}
    return xr.Dataset({"shift": ("N", mean), "stderr": ("N", stderr)}, coords={"N": list(shifts)}, attrs=about)


def _slope(x: Array, y: Array, error: Array) -> tuple[float, float, float, float]:
    """Weighted straight line: slope, its standard error, intercept, chi-squared for each degree of freedom."""
    design = np.stack([x, np.ones_like(x)], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    slope, intercept = covariance @ (design.T @ (y / error))
    chi2 = float(np.sum(((y - slope * x - intercept) / error) ** 2)) / max(len(x) - 2, 1)
    return float(slope), math.sqrt(covariance[0, 0] * max(chi2, 1.0)), float(intercept), chi2


def shifts(effort: Effort) -> Evidence:
    """C8."""
    sharp, smooth = (_table(name, effort) for name in CASES)
    power, power_error, start, _ = _slope(
        np.log(sharp.N.values), np.log(np.abs(sharp["shift"].values)), (sharp.stderr / np.abs(sharp["shift"])).values
    )
    log_n, shift, stderr = np.log(smooth.N.values), smooth["shift"].values, smooth.stderr.values
    kappa, kappa_error, _, _ = _slope(np.log(log_n), np.log(shift), stderr / shift)
    apparent, apparent_error, _, _ = _slope(log_n, np.log(shift), stderr / shift)
    rise, rise_error, offset, chi2 = _slope(log_n, 1 / shift, stderr / shift**2)
    sharp = sharp.assign_attrs(slope=power, factor=math.exp(start))
    smooth = smooth.assign_attrs(amplitude=1 / rise, offset=offset / rise)
    sizes = f"N = {effort.edges[0][0]} to {effort.edges[-1][0]}"
    claims = (
        Claim(
            "C8a",
            "At a sharp edge the smallest eigenvalue approaches the edge like N^(-2/3).",
            "Finite-size discussion; the sizes are ours.",
            f"Exponent of N in the mean distance of the smallest eigenvalue from the limit's edge, {sizes}, "
            f"p = p* = 1, a = {sharp.attrs['a']}, alpha = {sharp.attrs['alpha']}. Tolerance: three standard "
            "errors of the fit.",
            expected=-2 / 3,
            found=power,
            tolerance=3 * power_error,
            remark="Each sample's edge is corrected to first order for its own labels, whose mean effect is zero.",
        ),
        Claim(
            "C8b",
            "At a smooth edge it approaches like 1/log N.",
            "Finite-size discussion; the sizes are ours.",
            f"Exponent of log N in the same distance, {sizes}, a = {smooth.attrs['a']}, "
            f"alpha = {smooth.attrs['alpha']}. Tolerance: three standard errors of the fit.",
            expected=-1.0,
            found=kappa,
            tolerance=3 * kappa_error,
            remark=f"As a power of N the exponent is {apparent:.3f} +- {apparent_error:.3f}. The form A/(log N + c) "
            f"fits with A = {1 / rise:.2f} +- {rise_error / rise**2:.2f}, c = {offset / rise:.1f} and chi^2 = "
            f"{chi2:.1f} for each degree of freedom; the leading order says c = 0 and A = A_tail = "
            f"{smooth.attrs['tail_constant']:.2f}. The constant is not small beside log N at sizes that can be "
            "diagonalised.",
        ),
        Claim(
            "C8c",
            "The two edges differ: at the smooth edge the approach is slower than N^(-2/3).",
            "Finite-size discussion.",
            "Exponent of N at the smooth edge over that at the sharp edge; below 0.6 counts as slower.",
            expected=0.3,
            found=apparent / power,
            tolerance=0.3,
            remark=f"{apparent:.3f} +- {apparent_error:.3f} against {power:.3f} +- {power_error:.3f}.",
        ),
    )
    return Evidence(claims, {"shift_sharp": sharp, "shift_smooth": smooth})
