"""``bendscape phase-diagram``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...errors import InvalidParameterError
from ..application import command
from ..grids import HEADINGS, grid_axes, grid_rows
from ..networks import NetworkFamily, what_stays
from ..options import GRID, Samples, Seed
from ..render import Output, Table, number
from ..values import parse_grid

__all__ = ["phase_diagram"]

_UPWARDS = ("p", "p_star", "alpha", "a")  # axes of a map, from those that go upwards to those that go to the right
_WITH_N = ["alpha_BBP", "alpha_0_tangent", "alpha_half", "width", "overlap2"]
_THRESHOLD_ONLY = ("kind", "side", "overlap2_jump", "alpha_smooth", "alpha_0_tangent")  # left out with --alpha
_REASONS = 3  # that are printed


@command(
    "phase-diagram --p 1:10 --p-star 1 --a 0.1:3:30:log --plot map.png",
    "phase-diagram --p 2 --p-star 1 --a 0.5:3:6 --noise 0:1:5",
)
def phase_diagram(
    *,
    model: NetworkFamily,
    alpha: Annotated[
        str | None,
        typer.Option("--alpha", metavar="GRID", help=f"Add edge, outlier and overlap at each of these alpha: {GRID}."),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option("--N", metavar="GRID", help=f"Add thresholds of samples with these input dimensions: {GRID}."),
    ] = None,
    samples: Samples = 50,
    seed: Seed = 0,
    variable: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Variable that --plot shows: alpha_BBP by default, alpha_half with --N."),
    ] = None,
    output: Output,
) -> None:
    """Thresholds over grids of widths, constants and noise.

    Each option --p, --p-star, --a, --noise and each parameter of --loss may be a grid: a list 1,2,inf, integers 1:10,
    low:high:count, or low:high:count:log. --samples and --seed are for the samples that --N asks for.
    """
    from ...theory._phase_diagram import phase_diagram as solve

    output.check()
    net: Any
    net, numbers = model.family()
    axes = {name: parse_grid(name, text) for name, text in (("alpha", alpha), ("N", n)) if text}
    given: dict[str, Any] = numbers | axes | ({"samples": samples, "seed": seed} if n else {})
    data = solve(net, **given, averaging=model.averaging(), progress=True)
    output.show(data.to_dict, lambda: _table(data, what_stays(net)), lambda ax: _draw(data, variable, ax))


def _table(data: Any, model: str) -> Table:
    """A row for each point; numbers with one value are in the title."""
    axes = grid_axes(data)
    fixed = [f"{HEADINGS.get(name, name)} = {number(float(data[name]))}" for name in axes if name not in data.dims]
    columns = [name for name in axes if name in data.dims] + _columns(data)
    title = ", ".join(["Phase diagram", *fixed, *([model] if model else [])])
    return Table(
        title, [HEADINGS.get(name, name) for name in columns], grid_rows(data, axes, columns, 5), _reasons(data)
    )


def _reasons(data: Any) -> str | None:
    """Why points have no threshold, each reason once."""
    import numpy as np

    missing = np.isin(data.kind.values, ["none", "undecided"])
    texts = list(dict.fromkeys(data.reason.values[missing].tolist()))
    rest = [f"and {len(texts) - _REASONS} other reasons: see --json"] if len(texts) > _REASONS else []
    return "\n".join(texts[:_REASONS] + rest) or None


def _columns(data: Any) -> list[str]:
    """Variables to show."""
    import numpy as np

    columns = _WITH_N if "alpha_half" in data else [name for name in HEADINGS if name in data.data_vars]
    if "left_edge" in data or "right_edge" in data:
        columns = [name for name in columns if name not in _THRESHOLD_ONLY]
    if np.isin(data.side.values, ["left", ""]).all():
        columns = [name for name in columns if name != "side"]
    return columns


def _draw(data: Any, variable: str | None, ax: Any) -> None:
    """A map over two axes, or a curve over one; thresholds of finite size stand beside their limits."""
    from ...plot import phase_diagram as draw
    from ...plot.style import label

    name = variable or ("alpha_half" if "alpha_half" in data else "alpha_BBP")
    names = [key for key in data if data[key].dtype.kind == "f" and data[key].ndim in (1, 2)]
    if name not in names:
        listed = ", ".join(map(str, names)) or "nothing here: give one grid or two"
        raise InvalidParameterError(f"variable = {name!r}: what can be drawn is {listed}")
    if data[name].ndim == 1:
        (line,) = data[name].dims
        ax.plot(data[line], data[name], "o-")
        ax.set(xlabel=label(data[line]), ylabel=label(data[name]), xscale="log" if line == "N" else "linear")
    elif name == "alpha_half" and "N" in data[name].dims:
        _draw_sizes(data, ax)
    else:
        order = [*_UPWARDS, *(axis for axis in grid_axes(data) if axis not in _UPWARDS)]
        y, x = sorted(data[name].dims, key=order.index)
        draw(data, name, x=x, y=y, ax=ax)


def _draw_sizes(data: Any, ax: Any) -> None:
    """Thresholds of finite size against `a` if that is the longer axis, else against `N`."""
    from ...plot import finite_phase_diagram, finite_threshold

    against_a = data.sizes.get("a", 0) > data.sizes["N"]
    finite_phase_diagram(data, ax=ax) if against_a else finite_threshold(data, ax=ax)
