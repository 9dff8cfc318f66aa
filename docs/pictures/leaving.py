"""Draws docs/images/leaving.png: the lowest eigenvalues of a simulated Hessian leave the bulk as `alpha` grows.

Run `python docs/pictures/leaving.py [FILE]`; it needs Matplotlib and half a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

import bendscape as bs

NET = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
COPIES = NET.p * NET.p_star
N, SEED, WINDOW = 1500, 2, (-1.4, 3.2)
ALPHAS = 0.75, 2.5, 5.0


def panel(ax: Axes, alpha: float) -> None:
    """Theory's density and outlier over the histogram of one Hessian, its lowest eigenvalues as ticks."""
    sample = bs.simulation.draw(NET, alpha=alpha, N=N, seed=SEED)
    values, vectors = np.linalg.eigh(bs.simulation.hessian(sample))
    limit = bs.spectrum(NET, alpha=alpha)
    drawn = bs.plot.spectrum(limit, eigenvalues=values, signal=False, ax=ax, label="theory")
    overlap2 = bs.simulation.teacher_overlap2(sample, vectors[:, :COPIES])
    lowest = ax.plot(
        values[:COPIES], np.full(COPIES, 0.012), "v", ms=7, color="#c8452d", mec="w", clip_on=False, zorder=5
    )
    lowest[0].set_label(rf"its lowest {COPIES}: mean overlap $m^2=${overlap2.mean():.2f}")
    ax.set(xlim=WINDOW, ylim=(0, 0.65), title=f"{alpha:g} samples per input", xlabel="eigenvalue of the Hessian")
    if drawn.outliers:
        drawn.outliers[0].set_label(rf"theory: outlier with $m^2=${limit.outliers[0].overlap2_teacher:.2f}")
    ax.legend(loc="upper right", fontsize="small", frameon=True, framealpha=0.9, edgecolor="none")


def main(path: Path) -> None:
    """One panel below the threshold, two above it."""
    with bs.plot.style():
        figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained", sharey=True)
        for ax, alpha in zip(panels, ALPHAS, strict=True):
            panel(ax, alpha)
        for ax in panels[1:]:
            ax.set_ylabel("")
        figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1] / "images" / "leaving.png")
