"""One side of the bulk, for one set of points: the edge, and the outliers beyond it."""

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

_RATIO, _RATIO_AT_FOLD, _LEAST_LOG_RATIO = 1.4, 1.15, 1e-6  # of one tau to the one before; where the solution ends
_SHARE, _SOON, _BEYOND = 0.7, 1.12, 1.02  # of the way to a fold in log tau; less than that is short; from there beyond
_FOLD, _SMOOTH, _OUTLIER = 1e-12, 1e-9, 1e-13  # errors of log tau
_BRACKETS = 60
_SEARCHES = 8  # for lower curvatures, until an edge is not verified
_SAME_DEPTH, _SMOOTH_DEPTH = 1e-9, 1e-6  # in units of Gamma^{-1}: rounding; what a smooth edge may miss
_OUT = 1e-9  # tau times an eigenvalue of M at the edge that is positive: an outlier has left
_ZERO_TAU, _ZERO_RATE = 1e5, 0.99  # in units of 1/scale, from which on a `z` that falls like 1/tau falls to zero
_LOST_TAU = 1e3  # the same in units of the Hessian, where rounding loses the solution


@dataclass(frozen=True, eq=False)
class AxisEdge:
    """Where the real solution ends.

    Attributes
    ----------
    kind : {"sharp", "smooth", "zero"}
        `dz/dtau = 0`; the end of the law of `F`; or the eigenvalue zero that a share of all has.
    place : AxisPoint
    curve : Axis
    worst : array, optional
        The pre-activations at which the law of `F` ends from this edge.
    """

    kind: Literal["sharp", "smooth", "zero"]
    place: AxisPoint
    curve: Axis
    worst: Array | None = None


@dataclass(frozen=True, eq=False)
class OutlierPoint:
    """One outlier."""

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
    """The left edge. A similar edge, if one is known, saves most of the way.

    `support` must be bounded; without one the points are all there is, a sample, and the edge is sharp or zero.

    Raises
    ------
    AccuracyError
        If the real solution is lost before an end that can be verified.
    """
    curve, hint = Axis(averages, alpha, law), near.worst if near else None
    again = support if near and near.kind == "smooth" else None
    place, factor = _first(curve, near), _RATIO if near is None else _RATIO_AT_FOLD
    last: AxisPoint | None = None
    unreached = math.inf
    while True:
        if _falls_to_zero(averages, place) and (support is not None or averages.points.lowest >= 0):
            return AxisEdge("zero", place, curve)
        if again and hint is not None and again.depth(hint, averages, place.gamma) < 0:
            return _inside(AxisEdge("smooth", place, curve), support, hint)
        ratio = _ratio(last, place, factor)
        try:
            new = curve.step(place.tau * ratio)
        except AccuracyError:
            new = None
            at_zero = _at_zero(place, averages.points.scale * max(1.0, alpha))
            if at_zero and (averages.points.lowest >= 0 if support is None else support.positive):
                return AxisEdge("zero", place, curve)
        if new is not None and new.slope <= 0:
            fold = _fold(curve, place, new) if ratio <= _RATIO_AT_FOLD else None
            if fold is not None:
                return _inside(AxisEdge("sharp", fold, curve), support, hint)
            curve.forget(place.tau)  # what lies beyond is on another branch, perhaps
            new = None
        if new is None:
            factor, unreached = math.sqrt(ratio), place.tau * ratio
            if factor - 1 < _LEAST_LOG_RATIO:
                return _inside(AxisEdge("smooth", place, curve), support, hint)
        else:
            last, place = place, new
            if unreached > place.tau * _RATIO_AT_FOLD:
                factor = min(factor, math.sqrt(unreached / place.tau))


def _ratio(last: AxisPoint | None, place: AxisPoint, factor: float) -> float:
    """What to multiply `tau` by: some of the way to the fold, by more than `factor` if it is far, then beyond it.

    `tau^2 dz/dtau` falls from one at `tau = 0` to zero at the fold, linearly in `tau^2` where `F` does not fluctuate.
    """
    x, height = (0.0, 1.0) if last is None else (last.tau**2, last.tau**2 * last.slope)
    here = place.tau**2 * place.slope
    if here >= height:
        return factor
    fold = math.sqrt(1 + here * (1 - x / place.tau**2) / (height - here))
    if fold < _SOON:
        return min(factor, 1 + _LEAST_LOG_RATIO + _BEYOND * (fold - 1))
    way = float(fold**_SHARE)
    return way if factor == _RATIO else min(factor, way)


def _falls_to_zero(averages: MatrixAverages, place: AxisPoint) -> bool:
    """Whether `z` goes to zero like `1/tau`."""
    return place.tau * averages.points.scale > _ZERO_TAU and 0 < -place.z * _ZERO_RATE < place.slope * place.tau


def _at_zero(place: AxisPoint, scale: float) -> bool:
    """Whether a spectrum without negative eigenvalues begins at zero from a place left of it.

    With `s = -z'(tau) tau/z`, the mean of `-z/(lambda - z)` over the eigenvalues `lambda`, with weights
    `1/(lambda - z)`, is `1/s`: the lowest of them is not above `(s - 1) |z|`.
    """
    return place.tau * scale > _LOST_TAU and 0 < _ZERO_RATE * place.slope * place.tau < -place.z


def _first(curve: Axis, near: AxisEdge | None) -> AxisPoint:
    """A place outside the bulk."""
    if near is not None and near.kind != "zero":
        try:
            place = curve.beside(near.place)
            if place.unstable == 0 and place.slope > 0:
                return place
        except AccuracyError:
            pass  # too far away to be of use: start afresh
        curve.known.clear()
    return curve.start()


