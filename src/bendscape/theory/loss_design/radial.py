r"""The onset of a quadratic student under any weight of labels, `w(y) (y - yhat)^2/2`, in closed form.

With `B = d/(r + d)`, `d = 3 yhat - y` once and `yhat - y` for the other `p - 1` directions, averaged over the
directions, and `r(y) = max(w y)/(mu w(y))`, an outlier correlated with the teacher is at `1/alpha = Theta`, and a sharp
edge at `1/alpha = Q`,

    Theta = E[(1 - E[Y|y]) B],   Q = E[B^2],   0 < mu <= 1,                                                :eq:`weights`

with the label `Y` without noise, so that `1/alpha_BBP` is the largest `Theta` with `Theta >= Q`: at `mu = 1` the
transition jumps. In the paper's family `r = (a + y)/mu`. Since `Theta^2 <= E[(1 - y)^2] Q`, no weight has a threshold
below `p_star/2`.

Both are averages over `y` of a function of `y` and `r(y)` alone. So the best of all weights is computed label by label,
with one multiplier for the condition `Theta >= Q`, :eq:`best-weight`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.general import Network
from ...models.labels import GammaLabel
from ...models.losses import Loss
from ...models.network import LawEdge
from ...models.weights import LabelWeight
from ..law.labels import RadialLabel, label_rule, nodes
from ..law.measure import BULK, CurvatureMeasure
from ..numerics.roots import bracketed_root
from ..resolvent.onset import transition_of

__all__ = ["Onset", "Radial", "weight_of"]

_NODES = 160  # of the quadrature rule, in each of the two labels
_END = -1.0 - 1e-12  # lower end of the law; below -1, because the label at which `w y` is largest may be a point
_LABELS = np.geomspace(1e-12, 1e12, 4801)  # among which `w y` is largest
_GROWS = 1.001  # growth of `w y` over the last decades of labels, beyond which it has no maximum
_DISTANCES = np.geomspace(1e-8, 1e5, 1200)  # trial values of r - y, to which a small share of y is added
_SHARE_OF_Y = 1e-3  # this share: at r = y averages may diverge
_LABEL_MIN = 1e-6  # label below which weights do not matter
_MULTIPLIER_MAX, _TINY = 1e4, 1e-100  # upper end of the search; a positive number in the place of zero


def weight_of(loss: Loss) -> Callable[[Array], Array]:
    """Return `w(y)` of a loss `w(y) (y - yhat)^2/2`: its curvature in the output."""
    return lambda y: np.asarray(loss.second(y, y))


@dataclass(frozen=True)
class Onset:
    """Threshold of an outlier correlated with the teacher, on the left; infinite if there is no left edge."""

    alpha: float
    kind: Literal["continuous", "discontinuous"]


@dataclass(frozen=True, eq=False)
class Radial:
    """Weighted points of labels and outputs, for a network whose student and teacher are means of squares.

    Attributes
    ----------
    p : int
    y, signal, weight : array, shape (n,)
        Labels with noise, the conditional mean of the labels without noise, and weights that add up to one.
    yhat, weight_yhat : array, shape (m,)
    """

    p: int
    y: Array
    signal: Array
    weight: Array
    yhat: Array
    weight_yhat: Array

    @classmethod
    def of(cls, net: Network, n: int = _NODES) -> Radial:
        """Return the points of a network, with `n` nodes in each label."""
        noise = net.noise
        breaks = (0.0,) if noise else ()
        labels = label_rule(RadialLabel(net.p_star / 2, 0.0, 1.0, noise.additive, noise.multiplicative, breaks), n)
        yhat, weight_yhat = nodes(GammaLabel(net.p / 2), n)
        return cls(net.p, labels.y, labels.products / labels.weights, labels.weights, yhat, weight_yhat)

    def onset(self, weight: Callable[[Array], Array]) -> Onset:
        """Solve (15) for the threshold with these weights of labels, with `f` in units of `max(w y)`."""
        far, w = weight(_LABELS) * _LABELS, weight(self.y)
        if far[-1] > _GROWS * far[-401]:
            return Onset(math.inf, "continuous")
        w = w / max(float(far.max()), float((w * self.y).max()))
        try:
            transition = transition_of(self._measure(w), lambda _: self._measure(w))
        except AccuracyError:  # edge and outlier do not meet
            return Onset(math.inf, "continuous")
        return Onset(float(transition.alpha[0]), "discontinuous" if transition.discontinuous[0] else "continuous")

    def _measure(self, w: Array) -> CurvatureMeasure:
        """Return the law of `w (c - y)`, whose lower end is -1."""
        joint = self.weight[:, None] * self.weight_yhat
        f = [(w[:, None] * (factor * self.yhat - self.y[:, None])).ravel() for factor in (1.0, 3.0)]
        shares = (1 - 1 / self.p, 1 / self.p)
        bulk = np.concatenate([share * joint.ravel() for share in shares])
        teacher = np.concatenate([share * (self.signal[:, None] * joint).ravel() for share in shares])
        end = LawEdge(_END, "exponential", math.nan)
        return CurvatureMeasure(np.concatenate(f)[None, :], {BULK: bulk, "teacher": teacher}, end, None)

    def best_weight(self) -> LabelWeight:
        """Compute the best of all weights, :eq:`best-weight`."""
        r = (1 + _SHARE_OF_Y) * np.maximum(self.y, 0.0)[:, None] + _DISTANCES
        first, second = np.empty((2, *r.shape))
        for j, column in enumerate(r.T):
            first[:, j], second[:, j] = self._by_label(column)
        first *= (1 - self.signal)[:, None]

        def chosen(multiplier: float) -> tuple[Array, float]:
            # r(y) = argmax (1 + kappa)(1 - E[Y|y]) E[B|y] - kappa E[B^2|y]                           :eq:`best-weight`
            best = np.argmax((1 + multiplier) * first - multiplier * second, axis=1)
            at = np.arange(len(best)), best
            return r[at], float(self.weight @ (first[at] - second[at]))

        multiplier = 0.0
        if chosen(0.0)[1] < 0:
            multiplier = bracketed_root(lambda x: chosen(x)[1], 0.0, _MULTIPLIER_MAX, "the best weight", xtol=1e-10)
        return self._as_weight(1 / chosen(multiplier)[0])

    def _as_weight(self, w: Array) -> LabelWeight:
        """Return a weight through all positive labels; a negative label, due to noise, weighs as its absolute value."""
        keep = self.y > _LABEL_MIN
        knots, values = np.unique(self.y[keep], return_index=True)
        w = w[keep][values] / w[keep].max()
        return LabelWeight(tuple(knots), tuple(w))

    def _by_label(self, r: Array) -> tuple[Array, Array]:
        """Return `E[B | y]` and `E[B^2 | y]`."""
        first, second = np.zeros((2, len(r)))
        for fraction, factor in ((1 / self.p, 3.0), (1 - 1 / self.p, 1.0)):
            d = factor * self.yhat - self.y[:, None]
            B = d / np.maximum(r[:, None] + d, _TINY)  # zero at the end of the law, for an output of zero
            first += fraction * (B @ self.weight_yhat)
            second += fraction * (B**2 @ self.weight_yhat)
        return first, second
