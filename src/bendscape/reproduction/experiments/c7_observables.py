"""C7 through other observables than `phi`: the samples of Fig. 3, continuous case."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

import bendscape as bs

from ..experiment import Claim, Data, Experiment, Run, Samples
from . import fig3_recovery

CURVES = {"phi": 0.0, "dominance": 0.0, "captured": 1 / 3}  # observables whose curves cross, with the exponent of N
CLAIMS = {
    "dominance": (
        "C7b",
        "So do those of the dominance, the share of the lowest eigenvector in the overlap of the lowest five.",
        "Not in the paper: an observable with more than one bit a sample.",
    ),
    "captured": (
        "C7c",
        "So do those of N^(1/3) m^2.",
        "Not in the paper: the scaling of the overlap at a sharp edge, with the smallest errors.",
    ),
}


@dataclass(frozen=True)
class Effort:
    """The samples of Fig. 3."""

    simulations: tuple[Samples, ...]


def compute(run: Run[Effort]) -> Data:
    """The samples, and where the curves of each observable cross."""
    table = run.needs["fig3"]["continuous"]
    crossings = {name: bs.comparison.crossing(table, name, exponent=power) for name, power in CURVES.items()}
    return {"samples": table, **crossings}


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C7b and C7c."""
    return tuple(
        fig3_recovery.crossing_claim(*words, data[name], data["samples"], effort.simulations)
        for name, words in CLAIMS.items()
    )


def draw(data: Data) -> Figure:
    """Three observables of the same samples, with their crossings."""
    figure, panels = plt.subplots(1, 3, figsize=(12.0, 3.6), layout="constrained")
    table = data["samples"]
    for ax, (name, exponent) in zip(panels, CURVES.items(), strict=True):
        bs.plot.phi(table, name, exponent=exponent, threshold=table.attrs["alpha_BBP"], ax=ax)
        crossing = data[name].dropna("N")
        height = ax.get_ylim()[0] + 0.05 * np.ptp(ax.get_ylim()) * (1 + np.arange(crossing.sizes["N"]))
        ax.errorbar(crossing.crossing, height, xerr=crossing.stderr, fmt="k|", ms=9, lw=1)
    return figure


EXPERIMENT = Experiment(
    name="observables",
    place=3.1,
    title="The same samples through other observables",
    caption="The continuous case of Fig. 3. Bars at the bottom: where consecutive sizes cross, with standard errors.",
    claims=("C7b", "C7c"),
    quick=Effort(fig3_recovery.QUICK.simulations),
    full=Effort(fig3_recovery.FULL.simulations),
    compute=compute,
    judge=judge,
    draw=draw,
    needs=("fig3",),
)
