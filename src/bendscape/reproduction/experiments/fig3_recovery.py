"""Fig. 3, C7: `phi`, the probability that the smallest eigenvalue has the informative eigenvector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import EDGE, SIGNAL
from ..experiment import Claim, Data, Experiment, Parts, Run, Samples, listed
from ..finite_samples import draw_prediction, predicted, prediction_parts
from ..points import joined, point_parts

NETS = {"continuous": bs.QuadraticNetwork(1, 1, 0.5), "discontinuous": bs.QuadraticNetwork(1, 1, 2.0)}
RATIOS = {
    "continuous": (0.65, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.6),
    "discontinuous": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3),
}
ENOUGH = 40  # eigenvectors of which one almost surely has the largest overlap of all
WIDEST = 0.4  # three errors of a crossing, relative to alpha_BBP, above which it decides nothing


@dataclass(frozen=True)
class Effort:
    """Sizes and numbers of simulated samples, and how many samples theory draws at the largest size."""

    simulations: tuple[Samples, ...]
    drawn: int


QUICK = Effort(simulations=(Samples(50, 600), Samples(100, 400), Samples(200, 200), Samples(400, 80)), drawn=80)
FULL = Effort(simulations=(Samples(100, 1200), Samples(200, 800), Samples(400, 400), Samples(800, 100)), drawn=200)


def _alpha(kind: str) -> np.ndarray:
    return np.array(RATIOS[kind]) * bs.threshold(NETS[kind]).alpha


def _seed(seed: int, kind: str) -> tuple[int, ...]:
    return (seed, ord(kind[0]))


def parts(effort: Effort, seed: int) -> Parts:
    """One point each, of the simulations and of the theory of finite samples."""
    known = min(ENOUGH, *(size.N for size in effort.simulations))
    pieces: Parts = {}
    for kind, net in NETS.items():
        pieces |= point_parts(kind, net, _alpha(kind), effort.simulations, seed, eigenvalues=known)
        largest = Samples(effort.simulations[-1].N, effort.drawn)
        pieces |= prediction_parts(f"{kind} theory", net, _alpha(kind), largest, _seed(seed, kind))
    return pieces


def compute(run: Run[Effort]) -> Data:
    """Means over samples beside the limit, and what the theory of finite samples says of the largest size."""
    data: dict[str, xr.Dataset] = {}
    for kind, net in NETS.items():
        sizes, alpha = run.effort.simulations, _alpha(kind)
        means = bs.compare(joined(run.parts, kind, alpha, sizes))
        data[kind] = means.assign_attrs(alpha_BBP=bs.threshold(net).alpha)
        data[f"{kind}_theory"] = predicted(run.parts, f"{kind} theory", alpha, sizes[-1].N)
    return data


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C7 but for its other observables."""
    crossing = bs.comparison.crossing(data["continuous"], "phi")
    statement = "The curves phi(alpha) of different N cross at alpha_BBP in the continuous case."
    at = crossing_claim("C7a", statement, "Fig. 3.", crossing, data["continuous"], effort.simulations)
    return (at, *_early(data["discontinuous"], effort.simulations))


def _joined(crossing: xr.Dataset, alpha_bbp: float) -> tuple[float, float, str]:
    """The mean crossing over `alpha_BBP`, its error, and from how many pairs of sizes."""
    pairs = f"{int(crossing.crossing.notnull().sum())} of {crossing.sizes['N']} pairs"
    return float(crossing["mean"]) / alpha_bbp, float(crossing.mean_stderr) / alpha_bbp, pairs


def _sizes(sizes: tuple[Samples, ...]) -> str:
    return ", ".join(f"{size.N} ({size.samples})" for size in sizes)


