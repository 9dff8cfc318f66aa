r"""The bulk inside and above the real axis: `s = 1/g` by continuation from far away.

With `s = 1/g`, equation (14) reads

    Z(s) = s (1 + alpha <B>),   B = f/(s - f),   Z'(s) = 1 - alpha <B^2>,       :eq:`shifted`

regular where `g` has poles. On turned contours (see :mod:`bendscape.theory.law.quadrature`) the averages are analytic
up to the real axis, so Newton's method works on it as well as above it. `s(z)` is followed as an ordinary differential
equation along a curve a little above the axis, on which it is smooth, and brought down to the points asked for by
Newton steps.

For `alpha < 1` the matrix has rank `alpha p N`, a share `1 - alpha` of its eigenvalues is zero, and `g` has the pole
`(1 - alpha)/z`, which is left out.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..._types import Array
from ...models.network import IsotropicNetwork
from ..law.measure import BULK, CurvatureMeasure
from ..law.quadrature import contour_measure
from ..numerics.newton import Newton

__all__ = ["Continuation", "Solution"]

_RULES = (56, 96, 160, 280)  # nodes a dimension, tried in turn until the tolerance is met
_PHASE, _OTHER_PHASE = 0.7, 0.55  # phases of the two contours; the second checks the first
_TILT = 0.03  # radians between the curve that is followed and the real axis
_START = 3.0  # parameter at which the curve begins: sinh(3) = ten widths left of the anchor
_STEPS, _PATH, _HALVINGS = 24, 12, 36  # Newton steps at most; Euler steps up from the curve; steps down from it


def _shifted(measure: CurvatureMeasure, alpha: float, s: Array) -> tuple[Array, Array]:
    """Return `Z(s)` and `Z'(s)` of :eq:`shifted`."""

    def powers(s: Array, f: Array) -> tuple[Array, Array]:
        b = f / (s - f)
        return b, b * b

    first, second = measure.averages(s, powers)
    return s * (1.0 + alpha * first), 1.0 - alpha * second


def _regular(measure: CurvatureMeasure, alpha: float, s: Array, sector: str) -> Array:
    r"""Return `g` at `s`, or `1/(z - alpha T)` of a sector; for `alpha < 1` less the pole `(1 - alpha)/z`.

    `stay` is `b = <1/(s - f)>`, and `stay_t` is `b_T`, the same in the sector's weights, of total one. By :eq:`bulk`
    and :eq:`teacher`

        z = s (1 - alpha + alpha s b),   T = s (s b_T - 1),   z - alpha T = s gap,   gap = 1 + alpha s (b - b_T).

    The pole of the zero eigenvalues, :eq:`sum-rule`, is taken off in closed form, because the difference would lose all
    digits next to it:

        1/(s gap) - (1 - alpha)/z = alpha (z + (1 - alpha) T)/(z s gap),
        z + (1 - alpha) T = s^2 (alpha b + (1 - alpha) b_T).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if sector == BULK and alpha >= 1:
            return np.asarray(1.0 / s)
        stay = measure.average(s, lambda s, f: 1.0 / (s - f))
        stay_t = stay if sector == BULK else measure.average(s, lambda s, f: 1.0 / (s - f), sector)
        if stay_t.ndim > stay.ndim:
            return _mean_direction(alpha, s, stay, stay_t)
        return _regular_of(alpha, s, stay, stay_t)


def _mean_direction(alpha: float, s: Array, stay: Array, stay_t: Array) -> Array:
    """Mean of :func:`_regular_of` over the eigenvalues of a sector whose directions mix, :eq:`mixing-sum-rule`."""
    values = np.linalg.eigvals(stay_t)
    each = [_regular_of(alpha, s, stay, column) for column in np.moveaxis(values, -1, 0)]
    return np.asarray(np.mean(each, axis=0))


def _regular_of(alpha: float, s: Array, stay: Array, stay_t: Array) -> Array:
    gap = 1.0 + alpha * s * (stay - stay_t)
    if alpha >= 1:
        return np.asarray(1.0 / (s * gap))
    return np.asarray(alpha * (alpha * stay + (1 - alpha) * stay_t) / ((1 - alpha + alpha * s * stay) * gap))


def _unphysical(z: Array, s: Array) -> Array:
    """Mask of points where Newton's method ended on another branch: the solution has `Im s >= Im z`, up to rounding."""
    return np.asarray(~(s.imag >= z.imag * (1 - 1e-9) - 1e-8 * np.abs(s)))


