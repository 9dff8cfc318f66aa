r"""Outliers: eigenvalues outside the bulk, where a sector's `z(g) = alpha T(g)` has a solution.

With `A = f/(1 - g f)`, a sector's `T(g)` is the average of `A` with the sector's weights (docs/theory.md). The
eigenvector's squared overlap with the directions of the sector is `1/(1 - alpha T'(g)/z'(g))`: the derivative of
`z - alpha T(z)` at its zero, as in every BBP transition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.network import IsotropicNetwork, Sector
from .bulk import inverse_stieltjes, inverse_stieltjes_slope
from .edges import Side, edge_position, law_end
from .measure import Array, CurvatureMeasure
from .roots import FAR, find_root

__all__ = ["Outlier", "outlier_position", "outliers_at", "overlap2"]


@dataclass(frozen=True)
class Outlier:
    """An eigenvalue outside the bulk, with the share of its eigenvectors in the known directions.

    Attributes
    ----------
    value : float
        The eigenvalue, in the unit of the spectrum.
    side : {"left", "right"}
        Of the bulk.
    sector : str
        ``"teacher"``, or the student's ``"trace"``, ``"antisym"``, ``"sym"``.
    multiplicity : float
        How many eigenvalues sit there; infinite at `p = inf`.
    overlap2_teacher, overlap2_student : float
        Squared norm of the projection of a unit eigenvector, reshaped to `p x N`, on the span of the teacher's (the
        student's) weight vectors.
    residual : float
        `|z - alpha T|` at the solution, in the unit of the spectrum.
    """

    value: float
    side: Side
    sector: str
    multiplicity: float
    overlap2_teacher: float
    overlap2_student: float
    residual: float


def sector_gap(measure: CurvatureMeasure, alpha: Array, g: Array, sector: str) -> Array:
    """`g (z(g) - alpha T(g))`: one far from the bulk, negative between an outlier and the edge."""
    return np.asarray(1.0 + alpha * g * (measure.mean(g) - measure.mean(g, over=sector)))


def outlier_position(measure: CurvatureMeasure, alpha: Array, sector: str, side: Side, u_edge: Array) -> Array:
    """`u` such that `g = exp(-u)/f_end` at the outlier, for each `alpha`; nan where there is none."""
    end = law_end(measure, side)
    assert end is not None

    def gap(u: Array, alpha: Array) -> Array:
        return sector_gap(measure, alpha, np.exp(-u) / end.value, sector)

    u = np.full_like(u_edge, np.nan)
    out = gap(u_edge, alpha) < 0
    if np.any(out):
        u[out] = find_root(gap, u_edge[out], FAR, alpha[out])
    return u


def overlap2(measure: CurvatureMeasure, alpha: Array, g: Array, sector: str) -> Array:
    """`1/(1 - alpha T'(g)/z'(g))`, with `T' = <A^2>` in the sector's weights."""
    slope = inverse_stieltjes_slope(measure, alpha, g)
    return np.asarray(slope / (slope - alpha * g**2 * measure.mean(g, power=2, over=sector)))


def _outlier(measure: CurvatureMeasure, alpha: Array, sector: Sector, side: Side, scale: float) -> Outlier | None:
    end = law_end(measure, side)
    if end is None:
        return None
    u = outlier_position(measure, alpha, sector.name, side, edge_position(measure, alpha, end))
    if np.isnan(u):
        return None
    g = np.exp(-u) / end.value
    m2 = float(overlap2(measure, alpha, g, sector.name))
    residual = abs(float(sector_gap(measure, alpha, g, sector.name) / g))
    on = {"teacher": 0.0, "student": 0.0} | {sector.span: m2}
    value = scale * float(inverse_stieltjes(measure, alpha, g))
    return Outlier(value, side, sector.name, sector.multiplicity, on["teacher"], on["student"], scale * residual)


def outliers_at(net: IsotropicNetwork, measure: CurvatureMeasure, alpha: float, scale: float) -> tuple[Outlier, ...]:
    """All outliers, from the smallest eigenvalue up."""
    sides: tuple[Side, Side] = ("left", "right")
    found = [_outlier(measure, np.asarray(alpha), sector, side, scale) for sector in net.sectors for side in sides]
    return tuple(sorted((o for o in found if o is not None), key=lambda o: o.value))
