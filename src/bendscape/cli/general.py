"""What commands print of a general network: numbers with errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import number, print_table

if TYPE_CHECKING:
    from ..theory.general import Estimate
    from ..theory.general.spectrum import GeneralEdge, GeneralSpectrum
    from ..theory.general.threshold import GeneralThreshold

__all__ = ["print_spectrum", "print_threshold", "spectrum_record", "threshold_record"]


def _estimate(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "error": found.error}


def _text(value: float, error: float, digits: int = 6) -> str:
    return number(value, digits) if error == 0 else f"{number(value, digits)} +- {number(error, 2)}"


def _head(found: GeneralSpectrum | GeneralThreshold) -> dict[str, Any]:
    return {"network": str(found.net), "p": found.net.p, "p_star": found.net.p_star}


def _tail(found: GeneralSpectrum | GeneralThreshold) -> dict[str, Any]:
    used = found.averaging
    return {
        "converged": found.converged,
        "points": found.points,
        "replicates": used.replicates,
        "tolerance": used.tolerance,
        "seed": used.seed,
    }


def threshold_record(found: GeneralThreshold) -> dict[str, Any]:
    """For JSON."""
    keys = ("alpha", "error", "side", "kind", "sector", "multiplicity", "reason")
    return {
        **_head(found),
        **{key: getattr(found, key) for key in keys},
        "unit": "H",
        "edge": _estimate(found.edge),
        "overlap2_jump": _estimate(found.overlap2_jump),
        **_tail(found),
    }


def print_threshold(found: GeneralThreshold) -> None:
    """A table."""
    jump, edge = found.overlap2_jump, found.edge
    rows = [
        ("alpha_BBP", _text(found.alpha, found.error), f"outliers leave the bulk on the {found.side}"),
        ("kind", found.kind, "how the overlap starts"),
        ("jump of m^2", _text(jump.value, jump.error), "squared overlap just above"),
        ("edge", _text(edge.value, edge.error), "at the threshold, in units of H"),
        ("copies", str(found.multiplicity), f"of the outlier; directions: {found.sector}"),
    ]
    print_table(f"BBP threshold, {found.net}", ("quantity", "value", ""), rows, _caption(found, found.reason))


def spectrum_record(found: GeneralSpectrum) -> dict[str, Any]:
    """For JSON."""

    def edge(one: Any) -> dict[str, Any]:
        return {key: getattr(one, key) for key in ("value", "error", "kind", "reason")}

    keys = ("value", "error", "side", "sector", "multiplicity", "residual", "share")
    outliers = [
        {key: getattr(o, key) for key in keys}
        | {
            "overlap2_teacher": _estimate(o.overlap2_teacher),
            "overlap2_student": _estimate(o.overlap2_student),
        }
        for o in found.outliers
    ]
    return {
        **_head(found),
        "alpha": found.alpha,
        "unit": found.unit,
        "left_edge": edge(found.left_edge),
        "right_edge": edge(found.right_edge),
        "outliers": outliers,
        **_tail(found),
    }


def print_spectrum(found: GeneralSpectrum) -> None:
    """A table."""

    def edge(name: str, one: GeneralEdge) -> tuple[str, ...]:
        return name, _text(one.value, one.error), one.kind, "", "", ""

    rows = [edge("left edge", found.left_edge)]
    for o in found.outliers:
        shares = [_text(x.value, x.error, 4) for x in (o.overlap2_teacher, o.overlap2_student)]
        row = (f"{o.side} outlier", _text(o.value, o.error), o.sector, number(o.multiplicity), *shares)
        rows.append(row)
    rows.append(edge("right edge", found.right_edge))
    reasons = [e.reason for e in (found.left_edge, found.right_edge) if e.reason]
    columns = ("", "eigenvalue", "kind", "copies", "m^2 teacher", "m^2 student")
    print_table(f"Spectrum, {found.net}, alpha={found.alpha:g}", columns, rows, _caption(found, "; ".join(reasons)))


def _caption(found: GeneralSpectrum | GeneralThreshold, reason: str) -> str:
    text = f"Standard errors from {found.averaging.replicates} replicates of {found.points} points."
    if not found.converged:
        text += f" Not all are within the tolerance {found.averaging.tolerance:g}: give a larger one."
    return f"{text} {reason[:1].upper()}{reason[1:]}." if reason else text
