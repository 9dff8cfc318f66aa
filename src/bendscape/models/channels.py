r"""Channels: what one label says of the teacher's pre-activations `z = (s_1 .. s_p*)`, by its posterior.

Before the label is seen, `z` is Gaussian with mean `omega` and covariance `v I`. A channel that depends on
`t = |z|^2/p_star` alone leaves one integral, over the length `R = |z|`: its law is a noncentral chi law, and the mean of
`z` at a given length is `R A(kappa) omega/|omega|` with

    kappa = |omega| R/v,    A(kappa) = I_(p*/2)(kappa)/I_(p*/2-1)(kappa)                               :eq:`bayes-radial`

the mean of a von Mises-Fisher law on the sphere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .._types import Array
from ..arguments import count, positive

__all__ = ["Channel", "GaussianNoise", "Noiseless", "Poisson", "Posterior", "bessel_ratio"]

_WIDTHS = 9.0  # standard deviations beyond which a Gaussian is left out
_NODES = 28  # of the rule over the length, used twice
_DROP = 40.0  # logarithm below the largest weight from which on a weight is left out
_NOISE = 14  # nodes of the rule over the noise
_NOISE_OF_COUNTS, _MANY = 80, 30.0  # the same for counts; their mean from which on they are a continuous number
_SERIES = 1e-3  # kappa below which the ratio of Bessel functions is its series


def bessel_ratio(order: float, kappa: Any) -> Array:
    """`I_(order+1)(kappa)/I_order(kappa)` for `kappa >= 0`, from 1e-300 to 1e300.

    Examples
    --------
    >>> from bendscape.models.channels import bessel_ratio
    >>> bessel_ratio(-0.5, [1e-300, 1.0, 1e300]).round(6).tolist()
    [0.0, 0.761594, 1.0]
    """
    from scipy.special import i0e, i1e, ive

    k = np.asarray(kappa, dtype=float)
    if order == -0.5:
        return np.asarray(np.tanh(k))
    if order == 0:
        return np.asarray(i1e(k) / i0e(k))
    small = k < _SERIES
    large = k > 1e8 * (1 + order**2)
    middle = np.where(small | large, 1.0, k)
    ratio = ive(order + 1, middle) / ive(order, middle)
    with np.errstate(over="ignore"):
        series = k / (2 * order + 2) * (1 - np.where(small, k, 0.0) ** 2 / ((2 * order + 2) * (2 * order + 4)))
    far = 1 - (2 * order + 1) / (2 * np.where(large, k, 1.0))
    return np.asarray(np.where(small, series, np.where(large, far, ratio)))


def log_chi(length: Array, centre: Array, v: Array, p_star: int) -> Array:
    """Logarithm of the density of `|z|` for a Gaussian `z` of mean length `centre` and covariance `v I`."""
    with np.errstate(divide="ignore"):
        # p(R) = R^(p*-1) v^(-p*/2) 2^(1-p*/2) e^(-(R - r)^2/(2v)) [e^(-kappa) I_order(kappa) (kappa/2)^(-order)]
        powers = (p_star - 1) * np.log(length) if p_star > 1 else 0.0
    powers = powers - p_star / 2 * np.log(v) + (1 - p_star / 2) * math.log(2)
    return np.asarray(powers - (length - centre) ** 2 / (2 * v) + _log_bessel(p_star / 2 - 1, centre * length / v))


def _log_bessel(order: float, kappa: Array) -> Array:
    """Logarithm of `e^(-kappa) I_order(kappa) (kappa/2)^(-order)`."""
    from scipy.special import gammaln, i0e, ive

    if order == -0.5:  # (2/pi)^(1/2) cosh(kappa) (kappa/2)^(1/2) kappa^(-1/2)
        return np.asarray(np.log1p(np.exp(-2 * kappa)) - 0.5 * math.log(4 * math.pi))
    if order == 0:
        return np.asarray(np.log(i0e(kappa)))
    small = kappa < _SERIES
    middle = np.where(small, 1.0, kappa)
    general = np.log(ive(order, middle)) - order * np.log(middle / 2)
    return np.asarray(np.where(small, -gammaln(order + 1) - kappa, general))


@dataclass(frozen=True, eq=False)
class Posterior:
    """What labels say of pre-activations, label by label.

    Attributes
    ----------
    mean : array, shape (n, p_star)
    variance : array, shape (n,)
        Trace of the covariance over `p_star`.
    log_evidence : array, shape (n,)
        Logarithm of the probability (or density) of the label, given `omega` and `v`.
    """

    mean: Array
    variance: Array
    log_evidence: Array


class Channel(Protocol):
    """The law of a label, given pre-activations."""

    @property
    def p_star(self) -> int:
        """Neurons of the teacher."""

    def draw(self, z: Array, rng: np.random.Generator) -> Array:
        """Labels of pre-activations of shape (n, p_star)."""

    def rule(self, t: Array) -> tuple[Array, Array]:
        """Labels and their weights, in a last axis of their own, for averages at `t = |z|^2/p_star`."""

    def radial(self, y: Array, centre: Array, v: Array) -> tuple[Array, Array, Array]:
        """Mean of `z` along `omega`, mean of `|z|^2`, and the logarithm of the evidence, for `|omega| = centre`."""


def posterior(channel: Channel, y: Array, omega: Array, v: Any) -> Posterior:
    """The posterior of `z`, given labels of shape (n,) and Gaussian guesses of mean `omega`, shape (n, p_star)."""
    centre = np.sqrt(np.sum(omega**2, axis=1))
    along, square, evidence = channel.radial(y, centre, np.broadcast_to(np.asarray(v, dtype=float), centre.shape))
    direction = np.divide(omega, centre[:, None], out=np.zeros_like(omega), where=centre[:, None] > 0)
    return Posterior(along[:, None] * direction, (square - along**2) / channel.p_star, evidence)


@dataclass(frozen=True)
class Noiseless:
    """`y = |z|^2/p_star`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models.channels import Noiseless, posterior
    >>> there = posterior(Noiseless(1), np.array([4.0]), np.array([[0.5]]), 1.0)
    >>> there.mean.round(6).tolist(), there.variance.round(6).tolist()
    ([[1.523188]], [1.679897])
    """

    p_star: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "p_star", count("p_star", self.p_star, 100))

    def draw(self, z: Array, rng: np.random.Generator) -> Array:  # noqa: ARG002
        """Labels of pre-activations of shape (n, p_star)."""
        return np.asarray(np.mean(z**2, axis=1))

    def rule(self, t: Array) -> tuple[Array, Array]:
        """The label is `t` itself."""
        return t[..., None], np.ones((*t.shape, 1))

    def radial(self, y: Array, centre: Array, v: Array) -> tuple[Array, Array, Array]:
        """See :class:`Channel`: the length is that of the label."""
        length = np.sqrt(self.p_star * np.maximum(y, 0.0))
        along = length * bessel_ratio(self.p_star / 2 - 1, centre * length / v)
        with np.errstate(divide="ignore"):
            evidence = log_chi(length, centre, v, self.p_star) + np.log(self.p_star / (2 * length))
        return along, length**2, evidence


class _Noisy:
    """A channel whose label leaves the length open: averages over it by Gauss-Legendre rules, twice."""

    p_star: int

    def log_likelihood(self, y: Array, t: Array) -> Array:
        """Logarithm of the law of the label, given `t = |z|^2/p_star`."""
        raise NotImplementedError

    def interval(self, y: Array) -> tuple[Array, Array]:
        """The `t` beyond which the likelihood is negligible."""
        raise NotImplementedError

    def radial(self, y: Array, centre: Array, v: Array) -> tuple[Array, Array, Array]:
        """See :class:`Channel`."""
        y, centre, v = np.broadcast_arrays(y, centre, v)
        spread = _WIDTHS * np.sqrt(v)
        low, high = (np.sqrt(self.p_star * np.maximum(t, 0.0)) for t in self.interval(y))
        lower = np.maximum(np.maximum(centre - spread, 0.0), low)
        upper = np.minimum(centre + spread + np.sqrt(2 * self.p_star * v), high)
        lower, upper = np.minimum(lower, upper), np.maximum(lower, upper)  # apart: all of the weight is between them
        length, weight, log_weight = self._rule(y, centre, v, lower, upper)
        kept = log_weight > log_weight.max(axis=-1, keepdims=True) - _DROP
        step = (upper - lower) / (_NODES / 2)
        first = np.min(np.where(kept, length, np.inf), axis=-1) - step
        last = np.max(np.where(kept, length, -np.inf), axis=-1) + step
        length, weight, log_weight = self._rule(y, centre, v, np.maximum(first, lower), np.minimum(last, upper))
        largest = log_weight.max(axis=-1, keepdims=True)
        share = weight * np.exp(log_weight - largest)
        total = share.sum(axis=-1)
        ratio = bessel_ratio(self.p_star / 2 - 1, centre[..., None] * length / v[..., None])
        along = np.sum(share * length * ratio, axis=-1) / total
        square = np.sum(share * length**2, axis=-1) / total
        return along, square, np.asarray(largest[..., 0] + np.log(total))

    def _rule(self, y: Array, centre: Array, v: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
        x, w = np.polynomial.legendre.leggauss(_NODES)
        half = ((high - low) / 2)[..., None]
        length = ((low + high) / 2)[..., None] + half * x
        log_weight = log_chi(length, centre[..., None], v[..., None], self.p_star)
        return length, half * w, log_weight + self.log_likelihood(y[..., None], length**2 / self.p_star)


@dataclass(frozen=True)
class GaussianNoise(_Noisy):
    """`y = |z|^2/p_star` plus Gaussian noise of this variance, `Delta`."""

    p_star: int
    variance: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p_star", count("p_star", self.p_star, 100))
        object.__setattr__(self, "variance", positive("variance", self.variance))

    def draw(self, z: Array, rng: np.random.Generator) -> Array:
        """Labels of pre-activations of shape (n, p_star)."""
        return np.asarray(np.mean(z**2, axis=1) + math.sqrt(self.variance) * rng.standard_normal(len(z)))

    def log_likelihood(self, y: Array, t: Array) -> Array:
        """Logarithm of the normal density."""
        return np.asarray(-((y - t) ** 2) / (2 * self.variance) - 0.5 * math.log(2 * math.pi * self.variance))

    def rule(self, t: Array) -> tuple[Array, Array]:
        """Gauss and Hermite's rule for the noise."""
        x, w = np.polynomial.hermite_e.hermegauss(_NOISE)
        return t[..., None] + math.sqrt(self.variance) * x, np.broadcast_to(w / w.sum(), (*t.shape, _NOISE))

    def interval(self, y: Array) -> tuple[Array, Array]:
        """Nine standard deviations around the label."""
        spread = _WIDTHS * math.sqrt(self.variance)
        return np.asarray(y - spread), np.asarray(np.maximum(y + spread, spread))


