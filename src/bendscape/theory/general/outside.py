"""One side of the bulk, for one set of points: the edge, and the outliers beyond it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ...errors import AccuracyError
from .block import Block
from .curve import Averages, Curve, Place, SpectralLaw
from .points import Array
from .support import Support

__all__ = ["SIGN", "Edge", "Exit", "Side", "edge", "exits", "margins", "seen"]

Side = Literal["left", "right"]
SIGN: dict[Side, float] = {"left": 1.0, "right": -1.0}

_STEP, _NARROW, _LEAST = 1.4, 1.15, 1e-6  # between values of tau; before a fold; where it ends
_CLOSE, _AGAIN = 1e-9, 4
_ZERO = 1e7  # tau in units of 1/scale: the edge is at zero, where a share of the eigenvalues is


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
    """The left edge; `support` must be bounded. A similar edge, if one is known, saves most of the way."""
    curve, hint = Curve(averages, alpha, law), near.worst if near else None
    place, factor = _first(curve, near), _STEP if near is None else _NARROW
    while place.slope > 0:
        if place.tau * averages.points.scale > _ZERO:
            return Edge("zero", place, curve)
        if near and near.kind == "smooth" and hint is not None and support.depth(hint, averages, place) < 0:
            return _inside(Edge("smooth", place, curve), support, hint)
        try:
            new = curve.step(place.tau * factor)
        except AccuracyError:
            new = None
        if new is None or (new.slope <= 0 and factor > _NARROW):
            factor = np.sqrt(factor)
            if factor - 1 < _LEAST:
                return _inside(Edge("smooth", place, curve), support, hint)
        else:
            last, place = place, new
    return _inside(Edge("sharp", _fold(curve, last, place), curve), support, hint)


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
    from scipy.optimize import brentq

    tau = brentq(lambda x: curve.at(np.exp(x)).slope * np.exp(2 * x), np.log(below.tau), np.log(above.tau), xtol=_CLOSE)
    return curve.at(float(np.exp(tau)))


def _inside(found: Edge, support: Support, hint: Array | None) -> Edge:
    """The end of the domain, if that comes first."""
    from scipy.optimize import brentq

    averages, curve = found.curve.averages, found.curve
    for _ in range(_AGAIN):
        inverse = np.linalg.inv(averages.matrix(found.place.gamma))
        depth, t = support.worst(inverse, hint)
        found = replace(found, worst=t)
        if depth >= -_CLOSE * abs(float(np.trace(inverse))):
            break

        def gap(x: float, t: Array = t) -> float:
            return support.depth(t, averages, curve.at(float(np.exp(x))))

        high = np.log(found.place.tau)
        low = high - 0.1
        while gap(low) < 0:
            low, high = low - 0.4, low
        end = brentq(gap, low, high, xtol=_CLOSE)
        found, hint = Edge("smooth", curve.at(float(np.exp(end))), curve, t), t
    return found


def margins(found: Edge) -> list[tuple[Block, Array, Array]]:
    """Each sector with the eigenvalues and -vectors of its `M` at the edge: an outlier for each positive one."""
    return [(block, *np.linalg.eigh(M)) for block, M in found.curve.blocks(found.place)]


def exits(found: Edge) -> list[Exit]:
    """All outliers, from the outermost inwards."""
    from scipy.optimize import brentq

    curve, outliers = found.curve, []
    for i, (_, values, _) in enumerate(margins(found)):
        for j in np.flatnonzero(values > 0):

            def height(x: float, i: int = i, j: int = int(j)) -> float:
                place = curve.at(float(np.exp(x)))
                return float(np.linalg.eigvalsh(curve.blocks(place)[i][1])[j]) * place.tau

            low, high = np.log(found.place.tau) - 0.3, np.log(found.place.tau)
            while height(low) > 0:
                low, high = low - 0.6, low
            place = curve.at(float(np.exp(brentq(height, low, high, xtol=1e-13))))
            outliers.append(_exit(curve, place, i, int(j)))
    return sorted(outliers, key=lambda x: x.z)


def _exit(curve: Curve, place: Place, i: int, j: int) -> Exit:
    block, M = curve.blocks(place)[i]
    values, vectors = np.linalg.eigh(M)
    teacher, student = curve.shares(place, block, vectors[:, j], curve.slopes(place)[i])
    return Exit(place.z, block.name, block.multiplicity, teacher, student, abs(float(values[j])))
