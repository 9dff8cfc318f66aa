r"""Posteriors of isotropic channels: the length `R = |z|` is averaged, the direction is a von Mises-Fisher law.

For a Gaussian `z` of mean `omega` and covariance `v I`, the law of `R` is a noncentral chi law, and given `R`

    E[z] = R A(kappa) o,    Cov[z] = R^2 [A'(kappa) o o^T + (A(kappa)/kappa) (I - o o^T)]             :eq:`bayes-radial`

with `o = omega/|omega|` and `kappa = |omega| R/v`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..._types import Array
from .adaptive import Averages, averages, weighted_averages
from .bessel import log_bessel, sphere_moments
from .contract import Channel
from .rules import between

__all__ = ["ROUNDING", "RadialMoments", "log_chi", "radial_moments"]

_DROP = 26.0  # logarithm below the largest weight from which on a weight is left out
_WIDTHS = 9.0  # standard deviations with that drop, and more
_NODES = (32, 25)  # of two rules over the window
_AGREEMENT = 1e-5  # of their evidence; the larger rule is then better than its square root cubed
_LOOK = 13  # points of a window that shrinks
ROUNDING = 1e-7  # error of these averages, relative to the evidence
_SHORTEST = 1e-150  # length that stands for zero
_SHRINKS, _SHRUNK = 60, 0.7  # most windows, and the ratio of two of them that ends


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
    exact = channel.exact(y)
    if exact.all():
        return _on_sphere(channel, y, centre, v)
    if not exact.any():
        return _over_lengths(channel, y, centre, v)
    both = np.empty((5, *y.shape))
    for rows, moments in ((exact, _on_sphere), (~exact, _over_lengths)):
        both[:, rows] = [*vars(moments(channel, y[rows], centre[rows], v[rows])).values()]
    return RadialMoments(*both)


def _over_lengths(channel: Channel, y: Array, centre: Array, v: Array) -> RadialMoments:
    """Average by one rule in the window of each label; by cells that are halved where a smaller rule disagrees."""
    flat = y.ravel(), centre.ravel(), v.ravel()
    low, high = _window(channel, *flat)
    row = np.arange(len(low))
    there, smaller = (_averages(channel, *flat, low, high, nodes) for nodes in _NODES)
    rough = row[~(np.abs(there.log_total - smaller.log_total) < _AGREEMENT)]
    if rough.size:
        there.put(
            rough, averages(partial(_weighted, channel, *(x[rough] for x in flat)), low[rough, None], high[rough, None])
        )
    # the variance of the mean and the mean of the variance: no difference of large numbers
    parallel = there.covariance[:, 0, 0] + there.others[:, 0]
    moments = (there.mean[:, 0], parallel, there.others[:, 1], there.others[:, 2], there.log_total)
    return RadialMoments(*(each.reshape(y.shape) for each in moments))


def _averages(channel: Channel, y: Array, centre: Array, v: Array, low: Array, high: Array, nodes: int) -> Averages:
    length, weight = between(low, high, nodes)
    return weighted_averages(weight, *_weighted(channel, y, centre, v, np.arange(len(y)), length[:, :, None]))


def _weighted(
    channel: Channel, y: Array, centre: Array, v: Array, rows: Array, points: Array
) -> tuple[Array, Array, Array]:
    """Return the logarithm of the weight of lengths, the mean of `z` along `omega` there, and three averages."""
    length = points[:, :, 0]
    mean, slope, ratio = sphere_moments(channel.p_star, centre[rows, None] * (length / v[rows, None]))
    square = length**2
    others = np.stack([square * slope, square * ratio, square], axis=-1)
    return _log_weight(channel, y[rows], centre[rows], v[rows], length), (length * mean)[:, :, None], others


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


def _ends(channel: Channel, y: Array, centre: Array, v: Array) -> tuple[Array, Array]:
    """Return lengths beyond which prior and likelihood both are negligible, or the likelihood is zero."""
    p = channel.p_star
    low, high = (channel.output.length(end, p) for end in channel.span(y, _WIDTHS))
    reach = (_WIDTHS + math.sqrt(p)) * np.sqrt(v)
    first, last = np.maximum(centre - reach, 0.0), centre + reach
    sharp = channel.sharp_at(y)
    # where the prior is all below (above) the span, what is left of it decays from the nearer end of the span
    outer_first = np.minimum(first, low)
    outer_last = np.maximum(last, np.where(np.isfinite(high), high, low + reach))
    inner_first = np.maximum(np.minimum(first, high - reach), low)
    inner_last = np.minimum(np.maximum(last, low + reach), high)
    return np.where(sharp, inner_first, outer_first), np.where(sharp, inner_last, outer_last)


def _window(channel: Channel, y: Array, centre: Array, v: Array) -> tuple[Array, Array]:
    """Return lengths between which the weight is: of prior and likelihood together, then shrunk to their product.

    The weight has one maximum. Between the neighbours of the points that are not negligible is all of it.
    """
    first, last = _ends(channel, y, centre, v)
    active = np.arange(first.size)
    for _ in range(_SHRINKS):
        at_y, at_centre, at_v = (each[active] for each in (y, centre, v))
        length = np.linspace(first[active], last[active], _LOOK, axis=-1)
        log_weight = _log_weight(channel, at_y, at_centre, at_v, length)
        kept = log_weight >= log_weight.max(axis=-1, keepdims=True) - _DROP
        before = last[active] - first[active]
        step = before / (_LOOK - 1)
        first[active] = np.maximum(np.min(np.where(kept, length, np.inf), axis=-1) - step, first[active])
        last[active] = np.minimum(np.max(np.where(kept, length, -np.inf), axis=-1) + step, last[active])
        active = active[last[active] - first[active] < _SHRUNK * before]
        if not active.size:
            break
    return first, last
