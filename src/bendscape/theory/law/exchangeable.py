r"""Averages of `A = F (I - Gamma F)^{-1}` for neurons that are alike: all with the same output weight.

The law of `F` is then invariant under permutations of the neurons, and `Gamma = gamma_1 P_1 + gamma_2 P_2`,
:eq:`general-exchangeable`, with `P_1` the projection on `(1, .., 1)` and `P_2 = I - P_1`. `F` is a diagonal plus rank
one, so `A` is a diagonal plus rank two: a point costs `O(p)`.

The directions `(k, i)`, neuron `k` and weight vector `i` of student or teacher, split into representations of the
permutations of neurons; blocks of different representations do not mix:

==============  ==========================================================  ==================
sector          matrices `M` it consists of                                 how often
==============  ==========================================================  ==================
shared          `I`, `1 1^T`; `1 e_l^T` for each teacher vector             1
difference      `diag(e)`, `e 1^T`, `1 e^T`; `e e_l^T`, with `sum e = 0`    `p - 1`
antisymmetric   antisymmetric, rows that add up to zero                     `(p - 1)(p - 2)/2`
symmetric       symmetric, no diagonal, rows that add up to zero            `p (p - 3)/2`
==============  ==========================================================  ==================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .block import Block
from .points import Points
from .teacher import TeacherSymmetry

__all__ = ["Exchangeable"]


@dataclass(frozen=True, eq=False)
class _Response:
    """`A = diag(h) + k v v^T + c r r^T` at every point, and the sums from which averages are computed."""

    h: Any
    k: Any
    v: Any
    c: Any
    r: Any

    @cached_property
    def ones(self) -> Any:
        """Return `A 1`, shape (n, p)."""
        total = _sum(self.r)
        return self.r * (1 + self.c * total)[:, None]

    def form(self, x: Any) -> Any:
        """Return `x^T A x`, shape (n,)."""
        along, across = _sum(self.v * x), _sum(self.r * x)
        return _sum(self.h * x**2) + self.k * along**2 + self.c * across**2

    @cached_property
    def diagonal(self) -> Any:
        """Return `A_kk`, shape (n, p)."""
        return self.h + self.k[:, None] * self.v**2 + self.c[:, None] * self.r**2

    @cached_property
    def square_trace(self) -> Any:
        """Return `Tr A^2`, shape (n,)."""
        vv, rr, vr = (_sum(a * b) for a, b in ((self.v, self.v), (self.r, self.r), (self.v, self.r)))
        once = self.k * _sum(self.h * self.v**2) + self.c * _sum(self.h * self.r**2)
        twice = (self.k * vv) ** 2 + (self.c * rr) ** 2 + 2 * self.k * self.c * vr**2
        return _sum(self.h**2) + 2 * once + twice


def _sum(x: Any) -> Any:
    """Sum over neurons; for short rows many times as fast as `x.sum(axis=1)`."""
    return x @ np.ones(x.shape[1])


class Exchangeable:
    """Averages over points for equal output weights, as functions of `Gamma`.

    Parameters
    ----------
    points : Points
    symmetry : TeacherSymmetry
    """

    def __init__(self, points: Points, symmetry: TeacherSymmetry) -> None:
        self.points, self.symmetry = points, symmetry
        self.p, self.p_star = points.u.shape[1], points.s.shape[1]
        self.trace = np.array([1.0, self.p - 1.0])[: min(self.p, 2)]
        self.norms, self.identity = self.trace, np.ones_like(self.trace)
        self._last: tuple[bytes, _Response] | None = None

    def negated(self) -> Exchangeable:
        """Return the averages of `-F`."""
        return Exchangeable(self.points.negated(), self.symmetry)

    def stieltjes(self, omega: Any, z: Any, law: Any) -> tuple[Any, Any, Any]:
        """Return `Gamma = <sigma/(z - sigma omega)>` in its channels, and its derivatives in `omega` and `z`."""
        gap = 1 / (z - np.multiply.outer(omega, law.values))
        gamma = (law.values * gap) @ law.weights
        return gamma, np.diag((law.values * gap) ** 2 @ law.weights), -(law.values * gap**2) @ law.weights

    def eigenvalues(self, channels: Any) -> tuple[Any, Any]:
        """Eigenvalues of the matrix with these channels, and the share of each in the trace over `p`."""
        return channels, self.trace / self.p

    def relative(self, change: Any, gamma: Any) -> float:
        """Relative size of a change of `Gamma`: the largest over its eigenvalues."""
        return float(np.abs(change / gamma).max())

    def inverse(self, power: int, omega: Any, z: Any, law: Any) -> Any:
        """Return the inverse of `<sigma^power/(z - sigma omega)>` in its channels."""
        return 1 / ((law.values**power / (z - np.multiply.outer(omega, law.values))) @ law.weights)

    def matrix(self, channels: Any) -> Any:
        """Return the `p x p` matrix with these values in its channels."""
        ones = np.full((self.p, self.p), 1 / self.p)
        return channels[0] * ones + channels[-1] * (np.eye(self.p) - ones)

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")  # at poles, which the solver steps back from
    def _response(self, gamma: Any) -> _Response:
        F, rest = self.points.curvature, gamma[-1]
        shared = (gamma[0] - rest) / self.p
        scale = 1 / (1 - F.diagonal * rest)
        v = F.direction * scale
        k = F.weight / (1 - F.weight * rest * _sum(F.direction * v))
        h = F.diagonal * scale
        r = h + (k * _sum(v))[:, None] * v
        return _Response(h, k, v, shared / (1 - shared * _sum(r)), r)

    @np.errstate(invalid="ignore", over="ignore")
    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """Return `E[A]` in its channels, and its derivative in those of `Gamma`."""
        A, mean, p = self._response(gamma), self.points.weights, self.p
        self._last = gamma.tobytes(), A
        total = _sum(A.ones)
        first, both = mean @ total / p, mean @ total**2 / p**2
        if p == 1:
            return np.array([first]), np.array([[both]])
        square = mean @ _sum(A.ones**2) / p
        rest = mean @ A.square_trace - 2 * square + both
        slope = np.array([[both, square - both], [(square - both) / (p - 1), rest / (p - 1)]])
        return np.array([first, (mean @ _sum(A.diagonal) - first) / (p - 1)]), slope

    def regular(self, gamma: Any) -> Any:
        """Mask of the points at which `F - Gamma^{-1}` is positive definite; negative eigenvalues are counted."""
        F, rest = self.points.curvature, gamma[-1]
        key, A = self._last or (b"", None)  # the solver asks for `mean` just before
        A, self._last = (A if A is not None and key == gamma.tobytes() else self._response(gamma)), None
        shared = (gamma[0] - rest) / self.p
        gap = F.diagonal - 1 / rest
        with np.errstate(divide="ignore", invalid="ignore"):
            first = 1 + F.weight * _sum(F.direction**2 / gap)
            second = 1 - shared * _sum(A.r)
        negative = _sum(gap < 0) - np.sign(F.weight) * (first < 0)
        return negative - np.sign(shared) * (second < 0) == 0

    def rates(self, gamma: Any, velocity: Any) -> list[Block]:
        """Return the rate of change of `T/alpha` with `Gamma`, by a complex step: exact to rounding."""
        step = 1e-20
        return [replace(block, T=block.T.imag / step) for block in self.blocks(gamma + 1j * step * velocity)]

    def blocks(self, gamma: Any) -> list[Block]:
        """Return `T/alpha = E[A (x) t t^T]` in all sectors that exist at this width."""
        A, p = self._response(gamma), self.p
        sectors = [self._block("shared", 1, _shared(self.points, A), _shared_channels(p))]
        if p == 1:
            return sectors
        # multiplicities are the dimensions of the representations, see the table at the top
        raw = _difference(self.points, A)
        sectors.append(self._block("difference", p - 1, raw, _difference_channels(p)))
        if p == 2:
            return sectors
        square, trace = _sum(self.points.u**2), _sum(A.diagonal)
        whole = self.points.weights @ (trace * square)
        antisymmetric = (whole - self.points.weights @ A.form(self.points.u)) / 2
        antisymmetric -= (p - 1) * (raw[1, 1] + raw[2, 2] - 2 * raw[1, 2]) / (2 * p)
        sectors.append(_single("antisymmetric", (p - 1) * (p - 2) // 2, antisymmetric))
        if p == 3:
            return sectors
        # `whole` is the sum over all student directions: the last sector is what the others leave
        rest = whole - antisymmetric
        rest -= sum(b.multiplicity * np.trace(b.T[: b.students, : b.students]) for b in sectors[:2])
        sectors.append(_single("symmetric", p * (p - 3) // 2, rest))
        return sectors

    def _block(self, name: str, multiplicity: int, raw: Any, channels: Any) -> Block:
        """Return a sector in orthonormal coordinates, from matrices that may even be linearly dependent."""
        means = self.points.means
        size, directions = np.linalg.eigh(channels.sum(axis=0))
        kept = size > 1e-9
        W = directions[:, kept] / np.sqrt(size[kept])
        mean = np.diag((np.arange(means + self.p_star) < means) * 1.0)
        whole, teacher, none = _direct_sum(W, np.eye(len(mean))), np.eye(len(mean)) - mean, np.zeros((W.shape[1],) * 2)
        own = np.array([W.T @ channel @ W for channel in channels])
        on_teacher = np.array([1.0, 0.0]) if name == "shared" else np.array([0.0, 1.0])
        left = np.array([_direct_sum(a, on * teacher) for a, on in zip(own, on_teacher, strict=True)])
        on_mean = np.array([_direct_sum(none, on * mean) for on in on_teacher])
        T, channel = self.symmetry.project(whole.T @ raw @ whole, W.shape[1], means), slice(len(self.trace))
        return Block(name, multiplicity, T, left[channel], on_mean[channel], W.shape[1], means)


def _direct_sum(a: Any, b: Any) -> Any:
    upper, lower = np.zeros((a.shape[0], b.shape[1])), np.zeros((b.shape[0], a.shape[1]))
    return np.block([[a, upper], [lower, b]])


def _single(name: str, multiplicity: int, total: Any) -> Block:
    T = np.reshape(total / multiplicity, (1, 1))
    return Block(name, multiplicity, T, np.array([[[0.0]], [[1.0]]]), np.zeros((2, 1, 1)), 1, 0)


def _symmetric(upper: list[list[Any]], weights: Any, s: Any, last: list[Any], own: Any) -> Any:
    """Assemble a matrix from averages of its upper triangle, of its columns on fixed directions, and of their block."""
    k, q = len(upper), s.shape[1]
    T = np.zeros((k + q, k + q), dtype=np.result_type(own, float))
    for i, row in enumerate(upper):
        for j, values in enumerate(row, start=i):
            T[i, j] = T[j, i] = weights @ values
        T[i, k:] = T[k:, i] = (weights * last[i]) @ s
    T[k:, k:] = (s * (weights * own)[:, None]).T @ s
    return T


def _shared(points: Points, A: _Response) -> Any:
    """Averages of the shared sector, over `M` in `I/p^(1/2)`, `1 1^T/p`, `1 e_l^T/p^(1/2)`."""
    u, p = points.u, points.u.shape[1]
    U, total, along = _sum(u), _sum(A.ones), _sum(u * A.ones)
    upper = [[A.form(u) / p, along * U / p**1.5], [U**2 * total / p**2]]
    return _symmetric(upper, points.weights, points.fixed, [along / p, U * total / p**1.5], total / p)


def _shared_channels(p: int) -> Any:
    first = np.array([[1 / p, p**-0.5], [p**-0.5, 1.0]])
    return np.array([first, [[1 - 1 / p, 0.0], [0.0, 0.0]]])


def _difference(points: Points, A: _Response) -> Any:
    """Averages of the difference sector: `M` in `diag(e)`, `e 1^T`, `1 e^T`, `e e_l^T`, unit `e` with `sum e = 0`."""
    u, p = points.u, points.u.shape[1]
    U, total, along = _sum(u), _sum(A.ones), _sum(u * A.ones)
    apart, both = _sum(A.diagonal) - total / p, along - U * total / p
    first = _sum(A.diagonal * u) - along / p
    upper = [
        [_sum(A.diagonal * u**2) - A.form(u) / p, U * first, _sum(u**2 * A.ones) - U * along / p],
        [U**2 * apart, U * both],
        [_sum(u**2) * total - U**2 * total / p],
    ]
    return _symmetric(upper, points.weights, points.fixed, [first, U * apart, both], apart) / (p - 1)


def _difference_channels(p: int) -> Any:
    first = np.array([[1 / p, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, p]])
    return np.array([first, [[1 - 1 / p, 1.0, 0.0], [1.0, p, 0.0], [0.0, 0.0, 0.0]]])
