"""C12: gradient descent recovers where the Hessian does (Figs. 9, 10); B7: what a larger width does for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..comparison.recovery import finite_onset
from ..models.quadratic import QuadraticNetwork
from ..simulation.descent import GradientDescent
from ..simulation.recovery import recoveries
from ..theory.threshold import threshold
from .claim import Claim, Effort, Evidence

__all__ = ["ALPHA", "CONSTANTS", "LEVEL", "WIDTHS", "descent", "starts_at", "summary"]

WIDTHS = (1, 2, 4)
CONSTANTS = {"continuous": 0.3, "discontinuous": 2.0}
ALPHA = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
LEVEL = 0.1  # mean m^2 at which recovery is said to start; a random student has 1/N
NEAR = 0.1  # of alpha_BBP, within which "where the Hessian does" is taken to be
_REPLICATES = 400
_COMPARED = {  # widths, the narrower first
    "B7a": ("a student of two or four neurons generalises better than a single one", ((1, 2), (1, 4))),
    "B7c": ("a student of four neurons generalises better than one of two", ((2, 4),)),
}
_SMALL = 0.01  # of the error of a student that knows nothing, one to two: less is a matter of when one stops


def summary(net: QuadraticNetwork, runs: list[xr.Dataset], seed: int, drawn: int) -> xr.Dataset:
    """Samples of several sizes after gradient descent, with the thresholds of theory."""
    after = [run.sel(start="random", refined=True, drop=True).transpose("alpha", "sample") for run in runs]
    sizes = [run.attrs["N"] for run in runs]
    most = max(each.sizes["sample"] for each in after)
    padded = [each.pad(sample=(0, most - each.sizes["sample"])) for each in after]
    data: xr.Dataset = xr.concat(padded, "N").assign_coords(N=sizes)
    limit = threshold(net)
    about = {"p": net.p, "p_star": net.p_star, "a": net.a}
    about |= {"alpha_BBP": limit.alpha, "alpha_0": limit.alpha_0_tangent}
    return data.assign_attrs(about | finite_onset(net, sizes[-1], seed, drawn))


def starts_at(data: xr.Dataset, level: float, seed: int) -> tuple[float, float]:
    """`alpha` at which the mean over samples of the largest `m^2` passes a level, and its standard error.

    Between points of the grid the mean is taken to be a straight line; nan if it does not pass. The error is half the
    range of 68 % of replicates of the samples, drawn anew at each `alpha`, and that of a place between two points.
    """
    values, alpha = data.max_overlap2.isel(N=-1).dropna("sample").values, data.alpha.values
    found = _passes(alpha, values.mean(axis=1), level)
    rng = np.random.default_rng((seed, 12))
    draws = rng.integers(0, values.shape[1], (_REPLICATES, *values.shape))
    again = [_passes(alpha, np.take_along_axis(values, drawn, axis=1).mean(axis=1), level) for drawn in draws]
    low, high = np.quantile(np.nan_to_num(again, nan=np.inf), [0.16, 0.84], method="nearest")
    if not np.isfinite(found + high):
        return found, float("nan")
    grid = np.diff(alpha)[int(np.searchsorted(alpha, found)) - 1]
    return found, float(np.hypot((high - low) / 2, grid / np.sqrt(12)))


def _passes(alpha: Any, mean: Any, level: float) -> float:
    above = np.flatnonzero(mean >= level)
    if above.size == 0 or above[0] == 0:
        return float("nan")
    i = int(above[0])
    share = (level - mean[i - 1]) / (mean[i] - mean[i - 1])
    return float(alpha[i - 1] + share * (alpha[i] - alpha[i - 1]))


def descent(effort: Effort) -> Evidence:
    """C12 and B7."""
    sizes, samples, steps = effort.descents
    tables = {}
    for kind, a in CONSTANTS.items():
        for p in WIDTHS:
            net = QuadraticNetwork(p, 1, a)
            options: dict[str, Any] = {"method": GradientDescent(steps), "seed": effort.seed, "workers": effort.workers}
            runs = [recoveries(net, alpha=ALPHA, N=n, samples=samples, **options) for n in sizes]
            tables[kind, p] = summary(net, runs, effort.seed, effort.finite[3])
    return decided(tables, effort)


def decided(tables: dict[tuple[str, int], xr.Dataset], effort: Effort) -> Evidence:
    """The verdicts on the samples."""
    starts = {key: starts_at(data, LEVEL, effort.seed) for key, data in tables.items()}
    place = (
        f"N = {effort.descents[0][-1]}, {effort.descents[1]} samples at each of {len(ALPHA)} alpha, at most "
        f"{effort.descents[2]} steps on the sphere from a random student, p* = 1"
    )
    kinds = zip(("C12a", "C12b"), CONSTANTS, strict=True)
    claims = [_where(number, kind, tables, starts, place) for number, kind in kinds]
    claims += [_order(starts, place)]
    claims += [_generalise(number, tables, place) for number in _COMPARED]
    claims += [_speed(tables, effort.descents[2], place)]
    return Evidence(tuple(claims), {f"descent_{kind}_{p}": data for (kind, p), data in tables.items()})


def _each(tables: Any, starts: Any, kind: str) -> str:
    parts = []
    for p in WIDTHS:
        (alpha, error), about = starts[kind, p], tables[kind, p].attrs
        parts.append(
            f"p = {p}: {alpha:.2f} +- {error:.2f}, that is {alpha / about['alpha_BBP']:.2f} alpha_BBP, "
            f"{alpha / about['alpha_half']:.2f} of the threshold at this N, {alpha / about['alpha_0']:.2f} alpha_0"
        )
    return "; ".join(parts)


def _where(number: str, kind: str, tables: Any, starts: Any, place: str) -> Claim:
    ratios = np.array([starts[kind, p][0] / tables[kind, p].attrs["alpha_BBP"] for p in WIDTHS])
    worst = ratios[np.argmax(np.abs(ratios - 1))] if np.all(np.isfinite(ratios)) else np.nan
    return Claim(
        number,
        f"Gradient descent starts to recover the signal where the Hessian does: {kind} case.",
        "Figs. 9 and 10: max m^2 after gradient descent against alpha.",
        f"alpha at which the mean of max m^2 passes {LEVEL}, over alpha_BBP, the value farthest from one of p = 1, 2, "
        f"4; a = {CONSTANTS[kind]}, {place}.",
        expected=1.0,
        found=float(worst),
        tolerance=NEAR,
        decided=bool(np.all(np.isfinite(ratios))),
        remark=_each(tables, starts, kind) + ".",
    )


def _order(starts: Any, place: str) -> Claim:
    pairs = {kind: (starts[kind, 1], starts[kind, 4]) for kind in CONSTANTS}
    gains = {kind: (one - four) / np.hypot(error, other) for kind, ((one, error), (four, other)) in pairs.items()}
    seen = np.array(list(gains.values()))
    return Claim(
        "C12c",
        "Wider students recover from fewer data, as their Hessians do.",
        "Section 4 with Figs. 9 and 10.",
        f"Cases, of two, in which p = 4 does not start at a smaller alpha than p = 1; undecided within two standard "
        f"errors, {place}.",
        expected=0.0,
        found=float(np.sum(seen < 0)),
        tolerance=0.0,
        decided=bool(np.all(np.abs(seen) > 2)),
        remark="p = 4 starts earlier by "
        + ", ".join(f"{gain:.1f} standard errors ({kind})" for kind, gain in gains.items())
        + "; the starts of p = 2 and 4 are closer to each other.",
    )


def _generalise(number: str, tables: Any, place: str) -> Claim:
    """Where the narrower student recovers: below, it has more variance than several, and so the larger error."""
    statement, pairs = _COMPARED[number]
    worse, points, words = 0, 0, []
    for kind in CONSTANTS:
        for p, q in pairs:
            narrow, wide = (tables[kind, k].isel(N=-1) for k in (p, q))
            at = (narrow.overlap2.mean("sample") > LEVEL).values
            one, other = narrow.generalisation[at], wide.generalisation[at]
            difference = other - one  # the same teacher and inputs at the same seed
            error = difference.std("sample", ddof=1) / difference.count("sample") ** 0.5
            points += int(at.sum())
            worse += int((difference.mean("sample") > np.maximum(2 * error, _SMALL)).sum())
            errors = np.stack([one.alpha, one.mean("sample"), other.mean("sample")], axis=1)
            listed = "; ".join(f"{x:g}: {first:.3f}, {second:.3f}" for x, first, second in errors)
            words.append(f"{kind}, p = {p} and {q}, at alpha = {listed}")
    return Claim(
        number,
        f"At equal data {statement}.",
        "Not in the paper.",
        f"Points of the grid where the narrower student recovers at all, at which the wider one has the larger "
        f"generalisation error, by more than two standard errors and {_SMALL}, {place}.",
        expected=0.0,
        found=float(worse),
        tolerance=0.0,
        decided=points > 0,
        remark=f"Of {points} points. Errors: " + ". ".join(words) + ".",
    )


def _speed(tables: Any, most: int, place: str) -> Claim:
    last = {key: data.steps.isel(N=-1, alpha=-1) for key, data in tables.items()}
    steps = {key: float(values.median()) for key, values in last.items()}
    cut = {key: float((values >= most).mean()) for key, values in last.items()}
    ratios = [steps[kind, 4] / steps[kind, 1] for kind in CONSTANTS]
    words = "; ".join(
        f"{kind}: " + ", ".join(f"{steps[kind, p]:.0f} for p = {p}" for p in WIDTHS) for kind in CONSTANTS
    )
    return Claim(
        "B7b",
        "At equal data a wider student converges in fewer steps.",
        "Not in the paper.",
        f"Median steps to a gradient of 1e-4 of the first, p = 4 over p = 1, at alpha = {ALPHA[-1]:g}: by how much the "
        f"larger of both cases exceeds one, {place}.",
        expected=0.0,
        found=max(max(ratios) - 1, 0.0),
        tolerance=0.0,
        decided=max(cut[kind, 1] for kind in CONSTANTS) < 0.5,  # else the first median is that of the limit of steps
        remark=f"Steps, {words}; up to {max(cut.values()):.0%} of the runs of a width ended at the limit of {most}. A "
        "step of p = 4 costs about four of p = 1.",
    )
