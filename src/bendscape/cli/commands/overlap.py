"""``bendscape overlap``."""

from __future__ import annotations

from typing import Annotated, Any

from ..application import command
from ..grids import HEADINGS, grid_rows
from ..networks import NetworkOptions
from ..options import AlphaGrid, Side, Whole
from ..render import Output, Table
from ..values import parse_grid

__all__ = ["overlap"]


@command("overlap --p 2 --p-star 1 --a 0.7 --alpha 0.5:4:15 --students 4")
def overlap(
    *,
    model: NetworkOptions,
    alpha: AlphaGrid,
    students: Annotated[
        int | None,
        Whole("--students", help="Number of random students at the same data; their eigenvectors are combined."),
    ] = None,
    side: Side = None,
    output: Output,
) -> None:
    """Squared overlap of outliers with the teacher over alpha.

    The squared overlap m^2 is zero where no outlier is correlated with the teacher, and one where its eigenvectors
    lie in the span of the teacher's weights.
    """
    from ...models.methods import HessianMethod
    from ...theory.verbs._overlap import overlap as solve

    output.check()
    net: Any = model.network()
    method = net if students is None else HessianMethod(net, students)
    data = solve(method, alpha=parse_grid("alpha", alpha), side=side, averaging=model.averaging())  # type: ignore[arg-type]
    output.show(data.to_dict, lambda: _table(data, str(method)), lambda ax: _draw(data, str(method), ax))


def _table(data: Any, name: str) -> Table:
    columns = ["alpha", *(column for column in HEADINGS if column in data.data_vars)]
    rows = grid_rows(data, ["alpha"], columns, 6)
    caption = f"Eigenvalues of {data.attrs['unit']}."
    return Table(f"Overlap, {name}", [HEADINGS[column] for column in columns], rows, caption)


def _draw(data: Any, name: str, ax: Any) -> None:
    from ...plot import overlap as draw

    draw(data, ax=ax)
    ax.set_title(name)