def _fold(curve: Axis, below: AxisPoint, above: AxisPoint) -> AxisPoint | None:
    """The sharp edge between two places; None if these are not on one branch."""
    try:
        tau = bracketed_root(
            lambda x: curve.at(math.exp(x)).slope * math.exp(2 * x),
            math.log(below.tau),
            math.log(above.tau),
            f"the sharp edge near z = {below.z:.6g}, in log tau",
            xtol=_FOLD,
        )
        return curve.refined(curve.at(math.exp(tau)))
    except AccuracyError:
        return None


def _inside(found: AxisEdge, support: Support | None, hint: Array | None) -> AxisEdge:
    """The end of the domain, if that comes first; verified, by a search that starts afresh from there.

    Raises
    ------
    AccuracyError
        If the edge is not verified: pre-activations for which `sign F - Gamma^{-1}` is not positive definite there
        are found again and again, or none of a smooth edge.
    """
    averages, curve = found.curve.averages, found.curve
    remedy = averages.points.remedy
    if support is None:
        if found.kind == "smooth":
            raise AccuracyError(
                f"the edge is not reached from z = {found.place.z:.6g}, alpha = {curve.alpha:g}: {remedy}"
            )
        return found
    for _ in range(_SEARCHES):
        inverse = np.linalg.inv(averages.matrix(found.place.gamma))
        size = abs(float(np.trace(inverse))) / averages.p
        depth, t = support.worst(inverse, hint)
        if depth >= -_SAME_DEPTH * size:
            below = support.positive and found.place.z < 0  # where no eigenvalue is
            if found.kind == "smooth" and (below or depth > _SMOOTH_DEPTH * size):
                raise AccuracyError(
                    f"the real solution is lost at z = {found.place.z:.6g}, alpha = {curve.alpha:g}, before the bulk: "
                    f"no edge is verified there; {remedy}"
                )
            return replace(found, worst=t)
        found, hint = AxisEdge("smooth", _end(curve, support, t, found.place), curve, t), t
    raise AccuracyError(
        f"the edge near z = {found.place.z:.6g}, alpha = {curve.alpha:g}, is not verified: lower curvatures are found "
        f"again and again; {remedy}"
    )


def _end(curve: Axis, support: Support, t: Array, high: AxisPoint) -> AxisPoint:
    """The place left of another at which `sign F - Gamma^{-1}` of one argument is singular."""

    def gap(x: float) -> float:
        return support.depth(t, curve.averages, curve.at(math.exp(x)).gamma)

    remedy = curve.averages.points.remedy
    low, top = _before(gap, math.log(high.tau), 0.1, 0.4, f"a smooth edge before z = {high.z:.6g}", remedy)
    end = bracketed_root(gap, low, top, f"the smooth edge before z = {high.z:.6g}, in log tau", xtol=_SMOOTH)
    return curve.refined(curve.at(math.exp(end)))


def _before(
    function: Callable[[float], float], high: float, first: float, stride: float, place: str, remedy: str
) -> tuple[float, float]:
    """Two numbers, not above `high`, of which the function has another sign at the lower one.

    Raises
    ------
    AccuracyError
        If there are none.
    """
    low, sign = high - first, np.sign(function(high))
    for _ in range(_BRACKETS):
        if np.sign(function(low)) != sign:
            return low, high
        low, high = low - stride, low
    raise AccuracyError(f"{place}: it is not bracketed down to tau = {math.exp(low):.3g}; {remedy}")


def outlier_gaps(found: AxisEdge) -> list[tuple[Sector, Array, Array]]:
    """Each sector with the eigenvalues and -vectors of its `M` at the edge: an outlier for each positive one."""
    return [(block, *np.linalg.eigh(M)) for block, M in found.curve.blocks(found.place)]


def find_outliers(found: AxisEdge) -> list[OutlierPoint]:
    """All outliers, from the outermost inwards."""
    curve, outliers, end = found.curve, [], math.log(found.place.tau)
    known = {end: [found.place.tau * values for _, values, _ in outlier_gaps(found)]}

    def heights(x: float) -> list[Array]:
        """`tau` times the eigenvalues of every `M`, minus one far from the bulk."""
        if x not in known:
            place = curve.at(math.exp(x))
            known[x] = [place.tau * np.linalg.eigvalsh(M) for _, M in curve.blocks(place)]
        return known[x]

    for i, values in enumerate(known[end]):
        for j in np.flatnonzero(values > _OUT):

            def height(x: float, i: int = i, j: int = int(j)) -> float:
                return float(heights(x)[i][j])

            name = f"an outlier left of z = {found.place.z:.6g}"
            low, high = _before(height, end, 0.3, 0.6, name, curve.averages.points.remedy)
            x = bracketed_root(height, low, high, f"{name}, in log tau", xtol=_OUTLIER)
            outliers.append(_exit(curve, curve.refined(curve.at(math.exp(x))), i, int(j)))
    return sorted(outliers, key=lambda x: x.z)


def _exit(curve: Axis, place: AxisPoint, i: int, j: int) -> OutlierPoint:
    block, M = curve.blocks(place)[i]
    values, vectors = np.linalg.eigh(M)
    teacher, student = curve.shares(place, block, vectors[:, j], curve.slopes(place)[i])
    return OutlierPoint(place.z, block.name, block.multiplicity, teacher, student, abs(float(values[j])))
