r"""State evolution where directions of the teacher differ: the overlap is a matrix `Q`.

A guess with overlaps `Q` makes `z` Gaussian with mean `omega`, covariance `Q`, and `z - omega` has covariance
`V = 1 - Q`. With `g = V^-1 (E[z | y] - omega)` a step of message passing is

    Q <- Qhat (1 + Qhat)^-1,    Qhat = alpha E[g g^T]                                          :eq:`bayes-matrix-step`

Averages are sampled, from sets of points that are the same at every `Q`: the map is smooth, and sets give the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..._types import Array
from ...models.channels import Channel, posterior
from ...models.methods import BayesOptimal
from ...results import Estimate
from ...statistics import mean_stderr
from .recovery import LONG_NAMES, RecoveryThreshold

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["overlap_of_matrices", "threshold_of_matrices", "weak_of_matrices"]

_SETS, _POINTS = 4, 2**10
_SMALLEST = 1e-3  # overlap of the guess at the start
_STEPS, _TOLERANCE = 300, 1e-4
_SLOWEST = 0.95  # ratio of two steps, above which their limit is not extrapolated
_PERFECT = 1e-3  # 1 - overlap below which steps end: labels without noise bring it to zero
_SEED = 0
_BRACKET = 0.01  # relative width of the interval that contains the threshold of perfect recovery
_FARTHEST = 64.0  # alpha over p_star, beyond which perfect recovery is not searched
_LINEAR = 5.0  # standard errors from which on the first moment is not zero


@dataclass(frozen=True, eq=False)
class _Map:
    """The map of one step, from one set of points."""

    channel: Channel
    seed: int

    def gain(self, Q: Array) -> Array:
        """`E[g g^T]` at overlaps `Q`."""
        first, second = _normals(self.channel.p_star, self.seed)
        V = np.eye(len(Q)) - Q
        omega = first @ _root(Q)
        z = omega + second @ _root(V)
        y = self.channel.draw(z, np.random.default_rng((_SEED, self.seed)))
        g = np.linalg.solve(V, (posterior(self.channel, y, omega, V).mean - omega).T)
        return np.asarray(g @ g.T / len(y))

    def fixed(self, alpha: float, Q: Array) -> Array:
        """The overlaps at which steps from `Q` end."""
        steps = [Q]
        for _ in range(_STEPS):
            Qhat = alpha * self.gain(steps[-1])
            new = Qhat @ np.linalg.inv(np.eye(len(Q)) + Qhat)
            steps.append((new + new.T) / 2)
            change = float(np.abs(steps[-1] - steps[-2]).max())
            if change < _TOLERANCE * float(np.trace(new)) or np.linalg.eigvalsh(new)[0] > 1 - _PERFECT:
                break
            if len(steps) == 3:
                steps = [_extrapolated(*steps)]
        return steps[-1]


def _extrapolated(first: Array, second: Array, third: Array) -> Array:
    """Aitken's limit of three steps, elementwise, where they converge like a geometric series; else the third."""
    a, b = second - first, third - second
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = b / a
        limit = third + b * ratio / (1 - ratio)
    far = np.where((ratio > 0) & (ratio < _SLOWEST), limit, third)
    ends = np.linalg.eigvalsh(far)
    return far if ends[0] >= 0 and ends[-1] < 1 - _PERFECT else third


@lru_cache(maxsize=16)
def _normals(p_star: int, seed: int) -> tuple[Array, Array]:
    from scipy.special import ndtri
    from scipy.stats import qmc

    x = ndtri(qmc.Sobol(2 * p_star, rng=np.random.default_rng((_SEED, seed))).random(_POINTS))
    return x[:, :p_star], x[:, p_star:]


def _root(A: Array) -> Array:
    values, vectors = np.linalg.eigh(A)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)


def _curves(channel: Channel, alpha: Array) -> Array:
    """Overlaps at each `alpha`, from the smallest on, for each set of points: shape (sets, alpha, p_star, p_star)."""
    order = np.argsort(alpha)
    curves = np.empty((_SETS, len(alpha), channel.p_star, channel.p_star))
    for seed in range(_SETS):
        Q = _SMALLEST * np.eye(channel.p_star)
        for i in order:
            Q = _Map(channel, seed).fixed(float(alpha[i]), _SMALLEST * np.eye(len(Q)) + (1 - _SMALLEST) * Q)
            curves[seed, i] = Q
    return curves


