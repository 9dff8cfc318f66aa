"""``bendscape threshold``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..application import command
from ..networks import NetworkOptions
from ..options import Side
from ..render import Output, Table, number, sampling_note, with_error

if TYPE_CHECKING:
    from ...theory.verbs.exact_threshold import Threshold

__all__ = ["threshold"]

_CURVE, _SAMPLED_CURVE = 300, 13  # points of a curve of overlaps, and of one whose points take seconds each


@command(
    "threshold --p 2 --p-star 1 --a 0.7",
    "threshold --p 2 --p-star 1 --activation tanh --loss huber --noise 0.5",
)
def threshold(
    *,
    model: NetworkOptions,
    window: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Window of the linear fit for alpha_0, in units of alpha_BBP."),
    ] = None,
    side: Side = None,
    output: Output,
) -> None:
    """Threshold alpha_BBP: where outliers leave the bulk.

    alpha = M/N is the number of samples divided by the input dimension. From alpha_BBP on, some eigenvalues of the
    Hessian leave the bulk, and their eigenvectors have an overlap with the teacher's weights. The table also says
    whether this overlap grows from zero (continuous) or jumps (discontinuous).
    """
    from ...models.network import described
    from ...theory.verbs._threshold import threshold as solve

    output.check()
    net: Any = model.network()
    result = solve(net, window=window, side=side, averaging=model.averaging(), progress=True)  # type: ignore[arg-type]
    output.show(lambda: described(net) | result.to_dict(), lambda: _table(result), lambda ax: _draw(result, ax))


def _table(result: Threshold) -> Table:
    jump, edge = result.overlap2_jump, result.edge
    leaving = "smallest" if result.side == "left" else "largest"
    rows = [
        ("alpha_BBP", with_error(result.alpha, result.error, 10), f"{leaving} eigenvalues leave the bulk"),
        ("kind", result.kind, "how the overlap starts"),
        ("jump of m^2", with_error(jump.value, jump.error), "squared overlap just above"),
        (f"{result.side} edge", with_error(edge.value, edge.error), f"at the threshold, in units of {result.unit}"),
        ("copies", number(result.multiplicity), f"of the outlier; directions: {result.sector}"),
    ]
    rows += _extrapolated(result) if result.window else []
    reason = f"{result.reason[:1].upper()}{result.reason[1:]}." if result.reason else ""
    caption = f"{sampling_note(result)} {reason}".strip()
    return Table(f"BBP threshold, {result.net}", ("quantity", "value", ""), rows, caption)


def _extrapolated(result: Threshold) -> list[tuple[str, str, str]]:
    line = result.alpha_0_window
    low, high = line.window[0] / result.alpha, line.window[1] / result.alpha
    negative = "; negative, so it has no meaning" if result.alpha_0_tangent < 0 else ""
    window = f"{number(line.alpha)} +- {number(line.error, 2)}"
    return [
        ("alpha_smooth", number(result.alpha_smooth), f"{result.side} edge is smooth up to here"),
        ("alpha_0, tangent", number(result.alpha_0_tangent), "zero of the tangent at alpha_BBP" + negative),
        ("alpha_0, window", window, f"line over {low:g} to {high:g} alpha_BBP"),
    ]


def _draw(result: Threshold, ax: Any) -> None:
    """The overlap against alpha, around the threshold."""
    import numpy as np

    from ...plot import overlap as draw
    from ...theory.verbs._overlap import overlap

    around = (1 - 1e-9, 1 + 1e-9)
    exact = result.averaging is None
    ratios = np.linspace(0.05, 3.0, _CURVE) if exact else np.linspace(0.5, 2.0, _SAMPLED_CURVE)
    points = result.alpha * (np.unique(np.append(ratios, around)) if exact else ratios)
    draw(overlap(result.net, alpha=points, side=result.side, averaging=result.averaging), ax=ax)
    ax.axvline(result.alpha, ls=":", color="0.6", lw=1)
    ax.set_title(str(result.net))
