r"""Thresholds and spectra over grids of parameters: ``bs.phase_diagram(...)``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import flag, grid, sample_ratios
from ..memory import reserve
from ..models.quadratic import QuadraticNetwork
from ..progress import tracked
from ..units import hessian_scale
from .measure import Array
from .overlap import LONG_NAMES, teacher_curve
from .transition import transition

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["phase_diagram"]

_AXES = {
    "p": "neurons of the student",
    "p_star": "neurons of the teacher",
    "a": "constant in the loss",
    "alpha": "samples over inputs, M/N",
}
_THRESHOLD_NAMES = {
    "alpha_BBP": "threshold of the BBP transition",
    "kind": "kind of the transition",
    "overlap2_jump": "squared overlap just above the threshold",
    "alpha_smooth": "largest alpha with a smooth left edge",
    "alpha_0_tangent": "zero of the tangent to the squared overlap at the threshold",
    "edge": "left edge at the threshold",
}
_CURVES = ("left_edge", "edge_kind", "outlier", "overlap2")
_AT_ONCE, _EACH = 60_000, 1000  # bytes: of one `a`, which are solved together, and of one point of the result
_PROGRESS_FROM = 2000  # points below which no bar is worth its flicker


def phase_diagram(*, p: Any, p_star: Any, a: Any, alpha: Any = None, progress: bool = False) -> xr.Dataset:
    r"""Thresholds over grids of `p`, `p_star` and `a`; with `alpha`, the spectrum's edge and outlier as well.

    Parameters
    ----------
    p, p_star, a : number or array_like
        Arrays become dimensions of the result, numbers become scalar coordinates. `p` may hold ``inf``.
    alpha : number or array_like, optional
        If given, `left_edge`, `edge_kind`, `outlier` and `overlap2` are computed at these `alpha` too.
    progress : bool
        Draw a progress bar on standard error when the grid is large.

    Returns
    -------
    xarray.Dataset
        `alpha_BBP`, `kind`, `overlap2_jump`, `alpha_smooth`, `alpha_0_tangent` and `edge` over `p`, `p_star`, `a`.
        Every point is there; each is accurate as for :func:`bendscape.threshold`.

    Raises
    ------
    InvalidParameterError
        If a grid is empty or holds a value outside its domain.

    Examples
    --------
    >>> import bendscape as bs
    >>> diagram = bs.phase_diagram(p=[1, 2, float("inf")], p_star=1, a=[0.7, 1.5])
    >>> diagram.alpha_BBP.round(4).values.tolist()
    [[1.2434, 1.3745], [0.9271, 1.3229], [0.85, 1.25]]
    >>> diagram.kind.sel(a=0.7).values.tolist()
    ['continuous', 'continuous', 'discontinuous']
    """
    given = {"p": p, "p_star": p_star, "a": a} | ({} if alpha is None else {"alpha": alpha})
    axes = {name: sample_ratios(values) if name == "alpha" else grid(name, values) for name, values in given.items()}
    progress, sizes = flag("progress", progress), [values.size for values in axes.values()]
    reserve(
        _AT_ONCE * axes["a"].size + _EACH * math.prod(sizes),
        f"a diagram of {' x '.join(map(str, sizes))} points",
        "give coarser grids, or parts of them",
    )
    nets = {
        (i, j): [QuadraticNetwork(width, int(star) if star.is_integer() else star, x) for x in axes["a"].tolist()]
        for (i, width), (j, star) in itertools.product(
            enumerate(axes["p"].tolist()), enumerate(axes["p_star"].tolist())
        )
    }
    shape = (axes["p"].size, axes["p_star"].size, axes["a"].size)
    table = _empty(shape, _THRESHOLD_NAMES)
    curves = _empty((*shape, axes["alpha"].size), _CURVES) if "alpha" in axes else {}
    steps = sum(len(row) for row in nets.values())
    for (i, j), row in tracked(nets.items(), "phase diagram" if progress and steps >= _PROGRESS_FROM else None):
        for name, values in _thresholds(row).items():
            table[name][i, j] = values
        for k, net in enumerate(row if curves else []):
            for name, values in teacher_curve(net, axes["alpha"]).items():
                curves[name][i, j, k] = values
    return _labelled(axes, given, table, curves)


def _thresholds(nets: list[QuadraticNetwork]) -> dict[str, Array]:
    order = np.argsort([net.a for net in nets], kind="stable")
    groups = itertools.groupby((nets[i] for i in order), key=lambda net: net.curvature_edges[0].kind)
    parts = [_columns(list(group)) for _, group in groups]
    back = np.argsort(order)
    return {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}


def _columns(nets: list[QuadraticNetwork]) -> dict[str, Array]:
    found = transition(nets)
    return {
        "alpha_BBP": found.alpha,
        "kind": np.where(found.discontinuous, "discontinuous", "continuous"),
        "overlap2_jump": found.jump,
        "alpha_smooth": found.alpha_smooth,
        "alpha_0_tangent": found.alpha_0,
        "edge": hessian_scale(nets[0].p) * found.edge,
    }


def _empty(shape: tuple[int, ...], names: Iterable[str]) -> dict[str, Array]:
    return {name: np.empty(shape, "U13" if "kind" in name else float) for name in names}


def _labelled(
    axes: dict[str, Array], given: dict[str, Any], table: dict[str, Array], curves: dict[str, Array]
) -> xr.Dataset:
    import xarray as xr

    dims = ("p", "p_star", "a")
    data: dict[str, Any] = {
        name: (dims, values, {"long_name": _THRESHOLD_NAMES[name]}) for name, values in table.items()
    }
    data |= {
        name: ((*dims, "alpha"), values, {"long_name": LONG_NAMES[name].format(side="left")})
        for name, values in curves.items()
    }
    coords = {name: (name, values, {"long_name": _AXES[name]}) for name, values in axes.items()}
    dataset = xr.Dataset(data, coords=coords)
    for name in ("edge", "left_edge", "outlier"):
        if name in dataset:
            dataset[name].attrs["units"] = "H, or (p/2) H at p = inf"
    return dataset.squeeze([name for name, values in given.items() if np.ndim(values) == 0])
