r"""Averages of `A = F (I - Gamma F)^{-1}` for neurons that differ in their output weights: full symmetric matrices.

A point costs `O(p^3)`, and there are `p (p + 1)/2` unknown numbers in `Gamma`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidParameterError
from .block import Block
from .points import Array, Points
from .teacher import TeacherSymmetry

__all__ = ["Distinct"]

_WIDEST = 16


class Distinct:
    """Averages over points, for any output weights.

    Parameters
    ----------
    points : Points
    symmetry : TeacherSymmetry

    Raises
    ------
    InvalidParameterError
        If the network is too wide.
    """

    def __init__(self, points: Points, symmetry: TeacherSymmetry) -> None:
        self.points, self.symmetry = points, symmetry
        self.p, self.p_star = points.u.shape[1], points.s.shape[1]
        if self.p > _WIDEST:
            raise InvalidParameterError(
                f"p = {self.p} with output weights that differ: give equal ones, or at most {_WIDEST} neurons"
            )
        self._basis = _symmetric_basis(self.p)
        self.trace = np.trace(self._basis, axis1=1, axis2=2)
        self.identity = self.trace

    def mirrored(self) -> Distinct:
        """Those of `-F`."""
        return Distinct(self.points.mirrored(), self.symmetry)

    def _coordinates(self, matrix: Any) -> Any:
        return np.tensordot(self._basis, matrix, axes=2)

    def matrix(self, channels: Any) -> Any:
        """The `p x p` matrix with these coordinates."""
        return np.tensordot(channels, self._basis, axes=1)

    def _resolvents(self, omega: Any, z: Any, values: Array) -> Any:
        return np.linalg.inv(z * np.eye(self.p) - values[:, None, None] * self.matrix(omega))

    def stieltjes(self, omega: Any, z: Any, law: Any) -> tuple[Any, Any, Any]:
        """`Gamma = <sigma (z - sigma Omega)^{-1}>`, and its derivatives in `Omega` and `z`."""
        R, sigma = self._resolvents(omega, z, law.values), law.weights * law.values
        both = np.einsum("k,kab,kcd->abcd", sigma * law.values, R, R, optimize=True)
        slope = np.einsum("iad,abcd,jbc->ij", self._basis, both, self._basis, optimize=True)
        gamma, falling = np.tensordot(sigma, R, axes=1), np.tensordot(sigma, R @ R, axes=1)
        return self._coordinates(gamma), slope, -self._coordinates(falling)

    def inverse(self, power: int, omega: Any, z: Any, law: Any) -> Any:
        """The inverse of `<sigma^power (z - sigma Omega)^{-1}>`."""
        psi = np.tensordot(law.weights * law.values**power, self._resolvents(omega, z, law.values), axes=1)
        return self._coordinates(np.linalg.inv(psi))

    def _response(self, gamma: Any) -> Any:
        F = self.points.curvature.dense()
        return np.linalg.solve(np.eye(self.p) - F @ self.matrix(gamma), F.astype(gamma.dtype))

    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """`E[A]`, and its derivative in `Gamma`."""
        A, weights, p = self._response(gamma), self.points.weights, self.p
        flat = A.reshape(-1, p * p)
        both = ((weights[:, None] * flat).T @ flat).reshape(p, p, p, p)
        slope = np.einsum("iad,abcd,jbc->ij", self._basis, both, self._basis, optimize=True)
        return self._coordinates((weights @ flat).reshape(p, p)), slope

    def regular(self, gamma: Any) -> Any:
        """At which points `F - Gamma^{-1}` is positive definite."""
        lowest = np.linalg.eigvalsh(self.points.curvature.dense() - np.linalg.inv(self.matrix(gamma)))[:, 0]
        return lowest > 0

    def blocks(self, gamma: Any) -> list[Block]:
        """`T/alpha = E[A (x) t t^T]`."""
        from scipy.linalg import block_diag

        p, q, means = self.p, self.p_star + self.points.means, self.points.means
        t, A = np.concatenate([self.points.u, self.points.fixed], axis=1), self._response(gamma)
        pairs = (t[:, :, None] * t[:, None, :]).reshape(len(t), -1)
        T = ((self.points.weights[:, None] * A.reshape(len(t), -1)).T @ pairs).reshape(p, p, p + q, p + q)
        T = T.transpose(0, 2, 1, 3).reshape(p * (p + q), p * (p + q))
        place = np.arange(p * (p + q)).reshape(p, p + q)
        split = np.split(place, [p, p + means], axis=1)
        order = np.concatenate([part.ravel() for part in split])
        T = self.symmetry.project(T[np.ix_(order, order)], p * p, p * means)
        left = np.array([block_diag(*(np.kron(b, np.eye(part.shape[1])) for part in split)) for b in self._basis])
        mean = (np.arange(len(T)) >= p * p) & (np.arange(len(T)) < p * (p + means))
        return [Block("all", 1, T, left * ~mean, left * mean, p * p, p * means)]


def _symmetric_basis(p: int) -> Array:
    """Orthonormal symmetric matrices."""
    basis = []
    for i in range(p):
        for j in range(i, p):
            unit = np.zeros((p, p))
            unit[i, j] = unit[j, i] = 1.0 if i == j else np.sqrt(0.5)
            basis.append(unit)
    return np.array(basis)
