"""B6, beyond the paper: how good its loss is among all that weigh labels, and how far from the weak-recovery limit."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import colours
from ...theory.loss_design.families import Family, LossDesign
from ..experiment import Claim, Data, Experiment, Part, Parts, Run
from ..general_overlaps import onset

WIDTHS = ((1, 1), (2, 1), (4, 1), (4, 2))
SHOWN, CHECKED = (2, 1), (1, 1)  # widths whose best weight is drawn, and solved again from points
FAMILIES: dict[Family, str] = {"constant": "paper's, best $a$", "power": "powers", "spline": "falling", "any": "any"}


@dataclass(frozen=True)
class Effort:
    """Pairs of widths, and points of an average."""

    widths: tuple[tuple[int, int], ...]
    averaged: int


def parts(effort: Effort, _: int) -> Parts:
    """The best loss of one family for one pair of widths; the threshold of one of them from points."""
    pieces: Parts = {}
    for p, p_star in effort.widths:
        for family in FAMILIES:
            pieces[p, p_star, family] = Part(
                _designed, (p, p_star, family), seconds=10.0 if family == "spline" else 0.5
            )
    pieces["again"] = Part(_again, (effort.averaged,), seconds=1.0, after=((*CHECKED, "any"),))
    return pieces


def _designed(p: int, p_star: int, family: Family) -> LossDesign:
    return bs.theory.design_loss(bs.QuadraticNetwork(p, p_star, 1.0), family)


def _again(points: int, design: LossDesign) -> tuple[float, float]:
    """The threshold of a designed loss from points, and its error."""
    at = onset(design.net, points)
    return at.alpha, at.error


def compute(run: Run[Effort]) -> Data:
    """Thresholds of the best losses over widths and families, and two of them looked at closely."""
    widths = run.effort.widths
    rows = [[run.parts[p, p_star, family] for family in FAMILIES] for p, p_star in widths]
    over = ("widths", "family")
    table = {
        "alpha_BBP": (over, [[design.alpha for design in row] for row in rows]),
        "error": (over, [[design.error for design in row] for row in rows]),
        "limit": ("widths", [p_star / 2 for _, p_star in widths]),
    }
    coords = {"widths": [f"{p}, {q}" for p, q in widths], "family": list(FAMILIES)}
    weight = run.parts[(*SHOWN, "any")].net.loss.second.weight
    alpha, error = run.parts["again"]
    return {
        "losses": xr.Dataset(table, coords=coords),
        "best_weight": xr.Dataset({"weight": ("y", list(weight.values))}, coords={"y": list(weight.knots)}),
        "again": xr.Dataset({"alpha_BBP": alpha, "error": error}),
    }


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """B6."""
    return (_above_the_limit(data["losses"]), _again_from_points(data["losses"], data["again"]))


def _above_the_limit(table: xr.Dataset) -> Claim:
    best = table.alpha_BBP.sel(family="any")
    shown = table.alpha_BBP.sel(widths="{}, {}".format(*SHOWN)).values
    return Claim(
        "B6a",
        "No weight of labels brings the threshold to the weak-recovery limit p*/2.",
        "The paper has one family, 1/(a + y), and no reason for it.",
        "Widths of the figure at which the best threshold of all weights is not above p*/2.",
        expected=0.0,
        found=float((best <= table.limit).sum()),
        tolerance=0.0,
        remark=f"For (2,1): paper's family {shown[0]:.4f}, powers {shown[1]:.4f}, falling weights {shown[2]:.4f}, any "
        f"weight {shown[3]:.4f}, limit 0.5. The best weight is nearly zero at y = 1, which says nothing about the "
        "teacher.",
    )


def _again_from_points(table: xr.Dataset, again: xr.Dataset) -> Claim:
    best = table.sel(widths="{}, {}".format(*CHECKED), family="any")
    largest = max(float(again.error), float(best.error), 2e-3 * float(best.alpha_BBP))
    paper, any_weight = table.alpha_BBP.sel(family="constant"), table.alpha_BBP.sel(family="any")
    shares = ((paper - any_weight) / (paper - table.limit)).values
    names = [f"({widths.replace(' ', '')})" for widths in table.widths.values]
    return Claim(
        "B6b",
        "The best weight of all, found label by label, has the threshold that it was found with.",
        "Not in the paper.",
        "Deviation of the threshold from points, p = p* = 1, from the closed one, in units of the larger error.",
        expected=0.0,
        found=float(again.alpha_BBP - best.alpha_BBP) / largest,
        tolerance=4.0,
        remark="Of the way from the paper's best constant to the limit it goes "
        + ", ".join(f"{share:.0%} at {name}" for share, name in zip(shares, names, strict=True))
        + ".",
    )


def draw(data: Data) -> Figure:
    """Thresholds of the best losses, and the best weight."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.8), layout="constrained", width_ratios=(1.5, 1.0))
    _draw_thresholds(data["losses"], left)
    curve = data["best_weight"]
    curve = curve.where((curve.y > 1e-3) & (curve.y < 30), drop=True)
    right.loglog(curve.y, curve.weight / curve.weight.max(), color=colours(4)[3], label="best of all")
    paper = 1 / (0.83 + curve.y)
    right.loglog(curve.y, paper / paper.max(), color=colours(4)[0], label="paper's, best $a$")
    right.set(xlabel="label $y$", ylabel="weight", title="$p = 2$, $p^* = 1$", ylim=(1e-5, 2))
    right.legend()
    return figure


def _draw_thresholds(table: xr.Dataset, ax: Axes) -> None:
    places = np.arange(table.sizes["widths"])
    for (family, name), color, shift in zip(FAMILIES.items(), colours(4), (-0.24, -0.08, 0.08, 0.24), strict=True):
        ax.bar(places + shift, table.alpha_BBP.sel(family=family), width=0.15, color=color, label=name)
    ax.hlines(table.limit, places - 0.35, places + 0.35, color="k", lw=1.5, label="$p^*/2$")
    ax.set_xticks(places, labels=[f"({w})" for w in table.widths.values])
    ax.set(xlabel="$(p, p^*)$", ylabel=r"$\alpha_{\mathrm{BBP}}$")
    ax.legend(ncols=2)


EXPERIMENT = Experiment(
    name="losses",
    place=6,
    title="The best loss",
    caption="Left: the smallest threshold of four families of losses w(y) (y - yhat)^2/2. Right: the best weight of "
    "all, found label by label, beside the paper's. Labels near one say nothing about the teacher, and get no weight.",
    claims=("B6a", "B6b"),
    quick=Effort(widths=WIDTHS, averaged=2**13),
    full=Effort(widths=WIDTHS, averaged=2**14),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    beyond=True,
)
