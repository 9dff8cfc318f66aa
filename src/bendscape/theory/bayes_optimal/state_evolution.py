r"""State evolution of message passing, for labels that depend on `|W* x|^2/p_star` alone.

A guess of the teacher with squared overlap `q` makes `z = W* x` Gaussian, with mean `omega`, `|omega|^2 = q chi^2_p*`,
and covariance `(1 - q) I`. The label moves the mean to `E[z | y]`. One step of message passing changes `q` to

    q <- qhat/(1 + qhat),    qhat = alpha Psi(q),    Psi(q) = E|E[z | y] - omega|^2/(p_star (1 - q)^2)  :eq:`bayes-step`

A fixed point at `q` is one at `alpha(q) = q/((1 - q) Psi(q))`, :eq:`bayes-curve`: one curve holds the fixed points of
all `alpha`. For inputs that are not independent another function takes its place, :eq:`bayes-ensembles`. From `q = 0`
the steps end where the curve first reaches `alpha`. So weak recovery begins at `alpha(0)`, and message passing passes
all barriers at the largest `alpha(q)`. The free entropy at one `alpha` has the slope `p_star Psi (alpha - alpha(q))/2`
in `q`, :eq:`bayes-potential`: the area between the curve and `alpha` orders fixed points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.channels import Channel, log_chi, radial_moments
from ...models.ensembles import Ensemble

__all__ = ["Curve", "Jump", "curve_of", "gain", "weak_alpha", "weak_recovery"]

_SMALLEST = 1e-7  # overlap that stands for zero
_POINTS = 48  # of the curve
_LAST, _LAST_EDGED = 14.0, 9.0  # -log(1 - q) at its end; the same where labels are cut off or rounded
_PANEL, _PANEL_WIDTHS = 16, 10.0  # nodes of a panel, and its width in units of sqrt(1 - q)
_MISSING = 1e-4  # weight of all labels less one, above which a rule is not accurate
_NODES = 64  # of |omega|, and of labels for each
_WIDTHS = 8.5  # standard deviations beyond which a Gaussian is left out
_LEAST = 1e-13  # weight of a length that is left out
_NEAR = 5e-4  # error of the spline of the curve, in -log(1 - q)
_CLOSE = 1e-6  # relative distance from the ends at which fixed points are searched
_FEW = 1e-6  # alpha over that of weak recovery, below which labels tell nothing
_BARRIER = 1e-4  # relative height of a maximum; the nodes resolve no lower one


def gain(channel: Channel, q: float, nodes: int = _NODES) -> float:
    """`Psi(q)` of :eq:`bayes-step`, for `0 < q < 1`, by `nodes` lengths of `omega` and as many labels for each."""
    p_star, v = channel.p_star, 1.0 - q
    centre, weight = _lengths(channel, q, nodes)
    spread = math.sqrt(v)
    low = np.maximum(centre - _WIDTHS * spread, 0.0)
    high = centre + (_WIDTHS + math.sqrt(p_star)) * spread
    y, share = channel.labels_between(low**2 / p_star, high**2 / p_star, nodes)
    there = radial_moments(channel, y, centre[:, None], np.array(v))
    share = share * np.exp(there.log_evidence)
    missing = float(abs(np.sum(weight * share.sum(axis=1)) - 1.0))
    if missing > _MISSING:
        raise AccuracyError(
            f"{channel}: the labels at q = {q:.6g} have the total weight 1 +- {missing:.1g}; give a channel with more "
            "noise"
        )
    return float(np.sum(weight * np.sum(share * (there.along - centre[:, None]) ** 2, axis=1))) / (p_star * v**2)


def _lengths(channel: Channel, q: float, nodes: int) -> tuple[Array, Array]:
    """Nodes and weights for `|omega|`, `|omega|^2 = q chi^2_p*`; they are dense where `|omega|` is `sqrt(1 - q)`.

    Labels that are cut off or rounded depend on `|omega|` at edges of width `sqrt(1 - q)`: panels of that width.
    """
    p_star, scale = channel.p_star, math.sqrt(1 - q)
    ends = math.sqrt(q) * (math.sqrt(p_star) + np.array([-_WIDTHS, _WIDTHS]))
    low, high = np.maximum(ends, 0.0)
    if _edged(channel):
        panels = max(nodes // _PANEL, math.ceil((high - low) / (_PANEL_WIDTHS * scale)))
        x, w = np.polynomial.legendre.leggauss(_PANEL)
        half = (high - low) / (2 * panels)
        middle = low + half * (2 * np.arange(panels) + 1)
        centre, step = (middle[:, None] + half * x).ravel(), np.tile(half * w, panels)
    else:
        x, w = np.polynomial.legendre.leggauss(nodes)
        low, high = np.arcsinh(low / scale), np.arcsinh(high / scale)
        tau = (low + high) / 2 + (high - low) / 2 * x
        centre, step = scale * np.sinh(tau), (high - low) / 2 * w * scale * np.cosh(tau)
    weight = step * np.exp(log_chi(centre, np.zeros_like(centre), np.full_like(centre, q), p_star))
    kept = weight > _LEAST
    return centre[kept], weight[kept]


def _edged(channel: Channel) -> bool:
    """Whether labels without noise are cut off or rounded."""
    return channel.sharp and channel.exact_share < 1


def weak_recovery(channel: Channel, nodes: int = _NODES) -> float:
    """`alpha(0) = 1/E[lambda(y)^2]`, `lambda(y) = E[|z|^2 | y]/p_star - 1`, :eq:`bayes-weak`."""
    p_star = channel.p_star
    low = np.array([max(0.0, math.sqrt(p_star) - _WIDTHS)])
    high = np.array([math.sqrt(p_star) + _WIDTHS])
    y, share = channel.labels_between(low**2 / p_star, high**2 / p_star, nodes)
    there = radial_moments(channel, y, np.zeros_like(y), np.array(1.0))
    return 1.0 / float(np.sum(share * np.exp(there.log_evidence) * (there.square / p_star - 1.0) ** 2))


class Jump(NamedTuple):
    """A maximum of `alpha(q)`: the overlap of message passing jumps there, from `q`."""

    alpha: float
    q: float


@dataclass(frozen=True, eq=False)
class Curve:
    """`alpha(q)`, :eq:`bayes-curve`, as a table over `-log(1 - q)`.

    Attributes
    ----------
    channel : Channel
    ensemble : Ensemble
    weak : float
        `alpha(0)`.
    q, alpha, psi : array
        `q`, `alpha(q)` and `Psi(q)` at the points of the table.
    nodes : int
        Of the rules.
    """

    channel: Channel
    ensemble: Ensemble
    weak: float
    q: Array
    alpha: Array
    psi: Array
    nodes: int = _NODES

    @property
    def perfect(self) -> float:
        """Limit of `alpha(q)` at `q = 1`, above which the teacher itself is a stable fixed point; inf with noise.

        Each label without noise fixes one of the `p_star N` weights, once the others are close.
        """
        share = self.channel.exact_share
        return self.channel.p_star / share if share and self.ensemble.complete else math.inf

    def at(self, q: float, nodes: int | None = None) -> float:
        """`alpha(q)`."""
        if q <= _SMALLEST:
            return self.weak
        return float(self.ensemble.alpha(q, gain(self.channel, q, nodes or self.nodes)))

    def overlap2(self, alpha: float, q: float) -> float:
        """The overlap of the weights at the fixed point `q` of the outputs; the same for independent inputs."""
        if q in (0.0, 1.0):
            return q
        return alpha * (1.0 - q) * float(self.ensemble.gain(q, alpha))

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        """Maxima of the curve that are higher than all of the curve before them, from the left to the right."""
        from scipy.optimize import minimize_scalar

        a, jumps = self.alpha, [Jump(self.weak, 0.0)] if self.alpha[1] < self.weak else []
        for i in range(1, len(a) - 1):
            if a[i] > a[i - 1] and a[i] >= a[i + 1] and a[i] >= a[:i].max():
                ends = -np.log1p(-self.q[[i - 1, i + 1]])
                top = minimize_scalar(
                    lambda u: -self.at(-math.expm1(-u)), bounds=tuple(ends), method="bounded", options={"xatol": 1e-6}
                )
                if -top.fun > a[i:].min() * (1 + _BARRIER):
                    jumps.append(Jump(float(-top.fun), float(-math.expm1(-top.x))))
        return tuple(jumps)

    def reached(self, alpha: float) -> float:
        """The overlap at which message passing ends, from `q = 0`."""
        if alpha <= self.weak:
            return 0.0
        start = max((jump.q for jump in self.jumps if jump.alpha < alpha), default=0.0)
        return self._next(alpha, start)

    def best(self, alpha: float) -> float:
        """The overlap of the posterior mean: of the fixed point with the largest free entropy."""
        if alpha > self.perfect:
            return 1.0
        if alpha < _FEW * self.weak:
            return 0.0
        stable = [self.reached(alpha)]
        stable += [self._next(alpha, jump.q) for jump in self.jumps if jump.alpha >= alpha]
        return max((q for q in stable if not math.isnan(q)), key=lambda q: self.potential(alpha, q))

    def information(self, jump: Jump) -> float:
        """The `alpha` at which the fixed points before and behind a jump have equal free entropy."""
        from scipy.optimize import brentq

        valley = float(np.min(self.alpha[self.q > jump.q]))

        def difference(alpha: float) -> float:
            behind = self._next(alpha, jump.q)
            before = 0.0 if alpha <= self.weak else self._next(alpha, 0.0)
            return self.potential(alpha, behind) - self.potential(alpha, before)

        low, high = valley * (1 + _CLOSE), jump.alpha * (1 - _CLOSE)
        return float(brentq(difference, low, high, xtol=1e-10)) if difference(low) < 0 < difference(high) else math.nan

    @cached_property
    def _places(self) -> list[tuple[float, float]]:
        """`q` and `alpha(q)` of the table and of the jumps, in the order of `q`."""
        tops = [(jump.q, jump.alpha) for jump in self.jumps if jump.q > 0]
        return sorted([*zip(self.q.tolist(), self.alpha.tolist(), strict=True), *tops])

    def _next(self, alpha: float, q: float) -> float:
        """The first place behind `q` where the curve rises through `alpha`; nan if it stays above up to `q = 1`."""
        before, level = max(q, _SMALLEST), self.at(q)
        for behind, height in self._places:
            if behind <= before:
                continue
            if level <= alpha < height:
                return self._root(alpha, before, behind)
            before, level = behind, height
        return math.nan if level > alpha else 1.0 if alpha >= self.perfect else before

    def _root(self, alpha: float, low: float, high: float) -> float:
        """Where the curve passes `alpha` between two overlaps; a spline of the table gives a narrow interval."""
        from scipy.optimize import brentq

        def above(u: float) -> float:
            return self.at(-math.expm1(-u)) - alpha

        first, last = -math.log1p(-low), -math.log1p(-high)
        guess = brentq(lambda u: float(self._spline(u)) - alpha, first, last) if self._spline(first) <= alpha else first
        for width in (_NEAR, 1.0):
            ends = max(first, guess - width), min(last, guess + width)
            if above(ends[0]) <= 0 <= above(ends[1]):
                return -math.expm1(-brentq(above, *ends, xtol=1e-13, rtol=1e-10))
        return -math.expm1(-brentq(above, first, last, xtol=1e-13, rtol=1e-10))

    @cached_property
    def _spline(self) -> Any:
        from scipy.interpolate import CubicSpline

        q, alpha = np.array(self._places).T
        return CubicSpline(-np.log1p(-q), alpha)

    def potential(self, alpha: float, q: float) -> float:
        """The free entropy at `q` less that at zero, :eq:`bayes-potential`; infinite at a perfect fixed point."""
        from scipy.interpolate import CubicSpline

        if q == 1:
            return math.inf
        table = -np.log1p(-self.q)
        slope = alpha * (1 - self.q) * (self.psi - self.ensemble.gain(self.q, alpha))  # in u = -log(1 - q)
        area = CubicSpline(np.append(0.0, table), np.append(0.0, slope)).integrate(0.0, -math.log1p(-q))
        return float(self.channel.p_star / 2 * area)


@lru_cache(maxsize=64)
def curve_of(channel: Channel, ensemble: Ensemble, nodes: int = _NODES) -> Curve:
    """The curve of one channel and one ensemble; with fewer nodes its table has fewer points."""
    q, psi = _gains(channel, nodes)
    return Curve(channel, ensemble, weak_alpha(channel, ensemble, nodes), q, ensemble.alpha(q, psi), psi, nodes)


def weak_alpha(channel: Channel, ensemble: Ensemble, nodes: int = _NODES) -> float:
    """`alpha(0)`: there the gain of labels is `q` over that of a Gaussian matrix."""
    tiny = 1e-12
    return float(ensemble.alpha(tiny, tiny / weak_recovery(channel, nodes)))


@lru_cache(maxsize=64)
def _gains(channel: Channel, nodes: int) -> tuple[Array, Array]:
    u = np.linspace(0.0, 1.0, _POINTS * nodes // _NODES) ** 2 * (_LAST_EDGED if _edged(channel) else _LAST)
    u[0] = _SMALLEST
    q = -np.expm1(-u)
    return q, np.array([gain(channel, x, nodes) for x in q.tolist()])
