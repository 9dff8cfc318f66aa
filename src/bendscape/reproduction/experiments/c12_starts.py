"""C12a, C12b and B11: does gradient descent recover where the Hessian does?  The runs are those of Figs. 9 and 10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK, EDGE, SIGNAL, colours
from ..experiment import Claim, Data, Experiment, Run
from . import fig9_descent
from .fig9_descent import CLEAR, CONSTANTS, LEVEL, WIDTHS

CASES = {"continuous": CONSTANTS[:4], "discontinuous": CONSTANTS[4:]}  # a <= a_c(p), and above
CLOSE = 0.1  # of alpha_BBP, within which "where the Hessian does" is taken to be
_FEW = 3.0  # standard errors beyond which the largest of a dozen numbers is on one side of a limit
_PRECISE = 0.1  # standard error of a ratio, above which an agreement says nothing
_CHANCE = 1.8  # std of six equal numbers over their standard error, reached by chance once in 150


@dataclass(frozen=True)
class Effort:
    """The runs of Figs. 9 and 10, and points of a theoretical curve."""

    runs: fig9_descent.Effort
    curve: int


def compute(run: Run[Effort]) -> Data:
    """The starts of recovery, and thresholds against `a`."""
    lines = bs.phase_diagram(p=WIDTHS, p_star=1, a=np.geomspace(5e-3, 6.0, run.effort.curve))
    return {"starts": run.needs["fig9"]["starts"], "thresholds": lines}


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C12a, C12b and B11."""
    last, place = data["starts"].isel(N=-1), effort.runs.place
    return (
        _where("C12a", "continuous", last, place),
        _where("C12b", "discontinuous", last, place),
        _equal(last, place),
        _follows(last, place),
    )


def _listed(rows: xr.Dataset) -> str:
    """Starts over `alpha_BBP`, of every width and constant."""
    words = []
    for row in (rows.sel(p=p) for p in rows.p.values):
        each = zip(row.a.values, row.ratio.values, row.ratio_stderr.values, strict=True)
        words.append(f"p = {int(row.p)}: " + ", ".join(f"{r:.2f} +- {e:.2f} (a = {a:.3g})" for a, r, e in each))
    return "; ".join(words)


def _where(number: str, kind: str, starts: xr.Dataset, place: str) -> Claim:
    rows = starts.sel(constant=list(CASES[kind]))
    errors = rows.ratio_stderr.values
    beyond = np.maximum(np.abs(rows.ratio.values - 1) - CLOSE, 0) / errors
    most = float(np.nanmax(beyond)) if np.isfinite(beyond).any() else float("nan")
    return Claim(
        number,
        f"Gradient descent from a random student starts to recover the signal at alpha_BBP: {kind} case.",
        "Figs. 9 and 10 show max m^2 after gradient descent against alpha. The public account calls them preliminary "
        "simulations that show a correlation, and leaves the quantitative link open; it does not state a, N and steps.",
        f"alpha at which the mean of max m^2 passes {LEVEL}, over alpha_BBP: by how many standard errors it is farther "
        f"from one than {CLOSE}, the largest of p = 1, 2, 4 and a = {', '.join(CASES[kind])}; if none is, undecided "
        f"where an error is above {_PRECISE}, {place}.",
        expected=0.0,
        found=most,
        tolerance=_FEW,
        decided=most > _FEW or bool(np.all(errors <= _PRECISE)),
        remark=f"Start over alpha_BBP, {_listed(rows)}. The ratio depends on a: see B11.",
    )


