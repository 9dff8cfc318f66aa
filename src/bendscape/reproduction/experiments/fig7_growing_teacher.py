"""Fig. 7, C10: the threshold of one neuron rises with the width of the teacher."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

import bendscape as bs

from ..diagram import log_a
from ..experiment import Claim, Data, Experiment, Run


@dataclass(frozen=True)
class Effort:
    """Points of a curve against `a`."""

    curve: int


def compute(run: Run[Effort]) -> Data:
    """Thresholds over (`p_star`, `a`)."""
    a = np.geomspace(0.02, 20.0, run.effort.curve)
    return {"teachers": bs.phase_diagram(p=1, p_star=np.arange(1, 9), a=a)}


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """C10."""
    teachers = data["teachers"]
    claim = Claim(
        "C10",
        "At p = 1 the threshold rises with the width of the teacher.",
        "Fig. 7.",
        f"Share of rising steps p* -> p* + 1, p* = 1..8, over {teachers.a.size} values of a from 0.02 to 20.",
        expected=1.0,
        found=float((teachers.alpha_BBP.diff("p_star") > 0).mean()),
        tolerance=0.0,
    )
    return (claim,)


def draw(data: Data) -> Figure:
    """The threshold against `a`, a line for each teacher."""
    figure, ax = plt.subplots(figsize=(6.2, 4.0), layout="constrained")
    bs.plot.threshold(data["teachers"], x="a", ax=ax)
    log_a(ax)
    ax.set(yscale="log", title="$p = 1$, growing teacher", ylim=(0.8, 900))
    ax.legend(loc="upper left", ncols=4)
    return figure


EXPERIMENT = Experiment(
    name="fig7",
    place=7,
    title="Fig. 7: one neuron, growing teacher",
    caption="As Fig. 2, with p = 1.",
    claims=("C10",),
    quick=Effort(curve=120),
    full=Effort(curve=400),
    compute=compute,
    judge=judge,
    draw=draw,
)
