r"""Outliers: eigenvalues outside the bulk, where a sector's `z(g) = alpha T(g)` has a solution.

With `A = f/(1 - g f)`, a sector's `T(g)` is the average of `A` with the sector's weights: :eq:`teacher`, :eq:`student`,
and a branch of the matrix :eq:`label-law` where directions of the teacher mix. The eigenvector's squared overlap with
the directions of the sector is `1/(1 - alpha T'(g)/z'(g))`: the residue of :eq:`projected` at the outlier, as in every
BBP transition.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..._types import Array
from ...models.network import IsotropicNetwork, Sector
from ...results import Estimate, Outlier, Side
from ..law.measure import CurvatureMeasure
from ..numerics.roots import U_MAX, find_root
from .bulk import inverse_stieltjes, inverse_stieltjes_slope
from .edges import edge_position, law_end, rounding

__all__ = ["Outlier", "outlier_position", "outliers_at", "overlap2"]


_SAME_EIGENVALUE = 1e-9  # relative distance below which two eigenvalues count as one


def sector_gap(measure: CurvatureMeasure, alpha: Array, g: Array, sector: str, rank: int = 0) -> Array:
    """Return `g (z(g) - alpha t(g))`, :eq:`branches`: one far from the bulk, negative from an outlier to the edge."""
    return np.asarray(1.0 + alpha * g * (measure.mean(g) - measure.lowest(g, sector, rank)))


def outlier_position(
    measure: CurvatureMeasure, alpha: Array, sector: str, side: Side, u_edge: Array, rank: int = 0
) -> Array:
    """Solve for `u`, `g = exp(-u)/f_end` at the outlier, for each `alpha`; nan where there is none."""
    end = law_end(measure, side)
    assert end is not None

    def gap(u: Array, alpha: Array) -> Array:
        return sector_gap(measure, alpha, np.exp(-u) / end.value, sector, rank)

    u = np.full_like(u_edge, np.nan)
    out = gap(u_edge, alpha) < 0
    if np.any(out):
        u[out] = find_root(gap, u_edge[out], U_MAX, alpha[out])
    return u


def overlap2(measure: CurvatureMeasure, alpha: Array, g: Array, sector: str, rank: int = 0) -> Array:
    """Return `1/(1 - alpha t'(g)/z'(g))`: :eq:`overlap`, with the sector's `t' = <A^2>`, or :eq:`branch-overlap`."""
    slope = inverse_stieltjes_slope(measure, alpha, g)
    if measure.directions(sector) == 1:
        square = measure.mean(g, power=2, over=sector)
    else:
        _, square, _ = measure.branch(g, sector, rank)
    return np.asarray(slope / (slope - alpha * g**2 * square))


def _outlier(
    measure: CurvatureMeasure, alpha: Array, sector: Sector, rank: int, side: Side, scale: float, u_edge: Array
) -> Outlier | None:
    end = law_end(measure, side)
    if end is None:
        return None
    u = outlier_position(measure, alpha, sector.name, side, u_edge, rank)
    if np.isnan(u):
        return None
    g = np.exp(-u) / end.value
    residual = abs(float(sector_gap(measure, alpha, g, sector.name, rank) / g))
    m2 = float(overlap2(measure, alpha, g, sector.name, rank))
    shared = Estimate(m2, _overlap_error(measure, alpha, g, m2))
    none, value = Estimate(0.0), scale * float(inverse_stieltjes(measure, alpha, g))
    teacher, student = (shared, none) if sector.span == "teacher" else (none, shared)
    error = scale * rounding(measure, float(alpha), float(g))
    return Outlier(value, side, sector.name, sector.multiplicity, teacher, student, scale * residual, error)


def _overlap_error(measure: CurvatureMeasure, alpha: Array, g: Array, m2: float) -> float:
    """Error of `m2 = S/(S - T)`, `S = alpha g^2 <A^2> - 1`, from that of the averages in `S` and `T`."""
    slope = float(inverse_stieltjes_slope(measure, alpha, g))
    total = slope / m2 if m2 else 1.0
    return measure.error * (1 - m2) * (2 + abs(slope)) / abs(total) + measure.error * m2


def outliers_at(net: IsotropicNetwork, measure: CurvatureMeasure, alpha: float, scale: float) -> tuple[Outlier, ...]:
    """Solve for all outliers on both sides of the bulk, from the smallest eigenvalue up."""
    sides: tuple[Side, Side] = ("left", "right")
    outliers, at = [], np.asarray(alpha)
    for side in sides:
        end = law_end(measure, side)
        edge = at if end is None else edge_position(measure, at, end)
        for sector in net.sectors:
            ranks = range(measure.directions(sector.name))
            outliers += [_outlier(measure, at, sector, rank, side, scale, edge) for rank in ranks]
    return _merged(sorted((o for o in outliers if o is not None), key=lambda o: o.value))


def _merged(outliers: list[Outlier]) -> tuple[Outlier, ...]:
    """Merge outliers of one sector that have one eigenvalue: their multiplicities add."""
    kept: list[Outlier] = []
    for o in outliers:
        last = kept[-1] if kept else None
        if last and last.sector == o.sector and abs(o.value - last.value) <= _SAME_EIGENVALUE * abs(o.value):
            kept[-1] = replace(last, multiplicity=last.multiplicity + o.multiplicity)
        else:
            kept.append(o)
    return tuple(kept)
