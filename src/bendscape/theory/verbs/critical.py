r"""Changes of the kind of the transition, and the best constant: `a_c(p)`, `p_c(a)` and `argmin alpha_BBP(a)`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...errors import AccuracyError, LimitError
from ...models.quadratic import QuadraticNetwork
from ..law.quadrature import end_measure
from ..numerics.roots import bracketed_root
from ..resolvent.edges import smooth_limit
from ..resolvent.onset import end_alpha, transition

__all__ = ["BestConstant", "best_a", "critical_a", "critical_width"]

_LARGEST_A, _LARGEST_WIDTH = 1e8, 2**20  # up to which a_c and p_c are searched; averages converge up to there


def _excess_of_jump(net: QuadraticNetwork) -> float:
    """Return `1/alpha_BBP - 1/alpha_smooth` at `g = -1`: positive where the transition is discontinuous."""
    measure = end_measure([net])
    assert measure.lower is not None
    limit = float(smooth_limit(measure, measure.lower)[0])
    return -math.inf if limit == 0 else 1.0 / float(end_alpha(measure)[0]) - 1.0 / limit


def critical_a(p: float, p_star: int) -> float:
    r"""Solve for `a_c(p)`: the transition is continuous for smaller `a`, discontinuous for larger.

    Solves `alpha_BBP = alpha_smooth`, which needs one integral over `yhat`; zero at `p = inf`.

    Raises
    ------
    InvalidParameterError
        If a width is out of its domain.

    Examples
    --------
    >>> import bendscape as bs
    >>> round(bs.theory.critical_a(2, 1), 4)
    0.8304
    """
    net = QuadraticNetwork(p, p_star, 1.0)
    if math.isinf(net.p):
        return 0.0

    def excess(log_a: float) -> float:
        return _excess_of_jump(QuadraticNetwork(p, p_star, math.exp(log_a)))

    high = 0.0
    while excess(high) < 0:
        high += 1.0
        if high > math.log(_LARGEST_A):
            raise AccuracyError(f"p = {p}, p_star = {p_star}: no a_c below {_LARGEST_A:.0e}: give other widths")
    low = high - 1.0
    while excess(low) > 0:
        low -= 1.0
        if low < -math.log(_LARGEST_A):
            raise AccuracyError(f"p = {p}, p_star = {p_star}: no a_c above {1 / _LARGEST_A:.0e}: give other widths")
    name = f"a_c at p = {p}, p_star = {p_star}, in log a"
    return math.exp(bracketed_root(excess, low, high, name, xtol=1e-15, rtol=1e-14))


def critical_width(p_star: int, a: float) -> int:
    """Search for `p_c(a)`: the smallest width whose transition is discontinuous.

    Raises
    ------
    InvalidParameterError
        If `p_star` or `a` is out of its domain.
    LimitError
        If `p_c` exceeds 2^20, or at `a = 0`, where the transition is discontinuous at `p = inf` only.

    Examples
    --------
    >>> import bendscape as bs
    >>> bs.theory.critical_width(p_star=1, a=0.7)
    3
    """

    def jumps(p: int) -> bool:
        return _excess_of_jump(QuadraticNetwork(p, p_star, a)) >= 0

    high = 1
    while not jumps(high):
        if high >= _LARGEST_WIDTH:
            raise LimitError(f"a = {a!r}, p_star = {p_star}: continuous for every p up to {high}; give a larger a")
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if jumps(middle) else (middle, high)
    return high


@dataclass(frozen=True)
class BestConstant:
    """The constant `a` with the smallest threshold, which needs the fewest data.

    `a` and `alpha` are the minimum of `alpha_BBP(a)`; `at` says where it lies: at the ``"critical"`` value `a_c`, where
    the two branches meet in a kink, in the ``"interior"`` of the continuous branch, or at ``"zero"``. `a_critical` is
    `a_c`.
    """

    a: float
    alpha: float
    at: Literal["critical", "interior", "zero"]
    a_critical: float


def best_a(p: float, p_star: int) -> BestConstant:
    """Minimise `alpha_BBP(a)`; returns the best `a`, the threshold there, and on which branch it lies.

    The paper places it at `a_c(p)`. That is so for `p` of the order of `p_star`; for `p` much larger the minimum lies
    on the continuous branch below `a_c`, and for `p` much smaller at `a = 0`.

    Raises
    ------
    InvalidParameterError
        If a width is out of its domain.

    Examples
    --------
    >>> import bendscape as bs
    >>> best = bs.theory.best_a(2, 1)
    >>> best.at, round(best.a, 4), round(best.alpha, 4)
    ('critical', 0.8304, 0.9096)
    """
    from scipy.optimize import minimize_scalar

    a_c = critical_a(p, p_star)
    if a_c == 0.0:
        return BestConstant(0.0, _alpha(p, p_star, 0.0), "zero", 0.0)
    # above a_c the threshold grows with a: 1/alpha is the mean of 1/(a + c)
    trial = np.append(a_c * np.geomspace(1e-3, 1.0, 40), 0.0)
    alphas = np.array([_alpha(p, p_star, a) for a in trial])
    best = int(np.argmin(alphas))
    if trial[best] == 0.0:
        return BestConstant(0.0, float(alphas[best]), "zero", a_c)
    bracket = trial[max(best - 1, 0)], trial[min(best + 1, 39)]
    minimum: Any = minimize_scalar(
        lambda a: _alpha(p, p_star, a), bounds=bracket, method="bounded", options={"xatol": 1e-9 * a_c}
    )
    if minimum.fun < _alpha(p, p_star, a_c) * (1 - 1e-12):
        return BestConstant(float(minimum.x), float(minimum.fun), "interior", a_c)
    return BestConstant(a_c, _alpha(p, p_star, a_c), "critical", a_c)


def _alpha(p: float, p_star: int, a: float) -> float:
    return float(transition([QuadraticNetwork(p, p_star, float(a))]).alpha[0])
