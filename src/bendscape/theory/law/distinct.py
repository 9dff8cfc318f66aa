r"""Averages of `A = F (I - Gamma F)^{-1}` without a symmetry between neurons: full symmetric matrices.

For output weights that differ, and for one sample. There are `p (p + 1)/2` unknown numbers in `Gamma`. A point costs
`O(p^3)`, or `O(p^2)` where its `F` is a multiple of the identity plus rank one (see `response.py`), and `O(p^4)`
multiplications of two numbers in sums over points.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._types import Array
from ..numerics.symmetric_matrices import symmetric
from .block import Whole
from .points import Points
from .response import Responses
from .teacher import TeacherSymmetry

__all__ = ["Distinct"]


class Distinct:
    """Averages over points without a symmetry between neurons, as functions of `Gamma`.

    Parameters
    ----------
    points : Points
    symmetry : TeacherSymmetry, optional
        Symmetry of the labels, over which `T` is averaged as well. Without one, averages are over the points alone.
    student : array, shape (p + means + p_star, p), optional
        Orthonormal directions that span the student's weight vectors, in the coordinates of `(u, mean, s)`; the first
        `p` coordinates if not given.
    """

    def __init__(self, points: Points, symmetry: TeacherSymmetry | None = None, student: Array | None = None) -> None:
        self.points, self.symmetry = points, symmetry
        self.p, self.p_star = points.u.shape[1], points.s.shape[1]
        self.elements, self.responses = symmetric(self.p), Responses(points)
        self.trace = self.identity = self.elements.trace
        self.norms = np.ones_like(self.trace)
        self.t = np.concatenate([points.u, points.fixed], axis=1).T
        self.student = np.eye(len(self.t))[:, : self.p] if student is None else student
        self._regular: tuple[bytes, list[Any]] = (b"", [])

    def negated(self) -> Distinct:
        """Return the averages of `-F`."""
        return Distinct(self.points.negated(), self.symmetry, self.student)

    def matrix(self, channels: Any) -> Any:
        """Return the `p x p` matrix with these coordinates."""
        return self.elements.matrix(channels)

    def eigenvalues(self, channels: Any) -> tuple[Any, Any]:
        """Eigenvalues of the matrix with these coordinates, and the share of each in the trace over `p`."""
        return np.linalg.eigvalsh(self.matrix(channels)), np.full(self.p, 1 / self.p)

    def relative(self, change: Any, gamma: Any) -> float:
        """Relative size of a change `B` of `Gamma`: the norm of `Gamma^{-1} B`."""
        ratio = np.linalg.solve(self.matrix(gamma), self.matrix(change))
        return math.sqrt(abs(float(np.sum(ratio * ratio.T))))

    def _resolvents(self, omega: Any, z: Any, values: Array) -> Any:
        return np.linalg.inv(z * np.eye(self.p) - values[:, None, None] * self.matrix(omega))

    def stieltjes(self, omega: Any, z: Any, law: Any) -> tuple[Any, Any, Any]:
        """Return `Gamma = <sigma (z - sigma Omega)^{-1}>`, and its derivatives in `Omega` and `z`."""
        R = self._resolvents(omega, z, law.values)
        weights = law.weights * law.values
        gamma, falling = _sum(weights, R), _sum(weights, R @ R)
        elements = R[:, self.elements.i, self.elements.j]
        slope = self.elements.sandwich((weights * law.values * elements.T) @ elements)
        return self.elements.coordinates(gamma), slope, -self.elements.coordinates(falling)

    def inverse(self, power: int, omega: Any, z: Any, law: Any) -> Any:
        """Return the inverse of `<sigma^power (z - sigma Omega)^{-1}>`."""
        if len(law.values) == 1:
            sigma = law.values[0]
            return (z * self.identity - sigma * omega) / sigma**power
        psi = _sum(law.weights * law.values**power, self._resolvents(omega, z, law.values))
        return self.elements.coordinates(np.linalg.inv(psi))

    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """Return `E[A]`, and its derivative in `Gamma`: `B -> E[A B A]`."""
        Q, there = self.responses.frame(self.matrix(gamma))
        n = len(gamma)
        first, second = np.zeros(n, dtype=there.dtype), np.zeros((n, n), dtype=there.dtype)
        regular = []
        for part in self.responses.parts(Q, there):
            first += part.A @ part.root
            second += part.A @ part.A.T
            regular.append(part.regular)
        self._regular = gamma.tobytes(), regular
        turn = self.elements.turn(Q)
        return turn @ (self.elements.root * first), turn @ self.elements.sandwich(second) @ turn.T

    def regular(self, gamma: Any) -> Any:
        """Mask of the points at which `F - Gamma^{-1}` is positive definite, for a negative definite `Gamma`."""
        if self._regular[0] != gamma.tobytes():
            self.mean(gamma)
        return np.concatenate(self._regular[1])

    def blocks(self, gamma: Any) -> list[Whole]:
        """Return `T/alpha = E[A (x) t t^T]`, as one sector."""
        return [self._whole(gamma)]

    def rates(self, gamma: Any, velocity: Any) -> list[Whole]:
        """Return the rate of change of `T/alpha`: `E[A V A (x) t t^T]`, with `V` that of `Gamma`."""
        return [self._whole(gamma, velocity)]

    def _whole(self, gamma: Any, velocity: Any = None) -> Whole:
        Q, there = self.responses.frame(self.matrix(gamma))
        V = None if velocity is None else Q.T @ self.matrix(velocity) @ Q
        pairs = symmetric(len(self.t))
        total = np.zeros((len(gamma), pairs.i.size), dtype=there.dtype)
        for part in self.responses.parts(Q, there):
            A = part.A * part.root if V is None else self._sandwiched(part.A, V)
            t = self.t[:, part.rows]
            total += A @ (t[pairs.i] * t[pairs.j]).T
        p, q = self.p, len(self.t)
        T = (self.elements.turn(Q) / self.elements.root[:, None]) @ (self.elements.root[:, None] * total)
        T = T[self.elements.packed[:, None, :, None], pairs.packed[:, None]].reshape(p * q, p * q)
        return Whole(self._allowed(T), p, self.p_star, self.points.means, self.student)

    def _sandwiched(self, A: Any, V: Any) -> Any:
        """Return `A V A` times a weight, for `A` times the root of the weight."""
        full = A[self.elements.packed]
        right = np.tensordot(V, full, axes=1)
        return np.einsum("ikn,kjn->ijn", full, right)[self.elements.i, self.elements.j]

    def _allowed(self, T: Any) -> Any:
        """Project `T` on what the symmetries of the labels allow."""
        if self.symmetry is None:
            return T
        p, means = self.p, self.points.means
        split = np.split(np.arange(len(T)).reshape(p, -1), [p, p + means], axis=1)
        order = np.concatenate([part.ravel() for part in split])
        back = np.argsort(order)
        return self.symmetry.project(T[np.ix_(order, order)], p * p, p * means)[np.ix_(back, back)]


def _sum(weights: Array, matrices: Any) -> Any:
    return (weights @ matrices.reshape(len(weights), -1)).reshape(matrices.shape[1:])
