r"""The teacher's block of one sample: corrections to its mean `T(g) I` by the directions of `u` and `s`.

    (1/N) sum_mu A_mu x s_mu s_mu^T,    A = A_0 I + d e e^T,    e = u/|u|                         :eq:`fs-teacher-block`

with `s` in coordinates that are orthonormal on the teacher's span. A sample's directions do not average to unit
matrices. To first order this changes the block itself, and it changes `G` of the sample from `g I` to `g I + phi S`,
with `S` the traceless part of `(1/N) sum A` (:eq:`fs-shift`) and `phi` the ladder sum of that sector, which changes the
block once more (:eq:`fs-response`). For a compressed sample, whose directions are not available, both are Gaussian with
variances that sums over the labels give (:eq:`fs-parts`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._types import Array
from .background import BulkEquivalent
from .sectors import traceless

__all__ = ["DirectionDraw", "draw_directions", "teacher_block"]


@dataclass(frozen=True, eq=False)
class DirectionDraw:
    """Standard normal numbers that replace the directions of a compressed sample.

    Attributes
    ----------
    teacher : array, shape (p_star, p_star)
        Numbers for `s` alone: symmetric and traceless.
    student : array, shape (2, p, p)
        Numbers for `S`, and for the part of `S_y` that is independent of it: symmetric and traceless.
    both : array, shape (p_star, p_star, p, p)
        Numbers for both directions: symmetric and traceless in both pairs.
    teacher_overlaps, student_overlaps : array, shapes (p_star, p_star) and (p, p)
        Overlaps of weight vectors, times `N^(1/2)`: symmetric, with a diagonal of zeros.
    """

    teacher: Array
    student: Array
    both: Array
    teacher_overlaps: Array
    student_overlaps: Array


def draw_directions(p: int, p_star: int, rng: np.random.Generator) -> DirectionDraw:
    """Draw components of variance one, symmetric and traceless in each pair of indices."""
    both = traceless(rng.standard_normal((p_star, p_star, p, p)))
    both = traceless(both.transpose(2, 3, 0, 1)).transpose(2, 3, 0, 1)
    student = traceless(rng.standard_normal((2, p, p)))
    teacher = traceless(rng.standard_normal((p_star, p_star)))
    return DirectionDraw(teacher, student, both, _off_diagonal(p_star, rng), _off_diagonal(p, rng))


def _off_diagonal(width: int, rng: np.random.Generator) -> Array:
    upper = np.triu(rng.standard_normal((width, width)), 1)
    return upper + upper.T


def teacher_block(bulk: BulkEquivalent, g: float, draw: DirectionDraw) -> tuple[Array, Array]:
    """Return the corrections of `T(g) I`, and of `G = g I`, by the directions of a sample.

    Returns
    -------
    block : array, shape (p p_star, p p_star)
        Correction of the teacher's block; neurons are the inner index.
    shift : array, shape (p, p)
        Correction of `G`.
    """
    p, p_star = bulk.p, bulk.labels.net.p_star
    e_sym, v_sym = (ladders[1] for ladders in bulk.ladders(g))
    phi_sym = 1 / (bulk.free / g**2 - e_sym)  # :eq:`fs-ladder`
    given = bulk.labels.s is not None
    tensor, S = _from_directions(bulk, g) if given else _from_variances(bulk, g, draw)
    # G = g I + phi_sym S, and the block has     v_sym phi_sym S x I_p*     more                       :eq:`fs-response`
    tensor = tensor + phi_sym * v_sym * np.eye(p_star)[:, :, None, None] * S
    return tensor.transpose(0, 2, 1, 3).reshape(p * p_star, p * p_star), phi_sym * S


def _from_directions(bulk: BulkEquivalent, g: float) -> tuple[Array, Array]:
    """Return the block less `T I`, with teachers as the outer indices, and `S`, from given directions."""
    s, u = bulk.labels.s, bulk.labels.u
    assert s is not None
    assert u is not None
    p, p_star = u.shape[1], s.shape[1]
    A0, A1 = bulk.A(g)
    e = u / np.linalg.norm(u, axis=1, keepdims=True)
    d = (A1 - A0) * bulk.weight
    ss = (s[:, :, None] * s[:, None, :]).reshape(len(s), -1)
    ee = (e[:, :, None] * e[:, None, :]).reshape(len(e), -1)
    # (1/N) sum A x s s^T  =  (1/N) sum A_0 s s^T x I_p  +  (1/N) sum d s s^T x e e^T             :eq:`fs-teacher-block`
    isotropic = ((A0 * bulk.weight).real @ ss).reshape(p_star, p_star)
    tensor = ((ss.T * d) @ ee).reshape(p_star, p_star, p, p) + isotropic[:, :, None, None] * np.eye(p)
    mean = bulk.teacher(g).real * np.eye(p_star)[:, :, None, None] * np.eye(p)
    # S = (1/N) sum d (e e^T - I/p)                                                                       :eq:`fs-shift`
    return tensor - mean, traceless((d @ ee).reshape(p, p))


def _from_variances(bulk: BulkEquivalent, g: float, draw: DirectionDraw) -> tuple[Array, Array]:
    """Draw the block less `T I`, with teachers as the outer indices, and `S`, from their variances."""
    p, p_star, N, y, yhat = bulk.p, bulk.labels.net.p_star, bulk.N, bulk.labels.y, bulk.labels.yhat
    A0, A1 = bulk.A(g)
    d, A_mean = A1 - A0, A0 + (A1 - A0) / p
    # fourth moments of directions, for unit symmetric traceless B:                                  :eq:`fs-directions`
    #   student = E[(e.B e)^2] = 2/(p (p+2)),    teacher = E[(s.B s)^2 | y]/y^2 = 2 p*/(p* + 2)
    student, teacher = 2 / (p * (p + 2)), 2 * p_star / (p_star + 2)
    # variances of S, of S and S_y together, of S_y: student (1/N^2) sum y^k d^2, k = 0, 1, 2             :eq:`fs-parts`
    weight = bulk.weight / N
    SS, SSy, SySy = np.array([weight @ (d**2 * y**k) for k in range(3)]) * student
    # S = SS^(1/2) xi_0,   S_y = (SSy/SS^(1/2)) xi_0 + (SySy - SSy^2/SS)^(1/2) xi_1
    root = np.sqrt(max(SS, 1e-300))
    independent = np.sqrt(max(SySy - (SSy / root) ** 2, 0.0))
    S = root * draw.student[0]
    S_y = SSy / root * draw.student[0] + independent * draw.student[1]
    # Delta^u = draw/N^(1/2):  dS = Delta^u/(p+2) (1/N) sum yhat d,  dS_y with y under the sum  :eq:`fs-student-overlap`
    tilt = draw.student_overlaps / (np.sqrt(N) * (p + 2))
    S = S + (bulk.weight @ (d * yhat)) * tilt
    S_y = S_y + (bulk.weight @ (d * y * yhat)) * tilt
    # S_y x I_p*  +  both directions, with the variance  student teacher (1/N^2) sum y^2 d^2              :eq:`fs-parts`
    tensor = np.eye(p_star)[:, :, None, None] * S_y
    tensor = tensor + np.sqrt(SySy * teacher) * draw.both
    # s alone: I_p x teachers, with the variance  teacher (1/N^2) sum y^2 <A>^2                           :eq:`fs-parts`
    of_teachers = np.sqrt(weight @ (A_mean * y) ** 2 * teacher) * draw.teacher
    # Delta = draw/N^(1/2):  (2/(p*+2)) (1/N) sum y^2 d<A>/dy  Delta                            :eq:`fs-teacher-overlap`
    derivative = -pole_square(p - 1, bulk.f0, A0)
    derivative = (derivative - pole_square(1, bulk.f1, A1)) / p / (bulk.labels.net.a + y)
    response = bulk.weight @ (y**2 * derivative) * 2 / (p_star + 2)
    of_teachers = of_teachers + response * draw.teacher_overlaps / np.sqrt(N)
    return tensor + of_teachers[:, :, None, None] * np.eye(p), S


def pole_square(multiplicity: int, f: Array, A: Array) -> Array:
    """Return `multiplicity (1 + f)/(1 - g f)^2`, which is `-(a + y) dA/dy`, from `A = f/(1 - g f)`."""
    # 1/(1 - g f) = A/f, and one where f = 0                                                   :eq:`fs-label-derivative`
    zero = f == 0
    return np.where(zero, multiplicity, multiplicity * (1 + f) * A**2 / np.where(zero, 1.0, f**2))
