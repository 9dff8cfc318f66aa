r"""The onset of a quadratic student under any weight of labels, `w(y) (y - yhat)^2/2`, in closed form.

With `B = d/(r + d)`, `d = 3 yhat - y` once and `yhat - y` for the other `p - 1` directions, averaged over the
directions, and `r(y) = max(w y)/(mu w(y))`, an outlier correlated with the teacher is at `1/alpha = Theta`, and a sharp
edge at `1/alpha = Q`,

    Theta = E[(1 - E[Y|y]) B],   Q = E[B^2],   0 < mu <= 1,                                                :eq:`weights`

with the label `Y` without noise, so that `1/alpha_BBP` is the largest `Theta` with `Theta >= Q`: at `mu = 1` the
transition jumps. In the paper's family `r = (a + y)/mu`. Since `Theta^2 <= E[(1 - y)^2] Q`, no weight gets below
`p_star/2`.

Both are averages over `y` of something that only `r` at this `y` enters. So the best of all weights is found label by
label, with one multiplier for the condition `Theta >= Q`, :eq:`best-weight`.
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

_NODES = 160
_END = -1.0 - 1e-12  # of the law: the label at which `w y` is largest may be a point
_FAR = np.geomspace(1e-12, 1e12, 4801)  # labels among which `w y` is largest
_GROWS = 1.001
_DISTANCES = np.geomspace(1e-8, 1e5, 1200)  # r - y, to which a small share of y is added:
_APART = 1e-3  # at r = y averages may diverge
_SMALLEST = 1e-6  # a label below which weights do not matter
_MULTIPLIER, _TINY = 1e4, 1e-100


def weight_of(loss: Loss) -> Callable[[Array], Array]:
    """`w(y)` of a loss `w(y) (y - yhat)^2/2`: its curvature in the output."""
    return lambda y: np.asarray(loss.second(y, y))


@dataclass(frozen=True)
class Onset:
    """Where outliers correlated with the teacher leave the bulk on the left; infinite if there is no left edge."""

    alpha: float
    kind: Literal["continuous", "discontinuous"]


@dataclass(frozen=True, eq=False)
class Radial:
    """Weighted points of labels and outputs.

    Attributes
    ----------
    p : int
    y, signal, weight : array, shape (n,)
        Labels with noise, the mean of the labels without noise given those, and weights that add up to one.
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
        """Those of a network whose student and teacher are means of squares."""
        noise = net.noise
        breaks = (0.0,) if noise else ()
        labels = label_rule(RadialLabel(net.p_star / 2, 0.0, 1.0, noise.additive, noise.multiplicative, breaks), n)
        yhat, weight_yhat = nodes(GammaLabel(net.p / 2), n)
        return cls(net.p, labels.y, labels.products / labels.weights, labels.weights, yhat, weight_yhat)

    def onset(self, weight: Callable[[Array], Array]) -> Onset:
        """The threshold with these weights of labels, from (15) for `f` in units of `max(w y)`."""
        far, w = weight(_FAR) * _FAR, weight(self.y)
        if far[-1] > _GROWS * far[-401]:
            return Onset(math.inf, "continuous")
        w = w / max(float(far.max()), float((w * self.y).max()))
        try:
            found = transition_of(self._measure(w), lambda _: self._measure(w))
        except AccuracyError:  # edge and outlier do not meet
            return Onset(math.inf, "continuous")
        return Onset(float(found.alpha[0]), "discontinuous" if found.discontinuous[0] else "continuous")

    def _measure(self, w: Array) -> CurvatureMeasure:
        """The law of `w (c - y)`, whose lower end is -1."""
        joint = self.weight[:, None] * self.weight_yhat
        f = [(w[:, None] * (factor * self.yhat - self.y[:, None])).ravel() for factor in (1.0, 3.0)]
        shares = (1 - 1 / self.p, 1 / self.p)
        bulk = np.concatenate([share * joint.ravel() for share in shares])
        teacher = np.concatenate([share * (self.signal[:, None] * joint).ravel() for share in shares])
        end = LawEdge(_END, "exponential", math.nan)
        return CurvatureMeasure(np.concatenate(f)[None, :], {BULK: bulk, "teacher": teacher}, end, None)

    def best_weight(self) -> LabelWeight:
        """The weight that no other is better than."""
        r = (1 + _APART) * np.maximum(self.y, 0.0)[:, None] + _DISTANCES
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
            multiplier = bracketed_root(lambda x: chosen(x)[1], 0.0, _MULTIPLIER, "the best weight", xtol=1e-10)
        return self._as_weight(1 / chosen(multiplier)[0])

    def _as_weight(self, w: Array) -> LabelWeight:
        """Through all positive labels; negative ones, which noise makes, weigh as positive ones of their size."""
        keep = self.y > _SMALLEST
        knots, values = np.unique(self.y[keep], return_index=True)
        w = w[keep][values] / w[keep].max()
        return LabelWeight(tuple(knots), tuple(w))

    def _by_label(self, r: Array) -> tuple[Array, Array]:
        """`E[B | y]` and `E[B^2 | y]`."""
        first, second = np.zeros((2, len(r)))
        for fraction, factor in ((1 / self.p, 3.0), (1 - 1 / self.p, 1.0)):
            d = factor * self.yhat - self.y[:, None]
            B = d / np.maximum(r[:, None] + d, _TINY)  # zero at the end of the law, for an output of zero
            first += fraction * (B @ self.weight_yhat)
            second += fraction * (B**2 @ self.weight_yhat)
        return first, second
