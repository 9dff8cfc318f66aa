r"""The `alpha` at which an outlier correlated with the teacher leaves the bulk of any network: ``bs.threshold(net)``.

At the edge of the bulk an outlier is about to leave where the largest eigenvalue of `M` (`z - alpha T` for white
inputs, see :mod:`bendscape.theory.resolvent.axis`) passes zero, in a sector that contains teacher directions:
:eq:`general-onset`.
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
_WIDENINGS, _TOLERANCE = 12, 1e-5  # of the interval around a threshold; error of log alpha
_NEIGHBOUR = 0.01  # in log alpha: half the interval in which a replicate first searches
_ALPHA_GRID = np.geomspace(0.02, 2e4, 41)  # of the coarse search; ratio 1.41
_TRIALS = 64  # labels that are compared, to detect a teacher whose labels are all equal
_CORRELATED = 1e-6  # teacher's share of a direction, from which on the direction counts as correlated


@dataclass(frozen=True, eq=False)
class _Margin:
    """Margin of the first outlier correlated with the teacher, at one `alpha`: positive once it has left the bulk."""

    value: float
    edge: AxisEdge
    block: int
    direction: Array


def _margin(edge: AxisEdge) -> _Margin:
    """Return the largest margin over all directions that are correlated with the teacher."""
    best = _Margin(-math.inf, edge, -1, np.zeros(0))
    for i, (block, values, vectors) in enumerate(outlier_gaps(edge)):
        for j in np.flatnonzero(block.teacher(vectors) > _CORRELATED):
            if values[j] > best.value:
                best = _Margin(float(values[j]), edge, i, vectors[:, j])
    return best


class Search:
    """Search for a threshold with one set of points, on one side; `step` is called after each edge."""

    def __init__(self, net: Network, averages: MatrixAverages, side: Side, step: Step = lambda: None) -> None:
        self.averages, self.support = oriented(averages, side), support_of(net, SIGN[side])
        self.law, self.step = SpectralLaw.of(net.inputs), step
        self.last: AxisEdge | None = None

    def at(self, alpha: float) -> _Margin:
        """Return the margin at `alpha`; the last edge is the first guess of this one."""
        self.last = find_edge(self.averages, alpha, self.law, self.support, self.last)
        self.step()
        return _margin(self.last)

    def relative(self, log_alpha: float) -> float:
        """Return the margin in units of `1/tau`."""
        margin = self.at(math.exp(log_alpha))
        return margin.value * margin.edge.point.tau

    def bracket(self) -> tuple[float, float] | None:
        """Return two neighbours of a coarse grid, in log alpha, between which the first outlier leaves; else None."""
        last = None
        for alpha in _ALPHA_GRID:
            x = math.log(alpha)
            if self.relative(x) > 0:
                return (last, x) if last is not None else (x, x)
            last = x
        return None

    def root(self, low: float, high: float) -> float:
        """Solve for log alpha at the threshold, in an interval or next to it.

        Raises
        ------
        AccuracyError
            If the interval, widened several times, does not contain it.
        """
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
    """Solve :func:`bendscape.threshold` for a network whose averages are sampled.

    Raises
    ------
    LimitError
        If no outlier correlated with the teacher leaves the bulk; if one is outside at every `alpha`; or if the labels
        do not depend on the teacher.
    AccuracyError
        If the replicates of the last round do not agree on a threshold, or it is not decided whether the bulk has an
        end.
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
    """Solve with more and more points, until the errors are within the tolerance."""
    rounds, drift, start = averaging.rounds(), Drift(), None
    first, last = rounds[0], rounds[-1]
    for n in (first // 4, *rounds):  # the quarter is there to estimate the drift, not for a result
        try:
            start = start or _start(net, averaging, max(n, first), side, step)
            threshold = _with_drift(_refined(net, averaging, n, start, step), drift, averaging.tolerance)
        except AccuracyError:  # more points may help
            if n == last:
                raise
            continue
        if threshold.converged and n >= first:
            break
        if n >= first:
            start = replace(start, log_alpha=math.log(threshold.alpha))
    return threshold


def _with_drift(threshold: Threshold, drift: Drift, tolerance: float) -> Threshold:
    """Return the threshold with errors that include the drift of the numbers as points are added."""
    alpha = drift.widened("alpha", Estimate(threshold.alpha, threshold.error))
    return replace(
        threshold,
        error=alpha.error,
        edge=drift.widened("edge", threshold.edge),
        overlap2_jump=drift.widened("jump", threshold.overlap2_jump),
        converged=alpha.error <= tolerance * threshold.alpha,
    )


@dataclass(frozen=True)
class _Start:
    """The side and `log alpha` at which replicates begin to search, and the reason against the other side."""

    side: Side
    log_alpha: float
    reason: str


def _start(net: Network, averaging: Averaging, n: int, side: Side | None, step: Step) -> _Start:
    """Search coarsely, with one set of points, for the side on which the first outlier leaves."""
    searched = {one: _coarse(net, averaging, n, one, step) for one in (SIGN if side is None else (side,))}
    starts = {one: at for one, at in searched.items() if not isinstance(at, str)}
    reason = "; ".join(f"{one}: {why}" for one, why in searched.items() if isinstance(why, str))
    if not starts:
        _refuse(net, reason, [SIGN[one] for one in searched])
    first = min(starts, key=lambda one: starts[one])
    if starts[first] == -math.inf:
        raise LimitError(
            f"{net} has no threshold: an outlier on the {first} is correlated with the teacher however few the "
            "samples; take its spectrum with bs.spectrum"
        )
    return _Start(first, starts[first], reason)


def _refuse(net: Network, reason: str, signs: list[float]) -> NoReturn:
    """Raise the error of a network without a threshold, with advice on a loss if the bulk has no end."""
    status = {support_of(net, sign).status for sign in signs}
    if "undecided" in status:
        raise AccuracyError(f"{net}: whether it has a threshold is not decided. {reason}")
    advice = f"; {remedy(net, tuple(signs))}" if status == {"unbounded"} else ""
    raise LimitError(f"{net} has no threshold. {reason}{advice}")


def _refined(net: Network, averaging: Averaging, n: int, start: _Start, step: Step) -> Threshold:
    """Solve for the threshold with all replicates, of `n` points each."""
    searches = [Search(net, averages, start.side, step) for averages in averaging.draw(net, n)]
    at = start.log_alpha
    roots = [search.root(at - _NEIGHBOUR, at + _NEIGHBOUR) for search in searches]
    alpha = estimate(np.exp(roots))
    margins = [search.at(math.exp(x)) for search, x in zip(searches, roots, strict=True)]
    # replicates that disagree on the kind of the edge leave the kind of the transition undecided
    kinds = {x.edge.kind for x in margins}
    block = margins[0].edge.curve.blocks(margins[0].edge.point)[margins[0].block][0]
    return Threshold(
        net=net,
        unit="H",
        alpha=alpha.value,
        error=alpha.error,
        side=start.side,
        kind=_KIND[kinds.pop()] if len(kinds) == 1 else "undecided",
        sector=block.name,
        multiplicity=block.multiplicity,
        edge=estimate([SIGN[start.side] * x.edge.point.z for x in margins]),
        overlap2_jump=estimate([_jump(x) for x in margins]),
        reason=start.reason,
        points=n,
        averaging=averaging,
    )


def _coarse(net: Network, averaging: Averaging, n: int, side: Side, step: Step) -> float | str:
    """Solve for log alpha at the threshold with one set of points: `-inf` below the grid; a reason if there is none."""
    support = support_of(net, SIGN[side])
    if support.reason:
        return support.reason
    search = Search(net, next(averaging.draw(net, n)), side, step)
    bracket = search.bracket()
    if bracket is None:
        return f"no outlier correlated with the teacher leaves the bulk up to alpha = {_ALPHA_GRID[-1]:g}"
    return -math.inf if bracket[0] == bracket[1] else search.root(*bracket)


def _jump(margin: _Margin) -> float:
    """Return `m^2` of an outlier that is about to leave: zero at a sharp edge."""
    if margin.edge.kind != "smooth":
        return 0.0
    curve, point = margin.edge.curve, margin.edge.point
    block = curve.blocks(point)[margin.block][0]
    return curve.shares(point, block, margin.direction, curve.slopes(point)[margin.block])[0]
