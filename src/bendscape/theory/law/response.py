r"""Responses `A = F (I - Gamma F)^{-1}` of :eq:`cavity` at many points, in chunks that fit into the cache.

`F = D + w v v^T` is a diagonal plus rank one. Where every diagonal is a multiple of the identity, `D = f I` (quadratic
neurons), in the frame in which `Gamma` is diagonal, `gamma`, Sherman and Morrison's formula gives

    A = f/(1 - gamma f) + w a a^T/(1 - w sum_k gamma_k a_k (1 - gamma_k f) a_k),   a = v/(1 - gamma f),

of which only elements `i <= j` are computed. Otherwise `F` is put together from `p + 1` steps `f e e^T` of rank one,

    A' = A + f b b^T/s,   s = 1 - f g^T b,   b = e + A g,   g = Gamma e.

`F - Gamma^{-1}` is positive definite without `F`, for a negative definite `Gamma`, and each step with `s < 0` changes
the sign of one eigenvalue: they are counted. Points where an `s` is small, and would cost digits, are solved directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._types import Array
from ..numerics.symmetric_matrices import Symmetric, symmetric
from .points import Points

__all__ = ["Part", "Responses"]

_IN_CACHE = 1 << 15  # numbers of one chunk
_SMALL = 0.05  # `s` below which a step loses digits, and the point is solved directly
_NOWHERE = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Part:
    """Responses at one chunk of the points.

    Attributes
    ----------
    rows : slice
    A : array, shape (p (p + 1)/2, points)
        Elements `i <= j`, in the frame, times the root of the weight of the point.
    root : array, shape (points,)
        Square roots of the weights.
    regular : array of bool
        Where `F - Gamma^{-1}` is positive definite; meaningful only for a real and negative definite `Gamma`.
    """

    rows: slice
    A: Any
    root: Array
    regular: npt.NDArray[np.bool_]


class Responses:
    """Responses at all points, for one `Gamma` after the other."""

    def __init__(self, points: Points) -> None:
        F = points.curvature
        self.size, self.p = F.diagonal.shape
        self.elements: Symmetric = symmetric(self.p)
        self.scalar = bool(np.all(F.diagonal == F.diagonal[:, :1]))
        self.diagonal = np.ascontiguousarray((F.diagonal[:, :1] if self.scalar else F.diagonal).T)
        self.weight, self.direction = F.weight, np.ascontiguousarray(F.direction.T)
        self.root = np.sqrt(points.weights)
        self._rooted = self.root * self.diagonal, self.root * self.weight

    def frame(self, gamma: Any) -> tuple[Any, Any]:
        """Return an orthogonal matrix, and `Gamma` in the frame of it, in which :meth:`parts` are computed."""
        if self.scalar and not np.iscomplexobj(gamma):
            values, Q = np.linalg.eigh(gamma)
            return Q, values
        return np.eye(self.p), gamma

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")  # at points that are solved directly
    def parts(self, Q: Any, gamma: Any) -> Iterator[Part]:
        """Yield the responses at one chunk of points after the other, for what :meth:`frame` returns."""
        rows, framed = max(1, _IN_CACHE // self.elements.i.size), gamma.ndim == 1
        for start in range(0, self.size, rows):
            part = slice(start, start + rows)
            f, w, v, root = self.diagonal[:, part], self.weight[part], self.direction[:, part], self.root[part]
            if framed:
                v = Q.T @ v
                A, regular, near = self._framed(f, w, v, gamma, part)
            else:
                A, regular, near = self._stepwise(f, w, v, gamma, root)
            if near.size:
                F = f.T[near, :, None] * np.eye(self.p) + w[near, None, None] * v.T[near, :, None] * v.T[near, None]
                there = np.diag(gamma) if framed else gamma
                A[:, near] = self._direct(F, there) * root[near]
                regular[near] = _positive(F, there)
            yield Part(part, A, root, regular)

    def _framed(self, f: Array, w: Array, v: Array, gamma: Array, part: slice) -> tuple[Any, Any, Any]:
        rooted_f, rooted_w = self._rooted[0][:, part], self._rooted[1][part]
        # A = f/s + w a a^T/last,   s = 1 - gamma f,   a = v/s,   last = 1 - w sum gamma_k a_k v_k
        s = 1.0 - gamma[:, None] * f
        a = v / s
        last = 1.0 - w * (gamma @ (a * v))
        alone, together = rooted_f / s, (rooted_w / last) * a
        A, row = np.empty((self.elements.i.size, w.size)), 0
        for k in range(self.p):  # elements k, j with j from k on
            np.multiply(together[k], a[k:], out=A[row : row + self.p - k])
            A[row] += alone[k]
            row += self.p - k
        if min(s.min(), last.min()) >= _SMALL:
            return A, np.ones(w.size, dtype=bool), _NOWHERE
        small = np.minimum(s.min(axis=0), last)
        return A, small > 0, np.flatnonzero(~(small >= _SMALL))

    def _stepwise(self, D: Array, w: Array, v: Array, gamma: Any, root: Array) -> tuple[Any, Any, Any]:
        p, n = self.p, w.size
        A = np.zeros((p, p, n), dtype=np.result_type(gamma, float))
        small, negative, D = np.full(n, np.inf), np.zeros(n), np.broadcast_to(D, (p, n))
        # A' = A + f b b^T/s, first for the p diagonal elements, then for the direction v
        for k in range(p + 1):
            f = D[k] if k < p else w
            if k < p:
                b = np.tensordot(gamma[k], A, axes=(0, 0))
                b[k] += 1.0
                s = 1.0 - f * (gamma[k] @ b)
            else:
                g = gamma @ v
                b = v + np.einsum("ijn,jn->in", A, g)
                s = 1.0 - f * np.einsum("in,in->n", g, b)
            A += (f / s) * b[:, None] * b[None]
            small = np.minimum(small, np.abs(s))
            negative -= np.sign(f) * (s.real < 0)
        near = np.flatnonzero(~(small >= _SMALL))
        return root * A[self.elements.i, self.elements.j], negative == 0, near

    def _direct(self, F: Any, gamma: Any) -> Any:
        A = np.linalg.solve(np.eye(self.p) - F @ gamma, F.astype(gamma.dtype))
        return A[:, self.elements.i, self.elements.j].T


def _positive(F: Any, gamma: Any) -> Any:
    """Mask of the points at which `F - Gamma^{-1}` is positive definite."""
    if np.iscomplexobj(gamma):
        return True
    return np.linalg.eigvalsh(F - np.linalg.inv(gamma))[:, 0] > 0