@dataclass(frozen=True)
class Poisson(_Noisy):
    """A number of counts whose mean is `mean |z|^2/p_star`; `mean` is the mean number of counts of a sample."""

    p_star: int
    mean: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p_star", count("p_star", self.p_star, 100))
        object.__setattr__(self, "mean", positive("mean", self.mean))

    def draw(self, z: Array, rng: np.random.Generator) -> Array:
        """Labels of pre-activations of shape (n, p_star)."""
        return np.asarray(rng.poisson(self.mean * np.mean(z**2, axis=1)), dtype=float)

    def log_likelihood(self, y: Array, t: Array) -> Array:
        """Logarithm of the Poisson law."""
        from scipy.special import gammaln, xlogy

        return np.asarray(xlogy(y, self.mean * t) - self.mean * t - gammaln(y + 1))

    def rule(self, t: Array) -> tuple[Array, Array]:
        """All counts that have a weight; from a mean of 30 on, a Gauss and Hermite rule with their weights."""
        mean = self.mean * t[..., None]
        x, w = np.polynomial.hermite_e.hermegauss(_NOISE_OF_COUNTS)
        many = mean + np.sqrt(mean) * x
        few = np.arange(_NOISE_OF_COUNTS)
        large = mean > _MANY
        counts = np.where(large, np.maximum(many, 0.0), few)
        weight = np.exp(self.log_likelihood(counts, t[..., None]))
        # the law of counts over the normal law of the rule
        weight = np.where(large & (many > 0), weight * np.sqrt(mean) * w * np.exp(x**2 / 2), np.where(large, 0.0, weight))
        return counts, weight / weight.sum(axis=-1, keepdims=True)

    def interval(self, y: Array) -> tuple[Array, Array]:
        """Counts are explained by means within nine standard deviations."""
        return (
            np.asarray(np.maximum(np.sqrt(y) - _WIDTHS, 0.0) ** 2 / self.mean),
            np.asarray((np.sqrt(y) + _WIDTHS) ** 2 / self.mean),
        )
