"""B6: how good the paper's loss is among all that weigh labels, and how far from the weak-recovery limit."""

from __future__ import annotations

import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..theory.loss_design.families import Family, design_loss
from .claim import Claim, Effort, Evidence
from .overlaps import onset_of

__all__ = ["FAMILIES", "WIDTHS", "losses"]

WIDTHS = ((1, 1), (2, 1), (4, 1), (4, 2))
FAMILIES: tuple[Family, ...] = ("constant", "power", "spline", "any")


def losses(effort: Effort) -> Evidence:
    """B6."""
    widths = WIDTHS[: effort.grid // 20]  # all but for the coarsest curves
    found = {(w, family): design_loss(QuadraticNetwork(*w, 1.0), family) for w in widths for family in FAMILIES}
    alphas = [[found[w, family].alpha for family in FAMILIES] for w in widths]
    table = xr.Dataset(
        {
            "alpha_BBP": (("widths", "family"), alphas),
            "error": (("widths", "family"), [[found[w, family].error for family in FAMILIES] for w in widths]),
            "limit": ("widths", [w[1] / 2 for w in widths]),
        },
        coords={"widths": [f"{p}, {q}" for p, q in widths], "family": list(FAMILIES)},
    )
    labels = found[(2, 1), "any"].net.loss
    best = found[(1, 1), "any"]
    again = onset_of(best.net, effort)
    shares = {w: (row[0] - row[3]) / (row[0] - w[1] / 2) for w, row in zip(widths, alphas, strict=True)}
    claims = (
        Claim(
            "B6a",
            "No weight of labels brings the threshold to the weak-recovery limit p*/2.",
            "The paper has one family, 1/(a + y), and no reason for it.",
            "Widths of the figure at which the best threshold of all weights is not above p*/2.",
            expected=0.0,
            found=float(sum(row[3] <= w[1] / 2 for w, row in zip(widths, alphas, strict=True))),
            tolerance=0.0,
            remark=f"For (2,1): paper's family {alphas[1][0]:.4f}, powers {alphas[1][1]:.4f}, falling weights "
            f"{alphas[1][2]:.4f}, any weight {alphas[1][3]:.4f}, limit 0.5. The best weight is nearly zero at y = 1, "
            "which says nothing about the teacher.",
        ),
        Claim(
            "B6b",
            "The best weight of all, found label by label, has the threshold that it was found with.",
            "Not in the paper.",
            "Deviation of the threshold from points, p = p* = 1, from the closed one, in units of the larger error.",
            expected=0.0,
            found=(again.alpha - best.alpha) / max(again.error, best.error, 2e-3 * best.alpha),
            tolerance=4.0,
            remark="Of the way from the paper's best constant to the limit it goes "
            + ", ".join(f"{share:.0%} at ({p},{q})" for (p, q), share in shares.items())
            + ".",
        ),
    )
    weight = labels.second.weight
    curve = xr.Dataset({"weight": ("y", list(weight.values))}, coords={"y": list(weight.knots)})
    return Evidence(claims, {"losses": table, "best_weight": curve})
