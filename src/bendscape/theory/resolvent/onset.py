r"""The BBP transition, equation (15): where the outlier meets the left edge.

At the edge both `z'(g) = 0` and `z(g) = alpha <y A>` hold; eliminating `alpha` leaves one equation for `g` in
`(-1, 0)`,

    g <A^2> = <y A> - <A>,        alpha_BBP = 1/(g^2 <A^2>)                 :eq:`continuous`,

written for a teacher's sector with `T = <y A>`. If it has no root, the outlier reaches the end of the law, `g = -1`,
where the edge is smooth:

    alpha_BBP = 1/(g (<y A> - <A>)) at g = -1                               :eq:`discontinuous`,

which has a closed form in the averages of `1/(a + c)`, and is (18), :eq:`wide`, at `p = inf`. For any other law the
sharp edges are searched for the first outlier, :eq:`onset`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.network import IsotropicNetwork, LawEdge
from ...results import Side
from ..law.measure import CurvatureMeasure, powers
from ..law.quadrature import end_measure, real_measure, stacked_measure
from ..numerics.roots import U_MAX, find_root
from .bulk import inverse_stieltjes
from .edges import nearest, smooth_limit

__all__ = [
    "Transition",
    "end_alpha",
    "first_transition",
    "onset",
    "outlier_slope",
    "transition",
    "transition_of",
    "transition_on",
]

TEACHER = "teacher"
_GRID_POINTS, _ALPHA_MAX = 400, 2e4  # values of u at which a transition is looked for; the largest alpha of one
_TIE = 1e-12  # relative; at a_c (a = 0 for p = inf) both branches give one alpha, and the jump is zero


@dataclass(frozen=True, eq=False)
class Transition:
    """Transitions at which the teacher's outlier leaves the bulk on the left; one element a network.

    `alpha` is the threshold, `edge` the left edge there (in units of `2/p`), `alpha_smooth` the largest `alpha` with a
    smooth edge, `jump` the squared overlap just above, `alpha_0` where its tangent there meets zero, `discontinuous`
    whether it jumps at all, `error` the relative error of the averages used.
    """

    alpha: Array
    edge: Array
    alpha_smooth: Array
    jump: Array
    alpha_0: Array
    discontinuous: Array
    error: Array


def end_alpha(measure: CurvatureMeasure) -> Array:
    """Return the `alpha` at which the outlier reaches the end of the law, `g = 1/f_end`: :eq:`discontinuous`."""
    assert measure.lower is not None
    g = np.full(measure.f.shape[:-1], 1.0 / measure.lower.value)
    return np.asarray(1.0 / (g * (measure.lowest(g, TEACHER) - measure.mean(g))))


def transition(nets: Sequence[IsotropicNetwork]) -> Transition:
    """Solve (15) for networks that share a law of labels and a kind of end; one element a network, in their order."""
    at_end = end_measure(nets)
    if not nets[0].closed:
        return transition_of(at_end, at_end.select)
    return transition_of(at_end, lambda sharp: stacked_measure([nets[int(i)] for i in sharp]))


def transition_of(
    at_end: CurvatureMeasure,
    stacked: Callable[[Array], CurvatureMeasure],
    between: tuple[float, float] | None = None,
) -> Transition:
    """Solve (15) for `CurvatureMeasure`s; one element a law.

    `at_end` holds every law, averaged at the end `g = 1/f_end`. `stacked(i)` returns the laws with the indices `i`, for
    averages at any `g`: it is called for those whose edge is sharp at the transition.

    `between` brackets the `u` of `g = exp(-u)/f_end` at which the sharp edge and the outlier meet, if given.
    """
    end = at_end.lower
    assert end is not None, "a law without a lower end has no left edge"
    g_end = np.full(at_end.f.shape[:-1], 1.0 / end.value)
    with np.errstate(divide="ignore", invalid="ignore"):  # at a power averages may diverge
        first, second, t = at_end.with_teacher(g_end, TEACHER)
        reached = 1.0 / (g_end * (t - first))
    limit = smooth_limit(at_end, end) if end.kind == "power" else 1.0 / (g_end**2 * second)
    alpha, edge = np.full(limit.shape, np.inf), np.empty(limit.shape)
    jump, alpha_0 = np.zeros((2, *limit.shape))
    error = np.full(limit.shape, at_end.error)
    # where the edge is smooth the outlier may reach the end of the law before the edge becomes sharp
    smooth = limit > 0
    alpha[smooth] = reached[smooth]
    late = np.nonzero(alpha <= limit * (1 + _TIE))[0]
    if late.size:
        part, g = at_end.select(late), np.full(late.size, 1.0 / end.value)
        edge[late] = inverse_stieltjes(part, alpha[late], g)
        _, jump[late], slope = outlier_slope(part, g)
        alpha_0[late] = alpha[late] - jump[late] / slope
    # elsewhere it meets a sharp edge
    sharp = np.nonzero(~(alpha <= limit * (1 + _TIE)))[0]
    if sharp.size:
        part = stacked(sharp)
        g = _meeting_point(part, end, between)
        alpha[sharp] = alpha_0[sharp] = 1.0 / (g**2 * part.mean(g, power=2))
        edge[sharp] = inverse_stieltjes(part, alpha[sharp], g)
        error[sharp] = part.error
    discontinuous = alpha < limit * (1 - _TIE)
    return Transition(alpha, edge, limit, np.where(discontinuous, jump, 0.0), alpha_0, discontinuous, error)


def onset(measure: CurvatureMeasure, bound: str = "below") -> Transition | str:
    """Solve (15) for one law of any kind; returns the reason, a string, where there is no transition on the left.

    Along the sharp edges `alpha = 1/(g^2 <A^2>)` rises from `alpha_smooth` at the end of the law to infinity at `g =
    0`. The first of them at which the teacher's outlier is outside is looked for on a grid, up to a large `alpha`.

    Raises
    ------
    AccuracyError
        If the outlier is outside just above the end of the law, but not at the end itself.
    """
    end = measure.lower
    if end is None:
        return f"the curvature of a sample is unbounded {bound}, so the bulk is too"
    one = replace(measure, f=measure.f[None, :])
    limit = smooth_limit(one, end)
    if limit[0] > 0 and 0 < end_alpha(one)[0] <= limit[0] * (1 + _TIE):
        jump = transition_of(one, lambda _: one)
        # the slope of m^2 takes <A^3>, which may diverge at the end of a power
        return replace(jump, alpha_0=np.full(1, np.nan)) if end.kind == "power" else jump
    u = np.concatenate([[nearest(end)], np.geomspace(1e-6, 30.0, _GRID_POINTS)])
    g = np.exp(-u) / end.value
    first, second, t = measure.with_teacher(g, TEACHER)
    # alpha(g) = 1/(g^2 <A^2>),   outside where g <A^2> > t - <A>                                           :eq:`onset`
    outside = g * second - (t - first) > 0
    alpha = 1.0 / (g**2 * second)
    if not np.any(outside & (alpha <= _ALPHA_MAX)):
        return f"nothing correlated with the teacher leaves the bulk up to alpha = {_ALPHA_MAX:g}"
    first_out = int(np.argmax(outside))
    if first_out == 0:
        raise AccuracyError(
            f"whether the outlier is outside at alpha = {alpha[0]:.6g}, at the end of the law of the curvature, is not "
            "decided: give a slightly different loss"
        )
    return transition_of(one, lambda _: one, (u[first_out - 1], u[first_out]))


def transition_on(law: IsotropicNetwork, side: Side) -> Transition | str:
    """Solve (15) on one side of the bulk, or return why there is no transition there.

    On the right `-F` is solved: `edge` is minus the right edge.
    """
    if side == "left" and law.closed:
        return transition([law])
    measure = real_measure(law)
    return onset(measure) if side == "left" else onset(measure.negated(), "above")


def first_transition(law: IsotropicNetwork, sides: Sequence[Side]) -> tuple[Side, Transition | None, str]:
    """Return the side on which the first outlier leaves, its transition, and why none leaves on the others.

    If no outlier leaves, the side is the first on which the bulk has an end, and the transition is None.
    """
    solved = {side: transition_on(law, side) for side in sides}
    transitions = {side: at for side, at in solved.items() if not isinstance(at, str)}
    reason = "; ".join(f"{side}: {why}" for side, why in solved.items() if isinstance(why, str))
    if transitions:
        first = min(transitions, key=lambda side: float(transitions[side].alpha[0]))
        return first, transitions[first], reason
    ends = dict(zip(("left", "right"), law.curvature_edges, strict=True))
    return next((side for side in sides if ends[side] is not None), sides[0]), None, reason


def _meeting_point(measure: CurvatureMeasure, end: LawEdge, between: tuple[float, float] | None = None) -> Array:
    """Solve for the `g` at which a sharp edge and the outlier meet: equation (15), :eq:`continuous`."""
    low, high = between or (nearest(end), U_MAX)

    def meets(u: Array, i: Array) -> Array:
        g, part = np.exp(-u) / end.value, measure.select(i)
        first, second, t = part.with_teacher(g, TEACHER)
        return np.asarray(g * second - (t - first))

    return np.asarray(np.exp(-find_root(meets, low, high, np.arange(measure.f.shape[0]))) / end.value)


def outlier_slope(measure: CurvatureMeasure, g: Array) -> tuple[Array, Array, Array]:
    r"""Return `alpha`, `m^2` and `d m^2/d alpha` at each `g` of the outlier's curve.

    :eq:`tangent`. From `1/alpha = g E_1`, `E_k = <y A^k> - <A^k>`, and `d<A^k>/dg = k <A^(k+1)>`,

        d alpha/dg = -alpha^2 (E_1 + g E_2),     m^2 = S/(S - alpha Y),     S = alpha <A^2> - 1/g^2,   Y = <y A^2>.
    """
    m1, m2, m3 = measure.averages(g, lambda g, f: powers(g, f, 3))
    y1, y2, y3 = measure.branch(g, TEACHER)
    alpha = 1.0 / (g * (y1 - m1))
    d_alpha = -(alpha**2) * (y1 - m1 + g * (y2 - m2))
    s, d_s = alpha * m2 - 1.0 / g**2, d_alpha * m2 + 2 * alpha * m3 + 2.0 / g**3
    t, d_t = alpha * y2, d_alpha * y2 + 2 * alpha * y3
    overlap = s / (s - t)
    d_overlap = (s * d_t - t * d_s) / (s - t) ** 2
    return alpha, overlap, d_overlap / d_alpha
