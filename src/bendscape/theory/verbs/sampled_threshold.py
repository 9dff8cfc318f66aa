r"""The `alpha` at which an outlier correlated with the teacher leaves the bulk of any network: ``bs.threshold(net)``.

At the edge of the bulk an outlier is about to leave where the largest eigenvalue of `M` (`z - alpha T` for white
inputs, see `curve.py`) passes zero, in a sector that contains teacher directions: :eq:`general-onset`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from ..._types import Array
from ...errors import AccuracyError, LimitError
from ...models.general import Network
from ...progress import progress_bar
from ...results import Estimate, Kind, Side
from ..law.advice import remedy
from ..law.matrix_averages import SIGN, MatrixAverages, SpectralLaw, oriented
from ..law.sampling import Averaging, Drift, estimate
from ..law.support import support_of
from ..numerics.roots import bracketed_root
from ..resolvent.matrix_edges import AxisEdge, find_edge, outlier_gaps
from .exact_threshold import Threshold

__all__ = ["Search", "threshold_of_samples"]

Step = Callable[[], None]
_KIND: dict[str, Kind] = {
    "sharp": "continuous",
    "smooth": "discontinuous",
    "zero": "undecided",
}
_WIDENINGS, _TOLERANCE = 12, 1e-5  # of the interval around a threshold; of log alpha
_NEIGHBOUR = 0.01  # in log alpha, where replicates begin to look
_SCAN = np.geomspace(0.02, 2e4, 41)  # ratio 1.41
_TRIALS = 64  # labels by which a teacher is told from a constant
_CORRELATED = 1e-6  # teacher's share of a direction, from which on it is one


@dataclass(frozen=True, eq=False)
class _Margin:
    """How far the first outlier correlated with the teacher is from leaving, at one `alpha`; positive beyond."""

    value: float
    edge: AxisEdge
    block: int
    direction: Array


def _margin(found: AxisEdge) -> _Margin:
    best = _Margin(-math.inf, found, -1, np.zeros(0))
    for i, (block, values, vectors) in enumerate(outlier_gaps(found)):
        for j in np.flatnonzero(block.teacher(vectors) > _CORRELATED):
            if values[j] > best.value:
                best = _Margin(float(values[j]), found, i, vectors[:, j])
    return best


class Search:
    """One set of points, on one side; `step` is called after each edge that is found."""

    def __init__(self, net: Network, averages: MatrixAverages, side: Side, step: Step = lambda: None) -> None:
        self.averages, self.support = oriented(averages, side), support_of(net, SIGN[side])
        self.law, self.step = SpectralLaw.of(net.inputs), step
        self.last: AxisEdge | None = None

    def at(self, alpha: float) -> _Margin:
        """The margin, from the edge nearest to the last one."""
        self.last = find_edge(self.averages, alpha, self.law, self.support, self.last)
        self.step()
        return _margin(self.last)

    def relative(self, log_alpha: float) -> float:
        """The margin in units of `1/tau`."""
        found = self.at(math.exp(log_alpha))
        return found.value * found.edge.point.tau

    def bracket(self) -> tuple[float, float] | None:
        """Two neighbours on a coarse grid, in logarithms, between which the first outlier leaves; or None."""
        last = None
        for alpha in _SCAN:
            x = math.log(alpha)
            if self.relative(x) > 0:
                return (last, x) if last is not None else (x, x)
            last = x
        return None

    def root(self, low: float, high: float) -> float:
        """The logarithm of the threshold, near an interval of it."""
        below, above, width = self.relative(low), self.relative(high), high - low
        for _ in range(_WIDENINGS):
            if below < 0 < above:
                return bracketed_root(self.relative, low, high, "the threshold, in log alpha", xtol=_TOLERANCE)
            width *= 1.5
            if below >= 0:
                low, high, above = low - width, low, below
                below = self.relative(low)
            else:
                low, high, below = high, high + width, above
                above = self.relative(high)
        raise AccuracyError(f"replicates differ on the threshold near alpha = {math.exp(low):.3g}: give more points")


def threshold_of_samples(net: Network, averaging: Averaging, side: Side | None, progress: bool = False) -> Threshold:
    """See :func:`bendscape.threshold`.

    Raises
    ------
    LimitError
        If no outlier that is correlated with the teacher leaves, one has left however few the samples, or the labels do
        not depend on the teacher.
    AccuracyError
        If the replicates of the last round do not agree on one, or whether the bulk has an end is not decided.
    """
    labels = net.labels(np.random.default_rng(0).standard_normal((_TRIALS, net.p_star)))
    if np.ptp(labels) == 0:
        raise LimitError(
            f"{net} has no threshold: all its labels are {labels[0]:g}, whatever the teacher's weights are; give "
            "labels that depend on them"
        )
    with progress_bar("edges" if progress else None, None) as step:
        return _rounds(net, averaging, side, step)


def _rounds(net: Network, averaging: Averaging, side: Side | None, step: Step) -> Threshold:
    """With more and more points, until the errors are within the tolerance."""
    rounds, drift, start = averaging.rounds(), Drift(), None
    first, last = rounds[0], rounds[-1]
    for n in (first // 4, *rounds):  # a quarter of the first is there for the drift alone
        try:
            start = start or _start(net, averaging, max(n, first), side, step)
            found = _with_drift(_refined(net, averaging, n, start, step), drift, averaging.tolerance)
        except AccuracyError:  # too few points, perhaps
            if n == last:
                raise
            continue
        if found.converged and n >= first:
            break
        if n >= first:
            start = replace(start, log_alpha=math.log(found.alpha))
    return found


def _with_drift(found: Threshold, drift: Drift, tolerance: float) -> Threshold:
    """With errors that contain how the numbers move as points are added."""
    alpha = drift.widened("alpha", Estimate(found.alpha, found.error))
    return replace(
        found,
        error=alpha.error,
        edge=drift.widened("edge", found.edge),
        overlap2_jump=drift.widened("jump", found.overlap2_jump),
        converged=alpha.error <= tolerance * found.alpha,
    )


@dataclass(frozen=True)
class _Start:
    """Where replicates begin to look, and why not on the other side."""

    side: Side
    log_alpha: float
    reason: str


def _start(net: Network, averaging: Averaging, n: int, side: Side | None, step: Step) -> _Start:
    """The side on which the first outlier leaves, from one set of points."""
    found = {one: _coarse(net, averaging, n, one, step) for one in (SIGN if side is None else (side,))}
    starts = {one: at for one, at in found.items() if not isinstance(at, str)}
    reason = "; ".join(f"{one}: {why}" for one, why in found.items() if isinstance(why, str))
    if not starts:
        _refuse(net, reason, [SIGN[one] for one in found])
    first = min(starts, key=lambda one: starts[one])
    if starts[first] == -math.inf:
        raise LimitError(
            f"{net} has no threshold: an outlier on the {first} is correlated with the teacher however few the "
            "samples; take its spectrum"
        )
    return _Start(first, starts[first], reason)


def _refuse(net: Network, reason: str, signs: list[float]) -> NoReturn:
    """No threshold, or none that is decided; with a loss that gives the bulk an end, if it has none."""
    status = {support_of(net, sign).status for sign in signs}
    if "undecided" in status:
        raise AccuracyError(f"{net}: whether it has a threshold is not decided. {reason}")
    advice = f"; {remedy(net, tuple(signs))}" if status == {"unbounded"} else ""
    raise LimitError(f"{net} has no threshold. {reason}{advice}")


def _refined(net: Network, averaging: Averaging, n: int, start: _Start, step: Step) -> Threshold:
    """From all replicates, of `n` points each."""
    searches = [Search(net, averages, start.side, step) for averages in averaging.draw(net, n)]
    at = start.log_alpha
    roots = [search.root(at - _NEIGHBOUR, at + _NEIGHBOUR) for search in searches]
    alpha = estimate(np.exp(roots))
    there = [search.at(math.exp(x)) for search, x in zip(searches, roots, strict=True)]
    kinds = {x.edge.kind for x in there}
    block = there[0].edge.curve.blocks(there[0].edge.point)[there[0].block][0]
    return Threshold(
        net=net,
        unit="H",
        alpha=alpha.value,
        error=alpha.error,
        side=start.side,
        kind=_KIND[kinds.pop()] if len(kinds) == 1 else "undecided",
        sector=block.name,
        multiplicity=block.multiplicity,
        edge=estimate([SIGN[start.side] * x.edge.point.z for x in there]),
        overlap2_jump=estimate([_jump(x) for x in there]),
        reason=start.reason,
        points=n,
        averaging=averaging,
    )


def _coarse(net: Network, averaging: Averaging, n: int, side: Side, step: Step) -> float | str:
    """The logarithm of the threshold from one set of points, `-inf` below all `alpha`, or why there is none."""
    support = support_of(net, SIGN[side])
    if support.reason:
        return support.reason
    search = Search(net, next(averaging.draw(net, n)), side, step)
    found = search.bracket()
    if found is None:
        return f"no outlier correlated with the teacher leaves the bulk up to alpha = {_SCAN[-1]:g}"
    return -math.inf if found[0] == found[1] else search.root(*found)


def _jump(found: _Margin) -> float:
    """`m^2` of an outlier that is about to leave."""
    if found.edge.kind != "smooth":
        return 0.0
    curve, place = found.edge.curve, found.edge.point
    block = curve.blocks(place)[found.block][0]
    return curve.shares(place, block, found.direction, curve.slopes(place)[found.block])[0]
