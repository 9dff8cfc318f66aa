r"""Posteriors of isotropic channels: the length `R = |z|` is averaged, the direction is a von Mises-Fisher law.

For a Gaussian `z` of mean `omega` and covariance `v I`, the law of `R` is a noncentral chi law, and given `R`

    E[z] = R A(kappa) o,    Cov[z] = R^2 [A'(kappa) o o^T + (A(kappa)/kappa) (I - o o^T)]             :eq:`bayes-radial`

with `o = omega/|omega|` and `kappa = |omega| R/v`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from .bessel import log_bessel, sphere_moments
from .contract import Channel
from .rules import between

__all__ = ["RadialMoments", "log_chi", "radial_moments"]

_DROP = 34.0  # logarithm below the largest weight from which on a weight is left out
_WIDTHS = 9.0  # standard deviations with that drop, and more
_NODES = 32  # of Gauss and Legendre's rule in the last window
_LOOK = 13  # points of a window that shrinks
_SHORTEST = 1e-150  # length that stands for zero
_SHRINKS, _SHRUNK = 60, 0.5  # most windows, and the ratio of two of them that ends


@dataclass(frozen=True, eq=False)
class RadialMoments:
    """Moments of `z` in the frame of `omega`, one number a label.

    Attributes
    ----------
    along : array
        Mean along `omega`.
    parallel, across : array
        Variance along `omega`, and that along each direction across it.
    square : array
        Mean of `|z|^2`.
    log_evidence : array
        Logarithm of the probability (or density) of the label.
    """

    along: Array
    parallel: Array
    across: Array
    square: Array
    log_evidence: Array


def log_chi(length: Array, centre: Array, v: Array, p_star: int) -> Array:
    """Return the logarithm of the density of `|z|` for a Gaussian `z` of mean length `centre` and covariance `v I`."""
    # p(R) = R^(p*-1) v^(-p*/2) 2^(1-p*/2) e^(-(R - r)^2/(2v)) [e^(-kappa) I_m(kappa) (kappa/2)^(-m)],  m = p*/2 - 1
    constant = -p_star / 2 * np.log(v) + (1 - p_star / 2) * math.log(2)
    with np.errstate(divide="ignore"):
        powers = (p_star - 1) * np.log(length) if p_star > 1 else 0.0
    return np.asarray(powers + constant - (length - centre) ** 2 / (2 * v) + log_bessel(p_star, centre * (length / v)))


def radial_moments(channel: Channel, y: Array, centre: Array, v: Array) -> RadialMoments:
    """Return moments of `z` given labels, for `|omega| = centre` and covariance `v I`; the arrays broadcast."""
    y, centre, v = np.broadcast_arrays(y, centre, v)
    if channel.exact:
        return _on_sphere(channel, y, centre, v)
    low, high = _window(channel, y, centre, v)
    length, weight = between(low, high, _NODES)
    log_weight = _log_weight(channel, y, centre, v, length)
    largest = log_weight.max(axis=-1, keepdims=True)
    share = weight * np.exp(log_weight - largest)
    total = share.sum(axis=-1)
    share = share / total[..., None]
    p = channel.p_star
    mean, slope, ratio = sphere_moments(p, centre[..., None] * (length / v[..., None]))
    square = share * length**2
    along = np.sum(share * length * mean, axis=-1)
    across = np.sum(square * ratio, axis=-1)
    # the variance of the mean and the mean of the variance: no difference of large numbers
    parallel = np.sum(share * (length * mean - along[..., None]) ** 2 + square * slope, axis=-1)
    return RadialMoments(along, parallel, across, square.sum(axis=-1), largest[..., 0] + np.log(total))


def _on_sphere(channel: Channel, y: Array, centre: Array, v: Array) -> RadialMoments:
    p, output = channel.p_star, channel.output
    length = np.maximum(output.length(y, p), _SHORTEST)
    mean, slope, ratio = sphere_moments(p, centre * (length / v))
    evidence = log_chi(length, centre, v, p) - output.log_slope(length, p)
    return RadialMoments(length * mean, length**2 * slope, length**2 * ratio, length**2, evidence)


def _log_weight(channel: Channel, y: Array, centre: Array, v: Array, length: Array) -> Array:
    """Return the logarithm of prior times likelihood at lengths along a last axis."""
    prior = log_chi(length, centre[..., None], v[..., None], channel.p_star)
    return np.asarray(prior + channel.log_likelihood(y[..., None], channel.output.of_length(length, channel.p_star)))


def _window(channel: Channel, y: Array, centre: Array, v: Array) -> tuple[Array, Array]:
    """Return lengths between which the weight is: of prior and likelihood together, then shrunk to their product.

    The weight has one maximum. Between the neighbours of the points that are not negligible is all of it.
    """
    p = channel.p_star
    spread = np.sqrt(v)
    low, high = (channel.output.length(end, p) for end in channel.span(y, _WIDTHS))
    first = np.minimum(np.maximum(centre - _WIDTHS * spread, 0.0), low).ravel()
    last = np.maximum(centre + (_WIDTHS + math.sqrt(p)) * spread, high).ravel()
    flat = tuple(each.ravel() for each in (y, centre, v))
    active = np.arange(first.size)
    for _ in range(_SHRINKS):
        at_y, at_centre, at_v = (each[active] for each in flat)
        length = np.linspace(first[active], last[active], _LOOK, axis=-1)
        log_weight = _log_weight(channel, at_y, at_centre, at_v, length)
        kept = log_weight > log_weight.max(axis=-1, keepdims=True) - _DROP
        before = last[active] - first[active]
        step = before / (_LOOK - 1)
        first[active] = np.maximum(np.min(np.where(kept, length, np.inf), axis=-1) - step, first[active])
        last[active] = np.minimum(np.max(np.where(kept, length, -np.inf), axis=-1) + step, last[active])
        active = active[last[active] - first[active] < _SHRUNK * before]
        if not active.size:
            break
    return first.reshape(y.shape), last.reshape(y.shape)
