"""Averages under unnormalised laws, one for each label, by rules on cells that are halved until they are accurate.

All labels are treated together. A cell has a tensor product of Kronrod rules; the Gauss rules on part of their nodes
give the error, axis by axis. Cells hold logarithms of weights and moments about their own mean, so that neither range
nor cancellation loses digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..._types import Array

__all__ = ["Averages", "averages", "weighted_averages"]

_ACCEPTED = {1: 1e-9, 2: 1e-6, 3: 2e-6}  # error of a cell that is not halved, over the evidence, by dimension
_DROP = 34.0  # logarithm below the largest weight from which on a cell is left out
_RESOLVED, _BETWEEN = 60.0, 0.1  # range of the logarithm in a resolved cell; share of it by which nodes miss a maximum
_ROUNDS = 120
_MOST = {1: 256, 2: 4096, 3: 32768}  # cells of a label, by dimension
_POINTS = 2**21  # that are evaluated together
_KRONROD = {
    7: (
        (
            0.960491268708020283423507092629080,
            0.774596669241483377035853079956480,
            0.434243749346802558002071502844628,
            0.0,
        ),
        (
            0.104656226026467265193823857192073,
            0.268488089868333440728569280666710,
            0.401397414775962222905051818618432,
            0.450916538658474142345110087045571,
        ),
        (0.0, 5 / 9, 0.0, 8 / 9),
    ),
    15: (
        (
            0.991455371120812639206854697526329,
            0.949107912342758524526189684047851,
            0.864864423359769072789712788640926,
            0.741531185599394439863864773280788,
            0.586087235467691130294144691258379,
            0.405845151377397166906606412076961,
            0.207784955007898467600689403773245,
            0.0,
        ),
        (
            0.022935322010529224963732008058970,
            0.063092092629978553290700663189204,
            0.104790010322250183839876322541518,
            0.140653259715525918745189590510238,
            0.169004726639267902826583426598550,
            0.190350578064785409913256402421014,
            0.204432940075298892414161999234649,
            0.209482141084727828012999174891714,
        ),
        (
            0.0,
            0.129484966168869693270611432679082,
            0.0,
            0.279705391489276667901467771423780,
            0.0,
            0.381830050505118944950369775488975,
            0.0,
            0.417959183673469387755102040816327,
        ),
    ),
}

Weighted = Callable[[Array, Array], tuple[Array, Array, Array]]


@dataclass(frozen=True, eq=False)
class Averages:
    """Averages, label by label: of a vector its mean and covariance, of other functions their means."""

    log_total: Array
    mean: Array
    covariance: Array
    others: Array
    error: Array

    def put(self, rows: Array, others: Averages) -> None:
        """Replace the averages of some labels."""
        for mine, theirs in zip(vars(self).values(), vars(others).values(), strict=True):
            mine[rows] = theirs


def weighted_averages(weight: Array, logarithm: Array, vector: Array, others: Array) -> Averages:
    """Return averages by one rule, with these weights times the exponential of the logarithm, shape (n, k)."""
    peak = logarithm.max(axis=1)
    share = weight * np.exp(logarithm - np.where(np.isfinite(peak), peak, 0.0)[:, None])
    total = share.sum(axis=1)
    share = share / np.where(total > 0, total, 1.0)[:, None]
    mean = (share[:, None, :] @ vector)[:, 0]
    away = vector - mean[:, None, :]
    covariance = (share[:, :, None] * away).transpose(0, 2, 1) @ away
    with np.errstate(divide="ignore"):
        log_total = peak + np.log(total)
    return Averages(log_total, mean, covariance, (share[:, None, :] @ others)[:, 0], np.zeros(len(total)))


def averages(weighted: Weighted, low: Array, high: Array, cells: int = 2) -> Averages:
    """Return averages over boxes from `low` to `high`, shape (n, d), that begin as this number of cells an axis.

    `weighted(rows, points)` returns, at points of shape (m, k, d) for the labels `rows`, shape (m,): the logarithm of
    the weight, (m, k), the vector to be averaged, (m, k, p), and other functions, (m, k, e).
    """
    n, d = low.shape
    rule = _tensor(15 if d == 1 else 7, d)
    todo = _grid(low, high, cells)
    kept: list[_Cells] = []
    scale, total, count = np.full(n, -np.inf), np.zeros(n), np.zeros(n, dtype=int)
    for _ in range(_ROUNDS):
        new = _evaluated(weighted, rule, *todo)
        before = scale.copy()
        np.maximum.at(scale, new.row, new.peak)
        with np.errstate(invalid="ignore"):
            total *= np.exp(np.where(np.isfinite(before), before - scale, 0.0))
        share = new.mass * np.exp(new.peak - scale[new.row])
        estimate = total.copy()
        np.add.at(estimate, new.row, share)
        halved = _halved(new, scale, estimate) & (count < _MOST[d])[new.row]
        count += np.bincount(new.row[halved], minlength=n)
        done = new.part(~halved)
        kept.append(done)
        np.add.at(total, done.row, share[~halved])
        if not halved.any():
            break
        todo = _halves(new.part(halved))
    else:
        kept.append(new.part(halved))
    return _together(_Cells.joined(kept), n)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Evaluated cells: label, ends, largest logarithm and its range on each axis, mass, moments and error, scaled."""

    row: Array
    low: Array
    high: Array
    peak: Array
    spread: Array
    mass: Array
    mean: Array
    covariance: Array
    others: Array
    error: Array

    def part(self, which: Array) -> _Cells:
        return _Cells(*(value[which] for value in vars(self).values()))

    @staticmethod
    def joined(cells: list[_Cells]) -> _Cells:
        return _Cells(*(np.concatenate(values) for values in zip(*(vars(c).values() for c in cells), strict=True)))


