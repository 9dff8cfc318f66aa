"""Quadrature rules on intervals that differ from label to label."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..._types import Array

__all__ = ["between", "integers"]

_SINGLE = 4  # integers that are summed one by one, over the nodes of a rule


def between(low: Array, high: Array, nodes: int) -> tuple[Array, Array]:
    """Return nodes and weights of Gauss and Legendre's rule from `low` to `high`, along a last axis."""
    x, w = _legendre(nodes)
    half = np.asarray((high - low) / 2)[..., None]
    return (np.asarray(low)[..., None] + half) + half * x, half * w


def integers(first: Array, last: Array, nodes: int) -> tuple[Array, Array]:
    """Return integers from `first` to `last` with weight one; above some number, a rule that is dense at its beginning.

    A sum over integers from `m` on is an integral from `m - 1/2`, by Euler and Maclaurin's midpoint formula.
    """
    first, last = (np.asarray(end, dtype=float)[..., None] for end in (first, last))
    number = _SINGLE * nodes
    single = first + np.arange(number)
    start = np.full_like(first, number - 0.5)
    end = np.maximum(last - 0.5 - first, start)
    root, share = between(np.sqrt(start[..., 0]), np.sqrt(end[..., 0]), nodes)
    ones, end_one = (single <= last).astype(float), (last > single[..., -1:]).astype(float)
    labels = [single, first + root**2, np.maximum(last, first)]
    return np.concatenate(labels, axis=-1), np.concatenate([ones, 2 * root * share, end_one], axis=-1)


@cache
def _legendre(nodes: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(nodes)