def crossing_claim(
    number: str, statement: str, paper: str, crossing: xr.Dataset, table: xr.Dataset, sizes: tuple[Samples, ...]
) -> Claim:
    """Judge whether curves of consecutive sizes cross at the threshold of the continuous case."""
    place, error, pairs = _joined(crossing, table.attrs["alpha_BBP"])
    return Claim(
        number,
        statement,
        paper,
        f"Mean crossing of consecutive sizes over alpha_BBP, p = p* = 1, a = {NETS['continuous'].a}; N (samples at "
        f"each of {len(RATIOS['continuous'])} points): {_sizes(sizes)}. Tolerance: three standard errors; above "
        f"{WIDEST} they decide nothing.",
        expected=1.0,
        found=place,
        tolerance=3 * error,
        remark=f"{place:.3f} +- {error:.3f} from {pairs} of consecutive sizes.",
        decided=3 * error <= WIDEST,
    )


def _half(data: xr.Dataset) -> float:
    """Where `phi` of the largest size reaches one half, over `alpha_BBP`; nan if it starts above."""
    phi, alpha = data.phi.isel(N=-1).values, data.alpha.values
    above = int(np.argmax(phi >= 0.5))
    if phi[above] < 0.5 or above == 0:
        return math.nan
    share = (0.5 - phi[above - 1]) / (phi[above] - phi[above - 1])
    return float(alpha[above - 1] + share * (alpha[above] - alpha[above - 1])) / float(data.attrs["alpha_BBP"])


def _early(data: xr.Dataset, sizes: tuple[Samples, ...]) -> tuple[Claim, ...]:
    jump = bs.threshold(NETS["discontinuous"])
    place, error, _ = _joined(bs.comparison.crossing(data), data.attrs["alpha_BBP"])
    half, tangent = _half(data), jump.alpha_0_tangent / jump.alpha
    where = f"p = p* = 1, a = {NETS['discontinuous'].a}; N (samples at each point): {_sizes(sizes)}"
    return (
        Claim(
            "C7d",
            "In the discontinuous case recovery starts far below alpha_BBP.",
            "Fig. 3.",
            f"By how much the alpha at which phi of the largest N is one half exceeds 0.8 alpha_BBP, zero if it does "
            f"not, {where}.",
            expected=0.0,
            found=max(half / 0.8 - 1, 0.0),
            tolerance=0.0,
            remark=f"phi is one half at {half:.2f} alpha_BBP; the curves cross at {place:.2f} +- {error:.2f}.",
        ),
        Claim(
            "C7e",
            "alpha_0 bounds the start of recovery from below.",
            "Section 4.2 with Fig. 3.",
            f"By how much the same alpha falls short of the alpha_0 of the tangent, relative to it, zero if it does "
            f"not, {where}. A tenth is within the error.",
            expected=0.0,
            found=max(1 - half / tangent, 0.0),
            tolerance=0.1,
            remark=f"alpha_0 of the tangent is {tangent:.3f} alpha_BBP, phi is one half at {half:.3f}.",
        ),
    )


def draw(data: Data) -> Figure:
    """`phi` against `alpha`, continuous and discontinuous."""
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained", sharey=True)
    for ax, kind in zip(both, NETS, strict=True):
        table: Any = data[kind]
        bs.plot.phi(table, threshold=table.attrs["alpha_BBP"], ax=ax)
        draw_prediction(data[f"{kind}_theory"], "phi", ax)
        ax.set_title(rf"$p = p^* = 1$, $a = {table.attrs['a']}$: {kind}")
    both[1].axvline(bs.threshold(NETS["discontinuous"]).alpha_0_tangent, color=SIGNAL, lw=1, ls=":")
    passing = bs.threshold(bs.BayesOptimal(NETS["continuous"])).alpha_perfect.value
    for ax in both:
        ax.axvline(passing, color=EDGE, lw=1, ls="-.")
    return figure


EXPERIMENT = Experiment(
    name="fig3",
    place=3,
    title="Fig. 3: the probability of recovery",
    caption="Share of samples in which the eigenvector of largest overlap belongs to the smallest eigenvalue, with "
    "standard errors. Dotted: alpha_BBP, and, in red, alpha_0 of the tangent. Dashed red, with a band of its "
    "standard error: the theory of finite samples at the largest N. Grey, dash-dotted: alpha_AMP, above which "
    "message passing recovers the whole signal. The values of a are ours.",
    claims=("C7a", "C7d", "C7e"),
    quick=QUICK,
    full=FULL,
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
)
