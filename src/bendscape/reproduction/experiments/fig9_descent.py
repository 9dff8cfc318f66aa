"""Figs. 9 and 10, C12c and B7: gradient descent from a random start, of students of several widths.

The start of recovery is the `alpha` at which the mean of the largest `m^2` after descent passes a level. It is computed
for constants `a` on both sides of `a_c(p)`, on the same inputs and random students for every `a`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import isotonic_regression

import bendscape as bs

from ..._types import Array
from ...comparison.starts import finite_onset
from ...plot.style import EDGE, colours
from ..experiment import Claim, Data, Experiment, Part, Parts, Run

WIDTHS = (1, 2, 4)
CONSTANTS = ("0.01", "0.1", "0.3", "a_c", "1.5", "3")
SHOWN = {"continuous": "0.3", "discontinuous": "3"}  # in Figs. 9 and 10, and for what width does
_WIDE = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
NEAR = {1: (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5), 2: _WIDE, 4: _WIDE}  # alpha around the start
FAR = (2.5, 3.0, 4.0)  # and beyond, for those that are shown
LEVEL = 0.1  # mean m^2 at which recovery is said to start; a random student has 1/N
CLEAR = 2.0  # standard errors beyond which a number is on one side of a limit
_TOLERANCE = 1e-6  # small labels make the first gradient large at small a: a run must not stop for that
_REPLICATES = 400
_COMPARED = {  # widths, the narrower first
    "B7a": ("a student of two or four neurons generalises better than a single one", ((1, 2), (1, 4))),
    "B7c": ("a student of four neurons generalises better than one of two", ((2, 4),)),
}
_LINES = {"best possible": "-", "message passing": "--"}  # and their styles
_SMALL = 0.01  # of the error of a student that has learned nothing, one to two: less is a matter of when one stops

Tables = Mapping[tuple[str, int], xr.Dataset]  # by case and width, over (alpha, sample)


@dataclass(frozen=True)
class Effort:
    """Sizes, samples at each `alpha`, steps of gradient descent, and samples that theory draws for `alpha_half`."""

    N: tuple[int, ...]
    samples: int
    steps: int
    drawn: int

    @property
    def place(self) -> str:
        """Where the claims are decided."""
        return (
            f"N = {self.N[-1]}, {self.samples} samples at each alpha, at most {self.steps} steps on the sphere from a "
            "random student, p = 1, 2, 4, p* = 1"
        )


def network(p: int, constant: str) -> bs.QuadraticNetwork:
    """The student and its loss; the constant ``"a_c"`` is the critical one of that width."""
    return bs.QuadraticNetwork(p, 1, bs.theory.critical_a(p, 1) if constant == "a_c" else float(constant))


def _grid(p: int, constant: str) -> tuple[float, ...]:
    return tuple(dict.fromkeys((*NEAR[p], *(FAR if constant in SHOWN.values() else ()))))


def parts(effort: Effort, seed: int) -> Parts:
    """The samples of one network, size and `alpha` each, and the thresholds of finite samples."""
    pieces: Parts = {}
    for p in WIDTHS:
        for constant in CONSTANTS:
            for N in effort.N:
                for alpha in _grid(p, constant):
                    seconds = effort.samples * effort.steps * (7e-5 + 3e-10 * alpha * N**2 * (1 + p))
                    pieces[p, constant, N, alpha] = Part(_descended, (p, constant, N, alpha, effort, seed), seconds)
        for constant in SHOWN.values():
            pieces["half", p, constant] = Part(_half, (p, constant, effort, seed), seconds=0.1 * effort.drawn)
    return pieces


def _descended(p: int, constant: str, N: int, alpha: float, effort: Effort, seed: int) -> xr.Dataset:
    """Samples after gradient descent from their random students."""
    method = bs.GradientDescent(effort.steps)
    net, samples = network(p, constant), effort.samples
    runs = bs.simulation.run_starts(
        net, alpha=[alpha], N=N, samples=samples, seed=seed, method=method, tolerance=_TOLERANCE
    )
    random: xr.Dataset = runs.sel(start="random", refined=True, drop=True)
    return random


def _half(p: int, constant: str, effort: Effort, seed: int) -> float:
    """The `alpha` at which half of all samples of the largest size have the outlier."""
    return float(finite_onset(network(p, constant), effort.N[-1], seed, effort.drawn)["alpha_half"])


def compute(run: Run[Effort]) -> Data:
    """Runs of every width over (`constant`, `N`, `alpha`, `sample`), with thresholds; the starts of recovery."""
    tables = {p: _table(p, run) for p in WIDTHS}
    return {str(p): table for p, table in tables.items()} | {"starts": starts(tables, run.seed), "best": _best()}


def _best() -> xr.Dataset:
    """The best possible overlap, that of message passing, and with both the smallest error on fresh inputs.

    A guess with overlap `q` leaves `E Var(y | guess)/2 = (1 - q^2)/p_star` of the label.
    """
    limit = bs.overlap(bs.BayesOptimal(bs.models.Noiseless(1)), alpha=np.linspace(0.4, max(FAR), 300))
    both = xr.concat([limit.overlap2_bayes, limit.overlap2], "method").assign_coords(method=list(_LINES))
    return xr.Dataset({"max_overlap2": both, "generalisation": 1 - both**2})


def _table(p: int, run: Run[Effort]) -> xr.Dataset:
    rows = []
    for constant in CONSTANTS:
        sizes = [
            xr.concat([run.parts[p, constant, N, alpha] for alpha in _grid(p, constant)], "alpha") for N in run.effort.N
        ]
        rows.append(xr.concat(sizes, "N"))
    table: xr.Dataset = xr.concat(rows, "constant", join="outer", combine_attrs="drop")
    return table.assign_coords(constant=list(CONSTANTS), N=list(run.effort.N)).assign(_limits(p, run))


def _limits(p: int, run: Run[Effort]) -> dict[str, Any]:
    """Over `constant`: `a`, of theory `alpha_BBP`, and where it is shown `alpha_half` at the largest size."""
    nets = [network(p, constant) for constant in CONSTANTS]
    columns = {
        "a": [net.a for net in nets],
        "alpha_BBP": [bs.threshold(net).alpha for net in nets],
        "alpha_half": [run.parts.get(("half", p, constant), np.nan) for constant in CONSTANTS],
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
    place, shape = _passes(alpha, values.mean(axis=1), level)
    draws = np.random.default_rng((seed, 12)).integers(0, values.shape[1], (_REPLICATES, *values.shape))
    again = [_passes(alpha, np.take_along_axis(values, drawn, axis=1).mean(axis=1), level)[0] for drawn in draws]
    low, high = np.quantile(np.nan_to_num(again, nan=np.inf), [0.16, 0.84], method="nearest")
    return place, float(np.hypot((high - low) / 2, shape)) if np.isfinite(place + high) else float("nan")


def _passes(alpha: Array, mean: Array, level: float) -> tuple[float, float]:
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
    table = xr.concat(rows, "p").assign_coords(p=list(tables))
    return table.assign(ratio=table.start / table.alpha_BBP, ratio_stderr=table.stderr / table.alpha_BBP)


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C12c and B7."""
    last = data["starts"].isel(N=-1)
    shown = {(kind, p): data[str(p)].sel(constant=c).isel(N=-1) for kind, c in SHOWN.items() for p in WIDTHS}
    better = (_generalises(number, shown, effort.place) for number in _COMPARED)
    return (_order(last, effort.place), *better, _speed(shown, effort.steps, effort.place))


