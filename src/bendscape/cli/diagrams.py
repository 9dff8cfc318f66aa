"""What the commands print and draw over grids: overlaps against `alpha`, and phase diagrams."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidParameterError
from .output import number, print_table, with_error

__all__ = ["draw_diagram", "draw_overlap", "print_diagram", "print_overlap"]

_HEADINGS = {
    "p": "p",
    "p_star": "p*",
    "a": "a",
    "noise": "noise",
    "multiplicative_noise": "mult. noise",
    "alpha": "alpha",
    "N": "N",
    "left_edge": "left edge",
    "right_edge": "right edge",
    "edge_kind": "edge kind",
    "outlier": "outlier",
    "overlap2_each": "m^2 of each",
    "alpha_BBP": "alpha_BBP",
    "kind": "kind",
    "side": "side",
    "overlap2_jump": "jump",
    "alpha_smooth": "alpha_s",
    "alpha_0_tangent": "alpha_0",
    "alpha_half": "alpha_half",
    "width": "width",
    "overlap2": "m^2",
}
_LAST = ("alpha", "N")  # of the axes
_UPWARDS = ("p", "p_star", "alpha", "a")  # axes of a map, from those that go upwards to those that go to the right
_ERRORS = {"alpha_BBP": "error", "alpha_half": "stderr"}
_THRESHOLD_ONLY = ("kind", "side", "overlap2_jump", "alpha_smooth", "alpha_0_tangent")  # left out beside curves


def _axes(data: Any) -> list[str]:
    """The numbers of the network as they were given, then `alpha` or `N`."""
    names = [str(name) for name in data.coords]
    known = [name for name in _HEADINGS if name in names and name not in _LAST]
    return known + [name for name in names if name not in _HEADINGS] + [name for name in _LAST if name in names]


def _cell(row: dict[str, Any], name: str, digits: int) -> str:
    """A text, or a number with its error if it has one."""
    error = row.get(_ERRORS.get(name, f"{name}_stderr"), 0.0)
    return row[name] if isinstance(row[name], str) else with_error(float(row[name]), float(error), digits)


def _rows(data: Any, axes: list[str], columns: list[str], digits: int) -> list[list[str]]:
    """One for each point of the axes."""
    frame = data.expand_dims([name for name in axes if name not in data.dims]).to_dataframe().reset_index()
    return [[_cell(row, name, digits) for name in columns] for row in frame.to_dict("records")]


def print_diagram(data: Any, model: str) -> None:
    """A table with a row for each point; numbers that are everywhere the same are in the title."""
    axes = _axes(data)
    fixed = [f"{_HEADINGS.get(name, name)} = {number(float(data[name]))}" for name in axes if name not in data.dims]
    columns = [name for name in _HEADINGS if name in data.data_vars]
    if "left_edge" in data or "right_edge" in data:
        columns = [name for name in columns if name not in _THRESHOLD_ONLY]
    if "alpha_half" in data:
        columns = ["alpha_BBP", "alpha_0_tangent", "alpha_half", "width", "overlap2"]
    if np.isin(data.side.values, ["left", ""]).all():
        columns = [name for name in columns if name != "side"]
    shown = [name for name in axes if name in data.dims] + columns
    title = ", ".join(["Phase diagram", *fixed, *([model] if model else [])])
    print_table(title, [_HEADINGS.get(name, name) for name in shown], _rows(data, axes, shown, 5))


def print_overlap(data: Any, model: str) -> None:
    """A table with a row for each `alpha`; standard errors stand beside what is sampled."""
    shown = ["alpha", *(name for name in _HEADINGS if name in data.data_vars)]
    headings = [_HEADINGS[name] for name in shown]
    print_table(
        f"Overlap, {model}", headings, _rows(data, ["alpha"], shown, 6), f"Eigenvalues of {data.attrs['unit']}."
    )


def draw_overlap(data: Any, name: str, ax: Any) -> None:
    """The curve."""
    from ..plot import overlap as draw

    draw(data, ax=ax)
    ax.set_title(name)


def draw_diagram(data: Any, variable: str | None, ax: Any) -> None:
    """A map over two axes, or a curve over one; thresholds of finite size stand beside their limits."""
    from ..plot import phase_diagram
    from ..plot.style import label

    name = variable or ("alpha_half" if "alpha_half" in data else "alpha_BBP")
    names = [key for key in data if data[key].dtype.kind == "f" and data[key].ndim in (1, 2)]
    if name not in names:
        listed = ", ".join(map(str, names)) or "nothing here: give one grid or two"
        raise InvalidParameterError(f"variable = {name!r}: what can be drawn is {listed}")
    if data[name].ndim == 1:
        (line,) = data[name].dims
        ax.plot(data[line], data[name], "o-")
        ax.set(xlabel=label(data[line]), ylabel=label(data[name]), xscale="log" if line == "N" else "linear")
        return
    if name == "alpha_half" and "N" in data[name].dims:
        _draw_sizes(data, ax)
        return
    order = [*_UPWARDS, *(axis for axis in _axes(data) if axis not in _UPWARDS)]
    y, x = sorted(data[name].dims, key=order.index)
    phase_diagram(data, name, x=x, y=y, ax=ax)


def _draw_sizes(data: Any, ax: Any) -> None:
    """Against `a` if that is the longer axis, else against `N`."""
    from ..plot import finite_phase_diagram, finite_threshold

    against_a = data.sizes.get("a", 0) > data.sizes["N"]
    finite_phase_diagram(data, ax=ax) if against_a else finite_threshold(data, ax=ax)
