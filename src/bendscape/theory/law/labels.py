r"""Weighted points for the labels `y` of a teacher, with second moments of its pre-activations at each label.

The curvature `f(y, yhat)` of a sample depends on the teacher through the label alone. So the equations need only the
law of `y` and `E[s s^T | y]`, the second moments of the teacher's pre-activations at a label: :eq:`label-law`.
Where the label is a function of `|s|^2`, these are a number times the identity.

=================  =========================================================================================
clean, radial      `y = offset + scale Y`, `Y = |s|^2/p_star` of a Gamma law: :func:`nodes`
noisy, radial      the density of `y` is an integral over `Y` of `N(y; y0, additive^2 + multiplicative^2 y0^2)`
any other teacher  points on rays in the space of `s`, in at most three dimensions; with noise, each point adds its
                   own density of noisy labels
=================  =========================================================================================

A density on the line is integrated between its breaks (where it, or the loss, is not smooth) by the trapezoidal rule in
a variable in which the integrand falls doubly exponentially towards every break, :eq:`label-line`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Array
from ...models.labels import ConstantLabel, GammaLabel

if TYPE_CHECKING:
    from ...models.general import Network

__all__ = ["LabelRule", "RadialLabel", "TeacherLabel", "label_rule", "nodes"]

_TAIL = 37.0  # `exp(-37)` of the largest weight is lost in rounding
_WINDOW = 9.0  # standard deviations of noise, beyond which its density is 3e-18 of its largest
_TOP = 3.0  # in log Y: length of the upper part of a window, which has panels of its own
_PANELS, _WIDE_PANELS, _ORDER = 16, 120, 12  # of a part of a window; of a wide one; Gauss-Legendre points of a panel
_FINER = {1: 4, 2: 1}  # points on rays for each label with noise, by dimensions
_LARGEST_SPAN, _LARGEST_NOISY_SPAN = 3, 2  # teacher's neurons; for more, points on rays are too many


@dataclass(frozen=True, eq=False)
class LabelRule:
    """Points of the law of the labels.

    Attributes
    ----------
    y, weights : array, shape (n,)
        The weights add up to one.
    products : array, shape (n,) or (n, d, d)
        Weights times `E[s s^T | y]`; where that is a multiple of the identity, weights times the factor.
    """

    y: Array
    weights: Array
    products: Array


@lru_cache(maxsize=256)
def nodes(law: GammaLabel, n: int, phase: float = 0.0, tail: float = _TAIL) -> tuple[Array, Array]:
    """Points and weights (of sum one) for a Gamma law of labels: `n` nodes on the ray of angle `phase`.

    Trapezoids in `sigma`, `log y = sigma - exp(-sigma - shift)`: :eq:`double-exponential`. What weighs less than
    `exp(-tail)` of the largest weight is left out.
    """
    shift = 4.0 if phase == 0 else 2.0

    def log_weight(sigma: Array, log_y: Array, y: Array) -> Array:
        return np.asarray(law.shape * (log_y - y) + np.log1p(np.exp(-(sigma + shift))))

    low, high = -25.0, 8.0
    for _ in range(3):  # a law of large shape is narrow: find where its weight lies, then look closer
        grid = np.linspace(low, high, 1025)
        x = grid - np.exp(-(grid + shift))
        size = log_weight(grid, x, np.cos(phase) * np.exp(x))
        kept = grid[size > size.max() - tail]
        low, high = kept[0] - (grid[1] - grid[0]), kept[-1] + (grid[1] - grid[0])
    sigma = np.linspace(low, high, n)
    log_y = sigma - np.exp(-(sigma + shift)) + (1j * phase if phase else 0.0)
    y = np.exp(log_y)
    size = log_weight(sigma, log_y, y)
    weight = np.exp(size - size.real.max())
    return y, weight / weight.sum()


def label_rule(law: Any, n: int, phase: float = 0.0, tail: float = _TAIL) -> LabelRule:
    """Points of any law of labels; where the law `turns`, on the ray of angle `phase`."""
    if isinstance(law, ConstantLabel):
        one = np.ones(1)
        return LabelRule(law.value * one, one, law.value * one)
    if isinstance(law, GammaLabel):
        y, weights = nodes(law, n, phase, tail)
        return LabelRule(y, weights, y * weights)
    return _rule_of(law, n, phase, tail)


@lru_cache(maxsize=128)
def _rule_of(law: Any, n: int, phase: float, tail: float) -> LabelRule:
    rule: LabelRule = law.rule(n, phase, tail)
    return rule


@dataclass(frozen=True)
class RadialLabel:
    """Law of the labels `y0 = offset + scale Y`, `Y` the mean of `2 shape` squared normal numbers, with Gaussian noise.

    `breaks` are labels, besides the end of the clean law, at which the loss is not smooth.
    """

    shape: float
    offset: float = 0.0
    scale: float = 1.0
    additive: float = 0.0
    multiplicative: float = 0.0
    breaks: tuple[float, ...] = ()

    @property
    def turns(self) -> bool:
        """Whether the law is an analytic image of a Gamma law, so that its contour may turn."""
        return self.additive == self.multiplicative == 0 and not self._inside

    @property
    def _inside(self) -> tuple[float, ...]:
        """Breaks inside the range of the labels, not at its end."""
        clean = self.additive == self.multiplicative == 0
        return tuple(b for b in self.breaks if not clean or (b - self.offset) * self.scale > 0)

    def rule(self, n: int, phase: float = 0.0, tail: float = _TAIL) -> LabelRule:
        """Return points and weights, about `n` between neighbouring breaks."""
        if self.turns:
            Y, weights = nodes(GammaLabel(self.shape), n, phase, tail)
            return LabelRule(self.offset + self.scale * Y, weights, Y * weights)
        if self.additive == self.multiplicative == 0:
            return self._clean(n, tail)
        reach = self.offset + self.scale * _largest(self.shape, tail)
        noise = _WINDOW * math.hypot(self.additive, self.multiplicative * reach)
        ends = min(0.0, reach, self.offset) - noise, max(0.0, reach, self.offset) + noise
        y, step = _line(sorted({self.offset, *self.breaks}), ends, n, tail / min(1.0, self.shape))
        return _kept(y, step, *self._density(y))

    def _clean(self, n: int, tail: float) -> LabelRule:
        """Return the rule for labels without noise, between breaks."""
        cuts = sorted({0.0, *((b - self.offset) / self.scale for b in self._inside)})
        Y, step = _line(cuts, (0.0, _largest(self.shape, tail)), n, tail / min(1.0, self.shape))
        density = _gamma_density(self.shape, np.log(Y))
        rule = _kept(Y, step, density / Y, density)
        return LabelRule(self.offset + self.scale * rule.y, rule.weights, rule.products)

    def _density(self, y: Array) -> tuple[Array, Array]:
        """Density of noisy labels, and its product with `E[Y | y]`, :eq:`noisy-labels`: an integral over `log Y`.

        It is taken in panels of the window in which the noise that leads to `y` is below nine standard deviations:
        between the roots of `(y - y0)^2 = 81 (additive^2 + multiplicative^2 y0^2)`.
        """
        low, high = -_TAIL / self.shape - 2.0, math.log(_largest(self.shape, _TAIL))
        rest, wide = 1.0 - (_WINDOW * self.multiplicative) ** 2, self.multiplicative * _WINDOW >= 0.9
        start, end = np.full_like(y, low), np.full_like(y, high)
        if not wide:
            # roots y0 of rest y0^2 - 2 y y0 + y^2 - (9 additive)^2, rest = 1 - (9 multiplicative)^2
            root = np.sqrt(np.maximum(y**2 - rest * (y**2 - (_WINDOW * self.additive) ** 2), 0.0))
            edges = (np.stack([y - root, y + root]) / rest - self.offset) / self.scale
            with np.errstate(divide="ignore"):
                start, end = (np.clip(np.log(np.maximum(x, 0.0)), low, high) for x in (edges.min(0), edges.max(0)))
        # the upper part of the window, near its largest Y, has panels of its own
        middle = np.maximum(start, end - _TOP)
        total = np.zeros((2, y.size))
        for a, b, panels in ((start, middle, _WIDE_PANELS if wide else _PANELS), (middle, end, _PANELS)):
            x, weight = _panels(panels)
            log_Y = a[:, None] + (b - a)[:, None] * x
            Y = np.exp(log_Y)
            y0 = self.offset + self.scale * Y
            deviation = np.hypot(self.additive, self.multiplicative * y0)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                bell = np.exp(-(((y[:, None] - y0) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
            both = np.nan_to_num(bell) * _gamma_density(self.shape, log_Y) * (b - a)[:, None] * weight
            total += np.stack([both.sum(axis=1), (both * Y).sum(axis=1)])
        return total[0], total[1]


@lru_cache(maxsize=8)
def _panels(number: int) -> tuple[Array, Array]:
    """Gauss-Legendre points and weights in equal panels of (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(_ORDER)
    starts = np.arange(number)[:, None]
    return ((starts + (1 + x) / 2) / number).ravel(), np.tile(w / (2 * number), number)


def _gamma_density(shape: float, log_Y: Array) -> Array:
    """Density of `log Y` for the Gamma law of mean one."""
    return np.asarray(np.exp(shape * (log_Y + math.log(shape) - np.exp(log_Y)) - math.lgamma(shape)))


def _largest(shape: float, tail: float) -> float:
    """Largest `Y`, where the density has fallen by `exp(-tail)`: `Y - log Y - 1 = tail/shape`."""
    Y = 1.0 + tail / shape
    for _ in range(40):
        Y = 1.0 + tail / shape + math.log(Y)
    return Y


def _line(breaks: list[float], ends: tuple[float, float], n: int, tail: float) -> tuple[Array, Array]:
    """Points and weights of an integral between the ends; `n` points in each interval between breaks.

    By :eq:`label-line`, beyond the outermost breaks the distance from one is `length exp(sigma - exp(-sigma - 4))`;
    between two it is `(b - a)/(1 + exp(-pi sinh(sigma)))`.
    """
    ends = min(ends[0], breaks[0]), max(ends[1], breaks[-1])
    parts = [(a, *_between(b - a, n)) for a, b in itertools.pairwise(breaks)]
    for sign, at, end in ((-1.0, breaks[0], ends[0]), (1.0, breaks[-1], ends[1])):
        if sign * (end - at) > 0:
            distance, weight = _beyond(sign * (end - at), n, tail)
            parts.append((at, sign * distance, weight))
    return np.concatenate([a + d for a, d, _ in parts]), np.concatenate([w for _, _, w in parts])


def _beyond(length: float, n: int, tail: float) -> tuple[Array, Array]:
    low = -1.0
    while low - math.exp(-low - 4) > -tail:
        low -= 0.25
    sigma = np.linspace(low, 0.0, n)
    distance = length * np.exp(sigma - np.exp(-sigma - 4))
    return distance, distance * (1 + np.exp(-sigma - 4)) * (sigma[1] - sigma[0])


def _between(length: float, n: int) -> tuple[Array, Array]:
    sigma = np.linspace(-3.6, 3.6, n)
    share = 1 / (1 + np.exp(-np.pi * np.sinh(sigma)))
    weight = share * (1 - share) * np.pi * np.cosh(sigma) * (sigma[1] - sigma[0])
    return length * share, length * weight


def _kept(y: Array, step: Array, density: Array, signal: Array) -> LabelRule:
    """Return a rule without points of negligible weight; `signal` is `E[s s^T | y]` times the density."""
    weights, products = step * density, step.reshape(-1, *(1,) * (signal.ndim - 1)) * signal
    kept = weights > math.exp(-_TAIL) * weights.max()
    total = weights[kept].sum()
    return LabelRule(y[kept], weights[kept] / total, products[kept] / total)


@dataclass(frozen=True)
class TeacherLabel:
    """Law of the labels of any teacher with at most three neurons, or two with noise.

    `breaks` are labels at which the loss is not smooth.
    """

    net: Network
    breaks: tuple[float, ...] = ()
    turns: bool = False

    @staticmethod
    def fits(net: Network) -> bool:
        """Whether the teacher has few enough neurons."""
        return net.p_star <= (_LARGEST_NOISY_SPAN if net.noise else _LARGEST_SPAN)

    def rule(self, n: int, phase: float = 0.0, tail: float = _TAIL) -> LabelRule:  # noqa: ARG002
        """Return points and weights, from points in the space of the teacher's pre-activations."""
        rule = self._points(n)
        one = rule.products.shape[1] == 1
        return replace(rule, products=rule.products[:, 0, 0]) if one else rule

    def _points(self, n: int) -> LabelRule:
        if self.net.noise:
            return self._noisy(*_rays(self.net.p_star, _FINER[self.net.p_star] * n, self._cuts), n)
        s, weights = _rays(self.net.p_star, n // self.net.p_star, self._cuts)
        products = weights[:, None, None] * s[:, :, None] * s[:, None, :]
        return _gathered(LabelRule(self.net.labels(s), weights, products), n, self.breaks)

    @property
    def _cuts(self) -> tuple[float, ...]:
        """Values of a single pre-activation at which the label passes a break."""
        if self.net.p_star > 1:
            return ()
        s = np.linspace(-12.0, 12.0, 4801)
        y = self.net.labels(s[:, None])
        return tuple(
            self._cut(b, s[i], s[i + 1])
            for b in self.breaks
            for i in np.flatnonzero(np.sign(y[:-1] - b) * np.sign(y[1:] - b) < 0)
        )

    def _cut(self, label: float, low: float, high: float) -> float:
        from ..numerics.roots import bracketed_root

        place = f"where the label passes {label:.6g}"
        return bracketed_root(lambda x: float(self.net.labels([[x]])[0]) - label, low, high, place, xtol=1e-14)

    def _noisy(self, s: Array, weights: Array, n: int) -> LabelRule:
        """Return the rule for labels with noise, :eq:`noisy-labels`: a sum of densities at fixed pre-activations."""
        noise, y0 = self.net.noise, self.net.labels(s)
        deviation = np.maximum(np.hypot(noise.additive, noise.multiplicative * y0), 1e-300)
        reach, height = _WINDOW * deviation, weights / (deviation * math.sqrt(2 * math.pi))
        y, step = _line(sorted({0.0, *self.breaks}), (float((y0 - reach).min()), float((y0 + reach).max())), n, _TAIL)
        products = (s[:, :, None] * s[:, None, :]).reshape(len(s), -1)
        density, signal = np.empty(y.size), np.empty((y.size, products.shape[1]))
        for i in range(0, y.size, 32):
            rows = slice(i, i + 32)
            bell = height * np.exp(-(((y[rows, None] - y0) / deviation) ** 2) / 2)
            density[rows], signal[rows] = bell.sum(axis=1), bell @ products
        return _kept(y, step, density, signal.reshape(-1, *(self.net.p_star,) * 2))


@lru_cache(maxsize=16)
def _rays(dimensions: int, n: int, cuts: tuple[float, ...]) -> tuple[Array, Array]:
    """Points and weights for standard normal numbers: a radius, and directions between the axes."""
    if dimensions == 1:
        s, step = _line(sorted({0.0, *cuts}), (-9.0, 9.0), n, 2 * _TAIL)
        weights = step * np.exp(-(s**2) / 2)
        return s[:, None], weights / weights.sum()
    # the radius: |s|^2/d follows a Gamma law of shape d/2; the directions: four quarters of a circle
    Y, weight = nodes(GammaLabel(dimensions / 2), n)
    radius = np.sqrt(dimensions * Y)
    x, w = np.polynomial.legendre.leggauss(max(8, n // 2))
    quarter = np.pi / 4 * (1 + x)
    angle = (quarter + np.pi / 2 * np.arange(4)[:, None]).ravel()
    circle, around = np.stack([np.cos(angle), np.sin(angle)], axis=1), np.tile(w, 4)
    if dimensions == 3:
        height = np.concatenate([(x - 1) / 2, (1 + x) / 2])  # the cosine of the polar angle is uniform
        flat = np.sqrt(1 - height**2)
        circle = np.concatenate(
            [flat[:, None, None] * circle, np.broadcast_to(height[:, None, None], (len(height), len(angle), 1))], axis=2
        ).reshape(-1, 3)
        around = np.outer(np.tile(w, 2), around).ravel()
    s = radius[:, None, None] * circle
    weights = np.outer(weight, around / around.sum())
    return s.reshape(-1, dimensions), weights.ravel()


def _gathered(rule: LabelRule, n: int, breaks: tuple[float, ...]) -> LabelRule:
    """Reduce a rule to fewer points with equal averages of functions of `y` that are polynomials in each panel.

    A point's weight goes to the Gauss-Legendre points of its panel, by their Lagrange polynomials, :eq:`gathered`.
    Panels are equal in `arcsinh` of the label, and end at the breaks.
    """
    if rule.y.size <= 8 * n:
        return rule
    scale = 1e-3 * float(rule.weights @ np.abs(rule.y)) or 1.0
    x, order = np.arcsinh(rule.y / scale), 12
    cuts = sorted({float(x.min()), float(x.max()), *(float(np.arcsinh(b / scale)) for b in (0.0, *breaks))})
    cuts = [c for c in cuts if x.min() <= c <= x.max()]
    ends = [np.linspace(a, b, max(2, math.ceil((b - a) * n / 60)) + 1) for a, b in itertools.pairwise(cuts)]
    edges = np.unique(np.concatenate(ends)) if ends else np.array([x.min() - 1, x.max() + 1])
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, edges.size - 2)
    knots = np.polynomial.legendre.leggauss(order)[0]
    width = np.diff(edges)
    at = 2 * (x - edges[place]) / width[place] - 1
    share = _lagrange(knots, at)  # shape (points, order)
    # each point adds its weight times the Lagrange polynomials to the knots of its panel
    parts = np.concatenate([rule.weights[:, None], rule.products.reshape(x.size, -1)], axis=1)
    moments = np.zeros(((edges.size - 1) * order, parts.shape[1]))
    index = place[:, None] * order + np.arange(order)
    for j in range(parts.shape[1]):
        moments[:, j] = np.bincount(index.ravel(), (share * parts[:, [j]]).ravel(), moments.shape[0])
    y = scale * np.sinh((edges[:-1, None] + width[:, None] * (1 + knots) / 2).ravel())
    kept = np.any(np.abs(moments) > 0, axis=1)
    return LabelRule(y[kept], moments[kept, 0], moments[kept, 1:].reshape(-1, *rule.products.shape[1:]))


def _lagrange(knots: Array, x: Array) -> Array:
    """Lagrange polynomials at `x`, shape (points, knots), by the barycentric formula."""
    apart = knots[:, None] - knots + np.eye(knots.size)
    bary = 1 / apart.prod(axis=1)
    off = x[:, None] - knots
    exact = off == 0
    terms = bary / np.where(exact, 1.0, off)
    share = terms / terms.sum(axis=1, keepdims=True)
    share[exact.any(axis=1)] = exact[exact.any(axis=1)]
    return np.asarray(share)
