r"""Edge, outlier and overlap of the teacher against `alpha`, for a law of one number."""

from __future__ import annotations

import numpy as np

from ..._types import Array
from ...models.network import IsotropicNetwork
from ...results import Side
from ..law.measure import CurvatureMeasure
from ..law.quadrature import real_measure
from .bulk import inverse_stieltjes
from .edges import edge_position, smooth_limit
from .outliers import outlier_position, overlap2

__all__ = ["curve_of", "teacher_curve"]


def teacher_curve(law: IsotropicNetwork, alpha: Array, side: Side = "left") -> dict[str, Array]:
    """Edge, its kind, the teacher's outlier (nan where none) and `m^2` (zero where none), for each `alpha`."""
    measure = real_measure(law)
    if side == "left":
        return curve_of(measure, alpha, law.scale)
    columns = curve_of(measure.negated(), alpha, -law.scale)
    return {key.replace("left", "right"): column for key, column in columns.items()}


def curve_of(measure: CurvatureMeasure, alpha: Array, scale: float) -> dict[str, Array]:
    """Compute the columns of :func:`teacher_curve` for a law of the curvature with a lower end, in units of `scale`."""
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
