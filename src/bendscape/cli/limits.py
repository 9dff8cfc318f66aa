"""What the commands of the theory print of a threshold and of a spectrum, of any model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .output import number, print_table, with_error

if TYPE_CHECKING:
    from ..results import Edge
    from ..theory.spectrum import Spectrum
    from ..theory.threshold import Threshold

__all__ = ["draw_onset", "print_spectrum", "print_threshold", "record"]

_CURVE, _SAMPLED_CURVE = 300, 13  # points of a curve of overlaps, and of one whose points take seconds each


def record(found: Threshold | Spectrum) -> dict[str, Any]:
    """For JSON: the model, and what was found."""
    from ..models.network import described

    return described(found.net) | found.to_dict()


def print_threshold(found: Threshold) -> None:
    """A table."""
    jump, edge = found.overlap2_jump, found.edge
    leaving = "smallest" if found.side == "left" else "largest"
    rows = [
        ("alpha_BBP", with_error(found.alpha, found.error, 10), f"{leaving} eigenvalues leave the bulk"),
        ("kind", found.kind, "how the overlap starts"),
        ("jump of m^2", with_error(jump.value, jump.error), "squared overlap just above"),
        (f"{found.side} edge", with_error(edge.value, edge.error), f"at the threshold, in units of {found.unit}"),
        ("copies", number(found.multiplicity), f"of the outlier; directions: {found.sector}"),
    ]
    rows += _extrapolated(found) if found.window else []
    print_table(f"BBP threshold, {found.net}", ("quantity", "value", ""), rows, _caption(found, found.reason))


def _extrapolated(found: Threshold) -> list[tuple[str, str, str]]:
    line = found.alpha_0_window
    low, high = line.window[0] / found.alpha, line.window[1] / found.alpha
    negative = "; negative: it says nothing" if found.alpha_0_tangent < 0 else ""
    window = f"{number(line.alpha)} +- {number(line.error, 2)}"
    return [
        ("alpha_smooth", number(found.alpha_smooth), f"{found.side} edge is smooth up to here"),
        ("alpha_0, tangent", number(found.alpha_0_tangent), "zero of the tangent at alpha_BBP" + negative),
        ("alpha_0, window", window, f"line over {low:g} to {high:g} alpha_BBP"),
    ]


def draw_onset(found: Threshold, ax: Any) -> None:
    """The overlap against alpha, around the threshold."""
    from ..plot import overlap as draw
    from ..theory.overlap import overlap

    around = (1 - 1e-9, 1 + 1e-9)
    exact = found.averaging is None
    ratios = np.linspace(0.05, 3.0, _CURVE) if exact else np.linspace(0.5, 2.0, _SAMPLED_CURVE)
    points = found.alpha * (np.unique(np.append(ratios, around)) if exact else ratios)
    draw(overlap(found.net, alpha=points, side=found.side, averaging=found.averaging), ax=ax)
    ax.axvline(found.alpha, ls=":", color="0.6", lw=1)
    ax.set_title(str(found.net))


def print_spectrum(found: Spectrum) -> None:
    """A table."""
    rows = [_edge_row("left edge", found.left_edge)] if found.left_edge else []
    for o in found.outliers:
        shares = [with_error(x.value, x.error, 6) for x in (o.overlap2_teacher, o.overlap2_student)]
        rows.append((f"{o.side} outlier", with_error(o.value, o.error, 8), o.sector, number(o.multiplicity), *shares))
    rows += [_edge_row("right edge", found.right_edge)] if found.right_edge else []
    columns = ("", "eigenvalue", "kind", "copies", "m^2 teacher", "m^2 student")
    caption = " ".join([f"Eigenvalues of {found.unit}.", *_remarks(found), _caption(found, "")]).strip()
    print_table(f"Spectrum, {found.net}, alpha={found.alpha:g}", columns, rows, caption)


def _edge_row(name: str, edge: Edge) -> tuple[str, ...]:
    return name, with_error(edge.value, edge.error, 8), edge.kind, "", "", ""


def _remarks(found: Spectrum) -> list[str]:
    edge, remarks = found.left_edge, []
    if edge.kind == "smooth" and np.isfinite(edge.tail_constant):
        remarks.append(
            f"Density ~ exp(-{number(edge.tail_constant)}/d) at the left edge, up to alpha = {edge.alpha_smooth:.6g}."
        )
    for side, end in (("left", found.left_edge), ("right", found.right_edge)):
        if end.reason:
            remarks.append(f"{side.capitalize()} edge: {end.kind}, because {end.reason}.")
    if found.zero_mass:
        remarks.append(f"A share {number(found.zero_mass)} of the eigenvalues is zero.")
    return remarks


def _caption(found: Threshold | Spectrum, reason: str) -> str:
    parts = []
    if found.averaging is not None:
        parts.append(f"Standard errors from {found.averaging.replicates} replicates of {found.points} points.")
        if not found.converged:
            parts.append(f"Not all are within the tolerance {found.averaging.tolerance:g}: give a larger one.")
    if reason:
        parts.append(f"{reason[:1].upper()}{reason[1:]}.")
    return " ".join(parts)
