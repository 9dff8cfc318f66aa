r"""What the labels of one sample promise: the informative eigenvalue, and the bulk as it were without one.

Labels alone give both places; only the eigenvalues of the matrix know which input has which label, and so which of
them is true. Behind a sharp edge `z_- = z(g_-)` the lowest of `n` eigenvalues lie at `z_- + gamma n^(-2/3) x_k`, with
`gamma = |z''(g_-)/2|^(1/3)`. The `x_k` are those of the Airy process of real matrices, whose means are close to
`(3 pi (4 k - 3)/8)^(2/3)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..models.network import LawEdge
from .bulk import inverse_stieltjes
from .edges import edge_position
from .measure import BULK, Array, CurvatureMeasure
from .outliers import outlier_position, overlap2

__all__ = ["Informed", "informed", "projections2", "with_lengths"]


@dataclass(frozen=True)
class Informed:
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

    def without(self, number: int, rows: int) -> tuple[float, float]:
        """Mean of the lowest eigenvalues of a matrix with so many rows that has no outlier, and `gamma n^(-2/3)`."""
        points = (3 * math.pi * (4 * np.arange(1, number + 1) - 3) / 8) ** (2 / 3)
        spacing = self.scale * rows ** (-2 / 3)
        return float(self.edge + spacing * points.mean()), float(spacing)


def projections2(y: Array, lengths2: Array) -> Array:
    """Squared projections of the inputs' directions, `y/r^2`, of mean one; zero for an input of zero."""
    s2 = np.divide(y, lengths2, out=np.zeros_like(y), where=lengths2 > 0)
    return np.asarray(s2 / s2[lengths2 > 0].mean())


def with_lengths(measure: CurvatureMeasure, lengths2: Array) -> CurvatureMeasure:
    """The points of a sample whose inputs have these squared lengths, from those of inputs of length one.

    `f` becomes `r^2 f`, and labels in the averages of the sectors become `y/r^2`, of mean one.
    """
    r2 = np.tile(lengths2, measure.f.size // len(lengths2))
    f, weights = measure.f * r2, {BULK: measure.weights[BULK]}
    for name, weight in measure.weights.items():
        if name != BULK:
            weights[name] = projections2(weight, r2) / len(r2)
    lowest = float(f[weights[BULK] > 0].min())
    return CurvatureMeasure(f, weights, LawEdge(lowest, "power", -1.0, mean_square=np.inf), None)


def informed(measure: CurvatureMeasure, alpha: float) -> Informed:
    """The teacher's outlier left of the bulk, if there is one."""
    end, x = measure.lower, np.asarray(alpha, dtype=float)
    assert end is not None
    if end.value >= 0:  # a sample without negative curvature has nothing left of its bulk
        return Informed(math.nan, math.nan, math.nan, math.nan, 0.0)
    u_edge = edge_position(measure, x, end)
    g = np.exp(-u_edge) / end.value
    edge = float(inverse_stieltjes(measure, x, g))
    scale = abs(float(1 / g**3 + x * measure.mean(g, power=3))) ** (1 / 3)
    u = outlier_position(measure, x, "teacher", "left", u_edge)
    if np.isnan(u):
        return Informed(edge, scale, math.nan, math.nan, 0.0)
    g = np.exp(-u) / end.value
    value = float(inverse_stieltjes(measure, x, g))
    return Informed(edge, scale, value, float(g), float(overlap2(measure, x, g, "teacher")))
