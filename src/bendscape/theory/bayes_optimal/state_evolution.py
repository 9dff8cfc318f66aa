r"""State evolution of message passing, for labels that depend on `|W* x|^2/p_star` alone.

A guess of the teacher with squared overlap `q` makes `z = W* x` Gaussian, with mean `omega`, `|omega|^2 = q chi^2_p*`,
and covariance `(1 - q) I`. The label moves the mean to `E[z | y]`. One step of message passing changes `q` to

    q <- qhat/(1 + qhat),    qhat = alpha Psi(q),    Psi(q) = E|E[z | y] - omega|^2/(p_star (1 - q)^2)  :eq:`bayes-step`

A fixed point at `q` is one at `alpha = q/((1 - q) Psi(q))`, :eq:`bayes-curve`: one curve holds them all. The free
entropy at one `alpha` has the slope `Psi (alpha - alpha(q))/2` in `q`, :eq:`bayes-potential`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..._types import Array
from ...models.channels import Channel, Noiseless, log_chi, radial_moments

__all__ = ["Curve", "curve_of"]

_SMALLEST = 1e-7  # overlap that stands for zero
_POINTS = 160  # of the table
_LAST = 14.0  # -log(1 - q) at its end
_STEP, _REACH = 0.15, 30.0  # of log |omega|, and how far below the largest it begins, for p_star = 1
_LENGTHS = 32  # nodes of |z| for each |omega|
_WIDTHS = 9.0
_LEAST = 1e-12  # a weight that is left out


def weak_recovery(channel: Channel, refined: int = 1) -> float:
    """`alpha_c = 1/E[lambda(y)^2]`, `lambda(y) = E[|z|^2 | y]/p_star - 1`, :eq:`bayes-weak`: the curve at `q = 0`."""
    p_star = channel.p_star
    low, high = (np.array([max(0.0, math.sqrt(p_star) + sign * _WIDTHS) ** 2 / p_star]) for sign in (-1, 1))
    y, share = channel.labels_between(low, high, 2 * _LENGTHS * refined)
    there = radial_moments(channel, y, np.zeros_like(y), np.ones_like(y))
    return 1.0 / float(np.sum(share * np.exp(there.log_evidence) * (there.square / p_star - 1.0) ** 2))


def gain(channel: Channel, q: float, refined: int = 1) -> float:
    """`Psi(q)` of :eq:`bayes-step`; rules have `refined` times their points."""
    p_star, v = channel.p_star, 1.0 - q
    largest = math.log(math.sqrt(q * (p_star + 80 + 10 * math.sqrt(p_star))))
    # |omega| = sqrt(q chi^2_p*): the trapezoidal rule in its logarithm
    step = _STEP / refined
    centre = np.exp(np.arange(largest - _REACH / min(p_star, 3), largest + step, step))
    weight = step * centre * np.exp(log_chi(centre, np.zeros_like(centre), np.full_like(centre, q), p_star))
    centre, weight = centre[weight > _LEAST], weight[weight > _LEAST]
    spread = math.sqrt(v)
    low = np.maximum(centre - _WIDTHS * spread, 0.0)
    high = centre + (_WIDTHS + math.sqrt(p_star)) * spread
    y, share = channel.labels_between(low**2 / p_star, high**2 / p_star, 2 * _LENGTHS * refined)
    there = radial_moments(channel, y, centre[:, None], np.array(v))
    square = np.sum(share * np.exp(there.log_evidence) * (there.along - centre[:, None]) ** 2, axis=-1)
    return float(np.sum(weight * square)) / (p_star * v**2)


@dataclass(frozen=True, eq=False)
class Curve:
    """`alpha(q)`, :eq:`bayes-curve`, as a table over `-log(1 - q)`, and what it says.

    Attributes
    ----------
    channel : Channel
    overlap2, alpha, psi : array
        `q`, `alpha(q)` and `Psi(q)` at the points of the table.
    """

    channel: Channel
    overlap2: Array
    alpha: Array
    psi: Array

    @property
    def weak(self) -> float:
        """`alpha(0)`, from which on an overlap above zero is reached."""
        return float(self.alpha[0])

    @property
    def perfect(self) -> bool:
        """Whether labels without noise can be explained by the teacher alone."""
        return isinstance(self.channel, Noiseless)

    def at(self, q: float) -> float:
        """`alpha(q)`."""
        return q / ((1.0 - q) * gain(self.channel, q))

    def barrier(self) -> tuple[float, float]:
        """The largest `alpha(q)` at a maximum inside the table, and that `q`; nan if `alpha(q)` only rises."""
        from scipy.optimize import minimize_scalar

        inner = [i for i in range(1, len(self.alpha) - 1) if self.alpha[i] > max(self.alpha[i - 1], self.alpha[i + 1])]
        if not inner:
            return math.nan, math.nan
        i = max(inner, key=lambda i: self.alpha[i])
        ends = -np.log1p(-self.overlap2[[i - 1, i + 1]])
        found = minimize_scalar(
            lambda u: -self.at(-math.expm1(-u)), bounds=tuple(ends), method="bounded", options={"xatol": 1e-7}
        )
        return float(-found.fun), float(-math.expm1(-found.x))

    def message_passing(self) -> float:
        """The `alpha` from which on message passing passes all barriers; nan where there are none, and noise."""
        barrier, _ = self.barrier()
        if self.perfect:
            return max(self.channel.p_star, barrier) if barrier == barrier else float(self.channel.p_star)
        return barrier

    def reached(self, alpha: float) -> float:
        """The overlap at which steps from `q = 0` end."""
        return self._first(alpha, range(len(self.alpha) - 1))

    def best(self, alpha: float) -> float:
        """The overlap of the posterior mean: of the fixed point with the largest free entropy."""
        fixed = [self._root(alpha, i) for i in self._crossings(alpha)]
        if self.perfect and alpha > self.channel.p_star:
            return 1.0
        if not fixed:
            return 0.0 if alpha <= self.weak else float(self.overlap2[-1])
        return max([0.0, *fixed] if alpha <= self.weak else fixed, key=lambda q: self._potential(alpha, q))

    def _crossings(self, alpha: float) -> list[int]:
        return [i for i in range(len(self.alpha) - 1) if self.alpha[i] <= alpha < self.alpha[i + 1]]

    def _first(self, alpha: float, rows: range) -> float:
        if alpha <= self.weak:
            return 0.0
        above = next((i for i in rows if self.alpha[i + 1] > alpha), None)
        if above is not None:
            return self._root(alpha, above)
        barrier, q = self.barrier()
        if barrier > alpha:  # between two points of the table
            return self._root(alpha, int(np.searchsorted(self.overlap2, q)) - 1, q)
        return 1.0 if self.perfect else float(self.overlap2[-1])

    def _root(self, alpha: float, i: int, high: float | None = None) -> float:
        from scipy.optimize import brentq

        ends = -np.log1p(-np.array([self.overlap2[i], self.overlap2[i + 1] if high is None else high]))
        return float(-math.expm1(-brentq(lambda u: self.at(-math.expm1(-u)) - alpha, *ends, xtol=1e-12, rtol=1e-10)))

    def _potential(self, alpha: float, q: float) -> float:
        """The free entropy at `q` less that at zero, :eq:`bayes-potential`, by the table."""
        inside = self.overlap2 < q
        grid = np.append(self.overlap2[inside], q)
        slope = self.psi * (alpha - self.alpha) / 2
        return float(np.trapezoid(np.append(slope[inside], 0.0), grid))


@lru_cache(maxsize=32)
def curve_of(channel: Channel) -> Curve:
    """The table of one channel."""
    u = np.concatenate([[_SMALLEST], np.linspace(0.0, 1.0, _POINTS)[1:] ** 2 * _LAST])
    q = -np.expm1(-u)
    psi = np.array([gain(channel, x) for x in q.tolist()])
    return Curve(channel, q, q / ((1 - q) * psi), psi)
