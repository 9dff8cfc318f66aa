"""``bendscape spectrum``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..application import command
from ..networks import NetworkOptions
from ..options import Alpha
from ..render import Output, Table, number, sampling_note, with_error
from ..values import parse_number

if TYPE_CHECKING:
    from ...results import Edge
    from ...theory.verbs.exact_spectrum import Spectrum

__all__ = ["spectrum"]


@command(
    "spectrum --p 2 --p-star 1 --a 0.7 --alpha 2.5",
    "spectrum --p 2 --p-star 1 --activation tanh --alpha 6",
)
def spectrum(*, model: NetworkOptions, alpha: Alpha, output: Output) -> None:
    """Edges of the bulk and outliers at one alpha.

    Eigenvalues are those of the limit of infinite N. Each outlier comes with the squared overlap m^2 of its
    eigenvectors with the weights of the teacher and of the student.
    """
    from ...models.network import described
    from ...theory.verbs._spectrum import spectrum as solve

    output.check()
    net = model.network()
    result = solve(net, alpha=parse_number("alpha", alpha), averaging=model.averaging())
    output.show(lambda: described(net) | result.to_dict(), lambda: _table(result), lambda ax: _draw(result, ax))


def _draw(result: Spectrum, ax: Any) -> None:
    from ...plot import spectrum as draw

    draw(result, ax=ax)


def _table(result: Spectrum) -> Table:
    rows = [_edge_row("left edge", result.left_edge)] if result.left_edge else []
    for o in result.outliers:
        shares = [with_error(x.value, x.error, 6) for x in (o.overlap2_teacher, o.overlap2_student)]
        rows.append((f"{o.side} outlier", with_error(o.value, o.error, 8), o.sector, number(o.multiplicity), *shares))
    rows += [_edge_row("right edge", result.right_edge)] if result.right_edge else []
    columns = ("", "eigenvalue", "kind", "copies", "m^2 teacher", "m^2 student")
    caption = " ".join([f"Eigenvalues of {result.unit}.", *_remarks(result), sampling_note(result)]).strip()
    return Table(f"Spectrum, {result.net}, alpha={result.alpha:g}", columns, rows, caption)


def _edge_row(name: str, edge: Edge) -> tuple[str, ...]:
    return name, with_error(edge.value, edge.error, 8), edge.kind, "", "", ""


def _remarks(result: Spectrum) -> list[str]:
    """Sentences on the edges and on the eigenvalue zero."""
    edge, remarks = result.left_edge, []
    if edge.kind == "smooth" and math.isfinite(edge.tail_constant):
        remarks.append(
            f"Density ~ exp(-{number(edge.tail_constant)}/d) at the left edge, up to alpha = {edge.alpha_smooth:.6g}."
        )
    for side, end in (("left", result.left_edge), ("right", result.right_edge)):
        if end.reason:
            remarks.append(f"{side.capitalize()} edge: {end.kind}, because {end.reason}.")
    if result.zero_mass:
        remarks.append(f"A share {number(result.zero_mass)} of the eigenvalues is zero.")
    return remarks
