"""Symmetries of the labels: orthogonal transformations of the teacher's weight vectors that change no label.

Signs, exchanges and rotations are tried, and averages are projected on what those that hold allow: multiplicities are
then exact, and the error of an average cannot mix directions that a symmetry keeps apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..._types import Array
from ...models.general import Network

__all__ = ["TeacherSymmetry", "teacher_symmetry"]

_SWEEPS = 60  # over the generators: the distance to the group's average falls geometrically


@dataclass(frozen=True, eq=False)
class TeacherSymmetry:
    """Symmetries of the labels, and of the curvature, of one network.

    Attributes
    ----------
    p_star : int
    turns : tuple of array, shape (p_star, p_star)
        Orthogonal matrices that generate the finite symmetries.
    isotropic : bool
        Whether every rotation is a symmetry.
    even_student, even_teacher, even_together : bool
        Whether `F` does not change from `u` to `-u`; from `s` to `-s`; if both change together. Directions of the
        student, of the teacher, of both then do not mix with the others.
    """

    p_star: int
    turns: tuple[Array, ...]
    isotropic: bool
    even_student: bool
    even_teacher: bool
    even_together: bool

    def project(self, T: Any, students: int, means: int) -> Any:
        """Return the part of a symmetric matrix that the symmetries allow.

        Coordinates are those of the student, of the mean of the inputs, of the teacher, in this order, `l` fastest.
        """
        first = students + means
        own, q = T[first:, first:], (len(T) - first) // self.p_star
        mixed, rest = np.array(T[:first, first:]), np.array(T[:first, :first])
        if self.even_student or self.even_together:
            rest[:students, students:] = rest[students:, :students] = 0
        if self.even_student or self.even_teacher:
            mixed[:students] = 0
        if self.even_teacher or self.even_together:
            mixed[students:] = 0
        if self.isotropic:
            parts = own.reshape(q, self.p_star, q, self.p_star)
            scalar = np.trace(parts, axis1=1, axis2=3) / self.p_star
            own = np.kron(scalar, np.eye(self.p_star))
        else:
            own, mixed = self._averaged(own, mixed, q)
        return np.block([[rest, mixed], [mixed.T, own]])

    def _averaged(self, own: Any, mixed: Any, q: int) -> tuple[Any, Any]:
        """Average over the finite group, by repeated averages over its generators."""
        turns = [np.kron(np.eye(q), turn) for turn in self.turns]
        for _ in range(_SWEEPS if len(turns) > 1 else 1):
            for turn in turns:
                own, mixed = (own + turn.T @ own @ turn) / 2, (mixed + mixed @ turn) / 2
        return own, mixed


def teacher_symmetry(net: Network) -> TeacherSymmetry:
    """Find the symmetries of labels without noise by trial on random pre-activations; noise does not break any."""
    rng = np.random.default_rng(2)
    s, identity = rng.standard_normal((64, net.p_star)), np.eye(net.p_star)
    labels = net.labels(s)

    def holds(turn: Array) -> bool:
        return bool(np.all(np.abs(net.labels(s @ turn.T) - labels) <= 1e-9 * (1 + np.abs(labels))))

    def flipped(*which: int) -> Array:
        return np.asarray(identity * np.where(np.isin(np.arange(net.p_star), which), -1.0, 1.0))

    # candidates: a change of sign of one vector, of two at once, and the exchange of two
    pairs = list(combinations(range(net.p_star), 2))
    turns = [flipped(i) for i in range(net.p_star)] + [flipped(i, j) for i, j in pairs]
    for i, j in pairs:
        turns.append(identity[:, [j if k == i else i if k == j else k for k in range(net.p_star)]])
    kept = tuple(turn for turn in turns if holds(turn))
    u = rng.standard_normal((64, net.p))

    def even(sign: float) -> bool:
        """Whether `F` does not change from `(u, y)` to `(-u, sign y)`."""
        there, back = net.curvature(u, labels).dense(), net.curvature(-u, sign * labels).dense()
        return bool(np.all(np.abs(there - back) <= 1e-9 * (1 + np.abs(there))))

    # a random rotation and a reflection together generate all of O(p*)
    rotation = np.linalg.qr(rng.standard_normal((net.p_star, net.p_star)))[0]
    isotropic = holds(rotation) and holds(flipped(0))
    odd = bool(np.all(np.abs(net.labels(-s) + labels) <= 1e-9 * (1 + np.abs(labels))))
    return TeacherSymmetry(net.p_star, kept, isotropic, even(1.0), holds(-identity), odd and even(-1.0))
