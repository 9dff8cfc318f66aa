"""C13: the averaged Hessian and spectral methods against the true Hessian; B9: Hessians of several students."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import minimize_scalar

import bendscape as bs

from ...models.preprocessing import AveragedHessian, MondelliMontanari, Optimal, Preprocessing, Trimming, WideHessian
from ...plot.style import EDGE, SIGNAL, colours
from ...simulation.sphere import random_students
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed
from ..points import dense_seconds

NET = bs.QuadraticNetwork(2, 1, 1.0)
WEIGHTS: dict[str, Preprocessing] = {
    "averaged Hessian": AveragedHessian(2, 1.0),
    "wide Hessian": WideHessian(1.0),
    "Mondelli-Montanari": MondelliMontanari(1.0),
    "trimming": Trimming(5.0),
    "optimal": Optimal(),
}
STUDENTS = {"Hessian": 1, "8 Hessians": 8}
NAMES = (*STUDENTS, *WEIGHTS)
ALPHA = (0.6, 1.0, 1.5, 2.0, 3.0, 4.5)
FAR = 1.3  # of a threshold, from where on a finite sample is like the limit
_PRECISE = 0.1  # standard error above which an agreement says nothing


@dataclass(frozen=True)
class Effort:
    """Two sizes, which are extrapolated, with numbers of samples; random networks of which thresholds are compared."""

    simulations: tuple[Samples, Samples]
    networks: int


def limit_of(name: str, alpha: Any) -> Any:
    """The overlap of a method, for infinite `N`."""
    if name in WEIGHTS:
        return bs.overlap(bs.SpectralMethod(WEIGHTS[name], NET.p_star), alpha=alpha).overlap2.values
    return bs.overlap(bs.HessianMethod(NET, STUDENTS[name]), alpha=alpha).overlap2.values


def _onset_of(name: str) -> float:
    """The threshold of a method, for infinite `N`."""
    if name in WEIGHTS:
        return bs.threshold(bs.SpectralMethod(WEIGHTS[name], NET.p_star)).alpha
    return bs.threshold(NET).alpha


def parts(effort: Effort, seed: int) -> Parts:
    """All methods on the samples of one `alpha` and size; thresholds of random networks; the fits of each method."""
    pieces: Parts = {"averaged": Part(_averaged_over_true, (effort.networks, seed), seconds=0.05 * effort.networks)}
    samples = []
    for alpha in ALPHA:
        for size in effort.simulations:
            seconds = size.samples * 4.5 * dense_seconds(int(NET.p) * size.N)
            pieces["samples", alpha, size.N] = Part(_overlaps, (alpha, size, seed), seconds)
            samples.append(("samples", alpha, size.N))
    pieces["table"] = Part(_table, (effort.simulations,), seconds=0.1, after=tuple(samples))
    for name in NAMES:
        pieces["stretch", name] = Part(_stretch, (name,), seconds=1.0, after=("table",))
    return pieces


def _overlaps(alpha: float, size: Samples, seed: int) -> list[list[float]]:
    """Overlaps of all methods on each sample."""
    children = np.random.SeedSequence((seed, size.N, round(1e3 * alpha))).spawn(size.samples)
    return [_on_one_sample(alpha, size.N, child) for child in children]


def _on_one_sample(alpha: float, N: int, child: np.random.SeedSequence) -> list[float]:
    own, stream = child.spawn(2)
    sample = bs.simulation.draw(NET, alpha=alpha, N=N, seed=own)
    students = random_students(sample.student.shape, max(STUDENTS.values()), np.random.default_rng(stream))
    directions = [bs.simulation.hessian_directions(sample, students[:k]) for k in STUDENTS.values()]
    directions += [bs.simulation.spectral_directions(sample, weight) for weight in WEIGHTS.values()]
    return [bs.simulation.span_overlap2(each.basis, sample.teacher) for each in directions]


def _table(sizes: tuple[Samples, Samples], *overlaps: list[list[float]]) -> xr.Dataset:
    """Means and standard errors over samples, and the two sizes extrapolated in `1/N`."""
    each = [np.array(values) for values in overlaps]  # over `alpha`, and for each over sizes
    shape = (len(ALPHA), len(sizes), len(NAMES))
    mean = np.reshape([values.mean(axis=0) for values in each], shape)
    error = np.reshape([values.std(axis=0, ddof=1) / np.sqrt(len(values)) for values in each], shape)
    small, large = (size.N for size in sizes)
    w = large / (large - small)
    dims = ("alpha", "N", "start")
    return xr.Dataset(
        {
            "overlap2": (dims, mean),
            "stderr": (dims, error),
            "extrapolated": (("alpha", "start"), w * mean[:, 1] + (1 - w) * mean[:, 0]),
            "extrapolated_stderr": (("alpha", "start"), np.hypot(w * error[:, 1], (1 - w) * error[:, 0])),
        },
        coords={"alpha": list(ALPHA), "N": [small, large], "start": list(NAMES)},
    )


def _stretch(name: str, data: xr.Dataset) -> tuple[float, float]:
    """The threshold of samples over that of theory: by what the `alpha` of the curve is to be multiplied to fit them.

    Of one parameter by weighted least squares, with its error; from points beyond `FAR` thresholds.
    """
    seen = data.sel(start=name, alpha=data.alpha > FAR * _onset_of(name))
    alpha, value, error = seen.alpha.values, seen.extrapolated.values, seen.extrapolated_stderr.values

    def misfit(s: float) -> float:
        return float(np.sum(((limit_of(name, alpha / s) - value) / error) ** 2))

    best = float(minimize_scalar(misfit, bounds=(0.7, FAR), method="bounded", options={"xatol": 1e-4}).x)
    slope = (limit_of(name, alpha / (1.01 * best)) - limit_of(name, alpha / (0.99 * best))) / (0.02 * best)
    return best, float(1 / np.sqrt(np.sum((slope / error) ** 2)))


def _averaged_over_true(networks: int, seed: int) -> list[float]:
    """The threshold of the averaged Hessian over that of the true one, for random networks."""
    rng = np.random.default_rng((seed, 13))
    ratios = []
    for _ in range(networks):
        p, p_star, a = int(rng.integers(1, 11)), int(rng.integers(1, 5)), float(10 ** rng.uniform(-2, 1))
        averaged = bs.threshold(bs.SpectralMethod(AveragedHessian(p, a), p_star)).alpha
        ratios.append(averaged / bs.threshold(bs.QuadraticNetwork(p, p_star, a)).alpha)
    return ratios


def compute(run: Run[Effort]) -> Data:
    """Overlaps of samples and of the limit; thresholds, and what fits them to samples."""
    table = run.parts["table"]
    fits = np.array([run.parts["stretch", name] for name in NAMES])
    limit = np.stack([limit_of(name, np.array(ALPHA)) for name in NAMES], axis=1)
    alpha = np.linspace(0.3, max(ALPHA), 240)
    best = bs.overlap(bs.BayesOptimal(NET), alpha=alpha)
    curves = {
        "limit": (("start", "alpha"), np.stack([limit_of(name, alpha) for name in NAMES])),
        "message_passing": ("alpha", best.overlap2.values),
        "best": ("alpha", best.overlap2_bayes.values),
    }
    table = table.assign(
        stretch=("start", fits[:, 0]),
        stretch_stderr=("start", fits[:, 1]),
        threshold=("start", [_onset_of(name) for name in NAMES]),
        limit=(("alpha", "start"), limit),
    )
    return {
        "samples": table,
        "limit": xr.Dataset(curves, coords={"start": list(NAMES), "alpha": alpha}),
        "averaged": xr.Dataset({"ratio": ("network", run.parts["averaged"])}),
    }


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C13 and B9."""
    sizes = ", ".join(f"{size.N} ({size.samples})" for size in effort.simulations)
    table = data["samples"]
    return (_curves(table, sizes), _averaged(data["averaged"].ratio.values), _optimal(), _combined(table, sizes))