def _order(starts: xr.Dataset, place: str) -> Claim:
    one, four = starts.sel(p=1), starts.sel(p=4)
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
        decided=bool(np.all(np.abs(gains) > CLEAR)),
        remark="p = 4 starts earlier by "
        + ", ".join(f"{gain:.1f} standard errors (a = {name})" for gain, name in zip(gains, CONSTANTS, strict=True))
        + "; the starts of p = 2 and 4 are closer to each other.",
    )


def _generalises(number: str, tables: Tables, place: str) -> Claim:
    """Below its start of recovery the narrower student has more variance than several, and so the larger error."""
    statement, pairs = _COMPARED[number]
    worse, points, words = 0, 0, []
    for kind in dict.fromkeys(kind for kind, _ in tables):
        for p, q in pairs:
            narrow, wide = xr.align(tables[kind, p], tables[kind, q], join="inner")
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


def _speed(tables: Tables, most: int, place: str) -> Claim:
    """B7b."""
    last = {key: data.isel(alpha=-1) for key, data in tables.items()}
    steps = {key: float(data.steps.median()) for key, data in last.items()}
    cut = {key: float((data.steps >= most).mean()) for key, data in last.items()}
    kinds = list(dict.fromkeys(kind for kind, _ in tables))
    widths = list(dict.fromkeys(p for _, p in tables))
    ratios = [steps[kind, 4] / steps[kind, 1] for kind in kinds]
    words = "; ".join(f"{kind}: " + ", ".join(f"{steps[kind, p]:.0f} for p = {p}" for p in widths) for kind in kinds)
    (alpha,) = {float(data.alpha) for data in last.values()}
    return Claim(
        "B7b",
        "At equal data a wider student converges in fewer steps.",
        "Not in the paper.",
        f"Median steps to a gradient of 1e-6 of the first, p = 4 over p = 1, at alpha = {alpha:g}: by how much the "
        f"larger of both cases exceeds one, {place}.",
        expected=0.0,
        found=max(max(ratios) - 1, 0.0),
        tolerance=0.0,
        decided=max(cut[kind, 1] for kind in kinds) < 0.5,  # else the first median is that of the limit of steps
        remark=f"Steps, {words}; up to {max(cut.values()):.0%} of the runs of a width ended at the limit of {most}. A "
        "step of p = 4 costs about four of p = 1.",
    )


