r"""The overlap with the teacher as the data grow: ``bs.overlap(net, alpha=array)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import sample_ratios
from ..errors import LimitError
from ..expected import choice
from ..models.methods import HessianMethod
from ..models.network import IsotropicNetwork, described
from ..models.quadratic import QuadraticNetwork
from ..results import Side
from .bulk import inverse_stieltjes
from .combination import combined_limit
from .edges import edge_position, smooth_limit
from .law.averages import Sampled, averages_of
from .measure import Array, CurvatureMeasure
from .outliers import outlier_position, overlap2
from .quadrature import real_measure
from .transition import first_transition

if TYPE_CHECKING:
    import xarray as xr

    from .general import Averaging

__all__ = ["curve_of", "overlap", "teacher_curve"]


def teacher_curve(law: IsotropicNetwork, alpha: Array, side: Side = "left") -> dict[str, Array]:
    """Edge, its kind, the teacher's outlier (nan where none) and `m^2` (zero where none), for each `alpha`."""
    measure = real_measure(law)
    if side == "left":
        return curve_of(measure, alpha, law.scale)
    mirrored = curve_of(measure.mirrored(), alpha, -law.scale)
    return {key.replace("left", "right"): column for key, column in mirrored.items()}


def curve_of(measure: CurvatureMeasure, alpha: Array, scale: float) -> dict[str, Array]:
    """The same from any law of the curvature that has a lower end; eigenvalues are multiplied by `scale`."""
    end = measure.lower
    assert end is not None
    u_edge = edge_position(measure, alpha, end)
    u = outlier_position(measure, alpha, "teacher", "left", u_edge)
    out = ~np.isnan(u)
    g = np.exp(-np.where(out, u, u_edge)) / end.value
    beyond = "smooth" if end.kind == "exponential" else "power"
    return {
        "left_edge": scale * inverse_stieltjes(measure, alpha, np.exp(-u_edge) / end.value),
        "edge_kind": np.where(alpha > smooth_limit(measure, end), "sharp", beyond),
        "outlier": np.where(out, scale * inverse_stieltjes(measure, alpha, g), np.nan),
        "overlap2": np.where(out, overlap2(measure, alpha, g, "teacher"), 0.0),
    }


LONG_NAMES = {
    "left_edge": "left edge of the bulk",
    "right_edge": "right edge of the bulk",
    "edge_kind": "how the density starts at the {side} edge",
    "outlier": "teacher outlier {side} of the bulk",
    "overlap2": "squared overlap of the outlier's eigenvector with the teacher's span",
}
STUDENTS_NAMES = {
    "overlap2_each": "squared overlap with the teacher, of one eigenvector",
    "overlap2": "squared overlap with the teacher, of the combination over neurons and students",
}


def overlap(net: Any, *, alpha: Any, side: Side | None = None, averaging: Averaging | None = None) -> xr.Dataset:
    r"""Squared overlap `m^2` of the outlier eigenvectors with the teacher's span, against `alpha`.

    `m^2 = 1/(1 - alpha <y A^2>/z'(g))` at the outlier; zero where there is none.

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod
    alpha : array_like
        Positive, one axis (or one number).
    side : {"left", "right"}, optional
        Of the bulk; by default the one on which the first outlier leaves.
    averaging : Averaging, optional
        Which error is wanted where averages are sampled.

    Returns
    -------
    xarray.Dataset
        `overlap2`, `outlier` (nan where none), `left_edge` (or `right_edge`) and `edge_kind` over `alpha`; where
        averages are sampled, with standard errors, as `overlap2_stderr`. Of several directions of the teacher the one
        that leaves the bulk first. Of a :class:`~bendscape.HessianMethod` `overlap2` is that of the eigenvectors of all
        neurons and students together, `overlap2_each` that of one.

    Raises
    ------
    InvalidParameterError
        If `alpha` is empty, not one axis, or not positive and finite.
    LimitError
        If the bulk has no end on that side, or several students of another network than the paper's are combined.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.overlap(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), alpha=[1.3, 1.4])
    >>> data.overlap2.values.round(4).tolist()
    [0.0, 0.1301]
    """
    points = sample_ratios(alpha)
    if side is not None:
        choice("side", side, ("left", "right"))
    if isinstance(net, HessianMethod):
        return _of_students(net, points, side, averaging)
    averages = averages_of(net, averaging)
    if isinstance(averages, Sampled):
        from .general.overlap import general_overlap

        return general_overlap(averages.net, points, side, averages.averaging)
    where, _, reason = first_transition(averages, averages.sides if side is None else (side,))
    if averages.curvature_edges[where == "right"] is None:
        raise LimitError(f"{net} has no edge on the {where}, because {reason}: give the other side, or another loss")
    return _dataset(averages, points, where).assign_attrs(described(net), unit=averages.unit)


def _of_students(method: HessianMethod, alpha: Array, side: Side | None, averaging: Averaging | None) -> xr.Dataset:
    """Edge and outlier are those of each student's Hessian; the overlap is that of all eigenvectors together."""
    net = averages_of(method.net, averaging)
    if not isinstance(net, QuadraticNetwork):
        raise LimitError(
            f"{method}: what several students have together is derived for the paper's loss, quadratic neurons and "
            "labels without noise: give the network alone, or simulate with bs.simulation.hessian_directions"
        )
    data = overlap(net, alpha=alpha, side=side)
    columns = dict(zip(STUDENTS_NAMES, combined_limit(net, alpha, method.students), strict=True))
    both = {name: ("alpha", column, {"long_name": STUDENTS_NAMES[name]}) for name, column in columns.items()}
    return data.assign(both).assign_attrs(inits=method.students)


def _dataset(law: IsotropicNetwork, alpha: Array, side: Side) -> xr.Dataset:
    import xarray as xr

    curve = teacher_curve(law, alpha, side)
    units = {key: {"units": law.unit} for key in (f"{side}_edge", "outlier")}
    return xr.Dataset(
        {
            key: ("alpha", column, {"long_name": LONG_NAMES[key].format(side=side)} | units.get(key, {}))
            for key, column in curve.items()
        },
        coords={"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})},
    )
