r"""Several eigenvectors together: the teacher's directions, combined over neurons and over random students.

The `p` eigenvectors of one teacher direction `w*` are, as `p x N` matrices, `V_k = m (e_k w*^T + noise)`. Stacking
their rows, and those of `K` students at the same data, the leading singular vector is the mean of the diagonal rows,
`(1/(pK)) sum V_kk`, in which some of the noise averages out. By resolvents of two students, with `A = F(I - G F)^{-1}`,
the noise of rows `C`, `C'` has the inner product

    alpha E[y A K A'],    K = g g' (C + alpha E[A K A'])                                            :eq:`two-resolvents`

In each sector of matrices that rotations of the neurons do not mix, both averages are numbers,

    noise = v/(1/(g g') - e),    e = alpha <A A'>,    v = alpha <y A A'>                                 :eq:`row-noise`

with the products of :mod:`bendscape.theory.resolvent.ladder` (trace, symmetric, antisymmetric) for one student, and
`E[A|y] E[A'|y]` between two, whose pre-activations are independent given the label. This is not in the paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from ...models.quadratic import QuadraticNetwork
from ..law.labels import nodes
from ..law.measure import CurvatureMeasure
from ..law.quadrature import real_measure
from .ladder import by_sector, product_parts
from .prediction import TeacherOutlier, teacher_outlier

__all__ = ["StudentPart", "combine", "combined_limit", "student_part"]

_NODES = 96  # of the quadrature rule, in each of the two labels


@dataclass(frozen=True, eq=False)
class StudentPart:
    """One student's part in the combination, on points (samples, or a rule for the labels).

    Attributes
    ----------
    outlier : TeacherOutlier
    noise : float
        Squared norm of the noise in the mean of the student's diagonal rows, whose signal has norm one.
    mean : array, shape (n,)
        `B(y) = E[A|y]`, the mean over neurons, at each label.
    """

    outlier: TeacherOutlier
    noise: float
    mean: Array


def _diagonal_noise(p: float, alpha: float, g: float, A0: Array, A1: Array, y: Array, weight: Array) -> float:
    """Squared norm of the noise in the mean of one student's diagonal rows, a mean over sectors."""
    # (n_tr + (p-1)(p+2)/2 n_sym + p(p-1)/2 n_anti)/p^2                                             :eq:`diagonal-noise`
    sizes = (1.0, (p - 1) * (p + 2) / 2, p * (p - 1) / 2)
    products = by_sector(*product_parts(A0, A1, p), p)
    noises = (_row_noise(alpha, g * g, product, y, weight) for product in products)
    return sum(size * noise for size, noise in zip(sizes, noises, strict=True)) / p**2


def _row_noise(alpha: float, gg: float, product: Array, y: Array, weight: Array) -> float:
    """Noise of rows in one sector: `v/(1/(g g') - e)`, `v = alpha <y A A'>`, `e = alpha <A A'>`, :eq:`row-noise`."""
    return alpha * float(np.sum(weight * y * product)) / (1 / gg - alpha * float(np.sum(weight * product)))


def student_part(
    net: QuadraticNetwork,
    measure: CurvatureMeasure,
    alpha: float,
    y: Array,
    yhat: Array,
    weight: Array,
    lengths2: Array | float = 1.0,
    s2: Array | None = None,
) -> StudentPart:
    """Compute one student's part from points: a label a column in `y`; rows of `yhat` and `weight` are averaged over.

    `lengths2` are squared lengths of the inputs and `s2` squared projections of their directions, which are the labels
    where all lengths are one, :eq:`lengths`.
    """
    s2 = y if s2 is None else s2
    outlier = teacher_outlier(measure, alpha)
    if outlier.overlap2 == 0:
        return StudentPart(outlier, 0.0, np.zeros(np.shape(y)[-1]))
    g = outlier.g
    f = [lengths2 * each for each in net.curvature(y, yhat)]
    A0, A1 = (x / (1 - g * x) for x in (f[0], f[-1]))  # at p = 1 there is one, along the pre-activation
    noise = _diagonal_noise(net.p, alpha, g, A0, A1, s2, weight)
    mean = ((net.p - 1) * A0 + A1) / net.p
    given = np.atleast_2d(weight)
    return StudentPart(outlier, noise, np.asarray(np.sum(np.atleast_2d(mean) * given, axis=0) / given.sum(axis=0)))


def combine(students: Sequence[StudentPart], alpha: float, y: Array, weight: Array) -> float:
    """Squared overlap of the leading singular vector of all rows with the teacher's direction."""
    parts = [s for s in students if s.outlier.overlap2 > 0]
    if not parts:
        return 0.0
    # Q_ij = m_i m_j (1 + n_ij),   Q x = lambda x,   (x.m)^2/lambda                                :eq:`combined-sample`
    m = np.sqrt([s.outlier.overlap2 for s in parts])
    Q = np.empty((len(parts), len(parts)))
    for i, one in enumerate(parts):
        for j, other in enumerate(parts):
            gg = one.outlier.g * other.outlier.g
            noise = _row_noise(alpha, gg, one.mean * other.mean, y, weight) if i != j else one.noise
            Q[i, j] = m[i] * m[j] * (1 + noise)
    values, vectors = np.linalg.eigh(Q)
    return float((vectors[:, -1] @ m) ** 2 / values[-1])


def combined_limit(net: QuadraticNetwork, alpha: Array, students: int) -> tuple[Array, Array]:
    """Squared overlaps with a teacher's direction at each `alpha`: of one eigenvector, and of all students combined.

    Both are zero where there is no outlier. At `p = inf` all students have one Hessian, and both numbers are equal.
    """
    each, combined = np.array([_limit(net, x, students) for x in alpha.tolist()]).T
    return each, combined


def _limit(net: QuadraticNetwork, alpha: float, students: int) -> tuple[float, float]:
    measure = real_measure(net)
    if math.isinf(net.p):
        m2 = teacher_outlier(measure, alpha).overlap2
        return m2, m2
    (y, weight), (yhat, other) = (nodes(law, _NODES) for law in (net.teacher_label, net.student_label))
    one = student_part(net, measure, alpha, y, yhat[:, None], other[:, None] * weight)
    if one.outlier.overlap2 == 0:
        return 0.0, 0.0
    between = _row_noise(alpha, one.outlier.g**2, one.mean**2, y, weight)
    # 1/(1 + (n + (K-1) n_x)/K)                                                                           :eq:`combined`
    return one.outlier.overlap2, 1 / (1 + (one.noise + (students - 1) * between) / students)