def _equal(starts: xr.Dataset, place: str) -> Claim:
    spread = starts.start.std("constant", ddof=1, skipna=False)
    error = (starts.stderr**2).mean("constant", skipna=False) ** 0.5
    limit = starts.alpha_BBP.std("constant", ddof=1)
    units = (spread / error).values
    most = float(np.nanmax(units)) if np.isfinite(units).any() else float("nan")
    words = (
        f"p = {p}: {float(starts.start.sel(p=p).min()):.2f} to {float(starts.start.sel(p=p).max()):.2f}, standard "
        f"deviation {float(spread.sel(p=p)):.2f} with errors of {float(error.sel(p=p)):.2f}; alpha_BBP "
        f"{float(starts.alpha_BBP.sel(p=p).min()):.2f} to {float(starts.alpha_BBP.sel(p=p).max()):.2f}, "
        f"{float(limit.sel(p=p)):.2f}"
        for p in starts.p.values
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


def _follows(starts: xr.Dataset, place: str) -> Claim:
    x = np.log(starts.alpha_BBP)
    weight = x - x.mean("constant")
    weight = weight / (weight**2).sum("constant")
    slope = (weight * np.log(starts.start)).sum("constant", skipna=False).values
    error = (((weight * starts.stderr / starts.start) ** 2).sum("constant", skipna=False) ** 0.5).values
    finite = bool(np.all(np.isfinite(slope + error)))
    return Claim(
        "B11b",
        "The start of recovery by gradient descent does not follow alpha_BBP as a changes.",
        "Not in the paper.",
        "Slope of log start against log alpha_BBP over the same a: one if the start is proportional to alpha_BBP, zero "
        f"if they are not related; of the three widths the slope farthest from zero, undecided within {CLEAR:g} "
        f"standard errors of one half, {place}.",
        expected=0.0,
        found=float(slope[np.argmax(np.abs(slope))]) if finite else float("nan"),
        tolerance=0.5,
        decided=finite and bool(np.all(np.abs(np.abs(slope) - 0.5) > CLEAR * error)),
        remark=", ".join(f"{s:.2f} +- {e:.2f} (p = {p})" for p, s, e in zip(starts.p.values, slope, error, strict=True))
        + ". alpha_BBP is smallest at a_c.",
    )


def draw(data: Data) -> Figure:
    """The start of recovery and `alpha_BBP` against `a`, and below their ratio; a column for each width."""
    figure, panels = plt.subplots(2, len(WIDTHS), figsize=(11.4, 6.4), layout="constrained", sharex=True, sharey="row")
    lines = data["thresholds"]
    passing = bs.threshold(bs.BayesOptimal(bs.models.Noiseless(1))).alpha_perfect.value
    for column, p in zip(panels.T, WIDTHS, strict=True):
        column[0].plot(lines.a, lines.alpha_BBP.sel(p=p).squeeze(), color=BULK, label=r"$\alpha_{\mathrm{BBP}}(a)$")
        column[0].axhline(passing, color=SIGNAL, lw=1.0, ls=":", label=r"$\alpha_{\mathrm{AMP}}$")
        column[1].axhline(1.0, color=BULK)
        _draw_starts(data["starts"].sel(p=p), *column)
        column[0].set(xscale="log", ylim=(0, None), title=f"$p = {p}$")
        column[1].set(xlabel="$a$", ylim=(0, None))
    panels[0, 0].set_ylabel(r"$\alpha$")
    panels[1, 0].set_ylabel(r"start$/\alpha_{\mathrm{BBP}}$")
    panels[0, 0].legend()
    return figure


def _draw_starts(starts: xr.Dataset, top: Axes, bottom: Axes) -> None:
    for n, color in zip(starts.N.values, colours(starts.sizes["N"])[::-1], strict=True):
        row = starts.sel(N=n)
        style: dict[str, Any] = {"fmt": "o", "color": color, "ms": 4, "lw": 1.2, "label": f"start, $N = {n}$"}
        top.errorbar(row.a, row.start, row.stderr, **style)
        bottom.errorbar(row.a, row.ratio, row.ratio_stderr, **style)
    for ax in (top, bottom):
        ax.axvline(float(starts.a.sel(constant="a_c")), color=EDGE, lw=1.0, ls=":")


EXPERIMENT = Experiment(
    name="descent",
    place=9.1,
    title="Where descent starts to recover, and alpha_BBP",
    caption="Top: the alpha at which the mean of the largest m^2 after gradient descent passes 0.1, for samples of two "
    "sizes, with standard errors, beside alpha_BBP(a). Bottom: the first over the second, with a line at one. "
    "Dotted: a_c, and, in red, alpha_AMP, from which on message passing recovers the signal at every a.",
    claims=("C12a", "C12b", "B11a", "B11b"),
    quick=Effort(fig9_descent.EXPERIMENT.quick, curve=120),
    full=Effort(fig9_descent.EXPERIMENT.full, curve=400),
    compute=compute,
    judge=judge,
    draw=draw,
    needs=("fig9",),
)
