"""Datasets over grids as tables: a row for each point, a column for each variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .render import with_error

__all__ = ["HEADINGS", "grid_axes", "grid_rows"]

HEADINGS = {
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
_LAST = ("alpha", "N")  # axes that come after those of the network
_ERRORS = {"alpha_BBP": "error", "alpha_half": "stderr"}  # variables with the error; `<name>_stderr` for others


def grid_axes(data: Any) -> list[str]:
    """Names of the coordinates: numbers of the network in the order of the headings, then `alpha` and `N`."""
    names = [str(name) for name in data.coords]
    first = [name for name in HEADINGS if name in names and name not in _LAST]
    return first + [name for name in names if name not in HEADINGS] + [name for name in _LAST if name in names]


def grid_rows(data: Any, axes: Sequence[str], columns: Sequence[str], digits: int) -> list[list[str]]:
    """The texts of the columns at each point of the axes."""
    frame = data.expand_dims([name for name in axes if name not in data.dims]).to_dataframe().reset_index()
    return [[_cell(row, name, digits) for name in columns] for row in frame.to_dict("records")]


def _cell(row: dict[str, Any], name: str, digits: int) -> str:
    error = row.get(_ERRORS.get(name, f"{name}_stderr"), 0.0)
    return row[name] if isinstance(row[name], str) else with_error(float(row[name]), float(error), digits)
