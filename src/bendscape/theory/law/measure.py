r"""The law of the curvature as weighted points, and the averages of which every equation consists.

Every equation of the scalar theory is an average of `A(g) = f/(1 - g f)` over the law of the curvature eigenvalue `f`:
over the law itself for the bulk, :eq:`bulk`, and over the law weighted with a label, or with the matrix `E[s s^T | y]`,
for each outlier sector, :eq:`label-law`. A :class:`CurvatureMeasure` holds the points `f_i` and the weights of each of
these averages. Where the points come from (quadrature, a rotated contour, one finite sample) does not matter to the
solvers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...models.network import LawEdge

__all__ = ["BULK", "CurvatureMeasure", "powers"]

from ..._types import Array

Kernel = Callable[[Array, Array], Array]
Kernels = Callable[[Array, Array], tuple[Array, ...]]
BULK = "bulk"
_DEGENERATE = 1e-9  # relative difference of two eigenvalues that count as one
_CHUNK = 1 << 14  # points times arguments evaluated at once, so that they stay in cache


def powers(g: Array, f: Array, n: int) -> tuple[Array, ...]:
    """Return `A, A^2, ..., A^n` with `A = f/(1 - g f)`."""
    first = f / (1.0 - g * f)
    return tuple(itertools.accumulate(itertools.repeat(first, n), np.multiply))


@dataclass(frozen=True, eq=False)
class CurvatureMeasure:
    """Weighted points of the law of `f`.

    Attributes
    ----------
    f : array, shape (n,) or (k, n)
        Eigenvalues of the curvature matrix, for one network or for `k` that share the weights.
    weights : mapping of name to array of shape (n,) or (n, d, d)
        ``"bulk"``, which sums to one, and one vector a sector, by the sector's name; of a sector of `d` directions that
        mix, one symmetric matrix a point.
    lower, upper : LawEdge or None
        How the law ends on either side; None if it is unbounded.
    error : float
        Relative error of the averages, estimated where the points were made.
    """

    f: Array
    weights: Mapping[str, Array]
    lower: LawEdge | None
    upper: LawEdge | None
    error: float = 0.0

    def mean(self, g: Any, *, power: int = 1, over: str = BULK) -> Array:
        """Average `<A(g)^power>` over the law or a sector's weights, for `g` of any shape; matrix axes come last."""
        return self.average(g, lambda g, f: (f / (1.0 - g * f)) ** power, over)

    def average(self, x: Any, kernel: Kernel, over: str = BULK) -> Array:
        """Average of `kernel(x, f)` for each `x`; with a leading axis in `f`, one `x` for each network."""
        return self.averages(x, lambda x, f: (kernel(x, f),), over)[0]

    def averages(self, x: Any, kernels: Kernels, over: str = BULK) -> tuple[Array, ...]:
        """Averages of several functions that are computed together."""
        x, w = np.asarray(x), self.weights[over]
        flat, rows, parts = x.reshape(-1, 1), max(1, _CHUNK // w.shape[0]), []
        for i in range(0, max(flat.shape[0], 1), rows):
            f = self.f if self.f.ndim == 1 else self.f[i : i + rows]
            parts.append([np.einsum("ij,j...->i...", values, w) for values in kernels(flat[i : i + rows], f)])
        return tuple(np.concatenate(column).reshape(x.shape + w.shape[1:]) for column in zip(*parts, strict=True))

    def with_teacher(self, g: Array, over: str) -> tuple[Array, Array, Array]:
        """Return `<A>`, `<A^2>`, and the lowest eigenvalue of a sector's `<A s s^T>`, from one evaluation of `A`."""
        if self.weights[over].ndim > 1:
            first, second = self.averages(g, lambda g, f: powers(g, f, 2))
            return first, second, self.lowest(g, over)
        bulk, teacher = self.weights[BULK], self.weights[over]
        flat, rows = np.asarray(g).reshape(-1, 1), max(1, _CHUNK // bulk.size)
        sums = np.empty((3, flat.size))
        for i in range(0, flat.size, rows):
            part = slice(i, i + rows)
            f = self.f if self.f.ndim == 1 else self.f[part]
            first = f / (1.0 - flat[part] * f)
            sums[:2, part] = first @ bulk, first**2 @ bulk
            sums[2, part] = first @ teacher
        first, second, t = sums.reshape(3, *np.shape(g))
        return first, second, t

    def directions(self, over: str) -> int:
        """Number of directions of a sector that mix."""
        return int(np.prod(self.weights[over].shape[1:2]))

    def branch(self, g: Any, over: str, rank: int = 0) -> tuple[Array, Array, Array]:
        r"""Return `t`, `t'` and `t''/2` at each `g`, for the `rank`-th eigenvalue of `T = <A s s^T>`, :eq:`branches`.

        Eigenvalues are counted from the one that leaves the bulk first: the lowest for `g < 0`, the highest for `g >
        0`. With `T' = <A^2 s s^T>` and `T''/2 = <A^3 s s^T>`, perturbation theory gives their derivatives.
        """
        one, two, three = self.averages(g, lambda g, f: powers(g, f, 3), over)
        if one.ndim == np.ndim(g):
            return one, two, three
        values, vectors = np.linalg.eigh(one)
        at = np.where(np.asarray(g) < 0, rank, values.shape[-1] - 1 - rank)[..., None]
        v = np.take_along_axis(vectors, at[..., None], axis=-1)[..., 0]
        t = np.take_along_axis(values, at, axis=-1)
        # t' = v.T' v,   t''/2 = v.(T''/2) v + sum_k (v_k.T' v)^2/(t - t_k)                         :eq:`branch-slopes`
        mixed = np.einsum("...ik,...ij,...j->...k", vectors, two, v)
        gap = t - values
        far = np.abs(gap) > _DEGENERATE * np.abs(values).max(axis=-1, keepdims=True)
        bent = np.sum(np.where(far, mixed, 0.0) ** 2 / np.where(far, gap, 1.0), axis=-1)
        square, cube = (np.einsum("...i,...ij,...j->...", v, m, v) for m in (two, three))
        return t[..., 0], square, cube + bent

    def lowest(self, g: Any, over: str, rank: int = 0) -> Array:
        """Return `t` of :meth:`branch` alone."""
        one = self.mean(g, over=over)
        return one if one.ndim == np.ndim(g) else self.branch(g, over, rank)[0]

    def negated(self) -> CurvatureMeasure:
        """Return the law of `-f`, whose left edge is minus the right edge of `f`."""
        return replace(self, f=-self.f, lower=_negated(self.upper), upper=_negated(self.lower))

    @property
    def size(self) -> float:
        """Mean of `|f|`."""
        return float(np.abs(self.f) @ np.abs(self.weights[BULK]))

    def select(self, index: Array) -> CurvatureMeasure:
        """Return the measure of the networks at `index` along the leading axis."""
        whole = len(index) == len(self.f) and index.dtype != bool and np.array_equal(index, np.arange(len(index)))
        return self if whole else replace(self, f=self.f[index])


def _negated(end: LawEdge | None) -> LawEdge | None:
    return None if end is None else replace(end, value=-end.value)
