"""B8, beyond the paper: what training does to the informative direction of the Hessian (compare arXiv:2403.02418)."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK, SIGNAL
from ...statistics import mean_stderr
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed

NETS = {p: bs.QuadraticNetwork(p, 1, 1.0) for p in (1, 2, 4)}
ALPHA = 3.0
MOMENTS = (0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 80, 120, 200, 300)
_OTHERWISE = 0.1  # share of runs that may be otherwise
_PRECISE = 0.1  # standard error of a mean overlap, above which an agreement says nothing


@dataclass(frozen=True)
class Effort:
    """The size and the number of samples that are trained on."""

    runs: Samples


def parts(effort: Effort, seed: int) -> Parts:
    """One run of training each."""
    size = effort.runs
    return {
        (p, i): Part(_trained, (p, size.N, (seed, i)), seconds=2e-6 * p**2 * size.N**2)
        for p in NETS
        for i in range(size.samples)
    }


def _trained(p: int, N: int, seed: tuple[int, int]) -> xr.Dataset:
    """Overlaps of low eigenvectors, measured and predicted, and of the student, at every moment."""
    sample = bs.simulation.draw(NETS[p], alpha=ALPHA, N=N, seed=seed)
    method = bs.GradientDescent(MOMENTS[-1])
    run = bs.train(sample, method=method, checkpoints=list(MOMENTS), tolerance=1e-12)
    seen = bs.comparison.hessian_trajectory(sample, run)
    row = xr.Dataset({key: seen[key] for key in ("informed", "informed_theory", "left_edge")})
    return row.assign(smallest=seen.value[:, 0], student=run.max_overlap2)


def compute(run: Run[Effort]) -> Data:
    """For every width, over (`sample`, `checkpoint`)."""
    size = run.effort.runs
    return {str(p): _joined(net, [run.parts[p, i] for i in range(size.samples)], size.N) for p, net in NETS.items()}


def _joined(net: bs.QuadraticNetwork, rows: list[xr.Dataset], N: int) -> xr.Dataset:
    data = xr.concat(rows, "sample", join="outer", coords="minimal", compat="override")
    return data.assign_attrs(p=net.p, a=net.a, alpha=ALPHA, N=N)


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """B8."""
    place = f"p = 1, 2, 4, p* = 1, a = 1, alpha = {ALPHA:g}, N = {effort.runs.N}, {effort.runs.samples} samples each"
    return (_lost(data, place), _start(data, place))


def _first(mask: np.ndarray) -> float:
    """The first moment at which it is so, or infinity."""
    return float(MOMENTS[int(np.argmax(mask))]) if mask.any() else float("inf")


def _loses_before_it_learns(informed: np.ndarray, student: np.ndarray) -> bool | None:
    """Whether the low eigenvector has lost half of its overlap before a neuron has one half; None if none ever has."""
    gone, learned = _first(informed < 0.5 * informed[0]), _first(student > 0.5)
    return None if np.isinf(learned) else gone < learned


def _words(p: str, table: xr.Dataset) -> str:
    informed, student = np.nanmean(table.informed.values, axis=0), np.nanmean(table.student.values, axis=0)
    half = informed < 0.5 * informed[0]
    return (
        f"p = {p}: {informed[0]:.2f} at the start, half of it after {_first(half):g} steps, when the student has "
        f"m^2 = {student[int(np.argmax(half))]:.3f}"
    )


def _lost(data: Data, place: str) -> Claim:
    each = [
        _loses_before_it_learns(*pair)
        for table in data.values()
        for pair in zip(table.informed.values, table.student.values, strict=True)
    ]
    learn = [answer for answer in each if answer is not None]
    share, error = bs.simulation.mean_stderr(learn, share=True)
    return Claim(
        "B8a",
        "Gradient descent loses the informative direction of the Hessian before it has learned the signal.",
        "Not in the paper; arXiv:2403.02418 has it for phase retrieval.",
        f"Share of the runs that learn the signal (m^2 of a neuron above one half within {MOMENTS[-1]} steps) in "
        f"which the largest overlap of a low eigenvector falls to half of its first value before, {place}.",
        expected=1.0,
        found=share,
        tolerance=_OTHERWISE,
        decided=bool(abs(1 - share - _OTHERWISE) > error),
        remark=f"{sum(learn)} of {len(learn)} runs that learn it, of {len(each)}. "
        + "; ".join(_words(p, table) for p, table in data.items())
        + ".",
    )


def _start(data: Data, place: str) -> Claim:
    off = [table.informed.values[:, 0] - table.informed_theory.values[:, 0] for table in data.values()]
    pairs = [mean_stderr(each) for each in off]
    return Claim(
        "B8b",
        "The equations of the pre-activations give the overlap at the start.",
        "Not in the paper.",
        f"Largest deviation of the lowest eigenvectors' best overlap from that of the predicted outliers, mean "
        f"over samples, in standard errors, {place}.",
        expected=0.0,
        found=max(abs(mean) / error for mean, error in pairs),
        tolerance=4.0,
        decided=max(error for _, error in pairs) < _PRECISE,
        remark="Found less predicted: "
        + ", ".join(f"{mean:.3f} +- {error:.3f}" for mean, error in pairs)
        + ". Later the student depends on the inputs, and the equations are an approximation: see the figure.",
    )


def draw(data: Data) -> Figure:
    """Overlaps of low eigenvectors and of the student, along gradient descent."""
    figure, panels = plt.subplots(1, len(NETS), figsize=(12.6, 3.8), layout="constrained", sharey=True)
    for ax, table in zip(panels, data.values(), strict=True):
        _draw_run(table, ax)
    panels[0].set_ylabel("largest squared overlap")
    panels[0].legend()
    return figure


def _draw_run(table: xr.Dataset, ax: Axes) -> None:
    lines = (
        ("informed", BULK, "-", "low eigenvector"),
        ("informed_theory", BULK, "--", "predicted from $u$ and $s$"),
        ("student", SIGNAL, "-", "student, best neuron"),
    )
    for key, color, style, name in lines:
        values = table[key]
        mean, error = values.mean("sample"), values.std("sample", ddof=1) / values.count("sample") ** 0.5
        ax.plot(table.steps.values, mean, color=color, ls=style, label=name)
        ax.fill_between(table.steps.values, mean - error, mean + error, color=color, alpha=0.15, lw=0)
    ax.set_xscale("symlog", linthresh=1)
    title = rf"$p = {table.attrs['p']}$, $\alpha = {table.attrs['alpha']:g}$"
    ax.set(xlabel="steps of gradient descent", title=title)


EXPERIMENT = Experiment(
    name="training",
    place=8,
    title="The Hessian along gradient descent",
    caption="Largest squared overlap with the teacher of a low eigenvector of the Hessian at the student of the moment "
    "(solid blue), the same from the equations of the pre-activations (dashed), and of the student's neurons "
    "(red); means over samples with standard errors.",
    claims=("B8a", "B8b"),
    quick=Effort(Samples(200, 8)),
    full=Effort(Samples(300, 20)),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed((effort.runs,)),
    beyond=True,
)
