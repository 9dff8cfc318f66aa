"""Labels without noise of any teacher with one neuron: the posterior lives on the roots of `f(z) = y`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..._types import Array
from ...errors import InvalidParameterError
from .adaptive import Averages
from .contract import Channel

__all__ = ["on_level_set"]

Slope = Callable[[Array, Array], Array]

_REACH, _CELLS = 16.0, 640  # asinh of the standard deviations on each side, and cells in which roots are searched
_HALVINGS = 60
_STEP = 1e-5  # of the difference that is a derivative, relative to one and to `z`


def on_level_set(channel: Channel, y: Array, omega: Array, root: Array) -> Averages:
    """Return averages over the roots, with weights `p(z)/|f'(z)|`."""
    if channel.p_star > 1:
        raise InvalidParameterError(
            f"the labels of {channel} have no noise, and its output has no coordinates of its own: "
            "give a channel with noise, such as models.GaussianNoise"
        )
    centre, scale = omega[:, 0], root[:, 0, 0]

    def off(rows: Array, e: Array) -> Array:
        return np.asarray(channel.output.value((centre[rows] + scale[rows] * e)[:, None]) - y[rows])

    def slope(rows: Array, e: Array) -> Array:
        z = centre[rows] + scale[rows] * e
        h = _STEP * (1 + np.abs(z))
        ends = (channel.output.value((z + sign * h)[:, None]) for sign in (1, -1))
        return np.asarray((next(ends) - next(ends)) / (2 * h) * scale[rows])

    rows, low, high = _monotone_cells(slope, len(y))
    inside = off(rows, low) * off(rows, high) <= 0
    rows, e = rows[inside], _bisected(off, rows[inside], low[inside], high[inside])
    log_weight = -0.5 * e**2 - np.log(np.maximum(np.abs(slope(rows, e)), 1e-300)) - 0.5 * math.log(2 * math.pi)
    return _sums(channel, y, rows, centre[rows] + scale[rows] * e, log_weight)


def _monotone_cells(slope: Slope, n: int) -> tuple[Array, Array, Array]:
    """Return cells of all labels in which the output has no extremum: cells with one are cut there."""
    grid = np.sinh(np.linspace(-_REACH, _REACH, _CELLS + 1))
    rows = np.repeat(np.arange(n), _CELLS)
    low, high = np.tile(grid[:-1], n), np.tile(grid[1:], n)
    turns = slope(rows, low) * slope(rows, high) < 0
    cut = _bisected(slope, rows[turns], low[turns], high[turns])
    first, last = high.copy(), np.concatenate([low, cut])
    first[turns] = cut
    return np.concatenate([rows, rows[turns]]), last, np.concatenate([first, high[turns]])


def _bisected(function: Slope, rows: Array, low: Array, high: Array) -> Array:
    low, high = low.copy(), high.copy()
    sign = np.sign(function(rows, low))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        left = np.sign(function(rows, middle)) == sign
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    return np.asarray((low + high) / 2)


def _sums(channel: Channel, y: Array, rows: Array, z: Array, log_weight: Array) -> Averages:
    n = len(y)
    peak = np.full(n, -np.inf)
    np.maximum.at(peak, rows, log_weight)
    missing = ~np.isfinite(peak)
    if missing.any():
        raise InvalidParameterError(
            f"y has the label {y[missing][0]:g} at {int(np.argmax(missing))}, which {channel} does not give near "
            "these means: leave it out, or give a channel with noise"
        )
    share = np.exp(log_weight - peak[rows])
    total, mean, square = np.zeros(n), np.zeros(n), np.zeros(n)
    np.add.at(total, rows, share)
    np.add.at(mean, rows, share * z)
    mean /= total
    np.add.at(square, rows, share * (z - mean[rows]) ** 2)
    return Averages(peak + np.log(total), mean[:, None], (square / total)[:, None, None], np.empty((n, 0)), np.zeros(n))
