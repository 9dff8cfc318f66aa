"""B13: the best that data allow: message passing on samples against state evolution, and against other starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ..._types import Array
from ...models.preprocessing import Optimal
from ...plot.style import BULK, EDGE, SIGNAL, colours
from ...simulation.posterior_start import MessagePassingStart
from ...simulation.training import Start
from ...statistics import mean_stderr
from ...theory.bayes_optimal.state_evolution import gain
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed
from .fig9_descent import start_of

NET = bs.QuadraticNetwork(2, 1, 1.0)
STARTS: dict[str, Start] = {
    "Hessian": bs.simulation.HessianStart(),
    "optimal spectral": bs.simulation.SpectralStart(Optimal()),
    "message passing": MessagePassingStart(),
}
WIDTHS = (1, 2)
ALPHA = (0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5)
ABOVE = {  # alpha/alpha_AMP - 1 in units of N^(-2/3), by p_star
    1: (-1.0, 1.0, 2.5, 4.0, 6.0, 9.0),
    2: (-1.0, 0.0, 0.7, 1.4, 2.2, 3.5),
}
EXACT = 0.99  # squared overlap from which on a sample counts as recovered
STEPS = {1: 10, 2: 5}  # with two vectors the error of a finite sample grows from step to step
GUESS, FIRST = 0.2, {1: 1.3, 2: 2.2}  # squared overlap of the guess from which steps are counted, and alpha
_FEW = 3.5  # standard errors
_PRECISE = 0.15  # tolerance of a ratio, above which an agreement says nothing

Sizes = tuple[Samples, ...]


@dataclass(frozen=True)
class Effort:
    """Sizes and numbers of samples: of each step, at each `alpha` of the starts, and of the share recovered."""

    steps: Samples
    starts: Samples
    shares: dict[int, Sizes]


def parts(effort: Effort, seed: int) -> Parts:
    """The samples of one width; of the starts at one `alpha`; and of the share at one width, size and `alpha`."""
    pieces: Parts = {}
    for p_star in WIDTHS:
        pieces["steps", p_star] = Part(_stepwise, (p_star, effort.steps, seed), _seconds(p_star, effort.steps, 12))
        for size in effort.shares[p_star]:
            for alpha in alphas(p_star, size.N):
                pieces["share", p_star, size.N, alpha] = Part(
                    _recovered, (p_star, alpha, size, seed), _seconds(p_star, size, 200)
                )
    for alpha in ALPHA:
        pieces["starts", alpha] = Part(_started, (alpha, effort.starts, seed), 2 * _seconds(1, effort.starts, 300))
    return pieces


def _seconds(p_star: int, size: Samples, steps: int) -> float:
    """About how long message passing takes."""
    return size.samples * steps * (3e-4 + 1.2e-9 * p_star**2 * size.N**2)


def perfect(p_star: int) -> float:
    """`alpha_AMP`, from which on message passing recovers everything, for infinite `N`."""
    return float(bs.threshold(_best(p_star)).alpha_perfect)


def _best(p_star: int) -> bs.BayesOptimal:
    return bs.BayesOptimal(bs.models.Noiseless(p_star))


def alphas(p_star: int, N: int) -> tuple[float, ...]:
    """Where the share is measured: the grid closes in on `alpha_AMP` as `N` grows."""
    return tuple(round(perfect(p_star) * (1 + x * N ** (-2 / 3)), 4) for x in ABOVE[p_star])


def _stepwise(p_star: int, size: Samples, seed: int) -> Array:
    """Squared overlaps at the first whole steps from a guess that does not depend on the inputs, (sample, step)."""
    method = bs.simulation.MessagePassing(steps=STEPS[1] + 1, damping=1.0, adaptive=False, tolerance=0.0)
    rows = []
    for child in np.random.SeedSequence((seed, 13, p_star)).spawn(size.samples):
        own, stream = child.spawn(2)
        sample = bs.simulation.draw(bs.QuadraticNetwork(1, p_star, 1.0), alpha=FIRST[p_star], N=size.N, seed=own)
        noise = np.random.default_rng(stream).standard_normal(sample.teacher.shape)
        guess = GUESS * sample.teacher + np.sqrt(GUESS * (1 - GUESS)) * noise
        run = bs.simulation.message_passing(
            sample, bs.models.Noiseless(p_star), method=method, guess=bs.simulation.GivenGuess(guess, GUESS)
        )
        rows.append(run.history.overlap2.values[: STEPS[p_star] + 1])
    return np.array(rows)


def _evolved(p_star: int) -> Array:
    """The overlaps of state evolution at the same steps."""
    q = [GUESS]
    for _ in range(STEPS[p_star]):
        precision = FIRST[p_star] * gain(bs.models.Noiseless(p_star), q[-1])
        q.append(precision / (1 + precision))
    return np.array(q)


def _recovered(p_star: int, alpha: float, size: Samples, seed: int) -> Array:
    """Squared overlaps of message passing with the teacher."""
    runs = []
    for child in np.random.SeedSequence((seed, 14, p_star, size.N, round(1e9 * alpha))).spawn(size.samples):
        net = bs.QuadraticNetwork(1, p_star, 1.0)
        sample = bs.simulation.draw(net, alpha=alpha, N=size.N, seed=child, dtype="float32")
        weights = bs.simulation.message_passing(sample, bs.models.Noiseless(p_star)).weights
        runs.append(bs.simulation.span_overlap2(weights, sample.teacher))
    return np.array(runs)


def _started(alpha: float, size: Samples, seed: int) -> xr.Dataset:
    """All starts on the same samples, alone and after gradient descent."""
    return bs.simulation.run_starts(
        NET,
        alpha=[alpha],
        N=size.N,
        samples=size.samples,
        seed=seed,
        starts=STARTS,
        method=bs.GradientDescent(steps=500),
    )


def compute(run: Run[Effort]) -> Data:
    """Overlaps step by step; of the starts, beside their limits; shares recovered, and their middles."""
    shares = [_shares(p, N, run) for p in WIDTHS for N in (size.N for size in run.effort.shares[p])]
    runs = xr.concat([run.parts["starts", alpha] for alpha in ALPHA], "alpha").overlap2
    line = np.linspace(0.3, max(ALPHA), 300)
    limit = bs.overlap(_best(1), alpha=line)
    return {
        **{f"steps_{p}": _steps(p, run.parts["steps", p]) for p in WIDTHS},
        "starts": xr.Dataset({"mean": runs.mean("sample"), "stderr": _stderr(runs)}),
        "limit": limit.assign(
            spectral=("alpha", bs.overlap(bs.SpectralMethod(Optimal(), 1), alpha=line).overlap2.data)
        ),
        "shares": xr.concat(shares, "case"),
    }


def _steps(p_star: int, overlaps: Array) -> xr.Dataset:
    runs = xr.DataArray(overlaps, dims=("sample", "step"))
    return xr.Dataset({"mean": runs.mean("sample"), "stderr": _stderr(runs), "evolved": ("step", _evolved(p_star))})


def _stderr(runs: xr.DataArray) -> xr.DataArray:
    error: xr.DataArray = runs.std("sample", ddof=1) / runs.sizes["sample"] ** 0.5
    return error


def _shares(p_star: int, N: int, run: Run[Effort]) -> xr.Dataset:
    """The share of samples recovered at one size, and its middle."""
    grid = alphas(p_star, N)
    exact = np.array([run.parts["share", p_star, N, alpha] for alpha in grid]) > EXACT
    middle, error = start_of(np.array(grid), exact.astype(float), 0.5, run.seed)
    shares, errors = zip(*(mean_stderr(row, share=True) for row in exact), strict=True)
    table = {
        "alpha": ("point", list(grid)),
        "share": ("point", list(shares)),
        "stderr": ("point", list(errors)),
        "middle": ((), middle),
        "middle_stderr": ((), error),
    }
    return xr.Dataset(table).assign_coords(p_star=p_star, N=N)


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """B13."""
    return (_follows(data, effort), *(_middle(f"B13{'bc'[i]}", p, data, effort) for i, p in enumerate(WIDTHS)))


def _follows(data: Data, effort: Effort) -> Claim:
    off, words, error = 0.0, [], 0.0
    for p in WIDTHS:
        table = data[f"steps_{p}"].isel(step=slice(1, None))
        deviation = ((table["mean"] - table.evolved) / table.stderr).values
        off, error = max(off, float(np.abs(deviation).max())), max(error, float(table.stderr.max()))
        last = f"{float(table['mean'][-1]):.4f} +- {float(table.stderr[-1]):.4f}, theory {float(table.evolved[-1]):.4f}"
        words.append(f"p* = {p}, alpha = {FIRST[p]}, after {STEPS[p]} steps: {last}")
    return Claim(
        "B13a",
        "Message passing on samples has the overlap of state evolution at each of its first steps.",
        "Not in the paper.",
        f"Largest deviation of the squared overlap from that of state evolution, in standard errors, of the first "
        f"{STEPS[1]} steps for p* = 1 and {STEPS[2]} for p* = 2, from a guess with squared overlap {GUESS}, without "
        f"damping; {listed((effort.steps,))}.",
        expected=0.0,
        found=off,
        tolerance=_FEW,
        decided=error < _PRECISE,
        remark="; ".join(words)
        + ". Later, and earlier for more vectors, samples of finite N leave state evolution unless steps are damped.",
    )


def extrapolated(N: Array, middle: Array, error: Array) -> tuple[float, float, float]:
    """The middle for infinite `N`: the mean of straight lines in `N^(-1/2)` and `1/N`, its error, half their distance.

    Weighted least squares; between these powers lie those of finite-size scaling.
    """
    ends = []
    for power in (0.5, 1.0):
        design = np.stack([np.ones(len(N)), N**-power], axis=1) / error[:, None]
        covariance = np.linalg.inv(design.T @ design)
        ends.append(((covariance @ design.T @ (middle / error))[0], covariance[0, 0] ** 0.5))
    (low, first), (high, second) = ends
    return float(low + high) / 2, float(max(first, second)), float(abs(high - low)) / 2


def _middle(number: str, p_star: int, data: Data, effort: Effort) -> Claim:
    table = data["shares"].isel(case=data["shares"].p_star.values == p_star)
    limit = perfect(p_star)
    place, error, shape = extrapolated(table.N.values.astype(float), table.middle.values, table.middle_stderr.values)
    tolerance = (3 * error + shape) / limit
    finite = bool(np.isfinite(place + tolerance))
    rows = zip(table.N.values, table.middle.values, table.middle_stderr.values, strict=True)
    return Claim(
        number,
        f"The alpha at which message passing recovers half of all samples tends to alpha_AMP = {limit:.4f}, p* = "
        f"{p_star}.",
        "Not in the paper.",
        "That alpha for infinite N, over alpha_AMP: the mean of straight lines in N^(-1/2) and in 1/N. Tolerance: "
        f"three standard errors and half the distance of both lines; samples at each of {len(ABOVE[p_star])} points: "
        f"{listed(effort.shares[p_star])}.",
        expected=1.0,
        found=place / limit if finite else float("nan"),
        tolerance=tolerance,
        decided=finite and tolerance <= _PRECISE,
        remark="Half of all samples: " + ", ".join(f"{a:.3f} +- {e:.3f} (N = {N})" for N, a, e in rows) + ".",
    )


def draw(data: Data) -> Figure:
    """Overlaps against `alpha`, step by step, and shares recovered."""
    figure, panels = plt.subplots(2, 2, figsize=(10.4, 7.6), layout="constrained")
    _draw_starts(data, panels[0, 0])
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    _draw_steps(data, panels[0, 1])
    for p, ax in zip(WIDTHS, panels[1], strict=True):
        _draw_shares(data["shares"].isel(case=data["shares"].p_star.values == p), p, ax)
    return figure


def _draw_starts(data: Data, ax: Axes) -> None:
    limit, table = data["limit"], data["starts"]
    ax.plot(limit.alpha, limit.overlap2_bayes, color=EDGE, lw=1.5, label="best possible")
    ax.plot(limit.alpha, limit.overlap2, color=SIGNAL, lw=1.2, label="message passing, theory")
    ax.plot(limit.alpha, limit.spectral, color=BULK, lw=1.2, label="optimal spectral, theory")
    for name, shade in zip(STARTS, (colours(1)[0], BULK, SIGNAL), strict=True):
        for refined in (False,) if name == "message passing" else (False, True):
            row = table.sel(start=name, refined=refined)
            look: dict[str, Any] = {"color": shade, "fmt": "o" if refined else "s", "ms": 4, "lw": 1.0}
            look |= {"label": f"{name}{', then descent' if refined else ''}", "mfc": shade if refined else "white"}
            ax.errorbar(row.alpha, row["mean"], row.stderr, **look)
    _thresholds(1, ax)
    ax.set(xlabel=r"$\alpha$", ylabel="squared overlap with the teacher", ylim=(-0.03, 1.03))


def _thresholds(p_star: int, ax: Axes) -> None:
    ax.axvline(p_star / 2, color=EDGE, lw=1.0, ls=":")
    ax.axvline(perfect(p_star), color=SIGNAL, lw=1.0, ls=":")


def _draw_steps(data: Data, ax: Axes) -> None:
    for p, shade in zip(WIDTHS, colours(len(WIDTHS)), strict=True):
        table = data[f"steps_{p}"]
        steps = np.arange(table.sizes["step"])
        ax.plot(steps, table.evolved, color=shade, lw=1.2)
        label = rf"$p^* = {p}$, $\alpha = {FIRST[p]}$"
        ax.errorbar(steps, table["mean"], table.stderr, color=shade, fmt="o", ms=4, lw=1.0, label=label)
    ax.set(xlabel="step of message passing", ylabel="squared overlap with the teacher")
    ax.legend()


def _draw_shares(table: xr.Dataset, p_star: int, ax: Axes) -> None:
    for i, shade in enumerate(colours(table.sizes["case"])):
        row = table.isel(case=i)
        ax.errorbar(row.alpha, row.share, row.stderr, color=shade, fmt="o-", ms=4, lw=1.0, label=f"$N = {int(row.N)}$")
    ax.axvline(perfect(p_star), color=SIGNAL, lw=1.0, ls=":")
    ax.set(xlabel=r"$\alpha$", ylabel="share of samples recovered", title=rf"$p^* = {p_star}$")
    ax.legend()


EXPERIMENT = Experiment(
    name="best",
    place=11,
    title="The best that data allow",
    caption="Top left, p* = 1: squared overlap of starts, alone (open) and after gradient descent (full), of a student "
    "of two neurons with a = 1. Lines: infinite N; the best possible is that of the posterior mean. Dotted: p*/2, "
    "where weak recovery begins, and, in red, alpha_AMP, above which message passing recovers everything. Top right: "
    "message passing step by step, samples (symbols) and state evolution (lines). Bottom: the share of samples that "
    "message passing recovers, m^2 > 0.99.",
    claims=("B13a", "B13b", "B13c"),
    quick=Effort(
        steps=Samples(1000, 20),
        starts=Samples(200, 8),
        shares={1: (Samples(200, 20), Samples(800, 12)), 2: (Samples(100, 20), Samples(400, 8))},
    ),
    full=Effort(
        steps=Samples(4000, 40),
        starts=Samples(800, 20),
        shares={
            1: (Samples(200, 200), Samples(800, 100), Samples(2000, 50), Samples(4000, 40)),
            2: (Samples(200, 200), Samples(800, 60), Samples(2000, 24)),
        },
    ),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: "; ".join(f"p* = {p}: {listed(sizes)}" for p, sizes in effort.shares.items()),
    beyond=True,
)
