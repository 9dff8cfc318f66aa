"""C13: the averaged Hessian and spectral methods against the true Hessian; B9: Hessians of several students."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..models.methods import HessianMethod
from ..models.preprocessing import (
    AveragedHessian,
    MondelliMontanari,
    Optimal,
    Preprocessing,
    SpectralMethod,
    Trimming,
    WideHessian,
)
from ..models.quadratic import QuadraticNetwork
from ..simulation.directions import hessian_directions, span_overlap2, spectral_directions
from ..simulation.jobs import map_unordered
from ..simulation.sample import draw
from ..simulation.sphere import random_students
from ..theory.verbs._overlap import overlap
from ..theory.verbs._threshold import threshold
from .claim import Claim, Effort, Evidence

__all__ = ["NET", "STUDENTS", "WEIGHTS", "limit_of", "methods", "onset_of_method"]

NET = QuadraticNetwork(2, 1, 1.0)
WEIGHTS: dict[str, Preprocessing] = {
    "averaged Hessian": AveragedHessian(2, 1.0),
    "wide Hessian": WideHessian(1.0),
    "Mondelli-Montanari": MondelliMontanari(1.0),
    "trimming": Trimming(5.0),
    "optimal": Optimal(),
}
STUDENTS = {"Hessian": 1, "8 Hessians": 8}
ALPHA = (0.6, 1.0, 1.5, 2.0, 3.0, 4.5)
_KNOWN = 0.1  # standard error above which an agreement says nothing
FAR = 1.3  # of a threshold, from where on a finite sample is like the limit


def onset_of_method(name: str) -> float:
    """Its threshold, for infinite `N`."""
    if name in WEIGHTS:
        return threshold(SpectralMethod(WEIGHTS[name], NET.p_star)).alpha
    return threshold(NET).alpha


def limit_of(name: str, alpha: Any) -> Any:
    """Its overlap, for infinite `N`."""
    if name in WEIGHTS:
        return overlap(SpectralMethod(WEIGHTS[name], NET.p_star), alpha=alpha).overlap2.values
    return overlap(HessianMethod(NET, STUDENTS[name]), alpha=alpha).overlap2.values


def _work(job: tuple[Any, ...]) -> list[float]:
    """Overlaps of all methods on one sample."""
    alpha, N, child = job
    own, stream = child.spawn(2)
    sample = draw(NET, alpha=alpha, N=N, seed=own)
    students = random_students(sample.student.shape, max(STUDENTS.values()), np.random.default_rng(stream))
    found = [hessian_directions(sample, students[:k]) for k in STUDENTS.values()]
    found += [spectral_directions(sample, weight) for weight in WEIGHTS.values()]
    return [span_overlap2(each.basis, sample.teacher) for each in found]


def _simulated(effort: Effort) -> xr.Dataset:
    """Means and standard errors over samples, and the last two sizes extrapolated in `1/N`."""
    jobs = [
        (alpha, N, child)
        for alpha in ALPHA
        for N, samples in effort.general[-2:]
        for child in np.random.SeedSequence((effort.seed, N, round(1e3 * alpha))).spawn(samples)
    ]
    rows: dict[tuple[float, int], list[list[float]]] = {}
    for (alpha, N, child), result in map_unordered(_work, jobs, effort.workers):
        rows.setdefault((alpha, N), []).append([child.spawn_key[0], *result])
    sizes = [N for N, _ in effort.general[-2:]]
    each = {key: np.array(sorted(values))[:, 1:] for key, values in rows.items()}
    mean = np.array([[each[x, N].mean(axis=0) for N in sizes] for x in ALPHA])
    error = np.array([[each[x, N].std(axis=0, ddof=1) / np.sqrt(len(each[x, N])) for N in sizes] for x in ALPHA])
    w = sizes[1] / (sizes[1] - sizes[0])
    dims = ("alpha", "N", "start")
    return xr.Dataset(
        {
            "overlap2": (dims, mean),
            "stderr": (dims, error),
            "extrapolated": (("alpha", "start"), w * mean[:, 1] + (1 - w) * mean[:, 0]),
            "extrapolated_stderr": (("alpha", "start"), np.hypot(w * error[:, 1], (1 - w) * error[:, 0])),
        },
        coords={"alpha": list(ALPHA), "N": sizes, "start": [*STUDENTS, *WEIGHTS]},
    )


def _stretch(name: str, data: xr.Dataset) -> tuple[float, float]:
    """The threshold of samples over that of theory: by what the `alpha` of the curve is to be multiplied to fit them.

    Of one parameter by weighted least squares, with its error; from points beyond `FAR` thresholds.
    """
    from scipy.optimize import minimize_scalar

    seen = data.sel(start=name, alpha=data.alpha > FAR * onset_of_method(name))
    alpha, value, error = seen.alpha.values, seen.extrapolated.values, seen.extrapolated_stderr.values

    def misfit(s: float) -> float:
        return float(np.sum(((limit_of(name, alpha / s) - value) / error) ** 2))

    best = float(minimize_scalar(misfit, bounds=(0.7, FAR), method="bounded", options={"xatol": 1e-4}).x)
    slope = (limit_of(name, alpha / (1.01 * best)) - limit_of(name, alpha / (0.99 * best))) / (0.02 * best)
    return best, float(1 / np.sqrt(np.sum((slope / error) ** 2)))


def methods(effort: Effort) -> Evidence:
    """C13 and B9."""
    data = _simulated(effort)
    sizes = ", ".join(f"{n} ({s})" for n, s in effort.general[-2:])
    rng = np.random.default_rng((effort.seed, 13))
    ratios = [_averaged_over_true(rng) for _ in range(max(20, effort.random_points // 10))]
    return Evidence((_curves(data, sizes), _averaged(ratios), _optimal(), _combined(data, sizes)), {"methods": data})


def _curves(data: xr.Dataset, sizes: str) -> Claim:
    fits = {name: _stretch(name, data) for name in (*STUDENTS, *WEIGHTS)}
    return Claim(
        "C13a",
        "Samples have the overlaps of theory for the averaged Hessian and spectral methods, and so the thresholds.",
        "Appendix.",
        f"By what the alpha of theory's curve is to be multiplied to fit samples above {FAR} thresholds, deviation "
        f"from one in standard errors, the largest of {len(WEIGHTS)} methods; p* = 1, N (samples): {sizes}, "
        f"extrapolated in 1/N.",
        expected=0.0,
        found=max(abs(fits[name][0] - 1) / fits[name][1] for name in WEIGHTS),
        tolerance=3.5,
        decided=max(fits[name][1] for name in WEIGHTS) < _KNOWN,
        remark="; ".join(
            f"{name}: {onset_of_method(name):.4f} in theory, times {s:.3f} +- {e:.3f} in samples"
            for name, (s, e) in fits.items()
        )
        + ".",
    )


def _averaged(ratios: list[float]) -> Claim:
    return Claim(
        "C13b",
        "The averaged Hessian has another threshold than the Hessian, and not always a lower one.",
        "Appendix: the averaged Hessian against the true one.",
        "Smaller of the shares of random networks (p up to 10, p* up to 4, a from 0.01 to 10) in which the "
        "averaged Hessian begins earlier, and later, than the true one: at least a tenth.",
        expected=0.5,
        found=float(min(np.mean(np.array(ratios) < 0.99), np.mean(np.array(ratios) > 1.01))),
        tolerance=0.4,
        remark=f"The ratio of both thresholds is from {min(ratios):.2f} to {max(ratios):.2f}; the average loses "
        "what a student's own pre-activations say, and gains by having less noise.",
    )


def _optimal() -> Claim:
    return Claim(
        "C13c",
        "The optimal spectral method begins at p*/2, before every Hessian of finite width.",
        "Appendix, with equation (18) at a = 0.",
        "Its threshold over p*/2, for p* from 1 to 4: the value farthest from one.",
        expected=1.0,
        found=max((threshold(SpectralMethod(Optimal(), k)).alpha / (k / 2) for k in range(1, 5)), key=_from_one),
        tolerance=1e-6,
        remark=f"The Hessian of p = 2, a = 1 begins at {threshold(NET).alpha:.4f}.",
    )


def _combined(data: xr.Dataset, sizes: str) -> Claim:
    return Claim(
        "B9",
        "Eigenvectors of several students' Hessians at the same data, combined, have the overlap that theory says.",
        "Not in the paper.",
        f"Largest deviation from the limit of the overlap of 1 and of 8 students, above {FAR} alpha_BBP, in "
        f"standard errors; p = 2, p* = 1, a = 1, N (samples): {sizes}, extrapolated in 1/N.",
        expected=0.0,
        found=_deviation(data),
        tolerance=3.5,
        decided=float(data.extrapolated_stderr.sel(start=list(STUDENTS)).max()) < _KNOWN,
        remark="At alpha = 2 the squared overlap is "
        + ", ".join(f"{float(limit_of(name, [2.0])[0]):.3f} for {name}" for name in (*STUDENTS, *WEIGHTS))
        + ".",
    )


def _from_one(ratio: float) -> float:
    return abs(ratio - 1)


def _averaged_over_true(rng: np.random.Generator) -> float:
    p, p_star, a = int(rng.integers(1, 11)), int(rng.integers(1, 5)), float(10 ** rng.uniform(-2, 1))
    averaged = threshold(SpectralMethod(AveragedHessian(p, a), p_star)).alpha
    return averaged / threshold(QuadraticNetwork(p, p_star, a)).alpha


def _deviation(data: xr.Dataset) -> float:
    far = data.sel(alpha=data.alpha > FAR * threshold(NET).alpha)
    rows = [
        (far.sel(start=name).extrapolated.values - limit_of(name, far.alpha.values))
        / far.sel(start=name).extrapolated_stderr.values
        for name in STUDENTS
    ]
    return float(np.abs(rows).max())
