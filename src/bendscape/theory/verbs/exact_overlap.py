r"""The overlap with the teacher as the data grow, for a scalar law, and for several students combined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..._types import Array
from ...errors import LimitError
from ...models.methods import HessianMethod
from ...models.network import IsotropicNetwork, described
from ...results import Side
from ..resolvent.combination import combined_limit
from ..resolvent.curves import teacher_curve
from ..resolvent.onset import first_transition

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LONG_NAMES", "STUDENTS_NAMES", "overlap_of_law", "overlap_of_students"]

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


def overlap_of_law(net: Any, law: IsotropicNetwork, alpha: Array, side: Side | None) -> xr.Dataset:
    """Solve :func:`bendscape.overlap` for a scalar law, by default on the side where the first outlier leaves."""
    where, _, reason = first_transition(law, law.sides if side is None else (side,))
    if law.curvature_edges[where == "right"] is None:
        raise LimitError(f"{net} has no edge on the {where}, because {reason}: give the other side, or another loss")
    return _dataset(law, alpha, where).assign_attrs(described(net), unit=law.unit)


def overlap_of_students(
    method: HessianMethod, laws: Sequence[IsotropicNetwork], alpha: Array, side: Side | None
) -> xr.Dataset:
    """Edge and outlier of each student's Hessian, and the overlap of all students' eigenvectors combined."""
    if not laws or not laws[0].closed:
        raise LimitError(
            f"{method}: the combined overlap is derived for the paper's loss, quadratic neurons and labels without "
            "noise only: give the network alone, or simulate with bs.simulation.hessian_directions"
        )
    net: Any = laws[0]
    data = overlap_of_law(net, net, alpha, side)
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
