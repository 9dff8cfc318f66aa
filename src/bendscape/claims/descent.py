"""C12: does gradient descent recover where the Hessian does (Figs. 9, 10)?  B11: how its start depends on `a`.

The start of recovery is the `alpha` at which the mean of the largest `m^2` after descent passes a level. It is compared
with `alpha_BBP(a)` over constants `a` on both sides of `a_c(p)`, on the same inputs and random students for every `a`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..comparison.recovery import finite_onset
from ..models.quadratic import QuadraticNetwork
from ..simulation._run_starts import recoveries
from ..simulation.jobs import map_unordered
from ..simulation.training.descent import GradientDescent
from ..theory._phase_diagram import phase_diagram
from ..theory.verbs._threshold import threshold
from ..theory.verbs.critical import critical_a
from .claim import Claim, Effort, Evidence
from .wider import generalises, speed

__all__ = ["CONSTANTS", "LEVEL", "NEAR", "SHOWN", "WIDTHS", "decided", "descent", "network", "start_of", "starts"]

WIDTHS = (1, 2, 4)
CONSTANTS = ("0.01", "0.1", "0.3", "a_c", "1.5", "3")
CASES = {"continuous": CONSTANTS[:4], "discontinuous": CONSTANTS[4:]}  # a <= a_c(p), and above
SHOWN = {"continuous": "0.3", "discontinuous": "3"}  # in Figs. 9 and 10, and for what width does
_WIDE = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
NEAR = {1: (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5), 2: _WIDE, 4: _WIDE}  # alpha around the start
FAR = (2.5, 3.0, 4.0)  # and beyond, for those that are shown
LEVEL = 0.1  # mean m^2 at which recovery is said to start; a random student has 1/N
CLOSE = 0.1  # of alpha_BBP, within which "where the Hessian does" is taken to be
_TOLERANCE = 1e-6  # small labels make the first gradient large at small a: a run must not stop for that
_REPLICATES = 400
_CLEAR = 2.0  # standard errors beyond which a number is on one side of a limit
_FEW = 3.0  # the same, for the largest of a dozen
_KNOWN = 0.1  # standard error of a ratio, above which an agreement says nothing
_CHANCE = 1.8  # std of six equal numbers over their standard error, reached by chance once in 150

Array = npt.NDArray[np.float64]


def network(p: int, constant: str) -> QuadraticNetwork:
    """The student and its loss; the constant ``"a_c"`` is the critical one of that width."""
    return QuadraticNetwork(p, 1, critical_a(p, 1) if constant == "a_c" else float(constant))


def _descended(job: tuple[QuadraticNetwork, tuple[float, ...], int, int, int, int]) -> xr.Dataset:
    """Samples of one network and size after descent from their random students."""
    net, alpha, N, samples, steps, seed = job
    method = GradientDescent(steps)
    found = recoveries(net, alpha=alpha, N=N, samples=samples, seed=seed, method=method, tolerance=_TOLERANCE)
    return found.sel(start="random", refined=True, drop=True)


def simulated(effort: Effort) -> dict[int, xr.Dataset]:
    """For every width, over (`constant`, `N`, `alpha`, `sample`), with the thresholds of theory."""
    sizes, samples, steps = effort.descents
    places = [(p, constant, N) for N in sizes[::-1] for p in WIDTHS for constant in CONSTANTS]  # the longest first
    jobs = [(network(p, c), _grid(p, c), N, samples, steps, effort.seed) for p, c, N in places]
    found = {(job[0], job[2]): data for job, data in map_unordered(_descended, jobs, effort.workers)}
    tables = {}
    for p in WIDTHS:
        rows = [xr.concat([found[network(p, c), N] for N in sizes], "N") for c in CONSTANTS]
        table = xr.concat(rows, "constant", join="outer", combine_attrs="drop")
        tables[p] = table.assign_coords(constant=list(CONSTANTS), N=list(sizes)).assign(_limits(p, effort))
    return tables


def _grid(p: int, constant: str) -> tuple[float, ...]:
    return tuple(dict.fromkeys((*NEAR[p], *(FAR if constant in SHOWN.values() else ()))))


def _limits(p: int, effort: Effort) -> dict[str, Any]:
    """Over `constant`: `a`, of theory `alpha_BBP`, and where it is shown `alpha_half` at the largest size."""
    nets = [network(p, constant) for constant in CONSTANTS]
    half = {
        net: finite_onset(net, effort.descents[0][-1], effort.seed, effort.finite[3])["alpha_half"]
        for net, constant in zip(nets, CONSTANTS, strict=True)
        if constant in SHOWN.values()
    }
    columns = {
        "a": [net.a for net in nets],
        "alpha_BBP": [threshold(net).alpha for net in nets],
        "alpha_half": [half.get(net, np.nan) for net in nets],
    }
    return {name: ("constant", values) for name, values in columns.items()}


def start_of(alpha: Array, values: Array, level: float, seed: int) -> tuple[float, float]:
    """`alpha` at which the mean over samples of values of shape (alpha, sample) passes a level, and its standard error.

    The mean is taken not to fall with `alpha`. Between two points of the grid it lies between a straight line and an
    exponential: the start is in the middle of both, and half of what is between them is part of the error. The rest is
    half the range of 68 % of replicates of the samples, drawn anew at each `alpha`. An `alpha` without samples is left
    out; nan if the mean does not pass.
    """
    there = np.isfinite(values).all(axis=1)
    alpha, values = alpha[there], values[there]
    found, shape = _passes(alpha, values.mean(axis=1), level)
    draws = np.random.default_rng((seed, 12)).integers(0, values.shape[1], (_REPLICATES, *values.shape))
    again = [_passes(alpha, np.take_along_axis(values, drawn, axis=1).mean(axis=1), level)[0] for drawn in draws]
    low, high = np.quantile(np.nan_to_num(again, nan=np.inf), [0.16, 0.84], method="nearest")
    return found, float(np.hypot((high - low) / 2, shape)) if np.isfinite(found + high) else float("nan")


def _passes(alpha: Array, mean: Array, level: float) -> tuple[float, float]:
    from scipy.optimize import isotonic_regression

    rising = isotonic_regression(mean).x
    above = np.flatnonzero(rising >= level)
    if above.size == 0 or above[0] == 0:
        return float("nan"), float("nan")
    (x, y), (low, high) = alpha[above[0] - 1 : above[0] + 1], np.maximum(rising[above[0] - 1 : above[0] + 1], 1e-300)
    line, curve = (level - low) / (high - low), np.log(level / low) / np.log(high / low)
    return float(x + (line + curve) / 2 * (y - x)), float(abs(curve - line) / 2 * (y - x))


def starts(tables: Mapping[int, xr.Dataset], seed: int) -> xr.Dataset:
    """Over (`p`, `N`, `constant`): the `start` of recovery, its `stderr`, and both over `alpha_BBP`."""
    rows = []
    for data in tables.values():
        values = data.max_overlap2.transpose("N", "constant", "alpha", "sample").values
        pairs = np.array([[start_of(data.alpha.values, x, LEVEL, seed) for x in line] for line in values])
        dims = ("N", "constant")
        table = data[["a", "alpha_BBP", "N"]]
        rows.append(table.assign(start=(dims, pairs[..., 0]), stderr=(dims, pairs[..., 1])))
    found = xr.concat(rows, "p").assign_coords(p=list(tables))
    return found.assign(ratio=found.start / found.alpha_BBP, ratio_stderr=found.stderr / found.alpha_BBP)


def descent(effort: Effort) -> Evidence:
    """C12, B7 and B11."""
    return decided(simulated(effort), effort)


def decided(tables: dict[int, xr.Dataset], effort: Effort) -> Evidence:
    """The verdicts on the samples."""
    found = starts(tables, effort.seed)
    last = found.isel(N=-1)
    place = (
        f"N = {effort.descents[0][-1]}, {effort.descents[1]} samples at each alpha, at most "
        f"{effort.descents[2]} steps on the sphere from a random student, p = 1, 2, 4, p* = 1"
    )
    claims = [_where(number, kind, last, place) for number, kind in zip(("C12a", "C12b"), CASES, strict=True)]
    claims += [_order(last, place), _equal(last, place), _follows(last, place)]
    shown = {(kind, p): table.sel(constant=c).isel(N=-1) for kind, c in SHOWN.items() for p, table in tables.items()}
    claims += [*generalises(shown, LEVEL, place), speed(shown, effort.descents[2], place)]
    data = {f"descent_{p}": table for p, table in tables.items()}
    lines = phase_diagram(p=WIDTHS, p_star=1, a=np.geomspace(5e-3, 6.0, effort.grid))
    return Evidence(tuple(claims), data | {"descent_starts": found, "descent_thresholds": lines})


def _listed(rows: xr.Dataset) -> str:
    """Starts over `alpha_BBP`, of every width and constant."""
    words = []
    for row in (rows.sel(p=p) for p in rows.p.values):
        each = zip(row.a.values, row.ratio.values, row.ratio_stderr.values, strict=True)
        words.append(f"p = {int(row.p)}: " + ", ".join(f"{r:.2f} +- {e:.2f} (a = {a:.3g})" for a, r, e in each))
    return "; ".join(words)


def _where(number: str, kind: str, found: xr.Dataset, place: str) -> Claim:
    rows = found.sel(constant=list(CASES[kind]))
    errors = rows.ratio_stderr.values
    beyond = np.maximum(np.abs(rows.ratio.values - 1) - CLOSE, 0) / errors
    most = float(np.nanmax(beyond)) if np.isfinite(beyond).any() else float("nan")
    return Claim(
        number,
        f"Gradient descent from a random student starts to recover the signal at alpha_BBP: {kind} case.",
        "Figs. 9 and 10 show max m^2 after gradient descent against alpha. The public account calls them preliminary "
        "simulations that show a correlation, and leaves the quantitative link open; a, N and steps are not known.",
        f"alpha at which the mean of max m^2 passes {LEVEL}, over alpha_BBP: by how many standard errors it is farther "
        f"from one than {CLOSE}, the largest of p = 1, 2, 4 and a = {', '.join(CASES[kind])}; if none is, undecided "
        f"where an error is above {_KNOWN}, {place}.",
        expected=0.0,
        found=most,
        tolerance=_FEW,
        decided=most > _FEW or bool(np.all(errors <= _KNOWN)),
        remark=f"Start over alpha_BBP, {_listed(rows)}. The ratio depends on a: see B11.",
    )


def _order(found: xr.Dataset, place: str) -> Claim:
    one, four = found.sel(p=1), found.sel(p=4)
    gains = ((one.start - four.start) / np.hypot(one.stderr, four.stderr)).values
    return Claim(
        "C12c",
        "Wider students recover from fewer data, as their Hessians do.",
        "Section 4 with Figs. 9 and 10.",
        f"Constants a, of {len(CONSTANTS)}, for which p = 4 does not start at a smaller alpha than p = 1; undecided "
        f"within two standard errors, {place}.",
        expected=0.0,
        found=float(np.sum(gains < 0)),
        tolerance=0.0,
        decided=bool(np.all(np.abs(gains) > _CLEAR)),
        remark="p = 4 starts earlier by "
        + ", ".join(f"{gain:.1f} standard errors (a = {name})" for gain, name in zip(gains, CONSTANTS, strict=True))
        + "; the starts of p = 2 and 4 are closer to each other.",
    )


def _equal(found: xr.Dataset, place: str) -> Claim:
    spread = found.start.std("constant", ddof=1, skipna=False)
    error = (found.stderr**2).mean("constant", skipna=False) ** 0.5
    limit = found.alpha_BBP.std("constant", ddof=1)
    units = (spread / error).values
    most = float(np.nanmax(units)) if np.isfinite(units).any() else float("nan")
    words = (
        f"p = {p}: {float(found.start.sel(p=p).min()):.2f} to {float(found.start.sel(p=p).max()):.2f}, standard "
        f"deviation {float(spread.sel(p=p)):.2f} with errors of {float(error.sel(p=p)):.2f}; alpha_BBP "
        f"{float(found.alpha_BBP.sel(p=p).min()):.2f} to {float(found.alpha_BBP.sel(p=p).max()):.2f}, "
        f"{float(limit.sel(p=p)):.2f}"
        for p in found.p.values
    )
    return Claim(
        "B11a",
        "The start of recovery by gradient descent does not depend on a.",
        "Not in the paper.",
        f"Standard deviation of the start over a = {', '.join(CONSTANTS)}, in standard errors of one start, the "
        f"largest of the widths (equal starts give about one, and more than {_CHANCE} once in 150 times); below that "
        f"undecided if the errors are above a quarter of the standard deviation of alpha_BBP, {place}.",
        expected=0.0,
        found=most,
        tolerance=_CHANCE,
        decided=most > _CHANCE or bool(np.all(4 * error < limit)),
        remark="Over a, " + "; ".join(words) + ".",
    )


def _follows(found: xr.Dataset, place: str) -> Claim:
    x = np.log(found.alpha_BBP)
    weight = x - x.mean("constant")
    weight = weight / (weight**2).sum("constant")
    slope = (weight * np.log(found.start)).sum("constant", skipna=False).values
    error = (((weight * found.stderr / found.start) ** 2).sum("constant", skipna=False) ** 0.5).values
    known = bool(np.all(np.isfinite(slope + error)))
    return Claim(
        "B11b",
        "The start of recovery by gradient descent does not follow alpha_BBP as a changes.",
        "Not in the paper.",
        "Slope of log start against log alpha_BBP over the same a: one if the start is proportional to alpha_BBP, zero "
        f"if they are not related; of the three widths the slope farthest from zero, undecided within {_CLEAR:g} "
        f"standard errors of one half, {place}.",
        expected=0.0,
        found=float(slope[np.argmax(np.abs(slope))]) if known else float("nan"),
        tolerance=0.5,
        decided=known and bool(np.all(np.abs(np.abs(slope) - 0.5) > _CLEAR * error)),
        remark=", ".join(f"{s:.2f} +- {e:.2f} (p = {p})" for p, s, e in zip(found.p.values, slope, error, strict=True))
        + ". alpha_BBP is smallest at a_c.",
    )