def _relative(step: Array, s: Array) -> Array:
    """Relative size of a step of Newton's method; nan where a number is not finite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(step) / np.abs(s - step))


@dataclass(frozen=True, eq=False)
class Solution:
    """Solutions `s` at some points, those of a second rule (`check`), the nodes of the rule used, and `g`.

    `g` is without the pole of zero eigenvalues. `difference` is `g` by one rule less `g` by the other, infinite where
    no solution was found.
    """

    s: Array
    check: Array
    rule: Array
    g: Array
    difference: Array


@dataclass(frozen=True)
class Continuation:
    """Solutions `s(z)` of `Z(s) = z` in the closed upper half plane, for one network and one `alpha`.

    `anchor` is a point at or left of the bulk and `width` a length over which the spectrum changes there (both in units
    of `2/p`): the curve along which the solution is continued is a hyperbola through them.
    """

    net: IsotropicNetwork
    alpha: float
    anchor: float
    width: float

    def solve(self, z: Array, tolerance: float) -> Solution:
        """Solve at each `z` (one axis, `Im z >= 0`), with larger rules where `g` differs by more than `tolerance`."""
        s = self._guess(z)
        check, g, difference = s.copy(), np.empty_like(s), np.full(z.shape, np.inf, complex)
        rule = np.zeros(z.shape, int)
        for n in _RULES:
            todo = np.nonzero(~(np.abs(difference) <= tolerance))[0]
            if todo.size == 0:
                break
            s[todo], check[todo] = self._polish(z[todo], s[todo], n)
            lost = todo[_unphysical(z[todo], s[todo])]
            if lost.size:
                s[lost], check[lost] = self._polish(z[lost], self._descend(z[lost], n), n)
            rule[todo] = n
            g[todo], difference[todo] = self._resolvent(s[todo], check[todo], n, BULK)
            difference[todo[_unphysical(z[todo], s[todo])]] = np.inf
        return Solution(s, check, rule, g, difference)

    def sector(self, solution: Solution, sector: str) -> tuple[Array, Array]:
        """Return `1/(z - alpha T)` of a sector, without the pole of zero eigenvalues, and the two rules' difference."""
        if sector == BULK:
            return solution.g, solution.difference
        g, difference = np.empty_like(solution.g), np.empty_like(solution.difference)
        for n in np.unique(solution.rule):
            here = solution.rule == n
            g[here], difference[here] = self._resolvent(solution.s[here], solution.check[here], int(n), sector)
        return g, np.where(np.isinf(solution.difference), np.inf, difference)

    def _rules(self, n: int) -> tuple[CurvatureMeasure, CurvatureMeasure]:
        return contour_measure(self.net, n, _PHASE), contour_measure(self.net, n + 8, _OTHER_PHASE)

    def _resolvent(self, s: Array, check: Array, n: int, sector: str) -> tuple[Array, Array]:
        first, second = self._rules(n)
        g = _regular(first, self.alpha, s, sector)
        difference = g - _regular(second, self.alpha, check, sector)
        return g, np.where(np.isnan(difference), np.inf, difference)

    def _polish(self, z: Array, s: Array, n: int) -> tuple[Array, Array]:
        """Solve by Newton's method on one rule, and take one step from there on the other."""
        (first, second), slope = self._rules(n), np.empty_like(s)

        def correction(s: Array, active: Array) -> Array:
            value, slope[active] = _shifted(first, self.alpha, s)
            return (value - z[active]) / slope[active]

        s = Newton(correction, _relative, 1e-7, _STEPS).solve(s).x
        mean = second.average(s, lambda s, f: f / (s - f))
        return s, s - (s * (1.0 + self.alpha * mean) - z) / slope

    @cached_property
    def _curve(self) -> Any:
        """Integrate the solution along the hyperbola; returns it as a function of the parameter `t`."""
        from scipy.integrate import solve_ivp

        measure = contour_measure(self.net, _RULES[0], _PHASE)
        size = float(np.abs(measure.f[np.abs(measure.weights[BULK]) > 1e-12]).max())
        reach = float(np.arcsinh(10.0 * (1 + self.alpha) * (size + 1) / self.width))
        # Z is concave left of the bulk: Newton from further left cannot overshoot
        start = self._z(np.array([-_START + 1j * _TILT]))

        def correction(s: Array, _: Array) -> Array:
            value, slope = _shifted(measure, self.alpha, s)
            return (value - start) / slope

        s = Newton(correction, _relative, 0.0, _STEPS).solve(-10.0 * (np.abs(start) + 1.0) + 0j).x

        def velocity(t: float, s: Array) -> Array:
            _, slope = _shifted(measure, self.alpha, s)
            return np.asarray(self.width * np.cosh(t + 1j * _TILT) / slope)

        return solve_ivp(velocity, (-_START, reach), s, method="DOP853", rtol=1e-4, atol=1e-9, dense_output=True)

    def _z(self, w: Array) -> Array:
        return np.asarray(self.anchor + self.width * np.sinh(w))

    def _guess(self, z: Array) -> Array:
        """Guess `s` at `z`: on the curve at the parameter of `z`, then by Euler steps up to points above the curve."""
        curve = self._curve
        w = np.arcsinh((z - self.anchor) / self.width)
        t = np.clip(w.real, curve.t[0], curve.t[-1])
        s = np.asarray(curve.sol(t)[0])
        far = np.nonzero((w.imag > _TILT) | (t != w.real))[0]
        path = np.linspace(self._z(t[far] + 1j * _TILT), z[far], _PATH + 1)
        for here, there in itertools.pairwise(path):
            _, slope = _shifted(contour_measure(self.net, _RULES[0], _PHASE), self.alpha, s[far])
            s[far] += (there - here) / slope
        return s

    def _descend(self, z: Array, n: int) -> Array:
        """Solve from the curve down, halving the height above `z`: near edges, where Newton's method alone fails."""
        measure, curve = contour_measure(self.net, n, _PHASE), self._curve
        w = np.arcsinh((z - self.anchor) / self.width)
        t = np.clip(w.real, curve.t[0], curve.t[-1])
        s = np.asarray(curve.sol(t)[0])
        for half in range(_HALVINGS):
            there = self._z(t + 1j * (w.imag + (_TILT - w.imag) * 0.5**half))
            for _ in range(2):
                value, slope = _shifted(measure, self.alpha, s)
                s = s - (value - there) / slope
        return s