def _curves(table: xr.Dataset, sizes: str) -> Claim:
    weights = table.sel(start=list(WEIGHTS))
    rows = zip(NAMES, table.threshold.values, table.stretch.values, table.stretch_stderr.values, strict=True)
    return Claim(
        "C13a",
        "Samples have the overlaps of theory for the averaged Hessian and spectral methods, and so the thresholds.",
        "Appendix.",
        f"By what the alpha of theory's curve is to be multiplied to fit samples above {FAR} thresholds, deviation "
        f"from one in standard errors, the largest of {len(WEIGHTS)} methods; p* = 1, N (samples): {sizes}, "
        f"extrapolated in 1/N.",
        expected=0.0,
        found=float((np.abs(weights.stretch - 1) / weights.stretch_stderr).max()),
        tolerance=3.5,
        decided=bool(weights.stretch_stderr.max() < _PRECISE),
        remark="; ".join(
            f"{name}: {alpha:.4f} in theory, times {s:.3f} +- {e:.3f} in samples" for name, alpha, s, e in rows
        )
        + ".",
    )


def _averaged(ratios: np.ndarray) -> Claim:
    return Claim(
        "C13b",
        "The averaged Hessian has another threshold than the Hessian, and not always a lower one.",
        "Appendix: the averaged Hessian against the true one.",
        "Smaller of the shares of random networks (p up to 10, p* up to 4, a from 0.01 to 10) in which the "
        "averaged Hessian begins earlier, and later, than the true one: at least a tenth.",
        expected=0.5,
        found=float(min(np.mean(ratios < 0.99), np.mean(ratios > 1.01))),
        tolerance=0.4,
        remark=f"The ratio of both thresholds is from {ratios.min():.2f} to {ratios.max():.2f}; the average loses "
        "what a student's own pre-activations say, and gains by having less noise.",
    )


