r"""The edge of one side of the bulk, and the outliers beyond it, from solutions along the real axis.

The axis is followed by growing `tau` until its real solution ends: in a fold, `dz/dtau = 0`, a sharp edge; at the end
of the law of `F`, a smooth edge; or at zero, an eigenvalue that a share of all directions has. Outliers are the zeros
of the eigenvalues of `M`, :eq:`general-outlier`, on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ..law.block import Sector
from ..law.matrix_averages import MatrixAverages, SpectralLaw
from ..law.support import Support
from ..numerics.roots import bracketed_root
from .axis import Axis, AxisPoint

__all__ = ["AxisEdge", "OutlierPoint", "find_edge", "find_outliers", "outlier_gaps"]

_STEP_RATIO, _STEP_RATIO_AT_FOLD = 1.4, 1.15  # of one tau to the one before: far from the edge, and near a fold
_LEAST_LOG_STEP = 1e-6  # in log tau; the real solution ends where a shorter step would be needed
_FOLD_SHARE, _NEAR_FOLD, _PAST_FOLD = 0.7, 1.12, 1.02  # share of log tau to the fold; ratio that is near; step past it
_FOLD_TOLERANCE, _SMOOTH_TOLERANCE, _OUTLIER_TOLERANCE = 1e-12, 1e-9, 1e-13  # of log tau
_BRACKETS = 60  # steps to the left in search of a change of sign
_SEARCHES = 8  # of the law's lowest curvature, before an edge counts as not verified
_DEPTH_ROUNDING, _SMOOTH_DEPTH = 1e-9, 1e-6  # in units of Gamma^{-1}: rounding; how far a smooth edge may be missed
_OUTLIER_MARGIN = 1e-9  # of tau times an eigenvalue of M at the edge; above it an outlier has left
_ZERO_TAU, _ZERO_RATE = 1e5, 0.99  # tau in units of 1/scale, from which on a z that falls like 1/tau falls to zero
_LOST_TAU = 1e3  # tau in units of 1/max(1, alpha)/scale, from which on rounding may lose the solution


@dataclass(frozen=True, eq=False)
class AxisEdge:
    """The edge of the bulk: the last point of the real solution.

    Attributes
    ----------
    kind : {"sharp", "smooth", "zero"}
        A fold, `dz/dtau = 0`; the end of the law of `F`; or the eigenvalue zero of a share of all directions.
    point : AxisPoint
    curve : Axis
    worst : array, optional
        The pre-activations at which the law of `F` ends from this edge.
    """

    kind: Literal["sharp", "smooth", "zero"]
    point: AxisPoint
    curve: Axis
    worst: Array | None = None


@dataclass(frozen=True, eq=False)
class OutlierPoint:
    """An outlier, its squared overlaps with the teacher's and the student's weight vectors, and `|M v|` there."""

    z: float
    sector: str
    multiplicity: int
    teacher: float
    student: float
    residual: float


def find_edge(
    averages: MatrixAverages,
    alpha: float,
    law: SpectralLaw,
    support: Support | None = None,
    near: AxisEdge | None = None,
) -> AxisEdge:
    """Follow the real axis to the left edge; a similar edge `near` it saves most of the way.

    `support` must be bounded. Without one the points are a sample, not a law, and the edge is sharp or zero.

    Raises
    ------
    AccuracyError
        If the real solution is lost before an edge that can be verified.
    """
    curve, hint = Axis(averages, alpha, law), near.worst if near else None
    again = support if near and near.kind == "smooth" else None
    point, factor = _first(curve, near), _STEP_RATIO if near is None else _STEP_RATIO_AT_FOLD
    last: AxisPoint | None = None
    unreached = math.inf
    while True:
        if _falls_to_zero(averages, point) and (support is not None or averages.points.lowest >= 0):
            return AxisEdge("zero", point, curve)
        if again and hint is not None and again.depth(hint, averages, point.gamma) < 0:
            return _verified(AxisEdge("smooth", point, curve), support, hint)
        ratio = _ratio(last, point, factor)
        # a step that fails, or that passes a fold, halves the next one in log tau; it ends where none succeeds
        try:
            new = curve.step(point.tau * ratio)
        except AccuracyError:
            new = None
            at_zero = _at_zero(point, averages.points.scale * max(1.0, alpha))
            if at_zero and (averages.points.lowest >= 0 if support is None else support.positive):
                return AxisEdge("zero", point, curve)
        if new is not None and new.slope <= 0:
            fold = _fold(curve, point, new) if ratio <= _STEP_RATIO_AT_FOLD else None
            if fold is not None:
                return _verified(AxisEdge("sharp", fold, curve), support, hint)
            curve.forget(point.tau)  # solutions beyond may be on another branch
            new = None
        if new is None:
            factor, unreached = math.sqrt(ratio), point.tau * ratio
            if factor - 1 < _LEAST_LOG_STEP:
                return _verified(AxisEdge("smooth", point, curve), support, hint)
        else:
            last, point = point, new
            # do not run into the tau that has failed again: approach it by square roots of the ratio
            if unreached > point.tau * _STEP_RATIO_AT_FOLD:
                factor = min(factor, math.sqrt(unreached / point.tau))


def _ratio(last: AxisPoint | None, point: AxisPoint, factor: float) -> float:
    """Factor of the next step in `tau`: a share of the way to the fold while that is far, then just past it.

    `tau^2 dz/dtau` falls from one at `tau = 0` to zero at the fold, linearly in `tau^2` where `F` does not fluctuate.
    """
    x, height = (0.0, 1.0) if last is None else (last.tau**2, last.tau**2 * last.slope)
    here = point.tau**2 * point.slope
    if here >= height:
        return factor
    fold = math.sqrt(1 + here * (1 - x / point.tau**2) / (height - here))
    if fold < _NEAR_FOLD:
        return min(factor, 1 + _LEAST_LOG_STEP + _PAST_FOLD * (fold - 1))
    way = float(fold**_FOLD_SHARE)
    return way if factor == _STEP_RATIO else min(factor, way)


def _falls_to_zero(averages: MatrixAverages, point: AxisPoint) -> bool:
    """Whether `z` falls to zero like `1/tau`."""
    return point.tau * averages.points.scale > _ZERO_TAU and 0 < -point.z * _ZERO_RATE < point.slope * point.tau


def _at_zero(point: AxisPoint, scale: float) -> bool:
    """Whether the spectrum begins at zero, given that it has no negative eigenvalue.

    With `s = -z'(tau) tau/z`, the mean of `-z/(lambda - z)` over the eigenvalues `lambda`, with weights
    `1/(lambda - z)`, is `1/s`: the lowest of them is not above `(s - 1) |z|`.
    """
    return point.tau * scale > _LOST_TAU and 0 < _ZERO_RATE * point.slope * point.tau < -point.z


def _first(curve: Axis, near: AxisEdge | None) -> AxisPoint:
    """Solve for a point outside the bulk: next to the edge `near`, if that works, or afresh."""
    if near is not None and near.kind != "zero":
        try:
            point = curve.beside(near.point)
            if point.unstable == 0 and point.slope > 0:
                return point
        except AccuracyError:
            pass  # the other edge is too far away: start afresh
        curve.solved.clear()
    return curve.start()


def _fold(curve: Axis, below: AxisPoint, above: AxisPoint) -> AxisPoint | None:
    """Solve for the sharp edge between two points; None if these are not on one branch."""
    try:
        tau = bracketed_root(
            lambda x: curve.at(math.exp(x)).slope * math.exp(2 * x),
            math.log(below.tau),
            math.log(above.tau),
            f"the sharp edge near z = {below.z:.6g}, in log tau",
            xtol=_FOLD_TOLERANCE,
        )
        return curve.refined(curve.at(math.exp(tau)))
    except AccuracyError:
        return None


def _verified(edge: AxisEdge, support: Support | None, hint: Array | None) -> AxisEdge:
    """Return the edge, or the end of the law of `F` if that comes first, after a search for lower curvatures.

    Raises
    ------
    AccuracyError
        If the edge is not verified: each search finds pre-activations for which `sign F - Gamma^{-1}` is not positive
        definite there; or the edge should be smooth, and no search finds one.
    """
    averages, curve = edge.curve.averages, edge.curve
    remedy = averages.points.remedy
    if support is None:
        if edge.kind == "smooth":
            raise AccuracyError(
                f"the edge is not reached from z = {edge.point.z:.6g}, alpha = {curve.alpha:g}: {remedy}"
            )
        return edge
    for _ in range(_SEARCHES):
        # outside the bulk sign F - Gamma^{-1} is positive definite everywhere: its lowest eigenvalue is the depth
        inverse = np.linalg.inv(averages.matrix(edge.point.gamma))
        size = abs(float(np.trace(inverse))) / averages.p
        depth, t = support.worst(inverse, hint)
        if depth >= -_DEPTH_ROUNDING * size:
            below = support.positive and edge.point.z < 0  # no eigenvalue is negative
            if edge.kind == "smooth" and (below or depth > _SMOOTH_DEPTH * size):
                raise AccuracyError(
                    f"the real solution is lost at z = {edge.point.z:.6g}, alpha = {curve.alpha:g}, before the bulk: "
                    f"no edge is verified there; {remedy}"
                )
            return replace(edge, worst=t)
        edge, hint = AxisEdge("smooth", _end(curve, support, t, edge.point), curve, t), t
    raise AccuracyError(
        f"the edge near z = {edge.point.z:.6g}, alpha = {curve.alpha:g}, is not verified: lower curvatures are found "
        f"again and again; {remedy}"
    )


def _end(curve: Axis, support: Support, t: Array, high: AxisPoint) -> AxisPoint:
    """Solve for the point left of `high` at which `sign F - Gamma^{-1}` is singular for the pre-activations `t`."""

    def gap(x: float) -> float:
        return support.depth(t, curve.averages, curve.at(math.exp(x)).gamma)

    remedy = curve.averages.points.remedy
    low, top = _before(gap, math.log(high.tau), 0.1, 0.4, f"a smooth edge before z = {high.z:.6g}", remedy)
    end = bracketed_root(gap, low, top, f"the smooth edge before z = {high.z:.6g}, in log tau", xtol=_SMOOTH_TOLERANCE)
    return curve.refined(curve.at(math.exp(end)))


def _before(
    function: Callable[[float], float], high: float, first: float, stride: float, name: str, remedy: str
) -> tuple[float, float]:
    """Bracket a change of sign below `high`: two numbers between which the function changes its sign.

    Raises
    ------
    AccuracyError
        If the sign is the same at all numbers that are tried.
    """
    low, sign = high - first, np.sign(function(high))
    for _ in range(_BRACKETS):
        if np.sign(function(low)) != sign:
            return low, high
        low, high = low - stride, low
    raise AccuracyError(f"{name}: it is not bracketed down to tau = {math.exp(low):.3g}; {remedy}")


def outlier_gaps(edge: AxisEdge) -> list[tuple[Sector, Array, Array]]:
    """List each sector with the eigenvalues and -vectors of its `M` at the edge: one outlier for each positive one."""
    return [(block, *np.linalg.eigh(M)) for block, M in edge.curve.blocks(edge.point)]


def find_outliers(edge: AxisEdge) -> list[OutlierPoint]:
    """Solve for all outliers, from the outermost inwards."""
    curve, outliers, end = edge.curve, [], math.log(edge.point.tau)
    computed = {end: [edge.point.tau * values for _, values, _ in outlier_gaps(edge)]}

    def heights(x: float) -> list[Array]:
        """Return `tau` times the eigenvalues of every `M`; they are minus one far from the bulk."""
        if x not in computed:
            point = curve.at(math.exp(x))
            computed[x] = [point.tau * np.linalg.eigvalsh(M) for _, M in curve.blocks(point)]
        return computed[x]

    # each eigenvalue of M that is positive at the edge has crossed zero once on the way from far outside
    for i, values in enumerate(computed[end]):
        for j in np.flatnonzero(values > _OUTLIER_MARGIN):

            def height(x: float, i: int = i, j: int = int(j)) -> float:
                return float(heights(x)[i][j])

            name = f"an outlier left of z = {edge.point.z:.6g}"
            low, high = _before(height, end, 0.3, 0.6, name, curve.averages.points.remedy)
            x = bracketed_root(height, low, high, f"{name}, in log tau", xtol=_OUTLIER_TOLERANCE)
            outliers.append(_outlier(curve, curve.refined(curve.at(math.exp(x))), i, int(j)))
    return sorted(outliers, key=lambda x: x.z)


def _outlier(curve: Axis, point: AxisPoint, i: int, j: int) -> OutlierPoint:
    """The outlier of eigenvalue `j` of sector `i`, which is zero at this point."""
    block, M = curve.blocks(point)[i]
    values, vectors = np.linalg.eigh(M)
    teacher, student = curve.shares(point, block, vectors[:, j], curve.slopes(point)[i])
    return OutlierPoint(point.z, block.name, block.multiplicity, teacher, student, abs(float(values[j])))