@cache
def _tensor(nodes: int, d: int) -> tuple[Array, Array, Array]:
    """Return nodes (k, d) on [-1, 1], weights (k,), and for each axis (d, k) the weights with Gauss's rule on it."""
    x, w, g = (np.array(values) for values in _KRONROD[nodes])
    x, w, g = np.concatenate([-x, x[-2::-1]]), np.concatenate([w, w[-2::-1]]), np.concatenate([g, g[-2::-1]])
    grids = np.meshgrid(*[np.arange(nodes)] * d, indexing="ij")
    index = np.stack([each.ravel() for each in grids], axis=-1)
    weights = np.prod(w[index], axis=1)
    lower = np.stack([weights / w[index[:, a]] * g[index[:, a]] for a in range(d)])
    return x[index], weights, lower


def _grid(low: Array, high: Array, cells: int) -> tuple[Array, Array, Array]:
    n, d = low.shape
    index = np.stack([each.ravel() for each in np.meshgrid(*[np.arange(cells)] * d, indexing="ij")], axis=-1)
    step = (high - low)[:, None, :] / cells
    first = low[:, None, :] + step * index
    return np.repeat(np.arange(n), len(index)), first.reshape(-1, d), (first + step).reshape(-1, d)


def _evaluated(weighted: Weighted, rule: tuple[Array, Array, Array], row: Array, low: Array, high: Array) -> _Cells:
    size = max(1, _POINTS // len(rule[0]))
    parts = [slice(start, start + size) for start in range(0, len(row), size)]
    return _Cells.joined([_cells(weighted, rule, row[part], low[part], high[part]) for part in parts])


def _cells(weighted: Weighted, rule: tuple[Array, Array, Array], row: Array, low: Array, high: Array) -> _Cells:
    nodes, weights, lower = rule
    half = (high - low) / 2
    logarithm, vector, others = weighted(row, (low + half)[:, None, :] + half[:, None, :] * nodes)
    peak = logarithm.max(axis=1)
    finite = np.where(np.isfinite(peak), peak, 0.0)
    volume = np.prod(half, axis=1)[:, None]
    there = weighted_averages(volume * weights, logarithm, vector, others)
    density = volume * np.exp(logarithm - finite[:, None])
    mass = density @ weights
    error = np.abs(mass[:, None] - density @ lower.T)
    spread = _spread(logarithm, nodes)
    return _Cells(row, low, high, peak, spread, mass, there.mean, there.covariance, there.others, error)


def _spread(logarithm: Array, nodes: Array) -> Array:
    """Return the range of the logarithm along each axis, of its largest values across."""
    d = nodes.shape[1]
    k = round(len(nodes) ** (1 / d))
    table = np.maximum(logarithm, -1e300).reshape(-1, *[k] * d)
    profiles = (table.max(axis=tuple(b + 1 for b in range(d) if b != a)) if d > 1 else table for a in range(d))
    return np.stack([np.ptp(profile, axis=1) for profile in profiles], axis=1)


def _halved(cells: _Cells, scale: Array, total: Array) -> Array:
    """Return which cells are halved: those with an error, and those whose maximum the nodes may have missed."""
    weight = np.exp(cells.peak - scale[cells.row]) / total[cells.row]
    off = np.minimum((200 * cells.error.sum(axis=1) * weight) ** 1.5, cells.error.sum(axis=1) * weight)
    spread = cells.spread.sum(axis=1)
    reach = cells.peak + _BETWEEN * np.minimum(spread, 1e290) > scale[cells.row] - _DROP
    room = np.all(cells.high - cells.low > 1e-15 * (np.abs(cells.high) + np.abs(cells.low)), axis=1)
    return np.asarray(((off > _ACCEPTED[cells.low.shape[1]]) | (reach & (spread > _RESOLVED))) & room)


def _halves(cells: _Cells) -> tuple[Array, Array, Array]:
    axis = np.where(
        cells.spread.max(axis=1) > _RESOLVED, np.argmax(cells.spread, axis=1), np.argmax(cells.error, axis=1)
    )
    index = np.arange(len(axis))
    middle = (cells.low[index, axis] + cells.high[index, axis]) / 2
    first, last = cells.high.copy(), cells.low.copy()
    first[index, axis] = last[index, axis] = middle
    return np.tile(cells.row, 2), np.concatenate([cells.low, last]), np.concatenate([first, cells.high])


def _together(cells: _Cells, n: int) -> Averages:
    scale = np.full(n, -np.inf)
    np.maximum.at(scale, cells.row, cells.peak)
    share = cells.mass * np.exp(cells.peak - np.where(np.isfinite(scale), scale, 0.0)[cells.row])
    total = _sums(cells.row, share, n)
    with np.errstate(divide="ignore"):
        log_total = scale + np.log(total)
    share = share / np.where(total > 0, total, 1.0)[cells.row]
    mean = _sums(cells.row, share[:, None] * cells.mean, n)
    away = cells.mean - mean[cells.row]
    inner = cells.covariance + away[:, :, None] * away[:, None, :]
    error = cells.error.sum(axis=1) / np.where(cells.mass > 0, cells.mass, 1.0)
    return Averages(
        log_total,
        mean,
        _sums(cells.row, share[:, None, None] * inner, n),
        _sums(cells.row, share[:, None] * cells.others, n),
        _sums(cells.row, share * np.minimum((200 * error) ** 1.5, error), n),
    )


def _sums(row: Array, values: Array, n: int) -> Array:
    total = np.zeros((n, *values.shape[1:]))
    np.add.at(total, row, values)
    return total
