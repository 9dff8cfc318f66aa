r"""Posteriors of channels that are not isotropic, up to three pre-activations, by cells that are halved until accurate.

A label without noise leaves an average over the surface `f(z) = y`; otherwise all of `z` is averaged. Outputs that have
coordinates of their own, such as :class:`WeightedSquares`, are averaged in them: the likelihood depends on one.
"""

from __future__ import annotations

import math

import numpy as np

from ..._types import Array
from ...errors import AccuracyError, InvalidParameterError
from .adaptive import Averages, averages
from .contract import Channel
from .level_sets import on_level_set
from .weighted_squares import WeightedSquares

__all__ = ["ERROR_MAX", "quadrature_averages"]

ERROR_MAX = 1e-3  # relative error of the evidence that is not refused
_WIDTHS, _LARGEST = 10.0, 640.0  # half side of the first box and of the last, in standard deviations
_OUTSIDE = -23.0  # logarithm of the share of the weight outside of the box
_CELLS = {1: 8, 2: 4, 3: 2}  # that a box begins with, along each axis
_PLANES = 3


def quadrature_averages(channel: Channel, y: Array, omega: Array, covariance: Array) -> Averages:
    """Return evidence, mean and covariance of `z`, label by label, for Gaussian `z` of mean `omega`."""
    if channel.p_star > _PLANES:
        raise InvalidParameterError(
            f"p_star = {channel.p_star}: give at most {_PLANES} pre-activations, or a label that depends on |z| alone"
        )
    root = np.linalg.cholesky(covariance)
    n, p = omega.shape
    there = Averages(np.empty(n), np.empty((n, p)), np.empty((n, p, p)), np.empty((n, 0)), np.empty(n))
    exact = channel.exact(y)
    for rows, part in ((exact, _exact), (~exact, _noisy)):
        if rows.any():
            there.put(rows, part(channel, y[rows], omega[rows], root[rows]))
    worst = float(np.max(there.error, initial=0.0))
    if not worst < ERROR_MAX:
        raise AccuracyError(
            f"the posterior of {channel} has a relative error of {worst:.1g} at label {y[np.argmax(there.error)]:g}: "
            "give more noise, or a smaller covariance"
        )
    return there


def log_normal(z: Array, omega: Array, root: Array) -> Array:
    """Return the logarithm of the Gaussian density at points (m, k, p), for means (m, p) and roots of covariances."""
    away = np.linalg.solve(root, (z - omega[:, None, :]).swapaxes(1, 2))
    constant = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) + z.shape[2] / 2 * math.log(2 * math.pi)
    return np.asarray(-0.5 * np.sum(away**2, axis=1) - constant[:, None])


def _exact(channel: Channel, y: Array, omega: Array, root: Array) -> Averages:
    output = channel.output
    if not isinstance(output, WeightedSquares):
        return on_level_set(channel, y, omega, root)

    def weighted(rows: Array, points: Array) -> tuple[Array, Array, Array]:
        z, log_volume = output.at(y[rows, None], points)
        return log_normal(z, omega[rows], root[rows]) + log_volume, z, np.empty((*z.shape[:2], 0))

    low, high = (np.tile(end, (len(y), 1)) for end in output.angles)
    return averages(weighted, low, high, _CELLS[low.shape[1]])


def _noisy(channel: Channel, y: Array, omega: Array, root: Array) -> Averages:
    if isinstance(channel.output, WeightedSquares):
        return _over_ellipsoids(channel, channel.output, y, omega, root)
    return _over_boxes(channel, y, omega, root)


def _over_ellipsoids(channel: Channel, output: WeightedSquares, y: Array, omega: Array, root: Array) -> Averages:
    """Average over the root of the output and the angles."""

    def weighted(rows: Array, points: Array) -> tuple[Array, Array, Array]:
        square = points[..., 0] ** 2
        z, log_volume = output.at(square, points[..., 1:])
        prior = log_normal(z, omega[rows], root[rows]) + log_volume + np.log(2 * np.maximum(points[..., 0], 1e-150))
        return prior + channel.log_likelihood(y[rows, None], square), z, np.empty((*z.shape[:2], 0))

    widest = np.sqrt(np.max(np.linalg.eigvalsh(root @ root.swapaxes(1, 2)), axis=1))
    scale = math.sqrt(max(output.weights))
    reach = scale * (_WIDTHS + math.sqrt(3)) * widest
    centre = np.sqrt(output.value(omega))
    low, high = (np.sqrt(np.maximum(end, 0.0)) for end in channel.span(y, _WIDTHS))
    first, last = np.maximum(centre - reach, 0.0), centre + reach
    sharp = channel.sharp_at(y)
    inner = np.maximum(np.minimum(first, high - reach), low), np.minimum(np.maximum(last, low + reach), high)
    outer = np.minimum(first, low), np.maximum(last, np.where(np.isfinite(high), high, low + reach))
    ends = (np.where(sharp, a, b) for a, b in zip(inner, outer, strict=True))
    low, high = (np.column_stack([e, np.tile(a, (len(y), 1))]) for e, a in zip(ends, output.angles, strict=True))
    return averages(weighted, low, high, _CELLS[output.width])


def _over_boxes(channel: Channel, y: Array, omega: Array, root: Array) -> Averages:
    """Average over `z` in boxes that are doubled until the rest is negligible."""
    if channel.sharp_at(y).any() and channel.p_star > 1:
        raise InvalidParameterError(
            f"{channel} cuts the pre-activations along surfaces, which no rule resolves: give a channel with noise"
        )

    def weighted(rows: Array, points: Array) -> tuple[Array, Array, Array]:
        z = omega[part[rows], None, :] + points @ root[part[rows]].swapaxes(1, 2)
        prior = -0.5 * np.sum(points**2, axis=2) - channel.p_star / 2 * math.log(2 * math.pi)
        value = channel.output.value(z)
        likelihood = channel.log_likelihood(y[part[rows], None], value)
        inside = (low[part[rows], None] <= value) & (value < high[part[rows], None])
        return prior + np.where(sharp[part[rows], None] & ~inside, -np.inf, likelihood), z, np.empty((*z.shape[:2], 0))

    (low, high), sharp, (n, p) = channel.span(y, 0.0), channel.sharp_at(y), omega.shape
    bound = np.where(sharp, 0.0, channel.log_likelihood(y, low) + 1.0)
    there = Averages(np.empty(n), np.empty((n, p)), np.empty((n, p, p)), np.empty((n, 0)), np.empty(n))
    part, side = np.arange(n), _WIDTHS
    while part.size and side <= _LARGEST:
        ends = np.full((part.size, p), side)
        new = averages(weighted, -ends, ends, _CELLS[p])
        there.put(part, new)
        part = part[~(bound[part] - side**2 / 2 - new.log_total < _OUTSIDE)]
        side *= 2
    there.error[part] = np.inf
    return there
