r"""The onset of a quadratic student under any weight of labels, `w(y) (y - yhat)^2/2`, in closed form.

With `A = c/(r + c)`, `c = 3 yhat - y` once and `yhat - y` for the other `p - 1` directions, averaged over the
directions, and `r(y) = max(w y)/(mu w(y))`, an outlier correlated with the teacher is at `1/alpha = Theta`, and the
edge is sharp where `1/alpha = Q`,

    Theta = E[(1 - y) A],   Q = E[A^2],   0 < mu <= 1,

so that `1/alpha_BBP` is the largest `Theta` with `Theta >= Q`: at `mu = 1` the transition jumps. In the paper's family
`r = (a + y)/mu`. Since `Theta^2 <= E[(1 - y)^2] Q`, no weight gets below `p_star/2`.

Both are averages over `y` of something that only `r` at this `y` enters. So the best of all weights is found label by
label, with one multiplier for the condition `Theta >= Q`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...models.general import Network
from ...models.labels import GammaLabel
from ...models.losses import Loss
from ...models.weights import LabelWeight
from ..general.points import Array
from ..law.labels import nodes
from ..roots import bracketed_root

__all__ = ["Onset", "Radial", "is_radial", "weight_of"]

_NODES, _NOISE_NODES, _ROWS = 160, 24, 256
_FAR = np.geomspace(1e-12, 1e12, 4801)  # labels among which `w y` is largest
_GROWS = 1.001
_DOWN, _LEAST = 0.8, 1e-6  # steps of mu, and where they end
_DISTANCES = np.geomspace(1e-8, 1e5, 1200)  # r - y, to which a small share of y is added:
_APART = 1e-3  # at r = y averages may diverge
_SMALLEST = 1e-6  # a label below which weights do not matter
_MULTIPLIER, _TINY = 1e4, 1e-100


def is_radial(net: Network) -> bool:
    """Whether student and teacher are the paper's and the inputs white; loss and noise may be any."""
    quadratic = str(net.activation) == str(net.teacher_activation) == "quadratic" and net.link is None
    equal = set(net.output_weights) == {1 / net.p} and set(net.teacher_weights) == {1 / net.p_star}
    return quadratic and equal and net.inputs.standard


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
        """Those of a network that :func:`is_radial`."""
        clean, share = nodes(GammaLabel(net.p_star / 2), n)
        yhat, weight_yhat = nodes(GammaLabel(net.p / 2), n)
        if not net.noise:
            return cls(net.p, clean, clean, share, yhat, weight_yhat)
        x, v = np.polynomial.hermite_e.hermegauss(_NOISE_NODES)
        v = v / v.sum()
        none = (np.zeros(1), np.ones(1))
        (one, p_one), (two, p_two) = (
            (x, v) if size else none for size in (net.noise.multiplicative, net.noise.additive)
        )
        grid = np.stack([g.ravel() for g in np.meshgrid(clean, one, two, indexing="ij")], axis=1)
        weight = np.einsum("i,j,k->ijk", share, p_one, p_two).ravel()
        y = net.noise.added(grid[:, 0], grid[:, 1:])
        return cls(net.p, *_rows(y, grid[:, 0], weight), yhat, weight_yhat)

    def onset(self, weight: Callable[[Array], Array]) -> Onset:
        """The threshold with these weights of labels."""
        far, w = weight(_FAR) * _FAR, weight(self.y)
        if far[-1] > _GROWS * far[-401]:
            return Onset(math.inf, "continuous")
        least = max(float(far.max()), float((w * self.y).max())) / w

        def margin(log_mu: float) -> float:
            theta, square = self._averages(least / math.exp(log_mu))
            return theta - square

        theta, square = self._averages(least)
        if theta >= square:
            return Onset(1 / theta, "discontinuous")
        low = math.log(_DOWN)
        while margin(low) < 0:
            low += math.log(_DOWN)
            if low < math.log(_LEAST):
                return Onset(math.inf, "continuous")
        mu = math.exp(bracketed_root(margin, low, low - math.log(_DOWN), "the threshold of a weight", xtol=1e-13))
        return Onset(1 / self._averages(least / mu)[0], "continuous")

    def best_weight(self) -> LabelWeight:
        """The weight that no other is better than."""
        r = (1 + _APART) * np.maximum(self.y, 0.0)[:, None] + _DISTANCES
        first, second = np.empty((2, *r.shape))
        for j, column in enumerate(r.T):
            first[:, j], second[:, j] = self._by_label(column)
        first *= (1 - self.signal)[:, None]

        def chosen(multiplier: float) -> tuple[Array, float]:
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
        """`E[A | y]` and `E[A^2 | y]`."""
        first, second = np.zeros((2, len(r)))
        for fraction, factor in ((1 / self.p, 3.0), (1 - 1 / self.p, 1.0)):
            c = factor * self.yhat - self.y[:, None]
            A = c / np.maximum(r[:, None] + c, _TINY)  # zero at the end of the law, for an output of zero
            first += fraction * (A @ self.weight_yhat)
            second += fraction * (A**2 @ self.weight_yhat)
        return first, second

    def _averages(self, r: Array) -> tuple[float, float]:
        """`Theta` and `Q`."""
        first, second = self._by_label(r)
        return float(self.weight @ ((1 - self.signal) * first)), float(self.weight @ second)


def _rows(y: Array, signal: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Points in the order of their labels, put together to rows of which each weighs little and is narrow."""
    order = np.argsort(y)
    y, signal, weight = y[order], signal[order], weight[order]
    place = np.cumsum(weight * (1 + np.abs(y))) / np.sum(weight * (1 + np.abs(y)))
    row = np.minimum((place * _ROWS).astype(int), _ROWS - 1)
    total = np.bincount(row, weight, _ROWS)
    kept = np.asarray(total > 0)
    means = [np.asarray(np.bincount(row, weight * x, _ROWS)[kept] / total[kept]) for x in (y, signal)]
    return means[0], means[1], np.asarray(total[kept])
