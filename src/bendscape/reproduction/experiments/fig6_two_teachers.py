"""Fig. 6: the threshold against `a` and `p` for two teacher neurons. C5 and C6, under Fig. 2, judge both figures."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from ..diagram import FIGURE_WIDTHS, draw_thresholds, inset, main_panel
from ..experiment import Claim, Data, Experiment, Part, Parts, Run


@dataclass(frozen=True)
class Effort:
    """Points of a curve against `a`."""

    curve: int


def parts(effort: Effort, _: int) -> Parts:
    """The two panels."""
    return {
        "main": Part(main_panel, (2, FIGURE_WIDTHS, effort.curve), seconds=0.01 * effort.curve),
        "inset": Part(inset, (2,), seconds=0.5),
    }


def compute(run: Run[Effort]) -> Data:
    """The two panels."""
    return {"main": run.parts["main"], "inset": run.parts["inset"]}


def judge(_data: Data, _effort: Effort) -> tuple[Claim, ...]:
    """No claim: Fig. 2 judges both."""
    return ()


def draw(data: Data) -> Figure:
    """The threshold against `a`, and against `p`, of two teacher neurons."""
    return draw_thresholds(data, p_star=2, top=7.0)


EXPERIMENT = Experiment(
    name="fig6",
    place=6,
    title="Fig. 6: the same for two teacher neurons",
    caption="As Fig. 2, with p* = 2; C5a covers both.",
    claims=(),
    quick=Effort(curve=120),
    full=Effort(curve=400),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
)
