"""B8: what training does to the informative direction of the Hessian (compare arXiv:2403.02418)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..comparison.along import along
from ..models.quadratic import QuadraticNetwork
from ..simulation.sample import draw
from ..simulation.training._train import train
from ..simulation.training.descent import GradientDescent
from ..statistics import mean_stderr
from .claim import Claim, Effort, Evidence

__all__ = ["ALONG", "MOMENTS", "training"]

ALONG = {1: QuadraticNetwork(1, 1, 1.0), 2: QuadraticNetwork(2, 1, 1.0), 4: QuadraticNetwork(4, 1, 1.0)}
ALPHA, LARGEST = 3.0, 300
_MOST = 0.1  # share of runs that may be otherwise
_KNOWN = 0.1  # standard error of a mean overlap, above which an agreement says nothing
MOMENTS = (0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 80, 120, 200, 300)


def _means(net: QuadraticNetwork, N: int, samples: int, seed: int) -> xr.Dataset:
    """Over samples: overlaps of low eigenvectors, found and predicted, and of the student, at every moment."""
    rows = []
    for i in range(samples):
        sample = draw(net, alpha=ALPHA, N=N, seed=(seed, i))
        run = train(sample, method=GradientDescent(MOMENTS[-1]), checkpoints=list(MOMENTS), tolerance=1e-12)
        seen = along(sample, run)
        rows.append(xr.Dataset({key: seen[key] for key in ("informed", "informed_theory", "left_edge")}))
        rows[-1]["smallest"], rows[-1]["student"] = seen.value[:, 0], run.max_overlap2
    data = xr.concat(rows, "sample", join="outer", coords="minimal", compat="override")
    return data.assign_attrs(p=net.p, a=net.a, alpha=ALPHA, N=N)


def _first(mask: np.ndarray) -> float:
    return float(MOMENTS[int(np.argmax(mask))]) if mask.any() else float("inf")


def training(effort: Effort) -> Evidence:
    """B8."""
    sizes, samples, _ = effort.descents
    N = min(sizes[-1], LARGEST)
    tables = {p: _means(net, N, samples, effort.seed) for p, net in ALONG.items()}
    lost, learned, runs, words, first = 0, 0, 0, [], []
    for p, data in tables.items():
        informed, student = data.informed.values, data.student.values
        for row, own in zip(informed, student, strict=True):
            gone, known = _first(row < 0.5 * row[0]), _first(own > 0.5)
            runs, learned = runs + 1, learned + np.isfinite(known)
            lost += np.isfinite(known) and gone < known
        mean = np.nanmean(informed, axis=0)
        words.append(
            f"p = {p}: {mean[0]:.2f} at the start, half of it after {_first(mean < 0.5 * mean[0]):g} steps, when the "
            f"student has m^2 = {np.nanmean(student, axis=0)[int(np.argmax(mean < 0.5 * mean[0]))]:.3f}"
        )
        off = informed[:, 0] - data.informed_theory.values[:, 0]
        first.append((off.mean(), off.std(ddof=1) / np.sqrt(len(off))))
    share, error = mean_stderr(np.arange(learned) < lost, share=True)
    place = f"p = 1, 2, 4, p* = 1, a = 1, alpha = {ALPHA:g}, N = {N}, {samples} samples each"
    claims = (
        Claim(
            "B8a",
            "Gradient descent loses the informative direction of the Hessian before it has learned the signal.",
            "Not in the paper; arXiv:2403.02418 has it for phase retrieval.",
            f"Share of the runs that learn the signal (m^2 of a neuron above one half within {MOMENTS[-1]} steps) in "
            f"which the largest overlap of a low eigenvector falls to half of its first value before, {place}.",
            expected=1.0,
            found=share,
            tolerance=_MOST,
            decided=bool(abs(1 - share - _MOST) > error),
            remark=f"{lost} of {learned} runs that learn it, of {runs}. " + "; ".join(words) + ".",
        ),
        Claim(
            "B8b",
            "The equations of the pre-activations give the overlap at the start.",
            "Not in the paper.",
            f"Largest deviation of the lowest eigenvectors' best overlap from that of the predicted outliers, mean "
            f"over samples, in standard errors, {place}.",
            expected=0.0,
            found=max(abs(mean) / error for mean, error in first),
            tolerance=4.0,
            decided=max(error for _, error in first) < _KNOWN,
            remark="Found less predicted: "
            + ", ".join(f"{mean:.3f} +- {error:.3f}" for mean, error in first)
            + ". Later the student depends on the inputs, and the equations are an approximation: see the figure.",
        ),
    )
    return Evidence(claims, {f"along_{p}": data for p, data in tables.items()})