def overlap_of_matrices(model: BayesOptimal, alpha: Array) -> xr.Dataset:
    """Iterate state evolution to its end at each `alpha`, for :func:`bendscape.overlap`."""
    import xarray as xr

    curves = _curves(model.channel, alpha)
    each = np.diagonal(curves, axis1=2, axis2=3)
    (mean, error), (means, errors) = _summary(each.mean(axis=2)), _summary(each)
    about = {"long_name": LONG_NAMES["overlap2"]}
    vectors = {"long_name": "squared overlap with a vector of the teacher"}
    return xr.Dataset(
        {
            "overlap2": ("alpha", mean, about),
            "overlap2_stderr": ("alpha", error, {"long_name": "standard error of overlap2"}),
            "overlap2_vectors": (("alpha", "vector"), means, vectors),
            "overlap2_vectors_stderr": (("alpha", "vector"), errors, {"long_name": "standard error"}),
        },
        coords={"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})},
        attrs={"p_star": model.p_star, "method": str(model)},
    )


def _summary(x: Array) -> tuple[Array, Array]:
    """Means over sets of points, and their standard errors."""
    return np.asarray(x.mean(axis=0)), np.asarray(x.std(axis=0, ddof=1) / math.sqrt(len(x)))


def threshold_of_matrices(model: BayesOptimal) -> RecoveryThreshold:
    """Solve :func:`bendscape.threshold` by sampled averages: weak recovery, and where message passing is perfect."""
    weak, error = weak_of_matrices(model.channel)
    jump, nothing = Estimate(math.nan), Estimate(math.nan)
    perfect = _perfect(model.channel) if model.channel.exact_share else Estimate(math.inf)
    return RecoveryThreshold(model, weak, error, "undecided", math.nan, jump, perfect, nothing)


def weak_of_matrices(channel: Channel) -> tuple[float, float]:
    """One over the largest eigenvalue of `M -> E[G M G]`, :eq:`bayes-matrix-weak`; zero if `E[z | y]` is not zero."""
    p_star = channel.p_star
    firsts, largest = [], []
    for seed in range(_SETS):
        _, z = _normals(p_star, seed)
        y = channel.draw(z, np.random.default_rng((_SEED, seed)))
        there = posterior(channel, y, np.zeros_like(z), np.eye(p_star))
        G = there.covariance + there.mean[:, :, None] * there.mean[:, None, :] - np.eye(p_star)
        map_ = np.einsum("nij,nkl->ikjl", G, G).reshape(p_star**2, -1) / len(y)
        firsts.append(float(np.mean(np.sum(there.mean**2, axis=1))))
        largest.append(float(np.linalg.eigvalsh((map_ + map_.T) / 2)[-1]))
    (first, first_error), (value, error) = mean_stderr(firsts), mean_stderr(largest)
    if first > _LINEAR * first_error and first > _SMALLEST:
        return 0.0, 0.0
    return float(1 / value), float(error / value**2)


def _perfect(channel: Channel) -> Estimate:
    """The `alpha` from which on steps from a small overlap end at the teacher, by bisection; nan if none is met."""

    def recovers(alpha: float) -> bool:
        Q = _Map(channel, 0).fixed(alpha, _SMALLEST * np.eye(channel.p_star))
        return bool(np.linalg.eigvalsh(np.eye(len(Q)) - Q)[-1] < _PERFECT)

    low = channel.p_star / channel.exact_share
    if recovers(low):
        return Estimate(low, _BRACKET * low)
    high = 2 * low
    while not recovers(high):
        low, high = high, 2 * high
        if high > _FARTHEST * channel.p_star:
            return Estimate(math.nan)
    while high - low > _BRACKET * low:
        middle = (low + high) / 2
        low, high = (low, middle) if recovers(middle) else (middle, high)
    return Estimate((low + high) / 2, (high - low) / 2)