def draw(data: Data) -> Figure:
    """Overlap and generalisation error after gradient descent, in both cases."""
    figure, panels = plt.subplots(2, 2, figsize=(10.4, 7.0), layout="constrained", sharex=True)
    for column, kind in enumerate(SHOWN):
        for row, variable in enumerate(("max_overlap2", "generalisation")):
            for (name, style), line in zip(_LINES.items(), data["best"][variable], strict=True):
                panels[row, column].plot(line.alpha, line, color=EDGE, lw=1.5, ls=style, label=name)
        _after_descent(data, kind, "max_overlap2", panels[0, column])
        panels[0, column].axhline(LEVEL, color=EDGE, lw=0.8)
        panels[0, column].set_ylabel(r"max $m^2$ of a neuron")
        _after_descent(data, kind, "generalisation", panels[1, column])
        panels[1, column].set_ylabel("generalisation error")
    figure.legend(*panels[1, 1].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def _after_descent(data: Data, kind: str, variable: str, ax: Axes) -> None:
    """Means over samples after gradient descent, sizes as line styles, widths as colours, thresholds as ticks."""
    for p, color in zip(WIDTHS, colours(len(WIDTHS)), strict=True):
        table = data[str(p)].sel(constant=SHOWN[kind])
        for n, style in zip(table.N.values[::-1], ("o-", "s:", "^:"), strict=False):
            row = table[variable].sel(N=n)
            mean, error = row.mean("sample"), row.std("sample", ddof=1) / row.count("sample") ** 0.5
            name = f"$p = {p}$, $N = {n}$"
            ax.errorbar(table.alpha, mean, error, fmt=style, color=color, ms=4, lw=1.3, label=name)
        ax.axvline(float(table.alpha_BBP), color=color, lw=1.2, ls="--")
        ax.axvline(float(table.alpha_half), color=color, lw=1.0, ls=":")
    ax.set(xlabel=r"$\alpha$", title=f"{kind}, $a = {SHOWN[kind]}$")


EXPERIMENT = Experiment(
    name="fig9",
    place=9,
    title="Figs. 9 and 10: gradient descent from a random start",
    caption="Means over samples with standard errors, after gradient descent on the sphere, p* = 1. Dashed: alpha_BBP. "
    "Dotted: the alpha at which half of all samples of the larger N have the outlier. Top: largest squared overlap "
    "of a neuron with the teacher. Bottom: error on fresh inputs. Grey, without symbols: the best possible of both "
    "for infinite N, and dashed, what message passing reaches.",
    claims=("C12c", "B7a", "B7b", "B7c"),
    quick=Effort(N=(100, 200), samples=8, steps=400, drawn=16),
    full=Effort(N=(300, 600), samples=20, steps=1000, drawn=100),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: f"N = {effort.N}: {effort.samples} at each alpha, {effort.steps} steps",
)
