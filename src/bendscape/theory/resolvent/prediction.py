r"""Prediction from the labels of one sample: the teacher's outlier, and the lowest eigenvalues if there is none.

Labels alone give both places. Which of them is right only the matrix shows, because the labels do not say which input
they belong to (docs/theory.md, section 10). Behind a sharp edge `z_- = z(g_-)` the lowest of `n` eigenvalues are

    lambda_k = z_- + gamma n^(-2/3) x_k,    gamma = |z''(g_-)/2|^(1/3)                                     :eq:`without`

with `x_k` the points of the Airy process of real matrices, `E[x_k] = (3 pi (4 k - 3)/8)^(2/3)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..._types import Array
from ...models.network import LawEdge
from ..law.measure import BULK, CurvatureMeasure
from .bulk import inverse_stieltjes
from .edges import edge_position
from .outliers import outlier_position, overlap2

__all__ = ["TeacherOutlier", "mean_outlier", "projections2", "teacher_outlier", "toward", "with_lengths"]


@dataclass(frozen=True)
class TeacherOutlier:
    """The teacher's outlier left of the bulk, for points of the law of `f`; eigenvalues are in units of `f`.

    Attributes
    ----------
    edge, scale : float
        Left edge of the bulk, and `gamma` there; nan where no `f` is negative.
    value, g : float
        The outlier, and the Stieltjes transform there; nan where there is none.
    overlap2 : float
        `m^2` of its eigenvectors; zero where there is none.
    """

    edge: float
    scale: float
    value: float
    g: float
    overlap2: float

    def lowest_of_bulk(self, number: int, rows: int) -> tuple[float, float]:
        """Mean of the `number` lowest eigenvalues of a matrix of `rows` rows without outliers, and `gamma n^(-2/3)`."""
        # lambda_k = z_- + gamma n^(-2/3) (3 pi (4 k - 3)/8)^(2/3),  k = 1 .. number                       :eq:`without`
        points = (3 * math.pi * (4 * np.arange(1, number + 1) - 3) / 8) ** (2 / 3)
        spacing = self.scale * rows ** (-2 / 3)
        return float(self.edge + spacing * points.mean()), float(spacing)


def projections2(y: Array, lengths2: Array) -> Array:
    """Squared projections of the inputs' directions, `s^2 = y/r^2`, of mean one; zero for an input of zero."""
    s2 = np.divide(y, lengths2, out=np.zeros_like(y), where=lengths2 > 0)
    return np.asarray(s2 / s2[lengths2 > 0].mean())


def with_lengths(measure: CurvatureMeasure, lengths2: Array) -> CurvatureMeasure:
    """Scale the points of a sample, made for inputs of length one, to inputs with these squared lengths.

    `f` becomes `r^2 f`, and labels in the averages of the sectors become `y/r^2`, of mean one, :eq:`lengths`.
    """
    r2 = np.tile(lengths2, measure.f.size // len(lengths2))
    f, weights = measure.f * r2, {BULK: measure.weights[BULK]}
    for name, weight in measure.weights.items():
        if name != BULK:
            weights[name] = projections2(weight, r2) / len(r2)
    lowest = float(f[weights[BULK] > 0].min())
    return CurvatureMeasure(f, weights, LawEdge(lowest, "power", -1.0, mean_square=np.inf), None)


def toward(measure: CurvatureMeasure, squares: Array) -> CurvatureMeasure:
    """The points of a sample with squared projections on one direction of the teacher as weights of its sector."""
    bulk = measure.weights[BULK]
    return replace(measure, weights={BULK: bulk, "teacher": bulk * np.tile(squares, bulk.size // squares.size)})


def mean_outlier(outliers: Sequence[TeacherOutlier]) -> TeacherOutlier:
    """The mean over directions of the teacher; of one that has no outlier the eigenvalue is at the edge."""
    if len(outliers) == 1:
        return outliers[0]
    values = np.array([each.value for each in outliers])
    if np.all(np.isnan(values)):
        return outliers[0]
    value = float(np.where(np.isnan(values), outliers[0].edge, values).mean())
    return replace(outliers[0], value=value, g=math.nan, overlap2=float(np.mean([each.overlap2 for each in outliers])))


def teacher_outlier(measure: CurvatureMeasure, alpha: float) -> TeacherOutlier:
    """Solve for the teacher's outlier left of the bulk; its values are nan, and `m^2` zero, where there is none."""
    end, alpha_ = measure.lower, np.asarray(alpha, dtype=float)
    assert end is not None
    if end.value >= 0:  # a sample without negative curvature has nothing left of its bulk
        return TeacherOutlier(math.nan, math.nan, math.nan, math.nan, 0.0)
    # z'(g_-) = 0                                                                                            :eq:`slope`
    u_edge = edge_position(measure, alpha_, end)
    g = np.exp(-u_edge) / end.value
    edge = float(inverse_stieltjes(measure, alpha_, g))
    # z''/2 = 1/g^3 + alpha <A^3>                                                                          :eq:`without`
    scale = abs(float(1 / g**3 + alpha_ * measure.mean(g, power=3))) ** (1 / 3)
    # z(g) = alpha <y A>                                                                                   :eq:`teacher`
    u = outlier_position(measure, alpha_, "teacher", "left", u_edge)
    if np.isnan(u):
        return TeacherOutlier(edge, scale, math.nan, math.nan, 0.0)
    g = np.exp(-u) / end.value
    value = float(inverse_stieltjes(measure, alpha_, g))
    return TeacherOutlier(edge, scale, value, float(g), float(overlap2(measure, alpha_, g, "teacher")))
