"""One side of the bulk, for one set of points: the edge, and the outliers beyond it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ...errors import AccuracyError
from ..roots import bracketed_root
from .block import Block
from .curve import MORE, Averages, Curve, Place, SpectralLaw
from .points import Array
from .support import Support

__all__ = ["SIGN", "Edge", "Exit", "Side", "edge", "exits", "margins", "seen"]

Side = Literal["left", "right"]
SIGN: dict[Side, float] = {"left": 1.0, "right": -1.0}

_STEP, _NARROW, _LEAST = 1.4, 1.15, 1e-6  # between values of tau; before a fold; where it ends
_CLOSE, _AGAIN, _STRIDES = 1e-9, 8, 60
_DEEP = 1e-6  # of Gamma^{-1}: how far from zero the smallest eigenvalue is where a smooth edge is not found
_ZERO, _FALLS = 1e5, 0.99  # tau in units of 1/scale from which on `z`, where it falls like 1/tau, falls to zero
_LOST = 1e3  # the same where rounding loses the solution


@dataclass(frozen=True, eq=False)
class Edge:
    """Where the real solution ends.

    Attributes
    ----------
    kind : {"sharp", "smooth", "zero"}
        `dz/dtau = 0`; the end of the law of `F`; or the eigenvalue zero that a share of all has.
    place : Place
    curve : Curve
    worst : array, optional
        The pre-activations at which the law of `F` ends, seen from this edge.
    """

    kind: Literal["sharp", "smooth", "zero"]
    place: Place
    curve: Curve
    worst: Array | None = None


@dataclass(frozen=True, eq=False)
class Exit:
    """One outlier."""

    z: float
    sector: str
    multiplicity: int
    teacher: float
    student: float
    residual: float


def seen(averages: Averages, side: Side) -> Averages:
    """The right of a spectrum is the left of that of `-F`."""
    return averages if side == "left" else averages.mirrored()


def edge(averages: Averages, alpha: float, law: SpectralLaw, support: Support, near: Edge | None = None) -> Edge:
    """The left edge; `support` must be bounded. A similar edge, if one is known, saves most of the way.

    Raises
    ------
    AccuracyError
        If the real solution is lost before an end that can be verified.
    """
    curve, hint = Curve(averages, alpha, law), near.worst if near else None
    place, factor = _first(curve, near), _STEP if near is None else _NARROW
    while place.slope > 0:
        if place.tau * averages.points.scale > _ZERO and 0 < -place.z * _FALLS < place.slope * place.tau:
            return Edge("zero", place, curve)
        if near and near.kind == "smooth" and hint is not None and support.depth(hint, averages, place) < 0:
            return _inside(Edge("smooth", place, curve), support, hint)
        try:
            new = curve.step(place.tau * factor)
        except AccuracyError:
            new = None
            if support.positive and _at_zero(place, averages.points.scale):
                return Edge("zero", place, curve)
        if new is None or (new.slope <= 0 and factor > _NARROW):
            factor = np.sqrt(factor)
            if factor - 1 < _LEAST:
                return _inside(Edge("smooth", place, curve), support, hint)
        else:
            last, place = place, new
    return _inside(Edge("sharp", _fold(curve, last, place), curve), support, hint)


def _at_zero(place: Place, scale: float) -> bool:
    """Whether a spectrum without negative eigenvalues begins at zero, seen from a place left of it.

    With `s = -z'(tau) tau/z`, the mean of `-z/(lambda - z)` over the eigenvalues `lambda`, with weights
    `1/(lambda - z)`, is `1/s`: the lowest of them is not above `(s - 1) |z|`.
    """
    return place.tau * scale > _LOST and 0 < _FALLS * place.slope * place.tau < -place.z


def _first(curve: Curve, near: Edge | None) -> Place:
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


def _fold(curve: Curve, below: Place, above: Place) -> Place:
    tau = bracketed_root(
        lambda x: curve.at(np.exp(x)).slope * np.exp(2 * x),
        np.log(below.tau),
        np.log(above.tau),
        f"the sharp edge near z = {below.z:.6g}, in log tau",
        xtol=_CLOSE,
    )
    return curve.at(float(np.exp(tau)))


def _inside(found: Edge, support: Support, hint: Array | None) -> Edge:
    """The end of the domain, if that comes first; verified, by a search that starts afresh from there.

    Raises
    ------
    AccuracyError
        If the edge is not verified: pre-activations for which `sign F - Gamma^{-1}` is not positive definite there
        are found again and again, or none of a smooth edge.
    """
    averages, curve = found.curve.averages, found.curve
    for _ in range(_AGAIN):
        inverse = np.linalg.inv(averages.matrix(found.place.gamma))
        size = abs(float(np.trace(inverse))) / averages.p
        depth, t = support.worst(inverse, hint)
        if depth >= -_CLOSE * size:
            below = support.positive and found.place.z < 0  # where no eigenvalue is
            if found.kind == "smooth" and (below or depth > _DEEP * size):
                raise AccuracyError(
                    f"the real solution is lost at z = {found.place.z:.6g}, alpha = {curve.alpha:g}, before the bulk: "
                    f"no edge is verified there; {MORE}"
                )
            return replace(found, worst=t)
        found, hint = Edge("smooth", _end(curve, support, t, found.place), curve, t), t
    raise AccuracyError(
        f"the edge near z = {found.place.z:.6g}, alpha = {curve.alpha:g}, is not verified: lower curvatures are found "
        f"again and again; {MORE}"
    )


def _end(curve: Curve, support: Support, t: Array, high: Place) -> Place:
    """The place left of another at which `sign F - Gamma^{-1}` of one argument is singular."""

    def gap(x: float) -> float:
        return support.depth(t, curve.averages, curve.at(float(np.exp(x))))

    low, top = _before(gap, np.log(high.tau), 0.1, 0.4, f"a smooth edge before z = {high.z:.6g}")
    end = bracketed_root(gap, low, top, f"the smooth edge before z = {high.z:.6g}, in log tau", xtol=_CLOSE)
    return curve.at(float(np.exp(end)))


def _before(
    function: Callable[[float], float], high: float, first: float, stride: float, place: str
) -> tuple[float, float]:
    """Two numbers, not above `high`, of which the function has another sign at the lower one.

    Raises
    ------
    AccuracyError
        If there are none.
    """
    low, sign = high - first, np.sign(function(high))
    for _ in range(_STRIDES):
        if np.sign(function(low)) != sign:
            return low, high
        low, high = low - stride, low
    raise AccuracyError(f"{place}: it is not bracketed down to tau = {np.exp(low):.3g}; {MORE}")


def margins(found: Edge) -> list[tuple[Block, Array, Array]]:
    """Each sector with the eigenvalues and -vectors of its `M` at the edge: an outlier for each positive one."""
    return [(block, *np.linalg.eigh(M)) for block, M in found.curve.blocks(found.place)]


def exits(found: Edge) -> list[Exit]:
    """All outliers, from the outermost inwards."""
    curve, outliers = found.curve, []
    for i, (_, values, _) in enumerate(margins(found)):
        for j in np.flatnonzero(values * found.place.tau > _CLOSE):

            def height(x: float, i: int = i, j: int = int(j)) -> float:
                place = curve.at(float(np.exp(x)))
                return float(np.linalg.eigvalsh(curve.blocks(place)[i][1])[j]) * place.tau

            name = f"an outlier left of z = {found.place.z:.6g}"
            low, high = _before(height, np.log(found.place.tau), 0.3, 0.6, name)
            place = curve.at(float(np.exp(bracketed_root(height, low, high, f"{name}, in log tau", xtol=1e-13))))
            outliers.append(_exit(curve, place, i, int(j)))
    return sorted(outliers, key=lambda x: x.z)


def _exit(curve: Curve, place: Place, i: int, j: int) -> Exit:
    block, M = curve.blocks(place)[i]
    values, vectors = np.linalg.eigh(M)
    teacher, student = curve.shares(place, block, vectors[:, j], curve.slopes(place)[i])
    return Exit(place.z, block.name, block.multiplicity, teacher, student, abs(float(values[j])))