def _optimal() -> Claim:
    ratios = [bs.threshold(bs.SpectralMethod(Optimal(), k)).alpha / (k / 2) for k in range(1, 5)]
    return Claim(
        "C13c",
        "The optimal spectral method begins at p*/2, before every Hessian of finite width.",
        "Appendix, with equation (18) at a = 0.",
        "Its threshold over p*/2, for p* from 1 to 4: the value farthest from one.",
        expected=1.0,
        found=max(ratios, key=lambda ratio: abs(ratio - 1)),
        tolerance=1e-6,
        remark=f"The Hessian of p = 2, a = 1 begins at {bs.threshold(NET).alpha:.4f}.",
    )


def _combined(table: xr.Dataset, sizes: str) -> Claim:
    hessians = table.sel(start=list(STUDENTS))
    far = hessians.sel(alpha=table.alpha > FAR * bs.threshold(NET).alpha)
    off = (far.extrapolated - far.limit) / far.extrapolated_stderr
    at = table.limit.sel(alpha=2.0)
    return Claim(
        "B9",
        "Eigenvectors of several students' Hessians at the same data, combined, have the overlap that theory says.",
        "Not in the paper.",
        f"Largest deviation from the limit of the overlap of 1 and of 8 students, above {FAR} alpha_BBP, in "
        f"standard errors; p = 2, p* = 1, a = 1, N (samples): {sizes}, extrapolated in 1/N.",
        expected=0.0,
        found=float(np.abs(off).max()),
        tolerance=3.5,
        decided=float(hessians.extrapolated_stderr.max()) < _PRECISE,
        remark="At alpha = 2 the squared overlap is "
        + ", ".join(f"{float(at.sel(start=name)):.3f} for {name}" for name in NAMES)
        + ".",
    )


def draw(data: Data) -> Figure:
    """Overlaps of all methods against `alpha`, limit and samples."""
    figure, ax = plt.subplots(figsize=(7.6, 4.4), layout="constrained")
    ax.plot(data["limit"].alpha, data["limit"].best, color=EDGE, lw=1.5, label="best possible")
    ax.plot(data["limit"].alpha, data["limit"].message_passing, color=SIGNAL, lw=1.2, ls="--", label="message passing")
    for name, color, marker in zip(NAMES, colours(len(NAMES)), "osv^D<>", strict=True):
        curve, row = data["limit"].sel(start=name), data["samples"].sel(start=name)
        ax.plot(curve.alpha, curve.limit, color=color, lw=1.3)
        ax.errorbar(
            row.alpha, row.extrapolated, row.extrapolated_stderr, color=color, fmt=marker, ms=4, lw=1, label=name
        )
    ax.set(xlabel=r"$\alpha$", ylabel="squared overlap with the teacher", ylim=(-0.05, 1))
    figure.legend(loc="outside right upper")
    return figure


EXPERIMENT = Experiment(
    name="methods",
    place=10,
    title="The Hessian, its average, and spectral methods",
    caption="Squared overlap with the teacher against alpha, p = 2, p* = 1, a = 1. Lines: limit of infinite N. "
    "Symbols: samples of two sizes, extrapolated in 1/N, with standard errors. 8 Hessians: eigenvectors at eight "
    "students, combined. Best possible: the posterior mean, by state evolution, and dashed red, what message passing "
    "reaches of it.",
    claims=("C13a", "C13b", "C13c", "B9"),
    quick=Effort(simulations=(Samples(100, 60), Samples(200, 30)), networks=20),
    full=Effort(simulations=(Samples(500, 60), Samples(1000, 24)), networks=200),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
)
